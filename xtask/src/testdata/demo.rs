//! The log that the README begins with.

use std::fs;

use aof_testkit::naive::End;
use aof_testkit::server::ServerKind;

use super::account::Account;
use super::crashed::limit_files;
use super::fixture::{Again, Fixture, Made};
use super::session::{Argv, Session, TIMESTAMPS};
use super::workload::{lines, orders, sessions};

/// The transaction that the crash tears.
const LAST: [&str; 5] = [
    "MULTI",
    "HSET order:1061 item lamp-61 price 1327 state paid",
    "HINCRBY stock:lamp-61 left -1",
    "INCR stat:paid",
    "EXEC",
];

/// A morning in a shop: orders and visitors, six seconds of them.
pub(super) fn demo() -> Made {
    let mut session = Session::start(ServerKind::Redis70, &TIMESTAMPS)?;
    let hours: Vec<Vec<Argv>> =
        (0..6).map(|n| [orders(1 + 10 * n, 10), sessions(1 + 8 * n, 8)].concat()).collect();
    let hours: Vec<&[Argv]> = hours.iter().map(Vec::as_slice).collect();
    session.run_ticking(&hours)?;
    // A SELECT, MULTI, and most of the HSET.
    let before = fs::metadata(session.log_path())?.len();
    limit_files(&session, before + 23 + 15 + 61)?;
    let _ = session.run(&lines(&LAST));
    let log = session.kill()?.log;
    let End::Incomplete { offset } = log.parsed.end else {
        return Err("the crash tore nothing".into());
    };
    let multi = log.start(log.find("MULTI", log.len() - 2)?);
    let mut account = Account::default();
    account.good(&log.bytes[..multi])?;
    let place = account.uncommitted(&log.bytes[multi..offset]);
    account.bad(&log.bytes[offset..]);
    let made = "a server with clock lines served a small shop for some seconds; then a limit on the size of files \
                (RLIMIT_FSIZE) stopped it in the middle of a transaction: it died of SIGXFSZ, as on a quota";
    let mut fixture = Fixture::new("AOF-MULTI-OPEN", &log.server, account, place, &[], made)
        .findings(&["AOF-MULTI-OPEN", "AOF-TAIL-TORN"])
        .again(Again::Places);
    fixture.folder = "demo".to_owned();
    fixture.damaged.0 = "crashed.aof";
    fixture.near_miss = None;
    Ok(fixture)
}
