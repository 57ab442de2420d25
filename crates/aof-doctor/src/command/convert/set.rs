//! The files of a set that a server starts from: a base with all keys, and an increment that nothing is in yet.

use std::io::{self, Write as _};

use aof_log::manifest::{Entry, EntryRole, Manifest, write};
use aof_source::DraftFolder;

use crate::convert::Form;

/// What servers call sets unless they are told otherwise.
const PREFIX: &str = "appendonly.aof";

/// The name of the base.
pub(super) fn base(form: Form) -> String {
    let ending = if matches!(form, Form::Rdb(_)) { "rdb" } else { "aof" };
    format!("{PREFIX}.1.base.{ending}")
}

/// Adds what belongs beside the base.
pub(super) fn complete(folder: &DraftFolder, form: Form) -> io::Result<()> {
    let incr = format!("{PREFIX}.1.incr.aof");
    folder.end(folder.begin(&incr)?)?;
    let entry = |(line, file, role): (usize, String, EntryRole)| Entry {
        line,
        file: file.into_bytes(),
        seq: 1,
        role,
        start_offset: None,
        end_offset: None,
    };
    let entries = [(1, base(form), EntryRole::Base), (2, incr, EntryRole::Incr)].map(entry).into();
    let mut manifest = folder.begin(format!("{PREFIX}.manifest"))?;
    manifest.write_all(&write(&Manifest { entries }))?;
    folder.end(manifest)
}
