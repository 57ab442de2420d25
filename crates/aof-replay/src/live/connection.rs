//! One connection to a server.

use std::io::{self, IoSlice, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use aof_resp::{Reply, reply, request};
use nom::Needed;
use rustls::StreamOwned;
use thiserror::Error;

use super::address::{Address, Place};
use super::tls;

/// The least that is asked of the socket at once, in bytes.
const CHUNK: usize = 64 << 10;

/// Why there is no connection.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The name cannot be resolved, nobody listens there, or the network does not get there.
    #[error("cannot connect to {0}: {1}")]
    Unreachable(Place, #[source] io::Error),
    /// TLS cannot be spoken: a file cannot be used, or the other side is not who it should be.
    #[error("TLS: {0}")]
    Tls(String),
    /// The login is refused, with these words of the server.
    #[error("the server refuses the login: {0}")]
    Login(String),
    /// What was said first came to no end.
    #[error(transparent)]
    Link(#[from] LinkError),
}

/// Why a connection cannot be used any longer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LinkError {
    /// It broke.
    #[error("the connection broke: {0}")]
    Broken(#[source] io::Error),
    /// Nothing came for too long.
    #[error("the server did not answer for {0:?}")]
    Silent(Duration),
    /// What came is no reply.
    #[error("what came is no reply of a server")]
    NoReply,
}

/// Bytes in both directions.
trait Stream: Read + Write + Send {}

impl<T: Read + Write + Send> Stream for T {}

/// One connection to a server.
pub struct Connection {
    stream: Box<dyn Stream>,
    patience: Duration,
    received: Vec<u8>,
    /// How much of it was taken.
    taken: usize,
}

impl Connection {
    /// Connects, and logs in if a password is given. A reply may take `patience`, and so may a write.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub fn open(address: &Address, patience: Duration) -> Result<Self, ConnectError> {
        let unreachable = |error| ConnectError::Unreachable(address.place.clone(), error);
        let stream: Box<dyn Stream> = match (&address.place, &address.tls) {
            (Place::Unix(path), _) => {
                let stream = UnixStream::connect(path).map_err(unreachable)?;
                stream.set_read_timeout(Some(patience)).map_err(unreachable)?;
                stream.set_write_timeout(Some(patience)).map_err(unreachable)?;
                Box::new(stream)
            }
            (Place::Tcp { host, port }, None) => {
                Box::new(reach(host, *port, patience).map_err(unreachable)?)
            }
            (Place::Tcp { host, port }, Some(tls)) => {
                let session = tls::begin(tls, host)?;
                let mut stream =
                    StreamOwned::new(session, reach(host, *port, patience).map_err(unreachable)?);
                // Now, so that it is known what a failure means.
                stream.conn.complete_io(&mut stream.sock).map_err(|error| match error.kind() {
                    io::ErrorKind::InvalidData => ConnectError::Tls(error.to_string()),
                    _ => ConnectError::Tls(format!("the server does not answer in TLS: {error}")),
                })?;
                Box::new(stream)
            }
        };
        let mut connection = Self { stream, patience, received: Vec::new(), taken: 0 };
        connection.log_in(address)?;
        Ok(connection)
    }

    fn log_in(&mut self, address: &Address) -> Result<(), ConnectError> {
        let login = &address.login;
        let Some(password) = &login.password else { return Ok(()) };
        let mut args: Vec<&[u8]> = vec![b"AUTH"];
        args.extend(login.user.as_ref().map(String::as_bytes));
        args.push(password.reveal().as_bytes());
        match self.refused(&args)? {
            Some(refused) => Err(ConnectError::Login(refused)),
            None => Ok(()),
        }
    }

    /// Sends a command, and shows the reply.
    ///
    /// # Errors
    /// The connection cannot be used any longer.
    pub fn ask<T>(
        &mut self,
        args: &[&[u8]],
        see: impl FnOnce(&Reply<'_>) -> T,
    ) -> Result<T, LinkError> {
        let mut bytes = Vec::new();
        request(args, &mut bytes);
        self.send(&mut [IoSlice::new(&bytes)])?;
        self.receive(see)
    }

    /// Sends a command, and returns what the server says instead of doing it.
    ///
    /// # Errors
    /// The connection cannot be used any longer.
    pub fn refused(&mut self, args: &[&[u8]]) -> Result<Option<String>, LinkError> {
        self.ask(args, refusal)
    }

    /// Sends bytes.
    ///
    /// # Errors
    /// The connection cannot be used any longer.
    pub fn send(&mut self, mut slices: &mut [IoSlice<'_>]) -> Result<(), LinkError> {
        IoSlice::advance_slices(&mut slices, 0);
        while !slices.is_empty() {
            match self.stream.write_vectored(slices) {
                Ok(0) => return Err(LinkError::Broken(io::ErrorKind::WriteZero.into())),
                Ok(count) => IoSlice::advance_slices(&mut slices, count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
        self.stream.flush().map_err(|error| self.failed(error))
    }

    /// Waits for the next reply, and shows it.
    ///
    /// # Errors
    /// The connection cannot be used any longer.
    pub fn receive<T>(&mut self, see: impl FnOnce(&Reply<'_>) -> T) -> Result<T, LinkError> {
        loop {
            let rest = &self.received[self.taken..];
            let missing = match reply(rest) {
                // It answers nothing.
                Ok((behind, Reply::Push(_))) => {
                    self.taken += rest.len() - behind.len();
                    continue;
                }
                Ok((behind, reply)) => {
                    let used = rest.len() - behind.len();
                    let seen = see(&reply);
                    self.taken += used;
                    return Ok(seen);
                }
                Err(nom::Err::Incomplete(Needed::Size(missing))) => missing.get(),
                Err(nom::Err::Incomplete(Needed::Unknown)) => 1,
                Err(nom::Err::Error(_) | nom::Err::Failure(_)) => return Err(LinkError::NoReply),
            };
            self.read_more(missing)?;
        }
    }

    /// Reads until so many more bytes are there. The number is a claim: memory grows with what arrives only.
    fn read_more(&mut self, missing: usize) -> Result<(), LinkError> {
        self.received.drain(..self.taken);
        self.taken = 0;
        let wanted = self.received.len().saturating_add(missing);
        while self.received.len() < wanted {
            let before = self.received.len();
            self.received.resize(before + CHUNK.max((wanted - before).min(1 << 20)), 0);
            let read = self.stream.read(&mut self.received[before..]);
            self.received.truncate(before + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => return Err(LinkError::Broken(io::ErrorKind::UnexpectedEof.into())),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
        Ok(())
    }

    fn failed(&self, error: io::Error) -> LinkError {
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => LinkError::Silent(self.patience),
            _ => LinkError::Broken(error),
        }
    }
}

/// Tries all addresses of a host.
fn reach(host: &str, port: u16, patience: Duration) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, patience) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(patience))?;
                stream.set_write_timeout(Some(patience))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// What a server says instead of doing something.
pub(super) fn refusal(reply: &Reply<'_>) -> Option<String> {
    match reply {
        Reply::Error(text) => Some(String::from_utf8_lossy(text).into_owned()),
        _ => None,
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("received", &self.received.len()).finish_non_exhaustive()
    }
}
