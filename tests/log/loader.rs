//! The twin of the servers' loaders, on logs of every length and with every damage: what it says does not depend
//! on where it begins to read.

use aof_log::forecast::Conf;
use aof_log::loader::{Ending, Loading, PartView, load};
use aof_log::server::Server;
use aof_log::{Diagnosis, Policy, diagnose};
use aof_source::{Feed, Part as _};
use aof_testkit::{ChunkedPart, Damage, Ledger, LogBuilder, RandomLog, Rng, hostile, naive};

fn loading<F: Feed>(mut feed: F, len: usize, log: &Diagnosis, server: Server) -> Loading {
    let part = PartView { len: len as u64, records_from: 0, is_last: true, log };
    load(&mut feed, &part, server, &Conf::default()).expect("memory does not fail")
}

/// All servers that were measured, and some whose rules follow.
fn servers() -> impl Iterator<Item = Server> {
    let derived = ["redis:5.0", "redis:7.4", "valkey:8.0", "valkey:9.0"];
    let derived = derived.map(|name| name.parse().expect("a server"));
    Server::MEASURED.into_iter().chain(derived)
}

/// From the first damage on or from the beginning: it is the same. Why a server ends may be told by another place,
/// if it refuses more than one thing.
fn judge(bytes: &[u8], place: &str) -> Vec<Loading> {
    let log = diagnose(bytes, &Policy::default(), &());
    let nothing = Diagnosis::default();
    let each = servers().map(|server| {
        let known = loading(bytes, bytes.len(), &log, server);
        let blind = loading(bytes, bytes.len(), &nothing, server);
        let outcome = |loading: &Loading| Loading { why: String::new(), ..loading.clone() };
        assert_eq!(outcome(&known), outcome(&blind), "{place}: {server}: {:#?}", log.findings);
        assert_eq!(known.why.is_empty(), known.ending == Ending::Whole, "{place}: {server}");
        assert!(known.left <= bytes.len() as u64, "{place}: {server}");
        if let Ending::Cut { to } = known.ending {
            // What is left is loaded by the start after it, or cut again, and has the same effect.
            let second = loading(bytes, to as usize, &log, server);
            assert_eq!(second.effective, known.effective, "{place}: {server}: {second:?}");
            assert_eq!(second.commands, known.commands, "{place}: {server}: {second:?}");
        }
        known
    });
    each.collect()
}

fn random(seed: u64) -> Ledger {
    let log = RandomLog::new(seed).records(40).dbs(1 + seed % 3).timestamps(seed.is_multiple_of(2));
    log.transactions(true).nested(false).build()
}

#[test]
fn a_log_cut_at_any_byte_takes_effect_up_to_the_end_of_a_record() {
    for seed in 0..6 {
        let bytes = random(seed).bytes;
        let step = 1 + bytes.len() / 1500;
        let mut ends: Vec<u64> =
            naive::parse(&bytes).frames.iter().map(|at| (at.offset + at.len) as u64).collect();
        ends.push(0);
        for end in (0..=bytes.len()).step_by(step) {
            for loading in judge(&bytes[..end], &format!("seed {seed}, torn at {end}")) {
                assert!(ends.contains(&loading.effective), "seed {seed}, {end}: {loading:?}");
            }
        }
    }
}

#[test]
fn a_damaged_log_ends_alike_wherever_the_twin_begins() {
    for seed in 0..300 {
        let mut rng = Rng::new(seed);
        let ledger = random(seed);
        let mut bytes = Damage::random(&mut rng, &ledger).apply(&ledger.bytes);
        if seed % 3 == 0 {
            bytes.truncate(rng.below(bytes.len() as u64) as usize);
        }
        judge(&bytes, &format!("seed {seed}"));
    }
}

#[test]
fn small_windows_do_not_change_what_a_loader_does() {
    for seed in 0..4 {
        let bytes = random(seed).bytes;
        let end = bytes.len() - seed as usize * 3;
        let log = Diagnosis::default();
        let part = ChunkedPart { bytes: &bytes[..end], size: 7 };
        for server in servers() {
            let whole = loading(&bytes[..end], end, &log, server);
            assert_eq!(loading(part.feed(), end, &log, server), whole, "seed {seed}, {server}");
        }
    }
}

#[test]
fn hostile_bytes_end_in_some_way() {
    for (name, bomb) in hostile::argc_bombs().into_iter().chain(hostile::length_bombs()) {
        let mut log = LogBuilder::new();
        log.command(&["SET", "k", "v"]).raw(&bomb);
        judge(&log.finish().bytes, name);
    }
    judge(&hostile::nested_headers(1 << 20), "nested headers");
    judge(&hostile::matryoshka(12).bytes, "matryoshka");
}
