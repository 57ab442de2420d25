//! The logs that are measured, kept under `target/bench` from one run to the next.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Instant;

use aof_testkit::Workload;

use super::options::Options;

/// All logs come from this seed, so that results of different days are about the same bytes.
pub(super) const SEED: u64 = 1;

const MIB: u64 = 1 << 20;

/// By how much a log may be longer than it was asked for: one value of the workload with the longest.
const OVERSHOOT: u64 = 64 * MIB;

/// How much a thread of [`read`] reads at once: what stays in a core's own cache.
const PIECE: usize = 128 << 10;

/// A log on the disk.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) workload: Workload,
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) commands: u64,
}

impl Log {
    pub(super) fn name(&self) -> &'static str {
        self.workload.name()
    }
}

/// Writes those logs that are not there with the right size.
pub(super) fn make(folder: &Path, options: &Options) -> Result<Vec<Log>, Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let size = options.mib * MIB;
    let found: Vec<(Workload, Option<Log>)> = options
        .workloads
        .iter()
        .map(|&workload| (workload, find(folder, workload, size)))
        .collect();
    let missing = found.iter().filter(|(_, log)| log.is_none()).count() as u64;
    let (needed, free) = (missing * (size + OVERSHOOT), free_bytes(folder)?);
    if needed > free {
        let (needed, free) = (needed / MIB, free / MIB);
        return Err(format!("the logs need {needed} MiB, and {free} MiB are free").into());
    }
    let made = found.into_iter().map(|(workload, log)| match log {
        Some(log) => Ok(log),
        None => write(folder, workload, size),
    });
    Ok(made.collect::<io::Result<_>>()?)
}

/// The log and its label.
fn paths(folder: &Path, workload: Workload) -> (PathBuf, PathBuf) {
    let file = |extension| folder.join(format!("{}.{extension}", workload.name()));
    (file("aof"), file("tsv"))
}

/// The log, if its label says that it is the one that is wanted, and it is as long as the label says.
fn find(folder: &Path, workload: Workload, size: u64) -> Option<Log> {
    let (path, label) = paths(folder, workload);
    let text = fs::read_to_string(label).ok()?;
    let numbers: Vec<u64> = text.split_whitespace().map_while(|it| it.parse().ok()).collect();
    let [seed, asked, bytes, commands] = numbers[..] else {
        return None;
    };
    let is_whole = fs::metadata(&path).is_ok_and(|it| it.len() == bytes);
    (seed == SEED && asked == size && is_whole).then_some(Log { workload, path, bytes, commands })
}

fn write(folder: &Path, workload: Workload, size: u64) -> io::Result<Log> {
    let (path, label) = paths(folder, workload);
    println!("writing {}", workload.name());
    let file = File::create(&path)?;
    let written = workload.write(SEED, size, &mut NoManifest::new(&file))?;
    // What is still to be written to the disk would disturb the first runs, and cannot be evicted.
    file.sync_all()?;
    let (bytes, commands) = (written.bytes, written.commands);
    fs::write(label, format!("{SEED}\t{size}\t{bytes}\t{commands}\n"))?;
    Ok(Log { workload, path, bytes, commands })
}

/// Writes `F` for each `f`, which no workload needs. redis-check-aof 7.0 takes a log for a manifest, and
/// refuses it, if a line anywhere in it begins with `file`: random letters come to that.
struct NoManifest<'a> {
    file: &'a File,
    buffer: Vec<u8>,
}

impl<'a> NoManifest<'a> {
    fn new(file: &'a File) -> Self {
        Self { file, buffer: Vec::new() }
    }
}

impl Write for NoManifest<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.clear();
        let other = |&byte: &u8| if byte == b'f' { b'F' } else { byte };
        self.buffer.extend(bytes.iter().map(other));
        self.file.write_all(&self.buffer)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn free_bytes(folder: &Path) -> Result<u64, Box<dyn Error>> {
    let output =
        Command::new("df").args(["--output=avail", "--block-size=1"]).arg(folder).output()?;
    let text = String::from_utf8(output.stdout)?;
    let last = text.lines().last().unwrap_or_default();
    last.trim().parse().map_err(|_| format!("df says {last:?} instead of a number").into())
}

/// Reads the whole file with all cores and does nothing with it. Returns the seconds: nobody who reads by
/// position is faster, and the file is in the page cache afterwards.
pub(super) fn read(path: &Path) -> io::Result<f64> {
    let file = File::open(path)?;
    let len = file.metadata()?.len();
    let threads = thread::available_parallelism()?.get() as u64;
    let share = len.div_ceil(threads);
    let begin = Instant::now();
    thread::scope(|scope| {
        let parts: Vec<_> = (0..threads)
            .map(|index| {
                let (from, to) = (index * share, ((index + 1) * share).min(len));
                let file = &file;
                scope.spawn(move || read_part(file, from, to))
            })
            .collect();
        parts
            .into_iter()
            .try_for_each(|part| part.join().expect("a thread that only reads does not panic"))
    })?;
    Ok(begin.elapsed().as_secs_f64())
}

fn read_part(file: &File, mut from: u64, to: u64) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    while from < to {
        match file.read_at(&mut piece, from)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => from += count as u64,
        }
    }
    Ok(())
}

/// Takes the file out of the page cache. An error says that it stayed there, as far as that can be told.
pub(super) fn evict(path: &Path) -> Result<(), Box<dyn Error>> {
    let mut input = std::ffi::OsString::from("if=");
    input.push(path);
    let status =
        Command::new("dd").arg(input).args(["iflag=nocache", "count=0", "status=none"]).status()?;
    if !status.success() {
        return Err("dd cannot evict it".into());
    }
    match cached(path) {
        Some(bytes) if bytes > fs::metadata(path)?.len() / 100 => {
            Err(format!("{} MiB stay in the page cache", bytes / MIB).into())
        }
        _ => Ok(()),
    }
}

/// How many bytes of the file are in the page cache; `None` where `fincore` is not there to tell.
fn cached(path: &Path) -> Option<u64> {
    let output = Command::new("fincore")
        .args(["--bytes", "--noheadings", "--output", "RES"])
        .arg(path)
        .output()
        .ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_found_again_only_with_its_size_and_whole() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let log = write(folder, Workload::Queue, 100_000).unwrap();
        assert!(read(&log.path).is_ok());
        assert!(!fs::read(&log.path).unwrap().contains(&b'f'));
        let again = find(folder, Workload::Queue, 100_000).unwrap();
        assert_eq!((again.bytes, again.commands), (log.bytes, log.commands));
        assert!(find(folder, Workload::Queue, 100_001).is_none());
        assert!(find(folder, Workload::Multi, 100_000).is_none());

        File::options().append(true).open(&log.path).and_then(|file| file.set_len(99_999)).unwrap();
        assert!(find(folder, Workload::Queue, 100_000).is_none());
    }
}
