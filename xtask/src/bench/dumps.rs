//! The RDB file that is measured: written by a real server, kept under `target/bench` from one run to the next.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use aof_testkit::Rng;
use aof_testkit::client::Client;
use aof_testkit::server::{Server, ServerKind};

use super::logs::SEED;

/// Writes the file: its checker is the one that the goal names.
const WRITER: ServerKind = ServerKind::Redis70;

/// So many commands are sent at once.
const BATCH: usize = 500;

/// A file on the disk.
#[derive(Debug)]
pub(super) struct Dump {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) keys: u64,
}

/// Has a server write the file with about `mib` MiB of values, unless it is there.
pub(super) fn make(folder: &Path, mib: u64) -> Result<Dump, Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    if let Some(dump) = find(folder, mib) {
        return Ok(dump);
    }
    println!("having {WRITER} write a file");
    let (path, label) = paths(folder);
    let data = tempfile::tempdir_in(folder)?;
    let server = Server::start(WRITER, data.path(), &[])?;
    let mut client = server.client()?;
    fill(&mut client, mib << 20)?;
    let keys = number(&mut client, &["DBSIZE"])?;
    let saved = client.command(&["SAVE"])?;
    if saved.is_error() {
        return Err(saved.text().into());
    }
    fs::rename(data.path().join("dump.rdb"), &path)?;
    fs::File::open(&path)?.sync_all()?;
    let bytes = fs::metadata(&path)?.len();
    fs::write(label, format!("{SEED}\t{mib}\t{bytes}\t{keys}\n"))?;
    Ok(Dump { path, bytes, keys })
}

/// The file and its label.
fn paths(folder: &Path) -> (PathBuf, PathBuf) {
    (folder.join("mixed.rdb"), folder.join("mixed.rdb.tsv"))
}

/// The file, if its label says that it is the one that is wanted, and it is as long as the label says.
fn find(folder: &Path, mib: u64) -> Option<Dump> {
    let (path, label) = paths(folder);
    let text = fs::read_to_string(label).ok()?;
    let numbers: Vec<u64> = text.split_whitespace().map_while(|it| it.parse().ok()).collect();
    let [seed, asked, bytes, keys] = numbers[..] else {
        return None;
    };
    let is_whole = fs::metadata(&path).is_ok_and(|it| it.len() == bytes);
    (seed == SEED && asked == mib && is_whole).then_some(Dump { path, bytes, keys })
}

fn number(client: &mut Client, args: &[&str]) -> Result<u64, Box<dyn Error>> {
    let reply = client.command(args)?;
    let number = reply.integer().and_then(|number| u64::try_from(number).ok());
    number.ok_or_else(|| format!("{args:?}: {}", reply.text()).into())
}

/// Sends commands until their arguments have so many bytes.
fn fill(client: &mut Client, bytes: u64) -> Result<(), Box<dyn Error>> {
    let mut load = Load { rng: Rng::new(SEED), serial: 0 };
    let mut sent = 0;
    while sent < bytes {
        let commands: Vec<Vec<Vec<u8>>> = (0..BATCH).map(|_| load.command()).collect();
        sent += commands.iter().flatten().map(|arg| arg.len() as u64).sum::<u64>();
        if let Some(error) = client.pipeline(&commands)?.iter().find(|reply| reply.is_error()) {
            return Err(error.text().into());
        }
    }
    Ok(())
}

/// Makes commands, each of which writes a key of its own.
struct Load {
    rng: Rng,
    serial: u64,
}

impl Load {
    /// Strings of several sizes most often, some with an expiry; numbers; small and large collections.
    fn command(&mut self) -> Vec<Vec<u8>> {
        self.serial += 1;
        match self.rng.below(100) {
            0..25 => self.set(&[(8, 40)], false),
            25..40 => self.set(&[(8, 100)], true),
            40..50 => self.set(&[(200, 1500)], false),
            50..51 => self.set(&[(4000, 40_000)], false),
            51..60 => vec![
                b"SET".to_vec(),
                self.key("counter"),
                self.rng.below(1 << 40).to_string().into(),
            ],
            60..75 => self.collection("HSET", 2, 24),
            75..83 => self.collection("RPUSH", 1, 30),
            83..90 => self.collection("SADD", 1, 20),
            90..96 => self.zset(30),
            96..97 => self.collection("HSET", 2, 2000),
            97..98 => self.zset(1000),
            98..99 => self.collection("SADD", 1, 1500),
            _ => self.stream(),
        }
    }

    fn key(&mut self, kind: &str) -> Vec<u8> {
        format!("{kind}:{:08}", self.serial).into_bytes()
    }

    fn text(&mut self, sizes: (usize, usize)) -> Vec<u8> {
        let mut text = Vec::new();
        let size = self.rng.between(sizes.0, sizes.1);
        self.rng.text(&mut text, size);
        text
    }

    fn set(&mut self, sizes: &[(usize, usize)], is_expiring: bool) -> Vec<Vec<u8>> {
        let sizes = *self.rng.pick(sizes);
        let mut command = vec![b"SET".to_vec(), self.key("user"), self.text(sizes)];
        if is_expiring {
            // Far ahead: nothing may expire before it is saved.
            let at = 4_000_000_000_000 + self.rng.below(1_000_000_000);
            command.extend([b"PXAT".to_vec(), at.to_string().into()]);
        }
        command
    }

    /// Up to `most` elements of `parts` texts each.
    fn collection(&mut self, name: &str, parts: usize, most: usize) -> Vec<Vec<u8>> {
        let mut command = vec![name.as_bytes().to_vec(), self.key(name)];
        for _ in 0..self.rng.between(1, most) * parts {
            command.push(self.text((4, 24)));
        }
        command
    }

    fn zset(&mut self, most: usize) -> Vec<Vec<u8>> {
        let mut command = vec![b"ZADD".to_vec(), self.key("board")];
        for _ in 0..self.rng.between(1, most) {
            let score = self.rng.below(1_000_000) as f64 / 8.0;
            command.extend([score.to_string().into(), self.text((4, 24))]);
        }
        command
    }

    fn stream(&mut self) -> Vec<Vec<u8>> {
        let mut command = vec![b"XADD".to_vec(), self.key("events"), b"1-1".to_vec()];
        for _ in 0..self.rng.between(1, 12) * 2 {
            command.push(self.text((4, 40)));
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use aof_testkit::server::skip_unless;

    use super::*;

    #[test]
    fn a_file_is_written_by_a_server_and_found_again_only_whole() {
        if skip_unless(WRITER).is_none() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let dump = make(folder.path(), 1).unwrap();
        let bytes = fs::read(&dump.path).unwrap();
        let found = aof_rdb::walk(&mut &bytes[..], 0, &mut |_| true).unwrap();
        assert_eq!((found.defect, found.keys), (None, dump.keys));
        // Strings; plain sets, hashes and sorted sets; packed hashes and sorted sets; lists; streams.
        assert_eq!(Vec::from_iter(found.census.types.into_keys()), [0, 2, 4, 5, 16, 17, 18, 19]);
        assert!(found.expiring > 0);

        assert_eq!(find(folder.path(), 1).unwrap().keys, dump.keys);
        assert!(find(folder.path(), 2).is_none());
        fs::write(&dump.path, &bytes[1..]).unwrap();
        assert!(find(folder.path(), 1).is_none());
    }
}
