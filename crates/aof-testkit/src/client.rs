//! A small blocking client over a unix socket: enough to make servers write logs, and to question them.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use aof_resp::Reply;
pub use aof_resp::request as encode;
use nom::Needed;

/// How long one reply is waited for before the test fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(60);

/// The least that is asked of the socket at once, in bytes.
const CHUNK: usize = 64 << 10;

/// A connection to one server.
#[derive(Debug)]
pub struct Client {
    stream: UnixStream,
    received: Vec<u8>,
}

/// A reply that owns its bytes, reduced to what tests ask for.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A status line, a bulk, a verbatim text or a big number.
    Text(Vec<u8>),
    /// The text of an error, its code in front.
    Error(String),
    /// A number.
    Integer(i64),
    /// A number with a fraction (RESP3 only).
    Double(f64),
    /// Yes or no (RESP3 only).
    Boolean(bool),
    /// Nothing.
    Null,
    /// An array, a set or a push.
    List(Vec<Value>),
    /// A map (RESP3 only).
    Map(Vec<(Value, Value)>),
}

impl Client {
    /// Connects to the server that listens on `socket`.
    ///
    /// # Errors
    /// Whatever the system says when nobody listens there.
    pub fn connect(socket: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, received: Vec::new() })
    }

    /// Sends one command and waits for its reply. A server's refusal is [`Value::Error`], not an error.
    ///
    /// # Errors
    /// The connection broke, stayed silent for a minute, or brought bytes that are no reply.
    pub fn command<A: AsRef<[u8]>>(&mut self, args: &[A]) -> io::Result<Value> {
        let mut request = Vec::new();
        aof_resp::request(args, &mut request);
        self.send(&request)?;
        self.receive()
    }

    /// Sends all `commands` at once and returns their replies in the same order.
    ///
    /// # Errors
    /// As [`command`](Self::command).
    pub fn pipeline<A: AsRef<[u8]>>(&mut self, commands: &[Vec<A>]) -> io::Result<Vec<Value>> {
        let mut request = Vec::new();
        commands.iter().for_each(|args| aof_resp::request(args, &mut request));
        self.send(&request)?;
        commands.iter().map(|_| self.receive()).collect()
    }

    /// Sends bytes as they are, for requests that no well-behaved client makes.
    ///
    /// # Errors
    /// The connection broke.
    pub fn send(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.write_all(request)
    }

    /// Waits for the next reply; pushes that answer no command come through as well.
    ///
    /// # Errors
    /// As [`command`](Self::command).
    pub fn receive(&mut self) -> io::Result<Value> {
        loop {
            let missing = match aof_resp::reply(&self.received) {
                Ok((rest, reply)) => {
                    let used = self.received.len() - rest.len();
                    let value = Value::from(&reply);
                    self.received.drain(..used);
                    return Ok(value);
                }
                Err(nom::Err::Incomplete(Needed::Size(missing))) => missing.get(),
                Err(nom::Err::Incomplete(Needed::Unknown)) => 1,
                Err(nom::Err::Error(fault) | nom::Err::Failure(fault)) => {
                    return Err(io::Error::new(ErrorKind::InvalidData, fault));
                }
            };
            self.read_more(missing)?;
        }
    }

    /// Reads until `missing` more bytes are there, so that a long bulk is parsed once, not per packet.
    /// The number is a server's claim: memory grows with what arrives only.
    fn read_more(&mut self, missing: usize) -> io::Result<()> {
        let wanted = self.received.len().saturating_add(missing);
        let mut chunk = vec![0; CHUNK];
        while self.received.len() < wanted {
            match self.stream.read(&mut chunk) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.received.extend_from_slice(&chunk[..count]),
                // A read with a timeout is not taken up again by the system when the process was stopped meanwhile.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl From<&Reply<'_>> for Value {
    fn from(reply: &Reply<'_>) -> Self {
        let list = |all: &[Reply<'_>]| Self::List(all.iter().map(Self::from).collect());
        match reply {
            Reply::Simple(text) | Reply::Bulk(text) | Reply::BigNumber(text) => {
                Self::Text(text.to_vec())
            }
            Reply::Verbatim { text, .. } => Self::Text(text.to_vec()),
            Reply::Error(text) => Self::Error(String::from_utf8_lossy(text).into_owned()),
            Reply::Integer(number) => Self::Integer(*number),
            Reply::Double(number) => Self::Double(*number),
            Reply::Boolean(yes) => Self::Boolean(*yes),
            Reply::Null => Self::Null,
            Reply::Array(all) | Reply::Set(all) | Reply::Push(all) => list(all),
            Reply::Map(all) => {
                Self::Map(all.iter().map(|(key, value)| (key.into(), value.into())).collect())
            }
            Reply::Attributed { reply, .. } => Self::from(reply.as_ref()),
        }
    }
}

impl Value {
    /// The text of a text, an error or a number; empty for everything else.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => String::from_utf8_lossy(text).into_owned(),
            Self::Error(text) => text.clone(),
            Self::Integer(number) => number.to_string(),
            Self::Double(number) => number.to_string(),
            Self::Boolean(_) | Self::Null | Self::List(_) | Self::Map(_) => String::new(),
        }
    }

    /// The number, also where it came as text.
    pub fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Text(_) => self.text().parse().ok(),
            _ => None,
        }
    }

    /// The members of a list; none for everything else.
    pub fn list(&self) -> &[Value] {
        match self {
            Self::List(all) => all,
            _ => &[],
        }
    }

    /// Whether the server refused.
    pub fn is_error(&self) -> bool {
        matches!(self, Self::Error(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> (Client, UnixStream) {
        let (stream, server) = UnixStream::pair().expect("a socket pair");
        (Client { stream, received: Vec::new() }, server)
    }

    #[test]
    fn replies_come_in_order_however_the_bytes_are_cut() {
        let (mut client, mut server) = client();
        let writer = std::thread::spawn(move || {
            for byte in b"$5\r\nhello\r\n*2\r\n:1\r\n$-1\r\n-ERR no\r\n" {
                server.write_all(&[*byte]).expect("the client reads");
            }
        });
        let replies: Vec<_> = (0..3).map(|_| client.receive().expect("a reply")).collect();
        assert_eq!(replies[0].text(), "hello");
        assert_eq!(replies[1].list(), [Value::Integer(1), Value::Null]);
        assert!(replies[2].is_error());
        writer.join().expect("the writer ends");
    }

    #[test]
    fn a_closed_connection_is_an_error_and_no_reply() {
        let (mut client, server) = client();
        drop(server);
        assert_eq!(client.receive().expect_err("nobody there").kind(), ErrorKind::UnexpectedEof);
    }

    #[test]
    fn bytes_that_are_no_reply_are_an_error() {
        let (mut client, mut server) = client();
        server.write_all(b"HTTP/1.1 200 OK\r\n").expect("room in the socket");
        assert_eq!(client.receive().expect_err("no reply").kind(), ErrorKind::InvalidData);
    }
}
