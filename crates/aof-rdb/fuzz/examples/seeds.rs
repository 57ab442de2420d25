//! Writes published files that are at hand (`AOF_DOCTOR_CORPUS`) into `corpus/`, in the form that each target takes.

use std::fs;
use std::io;
use std::path::Path;

use aof_rdb::{Dump, RecordKind, read};

/// Longer ones make slow runs.
const MOST: usize = 4096;

/// Bytes of magic and version.
const HEADER: usize = 9;

/// In how many ways `write` writes what it takes for records; as many follow for values.
const WAYS: u8 = 84;

/// Types of streams, in the order in which the target counts them.
const STREAMS: [u8; 4] = [15, 19, 21, 26];

fn main() -> io::Result<()> {
    let from = std::env::var_os("AOF_DOCTOR_CORPUS").expect("AOF_DOCTOR_CORPUS names a folder");
    let from = Path::new(&from);
    for line in fs::read_to_string(from.join("INDEX.tsv"))?.lines().skip(1) {
        let path = line.split('\t').next().unwrap_or_default();
        let Ok(bytes) = fs::read(from.join(path)) else { continue };
        if bytes.starts_with(b"REDIS0") || bytes.starts_with(b"VALKEY") {
            file(bytes.get(HEADER..).unwrap_or_default())?;
            values(&bytes)?;
        } else if line.contains("\tpayload\t") {
            value(&bytes)?;
        }
    }
    Ok(())
}

fn put(target: &str, bytes: &[u8]) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&folder)?;
    let name = format!("{:016x}", aof_rdb::crc64(bytes));
    if bytes.len() <= MOST { fs::write(folder.join(name), bytes) } else { Ok(()) }
}

/// Records without the header that the targets put before them.
fn file(records: &[u8]) -> io::Result<()> {
    put("walk", records)?;
    put("salvage", records)?;
    put("file", &[&[7, 1], records].concat())?;
    written(0, records)
}

fn values(file: &[u8]) -> io::Result<()> {
    let mut dumps = Vec::new();
    let Ok(_whole_or_not) = read(&mut &file[..], 0, &mut |records| {
        for record in records {
            if let RecordKind::Key(key) = &record.kind {
                dumps.push(key.value.to_dump());
            }
        }
        true
    });
    dumps.iter().try_for_each(|dump| value(dump))
}

/// The targets take a payload, or a type and a value.
fn value(bytes: &[u8]) -> io::Result<()> {
    let Ok(dump) = Dump::new(bytes) else { return Ok(()) };
    put("value", bytes)?;
    put("value", &bytes[..bytes.len() - 10])?;
    written(WAYS, &bytes[..bytes.len() - 10])?;
    let stream = STREAMS.iter().position(|&code| code == dump.value.code);
    stream.map_or(Ok(()), |code| put("stream", &[&[code as u8], dump.value.bytes].concat()))
}

/// Records, or a type and a value, for some of the targets, with some of the headers, compressed and not.
fn written(first: u8, bytes: &[u8]) -> io::Result<()> {
    let mut ways = (first..first + WAYS).step_by(11);
    ways.try_for_each(|way| put("write", &[&[way], bytes].concat()))
}
