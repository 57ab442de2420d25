//! What can take the place of an RDB file that has no byte.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use aof_log::names::Named;
use aof_log::survey::Placed;
use aof_repair::{StandIn, stand_in};

use super::{Advice, Command, repair, undecided};
use crate::figures;
use crate::report::Report;

/// Servers save to a temporary file first: where the disk was full or the server was killed, that file is what is
/// left.
pub(super) fn for_empty(placed: &Placed, report: &Report) -> Advice {
    let subject = report.subject(placed).filter(|subject| subject.is_repeatable);
    let advice = match subject {
        Some(_) if report.is_folder() => {
            stand_in(&report.inventory).map(|found| take(found, report))
        }
        Some(empty) => folder_with_temporary(&empty.path).map(look_there),
        None => None,
    };
    advice.unwrap_or_else(|| undecided(&placed.finding))
}

fn take(found: StandIn, report: &Report) -> Advice {
    let name = &report.subjects[found.file].shown;
    let keys = figures::of(found.keys, "key");
    let what = match found.is_whole {
        true => format!(
            "{name} is what a save had written, and it is whole ({keys}): plan to put a copy of it in the place of the \
             empty file"
        ),
        false => format!(
            "{name} is what a save had written so far ({keys} that can be read): plan to put these in the place of the \
             empty file"
        ),
    };
    repair::advice(&what, None, report)
}

fn look_there(folder: &Path) -> Advice {
    let text = "a temporary file of a save lies beside it, and may hold what this one should: repair the folder:";
    let command = Command::on_file("aof-doctor repair {}", folder);
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
