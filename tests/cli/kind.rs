//! Inputs that are something else: told by their content, and sent to the tool they belong to.

use super::input::gzip;
use super::room::Room;

#[test]
fn other_files_are_named_and_sent_to_the_tool_they_belong_to() {
    let kinds: [(&str, &[u8], &str, &str); 7] = [
        ("c.aof", b"<!DOCTYPE html><html>404</html>", "web page (HTML)", "head -c 1000 'c.aof'"),
        (
            "d.aof",
            b"<?xml version=\"1.0\"?><Error><Code>BlobNotFound</Code></Error>",
            "BlobNotFound",
            "head -c 1000 'd.aof'",
        ),
        (
            "e.aof",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
            "Git LFS pointer",
            "git lfs pull --include 'e.aof'",
        ),
        ("f.sqlite", b"SQLite format 3\0", "SQLite", "sqlite3 'f.sqlite' .tables"),
        ("g.aof", b"SQLite format 3\0and more", "SQLite database", "sqlite3 'g.aof' .tables"),
        ("h.aof.xz", b"\xFD7zXZ\0more", "xz data", "xz -dc 'h.aof.xz' | aof-doctor check -"),
        ("i.zip", b"PK\x03\x04more", "zip archive", "unzip -p 'i.zip' | aof-doctor check -"),
    ];
    let room = Room::new();
    for (name, bytes, what, next) in kinds {
        let told = room.check(name, bytes);
        assert_eq!(told.code, Some(8), "{told:?}");
        assert!(told.out.starts_with("UNREADABLE"), "{}", told.out);
        assert!(told.out.contains("INPUT-WRONG-TYPE"), "{}", told.out);
        assert!(told.out.contains(what), "{}", told.out);
        assert_eq!(told.last_line(), next);
    }
}

#[test]
fn an_encrypted_log_is_not_called_damaged() {
    let room = Room::new();
    let age = b"age-encryption.org/v1\n-> X25519 abc\n";
    let told = room.check("a.aof.age", age);
    assert_eq!(told.code, Some(8));
    assert!(told.out.contains("INPUT-ENCRYPTED"), "{}", told.out);
    assert!(told.out.contains("not damaged as far as can be told"), "{}", told.out);
    assert_eq!(told.last_line(), "age -d 'a.aof.age' | aof-doctor check -");
}

#[test]
fn a_file_of_another_kind_inside_a_compressed_one_is_unpacked_first() {
    let told = Room::new().check("a.aof.gz", &gzip(b"SQLite format 3\0and more"));
    assert_eq!(told.code, Some(8));
    assert_eq!(told.last_line(), "gzip -dc 'a.aof.gz' > 'a.aof'");
}

#[test]
fn what_is_no_file_of_any_known_kind_is_judged_as_a_log() {
    let junk: Vec<u8> = (0..=255).cycle().take(900).collect();
    let told = Room::new().check("a.aof", &junk);
    assert_eq!(told.code, Some(4));
    assert!(told.out.contains("AOF-TAIL-GARBAGE"), "{}", told.out);
    assert_eq!(told.last_line(), "aof-doctor explain AOF-TAIL-GARBAGE");
}
