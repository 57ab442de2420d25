//! The one place that words remedies. A remedy names only commands that work today: a new verb slots in here.

use std::path::{Path, PathBuf};

use aof_log::survey::Placed;
use aof_log::{Finding, FindingId, Remedy, Severity};
use aof_source::Container;

use crate::figures;
use crate::report::{Report, Subject};

mod command;
mod elsewhere;
mod other_tool;
mod repair;
mod stand_in;

pub(crate) use command::Command;
pub(crate) use elsewhere::later_data;

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Advice {
    /// In words: what the command does, and what it loses. Safe to print.
    pub(crate) text: String,
    /// The command to type, if there is one.
    pub(crate) command: Option<Command>,
}

/// What to do about all of it: cutting the tail is the cure only where nothing else is damaged.
pub(crate) fn for_report(report: &Report) -> Option<Advice> {
    let cures_with = |remedy| move |placed: &&Placed| cure(&placed.finding) == remedy;
    let first = [Remedy::OtherTool, Remedy::FetchAgain, Remedy::Rebuild, Remedy::Salvage]
        .into_iter()
        .find_map(|remedy| report.damage().find(cures_with(remedy)))
        .or_else(|| report.damage().find(|placed| cure(&placed.finding) != Remedy::CutTail))
        .or_else(|| report.worst())?;
    for_finding(first, report)
}

/// What to do about one finding, or nothing.
pub(crate) fn for_finding(placed: &Placed, report: &Report) -> Option<Advice> {
    let (finding, subject) = (&placed.finding, report.subject(placed));
    Some(match (cure(finding), subject) {
        _ if finding.id == FindingId::RepairInterrupted => ends_repair(report),
        _ if finding.id == FindingId::RdbEmpty => stand_in::for_empty(placed, report),
        (Remedy::Nothing, _) => return None,
        (Remedy::CutTail, Some(subject)) => cut(placed, subject, report),
        (Remedy::Salvage, _) => salvage(placed, report),
        (Remedy::Rewrite, _) => rewrite(placed, report),
        (Remedy::Rebuild, _) => repair::advice(
            "plan a manifest that names the right parts; the parts stay as they are, and no server should start on \
             them before",
            None,
            report,
        ),
        (Remedy::FetchAgain, subject) => fetch_again(finding, subject),
        (Remedy::OtherTool, Some(subject)) => other_tool::advice(finding, subject),
        (Remedy::Decide | Remedy::CutTail | Remedy::OtherTool, _) => undecided(finding),
    })
}

/// What is still being written needs no cure.
fn cure(finding: &Finding) -> Remedy {
    match finding.id.remedy() {
        Remedy::CutTail if finding.severity == Severity::Note => Remedy::Nothing,
        remedy => remedy,
    }
}

fn ends_repair(report: &Report) -> Advice {
    let text = "stop the server; then this takes the repair back, or ends taking it back:";
    let command = Command::on_file("aof-doctor undo {}", &report.path);
    Advice { text: text.to_owned(), command: Some(command) }
}

fn undecided(finding: &Finding) -> Advice {
    explain(finding, "what is right depends on how it came about; what to look at first:")
}

fn explain(finding: &Finding, text: &str) -> Advice {
    let id = finding.id.as_str();
    Advice {
        text: text.to_owned(),
        command: Some(Command::program(&["aof-doctor", "explain", id])),
    }
}

fn salvage(placed: &Placed, report: &Report) -> Advice {
    let (finding, subject) = (&placed.finding, report.subject(placed));
    let id = match finding.id {
        FindingId::AofHoleNul | FindingId::AofFrameBad => FindingId::AofGap,
        id => id,
    };
    if id == FindingId::RdbCrcBitflip {
        return repair::of_flip(placed, subject, report);
    }
    if repair::is_of_rdb(id) {
        return repair::of_rdb(placed, report);
    }
    if repair::is_possible(subject) {
        let text = "whole records stand on both sides: do not let redis-check-aof --fix cut the log here, or \
                    everything behind is lost too; see both ways, --salvage and --cut, and what each of them loses";
        return repair::advice(text, subject, report);
    }
    let text = "whole records stand on both sides: do not cut the log here, and do not let redis-check-aof --fix \
                do it, or everything behind is lost too; read this before you start a server:";
    let command = Command::program(&["aof-doctor", "explain", id.as_str()]);
    Advice { text: text.to_owned(), command: Some(command) }
}

fn rewrite(placed: &Placed, report: &Report) -> Advice {
    let (finding, subject) = (&placed.finding, report.subject(placed));
    if !repair::is_possible(subject) {
        let text = "every record can be read, so nothing needs to be lost; what a server does with the log as it is:";
        return explain(finding, text);
    }
    let what = match finding.id {
        FindingId::AofExecStray => "plan to leave out the EXEC, which has no effect",
        _ => "every record can be read, so nothing is lost: plan the log anew, as servers write it",
    };
    repair::advice(what, subject, report)
}

fn fetch_again(finding: &Finding, subject: Option<&Subject>) -> Advice {
    let text = match finding.id {
        FindingId::PartUnreadable => {
            "the storage failed, or the file changed: get it from its source again, or copy it away with a tool \
             that goes on behind bad places (ddrescue), and check the copy:"
        }
        _ => "get the file from its source again, compare the sizes, and check it once more:",
    };
    let Some(subject) = subject.filter(|subject| subject.is_repeatable) else {
        return explain(finding, text);
    };
    let command = Command::on_file("aof-doctor check {}", &subject.path);
    Advice { text: text.to_owned(), command: Some(command) }
}

/// Cutting the end off.
fn cut(placed: &Placed, subject: &Subject, report: &Report) -> Advice {
    let content = report.content(placed);
    let Some(log) = content.filter(|content| content.end_checkpoint() > 0) else {
        let text = "no whole record stands before it, so a cut would leave nothing; is this the right file?";
        return explain(&placed.finding, text);
    };
    let at = log.end_checkpoint();
    let file = if report.is_folder() { format!("{} ", subject.shown) } else { String::new() };
    let mut text = format!(
        "cut {}at byte {}: that keeps every whole record before it and drops the {} behind it ({})",
        if subject.is_repeatable { file } else { "a copy ".to_owned() },
        figures::count(at),
        figures::bytes(log.bytes.saturating_sub(at)),
        dropped(placed.file, report),
    );
    let is_only_one = !report.damage().any(|placed| cure(&placed.finding) != Remedy::CutTail);
    if subject.is_repeatable {
        let what = if is_only_one { "" } else { ", and see what else is to be done" };
        return repair::advice(&format!("plan to {text}{what}"), Some(subject), report);
    }
    text.push_str("; the original is left as it is");
    if !is_only_one {
        text.push_str(", and the damage before it stays");
    }
    text.push_str("; pipe the same bytes through:");
    Advice { text, command: Some(Command::shell(format!("head -c {at} > log.cut"))) }
}

/// The commands that go with the tail, none of which is whole or committed.
fn dropped(file: Option<usize>, report: &Report) -> String {
    let in_file = report.damage().filter(|placed| placed.file == file);
    let tail = in_file.map(|placed| &placed.finding).filter(|found| cure(found) == Remedy::CutTail);
    let add = |(min, max), found: &Finding| {
        let commands = found.loss.commands;
        (commands.min.saturating_add(min), commands.max.saturating_add(max))
    };
    let (min, max) = tail.fold((0u64, 0u64), add);
    figures::range(min, max, "command")
}

/// The program that writes the content of a compressed file to its standard output.
const fn unpacker(subject: &Subject) -> Option<&'static str> {
    match subject.container {
        Container::Gzip => Some("gzip -dc"),
        Container::Zstd => Some("zstd -dc"),
        _ => None,
    }
}

/// A name beside the original that no file has, so that the command overwrites nothing.
fn free_name(subject: &Subject, ending: &str) -> PathBuf {
    let is_packed = subject.container != Container::Plain;
    let base = if is_packed { subject.path.with_extension("") } else { subject.path.clone() };
    let named = |ending: &str| {
        let mut name = base.clone().into_os_string();
        name.push(ending);
        PathBuf::from(name)
    };
    let is_free = |path: &Path| path.symlink_metadata().is_err();
    std::iter::once(named(ending))
        .chain((2..100).map(|n| named(&format!("{ending}.{n}"))))
        .find(|path| is_free(path))
        .unwrap_or_else(|| named(".new"))
}
