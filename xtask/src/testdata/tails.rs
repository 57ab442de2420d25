//! Logs that end where no record ends.

use std::error::Error;

use aof_testkit::server::ServerKind;

use super::account::Account;
use super::fixture::{Again, Fixture, Made};
use super::session::{self, Log, log, ticking};
use super::workload::{events, orders, say, say_with, sessions};

pub(super) fn torn() -> Made {
    let kind = ServerKind::Redis70;
    let (last, body) = (say("SET greeting good-morning"), orders(1, 12));
    let (first, second) = body.split_at(18);
    let log = ticking(kind, &[first, second, &[last]])?;
    let index = log.len() - 1;
    let mut account = Account::default();
    account.good(&log.bytes[..log.start(index)])?;
    let record = log.record(index);
    let place = account.bad(&record[..record.len() - 9]);
    let made = "the last record was cut 9 bytes before its end, inside the value; \
                the near miss ends with the whole record";
    Ok(Fixture::new("AOF-TAIL-TORN", &log.server, account, place, &log.bytes, made)
        .again(Again::Places))
}

/// The other record that may be torn: an annotation.
pub(super) fn torn_annotation() -> Made {
    let kind = ServerKind::Valkey91;
    let log = ticking(kind, &[&orders(1, 4), &[say("INCR visits")]])?;
    let line = log.parsed.annotations.last().ok_or("no annotation")?;
    let mut account = Account::default();
    account.good(&log.bytes[..line.offset])?;
    let place = account.bad(&log.bytes[line.offset..line.offset + 9]);
    let made = "cut inside the last clock line, behind #TS: and five digits; \
                the near miss is cut behind the whole line";
    let near_miss = &log.bytes[..line.offset + line.len];
    Ok(Fixture::new("AOF-TAIL-TORN", &log.server, account, place, near_miss, made)
        .folder("aof-tail-torn-annotation")
        .again(Again::Places))
}

/// A value that is a log itself, torn: no wrong length.
pub(super) fn torn_nested() -> Made {
    let kind = ServerKind::Valkey81;
    let inner = log(kind, &[], &orders(1, 6))?;
    let mut commands = orders(20, 4);
    commands.push(say_with("SET backup:yesterday", &inner.bytes));
    let log = log(kind, &[], &commands)?;
    let index = log.len() - 1;
    let inner_record = inner.record(inner.len() - 3);
    let left = &log.record(index)[..log.record(index).len() - 2 - inner_record.len() * 2];
    let mut account = Account::default();
    account.good(&log.bytes[..log.start(index)])?;
    let place = account.bad(left);
    let made = "the value of the last record is a log of its own, and was cut inside; \
                the near miss holds all of it";
    Ok(Fixture::new("AOF-TAIL-TORN", &log.server, account, place, &log.bytes, made)
        .folder("aof-tail-torn-nested"))
}

pub(super) fn nul() -> Made {
    let kind = ServerKind::Valkey81;
    let whole = log(kind, &[], &orders(1, 10))?;
    let mut account = Account::default();
    account.good(&whole.bytes)?;
    let place = account.bad(&vec![0; padding(whole.bytes.len())]);
    let mut commands = orders(1, 10);
    commands.push(say_with("SET bitmap", &[&b"\x01"[..], &[0; 20]].concat()));
    let near_miss = log(kind, &[], &commands)?.bytes;
    let made = "zero bytes were appended up to a multiple of 4096; \
                the near miss ends with a value that ends in 20 zero bytes";
    Ok(Fixture::new("AOF-TAIL-NUL", &whole.server, account, place, &near_miss, made))
}

/// How many bytes are missing to a block of 4096.
fn padding(length: usize) -> usize {
    length.next_multiple_of(4096) - length
}

/// A record that reached the disk in part, in a file that had grown for all of it.
pub(super) fn nul_behind_a_record() -> Made {
    let kind = ServerKind::Redis82;
    let whole = log(kind, &[], &orders(1, 11))?;
    let index = whole.len() - 2;
    let cut = whole.start(index) + 30;
    let mut account = Account::default();
    account.good(&whole.bytes[..whole.start(index)])?;
    let mut tail = whole.bytes[whole.start(index)..cut].to_vec();
    tail.resize(tail.len() + padding(cut), 0);
    let place = account.bad(&tail);
    let made = "synthetic: as a power loss leaves it, the bytes of the last record but one end after 30, \
                and zero bytes follow to a multiple of 4096; the near miss is the log before that";
    Ok(Fixture::new("AOF-TAIL-NUL", &whole.server, account, place, &whole.bytes, made)
        .folder("crashed-nul-tail"))
}

pub(super) fn garbage() -> Made {
    let kind = ServerKind::Redis62;
    let line = b"Killed\n";
    let mut commands = orders(1, 8);
    commands.push(say("SET last-words none"));
    let whole = log(kind, &[], &commands)?;
    let mut account = Account::default();
    account.good(&whole.bytes)?;
    let place = account.bad(line);
    commands.push(say_with("SET last-words", line));
    let near_miss = log(kind, &[], &commands)?.bytes;
    let made = "a line of a shell was appended; the near miss holds the same line as a value";
    Ok(Fixture::new("AOF-TAIL-GARBAGE", &whole.server, account, place, &near_miss, made))
}

pub(super) fn duplicated() -> Made {
    let kind = ServerKind::Redis70;
    let commands = [sessions(1, 3), orders(1, 5), events(1, 14)].concat();
    let whole = log(kind, &[], &commands)?;
    let mut account = Account::default();
    account.good(&whole.bytes)?;
    account.damage();
    let place = account.good(&whole.bytes[last(&whole, 1024, true)..])?;
    let near_miss = [&whole.bytes[..], &whole.bytes[last(&whole, 1024, false)..]].concat();
    let made = "the last whole records with at least 1024 bytes were appended once more; \
                in the near miss those with fewer than 1024";
    Ok(Fixture::new("AOF-TAIL-DUPLICATED", &whole.server, account, place, &near_miss, made))
}

/// Where the last records begin that have at least so many bytes, or as many as possible below that.
fn last(log: &Log, bytes: usize, at_least: bool) -> usize {
    let mut starts = (0..log.len()).map(|index| log.start(index));
    let enough = |start: &usize| log.bytes.len() - start >= bytes;
    if at_least {
        starts.rev().find(enough).unwrap_or(0)
    } else {
        starts.find(|start| !enough(start)).unwrap_or(log.bytes.len())
    }
}

/// Servers up to 6.0 are not among those that can be had.
pub(super) fn ttl_pair() -> Made {
    let pairs = |log: &mut aof_testkit::LogBuilder, count: u32| {
        log.select(0);
        for number in 1..=count {
            let key = format!("token:{number}");
            log.command(&["SET", &key, &format!("secret-{number}")]);
            log.command(&["PEXPIREAT", &key, "4102444800000"]);
        }
    };
    let mut log = aof_testkit::LogBuilder::new();
    pairs(&mut log, 8);
    let log = log.finish().bytes;
    let whole = Log::of(ServerKind::Redis62, log)?;
    let index = whole.len() - 1;
    let mut account = Account::default();
    account.good(&whole.bytes[..whole.start(index - 1)])?;
    let place = account.good(whole.record(index - 1))?;
    account.bad(&whole.record(index)[..whole.record(index).len() - 8]);
    // The same cut behind a pair of which nothing is missing.
    let mut near_miss = whole.bytes[..whole.start(index)].to_vec();
    near_miss.truncate(whole.start(index - 1) + 20);
    let made = "in the form of servers up to 6.0, which cannot be had: written by the testkit's builder, \
                not by a server; cut inside the PEXPIREAT of the last pair; the near miss is cut inside its SET";
    let fixture =
        Fixture::new("AOF-TTL-PAIR-TORN", "none: testkit", account, place, &near_miss, made);
    Ok(fixture
        .findings(&["AOF-TTL-PAIR-TORN", "AOF-TAIL-TORN"])
        .near_miss_findings(&["AOF-TAIL-TORN"]))
}

/// A log for findings that no bytes show.
pub(super) fn state(
    id: &'static str,
    test: &'static str,
    kind: ServerKind,
) -> Result<Fixture, Box<dyn Error>> {
    let whole = session::log(kind, &[], &[sessions(1, 3), orders(1, 6)].concat())?;
    let mut account = Account::default();
    let place = account.good(&whole.bytes)?;
    let made = "a healthy log: the finding is about the machine, not about bytes, and the test brings it about";
    let mut fixture = Fixture::new(id, &whole.server, account, place, &[], made).findings(&[]);
    fixture.near_miss = None;
    fixture.test = Some(test);
    Ok(fixture)
}
