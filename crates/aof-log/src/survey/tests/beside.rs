//! What lies beside the set.

use super::super::Origin;
use super::Folder;
use crate::finding::{FindingId as Id, Severity};
use crate::inventory::Scope;

fn set() -> Folder {
    let folder = Folder::new().rdb("{}.1.base.rdb", 3, 0).log("{}.1.incr.aof", 50).written(90);
    folder.manifest(&["b 1", "i 1"])
}

#[test]
fn a_whole_rewrite_is_a_part_temp_leftover_that_can_serve_as_a_base() {
    let folder = set().in_data().rdb("temp-rewriteaof-12.aof", 9, 100);
    let message = folder.one(Id::PartTempLeftover).message;
    assert!(message.ends_with("190 bytes: it is whole, and can serve as a base"), "{message}");
    let cut = set().in_data().rdb("temp-rewriteaof-12.aof", 9, 100).cut();
    assert!(cut.one(Id::PartTempLeftover).message.ends_with("140 bytes: no server reads it"));
    assert!(cut.chains().iter().all(|(origin, _)| *origin != Origin::Temp));
}

#[test]
fn what_was_logged_while_the_log_was_switched_on_is_worth_attention() {
    let folder =
        Folder::new().log("temp-{}.incr", 8).in_data().rdb("temp-rewriteaof-bg-9.aof", 9, 0);
    let found = folder.findings();
    assert_eq!(found[0], ("PART-TEMP-LEFTOVER", Severity::Attention, "temp-{}.incr".to_owned()));
    let best = folder.chains().remove(0);
    assert_eq!(best, (Origin::Temp, "temp-rewriteaof-bg-9.aof temp-incr".to_owned()));
    let empty = set().empty("temp-{}.incr");
    assert_eq!(empty.worst(), Some(Severity::Note));
}

#[test]
fn a_single_log_beside_a_set_is_a_set_ambiguous() {
    let folder = set().in_data().log("{}", 20);
    assert_eq!(folder.findings(), [("SET-AMBIGUOUS", Severity::Attention, "{}".to_owned())]);
    assert_eq!(set().in_data().empty("{}").worst(), Some(Severity::Note));
    let alone = Folder::new().in_data().log("{}", 20).rdb("dump.rdb", 3, 0);
    assert_eq!(alone.findings(), [], "that is how servers before 7.0 leave it");
}

#[test]
fn a_second_set_in_the_folder_is_a_set_ambiguous_once() {
    let folder = set().rdb("other.1.base.rdb", 3, 0).file("other.manifest", 40, None);
    let found = [("SET-AMBIGUOUS", Severity::Attention, "other.manifest".to_owned())];
    assert_eq!(folder.findings(), found);
    assert!(
        folder.one(Id::SetAmbiguous).message.starts_with("2 files lie here of a set called other")
    );
}

#[test]
fn two_bases_of_one_number_are_ambiguous_unless_a_manifest_decides() {
    let two = Folder::new().rdb("{}.1.base.rdb", 3, 0).log("{}.1.base.aof", 9);
    let found = two.findings();
    assert_eq!(found[1], ("SET-AMBIGUOUS", Severity::Attention, "{}.1.base.aof".to_owned()));
    let decided = two.manifest(&["b 1"]);
    let found = [("SET-AMBIGUOUS", Severity::Note, "{}.1.base.aof".to_owned())];
    assert_eq!(decided.findings(), found);
}

#[test]
fn an_archive_beside_its_part_is_a_note_if_they_are_alike() {
    let twin = |records: u64| {
        let folder = set().log("{}.1.incr.aof", records).packed();
        folder.findings().into_iter().map(|(id, severity, _)| (id, severity)).collect::<Vec<_>>()
    };
    assert_eq!(twin(50), [("SET-AMBIGUOUS", Severity::Note)]);
    assert_eq!(twin(60), [("SET-AMBIGUOUS", Severity::Attention)]);
}

#[test]
fn parts_outside_of_their_folder_are_orphans() {
    let folder = Folder::new().in_data().rdb("{}.1.base.rdb", 3, 0);
    assert_eq!(folder.findings(), [("PART-ORPHAN", Severity::Damage, "{}.1.base.rdb".to_owned())]);
}

#[test]
fn a_folder_without_a_file_of_a_server_is_a_data_dir_empty() {
    let nothing = [("DATA-DIR-EMPTY", Severity::Note, String::new())];
    assert_eq!(Folder::new().findings(), nothing);
    assert_eq!(Folder::new().in_data().file("redis.conf", 9, None).findings(), nothing);
    assert_eq!(Folder::new().in_data().rdb("dump.rdb", 3, 0).findings(), []);
}

#[test]
fn a_file_by_itself_is_its_own_chain_and_has_no_neighbours_to_judge() {
    let mut log = Folder::new().log("{}.7.incr.aof", 9).ends_in(Id::AofTailTorn, 1);
    log.inventory.scope = Scope::File;
    assert_eq!(log.findings(), []);
    assert_eq!(log.chains(), [(Origin::Single, "7.incr.aof".to_owned())]);
    let mut rdb = Folder::new().rdb("{}.7.base.rdb", 9, 0);
    rdb.inventory.scope = Scope::File;
    assert_eq!(rdb.chains(), [(Origin::Snapshot, "7.base.rdb".to_owned())]);
}
