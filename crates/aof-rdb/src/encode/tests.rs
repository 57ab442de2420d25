//! What is encoded is read again.

use super::*;
use crate::item::{Consumer, History, Item, Pending};
use crate::payload::{Payload, Room};

/// All items of a value, in words; the value is sound.
fn said(code: u8, bytes: &[u8]) -> Vec<String> {
    let value = Payload { header: HEADER, code, bytes };
    value.verify(&mut Room::default()).unwrap();
    let mut items = Vec::new();
    let text = |text: Str<'_>| String::from_utf8_lossy(&text.to_vec()).into_owned();
    value
        .items(&mut Room::default(), &mut |item| {
            items.push(match item {
                Item::String(one) | Item::Element(one) | Item::Member(one) => text(one),
                Item::Scored(member, score) => format!("{} {score}", text(member)),
                Item::Field(field, value, expiry) => {
                    format!("{} {} {expiry:?}", text(field), text(value))
                }
                Item::Entry(id, fields) => {
                    let all = fields.iter().map(|&(field, value)| text(field) + "=" + &text(value));
                    format!("{id} {}", all.collect::<Vec<_>>().join(" "))
                }
                other => format!("{other:?}"),
            });
        })
        .unwrap();
    items
}

#[test]
fn values_of_every_type_are_read_again() {
    let texts = || [&b"a"[..], b"-7", b"99999999999"].into_iter();
    let mut bytes = Vec::new();
    let code = string(b"12345", &mut bytes);
    assert_eq!(said(code, &bytes), ["12345"]);
    for encode in [list, set] {
        bytes.clear();
        let code = encode(texts(), &mut bytes);
        assert_eq!(said(code, &bytes), ["a", "-7", "99999999999"]);
    }
    bytes.clear();
    let code = sorted_set(2, [(&b"a"[..], 0.5), (b"b", f64::INFINITY)].into_iter(), &mut bytes);
    assert_eq!(said(code, &bytes), ["a 0.5", "b inf"]);
}

#[test]
fn fields_that_expire_say_when() {
    let mut bytes = Vec::new();
    let plain = [(&b"f"[..], &b"1"[..], None)];
    assert_eq!(hash(plain.into_iter(), None, &mut bytes), 16);
    assert_eq!(said(16, &bytes), ["f 1 None"]);
    bytes.clear();
    let fields = [(&b"f"[..], &b"1"[..], Some(70)), (b"g", b"2", None), (b"h", b"3", Some(50))];
    assert_eq!(hash(fields.into_iter(), Some(50), &mut bytes), 24);
    assert_eq!(said(24, &bytes), ["f 1 Some(70)", "g 2 None", "h 3 Some(50)"]);
}

#[test]
fn streams_come_back_with_nodes_of_some_entries_and_with_their_groups() {
    let ids = (0..250_u64).map(|n| StreamId { millis: 5 + n / 3, seq: n * 7 % 11 + n });
    let fields = [(&b"field"[..], &b"value"[..]), (b"n", b"7")];
    let last = StreamId { millis: 99, seq: 3 };
    let history =
        Some(History { first: StreamId { millis: 5, seq: 0 }, max_deleted: last, added: 300 });
    let info = StreamInfo { length: 250, last, history };
    let pending = |seq, owner| {
        let id = StreamId { millis: 5, seq };
        Pending { id, delivered: 1_700_000_000_000, count: 2, owner: Some(owner) }
    };
    let consumer = |name: &'static [u8], active| Consumer { name: name.into(), seen: 7, active };
    let group = Group {
        name: b"readers"[..].into(),
        last,
        read: None,
        pending: vec![pending(0, 1), pending(8, 0), pending(16, 1)],
        consumers: vec![consumer(b"a", None), consumer(b"b", Some(9))],
    };
    let mut bytes = Vec::new();
    let entries = ids.clone().map(|id| (id, fields.into_iter()));
    let code = stream(entries, &info, std::slice::from_ref(&group), &mut bytes);
    let items = said(code, &bytes);
    assert_eq!(items.len(), 252);
    assert!(ids.zip(&items).all(|(id, item)| *item == format!("{id} field=value n=7")));
    assert_eq!(items[250], format!("{:?}", Item::Stream(info)));
    assert_eq!(items[251], format!("{:?}", Item::Group(&group)));
}

#[test]
fn what_is_small_is_packed_and_what_is_not_comes_one_by_one() {
    let long = [b'x'; PACKED_BYTES + 1];
    let mut bytes = Vec::new();
    for (value, code) in [(&long[1..], 16), (&long[..], 4)] {
        bytes.clear();
        assert_eq!(hash([(&b"f"[..], value, None)].into_iter(), None, &mut bytes), code);
        assert_eq!(said(code, &bytes).len(), 1);
        bytes.clear();
        let members = [(value, -0.0), (b"b", 1e300), (b"c", f64::INFINITY)];
        let code = sorted_set(3, members.into_iter(), &mut bytes);
        assert_eq!(code == 17, value.len() <= PACKED_BYTES);
        assert_eq!(
            said(code, &bytes)[1..],
            ["b 1".to_owned() + &"0".repeat(300), "c inf".to_owned()]
        );
    }
    let many: Vec<Vec<u8>> =
        (0..3000_u32).map(|n| n.to_string().repeat(n as usize % 40).into_bytes()).collect();
    bytes.clear();
    let code = list(many.iter().map(Vec::as_slice), &mut bytes);
    let found = said(code, &bytes);
    assert!(many.iter().zip(&found).all(|(one, text)| one == text.as_bytes()));
    assert_eq!(found.len(), 3000);
    bytes.clear();
    let large = vec![b'y'; LARGE_BYTES + 1];
    let code = list([&b"a"[..], &large, b"b"].into_iter(), &mut bytes);
    assert_eq!(said(code, &bytes).len(), 3);
}
