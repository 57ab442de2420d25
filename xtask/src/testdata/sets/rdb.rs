//! RDB files that are cut, changed, joined or padded, and records behind one.

use std::error::Error;
use std::path::PathBuf;

use aof_testkit::naive;
use aof_testkit::server::{Server, ServerKind};
use aof_testkit::set::{SetBuilder, Snapshot, snapshot};

use super::{Folders, Made};
use crate::testdata::session::Argv;
use crate::testdata::workload::{lines, orders, say};

const FILE: &str = "dump.rdb";

/// Bytes of the checksum at the end of an RDB file.
const CHECKSUM: usize = 8;

/// A data folder with the dump of these commands' data, and nothing else.
pub(super) fn dump(
    kind: ServerKind,
    args: &[&str],
    commands: &[Argv],
) -> Result<Snapshot, Box<dyn Error>> {
    let room = tempfile::tempdir()?;
    let args = [&["--appendonly", "no", "--rdbcompression", "no"][..], args].concat();
    let mut server = Server::start(kind, room.path(), &args).map_err(|error| error.to_string())?;
    let mut client = server.client()?;
    for argv in commands.iter().chain(&[say("SAVE")]) {
        let reply = client.command(argv)?;
        if reply.is_error() {
            return Err(reply.text().into());
        }
    }
    server.shutdown_nosave()?;
    let mut folder = snapshot(room.path())?;
    folder.retain(|path, _| path.as_os_str() == FILE);
    Ok(folder)
}

fn small(kind: ServerKind) -> Result<Snapshot, Box<dyn Error>> {
    let commands = ["SET greeting good-morning", "SET farewell good-night", "RPUSH queue a b c"];
    dump(kind, &[], &lines(&commands))
}

fn bytes(folder: &mut Snapshot) -> &mut Vec<u8> {
    folder.entry(PathBuf::from(FILE)).or_default()
}

fn find(bytes: &[u8], what: &[u8]) -> Result<usize, Box<dyn Error>> {
    let found = bytes.windows(what.len()).position(|window| window == what);
    found.ok_or_else(|| format!("no {} in the dump", what.escape_ascii()).into())
}

fn fixture(
    id: &'static str,
    kind: ServerKind,
    damaged: Snapshot,
    near_miss: Snapshot,
    (offset, length): (usize, usize),
    made: &'static str,
) -> Made {
    let fixture = Folders::new(id, kind, damaged, near_miss, made)?;
    Ok(fixture.at(&PathBuf::from(FILE), (offset as u64, length as u64)).among_rdb_files())
}

pub(super) fn empty() -> Made {
    let kind = ServerKind::Redis62;
    let damaged = [(PathBuf::from(FILE), Vec::new())].into_iter().collect();
    let near_miss = dump(kind, &[], &[])?;
    let made = "a file without a byte; the near miss is the dump of a server without data";
    fixture("RDB-EMPTY", kind, damaged, near_miss, (0, 0), made)
}

pub(super) fn truncated() -> Made {
    let kind = ServerKind::Redis62;
    let whole = small(kind)?;
    let mut damaged = whole.clone();
    let left = bytes(&mut damaged);
    let value = find(left, b"good-morning")?;
    left.truncate(value + 4);
    // The type, the length of the key, the key and the length of the value stand before the value.
    let record = value - 1 - "greeting".len() - 1 - 1;
    let place = (record, value + 4 - record);
    let made = "cut behind the fourth byte of a value; the near miss is whole";
    fixture("RDB-TRUNCATED", kind, damaged, whole, place, made)
}

pub(super) fn crc() -> Made {
    let kind = ServerKind::Redis62;
    let whole = small(kind)?;
    let mut damaged = whole.clone();
    let changed = bytes(&mut damaged);
    let value = find(changed, b"good-morning")?;
    changed[value + 6] ^= 0x20;
    changed[value + 9] ^= 0x01;
    let place = (changed.len() - CHECKSUM, CHECKSUM);
    let made = "two bits of a value were changed; the near miss is as it was written";
    fixture("RDB-CRC", kind, damaged, whole, place, made)
}

pub(super) fn crc_bitflip() -> Made {
    let kind = ServerKind::Redis62;
    let whole = small(kind)?;
    let mut damaged = whole.clone();
    let changed = bytes(&mut damaged);
    let value = find(changed, b"good-morning")?;
    changed[value + 6] ^= 0x20;
    let made = "one bit of a value was changed; the near miss is as it was written";
    fixture("RDB-CRC-BITFLIP", kind, damaged, whole, (value + 6, 1), made)
}

pub(super) fn expired() -> Made {
    let kind = ServerKind::Redis62;
    let commands = |millis: &str| {
        let expiring = format!("SET session 42 {millis}");
        lines(&["DEBUG SET-ACTIVE-EXPIRE 0", "SET greeting good-morning", &expiring])
    };
    let mut damaged =
        dump(kind, &[], &[&commands("PX 1")[..], &[say("DEBUG SLEEP 0.05")]].concat())?;
    let near_miss = dump(kind, &[], &commands("PXAT 4102444800000"))?;
    let place = (0, bytes(&mut damaged).len());
    let made = "a key expired before it was saved; in the near miss it does so in the year 2100";
    fixture("RDB-EXPIRED", kind, damaged, near_miss, place, made)
}

pub(super) fn duplicate_key() -> Made {
    let kind = ServerKind::Redis62;
    let near_miss = dump(kind, &[], &lines(&["SET order:1 first", "SET order:2 second"]))?;
    let mut damaged = near_miss.clone();
    let changed = bytes(&mut damaged);
    let (one, two) = (find(changed, b"\x00\x07order:1")?, find(changed, b"\x00\x07order:2")?);
    changed[two + 8] = b'1';
    let end = changed.len() - CHECKSUM;
    let checksum = aof_rdb::crc64(&changed[..end]).to_le_bytes();
    changed[end..].copy_from_slice(&checksum);
    let made = "a key was given the name of another, and the file a right checksum; the near miss is as it was written";
    fixture("RDB-DUPLICATE-KEY", kind, damaged, near_miss, (one.max(two), 0), made)
}

pub(super) fn crc_disabled() -> Made {
    let kind = ServerKind::Redis62;
    let commands = lines(&["SET greeting good-morning"]);
    let mut damaged = dump(kind, &["--rdbchecksum", "no"], &commands)?;
    let near_miss = dump(kind, &[], &commands)?;
    let place = (bytes(&mut damaged).len() - CHECKSUM, CHECKSUM);
    let made = "written with rdbchecksum no; the near miss with yes";
    fixture("RDB-CRC-DISABLED", kind, damaged, near_miss, place, made)
}

pub(super) fn value_bad() -> Made {
    let kind = ServerKind::Redis62;
    let whole = small(kind)?;
    let mut damaged = whole.clone();
    let changed = bytes(&mut damaged);
    let record = find(changed, b"\x00\x08greeting")?;
    changed[record] = 99;
    let place = (record, changed.len() - record);
    let made = "the type of a key was changed to 99; the near miss is as it was written";
    fixture("RDB-VALUE-BAD", kind, damaged, whole, place, made)
}

pub(super) fn version() -> Made {
    let (kind, old) = (ServerKind::Valkey91, ServerKind::Redis62);
    let (damaged, near_miss) = (small(kind)?, small(old)?);
    let made =
        "the dump of a valkey 9.1, which no Redis reads; the near miss is that of a redis 6.2";
    fixture("RDB-VERSION", kind, damaged, near_miss, (0, 9), made)
}

pub(super) fn module() -> Made {
    let kind = ServerKind::Redis82;
    let vector = say("VADD points VALUES 3 0.1 1.2 0.5 first");
    let mut damaged = dump(kind, &[], &[say("SET greeting good-morning"), vector])?;
    let near_miss = small(ServerKind::Redis62)?;
    let key = find(bytes(&mut damaged), b"\x06points")?;
    let made = "a vector set stands in it, which is the data of a module; the near miss has none";
    fixture("RDB-MODULE", kind, damaged, near_miss, (key - 1, 0), made)
}

pub(super) fn concatenated() -> Made {
    let kind = ServerKind::Redis62;
    let (first, second) = (small(kind)?, dump(kind, &[], &orders(1, 2))?);
    let mut damaged = first;
    let joined = bytes(&mut damaged);
    let seam = joined.len();
    joined.extend(second.values().flatten());
    let place = (seam, joined.len() - seam);
    let mut near_miss = preamble(&orders(1, 3), &orders(4, 2))?;
    near_miss.retain(|path, _| path.as_os_str() == "appendonly.aof");
    let made = "two dumps, one behind the other; in the near miss records stand behind an RDB file";
    fixture("RDB-CONCATENATED", kind, damaged, near_miss, place, made)
}

pub(super) fn trailing_nul() -> Made {
    let kind = ServerKind::Redis62;
    let whole = small(kind)?;
    let mut damaged = whole.clone();
    let padded = bytes(&mut damaged);
    let end = padded.len();
    padded.resize(end.next_multiple_of(512), 0);
    let place = (end, padded.len() - end);
    let made = "zero bytes up to a multiple of 512; the near miss ends with its checksum";
    fixture("RDB-TRAILING-NUL", kind, damaged, whole, place, made)
}

/// A log in one file that begins with an RDB file.
fn preamble(before: &[Argv], behind: &[Argv]) -> Result<Snapshot, Box<dyn Error>> {
    let builder = SetBuilder::new(ServerKind::Redis62).setting("aof-use-rdb-preamble", "yes");
    let data = builder.write(before).rewrite().write(behind).build();
    Ok(snapshot(data.map_err(|error| error.to_string())?.path())?)
}

pub(super) fn preamble_tail() -> Made {
    let kind = ServerKind::Redis62;
    let file = PathBuf::from("appendonly.aof");
    let mut folder =
        preamble(&orders(1, 3), &lines(&["SET greeting good-morning", "INCR visits"]))?;
    folder.retain(|path, _| *path == file);
    let whole = folder.get(&file).cloned().ok_or("no log")?;
    let first = find(&whole, b"*2\r\n$6\r\nSELECT")?;
    let parsed = naive::parse(&whole[first..]);
    let second = parsed.frames.get(1).map(|frame| first + frame.offset).ok_or("one record")?;
    let cut = |at: usize| [(file.clone(), whole[..at].to_vec())].into_iter().collect::<Snapshot>();
    let (damaged, near_miss) = (cut(first + 9), cut(second));
    let made = "cut inside the first record behind the RDB file; the near miss is cut behind it";
    Ok(Folders::new("AOF-PREAMBLE-TAIL", kind, damaged, near_miss, made)?
        .at(&file, (first as u64, 9))
        .among_rdb_files())
}
