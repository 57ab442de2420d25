//! The long text on a finding.

use aof_log::FindingId;

use super::room::Room;

#[test]
fn every_finding_has_its_page() {
    let room = Room::new();
    for id in FindingId::ALL {
        let told = room.run(&["explain", id.as_str()]);
        assert_eq!(told.code, Some(0), "{id}: {}", told.err);
        assert!(told.out.starts_with(&format!("{id}\n\n")), "{}", told.out);
        assert!(told.out.lines().count() > 3, "{id} has no text: {}", told.out);
        assert!(!told.out.contains("\n## "), "{id} runs into the next: {}", told.out);
    }
}

#[test]
fn an_id_may_be_typed_in_small_letters() {
    let room = Room::new();
    let small = room.run(&["explain", "aof-gap"]);
    assert_eq!(small.code, Some(0));
    assert_eq!(small.out, room.run(&["explain", "AOF-GAP"]).out);
}

#[test]
fn an_unknown_id_is_a_usage_error_that_names_the_nearest() {
    let told = Room::new().run(&["explain", "AOF-GAPP"]);
    assert_eq!(told.code, Some(16));
    assert_eq!(told.out, "");
    assert!(told.err.contains("'AOF-GAP'"), "{}", told.err);
}
