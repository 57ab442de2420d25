//! Is somebody writing to the log right now? Then a record that is not whole is no damage: it is in flight.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::time::{Duration, SystemTime};

use aof_log::{Confidence, Content, Finding, FindingId, Severity};
use aof_source::{Holder, Holders, Input, holders_of};

use super::examine::Examined;
use super::target::Candidate;
use crate::escape;
use crate::report::Live;
use crate::signal;

/// A log that nobody wrote to for this long, and nobody holds, will not get the rest of its last record.
const SETTLED: Duration = Duration::from_secs(2);

/// What is known about those who write to the files.
#[derive(Debug)]
pub(super) struct Writers {
    /// Whether there are any.
    pub(super) live: Live,
    /// How that is known of each file: a clause to follow a colon, safe to print.
    evidence: Vec<Option<String>>,
    /// The notes on processes that hold a file open, and which file.
    pub(super) notes: Vec<(usize, Finding)>,
}

/// Looks for those who write to the files. If the end of one is unfinished and it was written just now, this
/// waits until it would have been finished.
pub(super) fn look(files: &[Candidate], examined: &[Examined]) -> Writers {
    let inputs: Vec<(usize, &Input)> = files
        .iter()
        .enumerate()
        .filter_map(|(index, file)| file.input.as_ref().ok().map(|input| (index, input)))
        .filter(|(_, input)| input.meta().bytes.is_some())
        .collect();
    let mut writers = Writers {
        live: if inputs.is_empty() { Live::Unknown } else { Live::No },
        evidence: vec![None; files.len()],
        notes: Vec::new(),
    };
    let places: Vec<(u64, u64)> =
        inputs.iter().map(|(_, input)| (input.meta().device, input.meta().inode)).collect();
    for ((index, input), holders) in inputs.iter().zip(holders_of(&places)) {
        if let Holders::Processes(list) = &holders {
            writers.held(*index, list, input);
        } else {
            let unfinished = examined.get(*index).is_some_and(is_unfinished_plain);
            writers.free(*index, input, unfinished, holders == Holders::Nobody);
        }
    }
    writers
}

impl Writers {
    fn held(&mut self, index: usize, list: &[Holder], input: &Input) {
        let who = name(list);
        let message = format!(
            "{who} holds it open for writing; what was there when it was opened was checked"
        );
        let bytes = input.meta().bytes.unwrap_or(0);
        self.notes.push((index, Finding::new(FindingId::InputInUse, 0, bytes, message)));
        self.evidence[index] = Some(format!("{who} holds the file open for writing"));
        self.live = Live::Yes;
    }

    fn free(&mut self, index: usize, input: &Input, unfinished: bool, is_certain: bool) {
        if unfinished {
            wait_until_settled(input);
        }
        if has_changed(input) {
            self.evidence[index] = Some("the file changed while it was checked".to_owned());
            self.live = Live::Yes;
        } else if !is_certain && self.live == Live::No {
            self.live = Live::Unknown;
        }
    }

    /// Turns what was called damage at the end of a log into a note, if somebody is writing there.
    pub(super) fn excuse(&self, index: usize, examined: &mut Examined) {
        let evidence = self.evidence.get(index).and_then(Option::as_ref);
        let Some(evidence) = evidence.filter(|_| is_unfinished_plain(examined)) else { return };
        let Some(content) = &mut examined.content else { return };
        if let Some(log) = &mut content.log {
            for finding in &mut log.findings {
                let loss = std::mem::take(&mut finding.loss);
                if !self::excuse(finding, evidence) {
                    finding.loss = loss;
                    continue;
                }
                let lost = &mut log.lost;
                lost.bytes = lost.bytes.saturating_sub(loss.bytes);
                lost.commands.min = lost.commands.min.saturating_sub(loss.commands.min);
                lost.commands.max = lost.commands.max.saturating_sub(loss.commands.max);
            }
        }
        for finding in &mut content.findings {
            if self::excuse(finding, evidence) {
                finding.loss = aof_log::Loss::default();
            }
        }
    }
}

/// Whether it is about the end of a log; then it is a note now.
fn excuse(finding: &mut Finding, evidence: &str) -> bool {
    let what = match finding.id {
        FindingId::AofTailTorn => "record",
        FindingId::AofMultiOpen => "transaction",
        // Its expiry is what is being written.
        FindingId::AofTtlPairTorn => "pair of a value and its expiry",
        FindingId::AofPreambleTail => "first record behind the preamble",
        _ => return false,
    };
    finding.severity = Severity::Note;
    finding.confidence = Confidence::Likely;
    finding.message = format!("the last {what} is in flight, not torn: {evidence}");
    finding.cause = "a server writes a record piece by piece";
    true
}

fn is_unfinished_plain(examined: &Examined) -> bool {
    examined.container == aof_source::Container::Plain
        && examined.content.as_ref().is_some_and(is_unfinished)
}

/// Whether a log ends inside a record or a transaction, and nothing else is wrong with its end.
fn is_unfinished(content: &Content) -> bool {
    use FindingId::{AofMultiOpen, AofTailDuplicated, AofTailGarbage, AofTailNul, AofTailTorn};
    let has = |ids: &[FindingId]| content.findings.iter().any(|found| ids.contains(&found.id));
    has(&[AofTailTorn, AofMultiOpen]) && !has(&[AofTailDuplicated, AofTailGarbage, AofTailNul])
}

pub(super) fn has_changed(input: &Input) -> bool {
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
