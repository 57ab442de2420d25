//! Getting in touch with a server.

use std::thread;
use std::time::{Duration, Instant};

use aof_rdb::Target as Format;
use aof_replay::live::{Address, AskError, ConnectError, Connection, LinkError, Server};

use crate::command::connect::ConnectArgs;
use crate::escape;
use crate::failure::Failure;
use crate::signal;
use crate::ui::Ui;

/// How often a server that loads its files is asked whether it is done.
const PAUSE: Duration = Duration::from_millis(200);

/// A server, and a connection to it.
pub(crate) struct Target {
    address: Address,
    patience: Duration,
    pub(crate) server: Server,
    pub(crate) connection: Connection,
}

impl Target {
    /// Connects, and waits until the server has loaded its files.
    pub(crate) fn reach(args: &ConnectArgs, ui: &mut Ui) -> Result<Self, Failure> {
        let (address, patience) = (args.address(ui)?, args.patience());
        let deadline = Instant::now() + patience;
        let connection =
            Connection::open(&address, patience).map_err(|error| unreached(&address, &error))?;
        let mut target = Self { address, patience, server: Server::default(), connection };
        target.ask()?;
        while target.server.is_loading {
            if Instant::now() >= deadline || signal::is_cancelled() {
                let message = format!("{} is still loading its files", target.shown());
                return Err(
                    Failure::operational(message).hint("--timeout says how long to wait for it")
                );
            }
            thread::sleep(PAUSE);
            target.ask()?;
        }
        target.allowed()
    }

    fn ask(&mut self) -> Result<(), Failure> {
        self.server =
            Server::ask(&mut self.connection).map_err(|error| unasked(&self.address, error))?;
        Ok(())
    }

    fn allowed(self) -> Result<Self, Failure> {
        if self.server.is_clustered {
            let message = format!(
                "{} is a part of a cluster, which this version does not speak to",
                self.shown()
            );
            let hint = "aof-doctor convert --split slots:N writes an RDB file for each of N nodes";
            return Err(Failure::operational(message).hint(hint));
        }
        Ok(self)
    }

    /// So many connections more.
    pub(crate) fn connections(&self, count: usize) -> Result<Vec<Connection>, ConnectError> {
        (0..count).map(|_| Connection::open(&self.address, self.patience)).collect()
    }

    /// Connects once more, and asks the server anew.
    pub(crate) fn again(&mut self) -> Result<(), Failure> {
        let connection = Connection::open(&self.address, self.patience);
        self.connection = connection.map_err(|error| unreached(&self.address, &error))?;
        self.ask()
    }

    /// As it is told: `redis:7.0.15 at 127.0.0.1:6379`.
    pub(crate) fn shown(&self) -> String {
        let place = self.address.place.to_string();
        format!("{} at {}", escape::sentence(&self.server.name()), escape::sentence(&place))
    }

    /// Where it is.
    pub(crate) fn place(&self) -> String {
        escape::sentence(&self.address.place.to_string())
    }

    /// Whether its streams say what they remember of entries that they no longer have.
    pub(crate) fn has_stream_history(&self) -> bool {
        self.server.format().is_none_or(Format::has_functions)
    }

    /// Whether it may forget how far a replay is.
    pub(crate) fn may_evict(&self) -> bool {
        self.server.max_memory > 0 && self.server.eviction != "noeviction"
    }

    /// Why there are no further connections.
    pub(crate) fn unreached(&self, error: &ConnectError) -> Failure {
        unreached(&self.address, error)
    }

    /// Why the work ends when its connection cannot be used any longer.
    pub(crate) fn lost(&self, error: &LinkError) -> Failure {
        Failure::operational(format!("{}: {}", self.place(), escape::sentence(&error.to_string())))
    }
}

/// Why there is no connection, and what may help.
fn unreached(address: &Address, error: &ConnectError) -> Failure {
    let message = escape::sentence(&error.to_string());
    match error {
        ConnectError::Unreachable(..) => Failure::operational(message)
            .hint("is the server up, and does it listen there? -h, -p, -s or -u say where it is"),
        ConnectError::Tls(_) => {
            let failure = Failure::operational(format!("{}: {message}", address.place));
            failure.hint("--cacert names the certificates to trust, --sni the name in that of the server; without TLS, leave out --tls or rediss://")
        }
        ConnectError::Login(_) => Failure::operational(format!("{}: {message}", address.place))
            .hint("--user says who logs in; the password stands in REDISCLI_AUTH, or --pass-file names its file"),
        _ => Failure::operational(format!("{}: {message}", address.place))
            .hint("does a server speak there, and does it want TLS? --tls says so"),
    }
}

fn unasked(address: &Address, error: AskError) -> Failure {
    let failure = Failure::operational(format!(
        "{}: {}",
        address.place,
        escape::sentence(&error.to_string())
    ));
    match error {
        AskError::Refused(_, reply) if reply.starts_with("NOAUTH") => {
            failure.hint("REDISCLI_AUTH or --pass-file give the password, --user the user")
        }
        AskError::Refused(..) => {
            failure.hint("the user needs INFO, COMMAND, SELECT and what the log consists of")
        }
        _ => failure.hint("does a server speak there, and does it want TLS? --tls says so"),
    }
}
