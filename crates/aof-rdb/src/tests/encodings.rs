//! Every type, every opcode, every dialect.

use super::build::{Build, everything, len, module, row, stream, text, values};
use super::summary;
use crate::{Checksum, Db, DefectKind, Dialect, Header};

#[test]
fn every_type_alone_is_walked_over_to_its_last_byte() {
    let mut all = values();
    all.push((24, row(&[&[1; 8], &len(1), &len(9), &text(b"f"), &text(b"v")])));
    for (code, value) in all {
        let file = Build::new("REDIS0012").key(code, b"key", &value).end();
        let found = summary(&file);
        assert_eq!(found.defect, None, "type {code}");
        assert_eq!((found.keys, found.checksum), (1, Checksum::Valid), "type {code}");
        assert_eq!((found.end, found.sound), (file.len() as u64, file.len() as u64));
        assert_eq!(found.census.types.get(&code), Some(&1));
        assert_eq!(found.census.largest, Some((9, file.len() as u64 - 18)), "type {code}");
    }
}

#[test]
fn files_with_everything_in_them_are_counted_right_in_every_dialect() {
    for (header, dialect, version) in [
        ("REDIS0012", Dialect::Redis, 12),
        ("REDIS0013", Dialect::Redis, 13),
        ("VALKEY080", Dialect::Valkey, 80),
        ("VALKEY081", Dialect::Valkey, 81),
    ] {
        let (file, keys, expiring) = everything(header);
        let found = summary(&file);
        assert_eq!(found.defect, None, "{header}");
        assert_eq!(found.header, Some(Header { dialect, version }));
        assert_eq!((found.keys, found.expiring), (keys, expiring), "{header}");
        assert_eq!(found.dbs.iter().map(|db| db.keys).sum::<u64>(), keys);
        assert_eq!(found.dbs[0].announced, Some(99));
        assert_eq!(found.aux.server.as_deref(), Some("9.9.9"));
        assert_eq!((found.functions, found.modules.len()), (1, 2));
        assert_eq!(found.checksum, Checksum::Valid);
    }
}

#[test]
fn hints_and_databases_without_keys_are_told() {
    let file = Build::new("REDIS0007").select(5).raw(&[251, 3, 1]).select(70).end();
    let db = |number, announced| Db { number, announced, ..Db::default() };
    assert_eq!(summary(&file).dbs, [db(5, Some(3)), db(70, None)]);
}

#[test]
fn expiries_belong_to_the_next_key_only_and_minus_one_is_none() {
    let milliseconds = |at: i64| row(&[&[252], &at.to_le_bytes()]);
    let file = Build::new("REDIS0011")
        .raw(&milliseconds(500))
        .key(0, b"a", b"\x00")
        .key(0, b"b", b"\x00")
        .raw(&row(&[&[253], &(-2_i32).to_le_bytes()]))
        .key(0, b"c", b"\x00")
        .raw(&milliseconds(-1))
        .key(0, b"d", b"\x00")
        .end();
    let found = summary(&file);
    assert_eq!((found.keys, found.expiring), (4, 2));
    assert_eq!(found.census.earliest_expiry, Some(-2000));
    assert_eq!(found.census.latest_expiry, Some(500));
}

#[test]
fn a_checksum_is_right_or_wrong_or_disabled_or_not_there() {
    let old = Build::new("REDIS0004").key(0, b"k", &text(b"v")).raw(&[255]).bytes;
    assert_eq!(summary(&old).checksum, Checksum::None);
    assert_eq!(summary(&old).end, old.len() as u64);

    let mut file = Build::new("REDIS0005").key(0, b"k", &text(b"v")).end();
    assert_eq!(summary(&file).checksum, Checksum::Valid);
    let place = file.len() - 10;
    file[place] ^= 1;
    let found = summary(&file);
    let Checksum::Wrong { stored, computed } = found.checksum else { panic!("{found:?}") };
    assert_eq!(stored.to_le_bytes(), file[file.len() - 8..]);
    assert_eq!(computed, crate::crc64(&file[..file.len() - 8]));
    assert_eq!((found.defect, found.keys), (None, 1), "the walk does not stop for it");

    let end = file.len();
    file[end - 8..].fill(0);
    assert_eq!(summary(&file).checksum, Checksum::Disabled);
}

#[test]
fn what_follows_the_file_and_what_precedes_it_is_left_alone() {
    let (file, keys, _) = everything("REDIS0012");
    let embedded = row(&[b"before", &file, b"*1\r\n$5\r\nMULTI\r\n"]);
    let mut source = &embedded[..];
    let found = crate::walk(&mut source, 6, &mut |_| true).unwrap();
    assert_eq!((found.defect, found.keys), (None, keys));
    assert_eq!(found.checksum, Checksum::Valid);
    assert_eq!(found.end, 6 + file.len() as u64);
}

#[test]
fn fields_of_all_names_are_read_and_long_ones_cut() {
    let file = Build::new("REDIS0011")
        .aux("redis-ver", "7.2.5")
        .raw(&row(&[&[250], &text(b"ctime"), &[0xC2, 0, 0, 0, 0x60]]))
        .aux("aof-base", "1")
        .aux("repl-id", &"f".repeat(40))
        .raw(&row(&[&[250], &text(b"repl-offset"), &[0xC1, 0x39, 0x30]]))
        .aux("lua", &"x".repeat(5000))
        .end();
    let aux = summary(&file).aux;
    assert_eq!((aux.server.as_deref(), aux.is_base), (Some("7.2.5"), Some(true)));
    assert_eq!((aux.created, aux.replication_offset), (Some(0x6000_0000), Some(12345)));
    assert_eq!(aux.replication_id, Some("f".repeat(40)));

    let long = Build::new("REDIS0011").aux("redis-ver", &"7".repeat(5000)).end();
    assert_eq!(summary(&long).aux.server.map(|text| text.len()), Some(256));
}

#[test]
fn the_number_22_is_read_as_the_dialect_says() {
    let redis = row(&[&len(1), &len(0), &text(b"field"), &text(b"value")]);
    let valkey = row(&[&len(1), &text(b"field"), &text(b"value"), &[0xff; 8]]);
    let defect = |header: &str, value: &[u8]| {
        summary(&Build::new(header).key(22, b"k", value).end()).defect.map(|it| it.kind)
    };
    assert_eq!(defect("REDIS0012", &redis), None);
    assert_eq!(defect("VALKEY080", &valkey), None);
    assert_eq!(defect("REDIS0011", &redis), Some(DefectKind::UnknownType(22)));
    assert!(defect("REDIS0012", &valkey).is_some() && defect("VALKEY080", &redis).is_some());
}

#[test]
fn versions_to_come_are_walked_over_as_far_as_types_are_known() {
    for header in ["REDIS0013", "REDIS0014", "REDIS0015", "REDIS0016"] {
        let known = Build::new(header).key(21, b"s", &stream(3)).key(0, b"k", b"\x01v");
        assert_eq!(summary(&known.clone().end()).defect, None, "{header}");
    }
    let start = Build::new("REDIS0014").key(0, b"k", b"\x01v").raw(&[252]).raw(&[1; 8]);
    let file = start.clone().key(27, b"stream", &[1; 30]).end();
    let found = summary(&file);
    let defect = found.defect.unwrap();
    let record = start.bytes.len() as u64 - 9;
    assert_eq!((defect.record, defect.offset), (record, record + 9));
    assert_eq!(defect.kind, DefectKind::UnknownType(27));
    assert_eq!(defect.key.as_deref(), Some(&b"stream"[..]));
    assert_eq!((found.keys, found.sound, found.checksum), (1, record, Checksum::Unread));
}

#[test]
fn absurd_versions_keep_their_header_and_are_not_walked_over() {
    for header in ["REDIS0099", "REDIS0000", "VALKEY987", "VALKEY011"] {
        let found = summary(&Build::new(header).key(0, b"k", b"\x01v").end());
        assert_eq!(found.defect.map(|it| it.kind), Some(DefectKind::UnknownVersion), "{header}");
        assert!(found.header.is_some_and(|it| it.version != 12));
        assert_eq!((found.keys, found.sound), (0, 0));
    }
}

#[test]
fn a_module_that_uses_an_opcode_nobody_knows_is_bad_at_that_opcode() {
    let id = len(0x0123_4567_89ab_cdef);
    let good = module();
    let broken = row(&[&good[..good.len() - 1], &[6, 0]]);
    let file = Build::new("REDIS0011").key(7, b"m", &row(&[&id, &broken])).end();
    let defect = summary(&file).defect.unwrap();
    assert_eq!(defect.offset, file.len() as u64 - 11);
    assert_eq!(defect.kind, DefectKind::BadLength(6));
    assert_eq!(defect.key.as_deref(), Some(&b"m"[..]));

    let aux = Build::new("REDIS0011").raw(&row(&[&[247], &id, &[1, 1], &good])).end();
    let defect = summary(&aux).defect.unwrap();
    assert_eq!((defect.record, defect.offset, defect.key), (9, 19, None));
}
