//! Remedies that are repairs: the command only plans, and says so.

use std::path::{Path, PathBuf};

use aof_log::FindingId;
use aof_log::names::Named;
use aof_log::survey::{Placed, Role};
use aof_source::Container;

use super::{Advice, Command, explain, free_name};
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

/// What to do about an RDB file: no repair of this release looks inside, but a set may be made without it.
pub(super) fn of_rdb(placed: &Placed, report: &Report) -> Advice {
    let is_without = |chain: &aof_log::survey::Chain| {
        chain.links.iter().all(|link| Some(link.file) != placed.file)
    };
    if report.is_folder() && report.survey.chains.iter().any(is_without) {
        let text = "RDB files are not repaired by this release, but a set can be made of other files that are here: \
                    plan it, and see what it holds";
        return advice(text, None, report);
    }
    let Some(subject) = report.subject(placed).filter(|subject| subject.is_repeatable) else {
        return explain(
            &placed.finding,
            "look for another copy, and read this before you start a server:",
        );
    };
    let text = "RDB files are not repaired by this release, but what can be read of one can be taken out, as commands \
                for an empty server; the file stays as it is:";
    let target = free_name(subject, ".resp");
    let line = "aof-doctor convert {} -o {} --salvage";
    let command = Command::on_files(line, &[&subject.path, &target]);
    Advice { text: text.to_owned(), command: Some(command) }
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
