//! What can take the place of an RDB file that has no byte.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use aof_log::Content;
use aof_log::names::Named;
use aof_log::survey::Placed;
use aof_rdb::{Checksum, Summary};

use super::{Advice, Command, free_name, undecided};
use crate::figures;
use crate::report::{Report, Subject};

/// A temporary RDB file that holds keys.
struct Temporary<'r> {
    subject: &'r Subject,
    keys: u64,
    is_whole: bool,
}

/// Servers save to a temporary file first: where the disk was full or the server was killed, that file is what is
/// left.
pub(super) fn for_empty(placed: &Placed, report: &Report) -> Advice {
    let subject = report.subject(placed).filter(|subject| subject.is_repeatable);
    let advice = match subject {
        Some(empty) if report.is_folder() => best(report).map(|found| take(&found, empty)),
        Some(empty) => folder_with_temporary(&empty.path).map(look_there),
        None => None,
    };
    advice.unwrap_or_else(|| undecided(&placed.finding))
}

/// The temporary file that is whole, or else the one that holds most.
fn best(report: &Report) -> Option<Temporary<'_>> {
    let files = report.inventory.files.iter().zip(&report.subjects);
    let temporary =
        files.filter(|(file, _)| is_temporary(&file.name)).filter_map(|(file, subject)| {
            let rdb = of_rdb(file.content.as_ref()?)?;
            Some(Temporary { subject, keys: rdb.keys, is_whole: is_whole(rdb) })
        });
    temporary.filter(|found| found.keys > 0).max_by_key(|found| (found.is_whole, found.keys))
}

fn of_rdb(content: &Content) -> Option<&Summary> {
    content.rdb.as_ref().filter(|_| content.log.is_none())
}

fn is_whole(rdb: &Summary) -> bool {
    rdb.defect.is_none() && !matches!(rdb.checksum, Checksum::Wrong { .. })
}

fn take(found: &Temporary<'_>, empty: &Subject) -> Advice {
    let (name, keys) = (&found.subject.shown, figures::of(found.keys, "key"));
    if found.is_whole {
        let text = format!(
            "{name} is what a save had written, and it is whole ({keys}): put a copy of it in the place of {}, which \
             holds nothing:",
            empty.shown
        );
        let command = Command::on_files("cp {} {}", &[&found.subject.path, &empty.path]);
        return Advice { text, command: Some(command) };
    }
    let text = format!(
        "{name} is what a save had written so far ({keys} that can be read): take them out, as commands for an empty \
         server:"
    );
    let target = free_name(found.subject, ".resp");
    let line = "aof-doctor convert {} -o {} --salvage";
    let command = Command::on_files(line, &[&found.subject.path, &target]);
    Advice { text, command: Some(command) }
}

fn look_there(folder: &Path) -> Advice {
    let text = "a temporary file of a save lies beside it, and may hold what this one should: check the folder:";
    let command = Command::on_file("aof-doctor check {}", folder);
    Advice { text: text.to_owned(), command: Some(command) }
}

/// The folder of a file, if a temporary RDB file with bytes lies in it too.
fn folder_with_temporary(file: &Path) -> Option<&Path> {
    let folder = file.parent()?;
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let has_data = |entry: &std::fs::DirEntry| {
        is_temporary(entry.file_name().as_bytes())
            && entry.metadata().is_ok_and(|found| found.len() > 0)
    };
    let mut entries = std::fs::read_dir(folder).ok()?.flatten();
    entries.any(|entry| has_data(&entry)).then_some(folder)
}

fn is_temporary(name: &[u8]) -> bool {
    matches!(Named::of(name), Named::TempRdb { .. } | Named::TempTransfer { .. })
}
