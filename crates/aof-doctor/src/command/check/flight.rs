//! Is somebody writing to the log right now? Then a record that is not whole is no damage: it is in flight.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::time::{Duration, SystemTime};

use aof_log::{Confidence, Diagnosis, Finding, FindingId, Severity};
use aof_source::{Holder, Holders, Input, holders};

use crate::escape;
use crate::report::Live;
use crate::signal;

/// A log that nobody wrote to for this long, and nobody holds, will not get the rest of its last record.
const SETTLED: Duration = Duration::from_secs(2);

/// What is known about those who write to an input.
#[derive(Debug)]
pub(super) struct Writers {
    /// Whether there are any.
    pub(super) live: Live,
    /// How that is known: a clause to follow a colon, safe to print.
    evidence: Option<String>,
    /// The note on a process that holds the input open.
    pub(super) note: Option<Finding>,
}

/// Looks for those who write to the input. If its end is `unfinished` and it was written just now, this
/// waits until it would have been finished.
pub(super) fn look(input: &Input, unfinished: bool) -> Writers {
    let meta = input.meta();
    if meta.bytes.is_none() {
        return Writers { live: Live::Unknown, evidence: None, note: None };
    }
    let holders = holders(meta.device, meta.inode);
    if let Holders::Processes(list) = &holders {
        let who = name(list);
        let message = format!(
            "{who} holds it open for writing; what was there when it was opened was checked"
        );
        let note = Finding::new(FindingId::InputInUse, 0, meta.bytes.unwrap_or(0), message);
        let evidence = Some(format!("{who} holds the file open for writing"));
        return Writers { live: Live::Yes, evidence, note: Some(note) };
    }
    if unfinished {
        wait_until_settled(input);
    }
    if has_changed(input) {
        let evidence = Some("the file changed while it was checked".to_owned());
        return Writers { live: Live::Yes, evidence, note: None };
    }
    let live = if holders == Holders::Nobody { Live::No } else { Live::Unknown };
    Writers { live, evidence: None, note: None }
}

/// Whether the log ends inside a record or a transaction, and nothing else is wrong with its end.
pub(super) fn is_unfinished(log: &Diagnosis) -> bool {
    use FindingId::{AofTailDuplicated, AofTailGarbage, AofTailNul};
    let is_damaged =
        |found: &Finding| [AofTailDuplicated, AofTailGarbage, AofTailNul].contains(&found.id);
    log.findings.iter().any(is_end) && !log.findings.iter().any(is_damaged)
}

/// Turns what was called damage at the end of the log into a note, if somebody is writing there.
pub(super) fn excuse(log: &mut Diagnosis, writers: &Writers) {
    let Some(evidence) = writers.evidence.as_ref().filter(|_| is_unfinished(log)) else {
        return;
    };
    for finding in &mut log.findings {
        let what = match finding.id {
            FindingId::AofTailTorn => "record",
            FindingId::AofMultiOpen => "transaction",
            // Its expiry is what is being written.
            FindingId::AofTtlPairTorn => "pair of a value and its expiry",
            _ => continue,
        };
        let loss = std::mem::take(&mut finding.loss);
        let lost = &mut log.lost;
        lost.bytes = lost.bytes.saturating_sub(loss.bytes);
        lost.commands.min = lost.commands.min.saturating_sub(loss.commands.min);
        lost.commands.max = lost.commands.max.saturating_sub(loss.commands.max);
        finding.severity = Severity::Note;
        finding.confidence = Confidence::Likely;
        finding.message = format!("the last {what} is in flight, not torn: {evidence}");
        finding.cause = "a server writes a record piece by piece";
    }
}

fn is_end(finding: &Finding) -> bool {
    matches!(finding.id, FindingId::AofTailTorn | FindingId::AofMultiOpen)
}

fn has_changed(input: &Input) -> bool {
    let before = input.meta();
    input.meta_now().is_ok_and(|now| (now.bytes, now.modified) != (before.bytes, before.modified))
}

/// Waits until there is another write, or the last one is two seconds old; for a clock that is ahead of ours, two seconds.
fn wait_until_settled(input: &Input) {
    let Some(modified) = input.meta().modified else {
        return;
    };
    let age = SystemTime::now().duration_since(modified).unwrap_or_default();
    let mut left = SETTLED.saturating_sub(age);
    while !left.is_zero() && !has_changed(input) && !signal::is_cancelled() {
        let step = left.min(Duration::from_millis(50));
        std::thread::sleep(step);
        left -= step;
    }
}

fn name(holders: &[Holder]) -> String {
    let Some(first) = holders.first() else {
        return "a process".to_owned();
    };
    let name = escape::bytes(OsStr::as_bytes(&first.name));
    let others = match holders.len() - 1 {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    format!("{name} (pid {}){others}", first.pid)
}
