//! Replies: one test a form, and the laws as properties.

use super::{MAX_DEPTH, MAX_LINE, Reply, reply};
use crate::fault::FaultKind;
use nom::{Err, Needed};
use proptest::prelude::*;

fn parsed(input: &[u8]) -> Reply<'_> {
    let (rest, reply) = reply(input).expect("a whole reply");
    assert!(rest.is_empty(), "{rest:?} is left");
    reply
}

fn refused(input: &[u8]) -> FaultKind {
    match reply(input) {
        Err(Err::Error(fault)) => fault.kind(),
        other => panic!("{other:?} instead of a fault"),
    }
}

fn bulk(text: &str) -> Reply<'_> {
    Reply::Bulk(text.as_bytes())
}

#[test]
fn every_form_of_resp2_is_read() {
    assert_eq!(parsed(b"+OK\r\n"), Reply::Simple(b"OK"));
    assert_eq!(parsed(b"+\r\n"), Reply::Simple(b""));
    assert_eq!(parsed(b"-ERR no\r\n"), Reply::Error(b"ERR no"));
    assert_eq!(parsed(b":-9223372036854775808\r\n"), Reply::Integer(i64::MIN));
    assert_eq!(parsed(b":+7\r\n"), Reply::Integer(7));
    assert_eq!(parsed(b"$4\r\na\r\nb\r\n"), bulk("a\r\nb"));
    assert_eq!(parsed(b"$0\r\n\r\n"), bulk(""));
    assert_eq!(parsed(b"$-1\r\n"), Reply::Null);
    assert_eq!(parsed(b"*-1\r\n"), Reply::Null);
    assert_eq!(parsed(b"*0\r\n"), Reply::Array(vec![]));
    assert_eq!(
        parsed(b"*2\r\n*1\r\n:1\r\n$1\r\na\r\n"),
        Reply::Array(vec![Reply::Array(vec![Reply::Integer(1)]), bulk("a")])
    );
}

#[test]
fn every_form_of_resp3_is_read() {
    assert_eq!(parsed(b"_\r\n"), Reply::Null);
    assert_eq!(parsed(b"#t\r\n"), Reply::Boolean(true));
    assert_eq!(parsed(b"#f\r\n"), Reply::Boolean(false));
    assert_eq!(parsed(b",1.5\r\n"), Reply::Double(1.5));
    assert_eq!(parsed(b",-inf\r\n"), Reply::Double(f64::NEG_INFINITY));
    assert!(matches!(parsed(b",nan\r\n"), Reply::Double(number) if number.is_nan()));
    assert_eq!(parsed(b"(-12345678901234567890\r\n"), Reply::BigNumber(b"-12345678901234567890"));
    assert_eq!(parsed(b"!5\r\nERR x\r\n"), Reply::Error(b"ERR x"));
    assert_eq!(parsed(b"=7\r\ntxt:abc\r\n"), Reply::Verbatim { format: b"txt", text: b"abc" });
    assert_eq!(parsed(b"~1\r\n:1\r\n"), Reply::Set(vec![Reply::Integer(1)]));
    assert_eq!(parsed(b">1\r\n$1\r\na\r\n"), Reply::Push(vec![bulk("a")]));
    assert_eq!(parsed(b"%1\r\n+k\r\n:2\r\n"), {
        Reply::Map(vec![(Reply::Simple(b"k"), Reply::Integer(2))])
    });
    assert_eq!(parsed(b"|1\r\n+ttl\r\n:3\r\n$1\r\na\r\n"), {
        let attributes = vec![(Reply::Simple(b"ttl"), Reply::Integer(3))];
        Reply::Attributed { attributes, reply: Box::new(bulk("a")) }
    });
}

#[test]
fn what_stands_behind_a_reply_is_returned() {
    assert_eq!(reply(b":1\r\n+OK\r\n"), Ok((&b"+OK\r\n"[..], Reply::Integer(1))));
}

#[test]
fn what_no_server_sends_is_refused() {
    assert_eq!(refused(b"OK\r\n"), FaultKind::ReplyType);
    assert_eq!(refused(b"*-2\r\n"), FaultKind::Number);
    assert_eq!(refused(b"%-1\r\n"), FaultKind::Number);
    assert_eq!(refused(b":9223372036854775808\r\n"), FaultKind::TooLarge);
    for strange in [
        "+O\nK\r\n",
        "+O\rK\r\n",
        ":\r\n",
        ":1x\r\n",
        ":-\r\n",
        "$1\n",
        "$1\r\nabc",
        "$?\r\n",
        "#x\r\n",
        ",one\r\n",
        "(\r\n",
        "(-\r\n",
        "(1x\r\n",
        "=3\r\nabc\r\n",
        "=4\r\ntext\r\n",
        "=-1\r\n",
        "!-1\r\n",
        ":000000000000000000001\r\n",
    ] {
        refused(strange.as_bytes());
    }
}

#[test]
fn a_bulk_says_how_many_bytes_it_misses() {
    assert_eq!(reply(b"$10\r\nabc"), Err(Err::Incomplete(Needed::new(7))));
}

#[test]
fn a_declared_count_reserves_nothing() {
    let bomb = format!("*{}\r\n", i64::MAX);
    assert!(matches!(reply(bomb.as_bytes()), Err(Err::Incomplete(_))));
    let bomb = format!("${}\r\nabc", i64::MAX);
    assert!(matches!(reply(bomb.as_bytes()), Err(Err::Incomplete(_))));
}

#[test]
fn nesting_ends_at_the_bound() {
    let nest = |depth| format!("{}:1\r\n", "*1\r\n".repeat(depth));
    assert!(reply(nest(MAX_DEPTH).as_bytes()).is_ok());
    assert_eq!(refused(nest(MAX_DEPTH + 1).as_bytes()), FaultKind::TooDeep);
    assert_eq!(refused("|0\r\n".repeat(1 << 20).as_bytes()), FaultKind::TooDeep);
}

#[test]
fn an_endless_line_is_not_waited_for() {
    let mut endless = vec![b'+'];
    endless.resize(MAX_LINE + 2, b'a');
    assert_eq!(refused(&endless), FaultKind::TooLarge);
}

fn encode(reply: &Reply<'_>, out: &mut Vec<u8>) {
    let line = |out: &mut Vec<u8>, mark: char, text: &[u8]| {
        out.extend([mark as u8]);
        out.extend([text, b"\r\n"].concat());
    };
    let many = |out: &mut Vec<u8>, mark: char, all: &[Reply<'_>]| {
        line(out, mark, all.len().to_string().as_bytes());
        all.iter().for_each(|one| encode(one, out));
    };
    let pairs = |out: &mut Vec<u8>, mark: char, all: &[(Reply<'_>, Reply<'_>)]| {
        line(out, mark, all.len().to_string().as_bytes());
        all.iter().flat_map(|(key, value)| [key, value]).for_each(|one| encode(one, out));
    };
    let sized = |out: &mut Vec<u8>, mark: char, text: &[u8]| {
        line(out, mark, text.len().to_string().as_bytes());
        out.extend([text, b"\r\n"].concat());
    };
    match reply {
        Reply::Simple(text) => line(out, '+', text),
        Reply::Error(text) if text.contains(&b'\n') => sized(out, '!', text),
        Reply::Error(text) => line(out, '-', text),
        Reply::Integer(number) => line(out, ':', number.to_string().as_bytes()),
        Reply::Bulk(text) => sized(out, '$', text),
        Reply::Null => line(out, '_', b""),
        Reply::Array(all) => many(out, '*', all),
        Reply::Map(all) => pairs(out, '%', all),
        Reply::Set(all) => many(out, '~', all),
        Reply::Double(number) => line(out, ',', number.to_string().as_bytes()),
        Reply::Boolean(yes) => line(out, '#', if *yes { b"t" } else { b"f" }),
        Reply::BigNumber(text) => line(out, '(', text),
        Reply::Verbatim { format, text } => sized(out, '=', &[format, &b":"[..], text].concat()),
        Reply::Push(all) => many(out, '>', all),
        Reply::Attributed { attributes, reply } => {
            pairs(out, '|', attributes);
            encode(reply, out);
        }
    }
}

/// Replies of every form; texts come from a fixed pool, because a reply only borrows.
fn replies() -> impl Strategy<Value = Reply<'static>> {
    let text = prop::sample::select(vec![&b""[..], b"a", b"OK", b"\0\xff", b"ERR wrong"]);
    let bytes = prop::sample::select(vec![&b""[..], b"\r\n", b"*1\r\n$1\r\na\r\n", b"plain"]);
    let leaf = prop_oneof![
        text.clone().prop_map(Reply::Simple),
        text.prop_map(Reply::Error),
        Just(Reply::Error(b"ERR\r\ntwo lines")),
        any::<i64>().prop_map(Reply::Integer),
        bytes.clone().prop_map(Reply::Bulk),
        Just(Reply::Null),
        any::<f64>().prop_filter("nan equals nothing", |f| !f.is_nan()).prop_map(Reply::Double),
        any::<bool>().prop_map(Reply::Boolean),
        Just(Reply::BigNumber(b"-1234567890123456789012")),
        bytes.prop_map(|text| Reply::Verbatim { format: b"txt", text }),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let many = prop::collection::vec(inner.clone(), 0..4);
        let pairs = prop::collection::vec((inner.clone(), inner.clone()), 0..3);
        prop_oneof![
            many.clone().prop_map(Reply::Array),
            many.clone().prop_map(Reply::Set),
            many.prop_map(Reply::Push),
            pairs.clone().prop_map(Reply::Map),
            (pairs, inner).prop_map(|(attributes, reply)| Reply::Attributed {
                attributes,
                reply: Box::new(reply)
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_encoded_is_read_back(original in replies(), behind in any::<[u8; 3]>()) {
        let mut bytes = Vec::new();
        encode(&original, &mut bytes);
        let whole = bytes.len();
        bytes.extend(behind);
        prop_assert_eq!(reply(&bytes), Ok((&bytes[whole..], original)));
    }

    #[test]
    fn every_prefix_is_incomplete(original in replies()) {
        let mut bytes = Vec::new();
        encode(&original, &mut bytes);
        for end in 0..bytes.len() {
            let read = reply(&bytes[..end]);
            prop_assert!(matches!(read, Err(Err::Incomplete(_))), "{} bytes: {:?}", end, read);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = reply(&bytes);
    }

    #[test]
    fn bytes_that_look_like_replies_never_panic(
        bytes in "([*%~>|$!=+:,(_#-]{1,3}[-+?]?[0-9]{0,20}(\r\n|\n)?){0,40}",
    ) {
        let _ = reply(bytes.as_bytes());
    }
}
