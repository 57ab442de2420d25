//! Files that real servers wrote.

use std::collections::BTreeMap;
use std::fs;

use aof_testkit::server::{self, Product, Server, ServerKind, skip_unless};

use super::summary;
use crate::{Checksum, DefectKind, Dialect};

/// Keys and expiring keys by database, as `INFO keyspace` has them.
pub(super) type Keyspace = BTreeMap<u64, (u64, u64)>;

pub(super) fn run(server: &Server, line: &str) {
    let args: Vec<&str> = line.split(' ').collect();
    let reply = server.command(&args).unwrap();
    assert!(!reply.is_error(), "{line}: {}", reply.text());
}

/// Every type in every encoding that the server has, small and large.
pub(super) fn fill(server: &Server) {
    server::fill(server).unwrap();
}

fn keyspace(server: &Server) -> Keyspace {
    let text = server.command(&["INFO", "keyspace"]).unwrap().text();
    let lines = text.lines().filter_map(|line| line.strip_prefix("db")?.split_once(':'));
    let number = |fields: &str, name: &str| {
        let value = fields.split(',').find_map(|field| field.strip_prefix(name)).unwrap();
        value.parse().unwrap()
    };
    lines
        .map(|(db, fields)| {
            (db.parse().unwrap(), (number(fields, "keys="), number(fields, "expires=")))
        })
        .collect()
}

/// What the server says of itself, and the file that it writes.
pub(super) fn save(kind: ServerKind, args: &[&str]) -> (Keyspace, Vec<u8>) {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(kind, data.path(), args).unwrap();
    fill(&server);
    run(&server, "SAVE");
    (keyspace(&server), fs::read(data.path().join("dump.rdb")).unwrap())
}

fn version_of(kind: ServerKind) -> u16 {
    match kind {
        ServerKind::Redis62 => 9,
        ServerKind::Redis70 => 10,
        ServerKind::Redis82 => 12,
        ServerKind::Valkey81 => 11,
        ServerKind::Valkey91 => 80,
    }
}

fn check(kind: ServerKind, args: &[&str], checksum: Checksum) {
    if skip_unless(kind).is_none() {
        return;
    }
    let (expected, file) = save(kind, args);
    let found = summary(&file);
    assert_eq!(found.defect, None, "{kind}");
    assert_eq!(found.checksum, checksum, "{kind}");
    assert_eq!(found.end, file.len() as u64);
    let dbs: Keyspace = found.dbs.iter().map(|db| (db.number, (db.keys, db.expiring))).collect();
    assert_eq!(dbs, expected, "{kind}");
    assert!(found.dbs.iter().all(|db| db.announced == Some(db.keys)), "{kind}");
    let header = found.header.unwrap();
    let is_valkey = kind.product() == Product::Valkey && kind.version() >= (9, 0);
    assert_eq!(header.version, version_of(kind), "{kind}");
    assert_eq!(header.dialect == Dialect::Valkey, is_valkey, "{kind}");
    assert_eq!(found.functions, u64::from(kind.version() >= (7, 0)));
    let (major, minor) = kind.version();
    assert!(found.aux.server.unwrap().starts_with(&format!("{major}.{minor}.")));
    assert!(found.aux.created.is_some() && found.aux.used_memory.is_some());
    assert_eq!(found.aux.is_base, Some(false), "{kind}");
    let types: Vec<u8> = found.census.types.into_keys().collect();
    let expected = if args.is_empty() { types_of(kind) } else { unpacked_types_of(kind) };
    assert_eq!(types, expected, "{kind}");
}

/// Types in the file of a server with its own settings.
fn types_of(kind: ServerKind) -> &'static [u8] {
    match kind {
        ServerKind::Redis62 => &[0, 2, 4, 5, 11, 12, 13, 14, 15],
        ServerKind::Redis70 => &[0, 2, 4, 5, 11, 16, 17, 18, 19],
        ServerKind::Redis82 => &[0, 2, 4, 5, 11, 16, 17, 18, 20, 21, 24, 25],
        ServerKind::Valkey81 => &[0, 2, 4, 5, 11, 16, 17, 18, 20, 21],
        ServerKind::Valkey91 => &[0, 2, 4, 5, 11, 16, 17, 18, 20, 21, 22],
    }
}

/// The same, where hashes and sorted sets are never packed.
fn unpacked_types_of(kind: ServerKind) -> &'static [u8] {
    match kind {
        ServerKind::Redis62 => &[0, 2, 4, 5, 11, 14, 15],
        ServerKind::Redis70 => &[0, 2, 4, 5, 11, 18, 19],
        ServerKind::Redis82 => &[0, 2, 4, 5, 11, 18, 20, 21, 24],
        ServerKind::Valkey81 => &[0, 2, 4, 5, 11, 18, 20, 21],
        ServerKind::Valkey91 => &[0, 2, 4, 5, 11, 18, 20, 21, 22],
    }
}

#[test]
fn what_servers_save_is_walked_over_and_counted_as_they_count() {
    for kind in ServerKind::ALL {
        check(kind, &[], Checksum::Valid);
    }
}

#[test]
fn neither_compression_nor_checksum_nor_encodings_matter() {
    for kind in ServerKind::ALL {
        let plain = ["--rdbcompression", "no", "--rdbchecksum", "no"];
        let unpacked = ["--hash-max-ziplist-entries", "0", "--zset-max-ziplist-entries", "0"];
        let args = [plain, unpacked].concat();
        check(kind, &args, Checksum::Disabled);
    }
}

#[test]
fn a_saved_file_that_is_cut_is_torn_and_a_changed_bit_is_seen_by_the_checksum_at_least() {
    let kind = ServerKind::Redis70;
    if skip_unless(kind).is_none() {
        return;
    }
    let (_, mut file) = save(kind, &[]);
    for cut in (0..file.len()).step_by(file.len() / 300) {
        let kind = summary(&file[..cut]).defect.map(|it| it.kind);
        assert_eq!(kind, Some(DefectKind::Truncated), "cut at {cut}");
    }
    for place in (9..file.len()).step_by(file.len() / 300) {
        file[place] ^= 0x10;
        let found = summary(&file);
        let is_seen = found.defect.is_some() || matches!(found.checksum, Checksum::Wrong { .. });
        assert!(is_seen, "changed at {place}");
        file[place] ^= 0x10;
    }
}
