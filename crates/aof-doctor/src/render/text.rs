//! A verdict for people: the verdict first, the next command to type last.

use anstyle::Style;
use aof_log::survey::Placed;
use aof_log::{Diagnosis, Finding, FindingId, Loss};

use super::wrap::{labelled, lines_of};
use super::{startup, table};
use crate::exit::Exit;
use crate::remedy::{self, Advice};
use crate::report::Report;
use crate::ui::{BAD, DOUBTFUL, GOOD, LABEL};
use crate::verdict::Verdict;
use crate::{escape, figures};

mod chains;
mod deep;
mod holds;
mod what;

/// How it is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    /// Columns.
    pub(crate) width: usize,
    /// Whether what was taken for granted is told.
    pub(crate) is_verbose: bool,
}

/// Keys that are named in the text; all others are counted.
const NAMED: usize = 3;

/// The verdict, as it is printed.
pub(crate) fn report(report: &Report, exit: Exit, view: &View) -> String {
    let mut text = startup::warning(report, view.width);
    text.push_str(&head(report));
    text.push_str(&summary(report, exit, view));
    if let Some(worst) = report.worst() {
        text.push('\n');
        text.push_str(&block(worst, report, view));
    }
    if !report.findings.is_empty() {
        text.push('\n');
        text.push_str(&table::findings(report, view.width));
    }
    text.push_str(&holds::of(report, view));
    text.push_str(&deep::of(report, view));
    text.push_str(&startup::table(report, view));
    text.push_str(&chains::list(report, view));
    for dump in &report.dumps {
        text.push('\n');
        dump.write(&mut text);
    }
    if view.is_verbose {
        text.push_str(&assumptions(report, view));
    }
    text.push_str(&next(report, view));
    text
}

/// `DAMAGED  a.aof  (RESP log, 54 bytes, 2 commands, checked in 3 ms)`
fn head(report: &Report) -> String {
    let style = style(report.verdict);
    let word = report.verdict.as_str().to_uppercase();
    let mut facts = what::of(report);
    facts.push(format!("checked in {}", figures::took(report.took)));
    format!("{style}{word}{style:#}  {}  ({})\n", report.shown_path(), facts.join(", "))
}

const fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Clean => GOOD,
        Verdict::Empty | Verdict::Attention => DOUBTFUL,
        Verdict::Damaged | Verdict::Unreadable => BAD,
    }
}

/// What is to be said where nothing is wrong.
fn summary(report: &Report, exit: Exit, view: &View) -> String {
    let is_in_flight = report.findings.iter().any(|placed| {
        matches!(placed.finding.id, FindingId::AofTailTorn | FindingId::AofMultiOpen)
    });
    let sentence = match report.verdict {
        Verdict::Empty if report.is_folder() => empty_folder(exit),
        Verdict::Empty if exit == Exit::DAMAGE => {
            "There is nothing in it, although data were expected: look for the log in the server's data folder, \
             and in its backups."
        }
        Verdict::Empty => "There is nothing in it: a server that loads it starts without data.",
        Verdict::Clean if is_in_flight => {
            "Every record is whole, but for the last one, which is being written. RESP carries no checksum: a flip \
             inside a value cannot be excluded."
        }
        Verdict::Clean if report.loaded().any(holds::is_partly_unread) => {
            "Every record is whole, every value that was looked into is sound, and the checksum is what it should be \
             where there is one."
        }
        Verdict::Clean if report.loaded().all(|content| content.log.is_none()) => {
            "Every record is whole, every value is sound, and the checksum is what it should be where there is one."
        }
        Verdict::Clean => {
            "Every record is whole. RESP carries no checksum: a flip inside a value cannot be excluded."
        }
        _ => return String::new(),
    };
    lines_of(sentence, view.width).join("\n") + "\n"
}

const fn empty_folder(exit: Exit) -> &'static str {
    if exit.code() == Exit::DAMAGE.code() {
        return "There are no data in it, although some were expected: look at the server's configuration (CONFIG GET \
                dir), and in the backups.";
    }
    "There are no data in it: a server that starts here starts without data."
}

/// What, why, and what it costs.
fn block(worst: &Placed, report: &Report, view: &View) -> String {
    let finding = &worst.finding;
    let message = escape::sentence(&finding.message);
    // Some say where it is themselves, or it is nowhere in particular.
    let says_where = finding.id == FindingId::PartUnreadable || !worst.has_place();
    let file = match (report.is_folder(), worst.file) {
        (true, Some(_)) => format!("{}: ", report.place(worst)),
        _ => String::new(),
    };
    let what = match says_where {
        true => format!("{file}{message}"),
        false => format!("{file}at byte {}: {message}", figures::offset(finding.offset)),
    };
    let mut text = labelled("What", &what, view.width);
    let why = why(worst, report);
    if !why.is_empty() {
        text.push_str(&labelled("Why", &why, view.width));
    }
    let loss = losses(worst, report);
    if !loss.is_empty() {
        text.push_str(&labelled("Loss", &loss, view.width));
    }
    text
}

/// Where better data may be, what to do if there are none, and the command that does it on the last line, whole, so
/// that it can be copied.
fn next(report: &Report, view: &View) -> String {
    let later = remedy::later_data(report);
    let advice = remedy::for_report(report);
    if later.is_none() && advice.is_none() {
        return String::new();
    }
    let mut text = String::from("\n");
    if let Some(later) = &later {
        text.push_str(&labelled("Next", &escape::sentence(later), view.width));
    }
    if let Some(Advice { text: what, command }) = &advice {
        let label = if later.is_some() { "" } else { "Next" };
        text.push_str(&labelled(label, what, view.width));
        if let Some(command) = command {
            text.push_str(&format!("\n          {LABEL}{}{LABEL:#}\n", command.line));
        }
    }
    text
}

/// The cause. A gap's cause is told by the finding that explains it, which stands at its place.
fn why(worst: &Placed, report: &Report) -> String {
    let (file, worst) = (worst.file, &worst.finding);
    if worst.id != FindingId::AofGap {
        return worst.cause.to_owned();
    }
    let explains = |found: &&Finding| {
        found.id != FindingId::AofGap && found.offset >= worst.offset && found.end() <= worst.end()
    };
    let in_file = report.findings.iter().filter(|placed| placed.file == file);
    let found = in_file.map(|placed| &placed.finding).find(explains);
    found.map_or(String::new(), |found| {
        format!("{} ({})", escape::sentence(&found.message), found.cause)
    })
}

/// What the worst finding costs, what all of them cost, and how old the last clock line is.
fn losses(worst: &Placed, report: &Report) -> String {
    let (log, worst) =
        (report.content(worst).and_then(|content| content.log.as_ref()), &worst.finding);
    let mut sentences = loss(&worst.loss);
    match worst.id {
        FindingId::InputShortCopy => {
            sentences.push("all that stood behind the end of the copy".to_owned());
        }
        FindingId::PartUnreadable => {
            sentences.push("nothing behind that place was judged".to_owned());
        }
        _ => {}
    }
    let all = report.lost();
    if all.bytes > worst.loss.bytes {
        let commands = figures::range(all.commands.min, all.commands.max, "command");
        sentences
            .push(format!("in all places together: {commands} in {}", figures::bytes(all.bytes)));
    }
    if let Some(log) = log.filter(|_| !sentences.is_empty()) {
        sentences.extend(last_clock(worst, log));
    }
    sentences.join("; ")
}

fn loss(loss: &Loss) -> Vec<String> {
    let mut sentences = Vec::new();
    if loss.commands.max > 0 || loss.bytes > 0 {
        let commands = figures::range(loss.commands.min, loss.commands.max, "command");
        sentences.push(format!("{commands} in {}", figures::bytes(loss.bytes)));
    }
    if loss.keys.count > 0 {
        sentences.push(keys(loss));
    }
    if let Some(seconds) = loss.seconds {
        sentences.push(format!("at most {} of writes", figures::of(seconds, "second")));
    }
    sentences
}

/// `keys "a" (db 0), "b" (db 0) and 5 more`
fn keys(loss: &Loss) -> String {
    let named: Vec<String> = loss
        .keys
        .sample
        .iter()
        .take(NAMED)
        .map(|key| {
            let name = escape::name(&key.name);
            key.db.map_or_else(|| name.clone(), |db| format!("{name} (db {db})"))
        })
        .collect();
    let more = match loss.keys.count.saturating_sub(named.len() as u64) {
        0 => String::new(),
        more => format!(" and {} more", figures::count(more)),
    };
    let word = if loss.keys.count == 1 { "key" } else { "keys" };
    format!("{word} {}{more}", named.join(", "))
}

/// At the end of a log, the last clock line says up to when writes are surely there.
fn last_clock(worst: &Finding, log: &Diagnosis) -> Option<String> {
    use FindingId::{AofMultiOpen, AofTailGarbage, AofTailNul, AofTailTorn, InputShortCopy};
    let is_end =
        [AofMultiOpen, AofTailGarbage, AofTailNul, AofTailTorn, InputShortCopy].contains(&worst.id);
    let (_, last) = log.clock.filter(|_| is_end)?;
    figures::utc(last).map(|time| format!("last clock line before it {time}"))
}

fn assumptions(report: &Report, view: &View) -> String {
    let mut text = String::new();
    for assumption in &report.assumptions {
        let sentence = format!("taken for granted: {}", escape::sentence(assumption));
        text.push_str(&format!("\n{}\n", lines_of(&sentence, view.width).join("\n")));
    }
    text
}
