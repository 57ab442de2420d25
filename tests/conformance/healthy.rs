//! Logs that servers write: clean for us, and for everybody. Then the same logs, torn and damaged at random.

use aof_log::{FindingId, Severity};
use aof_testkit::naive::{self, Parsed};
use aof_testkit::server::{Server, ServerKind, skip_unless};
use aof_testkit::{Damage, Ledger, LogBuilder, RandomLog, Rng};

use crate::law::Question;
use crate::loader::{is_foretold, judged};
use crate::trial::{Checked, Loaded, check};

/// Logs of each server, random cuts and random damages of each log.
const LOGS: u64 = 2;
const CUTS: u64 = 12;
const DAMAGES: u64 = 25;

/// `AOF_DOCTOR_SEED`, or always the same.
pub(crate) fn seed() -> u64 {
    let seed = std::env::var("AOF_DOCTOR_SEED").ok();
    seed.and_then(|seed| seed.parse().ok()).unwrap_or(1)
}

/// What a server writes when clients send it random commands.
fn log_of(kind: ServerKind, seed: u64) -> Vec<u8> {
    let workload = RandomLog::new(seed).records(250).timestamps(false).build();
    let data = tempfile::tempdir().unwrap();
    let mut args = vec!["--appendonly", "yes", "--appendfsync", "always"];
    if kind.has_parts() {
        args.extend(["--aof-timestamp-enabled", "yes"]);
    }
    let mut server = Server::start(kind, data.path(), &args).unwrap();
    let mut client = server.client().unwrap();
    for frame in naive::parse(&workload.bytes).frames {
        let reply = client.command(&frame.argv).unwrap();
        assert!(!reply.is_error(), "{kind}: {:?}: {}", frame.argv[0], reply.text());
    }
    server.shutdown_nosave().unwrap();
    std::fs::read(kind.first_log(data.path())).unwrap()
}

/// The account of a server's log.
fn ledger_of(parsed: &Parsed) -> Ledger {
    let mut log = LogBuilder::new();
    let mut lines = parsed.annotations.iter().peekable();
    for frame in &parsed.frames {
        while let Some(line) = lines.next_if(|line| line.offset < frame.offset) {
            log.annotation(&line.text);
        }
        log.command(&frame.argv);
    }
    log.finish()
}

/// Redis 6.2 logs RESTORE with a lifetime that counts from the replay.
fn is_expected(kind: ServerKind, id: FindingId) -> bool {
    kind == ServerKind::Redis62 && id == FindingId::AofNondeterministic
}

fn is_clean_for_everybody(kind: ServerKind, bytes: &[u8], place: &str) {
    let log = judged(bytes);
    let odd: Vec<_> = log
        .findings
        .iter()
        .filter(|found| found.severity > Severity::Note && !is_expected(kind, found.id))
        .collect();
    assert!(odd.is_empty(), "{place}: {odd:#?}");
    for other in ServerKind::ALL.into_iter().filter(|other| other.find().is_some()) {
        agrees(&Question { bytes, log: &log, kind: other }, place);
    }
}

/// The checker does what the law says, and the server what the twin of its loader says.
fn agrees(asked: &Question, place: &str) {
    let Question { bytes, log, kind } = *asked;
    let checker = check(kind, bytes);
    assert_eq!(checker, asked.expected(), "{place}: {kind}: {:#?}", log.findings);
    is_foretold(kind, bytes, log, place);
}

fn is_judged_alike_when_torn(kind: ServerKind, bytes: &[u8], rng: &mut Rng, place: &str) {
    for _ in 0..CUTS {
        let end = rng.below(bytes.len() as u64) as usize;
        let bytes = &bytes[..end];
        let log = judged(bytes);
        agrees(&Question { bytes, log: &log, kind }, &format!("{place}, cut at {end}"));
    }
}

/// No server and no checker stumbles where we see nothing.
fn is_never_praised_when_damaged(kind: ServerKind, ledger: &Ledger, rng: &mut Rng, place: &str) {
    for _ in 0..DAMAGES {
        let damage = Damage::random(rng, ledger);
        let bytes = damage.apply(&ledger.bytes);
        let log = judged(&bytes);
        let place = format!("{place}, {damage}");
        let (checker, loader) = (check(kind, &bytes), is_foretold(kind, &bytes, &log, &place));
        let worst = log.severity();
        let place = format!("{place}: {checker}, {loader}; {:#?}", log.findings);
        if loader != Loaded::All {
            assert_eq!(worst, Some(Severity::Damage), "{place}");
        }
        if checker != Checked::Valid {
            assert!(worst >= Some(Severity::Attention), "{place}");
        }
        if let Loaded::Cut(left) = loader {
            let asked = Question { bytes: &bytes, log: &log, kind };
            assert!(left >= asked.last_record_before(log.checkpoint), "{place}");
        }
    }
}

fn story(kind: ServerKind) {
    if skip_unless(kind).is_none() {
        return;
    }
    let first = seed();
    for seed in first..first + LOGS {
        let place = format!("{kind}, AOF_DOCTOR_SEED={seed}");
        let bytes = log_of(kind, seed);
        is_clean_for_everybody(kind, &bytes, &place);
        let ledger = ledger_of(&naive::parse(&bytes));
        assert_eq!(ledger.bytes, bytes, "{place}: the log is strict");
        let mut rng = Rng::new(seed);
        is_judged_alike_when_torn(kind, &bytes, &mut rng, &place);
        is_never_praised_when_damaged(kind, &ledger, &mut rng, &place);
    }
}

#[test]
fn redis_6_2_writes_what_we_call_clean() {
    story(ServerKind::Redis62);
}

#[test]
fn redis_7_0_writes_what_we_call_clean() {
    story(ServerKind::Redis70);
}

#[test]
fn redis_8_2_writes_what_we_call_clean() {
    story(ServerKind::Redis82);
}

#[test]
fn valkey_8_1_writes_what_we_call_clean() {
    story(ServerKind::Valkey81);
}

#[test]
fn valkey_9_1_writes_what_we_call_clean() {
    story(ServerKind::Valkey91);
}
