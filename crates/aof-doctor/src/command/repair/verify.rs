//! What a real server makes of the repaired files: it is started on a copy of them.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aof_log::inventory::{Place, Scope};

use crate::report::Report;

/// How long a server may take to load.
const PATIENCE: Duration = Duration::from_secs(3600);

const PAUSE: Duration = Duration::from_millis(50);

/// Starts a server on a copy, and says what it loaded, or why it did not.
pub(super) fn load(program: &Path, report: &Report, near: &Path) -> Result<String, String> {
    let scratch = Scratch::new(near)?;
    copy(report, &scratch.0)?;
    let before = sizes(&scratch.0);
    let socket = scratch.0.join("s");
    let mut server = start(program, &scratch.0, report, &socket)?;
    let keys = wait(&mut server.0, &socket).and_then(|mut stream| keys(&mut stream));
    let is_cut = sizes(&scratch.0).iter().any(|(path, size)| {
        before.iter().any(|(known, length)| known == path && length > size && is_part(path))
    });
    drop(server);
    let keys = keys?;
    if is_cut {
        return Err(format!("{} started, but cut a file", program.display()));
    }
    Ok(format!("{} loads a copy of it: {keys} keys", program.display()))
}

fn is_part(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "aof" || ending == "rdb")
}

/// A folder that goes away again.
struct Scratch(PathBuf);

impl Scratch {
    fn new(near: &Path) -> Result<Self, String> {
        // Sockets have short paths; the data may need the room of their own disk.
        let above = if near.as_os_str().len() < 60 {
            near.parent().unwrap_or(near)
        } else {
            Path::new("/tmp")
        };
        let path = above.join(format!(".aof-doctor-verify-{}", std::process::id()));
        let made = fs::DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|error| format!("{} cannot be made: {error}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // There is nobody to tell, and its name says whose it is.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn copy(report: &Report, target: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("the files cannot be copied: {error}");
    let set = target.join(set_folder(report));
    for (file, subject) in report.inventory.files.iter().zip(&report.subjects) {
        let folder = match (report.inventory.scope, file.place) {
            (Scope::File, _) | (_, Place::Data) => target,
            _ => set.as_path(),
        };
        fs::create_dir_all(folder).map_err(failed)?;
        let name = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(&file.name);
        fs::copy(&subject.path, folder.join(name)).map_err(failed)?;
    }
    Ok(())
}

fn set_folder(report: &Report) -> PathBuf {
    let name = report.inventory.set_folder.clone().unwrap_or_else(|| b"appendonlydir".to_vec());
    <std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(name).into()
}

/// A server that ends with us.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(program: &Path, data: &Path, report: &Report, socket: &Path) -> Result<Running, String> {
    let name =
        <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(&report.inventory.prefix);
    let mut command = Command::new(program);
    command
        .args(["--port", "0", "--appendonly", "yes", "--save", "", "--daemonize", "no"])
        .arg("--dir")
        .arg(data)
        .arg("--unixsocket")
        .arg(socket)
        .arg("--appendfilename")
        .arg(name)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let started = command.spawn();
    started
        .map(Running)
        .map_err(|error| format!("{} cannot be started: {error}", program.display()))
}

/// Waits until the server has loaded everything.
fn wait(server: &mut Child, socket: &Path) -> Result<UnixStream, String> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Ok(Some(status)) = server.try_wait() {
            return Err(format!("the server ended while it loaded a copy ({status})"));
        }
        if let Ok(mut stream) = UnixStream::connect(socket)
            && ask(&mut stream, "PING").is_ok_and(|reply| reply.starts_with("+PONG"))
        {
            return Ok(stream);
        }
        std::thread::sleep(PAUSE);
    }
    Err("the server did not load a copy within an hour".to_owned())
}

/// How many keys it has in all databases.
fn keys(stream: &mut UnixStream) -> Result<u64, String> {
    let reply = ask(stream, "INFO keyspace").map_err(|error| error.to_string())?;
    let counts = reply.lines().filter_map(|line| line.split_once(":keys=")?.1.split(',').next());
    Ok(counts.filter_map(|count| count.parse::<u64>().ok()).sum())
}

fn ask(stream: &mut UnixStream, command: &str) -> std::io::Result<String> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(format!("{command}\r\n").as_bytes())?;
    let mut text = Vec::new();
    let mut buffer = [0; 64 << 10];
    loop {
        let got = stream.read(&mut buffer)?;
        text.extend(&buffer[..got]);
        let shown = String::from_utf8_lossy(&text).into_owned();
        let is_whole = match shown.strip_prefix('$').and_then(|rest| rest.split_once("\r\n")) {
            Some((length, rest)) => {
                length.parse().is_ok_and(|length: usize| rest.len() >= length + 2)
            }
            None => shown.ends_with("\r\n"),
        };
        if got == 0 || is_whole {
            return Ok(shown);
        }
    }
}

fn sizes(folder: &Path) -> Vec<(PathBuf, u64)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut all = Vec::new();
    for entry in entries.flatten() {
        match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => all.extend(sizes(&entry.path())),
            Ok(metadata) => all.push((entry.path(), metadata.len())),
            Err(_) => {}
        }
    }
    all
}
