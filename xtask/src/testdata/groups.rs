//! Transactions without their end or their beginning.

use aof_testkit::server::ServerKind;

use super::account::Account;
use super::fixture::{Fixture, Made};
use super::session::{Session, log};
use super::workload::{lines, orders, sessions};

const GROUP: [&str; 5] = [
    "MULTI",
    "HINCRBY stock:lamp left -1",
    "RPUSH queue:paid order:1007",
    "INCR stat:paid",
    "EXEC",
];

pub(super) fn open() -> Made {
    let kind = ServerKind::Valkey91;
    let whole = log(kind, &[], &[orders(1, 7), lines(&GROUP)].concat())?;
    let (first, exec) = (whole.len() - 5, whole.len() - 1);
    let mut account = Account::default();
    account.good(&whole.bytes[..whole.start(first)])?;
    let place = account.uncommitted(&whole.bytes[whole.start(first)..whole.start(exec)]);
    let made = "cut before the EXEC that ends the log; the near miss ends with it";
    Ok(Fixture::new("AOF-MULTI-OPEN", &whole.server, account, place, &whole.bytes, made))
}

pub(super) fn dangling() -> Made {
    second_session(4)
}

/// A second session without transactions: the next start throws all of it away.
pub(super) fn dangling_to_the_end() -> Made {
    Ok(second_session(1)?.folder("aof-multi-dangling-to-the-end"))
}

/// The real thing: the server itself leaves the `MULTI` open, and goes on writing.
fn second_session(count: u32) -> Made {
    let kind = ServerKind::Redis70;
    let mut session = Session::start(kind, &[])?;
    session.run(&[orders(1, 4), lines(&GROUP)].concat())?;
    let left = session.stop()?;
    let (first, exec) = (left.log.len() - 5, left.log.len() - 1);
    let (multi, end) = (left.log.start(first), left.log.start(exec));
    std::fs::write(left.path(), &left.log.bytes[..end + 7])?;
    let mut session = left.resume(&[])?;
    session.run(&orders(20, count))?;
    let whole = session.stop()?.log;
    let mut account = Account::default();
    account.good(&whole.bytes[..multi])?;
    let place = account.uncommitted(&whole.bytes[multi..end]);
    account.good(&whole.bytes[end..])?;
    let changes_db =
        lines(&["MULTI", "INCR stat:paid", "SELECT 1", "INCR stat:paid", "SELECT 0", "EXEC"]);
    let near_miss = log(kind, &[], &[orders(1, 4), changes_db, orders(20, count)].concat())?;
    let made = "the log of a first session was cut inside an EXEC; the server was started on it, cut the torn \
                EXEC off, and wrote a second session behind the open MULTI; \
                the near miss holds a transaction that changes its database";
    Ok(Fixture::new("AOF-MULTI-DANGLING", &whole.server, account, place, &near_miss.bytes, made))
}

pub(super) fn exec_stray() -> Made {
    let kind = ServerKind::Redis82;
    let whole = log(kind, &[], &[orders(1, 5), lines(&GROUP), sessions(1, 3)].concat())?;
    let exec = whole.find("INCR", whole.len() - 12)? + 1;
    let multi = exec - 4;
    let mut account = Account::default();
    account.good(&whole.bytes[..whole.start(multi)])?;
    account.good(&whole.bytes[whole.end(multi)..whole.start(exec)])?;
    let place = account.good(whole.record(exec))?;
    account.good(&whole.bytes[whole.end(exec)..])?;
    let near_miss = [&whole.bytes[..whole.end(multi)], &whole.bytes[whole.start(exec)..]].concat();
    let made = "a MULTI was taken out, its EXEC left in; the near miss lacks the records between them instead";
    Ok(Fixture::new("AOF-EXEC-STRAY", &whole.server, account, place, &near_miss, made))
}
