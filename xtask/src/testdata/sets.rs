//! Data folders that real servers left, and what was done to them: damage to manifests, between parts, and to
//! RDB files.

mod around;
mod fixture;
mod manifests;
mod parts;
mod rdb;

use std::error::Error;
use std::path::PathBuf;

use aof_testkit::naive;
use aof_testkit::server::ServerKind;
use aof_testkit::set::{SetBuilder, Snapshot, snapshot};
pub(super) use fixture::{Folders, Made};

use super::workload::orders;

/// What makes each fixture.
pub(super) const MAKERS: &[fn() -> Made] = &[
    manifests::missing,
    manifests::empty,
    manifests::syntax,
    manifests::stale,
    parts::missing,
    parts::orphan,
    parts::seq_gap,
    parts::not_last_torn,
    parts::temp_leftover,
    parts::offset_range,
    parts::rdb_in_incr,
    around::ambiguous,
    around::inconsistent,
    around::repair_interrupted,
    around::empty,
    around::starts_empty,
    around::will_resync,
    around::drops_exec,
    rdb::empty,
    rdb::truncated,
    rdb::crc,
    rdb::crc_bitflip,
    rdb::crc_disabled,
    rdb::value_bad,
    rdb::version,
    rdb::module,
    rdb::expired,
    rdb::duplicate_key,
    rdb::concatenated,
    rdb::trailing_nul,
    rdb::preamble_tail,
];

const MANIFEST: &str = "appendonly.aof.manifest";

/// Where a file of the set lies.
fn in_set(name: &str) -> PathBuf {
    PathBuf::from("appendonlydir").join(name)
}

/// A set with base 2 and as many increments from number 2 on, without history.
fn set(kind: ServerKind, increments: u32) -> Result<Snapshot, Box<dyn Error>> {
    Ok(without_history(set_with_history(kind, increments)?))
}

/// Leads a server to a set that all others with parts load too: they read RDB files of the oldest only.
fn builder(kind: ServerKind) -> SetBuilder {
    let reads = if kind == ServerKind::Redis70 { "yes" } else { "no" };
    SetBuilder::new(kind).setting("aof-use-rdb-preamble", reads)
}

/// The same with base 1 and increment 1, which the manifest calls history.
fn set_with_history(kind: ServerKind, increments: u32) -> Result<Snapshot, Box<dyn Error>> {
    // No rewrite may stand inside a transaction, and no transaction at the end of an increment.
    let share = |number: u32| orders(2 + 3 * number, 3);
    let first = builder(kind).write(&share(0)).rewrite().write(&share(1));
    let builder =
        (2..=increments).fold(first, |builder, number| builder.increment().write(&share(number)));
    let data = builder.build().map_err(|error| error.to_string())?;
    Ok(snapshot(data.path())?)
}

/// The same when what a rewrite superseded is deleted, as servers do it.
fn without_history(mut folder: Snapshot) -> Snapshot {
    let lines = manifest_lines(&folder);
    let (history, kept): (Vec<String>, Vec<String>) =
        lines.into_iter().partition(|line| line.contains(" type h"));
    for line in history {
        let name = line.split(' ').nth(1).unwrap_or_default();
        folder.remove(&in_set(name));
    }
    set_manifest(&mut folder, &kept);
    folder
}

fn manifest_lines(folder: &Snapshot) -> Vec<String> {
    let bytes = folder.get(&in_set(MANIFEST)).cloned().unwrap_or_default();
    String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
}

fn set_manifest(folder: &mut Snapshot, lines: &[String]) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    folder.insert(in_set(MANIFEST), text.into_bytes());
}

/// Takes the line of a part out of the manifest.
fn unname(folder: &mut Snapshot, name: &str) {
    let mut lines = manifest_lines(folder);
    lines.retain(|line| line.split(' ').nth(1) != Some(name));
    set_manifest(folder, &lines);
}

fn length(folder: &Snapshot, file: &PathBuf) -> u64 {
    folder.get(file).map_or(0, |bytes| bytes.len() as u64)
}

/// Cuts the last record of a log 9 bytes before its end; returns where it begins and what is left of it.
fn tear(folder: &mut Snapshot, file: &PathBuf) -> Result<(u64, u64), Box<dyn Error>> {
    let bytes = folder.get_mut(file).ok_or("no such file")?;
    let last = naive::parse(bytes).frames.last().map(|frame| frame.offset).ok_or("no record")?;
    bytes.truncate(bytes.len() - 9);
    Ok((last as u64, (bytes.len() - last) as u64))
}
