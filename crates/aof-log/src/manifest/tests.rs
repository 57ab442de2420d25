//! The rules one by one, and the law of reading what was written. That the rules are those of servers is shown
//! by the suite of conformance.

use proptest::prelude::*;

use super::{Dialect, Entry, EntryRole, MAX_BYTES, MAX_LINES, Manifest, read, write};
use crate::server::{Product, Server};

const BASE: &str = "file b seq 1 type b\n";

fn says(text: impl AsRef<[u8]>) -> Vec<(usize, String)> {
    let faults = read(text.as_ref()).faults;
    faults.into_iter().map(|fault| (fault.line, fault.rule)).collect()
}

#[track_caller]
fn one(text: impl AsRef<[u8]>) -> Entry {
    let found = read(text.as_ref());
    assert_eq!(found.faults, []);
    assert_eq!(found.readings, []);
    let [entry] = found.manifest.entries.try_into().expect("one entry");
    entry
}

#[test]
fn every_fault_is_told_and_every_right_line_is_kept() {
    let text = "# set\n\nfile a/b seq 1 type b\nfile b seq 1 type b\nfile i seq 2 type i\n\
                file x seq 1 type q\nfile j seq 2 type i\nfile c seq 9 type b\nfile k seq 3 type i";
    let found = read(text.as_bytes());
    let rules = [
        (2, "the line is blank"),
        (3, "the name of the file is a path"),
        (6, "the type begins with q, not with b, h or i"),
        (7, "seq 2 of an increment is not above 2"),
        (8, "it is a second base; the first stands in line 4"),
        (9, "the last line has no line end"),
    ];
    assert_eq!(says(text), rules.map(|(line, rule)| (line, rule.to_owned())));
    let kept: Vec<&[u8]> = found.manifest.entries.iter().map(|it| it.file.as_slice()).collect();
    assert_eq!(kept, [b"b", b"i", b"j", b"c", b"k"]);
    assert_eq!(found.manifest.base().map(|base| base.line), Some(4));
    for fault in &found.faults {
        let end = (fault.offset + fault.length) as usize;
        let line = &text[fault.offset as usize..end];
        assert_eq!(line.trim_end_matches('\n'), text.lines().nth(fault.line - 1).unwrap());
        assert_eq!(fault.dialects, Dialect::ALL);
    }
}

#[test]
fn a_line_may_have_1024_bytes_with_its_end_and_so_may_a_comment() {
    let padded = |bytes: usize| {
        let line = "file b seq 1 type b".to_owned();
        line.clone() + &" ".repeat(bytes - line.len() - 1) + "\n"
    };
    assert_eq!(one(padded(1024)).file, b"b");
    let faults = says(padded(1025) + BASE);
    assert_eq!(faults, [(1, "the line is longer than 1024 bytes".to_owned())]);

    let comment = |bytes: usize| "#".to_owned() + &"x".repeat(bytes - 1);
    assert_eq!(one(comment(1023) + "\n" + BASE).line, 2);
    assert_eq!(one(comment(1024) + BASE).line, 2, "what follows 1024 bytes is a line of its own");
    assert_eq!(says(comment(1024) + "\n" + BASE), [(2, "the line is blank".to_owned())]);
}

#[test]
fn a_zero_byte_ends_a_text_for_servers() {
    assert_eq!(says("file b\0 seq 1 type b\n"), [(1, "the line holds a zero byte".to_owned())]);
    assert_eq!(one("#\0\nfile \"b\\x00/c\" \"seq\\x00\" \"1\\x002\" type b\n").file, b"b");
}

#[test]
fn numbers_are_read_as_c_reads_them() {
    for (text, seq) in [
        ("1x", 1),
        ("+1", 1),
        ("-1", -1),
        ("\" \\x0b7\"", 7),
        ("007", 7),
        ("9223372036854775808", i64::MAX),
        ("-99999999999999999999", i64::MIN),
    ] {
        assert_eq!(one(format!("file b seq {text} type b\n")).seq, seq, "{text}");
    }
    for text in ["0", "x1", "\"\"", "--1", "0x10"] {
        let faults = says(format!("file b seq {text} type b\n"));
        assert_eq!(faults, [(1, "the line has no seq other than 0".to_owned())], "{text}");
    }
}

#[test]
fn offsets_of_minus_one_are_not_known() {
    let entry = one("file i seq 1 type i STARTOFFSET 5 endoffset -1\n");
    assert_eq!((entry.start_offset, entry.end_offset), (Some(5), None));
}

#[test]
fn valkey_9_joins_what_others_refuse_and_both_valkeys_drop_ff() {
    let server = |product, major, minor| Server::new(product, major, minor);
    let (redis, valkey8, valkey9) = (
        server(Product::Redis, 8, 2),
        server(Product::Valkey, 8, 1),
        server(Product::Valkey, 9, 1),
    );
    let found = read(b"file a\"b\"'c' seq 1 type b\nfile i seq 1 type i\n");
    let stops = |server| found.stops(server).map(|fault| fault.line);
    assert_eq!([redis, valkey8, valkey9].map(stops), [Some(1), Some(1), None]);
    assert_eq!(found.as_read_by(redis).entries.len(), 1);
    assert_eq!(found.as_read_by(valkey9).entries[0].file, b"abc");

    let found = read(b"file a\xffb seq 1 type b\nfile \"\\xff\" seq 1 type i\n");
    assert_eq!(found.faults, []);
    assert_eq!(found.as_read_by(redis).entries[0].file, b"a\xffb");
    assert_eq!(found.as_read_by(valkey8).entries[0].file, b"ab");
    assert_eq!(found.as_read_by(valkey9).entries[1].file, b"\xff");
    assert_eq!(Dialect::of(server(Product::Valkey, 8, 0)), Dialect::Redis);
}

#[test]
fn a_folder_in_the_place_of_a_part_is_told_behind_what_stops_servers_before() {
    let text = "file .. seq 1 type b\nfile \"\" seq 1 type i\nfile . seq 1 type h\nfile x\n";
    let lines: Vec<usize> = read(text.as_bytes()).faults.iter().map(|it| it.line).collect();
    assert_eq!(lines, [4, 1, 2]);
}

#[test]
fn a_manifest_without_end_is_read_up_to_a_limit() {
    for text in [BASE.repeat(MAX_LINES + 2), "#\n".repeat(MAX_BYTES), "x".repeat(MAX_BYTES + 9)] {
        let faults = read(text.as_bytes()).faults;
        let last = faults.last().expect("a fault");
        assert!(last.rule.contains("are read"), "{last:?}");
        assert_eq!(last.dialects, [], "servers know no limit");
        assert_eq!(last.offset + last.length, text.len() as u64);
        assert!(faults.len() <= MAX_LINES);
    }
}

#[test]
fn a_name_is_quoted_where_servers_quote_it_and_where_they_should() {
    for (name, text) in [
        (&b"a.1.base.rdb"[..], &b"a.1.base.rdb"[..]),
        (b"a b", b"\"a b\""),
        (b"\"\\\r\n\t\x07\x08", b"\"\\\"\\\\\\r\\n\\t\\a\\b\""),
        (b"caf\xe9\x7f", b"\"caf\\xe9\\x7f\""),
        (b"it's", b"\"it's\""),
        (b"", b"\"\""),
    ] {
        let entry = Entry { file: name.into(), ..one(BASE) };
        let line = [b"file ", text, b" seq 1 type b\n"].concat();
        assert_eq!(write(&Manifest { entries: vec![entry] }), line);
    }
    let entry = Entry { file: vec![0xe9; 255], seq: i64::MIN, ..one(BASE) };
    let text = write(&Manifest { entries: vec![entry.clone()] });
    assert_eq!(one(text), entry, "escapes would make the line too long");
}

/// Any name that a file can have, often an odd one.
fn name() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => b'a'..=b'z',
        1 => prop::sample::select(&b" '\"\\#\t\r\n\x0b\x0c\xff\xfe.x0"[..]),
        1 => 1..=255_u8,
    ];
    let name = prop::collection::vec(byte, 1..=255);
    name.prop_filter_map("no file can have it", |mut name| {
        name.retain(|byte| !b"/\\".contains(byte));
        (!matches!(name.as_slice(), b"" | b"." | b"..")).then_some(name)
    })
}

fn offset() -> impl Strategy<Value = Option<i64>> {
    prop::option::of(any::<i64>().prop_filter("not known", |offset| *offset != -1))
}

/// A manifest that servers accept.
fn manifest() -> impl Strategy<Value = Manifest> {
    let role = prop::sample::select(&[EntryRole::Incr, EntryRole::History][..]);
    let seq = any::<i64>().prop_filter("none", |seq| *seq != 0);
    let entry = (name(), role, seq, offset(), offset());
    (prop::collection::vec(entry, 1..9), 0..9_usize).prop_map(|(entries, base)| {
        let mut last = 0;
        let entries =
            entries.into_iter().enumerate().map(|(index, (file, role, seq, start, end))| {
                let role = if index == base { EntryRole::Base } else { role };
                let seq = if role == EntryRole::Incr { last + (seq >> 4).abs() + 1 } else { seq };
                last = if role == EntryRole::Incr { seq } else { last };
                Entry { line: index + 1, file, seq, role, start_offset: start, end_offset: end }
            });
        Manifest { entries: entries.collect() }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_in_every_dialect(manifest in manifest()) {
        let found = read(&write(&manifest));
        prop_assert_eq!(found.faults, []);
        prop_assert_eq!(found.readings, []);
        prop_assert_eq!(found.manifest, manifest);
    }

    #[test]
    fn a_fault_points_into_the_manifest(text in "(file|seq|type|[bi0-9\"'\\\\#]| |\n|\\PC){0,60}") {
        let found = read(text.as_bytes());
        for fault in &found.faults {
            prop_assert!(fault.offset + fault.length <= text.len() as u64);
            prop_assert!(fault.line >= 1 && !fault.dialects.is_empty());
        }
    }
}
