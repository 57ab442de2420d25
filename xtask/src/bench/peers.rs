//! The programs that run against each other, and how one run of them is measured.

use std::error::Error;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use aof_testkit::server::ServerKind;

use super::race::Contestant;

/// Where the programs are. A server that was not brought has no checker.
#[derive(Debug)]
pub(super) struct Tools {
    /// `aof-doctor` itself.
    pub(super) ours: PathBuf,
    /// What the checkers check.
    pub(super) format: &'static str,
    /// The checker of [`Tools::REDIS`].
    pub(super) redis: Option<PathBuf>,
    /// The checker of [`Tools::VALKEY`].
    pub(super) valkey: Option<PathBuf>,
}

impl Tools {
    /// The release that Debian ships, and that the goals name.
    const REDIS: ServerKind = ServerKind::Redis70;
    const VALKEY: ServerKind = ServerKind::Valkey91;

    /// Looks for them and for the checkers of `format`, links to which are kept below the folder of the workspace.
    pub(super) fn find(root: &Path, format: &'static str) -> io::Result<Self> {
        Ok(Self {
            ours: ours()?,
            format,
            redis: checker(root, Self::REDIS, format)?,
            valkey: checker(root, Self::VALKEY, format)?,
        })
    }
}

/// Cargo puts it beside the program that runs here, wherever it was told to build.
pub(super) fn ours() -> io::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name("aof-doctor"))
}

/// A server's binary is its checker of `format` when it is called by the checker's name.
fn checker(root: &Path, kind: ServerKind, format: &str) -> io::Result<Option<PathBuf>> {
    let Some(server) = kind.find() else {
        return Ok(None);
    };
    let links = root.join("target/bench/peers");
    fs::create_dir_all(&links)?;
    let link = links.join(format!("{}-check-{format}", kind.product().name()));
    match fs::remove_file(&link) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => symlink(fs::canonicalize(server)?, &link)?,
    }
    Ok(Some(link))
}

/// Silent, so that nobody is measured at writing to a terminal.
pub(super) fn command(program: &Path, options: &[&str], file: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(options).arg(file);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Seconds from the start of the process to its end; an error if it could not be started or did not succeed.
pub(super) fn time(command: &mut Command) -> Result<f64, Box<dyn Error>> {
    let begin = Instant::now();
    let status = command.status()?;
    let seconds = begin.elapsed().as_secs_f64();
    succeeded(status)?;
    Ok(seconds)
}

/// A program that reads the file.
pub(super) fn program<'a>(
    program: &'a Path,
    options: &'a [&str],
    file: &'a Path,
    rounds: usize,
) -> Contestant<'a> {
    Contestant::new(rounds, move || time(&mut command(program, options, file)))
}

/// A checker that reads the file, if it is there.
pub(super) fn peer<'a>(checker: Option<&'a Path>, file: &'a Path, rounds: usize) -> Contestant<'a> {
    match checker {
        Some(checker) => program(checker, &[], file, rounds),
        None => Contestant::new(1, || Err("not there")),
    }
}

/// The most private memory that the process had at a time, in bytes, looked up every millisecond.
pub(super) fn peak_private(command: &mut Command) -> Result<u64, Box<dyn Error>> {
    let mut child = command.spawn()?;
    let mut peak = None;
    let status = loop {
        peak = peak.max(private(&child));
        if let Some(status) = child.try_wait()? {
            break status;
        }
        thread::sleep(Duration::from_millis(1));
    };
    succeeded(status)?;
    peak.ok_or("too fast to see".into())
}

fn succeeded(status: ExitStatus) -> Result<(), Box<dyn Error>> {
    if status.success() {
        return Ok(());
    }
    Err(status.to_string().into())
}

fn private(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    private_in(&status)
}

/// `RssAnon` in the text of `/proc/PID/status`, in bytes.
fn private_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        command(Path::new("sh"), &["-c"], Path::new(script))
    }

    #[test]
    fn a_run_that_fails_has_no_time() {
        assert!(time(&mut shell("exit 0")).is_ok());
        let error = time(&mut shell("exit 3")).unwrap_err();
        assert!(error.to_string().contains('3'), "{error}");
        assert!(time(&mut command(Path::new("no/such/program"), &[], Path::new("x"))).is_err());
    }

    #[test]
    fn private_memory_is_seen_while_a_process_runs() {
        let peak = peak_private(&mut shell("sleep 0.1")).unwrap();
        assert!(peak > 0);
        assert!(peak_private(&mut shell("exit 1")).is_err());
    }

    #[test]
    fn private_memory_is_read_in_bytes_and_absent_from_a_dead_process() {
        let status = "Name:\tx\nVmRSS:\t  99 kB\nRssAnon:\t    2048 kB\nRssFile:\t1 kB\n";
        assert_eq!(private_in(status), Some(2 << 20));
        assert_eq!(private_in("Name:\tx\nState:\tZ (zombie)\n"), None);
    }
}
