//! Logs that servers tore themselves, on storage that failed them or under a kill.

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use aof_testkit::naive::End;
use aof_testkit::server::ServerKind;
use tempfile::TempDir;

use super::account::Account;
use super::fixture::{Again, Fixture, Made};
use super::session::{Left, Log, Session};
use super::workload::{order, orders, say, say_with, sessions};

/// The fixture of a log that ends inside a record, outside of transactions.
fn torn(folder: &str, log: &Log, near_miss: &[u8], made: &str) -> Made {
    let End::Incomplete { offset } = log.parsed.end else {
        return Err(format!("{folder}: the crash tore nothing: {:?}", log.parsed.end).into());
    };
    let mut account = Account::default();
    account.good(&log.bytes[..offset])?;
    let place = account.bad(&log.bytes[offset..]);
    Ok(Fixture::new("AOF-TAIL-TORN", &log.server, account, place, near_miss, made)
        .folder(folder)
        .again(Again::Findings))
}

/// A tmpfs of 8 MiB; unmounted when dropped.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"])
            .arg(folder.path())
            .status()?;
        match status.success() {
            true => Ok(Self(folder)),
            false => Err("mounting a tmpfs needs root".into()),
        }
    }

    /// Leaves so many bytes free.
    fn fill_but(&self, bytes: u64) -> Result<(), Box<dyn Error>> {
        let mut ballast = File::create(self.0.path().join("ballast"))?;
        let size = (8 << 20) - bytes;
        std::io::copy(&mut std::io::Read::take(std::io::repeat(b'x'), size), &mut ballast)?;
        Ok(())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

/// Watches one file of a server, and makes one system call go wrong.
struct Tracer(Child);

impl Tracer {
    fn attach(session: &Session, file: &Path, inject: &str) -> Result<Self, Box<dyn Error>> {
        let mut child = Command::new("strace")
            .args(["-f", "-e", &format!("inject={inject}"), "-P"])
            .arg(fs::canonicalize(file)?)
            .args(["-p", &session.pid().to_string()])
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut said = BufReader::new(child.stderr.take().ok_or("no pipe")?);
        let mut line = String::new();
        said.read_line(&mut line)?;
        if !line.contains("attached") {
            return Err(format!("strace: {line}").into());
        }
        // Its pipe must not fill up.
        spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Ok(Self(child))
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        let id = self.0.id().to_string();
        // It lets go of the server before it ends.
        let _ = Command::new("kill").args(["-INT", &id]).status();
        let _ = self.0.wait();
    }
}

/// The disk is full, the server writes what fits, and dies before it takes that back.
pub(super) fn full_disk() -> Made {
    let disk = SmallDisk::mount()?;
    let mut session = Session::start_in(ServerKind::Redis82, disk.0.path(), &[])?;
    session.run(&[sessions(1, 3), orders(1, 4)].concat())?;
    let file = session.log_path();
    disk.fill_but(4 * 4096)?;
    let tracer = Tracer::attach(&session, &file, "ftruncate:error=EIO:signal=SIGKILL")?;
    let text = "0123456789abcdef".repeat(17);
    let mut number = 0;
    while session.run(&[say(&format!("SET page:{number} {text}"))]).is_ok() {
        number += 1;
    }
    drop(tracer);
    let left = session.kill()?;
    let near_miss = whole_part(&left.log);
    let made = "written into a tmpfs of 8 MiB until it was full: the last write was short, and the server was \
                killed (by strace) as it went to take it back; the near miss is cut before the torn record";
    torn("crashed-full-disk", &left.log, &near_miss, made)
}

fn whole_part(log: &Log) -> Vec<u8> {
    let end = match log.parsed.end {
        End::Incomplete { offset } | End::Fault { offset, .. } => offset,
        End::Clean => log.bytes.len(),
    };
    log.bytes[..end].to_vec()
}

/// A limit on the size of files, which kills who passes it.
pub(super) fn file_limit() -> Made {
    let mut session = Session::start(ServerKind::Valkey81, &[])?;
    session.run(&[orders(1, 6), sessions(1, 3)].concat())?;
    let before = fs::metadata(session.log_path())?.len();
    limit_files(&session, before + 60)?;
    let _ = session.run(&[say("SET profile:12 name=Ada;town=London;likes=lamps")]);
    let left = session.kill()?;
    let near_miss = whole_part(&left.log);
    let made = "the server was given a limit on the size of files (RLIMIT_FSIZE) that lay inside its next \
                record: it wrote up to the limit and died of SIGXFSZ; the near miss is cut before the torn record";
    torn("crashed-file-limit", &left.log, &near_miss, made)
}

/// Lets a running server write no file beyond so many bytes.
pub(super) fn limit_files(session: &Session, bytes: u64) -> Result<(), Box<dyn Error>> {
    let status = Command::new("prlimit")
        .args(["--pid", &session.pid().to_string(), &format!("--fsize={bytes}:{bytes}")])
        .status()?;
    match status.success() {
        true => Ok(()),
        false => Err("prlimit failed".into()),
    }
}

/// A kill while a long value is being written.
pub(super) fn killed() -> Made {
    let kind = ServerKind::Valkey91;
    let value = "all work and no play makes a dull log; ".repeat((6 << 20) / 39);
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        let left = killed_once(kind, value.as_bytes())?;
        if let End::Incomplete { offset } = left.log.parsed.end
            && left.log.bytes.len() - offset > 1 << 20
        {
            // The head before the long record is small enough to keep.
            let near_miss = [&left.log.bytes[..offset], &long_set(value.as_bytes())].concat();
            let made = "killed (SIGKILL) while it wrote a value of 6 MiB, then packed with zstd; \
                        the near miss holds the whole value";
            let mut fixture = torn("crashed-killed", &left.log, &[], made)?
                .findings(&["INPUT-COMPRESSED", "AOF-TAIL-TORN"])
                .near_miss_findings(&["INPUT-COMPRESSED"]);
            fixture.damaged = ("damaged.aof.zst", zstd::encode_all(&left.log.bytes[..], 19)?);
            fixture.near_miss = Some(("near-miss.aof.zst", zstd::encode_all(&near_miss[..], 19)?));
            return Ok(fixture);
        }
        if Instant::now() > deadline {
            return Err("no kill tore a record".into());
        }
    }
}

fn long_set(value: &[u8]) -> Vec<u8> {
    let mut record = Vec::new();
    aof_testkit::client::encode(&say_with("SET novel", value), &mut record);
    record
}

fn killed_once(kind: ServerKind, value: &[u8]) -> Result<Left, Box<dyn Error>> {
    let mut session = Session::start(kind, &[])?;
    session.run(&orders(1, 4))?;
    let (file, pid) = (session.log_path(), session.pid());
    let before = fs::metadata(&file)?.len();
    let killer = spawn(move || {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(10) {
            if fs::metadata(&file).is_ok_and(|meta| meta.len() > before) {
                let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
                return;
            }
        }
    });
    let _ = session.run(&[say_with("SET novel", value)]);
    let _ = killer.join();
    session.kill()
}

/// Storage that says that it wrote bytes, and did not.
pub(super) fn lost_write() -> Made {
    let kind = ServerKind::Redis70;
    let mut session = Session::start(kind, &[])?;
    session.run(&orders(1, 7))?;
    let file = session.log_path();
    let before = fs::metadata(&file)?.len();
    let tracer = Tracer::attach(&session, &file, "write:retval=40:when=1")?;
    session.run(&[say("SET profile:12 name=Ada;town=London;likes=lamps")])?;
    drop(tracer);
    let after = fs::metadata(&file)?.len();
    session.run(&order(8))?;
    session.run(&orders(9, 4))?;
    sleep(Duration::from_millis(20));
    let left = session.stop()?;
    let (before, after) = (usize::try_from(before)?, usize::try_from(after)?);
    let mut account = Account::default();
    account.good(&left.log.bytes[..before])?;
    let place = account.bad(&left.log.bytes[before..after]);
    account.good(&left.log.bytes[after..])?;
    let near_miss = [&left.log.bytes[..before], &left.log.bytes[after..]].concat();
    let made = "a write said that it wrote 40 bytes and wrote none (injected by strace), and the server wrote the \
                rest behind it and went on; the near miss lacks all of that record";
    Ok(Fixture::new("AOF-FRAME-BAD", &left.log.server, account, place, &near_miss, made)
        .findings(&["AOF-GAP", "AOF-FRAME-BAD"])
        .folder("crashed-lost-write"))
}
