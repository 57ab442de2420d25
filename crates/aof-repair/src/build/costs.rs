//! What a plan relies on, and what it costs.

use std::collections::BTreeMap;

use aof_log::selection::{LeftOut, Selection};
use aof_log::{FindingId, Key};
use aof_source::{Feed, ReadError};
use sha2::{Digest, Sha256};

use super::{Chosen, View};
use crate::error::RepairError;
use crate::name::Name;
use crate::plan::{Lost, Out, Plan};
use crate::seen::{Seen, Span, hex};

/// Bytes that are read at a time.
const WINDOW: usize = 256 << 10;

/// Adds what is left out, what the files are, and the sum of the costs.
pub(super) fn add(
    view: &View<'_>,
    chosen: &Chosen,
    selection: &Selection,
    plan: &mut Plan,
) -> Result<(), RepairError> {
    let mut seen: BTreeMap<usize, Seen> = BTreeMap::new();
    for file in chosen.files.iter().chain(&chosen.stands_in_for) {
        seen.insert(*file, Seen::now(view.root, &view.name(*file))?);
    }
    for (part, left_out) in selection.left_out() {
        let file = chosen.files[part];
        let (out, is_plain) = read(view, file, left_out)?;
        if let Some(seen) = seen.get_mut(&file).filter(|_| is_plain) {
            let (start, end, sha256) = (left_out.start, left_out.end, out.sha256.clone());
            seen.add_left_out(view.root, Span { start, end, sha256 })?;
        }
        plan.left_out.push(out);
    }
    if let Some((file, _)) = &view.inventory.manifest {
        seen.insert(*file, Seen::whole(view.root, &view.name(*file))?);
    }
    plan.inputs = seen.into_values().collect();
    let last = chosen.files.last().map(|file| view.name(*file));
    plan.loss = sum(&plan.left_out, chosen, last.as_ref());
    Ok(())
}

/// Reads what is left out, and whether it stands in the file as it is read.
fn read(view: &View<'_>, file: usize, left_out: &LeftOut) -> Result<(Out, bool), RepairError> {
    let name = view.name(file);
    let (start, end) = (left_out.start, left_out.end);
    let mut bytes = Bytes::default();
    view.with_feed(file, |feed| bytes.take(feed, start, end))?;
    let is_plain = view.inventory.files[file].name == view.inventory.files[file].disk_name;
    Ok((out(name, left_out, bytes), is_plain))
}

/// Bytes that go by.
#[derive(Default)]
struct Bytes {
    hash: Sha256,
    not_nul: u64,
}

impl Bytes {
    fn take(&mut self, feed: &mut dyn Feed, start: u64, end: u64) -> Result<(), ReadError> {
        let mut at = start;
        while at < end {
            let window = feed.window(at, WINDOW)?;
            let left = usize::try_from(end - at).unwrap_or(usize::MAX);
            let piece = &window[..window.len().min(left)];
            if piece.is_empty() {
                return Err(ReadError::Changed { offset: at, expected: end });
            }
            self.hash.update(piece);
            self.not_nul += piece.iter().filter(|byte| **byte != 0).count() as u64;
            at += piece.len() as u64;
        }
        Ok(())
    }
}

fn out(file: Name, left_out: &LeftOut, bytes: Bytes) -> Out {
    let name = |key: &Key| Name(key.name.clone());
    Out {
        file,
        offset: left_out.start,
        length: left_out.len(),
        sha256: hex(&bytes.hash.finalize()),
        finding: left_out.finding.to_string(),
        min_commands: left_out.commands.min,
        max_commands: left_out.commands.max,
        bytes: bytes.not_nul,
        keys: left_out.keys.count,
        key_sample: left_out.keys.sample.iter().map(name).collect(),
        seconds: left_out.seconds,
        is_readable: left_out.is_readable,
    }
}

fn sum(left_out: &[Out], chosen: &Chosen, last: Option<&Name>) -> Lost {
    let mut lost = Lost { is_unbounded: chosen.is_incomplete, seconds: Some(0), ..Lost::default() };
    for out in left_out {
        lost.bytes += out.bytes;
        lost.min_commands += out.min_commands;
        lost.max_commands += out.max_commands;
        lost.keys += out.keys;
        if out.max_commands > 0 {
            lost.seconds = lost.seconds.zip(out.seconds).map(|(all, one)| all + one);
        }
    }
    lost.torn_commands = torn(left_out, last);
    lost
}

/// Commands of the record that the end of the last part cuts off, and of the transaction that it stands in.
fn torn(left_out: &[Out], last: Option<&Name>) -> u64 {
    let is_torn = |out: &&Out| {
        [FindingId::AofTailTorn, FindingId::AofMultiOpen]
            .iter()
            .any(|id| out.finding == id.as_str())
            && !out.is_readable
    };
    let tail = left_out.iter().rev().take_while(|out| is_torn(out) && Some(&out.file) == last);
    tail.map(|out| out.max_commands).sum()
}
