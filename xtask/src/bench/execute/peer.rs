//! A server that loads a log and saves what it then holds.

use std::cell::RefCell;
use std::error::Error;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Instant;

use aof_testkit::client::Client;
use aof_testkit::server::{Server, ServerKind};
use tempfile::TempDir;

use super::super::dumps::number;
use super::super::race::Mark;

/// How a server that only loads is started. It rewrites nothing.
const ARGS: [&str; 4] = ["--appendonly", "yes", "--auto-aof-rewrite-percentage", "0"];

/// The log is the base, which servers open for reading only; the last increment, which they open for more, is empty.
const MANIFEST: &str = "file appendonly.aof.1.base.aof seq 1 type b\n\
                        file appendonly.aof.1.incr.aof seq 1 type i\n";

/// What `rdbcompression` is, in the order of [`Ran::saves`].
const COMPRESSION: [&str; 2] = ["no", "yes"];

/// What a server holds. It is the same for two servers if their data are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::bench) struct Content {
    digest: String,
    keys: u64,
}

impl Content {
    /// What the server holds now.
    pub(in crate::bench) fn of(client: &mut Client) -> Result<Self, Box<dyn Error>> {
        let digest = client.command(&["DEBUG", "DIGEST"])?;
        if digest.is_error() {
            return Err(digest.text().into());
        }
        Ok(Self { digest: digest.text(), keys: number(client, &["DBSIZE"])? })
    }

    /// What is wrong with what another server holds.
    pub(in crate::bench) fn difference(&self, other: &Self) -> Option<String> {
        match other.keys == self.keys {
            false => Some(format!("{} keys of {}", other.keys, self.keys)),
            true => (other.digest != self.digest).then(|| "other values".to_owned()),
        }
    }
}

/// Seconds of one run, and its memory in bytes.
#[derive(Debug)]
struct Ran {
    load: f64,
    saves: [f64; 2],
    memory: u64,
}

/// A kind of server and a log.
pub(super) struct Peer<'a> {
    kind: ServerKind,
    log: &'a Path,
    folder: &'a Path,
    runs: RefCell<Vec<Ran>>,
}

impl<'a> Peer<'a> {
    /// It keeps its data below `folder`, on the disk of the log.
    pub(super) fn new(kind: ServerKind, log: &'a Path, folder: &'a Path) -> Self {
        Self { kind, log, folder, runs: RefCell::new(Vec::new()) }
    }

    /// One run. Returns the seconds of loading, and keeps the rest.
    pub(super) fn run(&self) -> Result<f64, Box<dyn Error>> {
        self.run_and(|_| Ok(())).map(|((), load)| load)
    }

    /// One run that also tells what the server holds.
    pub(super) fn reference(&self) -> Result<Content, Box<dyn Error>> {
        self.run_and(Content::of).map(|(content, _)| content)
    }

    fn run_and<T>(
        &self,
        ask: impl FnOnce(&mut Client) -> Result<T, Box<dyn Error>>,
    ) -> Result<(T, f64), Box<dyn Error>> {
        let room = self.laid_out()?;
        let begin = Instant::now();
        let server = Server::start(self.kind, room.path(), &ARGS)?;
        let load = begin.elapsed().as_secs_f64();
        let mut client = server.client()?;
        let memory = used_memory(&mut client)?;
        let mut saves = [0.0; 2];
        for (seconds, compression) in saves.iter_mut().zip(COMPRESSION) {
            *seconds = save(&mut client, compression)?;
        }
        let asked = ask(&mut client)?;
        self.runs.borrow_mut().push(Ran { load, saves, memory });
        Ok((asked, load))
    }

    /// A folder of data with the log in it.
    fn laid_out(&self) -> io::Result<TempDir> {
        let room = tempfile::tempdir_in(self.folder)?;
        let parts = room.path().join("appendonlydir");
        fs::create_dir(&parts)?;
        fs::hard_link(self.log, parts.join("appendonly.aof.1.base.aof"))?;
        File::create(parts.join("appendonly.aof.1.incr.aof"))?;
        fs::write(parts.join("appendonly.aof.manifest"), MANIFEST)?;
        Ok(room)
    }

    /// Loading and saving in all runs, uncompressed or compressed.
    pub(super) fn mark(&self, is_compressed: bool) -> Mark {
        let total = |ran: &Ran| ran.load + ran.saves[usize::from(is_compressed)];
        Mark(Ok(self.runs.borrow().iter().map(total).collect()))
    }

    /// What the server says that it used when it had loaded.
    pub(super) fn memory(&self) -> Option<u64> {
        self.runs.borrow().first().map(|ran| ran.memory)
    }
}

/// Seconds of saving, which ends with a flush.
fn save(client: &mut Client, compression: &str) -> Result<f64, Box<dyn Error>> {
    client.command(&["CONFIG", "SET", "rdbcompression", compression])?;
    let begin = Instant::now();
    let reply = client.command(&["SAVE"])?;
    match reply.is_error() {
        true => Err(reply.text().into()),
        false => Ok(begin.elapsed().as_secs_f64()),
    }
}

fn used_memory(client: &mut Client) -> Result<u64, Box<dyn Error>> {
    let info = client.command(&["INFO", "memory"])?.text();
    let value = info.lines().find_map(|line| line.strip_prefix("used_memory:"));
    Ok(value.ok_or("INFO says nothing of memory")?.trim().parse()?)
}

#[cfg(test)]
mod tests {
    use aof_testkit::Workload;
    use aof_testkit::server::skip_unless;

    use super::*;

    #[test]
    fn a_server_loads_the_log_saves_it_twice_and_leaves_it_as_it_was() {
        let kind = ServerKind::Redis70;
        if skip_unless(kind).is_none() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let bytes = Workload::Queue.bytes(1, 100_000);
        fs::write(&log, &bytes).unwrap();
        let peer = Peer::new(kind, &log, folder.path());
        let content = peer.reference().unwrap();
        assert!(peer.run().unwrap() > 0.0);
        for is_compressed in [false, true] {
            assert_eq!(peer.mark(is_compressed).0.unwrap().len(), 2);
        }
        assert!(content.keys > 0 && peer.memory() > Some(500_000));
        assert_eq!(fs::read(&log).unwrap(), bytes);
        // Nothing else is left.
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn content_differs_by_its_keys_or_by_their_values() {
        let content = |digest: &str, keys| Content { digest: digest.to_owned(), keys };
        let one = content("a", 2);
        assert_eq!(one.difference(&content("a", 2)), None);
        assert_eq!(one.difference(&content("b", 2)).unwrap(), "other values");
        assert_eq!(one.difference(&content("b", 1)).unwrap(), "1 keys of 2");
    }
}
