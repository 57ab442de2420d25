//! A wire between the program and a server that does what wires do.

#![expect(clippy::disallowed_methods, reason = "a wire has two ends, both on this machine")]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// What happens on the wire.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wire {
    /// Bytes come as they please: a few at a time, and late now and then.
    Slow,
    /// A connection breaks after so many bytes to the server; so often, then no more.
    Cut(usize, usize),
}

/// Listens on a port of its own.
pub(crate) struct Proxy {
    port: u16,
    is_over: Arc<AtomicBool>,
    /// How many connections were cut.
    pub(crate) cuts: Arc<AtomicUsize>,
}

impl Proxy {
    pub(crate) fn start(server: &Path, wire: Wire) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (is_over, cuts) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let proxy = Self { port, is_over: Arc::clone(&is_over), cuts: Arc::clone(&cuts) };
        let server = server.to_owned();
        thread::spawn(move || {
            for client in listener.incoming() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                connect(client.unwrap(), &server, wire, &cuts);
            }
        });
        proxy
    }

    pub(crate) fn uri(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // It waits for a connection.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn connect(client: TcpStream, server: &PathBuf, wire: Wire, cuts: &Arc<AtomicUsize>) {
    let server = UnixStream::connect(server).unwrap();
    let (mut from_client, mut to_client) = (client.try_clone().unwrap(), client);
    let (mut from_server, mut to_server) = (server.try_clone().unwrap(), server);
    let cuts = Arc::clone(cuts);
    thread::spawn(move || {
        let passed = there(&mut from_client, &mut to_server, wire, &cuts);
        let _ = to_server.shutdown(Shutdown::Both);
        if passed.is_none() {
            let _ = from_client.shutdown(Shutdown::Both);
        }
    });
    thread::spawn(move || {
        let mut buffer = vec![0; 7777];
        while let Ok(count @ 1..) = from_server.read(&mut buffer) {
            if to_client.write_all(&buffer[..count]).is_err() {
                return;
            }
        }
        let _ = to_client.shutdown(Shutdown::Both);
    });
}

/// Passes on what a client sends; nothing if the wire was cut.
fn there(
    client: &mut TcpStream,
    server: &mut UnixStream,
    wire: Wire,
    cuts: &AtomicUsize,
) -> Option<()> {
    let mut buffer = vec![0; 16 << 10];
    let (mut passed, mut number) = (0, 0_usize);
    while let Ok(count @ 1..) = client.read(&mut buffer) {
        number += 1;
        let piece = if matches!(wire, Wire::Slow) { 1 + number % 997 } else { count };
        for bytes in buffer[..count].chunks(piece) {
            if matches!(wire, Wire::Slow) && number.is_multiple_of(50) {
                thread::sleep(Duration::from_millis(1));
            }
            server.write_all(bytes).ok()?;
        }
        passed += count;
        if let Wire::Cut(after, times) = wire
            && passed >= after
            && cuts.load(Ordering::Relaxed) < times
        {
            cuts.fetch_add(1, Ordering::Relaxed);
            return None;
        }
    }
    Some(())
}
