//! Logs that went through a text editor, or were joined with other files.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use aof_testkit::server::ServerKind;

use super::account::Account;
use super::fixture::{Again, Fixture, Made};
use super::session::{self, Session, log, ticking};
use super::workload::{orders, say, say_with, sessions};

pub(super) fn crlf_stripped() -> Made {
    let kind = ServerKind::Redis70;
    let log = ticking(kind, &[&orders(1, 6), &sessions(1, 4)])?;
    let written: Vec<u8> = log.bytes.iter().copied().filter(|byte| *byte != b'\r').collect();
    let mut account = Account::default();
    account.damage();
    let place = account.rewritten(&log.bytes, &written)?;
    let made =
        "every CR was taken out, as a copy in text mode does; the near miss is the log before that";
    Ok(Fixture::new("AOF-CRLF-STRIPPED", &log.server, account, place, &log.bytes, made)
        .again(Again::Places))
}

pub(super) fn crlf_added() -> Made {
    let kind = ServerKind::Valkey81;
    let note = |n: u32, end: &str| {
        let text = format!("lamp {n}{end}fragile{end}call before delivery");
        say_with(&format!("SET note:{n}"), text.as_bytes())
    };
    let commands = |end: &str| {
        [
            orders(1, 4),
            vec![note(1, end), note(2, end)],
            orders(5, 3),
            vec![note(3, end)],
            orders(8, 3),
        ]
        .concat()
    };
    let whole = log(kind, &[], &commands("\n"))?;
    let (first, last) = (whole.find("SET", 0)?, whole.find("SET", whole.find("SET", 0)? + 2)?);
    let mut account = Account::default();
    account.good(&whole.bytes[..whole.start(first)])?;
    let meant = &whole.bytes[whole.start(first)..whole.end(last)];
    let mut written = Vec::new();
    for (at, byte) in meant.iter().enumerate() {
        if *byte == b'\n' && meant[at - 1] != b'\r' {
            written.push(b'\r');
        }
        written.push(*byte);
    }
    let place = account.damage().rewritten(meant, &written)?;
    account.good(&whole.bytes[whole.end(last)..])?;
    let near_miss = log(kind, &[], &commands("\r\n"))?;
    let made = "a CR was put before every LF that had none, inside three values; \
                the near miss holds values that were written with CRLF";
    Ok(Fixture::new("AOF-CRLF-ADDED", &whole.server, account, place, &near_miss.bytes, made))
}

pub(super) fn bom() -> Made {
    let kind = ServerKind::Redis82;
    let mut commands = orders(1, 6);
    let whole = log(kind, &[], &commands)?;
    let mut account = Account::default();
    let place = account.bad(b"\xef\xbb\xbf");
    account.good(&whole.bytes)?;
    commands.insert(0, say_with("SET page", b"\xef\xbb\xbf<p>lamps</p>"));
    let near_miss = log(kind, &[], &commands)?;
    let made = "the byte order mark of UTF-8 was put before the first record; \
                the near miss holds one at the start of its first value";
    Ok(Fixture::new("AOF-BOM", &whole.server, account, place, &near_miss.bytes, made))
}

/// All files of a folder, joined.
pub(super) fn concatenated() -> Made {
    let kind = ServerKind::Redis70;
    let mut session = Session::start(kind, &[])?;
    session.run(&orders(1, 5))?;
    let first = fs::read(session.log_path())?;
    session.run(&[say("BGREWRITEAOF")])?;
    let (base, second) = (parts(&session, "base.rdb"), parts(&session, "incr.aof"));
    while !base.is_file() || fs::read(session.log_path()).is_ok() {
        sleep(Duration::from_millis(50));
    }
    session.run(&orders(6, 4))?;
    let (base, second) = (fs::read(base)?, fs::read(second)?);
    let server = session::version(kind)?;
    let mut account = Account::default();
    account.good(&first)?;
    let (offset, _) = account.bad(&base);
    account.good(&second)?;
    let place = account.from(offset);
    let commands = [orders(1, 5), vec![say_with("SET dump.rdb", &base)], orders(6, 4)].concat();
    let near_miss = log(kind, &[], &commands)?;
    let made = "the increment before a rewrite, the base that the rewrite made and the increment behind it were \
                joined with cat; the near miss holds the base as a value";
    Ok(Fixture::new("AOF-CONCATENATED", &server, account, place, &near_miss.bytes, made)
        .findings(&["AOF-GAP", "AOF-CONCATENATED"])
        .again(Again::Findings))
}

/// The file of the second generation with this ending.
fn parts(session: &Session, ending: &str) -> std::path::PathBuf {
    session.log_path().with_file_name(format!("appendonly.aof.2.{ending}"))
}

/// Two logs of records, the older one behind the newer.
pub(super) fn concatenated_by_clock() -> Made {
    let kind = ServerKind::Valkey81;
    let log = ticking(kind, &[&orders(1, 4), &orders(5, 3)])?;
    let older = super::clock::shifted(&ticking(kind, &[&sessions(1, 4)])?.bytes, -7200)?;
    let mut account = Account::default();
    account.good(&log.bytes)?;
    account.damage();
    account.good(&older)?;
    let place = account.from(log.bytes.len() as u64);
    let younger = super::clock::shifted(&older, 7200)?;
    let made = "two logs were joined, the clock lines of the second set back by two hours; \
                in the near miss the clock of the second is left as it was";
    let near_miss = [&log.bytes[..], &younger].concat();
    Ok(Fixture::new("AOF-CONCATENATED", &log.server, account, place, &near_miss, made)
        .folder("aof-concatenated-clock")
        .again(Again::Places))
}
