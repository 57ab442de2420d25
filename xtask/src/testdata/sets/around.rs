//! What lies around a set: another log, files of another moment, nothing, or a configuration.

use std::error::Error;
use std::path::PathBuf;

use aof_testkit::server::ServerKind;
use aof_testkit::set::Snapshot;

use super::rdb::dump;
use super::{
    Folders, MANIFEST, Made, in_set, length, manifest_lines, set, set_manifest, set_with_history,
};
use crate::testdata::session::log;
use crate::testdata::workload::orders;

const CONF: &str = "redis.conf";

fn with_conf(folder: &Snapshot, text: &str) -> Snapshot {
    let mut folder = folder.clone();
    folder.insert(PathBuf::from(CONF), text.as_bytes().to_vec());
    folder
}

pub(super) fn ambiguous() -> Made {
    let kind = ServerKind::Valkey91;
    let single = PathBuf::from("appendonly.aof");
    let old = log(ServerKind::Redis62, &[], &orders(1, 4))?.bytes;
    let mut damaged = set(kind, 1)?;
    damaged.insert(single.clone(), old.clone());
    let place = (0, old.len() as u64);
    let near_miss = [(single.clone(), old)].into_iter().collect();
    let made = "the log of a redis 6.2 lies beside the set; in the near miss it lies alone";
    Ok(Folders::new("SET-AMBIGUOUS", kind, damaged, near_miss, made)?.at(&single, place))
}

pub(super) fn inconsistent() -> Made {
    let kind = ServerKind::Redis70;
    let mut near_miss = set_with_history(kind, 1)?;
    let (base, incr) = ("appendonly.aof.1.base.rdb", "appendonly.aof.1.incr.aof");
    let new = manifest_lines(&near_miss).into_iter().filter(|line| line.ends_with(" type i"));
    let old = [format!("file {base} seq 1 type b"), format!("file {incr} seq 1 type i")];
    let lines: Vec<String> = old.into_iter().chain(new).collect();
    set_manifest(&mut near_miss, &lines);
    let mut damaged = near_miss.clone();
    damaged.remove(&in_set(base));
    damaged.remove(&in_set(incr));
    let made = "a copy that took the manifest before a rewrite was done and the parts after it; \
                in the near miss the superseded parts are there";
    Ok(Folders::new("SNAPSHOT-INCONSISTENT", kind, damaged, near_miss, made)?
        .findings(&["PART-MISSING", "PART-MISSING", "PART-ORPHAN", "SNAPSHOT-INCONSISTENT"])
        .near_miss_findings(&["PART-ORPHAN"]))
}

pub(super) fn repair_interrupted() -> Made {
    let kind = ServerKind::Redis70;
    let room = PathBuf::from(".aof-doctor");
    let mut near_miss = set(kind, 1)?;
    near_miss.insert(room.join("lock"), Vec::new());
    let mut damaged = near_miss.clone();
    let unfinished = room.join("20261124T101500.000Z-4711").join("new").join("0");
    damaged.insert(unfinished, b"*2\r\n$6\r\nSELECT\r\n".to_vec());
    let made = "a repair was killed while it wrote its first new file; in the near miss no repair \
        was begun";
    Folders::new("REPAIR-INTERRUPTED", kind, damaged, near_miss, made)
}

pub(super) fn empty() -> Made {
    let kind = ServerKind::Redis70;
    let damaged = with_conf(&Snapshot::new(), "maxmemory 100mb\n");
    let near_miss = dump(kind, &[], &[])?;
    let made = "no file of a server but its configuration; the near miss has the dump of a \
        server without data";
    Folders::new("DATA-DIR-EMPTY", kind, damaged, near_miss, made)
}

pub(super) fn starts_empty() -> Made {
    let kind = ServerKind::Redis70;
    let data = dump(kind, &[], &orders(1, 4))?;
    let file = PathBuf::from("dump.rdb");
    let place = (0, length(&data, &file));
    let (damaged, near_miss) =
        (with_conf(&data, "appendonly yes\n"), with_conf(&data, "appendonly no\n"));
    let made =
        "a dump.rdb and a configuration with appendonly yes; the near miss says appendonly no";
    Ok(Folders::new("SERVER-STARTS-EMPTY", kind, damaged, near_miss, made)?
        .at(&file, place)
        .conf(CONF))
}

fn configured(id: &'static str, kind: ServerKind, confs: [&str; 2], made: &'static str) -> Made {
    let whole = set(kind, 1)?;
    let [damaged, near_miss] = confs.map(|text| with_conf(&whole, text));
    Ok(Folders::new(id, kind, damaged, near_miss, made)?.conf(CONF))
}

pub(super) fn will_resync() -> Made {
    let confs = [
        "appendonly yes\nreplicaof 192.0.2.1 6379\n",
        "appendonly yes\n# replicaof 192.0.2.1 6379\n",
    ];
    let made = "the configuration names a primary; in the near miss that line is a comment";
    configured("SERVER-WILL-RESYNC", ServerKind::Redis82, confs, made)
}

pub(super) fn drops_exec() -> Made {
    let confs = [
        "appendonly yes\nuser default on nopass ~* &* +@read\n",
        "appendonly yes\nuser default on nopass ~* &* +@all\n",
    ];
    let kind = ServerKind::Valkey81;
    has_transactions(&set(kind, 1)?)?;
    let made = "the default user may only read, and the log has transactions; \
                in the near miss it may do everything";
    configured("CONF-ACL-DROPS-EXEC", kind, confs, made)
}

fn has_transactions(folder: &Snapshot) -> Result<(), Box<dyn Error>> {
    let log = folder.get(&in_set("appendonly.aof.2.incr.aof")).ok_or("no increment")?;
    let has = log.windows(4).any(|bytes| bytes.eq_ignore_ascii_case(b"EXEC"));
    if has { Ok(()) } else { Err(format!("no transaction behind {MANIFEST}").into()) }
}
