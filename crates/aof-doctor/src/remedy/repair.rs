//! Remedies that are repairs: the command only plans, and says so.

use std::path::{Path, PathBuf};

use aof_log::names::Named;
use aof_log::survey::{Placed, Role};
use aof_log::{Finding, FindingId};
use aof_source::Container;

use super::{Advice, Command, explain, free_name, unpacker};
use crate::report::{Report, Subject};

/// Whether the bytes can be read again by another command, so that there is something to repair.
pub(super) fn is_possible(subject: Option<&Subject>) -> bool {
    subject.is_none_or(|subject| subject.is_repeatable)
}

/// What the plan is, and the command that makes it.
pub(super) fn advice(what: &str, subject: Option<&Subject>, report: &Report) -> Advice {
    if let Some(subject) = subject.filter(|subject| is_packed_log(subject, report)) {
        let text =
            format!("{what}; a packed log is repaired as a copy, and the original stays as it is:");
        let target = free_name(subject, ".repaired");
        let command = Command::on_files("aof-doctor repair {} -o {}", &[&report.path, &target]);
        return Advice { text, command: Some(command) };
    }
    let text =
        format!("{what}; nothing is changed without --apply, and aof-doctor undo takes it back:");
    let command = Command::on_file("aof-doctor repair {}", &path(report));
    Advice { text, command: Some(command) }
}

/// A bit of an RDB file that is known.
pub(super) fn of_flip(placed: &Placed, subject: Option<&Subject>, report: &Report) -> Advice {
    if !is_possible(subject) {
        return explain(&placed.finding, "which bit to turn back, the file tells:");
    }
    advice("plan to turn the bit back, which loses nothing", subject, report)
}

/// What to do about damage inside of an RDB file.
pub(super) fn of_rdb(placed: &Placed, report: &Report) -> Advice {
    let subject = report.subject(placed);
    if !is_possible(subject) {
        return explain(
            &placed.finding,
            "look for another copy, and read this before you start a server:",
        );
    }
    let what = match placed.finding.id {
        FindingId::RdbCrc => {
            "a backup is better, if there is one, since nothing tells which value was changed; else plan a new checksum \
             for what stands in the file"
        }
        FindingId::RdbDuplicateKey => {
            "plan to keep one of each pair: the first where both are the same, else the last"
        }
        _ => "plan a file of all that can be read, and see what it loses",
    };
    if subject.is_some_and(|subject| subject.container != Container::Plain) {
        return unpack(subject, what, &placed.finding);
    }
    advice(what, subject, report)
}

/// A packed RDB file is repaired when it is unpacked.
fn unpack(subject: Option<&Subject>, what: &str, finding: &Finding) -> Advice {
    match (subject, subject.and_then(unpacker)) {
        (Some(subject), Some(unpacker)) => {
            let text = format!("unpack it, and repair what comes out ({what}):");
            let line = format!("{unpacker} {{}} > {{}}");
            let target = free_name(subject, "");
            let command = Command::on_files(&line, &[&subject.path, &target]);
            Advice { text, command: Some(command) }
        }
        _ => explain(finding, "unpack it, and check what comes out:"),
    }
}

/// Whether it is damage inside an RDB file.
pub(super) const fn is_of_rdb(id: FindingId) -> bool {
    matches!(
        id,
        FindingId::RdbTruncated
            | FindingId::RdbCrc
            | FindingId::RdbValueBad
            | FindingId::RdbDuplicateKey
    )
}

/// A packed log in one file is not repaired in its place; a packed part of a set gets an unpacked successor.
fn is_packed_log(subject: &Subject, report: &Report) -> bool {
    let file = report.subjects.iter().position(|other| other.path == subject.path);
    let is_single = |role| matches!(role, Role::Single | Role::Rdb);
    let is_log = !report.is_folder()
        || report.survey.parts.iter().any(|part| part.file == file && is_single(part.role));
    subject.container != Container::Plain && is_log
}

/// What was checked; of a part of a set that was checked by itself, the folder that it is repaired with.
fn path(report: &Report) -> PathBuf {
    set_of(&report.path).filter(|_| !report.is_folder()).unwrap_or_else(|| report.path.clone())
}

/// The folder of the set that a part belongs to.
fn set_of(part: &Path) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    let (Named::Base { prefix, .. } | Named::Incr { prefix, .. }) =
        Named::of(part.file_name()?.as_bytes())
    else {
        return None;
    };
    let manifest = [prefix, b".manifest"].concat();
    let folder = part.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let is_set = folder.join(std::ffi::OsStr::from_bytes(&manifest)).is_file();
    is_set.then(|| folder.to_path_buf())
}
