//! Real servers at work: what they are told, and the log that they leave behind.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aof_testkit::client::Client;
use aof_testkit::naive::{self, Parsed};
use aof_testkit::server::{Server, ServerKind};
use tempfile::TempDir;

/// The arguments of one command.
pub(super) type Argv = Vec<Vec<u8>>;

/// Every session writes each command before it answers.
const ALWAYS: [&str; 4] = ["--appendonly", "yes", "--appendfsync", "always"];

/// Clock lines; from 7.0 on.
pub(super) const TIMESTAMPS: [&str; 2] = ["--aof-timestamp-enabled", "yes"];

/// A server at work in a folder of its own.
pub(super) struct Session {
    server: Server,
    client: Client,
    room: Option<TempDir>,
}

/// A log that a server wrote.
pub(super) struct Log {
    /// Product and version.
    pub(super) server: String,
    pub(super) bytes: Vec<u8>,
    pub(super) parsed: Parsed,
}

/// What a session left behind; a later one can go on with it.
pub(super) struct Left {
    pub(super) kind: ServerKind,
    pub(super) room: TempDir,
    pub(super) log: Log,
}

impl Session {
    /// Starts a server on an empty folder.
    pub(super) fn start(kind: ServerKind, args: &[&str]) -> Result<Self, Box<dyn Error>> {
        let room = tempfile::tempdir()?;
        let mut session = Self::start_in(kind, room.path(), args)?;
        session.room = Some(room);
        Ok(session)
    }

    /// Starts a server on a folder that somebody else keeps.
    pub(super) fn start_in(
        kind: ServerKind,
        data: &Path,
        args: &[&str],
    ) -> Result<Self, Box<dyn Error>> {
        let args = [&ALWAYS[..], args].concat();
        let server = Server::start(kind, data, &args).map_err(|error| error.to_string())?;
        let client = server.client()?;
        Ok(Self { server, client, room: None })
    }

    /// Sends commands, one after the other; a refusal is an error.
    pub(super) fn run(&mut self, commands: &[Argv]) -> Result<(), Box<dyn Error>> {
        for argv in commands {
            self.ask(argv)?;
        }
        Ok(())
    }

    /// Sends one command and returns its answer.
    pub(super) fn ask(
        &mut self,
        argv: &Argv,
    ) -> Result<aof_testkit::client::Value, Box<dyn Error>> {
        let reply = self.client.command(argv)?;
        if reply.is_error() {
            let said = String::from_utf8_lossy(&argv.join(&b' ')).into_owned();
            return Err(format!("{said}: {}", reply.text()).into());
        }
        Ok(reply)
    }

    /// Waits for the first tenths of another second, so that what follows gets one clock line of its own.
    pub(super) fn tick(&self) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let left = Duration::from_millis(1200) - Duration::from_nanos(now.subsec_nanos().into());
        sleep(left);
    }

    /// Commands in several seconds.
    pub(super) fn run_ticking(&mut self, groups: &[&[Argv]]) -> Result<(), Box<dyn Error>> {
        for commands in groups {
            self.tick();
            self.run(commands)?;
        }
        Ok(())
    }

    pub(super) fn pid(&self) -> u32 {
        self.server.pid()
    }

    /// The file that it writes its log to.
    pub(super) fn log_path(&self) -> PathBuf {
        self.server.kind().first_log(self.server.data())
    }

    /// Stops the server with its log flushed.
    pub(super) fn stop(mut self) -> Result<Left, Box<dyn Error>> {
        self.server.shutdown_nosave()?;
        self.leave()
    }

    /// Kills the server, or finds it dead.
    pub(super) fn kill(mut self) -> Result<Left, Box<dyn Error>> {
        // One that died already cannot be killed.
        let _ = self.server.kill9();
        self.leave()
    }

    fn leave(mut self) -> Result<Left, Box<dyn Error>> {
        let kind = self.server.kind();
        let log = Log::of(kind, fs::read(self.log_path())?)?;
        let room = match self.room.take() {
            Some(room) => room,
            None => tempfile::tempdir()?,
        };
        Ok(Left { kind, room, log })
    }
}

impl Left {
    /// The file of the log.
    pub(super) fn path(&self) -> PathBuf {
        self.kind.first_log(self.room.path())
    }

    /// Starts the same server on what was left.
    pub(super) fn resume(self, args: &[&str]) -> Result<Session, Box<dyn Error>> {
        let mut session = Session::start_in(self.kind, self.room.path(), args)?;
        session.room = Some(self.room);
        Ok(session)
    }
}

impl Log {
    pub(super) fn of(kind: ServerKind, bytes: Vec<u8>) -> Result<Self, Box<dyn Error>> {
        Ok(Self { server: version(kind)?, parsed: naive::parse(&bytes), bytes })
    }

    /// Where record number `index` begins.
    pub(super) fn start(&self, index: usize) -> usize {
        self.parsed.frames[index].offset
    }

    /// Where record number `index` ends.
    pub(super) fn end(&self, index: usize) -> usize {
        self.start(index) + self.parsed.frames[index].len
    }

    /// Its bytes.
    pub(super) fn record(&self, index: usize) -> &[u8] {
        &self.bytes[self.start(index)..self.end(index)]
    }

    /// How many records there are.
    pub(super) fn len(&self) -> usize {
        self.parsed.frames.len()
    }

    /// The number of the first record at or behind `from` with this name.
    pub(super) fn find(&self, name: &str, from: usize) -> Result<usize, Box<dyn Error>> {
        let is_named = |index: &usize| {
            self.parsed.frames[*index].argv[0].eq_ignore_ascii_case(name.as_bytes())
        };
        (from..self.len()).find(is_named).ok_or_else(|| format!("the log has no {name}").into())
    }

    /// Where the line end of payload number `argument` of a record begins.
    pub(super) fn payload_end(&self, index: usize, argument: usize) -> usize {
        let argv = &self.parsed.frames[index].argv;
        let behind = argv[argument + 1..].iter().map(|arg| {
            let digits = arg.len().to_string().len();
            1 + digits + 2 + arg.len() + 2
        });
        self.end(index) - behind.sum::<usize>() - 2
    }
}

/// A log of these commands.
pub(super) fn log(
    kind: ServerKind,
    args: &[&str],
    commands: &[Argv],
) -> Result<Log, Box<dyn Error>> {
    let mut session = Session::start(kind, args)?;
    session.run(commands)?;
    Ok(session.stop()?.log)
}

/// A log with clock lines: each group in a second of its own.
pub(super) fn ticking(kind: ServerKind, groups: &[&[Argv]]) -> Result<Log, Box<dyn Error>> {
    let mut session = Session::start(kind, &TIMESTAMPS)?;
    session.run_ticking(groups)?;
    Ok(session.stop()?.log)
}

/// Product and version as the binary reports them, such as `redis 7.0.15`.
pub(super) fn version(kind: ServerKind) -> Result<String, Box<dyn Error>> {
    let binary = kind.find().ok_or_else(|| format!("no {kind}"))?;
    let said = Command::new(binary).arg("--version").output()?.stdout;
    let said = String::from_utf8(said)?;
    let version = said.split(' ').find_map(|word| word.strip_prefix("v=")).ok_or("no version")?;
    Ok(format!("{} {version}", kind.product().name()))
}
