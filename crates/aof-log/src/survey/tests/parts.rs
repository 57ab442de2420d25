//! Parts that are missing, out of order, torn, or of another moment.

use super::super::{Origin, Role};
use super::{Folder, NOW};
use crate::finding::{FindingId as Id, Severity};

fn three() -> Folder {
    let folder = Folder::new().rdb("{}.1.base.rdb", 3, 0).written(1);
    let folder = folder.log("{}.1.incr.aof", 50).written(90).log("{}.2.incr.aof", 7).written(200);
    folder.log("{}.3.incr.aof", 9).written(300)
}

const ALL: [&str; 4] = ["b 1", "i 1", "i 2", "i 3"];

fn without(mut folder: Folder, name: &str) -> Folder {
    let name = name.replace("{}", "appendonly.aof").into_bytes();
    folder.inventory.files.retain(|file| file.name != name);
    folder
}

#[test]
fn the_parts_stand_in_the_order_of_loading_then_what_lies_beside_them() {
    let folder = three().in_data().rdb("dump.rdb", 3, 0).rdb("temp-12.rdb", 1, 0).log("{}", 1);
    let folder = folder.manifest(&["i 2", "i 3", "b 1", "h 1"]);
    let parts = folder.survey().parts;
    let roles: Vec<(Role, Option<i64>)> = parts.iter().map(|part| (part.role, part.seq)).collect();
    assert_eq!(
        roles,
        [
            (Role::Base, Some(1)),
            (Role::Incr, Some(2)),
            (Role::Incr, Some(3)),
            (Role::History, Some(1)),
            (Role::Temp, None),
            (Role::Single, None),
            (Role::Rdb, None),
        ]
    );
}

#[test]
fn an_increment_that_is_not_there_is_a_part_missing_and_chains_stop_before_it_first() {
    let folder = without(three(), "{}.2.incr.aof").manifest(&ALL);
    let manifest = "{}.manifest".to_owned();
    assert_eq!(folder.findings(), [("PART-MISSING", Severity::Damage, manifest)]);
    assert_eq!(
        folder.chains(),
        [
            (Origin::Names, "1.base.rdb 1.incr.aof".to_owned()),
            (Origin::Names, "1.base.rdb 1.incr.aof 3.incr.aof".to_owned()),
        ]
    );
    assert_eq!(folder.survey().parts[2].file, None, "it has its place all the same");
}

#[test]
fn a_base_that_is_not_there_is_looked_for_elsewhere() {
    let folder = without(three(), "{}.1.base.rdb").manifest(&ALL).in_data();
    let folder = folder.rdb("dump.rdb", 3, 0).rdb("temp-rewriteaof-bg-1.aof", 3, 100);
    let message = folder.one(Id::PartMissing).message;
    assert!(message.ends_with("may be in temp-rewriteaof-bg-1.aof and dump.rdb"), "{message}");
    let origins: Vec<Origin> = folder.chains().into_iter().map(|(origin, _)| origin).collect();
    assert!(origins.contains(&Origin::Snapshot) && origins.contains(&Origin::Temp));
    let last = folder.survey().chains.pop().unwrap();
    assert_eq!(last.origin, Origin::Names);
    assert_eq!(last.reasons[0], "the base is missing: only what was written since is there");
}

#[test]
fn a_part_that_is_only_there_packed_counts_as_unpacked() {
    let folder = Folder::new().rdb("{}.1.base.rdb", 3, 0).packed().log("{}.1.incr.aof", 5);
    let some = folder.clone().manifest(&["b 1", "i 1"]);
    assert_eq!(some.findings(), [], "the note on the archive stands in the file");
    let archive = folder.packed().manifest(&["b 1", "i 1"]).packed();
    assert_eq!(archive.findings(), [], "an archive of a whole set misses nothing");
}

#[test]
fn a_manifest_without_a_base_misses_the_base() {
    let folder = three().manifest(&ALL[1..]);
    let ids: Vec<_> = folder.findings();
    assert_eq!(ids[0], ("PART-MISSING", Severity::Damage, "{}.manifest".to_owned()));
    assert_eq!(ids[1], ("PART-ORPHAN", Severity::Damage, "{}.1.base.rdb".to_owned()));
}

#[test]
fn a_number_that_is_neither_named_nor_there_is_a_part_seq_gap() {
    let folder = without(three(), "{}.2.incr.aof").manifest(&["b 1", "i 1", "i 3"]);
    let manifest = "{}.manifest".to_owned();
    assert_eq!(folder.findings(), [("PART-SEQ-GAP", Severity::Attention, manifest)]);
    let message = folder.one(Id::PartSeqGap).message;
    assert!(message.starts_with("increment 2 is neither named nor there"), "{message}");
    assert_eq!(three().manifest(&ALL).findings(), [], "no gap");
}

#[test]
fn a_part_in_the_middle_that_is_there_and_not_named_is_an_orphan_with_data() {
    let folder = three().manifest(&["b 1", "i 1", "i 3"]);
    let orphan = ("PART-ORPHAN", Severity::Damage, "{}.2.incr.aof".to_owned());
    assert_eq!(folder.findings(), [orphan]);
    let first = three().manifest(&["b 1", "i 2", "i 3"]);
    assert_eq!(first.findings()[0].1, Severity::Damage, "base 1 begins with increment 1");
}

fn torn(id: Id) -> Folder {
    let folder = Folder::new().rdb("{}.1.base.rdb", 3, 0).log("{}.1.incr.aof", 5).ends_in(id, 1);
    folder.log("{}.2.incr.aof", 2)
}

#[test]
fn a_part_that_is_torn_and_not_the_last_is_a_part_not_last_torn() {
    for id in [Id::AofTailTorn, Id::AofMultiOpen, Id::AofTailNul, Id::AofTailGarbage] {
        let found = torn(id).manifest(&["b 1", "i 1", "i 2"]).one(Id::PartNotLastTorn);
        assert_eq!((found.offset, found.length, found.loss.commands.max), (150, 12, 1), "{id}");
        let cuts = matches!(id, Id::AofTailTorn | Id::AofMultiOpen);
        assert_eq!(found.message.contains("says nothing"), cuts, "{}", found.message);
    }
    let chain = torn(Id::AofTailTorn).manifest(&["b 1", "i 1", "i 2"]).survey().chains.remove(0);
    assert_eq!((chain.origin, chain.links[1].to), (Origin::Manifest, 150));
    let said = "the last 12 bytes of appendonly.aof.1.incr.aof are left out".to_owned();
    assert!(chain.reasons.contains(&said), "{:?}", chain.reasons);
}

#[test]
fn the_last_part_may_be_torn_and_a_torn_annotation_stops_no_server_anywhere() {
    let last = Folder::new().rdb("{}.1.base.rdb", 3, 0).log("{}.1.incr.aof", 5);
    let last = last.ends_in(Id::AofTailTorn, 1).manifest(&["b 1", "i 1"]);
    assert_eq!(last.findings(), []);
    let annotation = Folder::new().rdb("{}.1.base.rdb", 3, 0).log("{}.1.incr.aof", 5);
    let annotation = annotation.ends_in(Id::AofTailTorn, 0).log("{}.2.incr.aof", 5);
    assert_eq!(annotation.manifest(&["b 1", "i 1", "i 2"]).findings(), []);
}

#[test]
fn without_a_manifest_the_names_tell_which_part_is_the_last() {
    let ids: Vec<_> = torn(Id::AofTailTorn).findings().into_iter().map(|(id, ..)| id).collect();
    assert_eq!(ids, ["MANIFEST-MISSING", "PART-NOT-LAST-TORN"]);
}

#[test]
fn offsets_that_cannot_be_are_a_part_offset_range() {
    let with = |line: usize, start: Option<i64>, end: Option<i64>| {
        let mut folder = three().manifest(&ALL);
        (folder.entry(line).start_offset, folder.entry(line).end_offset) = (start, end);
        folder.findings()
    };
    let found = [("PART-OFFSET-RANGE", Severity::Attention, "{}.manifest".to_owned())];
    assert_eq!(with(4, Some(100), Some(90)), found, "it ends before it begins");
    assert_eq!(with(4, Some(-1), None), found, "negative");
    assert_eq!(with(2, Some(5), Some(9)), found, "closed, and not the last");
    assert_eq!(with(4, Some(5), Some(6)), [], "offsets are no sizes");
    assert_eq!(with(2, Some(5), None), []);
}

#[test]
fn an_increment_that_begins_with_an_rdb_file_is_a_part_rdb_in_incr() {
    let folder = Folder::new().log("{}.1.incr.aof", 5).rdb("{}.1.base.rdb", 3, 0);
    let swapped = folder.manifest(&["b 1 {}.1.incr.aof", "i 1 {}.1.base.rdb"]);
    let found = swapped.one(Id::PartRdbInIncr);
    assert_eq!((found.offset, found.length), (0, 130));
    let resp = Folder::new().log("{}.1.base.aof", 5).log("{}.1.incr.aof", 3);
    assert_eq!(resp.manifest(&["b 1 {}.1.base.aof", "i 1"]).findings(), [], "a base of records");
}

#[test]
fn a_part_that_cannot_be_opened_is_a_part_unreadable() {
    let folder = Folder::new().rdb("{}.1.base.rdb", 3, 0).log("{}.1.incr.aof", 5).closed();
    let folder = folder.manifest(&["b 1", "i 1"]);
    let found = [("PART-UNREADABLE", Severity::Damage, "{}.1.incr.aof".to_owned())];
    assert_eq!(folder.findings(), found);
    let beside = three().manifest(&ALL).in_data().rdb("dump.rdb", 1, 0).closed();
    assert_eq!(beside.findings()[0].1, Severity::Attention, "nothing needs it");
}

#[test]
fn a_copy_that_a_rewrite_ran_through_is_a_snapshot_inconsistent() {
    let folder = Folder::new().rdb("{}.2.base.rdb", 50, 100).log("{}.2.incr.aof", 5).written(120);
    let folder = folder.manifest(&["b 1", "i 1", "i 2"]);
    let found = folder.one(Id::SnapshotInconsistent);
    assert_eq!(
        found.message,
        "the manifest names appendonly.aof.1.base.rdb and appendonly.aof.1.incr.aof, which are not \
         there, and does not name appendonly.aof.2.base.rdb, which is: the files are of different moments"
    );
    let best = folder.chains().remove(0);
    assert_eq!(best, (Origin::Names, "2.base.rdb 2.incr.aof".to_owned()));
}

#[test]
fn an_increment_older_than_its_base_is_a_snapshot_inconsistent() {
    let set = |last: u64| {
        let folder = Folder::new().rdb("{}.2.base.rdb", 50, 1000).log("{}.1.incr.aof", 5);
        folder.clock(10, last).manifest(&["b 2", "i 1"])
    };
    assert_eq!(set(900).findings()[0].0, "SNAPSHOT-INCONSISTENT");
    assert_eq!(set(990).findings(), [], "clocks differ by seconds");
    assert_eq!(set(1200).findings(), []);
}

#[test]
fn times_of_files_count_only_where_they_can_be_true() {
    let set = |base: u64| {
        let folder = Folder::new().rdb("{}.2.base.rdb", 50, 1000).written(base);
        folder.log("{}.1.incr.aof", 5).written(0).manifest(&["b 2", "i 1"]).findings()
    };
    assert_eq!(set(1010)[0].0, "SNAPSHOT-INCONSISTENT");
    assert_eq!(set(0), [], "an archive that sets all times to one moment proves nothing");
}

#[test]
fn a_clock_that_goes_back_from_part_to_part_is_told_at_the_later_part() {
    let set = |first: u64| {
        let folder = Folder::new().log("{}.1.incr.aof", 5).clock(0, 100);
        let folder = folder.log("{}.2.incr.aof", 5).clock(first, 300).rdb("{}.1.base.rdb", 1, 0);
        folder.manifest(&["b 1", "i 1", "i 2"])
    };
    let found = ("AOF-TS-BACKWARDS", Severity::Attention, "{}.2.incr.aof".to_owned());
    assert_eq!(set(50).findings(), [found]);
    assert!(set(50).one(Id::AofTsBackwards).message.contains(&(NOW + 50).to_string()));
    assert_eq!(set(100).findings(), [], "the same second");
}

#[test]
fn a_base_without_a_byte_is_an_rdb_empty_unless_it_was_to_hold_records() {
    let folder = Folder::new().empty("{}.1.base.rdb").log("{}.1.incr.aof", 5);
    let found = [("RDB-EMPTY", Severity::Damage, "{}.1.base.rdb".to_owned())];
    assert_eq!(folder.manifest(&["b 1", "i 1"]).findings(), found);
    let records = Folder::new().empty("{}.1.base.aof").log("{}.1.incr.aof", 5);
    assert_eq!(records.manifest(&["b 1 {}.1.base.aof", "i 1"]).findings(), []);
}
