//! A folder was named: which of the files in it can be checked.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::escape;
use crate::failure::Failure;
use crate::remedy::Command;

/// Entries of one folder that are looked at.
const LOOKED_AT: usize = 10_000;

/// Names that are listed.
const LISTED: usize = 10;

/// Says what is in the folder, and how to check the newest log of it.
pub(super) fn failure(folder: &Path) -> Failure {
    let shown = escape::path(folder);
    let failure = Failure::operational(format!(
        "{shown} is a folder, and this release checks one file at a time"
    ));
    let mut logs = logs_in(folder);
    if logs.is_empty() {
        // A server's data folder: the logs lie one level below.
        logs = folders_in(folder).iter().flat_map(|inner| logs_in(inner)).collect();
    }
    logs.sort();
    let Some(newest) = logs.iter().max_by_key(|path| changed(path)) else {
        return failure.hint("no file in it has a name that ends in .aof");
    };
    let names: Vec<String> = logs.iter().take(LISTED).map(|path| name(folder, path)).collect();
    let more = match logs.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let mut failure = failure.hint(format!("the logs in it: {}{more}", names.join(", ")));
    failure.hints.push(
        "check each of them; the one that was written last is the one a crash tears:".to_owned(),
    );
    failure.next = Some(Command::on_file("aof-doctor check {}", newest).line);
    failure
}

fn logs_in(folder: &Path) -> Vec<PathBuf> {
    entries(folder).filter(|path| is_log(path)).collect()
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    entries(folder).filter(|path| path.is_dir() && !path.is_symlink()).take(LISTED).collect()
}

/// What cannot be listed is as good as empty.
fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.take(LOOKED_AT).map(|entry| entry.path())
}

/// `x.aof`, and the same in gzip or zstd.
fn is_log(path: &Path) -> bool {
    let Some(name) = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase())
    else {
        return false;
    };
    let name = [".gz", ".zst"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
    name.ends_with(".aof") && path.is_file()
}

fn changed(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}

fn name(folder: &Path, path: &Path) -> String {
    escape::path(path.strip_prefix(folder).unwrap_or(path))
}
