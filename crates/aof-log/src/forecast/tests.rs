//! What needs no server: scopes, settings that only change what is said, and what forecasts come to.

use aof_rdb::walk;

use super::*;
use crate::content::{Content, Format};
use crate::diagnosis::Diagnosis;
use crate::inventory::{File, Inventory, Scope};
use crate::loader::{Ending, Loading, PartView, load};
use crate::server::Product;
use crate::{FindingId, Policy, diagnose, manifest};

const SET: &[u8] = b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n";
const RDB: &[u8] =
    b"REDIS0009\xfa\x08used-mem\xc2\x00\x00\x10\x00\xfe\x00\x00\x01k\x01v\xff\0\0\0\0\0\0\0\0";
const REDIS_6_2: Server = Server::new(Product::Redis, 6, 2);
const REDIS_7_0: Server = Server::new(Product::Redis, 7, 0);

fn file(place: Place, name: &str, bytes: &[u8]) -> File {
    let is_rdb = bytes.starts_with(b"REDIS");
    let format = match bytes.is_empty() {
        true => Format::Empty,
        false if is_rdb => Format::Rdb,
        false => Format::Resp,
    };
    let content = Content {
        rdb: is_rdb.then(|| walk(&mut &bytes[..], 0, &mut |_| true).unwrap()),
        log: (format == Format::Resp).then(|| diagnose(bytes, &Policy::default(), &())),
        ..Content::new(format, bytes.len() as u64)
    };
    File {
        place,
        name: name.into(),
        disk_name: name.into(),
        disk_bytes: bytes.len() as u64,
        modified: None,
        content: (!name.ends_with(".manifest")).then_some(content),
        unreadable: None,
    }
}

fn inventory(scope: Scope, files: Vec<File>) -> Inventory {
    let has_set = files.iter().any(|file| file.place == Place::Set);
    let set_folder = has_set.then(|| b"appendonlydir".to_vec());
    Inventory { scope, set_folder, prefix: b"appendonly.aof".to_vec(), files, manifest: None }
}

fn told(inventory: &Inventory, server: Server, conf: &Conf) -> Forecast {
    forecast(inventory, server, conf, &mut |ask| {
        let log: &Diagnosis =
            inventory.files[ask.file].content.as_ref().unwrap().log.as_ref().unwrap();
        let part = PartView { len: ask.len, records_from: 0, is_last: ask.is_last, log };
        let bytes = SET.repeat(log.commands as usize);
        load(&mut &bytes[..], &part, ask.server, conf).unwrap()
    })
}

fn outcomes(told: &Forecast) -> Vec<Outcome> {
    told.starts.iter().map(|start| start.outcome).collect()
}

#[test]
fn a_file_alone_is_what_a_server_would_find_under_its_own_name() {
    let log = inventory(Scope::File, vec![file(Place::Data, "copy.aof", SET)]);
    let told_of_log = told(&log, REDIS_7_0, &Conf::default());
    assert_eq!(outcomes(&told_of_log), [Outcome::LoadsEverything; 2]);
    assert_eq!(told_of_log.starts[0].changes[0].what, Changed::MovedIntoSet);
    assert_eq!(told_of_log.starts[0].changes[0].name, b"appendonly.aof");
    let rdb = inventory(Scope::File, vec![file(Place::Data, "copy.rdb", RDB)]);
    let told_of_rdb = told(&rdb, REDIS_7_0, &Conf::default());
    assert_eq!(outcomes(&told_of_rdb), [Outcome::LoadsEverything; 2]);
    assert!(told_of_rdb.starts[0].changes.is_empty());
    assert!(!loses_data(&told_of_rdb));
}

#[test]
fn without_a_configuration_a_log_is_on_if_there_is_one() {
    let dump = || file(Place::Data, "dump.rdb", RDB);
    let alone = inventory(Scope::DataFolder, vec![dump()]);
    assert_eq!(outcomes(&told(&alone, REDIS_7_0, &Conf::default())), [Outcome::LoadsEverything; 2]);
    let temp = file(Place::Set, "temp-appendonly.aof.incr", SET);
    let left = inventory(Scope::DataFolder, vec![dump(), temp]);
    assert_eq!(outcomes(&told(&left, REDIS_7_0, &Conf::default())), [Outcome::LoadsEverything; 2]);
    let single = file(Place::Data, "appendonly.aof", b"");
    let log = inventory(Scope::DataFolder, vec![dump(), single]);
    assert_eq!(outcomes(&told(&log, REDIS_7_0, &Conf::default())), [Outcome::StartsEmpty; 2]);
}

#[test]
fn an_ignored_rdb_file_is_a_finding_and_that_saving_overwrites_it_is_said() {
    let found = inventory(Scope::DataFolder, vec![file(Place::Data, "dump.rdb", RDB)]);
    let conf = Conf { appendonly: Some(true), ..Conf::default() };
    let told = told(&found, REDIS_7_0, &conf);
    assert!(loses_data(&told));
    assert!(told.why.contains("and then dump.rdb is overwritten"), "{}", told.why);
    let findings = findings(&[told], &found);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].file, Some(0));
    assert_eq!(findings[0].finding.id, FindingId::ServerStartsEmpty);
    assert!(findings[0].finding.message.contains("dump.rdb"));
}

#[test]
fn an_old_server_that_does_not_see_parts_is_a_finding_only_if_nobody_else_is_asked_about() {
    let text = "file appendonly.aof.1.incr.aof seq 1 type i\n";
    let parts = vec![
        file(Place::Set, "appendonly.aof.1.incr.aof", SET),
        file(Place::Set, "appendonly.aof.manifest", text.as_bytes()),
    ];
    let mut found = inventory(Scope::DataFolder, parts);
    found.manifest = Some((1, manifest::read(text.as_bytes())));
    let [old, new] = [REDIS_6_2, REDIS_7_0].map(|server| told(&found, server, &Conf::default()));
    assert_eq!(outcomes(&old), [Outcome::StartsEmpty; 2]);
    assert_eq!(outcomes(&new), [Outcome::LoadsEverything; 2]);
    assert!(findings(&[old.clone(), new], &found).is_empty());
    assert_eq!(findings(&[old], &found).len(), 1);
}

#[test]
fn a_missing_manifest_has_a_finding_of_its_own() {
    let parts = vec![file(Place::Set, "appendonly.aof.1.incr.aof", SET)];
    let found = inventory(Scope::SetFolder, parts);
    let told = told(&found, REDIS_7_0, &Conf::default());
    assert_eq!(outcomes(&told), [Outcome::StartsEmpty, Outcome::LoadsEverything]);
    assert!(loses_data(&told) && findings(&[told], &found).is_empty());
}

#[test]
fn what_a_primary_or_a_limit_of_memory_does_later_is_said() {
    let found = inventory(Scope::DataFolder, vec![file(Place::Data, "dump.rdb", RDB)]);
    let replica_of = Some("10.0.0.1 6379".to_owned());
    let conf = Conf { replica_of, maxmemory: 1 << 16, ..Conf::default() };
    let told = told(&found, REDIS_7_0, &conf);
    assert!(told.why.contains("replica of 10.0.0.1 6379"), "{}", told.why);
    assert!(told.why.contains("1048576 bytes of memory, and maxmemory is 65536"), "{}", told.why);
}

#[test]
fn what_nobody_looked_at_is_not_foretold() {
    let mut found = inventory(Scope::File, vec![file(Place::Data, "appendonly.aof", SET)]);
    let newer = Server::new(Product::Redis, 99, 0);
    assert_eq!(told(&found, newer, &Conf::default()).basis, Basis::Unknown);
    found.files[0].content = None;
    found.files[0].unreadable = Some("permission denied".to_owned());
    let told = told(&found, REDIS_7_0, &Conf::default());
    assert!(told.starts.is_empty() && told.basis == Basis::Unknown && !loses_data(&told));
}

#[test]
fn a_loader_is_asked_the_same_thing_once() {
    let found = inventory(Scope::File, vec![file(Place::Data, "appendonly.aof", SET)]);
    let mut asked = 0;
    let _ = forecast(&found, REDIS_6_2, &Conf::default(), &mut |ask| {
        asked += 1;
        let why = String::new();
        let (effective, left) = (ask.len, ask.len);
        Loading { ending: Ending::Whole, effective, commands: 1, left, goes_on: true, why }
    });
    assert_eq!(asked, 1);
}
