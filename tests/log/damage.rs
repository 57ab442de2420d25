//! Random damage, judged by the account that the log's builder kept.

use aof_log::{Diagnosis, FindingId, Policy, Severity, diagnose};
use aof_testkit::{Damage, Ledger, RandomLog, Rng, Touched};

const DAMAGES: u64 = 10_000;

/// Records that a search for the next good place wants to see in a row.
pub(crate) const PROOF: usize = 4;

pub(crate) fn log(seed: u64) -> Ledger {
    RandomLog::new(seed)
        .records(60)
        .dbs(1 + seed % 2)
        .timestamps(seed.is_multiple_of(3))
        .transactions(seed.is_multiple_of(2))
        .nested(seed.is_multiple_of(5))
        .build()
}

/// Commands that the damage broke and that nobody can find at another place.
fn broken_commands(ledger: &Ledger, touched: &Touched) -> u64 {
    let moved: Vec<usize> = touched.moved.iter().map(|(frame, _)| *frame).collect();
    let is_lost = |frame: &&usize| ledger.frames[**frame].is_command() && !moved.contains(frame);
    touched.broken.iter().filter(is_lost).count() as u64
}

fn judge(diagnosis: &Diagnosis, ledger: &Ledger, damage: &Damage, place: &str) {
    let touched = Touched::by(damage, ledger);
    let severe = diagnosis.severity().is_some_and(|worst| worst >= Severity::Attention);
    if touched.visible {
        assert!(severe, "{place}: {damage} must not be clean");
    }
    if let Damage::Flip { .. } = damage
        && touched.framing()
    {
        assert!(severe, "{place}: {damage} hit the framing: {touched:?}");
    }
    let untouched =
        touched.untouched(ledger).filter(|(frame, _)| ledger.frames[*frame].is_command());
    let islands = touched.islands(ledger, PROOF).len() + touched.swallowed.len();
    let untouched = untouched.count() as u64 - islands as u64;
    assert!(
        diagnosis.commands >= untouched,
        "{place}: {damage}: {} of {untouched} untouched commands found, {touched:?}\n{:#?}",
        diagnosis.commands,
        diagnosis.findings
    );
    // What is left when bytes are cut out of the last records looks like one record, torn at the end.
    let torn = diagnosis.of(FindingId::AofTailTorn).count() as u64;
    let broken = broken_commands(ledger, &touched).saturating_sub(torn);
    assert!(
        diagnosis.lost.commands.max + lossless(diagnosis) >= broken,
        "{place}: {damage}: {broken} commands broken, {:?} reported\n{:#?}",
        diagnosis.lost,
        diagnosis.findings
    );
}

/// Commands that are not strictly formed and were read all the same.
fn lossless(diagnosis: &Diagnosis) -> u64 {
    use FindingId::{AofCrlfAdded, AofCrlfStripped, AofFrameLoose, AofTsGlued};
    let readable = [AofFrameLoose, AofCrlfStripped, AofCrlfAdded, AofTsGlued];
    readable.iter().map(|id| diagnosis.of(*id).count() as u64).sum()
}

#[test]
fn no_random_damage_goes_unseen_and_no_untouched_command_is_lost() {
    for seed in 0..DAMAGES / 100 {
        let ledger = log(seed);
        let mut rng = Rng::new(seed ^ 0xda3a);
        for number in 0..100 {
            let damage = Damage::random(&mut rng, &ledger);
            let bytes = damage.apply(&ledger.bytes);
            let diagnosis = diagnose(&bytes[..], &Policy::default(), &());
            judge(&diagnosis, &ledger, &damage, &format!("seed {seed}, damage {number}"));
        }
    }
}
