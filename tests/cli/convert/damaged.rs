//! What becomes of files that cannot be read as a whole.

use super::*;

/// The last line of the talk.
fn next(told: &Told) -> &str {
    told.err.lines().last().unwrap_or_default().trim()
}

/// Runs without and with `--salvage`; both must leave the input alone.
fn both(name: &str, bytes: &[u8]) -> (Room, Told, Told) {
    let room = Room::new();
    let input = room.file(name, bytes);
    let refused = room.run(&["convert", name, "-o", "out.jsonl"]);
    assert_eq!((refused.code, refused.out.as_str()), (Some(4), ""), "{}", refused.err);
    assert_eq!(names(&room), [name], "nothing was put in place");
    let again = format!("aof-doctor convert --salvage '{name}' -o 'out.jsonl'");
    assert_eq!(next(&refused), again);
    let salvaged = room.run(&["convert", "--salvage", name, "-o", "out.jsonl"]);
    assert_eq!(fs::read(input).unwrap(), bytes);
    (room, refused, salvaged)
}

fn written(room: &Room) -> Vec<String> {
    keys(&fs::read(room.path().join("out.jsonl")).unwrap())
}

#[test]
fn a_value_that_cannot_be_read_is_named_and_left_out_only_when_asked_to() {
    // An intset of three bytes.
    let file = RdbBuilder::new(11).db(2).string("a", "1").raw(b"\x0b\x01i\x03xyz").string("b", "2");
    let (room, refused, salvaged) = both("dump.rdb", &file.finish());
    assert!(
        refused.err.contains("the value of key \"i\" (db 2) cannot be read"),
        "{}",
        refused.err
    );
    assert!(refused.err.contains("byte 16 (0x10)"), "{}", refused.err);
    assert_eq!(salvaged.code, Some(1), "{}", salvaged.err);
    assert!(salvaged.out.starts_with("SALVAGED  dump.rdb  (2 keys in "), "{}", salvaged.out);
    assert!(salvaged.out.contains("key \"i\" (db 2) at byte 16"), "{}", salvaged.out);
    assert_eq!(written(&room), ["a", "b"]);
}

#[test]
fn a_torn_file_is_converted_up_to_its_last_whole_record() {
    let mut file = RdbBuilder::new(11).db(0).string("a", "1").string("b", "2").finish();
    file.truncate(file.len() - 10);
    let (room, refused, salvaged) = both("dump.rdb", &file);
    assert!(refused.err.contains("the file ends at byte"), "{}", refused.err);
    assert_eq!(salvaged.code, Some(1), "{}", salvaged.err);
    assert!(salvaged.out.contains("the 4 bytes from byte 16 (0x10) on"), "{}", salvaged.out);
    assert_eq!(written(&room), ["a"]);
}

#[test]
fn a_wrong_checksum_is_refused_and_with_salvage_it_is_said() {
    let mut file = dump();
    let at = file.windows(3).position(|bytes| bytes == b"Ann").unwrap();
    // More than one bit, which could be turned back.
    file[at] = b'B';
    let (room, refused, salvaged) = both("dump.rdb", &file);
    assert!(refused.err.contains("the checksum is wrong"), "{}", refused.err);
    assert_eq!(salvaged.code, Some(2), "{}", salvaged.err);
    assert!(salvaged.out.starts_with("CONVERTED, IN DOUBT  dump.rdb"), "{}", salvaged.out);
    assert!(salvaged.out.contains("the checksum is wrong"), "{}", salvaged.out);
    assert_eq!(written(&room).len(), 5);
}

#[test]
fn a_compressed_copy_that_ends_early_is_converted_as_far_as_it_goes() {
    let packed = super::super::input::gzip(&large());
    let (room, refused, salvaged) = both("dump.rdb.gz", &packed[..packed.len() / 2]);
    assert!(refused.err.contains("cannot be decoded behind byte"), "{}", refused.err);
    assert_eq!(salvaged.code, Some(1), "{}", salvaged.err);
    assert!(salvaged.out.contains("everything from byte"), "{}", salvaged.out);
    let found = written(&room);
    assert!((1000..20_000).contains(&found.len()), "{}", found.len());
    assert!(found.is_sorted());
}

#[test]
fn a_member_that_occurs_twice_is_seen_by_a_salvage() {
    let room = Room::new();
    let file = RdbBuilder::new(11).raw(b"\x02\x01s\x02\x01a\x01a").string("b", "2").finish();
    room.file("dump.rdb", &file);
    let told = room.run(&["convert", "--salvage", "dump.rdb", "-o", "out.jsonl"]);
    assert_eq!(told.code, Some(1), "{}", told.err);
    assert!(told.out.contains("occurs twice"), "{}", told.out);
    assert_eq!(written(&room), ["b"]);
}

#[test]
fn what_goes_on_behind_the_end_is_left_out_and_said() {
    let room = Room::new();
    room.file("dump.rdb", &[dump(), vec![0; 512]].concat());
    let told = room.run(&["convert", "dump.rdb", "-o", "out.jsonl"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(told.out.contains("goes on behind its end"), "{}", told.out);
}

#[test]
fn the_next_command_keeps_every_choice_and_works() {
    let room = Room::new();
    let file = RdbBuilder::new(11).string("it's", "1").raw(b"\x0b\x01i\x03xyz");
    room.file("a b.rdb", &file.finish());
    let options =
        ["--key", "i*", "--key-regex", "'|i", "--db", "0", "--type", "string", "--type", "set"];
    let more = ["--expired", "shift=2h", "--to", "jsonl", "a b.rdb", "-o", "out"];
    let told = room.run(&[&["convert"][..], &options, &more].concat());
    assert_eq!(told.code, Some(4), "{}", told.err);
    let line = next(&told).replacen("aof-doctor", "\"$0\"", 1);
    assert!(line.contains("--expired shift=7200000ms"), "{line}");
    let mut shell = Command::new("sh");
    let status = shell.args(["-c", &line, PROGRAM]).current_dir(room.path()).output().unwrap();
    assert_eq!(status.status.code(), Some(1), "{line}");
    assert_eq!(keys(&fs::read(room.path().join("out")).unwrap()), ["it's"]);
}

#[test]
fn damage_is_said_too_where_keys_went_to_standard_output_already() {
    let room = Room::new();
    let path = room.file("dump.rdb", &large());
    let file = OpenOptions::new().write(true).open(path).unwrap();
    file.write_all_at(b"x", 6_000_000).unwrap();
    drop(file);
    let told = room.run(&["convert", "dump.rdb", "-o", "-", "--to", "jsonl"]);
    assert_eq!(told.code, Some(4));
    assert!(told.err.contains("what was written so far is not whole"), "{}", told.err);
}

#[test]
fn what_stands_on_both_sides_of_a_hole_is_salvaged() {
    let names: Vec<String> = (100..200).map(|n| format!("key:{n}")).collect();
    let keys =
        names.iter().fold(RdbBuilder::new(11).db(0), |file, name| file.string(name, "value"));
    let mut file = keys.finish();
    let at = |name: &[u8]| file.windows(7).position(|window| window == name).unwrap();
    let (from, to) = (at(b"key:140"), at(b"key:145"));
    file[from..to].fill(0);
    let (room, refused, salvaged) = both("dump.rdb", &file);
    assert_eq!(refused.code, Some(4));
    assert_eq!(salvaged.code.map(|code| code & 1), Some(1), "{}", salvaged.err);
    let found = written(&room);
    let whole: Vec<&String> =
        names.iter().filter(|name| !("key:140".."key:146").contains(&name.as_str())).collect();
    let kept: Vec<&String> = found.iter().filter(|name| names.contains(name)).collect();
    assert_eq!(kept, whole, "{found:?}");
}
