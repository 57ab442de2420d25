//! Clock lines and other annotations.

use std::error::Error;
use std::fs;

use aof_testkit::naive;
use aof_testkit::server::ServerKind;

use super::account::Account;
use super::fixture::{Again, Fixture, Made};
use super::session::{Log, Session, TIMESTAMPS, log, ticking};
use super::workload::{orders, sessions};

/// The log with every clock line set forward by so many seconds.
pub(super) fn shifted(bytes: &[u8], seconds: i64) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut shifted = bytes.to_vec();
    for line in naive::parse(bytes).annotations {
        let clock: i64 = std::str::from_utf8(&line.text[3..])?.parse()?;
        let text = format!("#TS:{}", clock + seconds);
        shifted[line.offset..line.offset + text.len()].copy_from_slice(text.as_bytes());
    }
    Ok(shifted)
}

/// The log cut before each clock line.
fn chapters(log: &Log) -> Vec<&[u8]> {
    let mut ends: Vec<usize> = log.parsed.annotations.iter().map(|line| line.offset).collect();
    ends.push(log.bytes.len());
    ends.windows(2).map(|pair| &log.bytes[pair[0]..pair[1]]).collect()
}

pub(super) fn two_writers() -> Made {
    let kind = ServerKind::Redis82;
    let one = ticking(kind, &[&orders(1, 2), &orders(3, 2), &orders(5, 2), &orders(7, 2)])?;
    let first = one.parsed.annotations[0].text[3..].to_vec();
    let two = ticking(kind, &[&sessions(1, 2), &sessions(3, 2), &sessions(5, 2)])?;
    // As if both had begun at the same time, one of them with a clock that is 90 seconds late.
    let begun: i64 = String::from_utf8(two.parsed.annotations[0].text[3..].to_vec())?.parse()?;
    let first: i64 = String::from_utf8(first)?.parse()?;
    let late = Log::of(kind, shifted(&two.bytes, first - begun - 90)?)?;
    let (ours, theirs) = (chapters(&one), chapters(&late));
    let mut account = Account::default();
    account.good(ours[0])?;
    account.damage();
    let mut place = (account.bytes.len() as u64, 0);
    for (theirs, ours) in theirs.iter().zip(&ours[1..]) {
        let (offset, _) = account.good(theirs)?;
        place.1 = offset + b"#TS:1700000000\r\n".len() as u64 - place.0;
        account.good(ours)?;
    }
    let near_miss = [ours[0], theirs[0], ours[1], theirs[1], ours[2]].concat();
    let made = "the logs of two servers were interleaved at their clock lines, the second with its clock set 90 \
                seconds back; the near miss goes back twice only";
    Ok(Fixture::new("AOF-TWO-WRITERS", &one.server, account, place, &near_miss, made)
        .near_miss_findings(&["AOF-TS-BACKWARDS", "AOF-TS-BACKWARDS"])
        .again(Again::Places))
}

pub(super) fn backwards() -> Made {
    let kind = ServerKind::Valkey91;
    let log = ticking(kind, &[&orders(1, 3), &orders(4, 3), &orders(7, 3)])?;
    let chapters = chapters(&log);
    let begun: i64 = String::from_utf8(log.parsed.annotations[0].text[3..].to_vec())?.parse()?;
    let second: i64 = String::from_utf8(log.parsed.annotations[1].text[3..].to_vec())?.parse()?;
    let back = shifted(chapters[1], begun - second - 50)?;
    let equal = shifted(chapters[1], begun - second)?;
    let mut account = Account::default();
    account.good(chapters[0])?;
    let (offset, _) = account.good(&back)?;
    account.good(chapters[2])?;
    let place = (offset, log.parsed.annotations[1].len as u64);
    let near_miss = [chapters[0], &equal, chapters[2]].concat();
    let made = "the second of three clock lines was set to 50 seconds before the first; \
                in the near miss both show the same second";
    Ok(Fixture::new("AOF-TS-BACKWARDS", &log.server, account, place, &near_miss, made)
        .again(Again::Places))
}

/// The real thing: loaders leave a torn clock line where it is, and go on writing behind it.
pub(super) fn glued() -> Made {
    let kind = ServerKind::Valkey81;
    let torn = b"#TS:17";
    let whole = |args: &[&str]| -> Result<(Log, usize), Box<dyn Error>> {
        let mut session = Session::start(kind, &TIMESTAMPS)?;
        session.run_ticking(&[&orders(1, 4)])?;
        let left = session.stop()?;
        let end = left.log.bytes.len();
        fs::write(left.path(), [&left.log.bytes[..], torn].concat())?;
        let mut session = left.resume(args)?;
        session.run_ticking(&[&orders(5, 4)])?;
        Ok((session.stop()?.log, end))
    };
    let (log, end) = whole(&[])?;
    let rest = Log::of(kind, log.bytes[end + torn.len()..].to_vec())?;
    let mut account = Account::default();
    account.good(&log.bytes[..end])?;
    let place = account.damage().rewritten(rest.record(0), &[torn, rest.record(0)].concat())?;
    account.good(&rest.bytes[rest.end(0)..])?;
    let (near_miss, _) = whole(&TIMESTAMPS)?;
    let made = "a torn clock line was left at the end of a first session; the server was started on it, without \
                clock lines, and wrote a second session behind it; in the near miss it wrote clock lines, and \
                glued one to the torn one";
    Ok(Fixture::new("AOF-TS-GLUED", &log.server, account, place, &near_miss.bytes, made)
        .near_miss_findings(&["AOF-ANNOTATION-UNKNOWN"])
        .again(Again::Places))
}

pub(super) fn annotation_unknown() -> Made {
    let kind = ServerKind::Redis70;
    let whole = log(kind, &[], &orders(1, 8))?;
    let at = whole.end(whole.find("EXEC", 0)?);
    let mut account = Account::default();
    account.good(&whole.bytes[..at])?;
    let place = account.good(b"#HDR:v1;len:10;\r\n")?;
    account.good(&whole.bytes[at..])?;
    let near_miss = ticking(kind, &[&orders(1, 5), &orders(6, 3)])?;
    let made = "a line #HDR:v1;len:10; was put between two records; \
                the near miss has clock lines, written by the server";
    Ok(Fixture::new(
        "AOF-ANNOTATION-UNKNOWN",
        &whole.server,
        account,
        place,
        &near_miss.bytes,
        made,
    )
    .again(Again::Places))
}
