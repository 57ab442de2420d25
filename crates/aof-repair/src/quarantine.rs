//! Bytes that are not carried over, kept.
//!
//! For each file that they come from there are two: `N.zst` with all of its spans, one behind the other, and `N.json`
//! that says where each stood, and why it is there.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::disk;
use crate::error::RepairError;
use crate::name::Name;
use crate::plan::{Out, Plan};
use crate::seen::{each_piece, path_of};

/// Fast, and far smaller than logs are.
const LEVEL: i32 = 3;

/// The form of the files that say what is kept.
const SCHEMA: &str = "aof-doctor/quarantine/1";

/// What is kept of one file.
#[derive(Debug, Serialize)]
struct Label<'p> {
    schema: &'static str,
    source: &'p Name,
    /// The file beside this one that holds the bytes.
    bytes_in: String,
    spans: Vec<Span<'p>>,
}

#[derive(Debug, Serialize)]
struct Span<'p> {
    offset: u64,
    length: u64,
    sha256: &'p str,
    finding: &'p str,
    /// Where it begins among the bytes that are kept.
    at: u64,
}

/// The files that something is left out of, in the order of their names.
fn sources(plan: &Plan) -> Vec<&Name> {
    let mut sources: Vec<&Name> = plan.left_out.iter().map(|out| &out.file).collect();
    sources.sort();
    sources.dedup();
    sources
}

/// Keeps everything that a plan leaves out, in a folder.
pub(crate) fn fill(root: &Path, plan: &Plan, folder: &Path) -> Result<(), RepairError> {
    disk::make_folder(folder)?;
    for (number, source) in sources(plan).into_iter().enumerate() {
        let spans: Vec<&Out> = plan.left_out.iter().filter(|out| out.file == *source).collect();
        keep(root, source, &spans, folder, number)?;
    }
    disk::sync_folder(folder)
}

fn keep(
    root: &Path,
    source: &Name,
    spans: &[&Out],
    folder: &Path,
    number: usize,
) -> Result<(), RepairError> {
    let path = path_of(root, source)?;
    let from = File::open(&path).map_err(RepairError::io("open", &path))?;
    let target = bytes_path(folder, number);
    let to = disk::new_file(&target)?;
    pack(&from, spans, &to).map_err(RepairError::io("keep what is left out in", &target))?;
    let mut at = 0;
    let spans = spans.iter().map(|out| {
        let Out { offset, length, sha256, finding, .. } = out;
        let span = Span { offset: *offset, length: *length, sha256, finding, at };
        at += length;
        span
    });
    let label =
        Label { schema: SCHEMA, source, bytes_in: format!("{number}.zst"), spans: spans.collect() };
    let target = folder.join(format!("{number}.json"));
    let mut to = disk::new_file(&target)?;
    let text = serde_json::to_string_pretty(&label).map_err(io::Error::from);
    text.and_then(|text| to.write_all(text.as_bytes()))
        .and_then(|()| to.sync_all())
        .map_err(RepairError::io("write", &target))
}

fn pack(from: &File, spans: &[&Out], to: &File) -> io::Result<()> {
    let mut packer = zstd::Encoder::new(to, LEVEL)?;
    packer.include_checksum(true)?;
    for out in spans {
        let end = out.offset + out.length;
        each_piece(from, out.offset, end, |piece| packer.write_all(piece))?;
    }
    packer.finish()?.sync_all()
}

fn bytes_path(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("{number}.zst"))
}

/// What was left out of a file, one span behind the other.
pub(crate) fn left_out_of(
    plan: &Plan,
    source: &Name,
    folder: &Path,
) -> Result<impl Read + use<>, RepairError> {
    let number = sources(plan).iter().position(|file| *file == source);
    let number =
        number.ok_or_else(|| RepairError::BadPlan(format!("nothing was left out of {source}")))?;
    let path = bytes_path(folder, number);
    let open = File::open(&path).and_then(zstd::Decoder::new);
    open.map_err(RepairError::io("read", &path))
}
