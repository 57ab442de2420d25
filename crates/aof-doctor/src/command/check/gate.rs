//! `--gate`: may a start script start this server?

use aof_log::FindingId;
use aof_log::forecast::{Outcome, Start};
use aof_log::server::{Basis, Server};

use crate::figures;
use crate::max_loss::MaxLoss;
use crate::render::words::{lost, outcome};
use crate::report::Report;
use crate::verdict::Verdict;

/// Why the server must not be started; `None` if it will load all there is, but for what may be lost.
pub(crate) fn refusal(
    report: &Report,
    server: Server,
    limits: Option<&MaxLoss>,
    expect_data: bool,
) -> Option<String> {
    if report.verdict == Verdict::Unreadable {
        return Some(format!("{} could not be read", report.shown_path()));
    }
    if report.verdict == Verdict::Empty {
        return expect_data.then(|| "there are no data, although some are expected".to_owned());
    }
    let forecast = report.startup.iter().find(|forecast| forecast.server == server);
    let start = forecast.filter(|f| f.basis != Basis::Unknown).and_then(|f| f.starts.first());
    let Some(start) = start else {
        return Some(format!("nobody knows what {server} does with this"));
    };
    if matches!(start.outcome, Outcome::Refuses | Outcome::Crashes) {
        return Some(format!("{server} {}: {}", outcome(start.outcome), start.why));
    }
    let is_too_much = exceeded(report, start, limits)?;
    Some(format!("{server} {}: {}; {is_too_much}", outcome(start.outcome), start.why))
}

/// Which limit is exceeded, in words.
fn exceeded(report: &Report, start: &Start, limits: Option<&MaxLoss>) -> Option<String> {
    let whole = &start.lost;
    let is_any = !whole.is_nothing();
    let Some(limits) = limits else {
        return is_any.then(|| format!("that leaves out {}", lost(start)));
    };
    let cut = cut(report, start);
    let bytes = whole.bytes.saturating_add(cut.bytes);
    let commands = whole.commands.max.saturating_add(cut.commands);
    let is_unbounded = whole.keys > 0;
    if limits.bytes.is_some_and(|most| bytes > most || is_unbounded) {
        return Some(format!("that loses {}", figures::bytes(bytes)));
    }
    if limits.commands.is_some_and(|most| commands > most || is_unbounded) {
        return Some(format!("that loses up to {}", figures::of(commands, "command")));
    }
    let is_lossy = is_any || bytes > 0;
    match (limits.seconds, cut.seconds) {
        (Some(_), None) if is_lossy => {
            Some("how many seconds of writes that loses cannot be told".to_owned())
        }
        (Some(_), Some(_)) if is_any => {
            Some("how many seconds of writes that loses cannot be told".to_owned())
        }
        (Some(most), Some(seconds)) if seconds > most => {
            Some(format!("that loses {} of writes", figures::of(seconds, "second")))
        }
        _ => None,
    }
}

/// What is torn, and cut away by the start.
struct Cut {
    bytes: u64,
    commands: u64,
    /// Seconds of writes; `None` if they cannot be told.
    seconds: Option<u64>,
}

fn cut(report: &Report, start: &Start) -> Cut {
    let mut cut = Cut { bytes: 0, commands: 0, seconds: Some(0) };
    for placed in report.damage() {
        let finding = &placed.finding;
        let is_torn = matches!(finding.id, FindingId::AofTailTorn | FindingId::AofMultiOpen);
        let piece = start.loads.iter().find(|piece| Some(piece.file) == placed.file);
        if is_torn && piece.is_some_and(|piece| finding.offset >= piece.to) {
            cut.bytes += finding.loss.bytes;
            cut.commands += finding.loss.commands.max;
            cut.seconds = cut.seconds.zip(finding.loss.seconds).map(|(all, one)| all + one);
        }
    }
    cut
}
