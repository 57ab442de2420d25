//! Damage with good records behind it.

use aof_testkit::server::ServerKind;

use super::account::Account;
use super::fixture::{Fixture, Made};
use super::session::{Log, log};
use super::workload::{lines, orders, say, say_with, sessions};

const BAD: &[&str] = &["AOF-GAP", "AOF-FRAME-BAD"];

/// The log with `bytes` in the place of those from `from` to `to`; the gap runs from the record that is hit
/// first to the end of the one that is hit last.
fn overwritten(
    log: &Log,
    from: usize,
    to: usize,
    bytes: &[u8],
) -> Result<(Account, (u64, u64)), Box<dyn std::error::Error>> {
    let hit = |at: usize| (0..log.len()).position(|index| at < log.end(index)).unwrap_or(0);
    let (first, last) = (hit(from), hit(to - 1));
    let gap = [&log.bytes[log.start(first)..from], bytes, &log.bytes[to..log.end(last)]].concat();
    let mut account = Account::default();
    account.good(&log.bytes[..log.start(first)])?;
    let place = account.bad(&gap);
    account.good(&log.bytes[log.end(last)..])?;
    Ok((account, place))
}

pub(super) fn gap() -> Made {
    let kind = ServerKind::Valkey81;
    let mut commands = orders(1, 12);
    let whole = log(kind, &[], &commands)?;
    let index = whole.find("RPUSH", 12)?;
    let (from, to) = (whole.end(index) - 10, whole.start(index + 1) + 12);
    let foreign: Vec<u8> = (0..22).map(|n| 0x80 + n).collect();
    let (account, place) = overwritten(&whole, from, to, &foreign)?;
    commands.insert(14, say_with("SET thumbnail", &[b"\r\n", &foreign[..], b"\r\n"].concat()));
    let near_miss = log(kind, &[], &commands)?;
    let made = "22 bytes across the end of one record and the start of the next were overwritten with foreign \
                ones; the near miss holds the same bytes as a value";
    Ok(Fixture::new("AOF-GAP", &whole.server, account, place, &near_miss.bytes, made).findings(BAD))
}

pub(super) fn hole() -> Made {
    let kind = ServerKind::Redis82;
    let mut commands = orders(1, 14);
    let whole = log(kind, &[], &commands)?;
    let (account, _) = overwritten(&whole, 1024, 1536, &[0; 512])?;
    commands
        .insert(20, say_with("SET disk:sector", &[b"boot", &[0; 512][..], b"\x55\xaa"].concat()));
    let near_miss = log(kind, &[], &commands)?;
    let made = "the block of 512 bytes at byte 1024 was zeroed; the near miss holds 512 zero bytes inside a value";
    let place = (1024, 512);
    Ok(Fixture::new("AOF-HOLE-NUL", &whole.server, account, place, &near_miss.bytes, made)
        .findings(&["AOF-GAP", "AOF-HOLE-NUL"]))
}

pub(super) fn frame_bad() -> Made {
    let kind = ServerKind::Redis70;
    let whole = log(kind, &[], &orders(1, 12))?;
    let index = whole.find("HSET", 15)?;
    let digit = whole.start(index) + b"*6\r\n$".len();
    let (account, place) = overwritten(&whole, digit, digit + 1, b"6")?;
    let inner = whole.bytes[whole.start(index)..whole.end(index + 5)].to_vec();
    let near_miss = log(
        kind,
        &[],
        &[orders(1, 6), vec![say_with("SET backup", &inner)], orders(7, 6)].concat(),
    )?;
    let made = "the length of a command's name was changed from 4 to 6; \
                the near miss holds a value that is a log itself";
    Ok(Fixture::new("AOF-FRAME-BAD", &whole.server, account, place, &near_miss.bytes, made)
        .findings(BAD))
}

/// A length that reaches over the records behind it.
pub(super) fn frame_bad_too_long() -> Made {
    let kind = ServerKind::Redis62;
    let text = "0123456789abcdef".repeat(4);
    let commands = [orders(1, 6), vec![say(&format!("SET token {text}"))], orders(7, 10)].concat();
    let whole = log(kind, &[], &commands)?;
    let index = whole.find("SET", 0)?;
    let digit = whole.payload_end(index, 2) - text.len() - 4;
    let (account, place) = overwritten(&whole, digit, digit, b"9")?;
    let made = "the length 64 of a value was changed to 964, which ends inside a later record; \
                the near miss is the log before that";
    Ok(Fixture::new("AOF-FRAME-BAD", &whole.server, account, place, &whole.bytes, made)
        .findings(BAD)
        .folder("aof-frame-bad-too-long"))
}

/// A length that no file satisfies, which loaders take for a torn record.
pub(super) fn frame_bad_beyond_the_end() -> Made {
    let kind = ServerKind::Valkey91;
    let text = "0123456789abcdef".repeat(4);
    let commands = [orders(1, 6), vec![say(&format!("SET token {text}"))], orders(7, 10)].concat();
    let whole = log(kind, &[], &commands)?;
    let index = whole.find("SET", 0)?;
    let digit = whole.payload_end(index, 2) - text.len() - 4;
    let (account, place) = overwritten(&whole, digit, digit + 2, b"9964")?;
    let made = "the length 64 of a value was changed to 9964, more than the file has; \
                the near miss is the log before that";
    Ok(Fixture::new("AOF-FRAME-BAD", &whole.server, account, place, &whole.bytes, made)
        .findings(BAD)
        .folder("aof-frame-bad-beyond-the-end"))
}

pub(super) fn frame_loose() -> Made {
    let kind = ServerKind::Valkey91;
    let commands = [orders(1, 5), lines(&["SET colour redXX"]), orders(6, 5)].concat();
    let whole = log(kind, &[], &commands)?;
    let index = whole.find("SET", 0)?;
    let mut loose = whole.record(index).to_vec();
    let end = whole.payload_end(index, 1) - whole.start(index);
    loose[end..end + 2].copy_from_slice(b"XX");
    let mut account = Account::default();
    account.good(&whole.bytes[..whole.start(index)])?;
    let place = account.rewritten(whole.record(index), &loose)?;
    account.good(&whole.bytes[whole.end(index)..])?;
    let made = "the CRLF behind the key of a SET was replaced by XX; the near miss holds a value that ends in XX";
    Ok(Fixture::new("AOF-FRAME-LOOSE", &whole.server, account, place, &whole.bytes, made))
}

pub(super) fn value_zeroed() -> Made {
    let kind = ServerKind::Redis62;
    let text = "0123456789abcdef".repeat(4);
    let commands = [orders(1, 5), vec![say(&format!("SET token {text}"))], orders(6, 5)].concat();
    let whole = log(kind, &[], &commands)?;
    let index = whole.find("SET", 0)?;
    let (start, end) = (whole.payload_end(index, 2) - 64, whole.payload_end(index, 2));
    let mut account = Account::default();
    let with_zeros = |zeros: usize| {
        let mut bytes = whole.bytes.clone();
        bytes[start..start + zeros].fill(0);
        bytes
    };
    account.good(&with_zeros(64))?;
    let place = (start as u64, (end - start) as u64);
    let made = "a value of 64 bytes was zeroed; in the near miss all of it but its last byte";
    Ok(Fixture::new("AOF-VALUE-ZEROED", &whole.server, account, place, &with_zeros(63), made))
}

pub(super) fn db_assumed() -> Made {
    let kind = ServerKind::Redis70;
    let commands = [sessions(1, 3), orders(1, 5), sessions(4, 4), orders(6, 3)].concat();
    let whole = log(kind, &[], &commands)?;
    let select = whole.find("SELECT", whole.find("SELECT", 3)? + 1)?;
    // What follows up to the next SELECT belongs to database 1, but nothing says so any more.
    let (from, to) = (whole.start(select) - 12, whole.start(select) + 12);
    let (account, gap) = overwritten(&whole, from, to, &[0xee; 24])?;
    let next = whole.find("SELECT", select + 1)?;
    let place = (gap.0 + gap.1, (whole.start(next) - whole.end(select)) as u64);
    // The same damage where a SELECT follows at once.
    let (from, to) = (whole.start(next) - 24, whole.start(next));
    let (near_miss, _) = overwritten(&whole, from, to, &[0xee; 24])?;
    let made = "24 bytes across the end of a record and the SELECT behind it were overwritten; \
                in the near miss 24 bytes right before a SELECT";
    Ok(Fixture::new("AOF-DB-ASSUMED", &whole.server, account, place, &near_miss.bytes, made)
        .findings(&["AOF-GAP", "AOF-FRAME-BAD", "AOF-DB-ASSUMED"])
        .near_miss_findings(BAD))
}
