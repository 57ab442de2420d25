//! What a target says that takes nothing more, and what may be gone on from then.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aof_resp::frame;

use super::super::address::{Address, Login, Place};
use super::*;

type Store = Arc<Mutex<BTreeMap<Vec<u8>, Vec<u8>>>>;

/// A server that knows SET, GET and transactions, and refuses to set keys that begin with `full`.
fn serve(mut stream: UnixStream, store: &Store) {
    let (mut received, mut chunk) = (Vec::new(), vec![0; 4096]);
    let mut queue: Option<(Vec<Vec<Vec<u8>>>, bool)> = None;
    while let Ok(count @ 1..) = stream.read(&mut chunk) {
        received.extend_from_slice(&chunk[..count]);
        let (mut said, mut rest) = (Vec::new(), &received[..]);
        while let Ok((behind, command)) = frame(rest) {
            rest = behind;
            let args: Vec<Vec<u8>> = command.args().map(<[u8]>::to_vec).collect();
            let is_full = args[0] == b"SET" && args[1].starts_with(b"full");
            match (&args[0][..], &mut queue) {
                (b"MULTI", _) => {
                    queue = Some((Vec::new(), false));
                    said.extend_from_slice(b"+OK\r\n");
                }
                (b"EXEC", open) => match open.take() {
                    Some((commands, false)) => {
                        said.extend_from_slice(format!("*{}\r\n", commands.len()).as_bytes());
                        commands.iter().for_each(|args| said.extend(execute(args, store)));
                    }
                    _ => said.extend_from_slice(b"-EXECABORT it had errors\r\n"),
                },
                (_, Some((_, is_wrong))) if is_full => {
                    *is_wrong = true;
                    said.extend_from_slice(b"-OOM no memory\r\n");
                }
                (_, Some((commands, _))) => {
                    commands.push(args);
                    said.extend_from_slice(b"+QUEUED\r\n");
                }
                _ if is_full => said.extend_from_slice(b"-OOM no memory\r\n"),
                _ => said.extend(execute(&args, store)),
            }
        }
        let used = received.len() - rest.len();
        received.drain(..used);
        if stream.write_all(&said).is_err() {
            return;
        }
    }
}

fn execute(args: &[Vec<u8>], store: &Store) -> Vec<u8> {
    let mut store = store.lock().unwrap();
    match (&args[0][..], args) {
        (b"SET", [_, key, value]) => {
            store.insert(key.clone(), value.clone());
            b"+OK\r\n".to_vec()
        }
        (b"GET", [_, key]) => match store.get(key) {
            Some(value) => [format!("${}\r\n", value.len()).as_bytes(), value, b"\r\n"].concat(),
            None => b"$-1\r\n".to_vec(),
        },
        (b"WRONG", _) => b"-ERR wrong\r\n".to_vec(),
        _ => b"+OK\r\n".to_vec(),
    }
}

/// Has these batches sent, each of which is exact or plain and consists of these commands.
fn send(batches: &[(bool, &[&str])]) -> (End<()>, BTreeMap<Vec<u8>, Vec<u8>>) {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    let store = Store::default();
    let served = Arc::clone(&store);
    let server = std::thread::spawn(move || serve(listener.accept().unwrap().0, &served));
    let progress = Progress { run: "run".to_owned(), done: vec![0] };
    let end = run(vec![connection(&socket)], 2, &progress, |fleet| {
        for (number, (is_exact, commands)) in batches.iter().enumerate() {
            let mut batch = Batch::new(0, *is_exact);
            batch.select(number as u64 % 2);
            for line in *commands {
                let args: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
                let mut bytes = Vec::new();
                aof_resp::request(&args, &mut bytes);
                batch.push_own(number as u64, &bytes);
            }
            fleet.send(0, batch)?;
        }
        Ok(())
    });
    server.join().unwrap();
    let store = store.lock().unwrap().clone();
    (end, store)
}

fn connection(socket: &Path) -> Connection {
    let place = Place::Unix(socket.to_owned());
    let address = Address { place, login: Login::default(), tls: None };
    Connection::open(&address, Duration::from_secs(10)).unwrap()
}

fn marker_in(store: &BTreeMap<Vec<u8>, Vec<u8>>) -> Option<u64> {
    marker::done(std::str::from_utf8(store.get(marker::name(0).as_bytes())?).unwrap())
}

#[test]
fn everything_is_counted_and_the_marker_says_how_far_it_is() {
    let (end, store) = send(&[(false, &["SET a 1", "WRONG x"]), (true, &["SET b 2", "WRONG y"])]);
    assert!(end.result.is_ok() && end.is_resumable);
    assert_eq!((end.sums.sent, end.sums.acknowledged, end.sums.rejected), (4, 2, 2));
    let places: Vec<_> = end.sums.list.iter().map(|it| it.origin.clone()).collect();
    let at = |offset| Origin::Log { part: 0, offset };
    assert_eq!(places, [at(0), at(1)]);
    assert_eq!((store.len(), marker_in(&store)), (3, Some(2)));
}

#[test]
fn a_marker_goes_back_where_plain_commands_were_refused() {
    let (end, store) = send(&[(false, &["SET a 1"]), (false, &["SET full 1", "SET b 2"])]);
    let Err(Halt::Refused(refused)) = &end.result else { panic!("{:?}", end.result) };
    assert_eq!(refused.origin, Origin::Log { part: 0, offset: 1 });
    assert!(refused.reply.starts_with("OOM") && end.is_resumable);
    assert_eq!((marker_in(&store), store.contains_key(&b"b"[..])), (Some(1), true));
}

#[test]
fn a_transaction_that_was_refused_changes_nothing() {
    let (end, store) = send(&[(true, &["SET a 1"]), (true, &["SET b 2", "SET full 1"])]);
    assert!(matches!(end.result, Err(Halt::Refused(_))) && end.is_resumable);
    assert_eq!((marker_in(&store), store.contains_key(&b"b"[..])), (Some(1), false));
}

#[test]
fn nobody_goes_on_when_a_transaction_was_executed_behind_what_was_refused() {
    // All of them are under way before the first answer is there.
    let (end, store) = send(&[(false, &["SET full 1"]), (true, &["SET b 2"])]);
    assert!(matches!(end.result, Err(Halt::Refused(_))));
    assert_eq!(end.is_resumable, !store.contains_key(&b"b"[..]));
}
