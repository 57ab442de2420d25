//! Repairs of a log in one file.

use std::fs::{self, OpenOptions};
use std::path::Path;

use serde_json::Value;

use super::room::{Room, Told, clean, holed, torn};

pub(super) const LOG: &str = "appendonly.aof";

/// Nobody is asked, and nobody writes to the files of a story.
pub(super) const APPLY: [&str; 3] = ["--apply", "--yes", "--i-stopped-the-server"];

/// Runs `repair` with these options.
pub(super) fn repair(room: &Room, path: &str, options: &[&str]) -> Told {
    let args: Vec<&str> = ["repair", path].iter().chain(options).copied().collect();
    room.run(&args)
}

/// Repairs in place with these options besides.
pub(super) fn apply(room: &Room, path: &str, options: &[&str]) -> Told {
    let options: Vec<&str> = APPLY.iter().chain(options).copied().collect();
    repair(room, path, &options)
}

pub(super) fn read(room: &Room, name: &str) -> Vec<u8> {
    fs::read(room.path().join(name)).unwrap()
}

fn json(told: &Told) -> Value {
    serde_json::from_str(&told.out).unwrap_or_else(|error| panic!("{error}: {told:?}"))
}

#[test]
fn a_plan_says_what_it_costs_and_changes_nothing() {
    let room = Room::new();
    let path = room.file(LOG, &torn(5));
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    let told = repair(&room, LOG, &[]);
    assert_eq!(told.code, Some(4), "{told:?}");
    assert!(told.out.contains("Keeps   5 commands") && told.out.contains("Loses   1 command"));
    let next = told.last_line();
    assert!(next.contains("aof-doctor repair 'appendonly.aof' --apply"), "{next}");
    assert_eq!(read(&room, LOG), torn(5));
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
    assert!(!room.path().join(".aof-doctor").exists());
}

#[test]
fn a_torn_record_is_cut_and_kept_in_quarantine() {
    let room = Room::new();
    room.file(LOG, &torn(5));
    let told = apply(&room, LOG, &["--json"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert_eq!(read(&room, LOG), clean(4));
    let document = json(&told);
    let quarantine = Path::new(document["applied"]["quarantine"].as_str().unwrap()).to_path_buf();
    let kept = zstd::decode_all(&*fs::read(quarantine.join("0.zst")).unwrap()).unwrap();
    assert_eq!(kept, torn(5)[clean(4).len()..]);
    let label: Value =
        serde_json::from_slice(&fs::read(quarantine.join("0.json")).unwrap()).unwrap();
    assert_eq!(label["source"], LOG);
    assert_eq!(label["spans"][0]["offset"], clean(4).len());
    assert_eq!(label["spans"][0]["finding"], "AOF-TAIL-TORN");
    assert_eq!(document["applied"]["verdict"], "clean");
}

#[test]
fn a_long_log_is_judged_again_by_its_end_and_a_check_says_the_same() {
    let room = Room::new();
    let mut log = aof_testkit::LogBuilder::new();
    log.select(0).command(&["FLUSHALL"]).command(&["SET", "large", &"x".repeat(70 << 20)]);
    log.multi().command(&["SET", "never", "1"]);
    let bytes = [log.finish().bytes, b"*3\r\n$3\r\nSE".to_vec()].concat();
    room.file(LOG, &bytes);
    let told = apply(&room, LOG, &["--json"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    let document = json(&told);
    let check = room.run(&["check", "--json", LOG]);
    let check: Value = serde_json::from_str(&check.out).unwrap();
    assert_eq!(document["applied"]["verdict"], check["verdict"]);
    assert_eq!(document["applied"]["findings"], check["findings"], "{document:#}");
    let text = room.run(&["undo", "--yes", LOG]);
    assert_eq!(text.code, Some(0), "{text:?}");
    assert!(read(&room, LOG) == bytes);
    let told = apply(&room, LOG, &[]);
    let commands = check["totals"]["commands"].as_u64().unwrap();
    assert!(told.out.contains(&format!("clean, {commands} commands")), "{}", told.out);
}

#[test]
fn a_sound_log_is_left_alone() {
    let room = Room::new();
    room.file(LOG, &clean(5));
    let told = apply(&room, LOG, &[]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.out.starts_with("NOTHING TO DO"), "{}", told.out);
    assert_eq!(read(&room, LOG), clean(5));
}

#[test]
fn records_behind_damage_are_a_choice_that_yes_does_not_make() {
    let room = Room::new();
    room.file(LOG, &holed());
    for options in [&[][..], &APPLY] {
        let told = repair(&room, LOG, options);
        assert_eq!(told.code, Some(4), "{told:?}");
        assert!(told.out.starts_with("CHOOSE"), "{}", told.out);
        assert!(told.out.contains("keeps 102 commands") && told.out.contains("keeps 51 commands"));
        assert!(told.out.contains("--salvage") && told.out.contains("--cut"));
        assert_eq!(read(&room, LOG), holed());
    }
}

#[test]
fn salvage_keeps_both_sides_and_cut_the_first() {
    for (option, records) in [("--salvage", 103), ("--cut", 51)] {
        let room = Room::new();
        room.file(LOG, &holed());
        let told = apply(&room, LOG, &[option, "--max-loss", "100cmds"]);
        assert_eq!(told.code, Some(1), "{told:?}");
        let check = room.json("copy.aof", &read(&room, LOG));
        assert_eq!(check["totals"]["commands"], records, "{option}");
        assert_eq!(check["verdict"], "clean");
    }
}

#[test]
fn where_nobody_is_asked_only_the_torn_end_may_be_lost() {
    let room = Room::new();
    room.file(LOG, &holed());
    let told = apply(&room, LOG, &["--cut"]);
    assert_eq!(told.code, Some(4), "{told:?}");
    assert!(told.out.contains("--max-loss 87cmds"), "{}", told.out);
    assert_eq!(read(&room, LOG), holed());
}

#[test]
fn all_limits_must_hold() {
    let room = Room::new();
    room.file(LOG, &holed());
    for limits in ["86cmds,1GB", "100cmds,10b", "100cmds,0s"] {
        let told = apply(&room, LOG, &["--cut", "--max-loss", limits]);
        assert_eq!(told.code, Some(4), "{limits}: {told:?}");
        assert_eq!(read(&room, LOG), holed());
    }
    let told = apply(&room, LOG, &["--cut", "--max-loss", "87cmds,1GB"]);
    assert_eq!(told.code, Some(1), "{told:?}");
}

#[test]
fn a_saved_plan_is_applied_as_it_was_saved() {
    let room = Room::new();
    room.file(LOG, &holed());
    let plan = repair(&room, LOG, &["--salvage", "--json"]);
    room.file("plan.json", plan.out.as_bytes());
    let told = apply(&room, LOG, &["--plan", "plan.json", "--max-loss", "40cmds"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    let again = apply(&room, LOG, &["--plan", "plan.json", "--max-loss", "40cmds"]);
    assert_eq!(again.code, Some(8), "{again:?}");
    assert!(again.err.contains("is not what it was when the plan was made"), "{}", again.err);
}

#[test]
fn a_plan_is_refused_if_the_bytes_before_a_cut_changed() {
    let room = Room::new();
    let path = room.file(LOG, &torn(5));
    let plan = repair(&room, LOG, &["--json"]);
    room.file("plan.json", plan.out.as_bytes());
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    let mut other = torn(5);
    let at = other.len() - 60;
    other[at] ^= 1;
    {
        use std::os::unix::fs::FileExt;
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.write_all_at(&other, 0).unwrap();
        file.set_modified(time).unwrap();
    }
    let told = apply(&room, LOG, &["--plan", "plan.json"]);
    assert_eq!(told.code, Some(8), "{told:?}");
    assert_eq!(read(&room, LOG), other);
}

#[test]
fn preen_cures_padding_and_nothing_else() {
    let room = Room::new();
    room.file(LOG, &[clean(5), vec![0; 300]].concat());
    let told = apply(&room, LOG, &["--preen"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert_eq!(read(&room, LOG), clean(5));
    for damaged in [torn(5), holed(), [torn(5), vec![0; 300]].concat()] {
        room.file(LOG, &damaged);
        let told = apply(&room, LOG, &["--preen"]);
        assert_eq!(told.code, Some(4), "{told:?}");
        assert_eq!(read(&room, LOG), damaged);
    }
}

#[test]
fn a_file_that_somebody_writes_to_is_not_repaired() {
    let room = Room::new();
    let path = room.file(LOG, &torn(5));
    let writer = room.holder(&path);
    let told = apply(&room, LOG, &[]);
    assert_eq!(told.code, Some(8), "{told:?}");
    assert!(told.err.contains(&format!("pid {}", writer.id())), "{}", told.err);
    assert_eq!(read(&room, LOG), torn(5));
}

#[test]
fn a_file_with_another_name_is_not_cut_but_copied() {
    let room = Room::new();
    let path = room.file(LOG, &torn(5));
    fs::hard_link(&path, room.path().join("backup.aof")).unwrap();
    let told = apply(&room, LOG, &[]);
    assert_eq!(told.code, Some(8), "{told:?}");
    assert!(told.err.contains("2 names") && told.err.contains("-o DIR"), "{}", told.err);
    let told = repair(&room, LOG, &["-o", "copy"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert_eq!(read(&room, "copy/appendonly.aof"), clean(4));
    assert_eq!(read(&room, LOG), torn(5));
}

#[test]
fn a_copy_is_written_beside_what_it_is_made_of_and_never_over_anything() {
    let room = Room::new();
    room.file(LOG, &holed());
    fs::create_dir(room.path().join("taken")).unwrap();
    room.file("taken/precious", b"precious");
    let told = repair(&room, LOG, &["--salvage", "-o", "taken"]);
    assert_eq!(told.code, Some(8), "{told:?}");
    assert_eq!(read(&room, "taken/precious"), b"precious");
    let told = repair(&room, LOG, &["--salvage", "-o", "copy", "--quarantine", "kept"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert_eq!(read(&room, LOG), holed());
    let kept = zstd::decode_all(&*read(&room, "kept/0.zst")).unwrap();
    assert_eq!(kept, vec![0; 512]);
}

#[test]
fn a_packed_log_is_repaired_into_a_copy() {
    let room = Room::new();
    let packed = zstd::encode_all(&holed()[..], 1).unwrap();
    room.file("appendonly.aof.zst", &packed);
    let told = repair(&room, "appendonly.aof.zst", &["--salvage", "-o", "copy"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    let check = room.json("copy.aof", &read(&room, "copy/appendonly.aof"));
    assert_eq!((&check["verdict"], &check["totals"]["commands"]), (&"clean".into(), &103.into()));
    let told = apply(&room, "appendonly.aof.zst", &["--salvage", "--max-loss", "40cmds"]);
    assert!(told.out.contains("use -o DIR"), "{told:?}");
    assert_eq!(read(&room, "appendonly.aof.zst"), packed);
}

#[test]
fn logs_that_were_joined_are_split_in_a_copy_only() {
    let room = Room::new();
    let (first, mut second) = (clean(5), aof_testkit::LogBuilder::new());
    second.timestamp(1_600_000_000).select(0).command(&["SET", "other", "1"]);
    let second = second.finish().bytes;
    let joined = [&first[..], &second].concat();
    room.file(LOG, &joined);
    let told = apply(&room, LOG, &[]);
    assert_eq!(told.code, Some(4), "{told:?}");
    assert!(told.out.contains("-o DIR"), "{}", told.out);
    assert_eq!(read(&room, LOG), joined);
    let told = repair(&room, LOG, &["-o", "copy"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert_eq!(read(&room, "copy/appendonly-1.aof"), first);
    assert_eq!(read(&room, "copy/appendonly-2.aof"), second);

    let preamble = super::set::base();
    let joined = [&first[..], &preamble, &second].concat();
    room.file(LOG, &joined);
    let told = repair(&room, LOG, &["-o", "copy-2"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert_eq!(read(&room, "copy-2/appendonly-1.aof"), first);
    assert_eq!(read(&room, "copy-2/appendonly-2.aof"), [&preamble[..], &second].concat());
}

#[test]
fn records_that_a_named_server_refuses_are_left_out() {
    let room = Room::new();
    let mut log = super::room::log(5);
    log.command(&["HSETEX", "h", "FIELDS", "1", "f", "v"]).command(&["SET", "last", "1"]);
    room.file(LOG, &log.finish().bytes);
    let told = apply(&room, LOG, &["--for", "redis:7.0", "--max-loss", "1cmds", "--json"]);
    let document = json(&told);
    assert_eq!(document["plan"]["left_out"][0]["finding"], "AOF-CMD-UNKNOWN", "{document:#}");
    assert_eq!(document["plan"]["kept_commands"], 7, "{document:#}");
    let gate = room.run(&["check", "--gate", "redis:7.0", LOG]);
    assert_eq!(gate.code, Some(0), "{gate:?}");
}

#[test]
fn a_record_with_too_few_arguments_is_left_out_for_any_server() {
    let room = Room::new();
    let mut log = super::room::log(3);
    log.command(&["SET", "lonely"]).command(&["SET", "last", "1"]);
    room.file(LOG, &log.finish().bytes);
    let told = apply(&room, LOG, &["--for", "redis:7.2", "--max-loss", "1cmds", "--json"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    let document = json(&told);
    assert_eq!(document["plan"]["left_out"][0]["finding"], "AOF-CMD-ARITY", "{document:#}");
    assert_eq!(document["plan"]["unresolved"], Value::Array(Vec::new()), "{document:#}");
}

#[test]
fn a_log_of_which_nothing_is_left_is_not_made_an_empty_one() {
    let room = Room::new();
    for nothing in [vec![0; 5000], b"*3\r\n$3\r\nSET\r\n$1".to_vec()] {
        room.file(LOG, &nothing);
        for options in [&[][..], &["--preen"]] {
            let told = apply(&room, LOG, options);
            assert_eq!(told.code, Some(4), "{told:?}");
            assert_eq!(read(&room, LOG), nothing);
        }
    }
}

#[test]
fn a_program_gets_a_document_also_where_nothing_can_be_done() {
    let room = Room::new();
    let told = repair(&room, "missing.aof", &["--json"]);
    assert_eq!(told.code, Some(8), "{told:?}");
    let document = json(&told);
    assert!(document["error"].as_str().unwrap().contains("missing.aof"), "{document:#}");
}

#[test]
fn a_gate_answers_with_the_state_afterwards() {
    let room = Room::new();
    room.file(LOG, &[clean(5), vec![0; 300]].concat());
    let gate = ["--preen", "--gate", "redis:7.0"];
    assert_eq!(repair(&room, LOG, &gate).code, Some(1));
    assert_eq!(apply(&room, LOG, &gate).code, Some(0));
    room.file(LOG, &holed());
    assert_eq!(apply(&room, LOG, &gate).code, Some(1));
}

#[test]
fn what_cannot_be_repaired_is_said_and_nothing_is_changed() {
    let room = Room::new();
    room.file("dump.rdb", &super::set::base()[..40]);
    let told = apply(&room, "dump.rdb", &[]);
    assert_eq!(told.code, Some(4), "{told:?}");
    assert!(told.out.contains("no key of it can be read"), "{}", told.out);
    room.file("page.html", b"<!doctype html><html><body>404</body></html>\n");
    assert_eq!(apply(&room, "page.html", &[]).code, Some(8));
    assert_eq!(apply(&room, "missing.aof", &[]).code, Some(8));
    assert_eq!(repair(&room, "-", &[]).code, Some(8));
    assert_eq!(repair(&room, LOG, &["--salvage", "--cut"]).code, Some(16));
    assert!(!room.path().join(".aof-doctor").exists());
}

#[test]
fn an_interrupted_repair_is_told_by_check_and_ended_by_the_next_one() {
    let room = Room::new();
    room.file(LOG, &torn(5));
    fs::create_dir_all(room.path().join(".aof-doctor/20260101T000000.000Z-1/new")).unwrap();
    let check = room.run(&["check", LOG]);
    assert!(check.out.contains("REPAIR-INTERRUPTED"), "{}", check.out);
    let told = apply(&room, LOG, &[]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.err.contains("nothing of it is left"), "{}", told.err);
    assert_eq!(read(&room, LOG), clean(4));
    assert!(!room.run(&["check", LOG]).out.contains("REPAIR-INTERRUPTED"));
}
