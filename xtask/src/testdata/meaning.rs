//! Well-formed records that are wrong in what they say.

use aof_testkit::server::ServerKind;

use super::account::Account;
use super::fixture::{Fixture, Made};
use super::session::{Argv, Log, Session, log};
use super::workload::{lines, orders, say, say_with, sessions};

/// The log with one record as its finding.
fn about(
    log: &Log,
    index: usize,
    is_damage: bool,
) -> Result<(Account, (u64, u64)), Box<dyn std::error::Error>> {
    let mut account = Account::default();
    account.good(&log.bytes[..log.start(index)])?;
    if is_damage {
        account.damage();
    }
    let place = account.good(log.record(index))?;
    account.good(&log.bytes[log.end(index)..])?;
    Ok((account, place))
}

/// Servers log the renamed name.
pub(super) fn cmd_unknown() -> Made {
    let kind = ServerKind::Redis62;
    let commands = |name: &str| {
        let call = |key: &str| say(&format!("{name} {key} red"));
        [orders(1, 4), vec![call("colour:1")], orders(5, 2), vec![call("colour:2")]].concat()
    };
    let renamed = log(kind, &["--rename-command", "SET", "put-value"], &commands("put-value"))?;
    let (account, place) = about(&renamed, renamed.find("put-value", 0)?, true)?;
    let near_miss = log(kind, &[], &commands("sEt"))?;
    let made = "written by a server with rename-command SET put-value; \
                the near miss by one without it, whose client wrote sEt";
    Ok(Fixture::new("AOF-CMD-UNKNOWN", &renamed.server, account, place, &near_miss.bytes, made))
}

pub(super) fn cmd_arity() -> Made {
    let kind = ServerKind::Valkey81;
    let commands = |set: &str| [orders(1, 4), vec![say(set)], orders(5, 4)].concat();
    let whole = log(kind, &[], &commands("SET colour red"))?;
    let index = whole.find("SET", 0)?;
    let short = b"*2\r\n$3\r\nSET\r\n$6\r\ncolour\r\n";
    let bytes =
        [&whole.bytes[..whole.start(index)], short, &whole.bytes[whole.end(index)..]].concat();
    let (account, place) = about(&Log::of(kind, bytes)?, index, true)?;
    let near_miss = log(kind, &[], &commands("SET colour red PXAT 4102444800000"))?;
    let made = "a SET lost its value, and its header says so; the near miss holds a SET with two arguments more";
    Ok(Fixture::new("AOF-CMD-ARITY", &whole.server, account, place, &near_miss.bytes, made))
}

/// RESP carries no checksum: a flipped bit in a value is found only by whoever executes what builds on it.
pub(super) fn cmd_fails() -> Made {
    let kind = ServerKind::Redis70;
    let stock = |line: &str| vec![say(line)];
    let commands = [
        orders(1, 3),
        stock("SET stock:pens 5"),
        orders(4, 3),
        stock("INCRBY stock:pens 3"),
        orders(7, 2),
        stock("INCRBY stock:pens 1"),
    ];
    let whole = log(kind, &[], &commands.concat())?;
    let set = whole.find("SET", 0)?;
    let flipped = |bit: u8| {
        let mut bytes = whole.bytes.clone();
        // The digit before the last line end of the record.
        bytes[whole.end(set) - 3] ^= bit;
        bytes
    };
    let damaged = Log::of(kind, flipped(0x40))?;
    let (account, place) = about(&damaged, damaged.find("INCRBY", 0)?, false)?;
    let made = "one bit of the value of a SET was flipped, which makes a letter of its digit; in the near miss another \
                bit, which makes another digit of it";
    let fixture =
        Fixture::new("AOF-CMD-FAILS", &damaged.server, account, place, &flipped(0x01), made);
    let test = Some("records_that_a_server_refuses_are_found_by_a_deep_check_only");
    Ok(Fixture { test, ..fixture.findings(&[]) })
}

pub(super) fn select_range() -> Made {
    let kind = ServerKind::Redis82;
    let commands = |db: &str| {
        let select = say(&format!("SELECT {db}"));
        [orders(1, 4), vec![select], orders(5, 3), lines(&["SELECT 0"]), orders(8, 2)].concat()
    };
    let args = ["--databases", "64"];
    let whole = log(kind, &args, &commands("20"))?;
    let (account, place) = about(&whole, whole.find("SELECT", 3)?, false)?;
    let near_miss = log(kind, &args, &commands("15"))?;
    let made =
        "written by a server with 64 databases, into database 20; the near miss into database 15";
    Ok(Fixture::new("AOF-SELECT-RANGE", &whole.server, account, place, &near_miss.bytes, made))
}

pub(super) fn flush() -> Made {
    let kind = ServerKind::Valkey91;
    let flush = lines(&["FLUSHALL"]);
    let whole =
        log(kind, &[], &[sessions(1, 4), orders(1, 8), flush.clone(), orders(9, 2)].concat())?;
    let (account, place) = about(&whole, whole.find("FLUSHALL", 0)?, false)?;
    let near_miss = log(kind, &[], &[flush, sessions(1, 4), orders(1, 10)].concat())?;
    let made = "a client flushed everything after most of the log was written; in the near miss before anything was";
    Ok(Fixture::new("AOF-FLUSH", &whole.server, account, place, &near_miss.bytes, made))
}

/// 6.2 is the last that logs a relative lifetime.
pub(super) fn nondeterministic() -> Made {
    let kind = ServerKind::Redis62;
    let mut session = Session::start(kind, &[])?;
    session.run(&orders(1, 3))?;
    let payload = session.ask(&say("DUMP order:1002"))?;
    let aof_testkit::client::Value::Text(payload) = payload else {
        return Err("DUMP gave no payload".into());
    };
    let restore = |ttl: &str, last: Option<&str>| -> Argv {
        let mut argv = say_with(&format!("RESTORE order:copy {ttl}"), &payload);
        argv.extend(last.map(|word| word.as_bytes().to_vec()));
        argv
    };
    session.run(&[vec![restore("86400000", None)], orders(4, 3)].concat())?;
    let whole = session.stop()?.log;
    let (account, place) = about(&whole, whole.find("RESTORE", 0)?, false)?;
    let absolute = restore("4102444800000", Some("ABSTTL"));
    let near_miss = log(kind, &[], &[orders(1, 3), vec![absolute], orders(4, 3)].concat())?;
    let made = "a client restored a key with a lifetime, which this server logs as a duration; \
                in the near miss with ABSTTL, a point in time";
    Ok(Fixture::new("AOF-NONDETERMINISTIC", &whole.server, account, place, &near_miss.bytes, made))
}
