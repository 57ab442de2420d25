//! The RDB file that is measured: written by a real server, kept under `target/bench` from one run to the next.

mod load;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use aof_testkit::client::Client;
use aof_testkit::server::{Server, ServerKind};

use super::held::{Held, held};
use super::logs::SEED;
use load::Load;

/// Writes the file, with its defaults: its checker is the one that the goal names.
pub(super) const WRITER: ServerKind = ServerKind::Redis70;

/// What a table says of the file.
pub(super) const CONTENT: &str = "The file was written by Redis 7.0 with its defaults, so compressible values are compressed: numbers, strings from 8 to 40,000 bytes (letters, prose, any bytes), small and large hashes, lists, sets and sorted sets, sets of integers, streams with and without a group, expiries.";

/// A file on the disk.
#[derive(Debug)]
pub(super) struct Dump {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) keys: u64,
    /// What the server held that wrote it.
    pub(super) held: Held,
}

/// Has a server write a file of at least `mib` MiB, unless it is there.
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
    let bytes = fill(&mut client, &data.path().join("dump.rdb"), mib << 20)?;
    let keys = number(&mut client, &["DBSIZE"])?;
    let held = held(&mut client)?;
    fs::rename(data.path().join("dump.rdb"), &path)?;
    fs::File::open(&path)?.sync_all()?;
    fs::write(label, format!("{SEED}\t{mib}\t{bytes}\t{keys}\t{held}\n"))?;
    Ok(Dump { path, bytes, keys, held })
}

/// Sends keys until the file that is saved has at least so many bytes, and returns how many it has.
fn fill(client: &mut Client, file: &Path, bytes: u64) -> Result<u64, Box<dyn Error>> {
    let mut load = Load::new(SEED);
    let (mut sent, mut saved) = (0, 0);
    while saved < bytes {
        // How well the values compress is not known before the first of them are saved.
        let missing = match saved {
            0 => bytes,
            _ => ((bytes - saved) as f64 * 1.02 * sent as f64 / saved as f64) as u64,
        };
        sent += load.send(client, missing)?;
        let reply = client.command(&["SAVE"])?;
        if reply.is_error() {
            return Err(reply.text().into());
        }
        saved = fs::metadata(file)?.len();
    }
    Ok(saved)
}

/// The file and its label.
fn paths(folder: &Path) -> (PathBuf, PathBuf) {
    (folder.join("mixed.rdb"), folder.join("mixed.rdb.tsv"))
}

/// The file, if its label says that it is the one that is wanted, and it is as long as the label says.
fn find(folder: &Path, mib: u64) -> Option<Dump> {
    let (path, label) = paths(folder);
    let text = fs::read_to_string(label).ok()?;
    let (numbers, held) = text.trim_end().rsplit_once('\t')?;
    let numbers: Vec<u64> = numbers.split('\t').map_while(|it| it.parse().ok()).collect();
    let [seed, asked, bytes, keys] = numbers[..] else {
        return None;
    };
    let is_whole = fs::metadata(&path).is_ok_and(|it| it.len() == bytes);
    let held = Held::read(held)?;
    (seed == SEED && asked == mib && is_whole).then_some(Dump { path, bytes, keys, held })
}

/// A reply that is one.
pub(super) fn number(client: &mut Client, args: &[&str]) -> Result<u64, Box<dyn Error>> {
    let reply = client.command(args)?;
    let number = reply.integer().and_then(|number| u64::try_from(number).ok());
    number.ok_or_else(|| format!("{args:?}: {}", reply.text()).into())
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
        assert!(dump.bytes >= 1 << 20);
        // Strings; plain sets, hashes and sorted sets; sets of integers, packed hashes and sorted sets; lists;
        // streams.
        let types = Vec::from_iter(found.census.types.into_keys());
        assert_eq!(types, [0, 2, 4, 5, 11, 16, 17, 18, 19]);
        assert!(found.expiring > 0);

        let data = tempfile::tempdir().unwrap();
        fs::copy(&dump.path, data.path().join("dump.rdb")).unwrap();
        let server = Server::start(WRITER, data.path(), &[]).unwrap();
        assert_eq!(held(&mut server.client().unwrap()).unwrap(), dump.held);

        let again = find(folder.path(), 1).unwrap();
        assert_eq!((again.keys, again.held), (dump.keys, dump.held));
        assert!(find(folder.path(), 2).is_none());
        fs::write(&dump.path, &bytes[1..]).unwrap();
        assert!(find(folder.path(), 1).is_none());
    }
}
