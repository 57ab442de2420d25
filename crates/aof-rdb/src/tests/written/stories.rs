//! One kind of value at a time.

use aof_testkit::Rng;
use proptest::prelude::*;

use crate::tests::build::{Build, len, row, stream, text};
use crate::tests::{each, pack};
use crate::{Expiries, RecordKind, Target, Writer};

use super::{compare, keys, rewritten};

fn target(name: &str) -> Target {
    name.parse().unwrap()
}

/// A file of the newest Redis with packed values of all kinds.
fn packed(rng: &mut Rng) -> Vec<u8> {
    let mut file = Build::new("REDIS0012").select(2);
    for n in 0..12 {
        let mut strings = pack::strings(rng, 60);
        strings.push(vec![b'x'; 30]);
        strings.sort();
        strings.dedup();
        let listpack = |strings: &[Vec<u8>]| text(&pack::listpack(strings, None));
        let pairs: Vec<_> = strings.iter().flat_map(|it| [it.clone(), b"7.5".to_vec()]).collect();
        let nodes = [len(2), listpack(&strings)].concat();
        let plain = [len(1), text(&strings[0])].concat();
        let nodes =
            [len(2), nodes, if strings[0].is_empty() { row(&[&len(1), b"\x01e"]) } else { plain }]
                .concat();
        for (code, value) in
            [(16, listpack(&pairs)), (17, listpack(&pairs)), (20, listpack(&strings)), (18, nodes)]
        {
            file = file.key(code, format!("key {n} of type {code}").as_bytes(), &value);
        }
    }
    file.end()
}

/// A hash whose fields expire, as Redis and as Valkey write it.
fn expiring() -> [Vec<u8>; 2] {
    let (a, b) = (text(b"field"), text(b"value"));
    let (first, second) = (5_000_000_i64, 5_000_069_i64);
    let fields = row(&[&len(3), &len(1), &a, &b, &len(70), &b, &a, &len(0), b"\x01c\x01d"]);
    let redis = Build::new("REDIS0012").key(24, b"h", &row(&[&first.to_le_bytes(), &fields]));
    let never = (-1_i64).to_le_bytes();
    let valkey =
        row(&[&a, &b, &first.to_le_bytes(), &b, &a, &second.to_le_bytes(), b"\x01c\x01d", &never]);
    let valkey = Build::new("VALKEY080").key(22, b"h", &row(&[&len(3), &valkey]));
    [redis.end(), valkey.end()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn packed_values_mean_the_same_in_every_encoding(seed: u64, compresses: bool) {
        let file = packed(&mut Rng::new(seed));
        for target in Target::ALL {
            let left_out = compare(&file, target, compresses);
            prop_assert!(left_out.iter().all(|it| *it == crate::LeftOut::default()));
        }
    }
}

#[test]
fn what_the_target_reads_goes_out_byte_for_byte() {
    let file = packed(&mut Rng::new(1));
    let (written, _) = rewritten(&file, &mut Writer::new(target("redis:8.2")));
    let payloads = |file: &[u8]| {
        let mut all = Vec::new();
        each(file, &mut |record| {
            if let RecordKind::Key(key) = &record.kind {
                all.push((key.value.code, key.value.bytes.to_vec()));
            }
        });
        all
    };
    assert_eq!(payloads(&written), payloads(&file));
}

#[test]
fn expiries_of_fields_change_sides_and_stay_behind_where_there_is_no_place_for_them() {
    let [redis, valkey] = expiring();
    for file in [&redis, &valkey] {
        for target in Target::ALL {
            let left_out = compare(file, target, false);
            let expected = if target.header().version >= 12 { 0 } else { 2 };
            assert_eq!(left_out[0].field_expiries, expected, "{target}");
        }
    }
    let (as_valkey, _) = rewritten(&redis, &mut Writer::new(target("valkey:9.1")));
    let (as_redis, _) = rewritten(&valkey, &mut Writer::new(target("redis:7.4")));
    assert_eq!(keys(&as_valkey), keys(&valkey));
    assert_eq!(keys(&as_redis), keys(&redis));
}

#[test]
fn times_are_moved_also_within_values() {
    for file in expiring() {
        let moved = |shift| {
            let writer = Writer::new(target("redis:8.2"));
            let expiries = Expiries { shift, over: Some(5_000_000 + shift) };
            let (written, _) = rewritten(&file, &mut writer.with_expiries(expiries));
            keys(&written).remove(0).1.value
        };
        assert_eq!(moved(7)["expire"], serde_json::json!({ "value": 5_000_076 }));
        assert_eq!(moved(7)["fields"], serde_json::json!({ "value": "field", "c": "d" }));
    }
}

#[test]
fn an_expiry_that_redis_would_refuse_the_file_for_is_left_out_and_one_before_1970_is_moved_there() {
    let last = (1_i64 << 48) - 1;
    let fields = [("over", -5), ("last", last), ("later", last + 1), ("latest", i64::MAX)];
    let fields =
        fields.map(|(name, at)| row(&[&text(name.as_bytes()), b"\x01v", &at.to_le_bytes()]));
    let value = row(&[&len(4), &fields.concat()]);
    let file = Build::new("VALKEY080").key(22, b"h", &value).end();
    let written = |name, writer: fn(Writer) -> Writer| {
        let (written, left_out) = rewritten(&file, &mut writer(Writer::new(target(name))));
        let left_out = left_out.into_values().map(|it| it.field_expiries).sum::<u64>();
        (keys(&written).remove(0).1.value["expire"].take(), left_out)
    };
    let all =
        serde_json::json!({ "over": -5, "last": last, "later": last + 1, "latest": i64::MAX });
    let held = serde_json::json!({ "over": 1, "last": last });
    assert_eq!(written("valkey:9.1", |it| it), (all, 0));
    assert_eq!(written("redis:8.2", |it| it), (held, 2));
    let later = |it: Writer| it.with_expiries(Expiries { shift: i64::MAX, over: None });
    assert_eq!(written("redis:8.2", later), (serde_json::Value::Null, 4));
}

#[test]
fn streams_say_as_much_as_the_target_can_hear() {
    let nodes = |version| {
        let whole = stream(version);
        // The one node of it is not a listpack.
        [len(0), whole[1 + 17 + 302..].to_vec()].concat()
    };
    for (version, code) in [(1, 15), (2, 19), (3, 21)] {
        let file = Build::new("REDIS0012").key(code, b"s", &nodes(version)).end();
        for target in Target::ALL {
            let left_out = compare(&file, target, false);
            let is_older = !target.takes(target.header(), code);
            assert_eq!(left_out[0].stream_history, is_older, "{code} for {target}");
        }
    }
    let file = Build::new("REDIS0013").key(26, b"s", &nodes(4)).end();
    assert!(compare(&file, target("redis:8.2"), false)[0].message_names);
}

#[test]
fn long_strings_are_compressed_where_that_saves_bytes() {
    let long = vec![b'x'; 5000];
    let file = Build::new("REDIS0011")
        .key(0, b"plain", &text(&long))
        .key(1, b"list", &row(&[&len(2), &text(&long), &text(b"12")]))
        .key(4, b"hash", &row(&[&len(1), &text(&long), &text(&long)]))
        .end();
    compare(&file, target("redis:7.0"), true);
    let (written, _) = rewritten(&file, &mut Writer::new(target("redis:7.0")).compressing());
    assert!(written.len() < 700, "{}", written.len());
}

#[test]
fn functions_are_left_out_where_there_are_none() {
    let file = Build::new("REDIS0010").raw(&row(&[&[245], &text(b"#!lua name=lib\n")])).end();
    for (name, functions) in [("redis:6.2", 0), ("redis:7.0", 1), ("valkey:9.1", 1)] {
        let (written, _) = rewritten(&file, &mut Writer::new(target(name)));
        assert_eq!(crate::tests::summary(&written).functions, functions, "{name}");
    }
}

#[test]
fn keys_of_a_database_that_is_come_back_to_are_counted_together() {
    let file = Build::new("REDIS0011")
        .select(3)
        .key(0, b"a", b"\x011")
        .select(0)
        .key(0, b"b", b"\x011")
        .select(3)
        .key(0, b"c", b"\x011")
        .end();
    compare(&file, target("redis:7.0"), false);
}
