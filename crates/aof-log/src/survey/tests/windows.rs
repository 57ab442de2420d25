//! Every moment of a rewrite at which a server may be stopped: nothing is worse than a note where it then loads
//! everything.

use super::super::Origin;
use super::Folder;
use crate::finding::Severity;

/// Base 1 with its increment, as a server writes them.
fn before() -> Folder {
    Folder::new().rdb("{}.1.base.rdb", 0, 0).written(0).log("{}.1.incr.aof", 50).written(90)
}

/// The same while base 2 is being made.
fn during() -> Folder {
    before().log("{}.2.incr.aof", 5).written(120)
}

/// Base 2, begun at 100 s and finished at 110 s.
fn with_base(folder: Folder) -> Folder {
    folder.rdb("{}.2.base.rdb", 50, 100).written(110)
}

fn check(window: &str, folder: &Folder, notes: &[(&str, &str)], best: &str) {
    assert!(folder.worst().is_none_or(|worst| worst == Severity::Note), "{window}: {folder:#?}");
    let found = folder.findings();
    let found: Vec<(&str, &str)> = found.iter().map(|(id, _, file)| (*id, file.as_str())).collect();
    assert_eq!(found, notes, "{window}");
    assert_eq!(folder.chains()[0], (Origin::Manifest, best.to_owned()), "{window}");
}

#[test]
fn a_set_at_rest_has_no_finding() {
    check("0", &before().manifest(&["b 1", "i 1"]), &[], "1.base.rdb 1.incr.aof");
}

#[test]
fn an_increment_that_was_made_and_not_named_yet_is_a_part_orphan_of_no_consequence() {
    let folder = before().empty("{}.2.incr.aof").written(99).manifest(&["b 1", "i 1"]);
    let notes = [("PART-ORPHAN", "{}.2.incr.aof")];
    check("1", &folder, &notes, "1.base.rdb 1.incr.aof");
}

#[test]
fn a_rewrite_that_has_begun_or_failed_leaves_one_more_increment() {
    let all = "1.base.rdb 1.incr.aof 2.incr.aof";
    let folder = before().empty("{}.2.incr.aof").manifest(&["b 1", "i 1", "i 2"]);
    check("2", &folder, &[], all);
    check("4f", &during().manifest(&["b 1", "i 1", "i 2"]), &[], all);
}

#[test]
fn what_a_rewrite_has_written_so_far_is_a_part_temp_leftover() {
    let folder = during().manifest(&["b 1", "i 1", "i 2"]).in_data();
    let folder = folder.rdb("temp-rewriteaof-bg-4711.aof", 50, 100).cut();
    let notes = [("PART-TEMP-LEFTOVER", "temp-rewriteaof-bg-4711.aof")];
    check("4", &folder, &notes, "1.base.rdb 1.incr.aof 2.incr.aof");
}

#[test]
fn a_base_that_is_finished_and_not_named_yet_is_a_note() {
    let folder = with_base(during()).manifest(&["b 1", "i 1", "i 2"]);
    let notes = [("PART-ORPHAN", "{}.2.base.rdb")];
    check("5", &folder, &notes, "1.base.rdb 1.incr.aof 2.incr.aof");
    let other = folder.chains()[1].clone();
    assert_eq!(other, (Origin::Names, "2.base.rdb 2.incr.aof".to_owned()));
}

#[test]
fn superseded_parts_that_the_manifest_calls_history_are_no_finding() {
    let history = ["b 2", "h 1 {}.1.base.rdb", "h 1", "i 2"];
    check("7", &with_base(during()).manifest(&history), &[], "2.base.rdb 2.incr.aof");
    let gone = Folder::new().rdb("{}.2.base.rdb", 50, 100).log("{}.2.incr.aof", 5).written(120);
    check("8, all deleted", &gone.manifest(&history), &[], "2.base.rdb 2.incr.aof");
}

#[test]
fn superseded_parts_that_nothing_names_any_more_are_notes() {
    let folder = with_base(during()).manifest(&["b 2", "i 2"]);
    let notes = [("PART-ORPHAN", "{}.1.base.rdb"), ("PART-ORPHAN", "{}.1.incr.aof")];
    check("8", &folder, &notes, "2.base.rdb 2.incr.aof");
    let history = folder.chains()[1].clone();
    assert_eq!(history, (Origin::History, "1.base.rdb 1.incr.aof 2.incr.aof".to_owned()));
}

#[test]
fn superseded_increments_of_failed_rewrites_are_notes_by_their_times() {
    let folder = Folder::new().log("{}.2.incr.aof", 5).written(90).log("{}.3.incr.aof", 5);
    let folder = folder.written(120).rdb("{}.2.base.rdb", 50, 100).written(110);
    let folder = folder.manifest(&["b 2", "i 3"]);
    check("8, failed", &folder, &[("PART-ORPHAN", "{}.2.incr.aof")], "2.base.rdb 3.incr.aof");
}

#[test]
fn a_first_start_that_was_interrupted_is_a_manifest_missing_of_no_consequence() {
    let folder = Folder::new().rdb("{}.1.base.rdb", 0, 0).empty("{}.1.incr.aof");
    assert_eq!(folder.findings(), [("MANIFEST-MISSING", Severity::Note, String::new())]);
}

#[test]
fn an_upgrade_that_was_interrupted_before_the_log_was_moved_misses_nothing() {
    let folder = Folder::new().in_data().log("{}", 20).manifest(&["b 1 {}"]);
    check("upgrade", &folder, &[], "{}");
    let moved = Folder::new().log("{}", 20).manifest(&["b 1 {}"]);
    check("upgraded", &moved, &[], "{}");
}

#[test]
fn a_manifest_that_was_not_put_in_its_place_is_a_note() {
    let folder = before().manifest(&["b 1", "i 1"]).file("temp-{}.manifest", 40, None);
    let notes = [("PART-TEMP-LEFTOVER", "temp-{}.manifest")];
    check("6", &folder, &notes, "1.base.rdb 1.incr.aof");
}
