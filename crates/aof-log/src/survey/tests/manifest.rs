//! Manifests that are not there, or that do not fit what is.

use super::super::Origin;
use super::Folder;
use crate::finding::{FindingId as Id, Severity};
use crate::manifest::{Dialect, ManifestFault, ReadManifest};

fn parts() -> Folder {
    Folder::new().rdb("{}.1.base.rdb", 3, 0).log("{}.1.incr.aof", 50).written(90)
}

#[test]
fn parts_without_a_manifest_are_a_manifest_missing_that_says_what_a_start_overwrites() {
    let folder = parts();
    assert_eq!(folder.findings(), [("MANIFEST-MISSING", Severity::Damage, String::new())]);
    assert_eq!(
        folder.one(Id::ManifestMissing).message,
        "2 parts are there, but there is no manifest: a server starts empty, replaces \
         appendonly.aof.1.base.rdb and appends to appendonly.aof.1.incr.aof"
    );
    let later = Folder::new().rdb("{}.2.base.rdb", 3, 0);
    assert_eq!(
        later.one(Id::ManifestMissing).message,
        "1 part is there, but there is no manifest: a server starts empty"
    );
}

#[test]
fn a_manifest_of_comments_names_nothing_either() {
    let folder = parts().manifest(&[]);
    let found = folder.one(Id::ManifestMissing);
    assert_eq!((found.severity, found.length), (Severity::Damage, 40));
    assert!(found.message.contains("manifest names none of them"), "{}", found.message);
    assert_eq!(Folder::new().manifest(&[]).findings(), [], "there is nothing to name");
}

#[test]
fn without_a_manifest_the_names_make_the_chain() {
    assert_eq!(parts().chains(), [(Origin::Names, "1.base.rdb 1.incr.aof".to_owned())]);
}

#[test]
fn a_single_log_is_taken_in_the_place_of_parts_without_a_manifest() {
    let folder = parts().in_data().log("{}", 5);
    let message = folder.one(Id::ManifestMissing).message;
    assert!(message.contains("a server takes appendonly.aof of the data folder"), "{message}");
}

#[test]
fn a_manifest_without_a_byte_is_a_manifest_empty() {
    let folder = parts().read_manifest(ReadManifest::default(), 0);
    assert_eq!(folder.findings(), [("MANIFEST-EMPTY", Severity::Damage, "{}.manifest".to_owned())]);
}

#[test]
fn each_fault_of_a_manifest_is_a_manifest_syntax_at_its_line() {
    let folder = parts().faulty_manifest(&[(0, 11), (11, 29)]);
    let survey = folder.survey();
    let places: Vec<_> = survey
        .findings
        .iter()
        .map(|placed| (placed.finding.id.as_str(), placed.finding.offset, placed.finding.length))
        .collect();
    assert_eq!(places, [("MANIFEST-SYNTAX", 0, 11), ("MANIFEST-SYNTAX", 11, 29)]);
    assert!(survey.findings[0].finding.message.ends_with("a line has no line end"));
    assert_eq!(folder.chains()[0].0, Origin::Names);
}

#[test]
fn a_manifest_that_cannot_be_opened_is_a_part_unreadable_and_not_missing() {
    let folder = parts().file("{}.manifest", 40, None).closed();
    assert_eq!(
        folder.findings(),
        [("PART-UNREADABLE", Severity::Damage, "{}.manifest".to_owned())]
    );
}

#[test]
fn a_manifest_older_than_the_parts_is_a_manifest_stale() {
    let folder = parts().log("{}.2.incr.aof", 7).written(200).manifest(&["b 1", "i 1"]);
    assert_eq!(
        folder.findings(),
        [
            ("MANIFEST-STALE", Severity::Damage, "{}.manifest".to_owned()),
            ("PART-ORPHAN", Severity::Damage, "{}.2.incr.aof".to_owned()),
        ]
    );
    assert_eq!(folder.one(Id::PartOrphan).loss.commands.min, 7);
    let best = folder.chains().remove(0);
    assert_eq!(best, (Origin::Names, "1.base.rdb 1.incr.aof 2.incr.aof".to_owned()));
}

#[test]
fn a_later_base_with_increments_makes_the_manifest_stale_too() {
    let folder = parts().rdb("{}.5.base.rdb", 9, 1000).log("{}.8.incr.aof", 4).written(2000);
    let folder = folder.manifest(&["b 1", "i 1"]);
    let ids: Vec<_> = folder.findings().into_iter().map(|(id, ..)| id).collect();
    assert_eq!(ids, ["MANIFEST-STALE", "PART-ORPHAN", "PART-ORPHAN"]);
    let best = folder.chains().remove(0);
    assert_eq!(best, (Origin::Names, "5.base.rdb 8.incr.aof".to_owned()));
}

#[test]
fn a_set_that_was_begun_anew_beside_an_older_one_is_not_stale() {
    let folder = Folder::new().rdb("{}.1.base.rdb", 0, 5000).log("{}.1.incr.aof", 2).written(5100);
    let folder = folder.rdb("{}.5.base.rdb", 900, 1000).log("{}.8.incr.aof", 40).written(4000);
    let folder = folder.manifest(&["b 1", "i 1"]);
    assert_eq!(
        folder.findings(),
        [
            ("PART-ORPHAN", Severity::Damage, "{}.5.base.rdb".to_owned()),
            ("PART-ORPHAN", Severity::Damage, "{}.8.incr.aof".to_owned()),
        ]
    );
    let chains = folder.chains();
    assert_eq!(chains[0].1, "5.base.rdb 8.incr.aof", "{chains:?}");
    assert!(chains.contains(&(Origin::Manifest, "1.base.rdb 1.incr.aof".to_owned())));
}

#[test]
fn a_line_at_which_only_some_servers_end_leaves_the_manifest_what_it_is() {
    let mut folder = parts().manifest(&["b 1", "i 1"]);
    let (_, read) = folder.inventory.manifest.as_mut().unwrap();
    let dialects = vec![Dialect::Valkey9];
    read.faults.push(ManifestFault {
        offset: 3,
        length: 9,
        line: 1,
        dialects,
        ..ManifestFault::default()
    });
    let found = folder.one(Id::ManifestSyntax);
    assert!(found.message.contains("at which Valkey 9.0 and later end"), "{}", found.message);
    assert_eq!(folder.chains()[0].0, Origin::Manifest);
}

#[test]
fn a_file_that_two_lines_name_is_told_once() {
    let folder = parts().manifest(&["b 1", "i 1", "i 2 {}.1.incr.aof"]);
    assert_eq!(
        folder.findings(),
        [("SET-AMBIGUOUS", Severity::Attention, "{}.manifest".to_owned())]
    );
    assert_eq!(folder.chains()[0].0, Origin::Names, "no chain lists a file twice");
}
