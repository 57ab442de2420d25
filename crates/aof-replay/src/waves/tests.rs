//! Waves against one record after the other.

use std::ops::Range;

use aof_keyspace::{Applied, Fail, Inputs, Keyspace, LANES, Links, Session, Space};
use aof_log::selection::Kept;
use aof_testkit::Rng;
use aof_testkit::client::encode;

use super::Sizes;
use crate::{Failure, Replay, Report, connect};

const COMMANDS: [&str; 34] = [
    "SET k v",
    "SET k 7",
    "SET k v PXAT 4102444800000",
    "APPEND k v",
    "INCR k",
    "DEL k k k",
    "UNLINK k",
    "DEL k",
    "MSET k 1 k 2 k 3",
    "MSET k 1 k",
    "MSETNX k 1 k 2",
    "RENAME k k",
    "COPY k k DB n REPLACE",
    "MOVE k n",
    "LPUSH k a b c",
    "RPUSH k 3 1 2",
    "LMOVE k k LEFT RIGHT",
    "RPOP k",
    "SADD k a b c",
    "SMOVE k k a",
    "SUNIONSTORE k k k",
    "SORT k BY w_* GET # GET k_* STORE k",
    "HSET k f 1",
    "HINCRBY k f 5",
    "ZADD k 1 a 2 b",
    "ZUNIONSTORE k 2 k k",
    "XADD k 1-* f v",
    "SELECT n",
    "SELECT 99",
    "SWAPDB n n",
    "FLUSHDB",
    "NOSUCH k",
    "EVAL script 2 k k",
    "SET k w EX 5",
];

/// Commands of all classes, with keys that meet; transactions, some of which are discarded; and the time.
fn log(seed: u64) -> Vec<u8> {
    let (mut rng, mut log, mut open) = (Rng::new(seed), Vec::new(), false);
    for _ in 0..600 {
        match rng.below(40) {
            0 if !open => log.extend(format!("#TS:{}\r\n", 1_700_000_000 + rng.below(100)).bytes()),
            1..4 => {
                let word = match open {
                    true => *rng.pick(&["EXEC", "EXEC", "EXEC", "DISCARD"]),
                    false => "MULTI",
                };
                open = !open;
                encode(&[word], &mut log);
            }
            _ => {
                let words = command(&mut rng);
                // In a transaction it is refused before that is executed.
                if !open || words[0] != "NOSUCH" {
                    encode(&words, &mut log);
                }
            }
        }
    }
    if open {
        encode(&["EXEC"], &mut log);
    }
    log
}

fn command(rng: &mut Rng) -> Vec<String> {
    let line = match rng.below(60) {
        // These would leave little to compare if they were frequent.
        0 => COMMANDS[30],
        _ => COMMANDS[rng.below(COMMANDS.len() as u64) as usize],
    };
    let line = if line == "FLUSHDB" && rng.below(8) > 0 { COMMANDS[0] } else { line };
    let word = |word: &str| match word {
        "k" => format!("key:{}", rng.below(40)),
        // Long enough to be pointed to.
        "v" => "value".repeat(20),
        "n" => rng.below(3).to_string(),
        word => word.to_owned(),
    };
    line.split(' ').map(word).collect()
}

/// The data and failures that come of the log record by record.
fn one_by_one(log: &[u8]) -> (Keyspace<'static>, Report) {
    let (mut keyspace, mut session) = (Keyspace::default(), Session::default());
    let (mut report, mut queued) = (Report::default(), Vec::new());
    let mut rest = log;
    while !rest.is_empty() {
        if let Ok((behind, aof_resp::Annotation::Time(seconds))) = aof_resp::annotation(rest) {
            session.set_clock(seconds as i64 * 1000);
            rest = behind;
            continue;
        }
        let at = (log.len() - rest.len()) as u64;
        let (behind, frame) = aof_resp::frame(rest).unwrap();
        rest = behind;
        report.commands += 1;
        let args: Vec<&[u8]> = frame.args().collect();
        let failure = |why| Failure {
            part: 0,
            offset: at,
            length: frame.bytes().len() as u64,
            name: args[0].to_vec(),
            why,
        };
        match keyspace.apply(&mut session, &args) {
            Ok(Applied::Queued) => queued.push(failure(Fail::Missing)),
            Ok(Applied::Executed { changed, idle, failed }) => {
                report.no_ops += idle;
                for (place, why) in failed {
                    report.fail(Failure { why, ..queued[place].clone() });
                }
                report.changed += changed;
            }
            Ok(Applied::Nothing) => report.no_ops += 1,
            Ok(applied) => report.changed += u64::from(applied == Applied::Changed),
            Err(why) => report.fail(failure(why)),
        }
        if !session.is_in_transaction() {
            queued.clear();
        }
    }
    report.failures.sort_by_key(|failure| failure.offset);
    (keyspace, report)
}

fn in_waves(log: &[u8], lanes: usize, sizes: Sizes) -> (Vec<String>, Report) {
    let whole = Kept::whole(0, log.len() as u64);
    let mut links = Links::new(lanes);
    connect(&mut &log[..], &whole, &mut links, &()).unwrap();
    let inputs = Inputs::new(vec![log]);
    let mut replay = Replay::new(Space::new(&inputs), links);
    replay.waves.sizes = sizes;
    replay.records(0, &mut &log[..], &whole, &()).unwrap();
    let (keyspace, report) = replay.finish();
    (lines(&keyspace), report)
}

/// All keys in order, as they are written.
fn lines(keyspace: &Keyspace<'_>) -> Vec<String> {
    let line = |held: aof_keyspace::Held<'_, '_>| {
        let mut bytes = Vec::new();
        let code = held.encode(&mut bytes);
        let name = held.name().escape_ascii();
        format!("{} {name} {:?} {code} {}", held.db, held.expiry(), bytes.escape_ascii())
    };
    keyspace.iter().map(line).collect()
}

#[test]
fn waves_of_any_size_in_any_number_of_lanes_are_as_one_record_after_the_other() {
    for seed in 0..60 {
        let log = log(seed);
        let (keyspace, mut expected) = one_by_one(&log);
        let expected_lines = lines(&keyspace);
        assert!(expected_lines.len() > 3 && expected.failed > 20, "{seed}: {expected:?}");
        let mut rng = Rng::new(seed);
        for lanes in [1, 2, 7, 16] {
            let (block, blocks) = (1 + rng.below(3000) as usize, 1 + rng.below(9) as usize);
            let (found, mut report) = in_waves(&log, lanes, Sizes { block, blocks });
            let what = format!("seed {seed}, {lanes} lanes, {blocks} blocks of {block}");
            assert_eq!(report.failures, expected.failures, "{what}");
            assert_eq!(found, expected_lines, "{what}");
            let idle = report.effects.total().idle;
            assert_eq!(idle, expected.no_ops + expected.failed, "{what}");
            report.effects = expected.effects.clone();
            if lanes == 1 {
                assert!(report.doubts.total > 0, "{what}");
                expected.doubts.clone_from(&report.doubts);
            }
            report.refused.clone_from(&expected.refused);
            assert!(
                report.lanes.len() == lanes && report.lanes.iter().sum::<u64>() > 100,
                "{what}"
            );
            report.lanes.clear();
            assert_eq!(report, expected, "{what}");
        }
    }
}

#[test]
fn lanes_that_are_tried_come_to_the_keys_and_the_share_that_are_theirs() {
    let mut log = Vec::new();
    for number in 0..1000 {
        encode(&["SET", &format!("key:{number}"), "1"], &mut log);
    }
    let kept = Kept::whole(0, log.len() as u64);
    let replayed = |tried: Range<usize>| {
        let mut replay = Replay::new(Space::default(), Links::new(LANES)).trying(tried);
        replay.records(0, &mut &log[..], &kept, &()).unwrap();
        let share = replay.share().unwrap();
        (replay.finish().0, share)
    };
    let (all, whole) = replayed(0..LANES);
    assert_eq!((all.len(), whole), (1000, 1.0));
    let (some, share) = replayed(14..16);
    let theirs = all.iter().filter(|held| all.links().lane(held.name()) >= 14);
    assert_eq!(lines(&some).len(), theirs.count());
    assert!((share - some.len() as f64 / 1000.0).abs() < 1e-9, "{share}");
}

#[test]
fn a_transaction_without_an_end_is_not_executed_unless_it_is_said_to_have_one() {
    let mut log = Vec::new();
    for words in [&["SET", "a", "1"][..], &["MULTI"], &["SET", "a", "2"], &["SELECT", "5"]] {
        encode(words, &mut log);
    }
    for (is_left_open, value) in [(false, 1), (true, 2)] {
        let mut replay = Replay::default();
        let kept = Kept { is_left_open, ..Kept::whole(0, log.len() as u64) };
        replay.records(0, &mut &log[..], &kept, &()).unwrap();
        let (keyspace, _) = replay.finish();
        assert!(lines(&keyspace)[0].starts_with(&format!("0 a None 0 \\xc0\\x0{value}")));
    }
}

#[test]
fn what_stands_between_records_and_is_none_ends_the_replay() {
    let mut log = Vec::new();
    encode(&["SET", "a", "1"], &mut log);
    let sound = log.len() as u64;
    log.extend(b"garbage");
    let mut replay = Replay::default();
    let kept = Kept::whole(0, log.len() as u64);
    let error = replay.records(0, &mut &log[..], &kept, &()).unwrap_err();
    assert!(error.to_string().contains(&format!("byte {sound}")), "{error}");
}
