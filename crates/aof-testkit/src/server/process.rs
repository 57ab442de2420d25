//! One server process: started, watched, killed.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::kind::ServerKind;
use crate::client::{Client, Value};

/// How long a server may load before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often a starting server is asked.
const PAUSE: Duration = Duration::from_millis(10);

/// The longest socket path that every system takes, in bytes.
const SOCKET_MAX: usize = 100;

/// A running server; killed, and waited for, when dropped.
#[derive(Debug)]
pub struct Server {
    kind: ServerKind,
    child: Child,
    data: PathBuf,
    room: Room,
}

/// Why a server is not up.
#[derive(Debug)]
pub enum StartError {
    /// It was not brought; see [`skip_unless`](super::skip_unless).
    Missing(ServerKind),
    /// It refused: how it ended, and everything it said.
    Died {
        /// How it ended; a signal means that it crashed.
        status: ExitStatus,
        /// Everything it said.
        log: String,
    },
    /// It neither answers nor ends; killed.
    Stuck {
        /// Everything it said.
        log: String,
    },
    /// Files or processes could not be made.
    Io(io::Error),
}

/// The server's socket and log, away from its data.
#[derive(Debug)]
struct Room {
    folder: TempDir,
}

impl Server {
    /// Starts a server of this kind on the data in `data`, with `args` behind the ones every test wants:
    /// no TCP, no snapshots, DEBUG allowed. Returns when everything is loaded and PING is answered.
    ///
    /// # Errors
    /// See [`StartError`]; [`StartError::Died`] is how a server refuses a broken log.
    pub fn start(kind: ServerKind, data: &Path, args: &[&str]) -> Result<Self, StartError> {
        let mut usual = vec!["--save", ""];
        if kind.version() >= (7, 0) {
            usual.extend(["--enable-debug-command", "yes"]);
        }
        Self::spawn(kind, data, |command| {
            command.args(usual).arg("--dir").arg(data).args(args);
        })
    }

    /// Starts a server of this kind on a configuration, with `folder` as its current folder, and nothing else set
    /// but that it has no TCP. It counts as up also where the default user may not ask it anything.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_on_conf(kind: ServerKind, folder: &Path, conf: &Path) -> Result<Self, StartError> {
        Self::spawn(kind, folder, |command| {
            command.arg(conf);
        })
    }

    /// The arguments that `add` adds come first: a configuration must.
    fn spawn(
        kind: ServerKind,
        folder: &Path,
        add: impl FnOnce(&mut Command),
    ) -> Result<Self, StartError> {
        let binary = kind.find().ok_or(StartError::Missing(kind))?;
        let room = Room::new()?;
        let mut command = Command::new(binary);
        add(&mut command);
        command.args(["--port", "0", "--daemonize", "no", "--unixsocket"]).arg(room.socket());
        let log = File::create(room.log())?;
        let child = command
            .current_dir(folder)
            .stdin(Stdio::null())
            .stderr(log.try_clone()?)
            .stdout(log)
            .spawn()?;
        let mut server = Self { kind, child, data: folder.to_owned(), room };
        server.wait_until_up()?;
        Ok(server)
    }

    fn wait_until_up(&mut self) -> Result<(), StartError> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Err(StartError::Died { status, log: self.log() });
            }
            if self.answers() {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                return Err(StartError::Stuck { log: self.log() });
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Any failure means "not yet" here: no socket, nobody listening, LOADING, or about to die.
    fn answers(&self) -> bool {
        let Ok(mut client) = self.client() else {
            return false;
        };
        let up = ["PONG", "NOAUTH", "NOPERM"];
        client
            .command(&["PING"])
            .is_ok_and(|reply| up.iter().any(|answer| reply.text().starts_with(answer)))
    }

    /// What kind it is.
    pub fn kind(&self) -> ServerKind {
        self.kind
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The folder of its data.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The socket it listens on.
    pub fn socket(&self) -> PathBuf {
        self.room.socket()
    }

    /// Everything it said so far.
    pub fn log(&self) -> String {
        let bytes = std::fs::read(self.room.log()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// A new connection.
    ///
    /// # Errors
    /// The server is gone.
    pub fn client(&self) -> io::Result<Client> {
        Client::connect(&self.socket())
    }

    /// One command over a connection of its own.
    ///
    /// # Errors
    /// As [`Client::command`].
    pub fn command<A: AsRef<[u8]>>(&self, args: &[A]) -> io::Result<Value> {
        self.client()?.command(args)
    }

    /// Sends commands as they are, over a connection of its own, and returns the error replies.
    ///
    /// # Errors
    /// The connection failed, or the server hung up before it had replied to all of them.
    pub fn send(&self, commands: &[u8]) -> io::Result<Vec<String>> {
        const LAST: &[u8] = b"*2\r\n$4\r\nECHO\r\n$12\r\nno more then\r\n";
        let mut socket = UnixStream::connect(self.socket())?;
        let mut writer = socket.try_clone()?;
        let (mut replies, mut piece) = (Vec::new(), [0; 64 << 10]);
        std::thread::scope(|scope| {
            let sender = scope.spawn(move || writer.write_all(&[commands, LAST].concat()));
            while !replies.ends_with(b"no more then\r\n") {
                match socket.read(&mut piece)? {
                    0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                    count => replies.extend_from_slice(&piece[..count]),
                }
            }
            sender.join().unwrap_or_else(|_| Err(io::Error::other("the sender panicked")))
        })?;
        let replies = String::from_utf8_lossy(&replies);
        let refused = replies.lines().filter(|line| line.starts_with('-'));
        Ok(refused.map(str::to_owned).collect())
    }

    /// How it ended, or `None` while it runs.
    pub fn exit_status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Kills it as a crash would, with SIGKILL, and waits for its end.
    ///
    /// # Errors
    /// The system could not kill or wait.
    pub fn kill9(&mut self) -> io::Result<ExitStatus> {
        self.child.kill()?;
        self.child.wait()
    }

    /// Asks it to leave without a snapshot and waits for its end. A log is flushed and synced.
    ///
    /// # Errors
    /// The server refused, or the system could not wait.
    pub fn shutdown_nosave(&mut self) -> io::Result<ExitStatus> {
        match self.command(&["SHUTDOWN", "NOSAVE"]) {
            Ok(Value::Error(refusal)) => Err(io::Error::other(refusal)),
            _ => self.child.wait(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.kill9();
    }
}

impl Room {
    fn new() -> io::Result<Self> {
        let usual = tempfile::Builder::new().prefix("aof-").tempdir()?;
        let room = Self { folder: usual };
        if room.socket().as_os_str().len() < SOCKET_MAX {
            return Ok(room);
        }
        Ok(Self { folder: tempfile::Builder::new().prefix("aof-").tempdir_in("/tmp")? })
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

impl From<io::Error> for StartError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(kind) => write!(f, "no {kind}: run `cargo xtask servers`"),
            Self::Died { status, log } => write!(f, "the server ended ({status}):\n{log}"),
            Self::Stuck { log } => write!(f, "the server does not answer:\n{log}"),
            Self::Io(error) => write!(f, "the server could not be started: {error}"),
        }
    }
}

impl std::error::Error for StartError {}
