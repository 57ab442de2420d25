//! Which records become what, and what is counted.

use aof_rdb::{Checksum, read};

use super::*;
use crate::convert::glob::Glob;
use crate::convert::route::Split;
use crate::convert::tally::LeftOut;

/// Three keys of two databases, one of them expired at 1000; a library; a hash whose only field expired; an empty list.
const FILE: &[u8] = b"REDIS0012\xf5\x03lib\xfe\x00\x00\x01a\x011\xfc\xe8\x03\0\0\0\0\0\0\x00\x01b\x012\
    \x18\x01h\xe8\x03\0\0\0\0\0\0\x01\x01\x01f\x01v\x01\x01l\x00\xfe\x03\x00\x01c\x013\xff\0\0\0\0\0\0\0\0";

fn rendered(file: &[u8], rules: &Rules<'_>) -> (String, Tally) {
    let (mut out, mut all) = (Vec::new(), Tally::default());
    let end = read(&mut &file[..], 0, &mut |records| {
        for chunk in cut(records) {
            let rendered = render(rules, &records[chunk], Vec::new());
            all.add(rendered.tally);
            for (place, body) in rendered.bodies {
                assert_eq!(place, Some(0));
                let Body::Bytes(bytes) = body else { panic!("a piece of an RDB file") };
                out.extend(bytes);
            }
        }
        true
    });
    assert_eq!(end, Ok(Ok(Checksum::Disabled)));
    (String::from_utf8(out).unwrap(), all)
}

static ROUTE: Route = Route { renames: Vec::new(), dbs: Vec::new(), split: Split::None };
static SKIPS: Skips = Skips::none();

fn rules(filter: &Filter) -> Rules<'_> {
    Rules {
        form: Form::Jsonl,
        filter,
        route: &ROUTE,
        skips: &SKIPS,
        input: 0,
        expiries: Expiries::default(),
        now: 2000,
        verifies: false,
        estimates: false,
    }
}

#[test]
fn what_is_written_and_what_is_left_out_is_counted() {
    let all = Filter::default();
    let (text, tally) = rendered(FILE, &rules(&all));
    assert_eq!(text.lines().count(), 5, "{text}");
    assert_eq!((tally.keys, tally.functions, tally.expired), (4, 1, 1));
    assert_eq!(tally.dbs.into_iter().collect::<Vec<_>>(), [0, 3]);
    assert_eq!(tally.left_out, LeftOut { empty: 1, ..LeftOut::default() });
}

#[test]
fn what_has_expired_is_dropped_with_hashes_that_nothing_is_left_of() {
    let all = Filter::default();
    let drop = Expiries { shift: 0, over: Some(2000) };
    for form in [Form::Jsonl, Form::Resp] {
        let (text, tally) = rendered(FILE, &Rules { form, expiries: drop, ..rules(&all) });
        assert!(!text.contains("\"h\"") && !text.contains("HSET"), "{text}");
        assert_eq!((tally.keys, tally.expired), (2, 0));
        let expected = LeftOut { expired: 2, empty: 1, ..LeftOut::default() };
        assert_eq!(tally.left_out, expected);
    }
    let later = Expiries { shift: 5000, over: Some(2000) };
    let (_, tally) = rendered(FILE, &Rules { expiries: later, ..rules(&all) });
    assert_eq!((tally.keys, tally.left_out.expired), (4, 0));
}

#[test]
fn a_filter_leaves_out_functions_too() {
    let filter = Filter { globs: vec![Glob::new(b"[ac]")], ..Filter::default() };
    let (text, tally) = rendered(FILE, &Rules { form: Form::Resp, ..rules(&filter) });
    assert_eq!((tally.keys, tally.functions), (2, 0));
    assert_eq!((tally.left_out.filtered, tally.left_out.functions), (3, 1));
    let select = |db| format!("*2\r\n$6\r\nSELECT\r\n$1\r\n{db}\r\n");
    let set = |key, value| format!("*3\r\n$3\r\nSET\r\n$1\r\n{key}\r\n$1\r\n{value}\r\n");
    assert_eq!(text, [select(0), set("a", 1), select(3), set("c", 3)].concat());
}

#[test]
fn pieces_hold_all_records_in_their_order_and_begin_with_a_select() {
    let mut file = b"REDIS0011".to_vec();
    for number in 0..3000 {
        let value = vec![b'v'; 200];
        let name = format!("k-{number:04}");
        file.extend([&b"\0\x06"[..], name.as_bytes(), b"\x40\xc8", &value].concat());
    }
    file.extend(b"\xff\0\0\0\0\0\0\0\0");
    let all = Filter::default();
    let (text, tally) = rendered(&file, &Rules { form: Form::Resp, ..rules(&all) });
    assert_eq!(tally.keys, 3000);
    assert_eq!(text.matches("SELECT").count(), 3, "600,000 bytes are three pieces");
    let keys: Vec<&str> = text.lines().filter(|line| line.starts_with("k-")).collect();
    assert!(keys.is_sorted() && keys.len() == 3000);
}

#[test]
fn a_value_that_cannot_be_read_is_lost_and_the_next_one_is_not() {
    // A set with a member twice: only a deep look sees it. A list that says it has more than it has.
    let file =
        b"REDIS0011\x02\x01s\x02\x01a\x01a\x0b\x01i\x03xyz\x00\x01k\x01v\xff\0\0\0\0\0\0\0\0";
    let all = Filter::default();
    for (verifies, lost) in [(false, 1), (true, 2)] {
        let (text, tally) = rendered(file, &Rules { verifies, ..rules(&all) });
        assert_eq!((tally.lost.total, tally.keys), (lost, 3 - lost));
        assert!(text.ends_with("{\"db\":0,\"key\":\"k\",\"type\":\"string\",\"value\":\"v\"}\n"));
        let last = tally.lost.first.last().unwrap();
        assert_eq!((&last.name[..], last.at), (&b"i"[..], 17), "{last:?}");
    }
}
