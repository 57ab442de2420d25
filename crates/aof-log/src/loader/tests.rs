//! What five servers were seen to do, told without them; `tests/conformance` asks them.

use super::*;
use crate::server::Product;
use crate::{Policy, diagnose};

const REDIS_6_2: Server = Server::new(Product::Redis, 6, 2);
const REDIS_7_0: Server = Server::new(Product::Redis, 7, 0);
const REDIS_8_4: Server = Server::new(Product::Redis, 8, 4);
const VALKEY_8_0: Server = Server::new(Product::Valkey, 8, 0);
const VALKEY_8_1: Server = Server::new(Product::Valkey, 8, 1);
const VALKEY_9_0: Server = Server::new(Product::Valkey, 9, 0);
const VALKEY_9_1: Server = Server::new(Product::Valkey, 9, 1);

const SET: &str = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n";
const MULTI: &str = "*1\r\n$5\r\nMULTI\r\n";
const EXEC: &str = "*1\r\n$4\r\nEXEC\r\n";
const TORN: &str = "*3\r\n$3\r\nSE";

/// Bytes of `SET`, and of `SET` with `MULTI`.
const ONE: u64 = 27;
const TWO: u64 = 42;

fn loading(bytes: &[u8], len: u64, from: u64, server: Server, conf: &Conf) -> Loading {
    let log = diagnose(&bytes[from as usize..], &Policy::default(), &());
    let log = if from == 0 { log } else { Diagnosis::default() };
    let part = PartView { len, records_from: from, is_last: true, log: &log };
    load(&mut &bytes[..], &part, server, conf).expect("memory does not fail")
}

fn with(bytes: &[u8], server: Server, conf: &Conf) -> Loading {
    loading(bytes, bytes.len() as u64, 0, server, conf)
}

#[track_caller]
fn ends(text: &str, expected: &[(Server, Ending)]) {
    for (server, ending) in expected {
        let loading = with(text.as_bytes(), *server, &Conf::default());
        assert_eq!(loading.ending, *ending, "{server}: {text:?}: {}", loading.why);
        assert_eq!(loading.why.is_empty(), *ending == Ending::Whole, "{server}: {text:?}");
    }
}

#[track_caller]
fn all_end(text: &str, ending: Ending) {
    let all: Vec<_> = Server::MEASURED.map(|server| (server, ending.clone())).into();
    ends(text, &all);
}

#[test]
fn numbers_and_line_ends_that_only_c_reads_are_taken() {
    for header in ["*2\n", "*+2x\r\n", "*02 \r\n", "*\x0b2\r\n", "*4294967298\r\n"] {
        all_end(&format!("{SET}{header}$4\r\nINCRXX$ 1z\na\r\n"), Ending::Whole);
    }
}

#[test]
fn what_is_no_record_is_refused() {
    for text in
        ["\r\n", "SET a 1\r\n", "*0\r\n", "*-1\r\n", "*\r", "\0\0\0", "*2\r\n*1\r\n", "*\0\n"]
    {
        all_end(&format!("{SET}{text}"), Ending::Refuses);
    }
}

#[test]
fn a_record_that_the_end_cuts_off_is_cut_away() {
    for text in ["*", "*\0\0", "*3", "*3\r\n", TORN, "*1\r\n$3\r\nabc\r", "*1\r\n$99999\r\nx"] {
        all_end(&format!("{SET}{text}"), Ending::Cut { to: ONE });
    }
}

#[test]
fn a_line_is_as_long_as_the_buffer_of_the_server() {
    let line =
        |length: usize| format!("{SET}*2{}$4\r\nINCR\r\n$1\r\na\r\n", " ".repeat(length - 2));
    ends(&line(127), &[(REDIS_6_2, Ending::Whole), (REDIS_7_0, Ending::Refuses)]);
    ends(&line(1023), &[(REDIS_6_2, Ending::Refuses), (REDIS_7_0, Ending::Whole)]);
}

#[test]
fn lengths_that_nobody_has_the_memory_for_crash_or_depend_on_the_machine() {
    for (length, ending) in [
        ("-1", Ending::Crashes),
        ("99999999999999999999999", Ending::Crashes),
        ("99999999999", Ending::Unknown),
        ("500000000", Ending::Cut { to: ONE }),
    ] {
        all_end(&format!("{SET}*1\r\n${length}\r\nx"), ending);
    }
    all_end(&format!("{SET}*2147483647\r\n$1\r\n"), Ending::Unknown);
}

#[test]
fn annotations_are_passed_over_since_7_0() {
    let text = format!("#TS:17\r\n{SET}#TS:18");
    ends(&text, &[(REDIS_6_2, Ending::Refuses), (REDIS_7_0, Ending::Whole)]);
    let loading = with(text.as_bytes(), REDIS_7_0, &Conf::default());
    assert_eq!((loading.effective, loading.commands), (8 + ONE, 1));
}

#[test]
fn a_torn_record_in_a_transaction_leaves_it_open_except_on_valkey_9_1() {
    let text = format!("{SET}{MULTI}{SET}{TORN}");
    let left = TWO + ONE;
    ends(
        &text,
        &[
            (REDIS_7_0, Ending::Cut { to: left }),
            (VALKEY_8_1, Ending::Cut { to: left }),
            (VALKEY_9_0, Ending::Unknown),
            (VALKEY_9_1, Ending::Cut { to: ONE }),
        ],
    );
    let first = with(text.as_bytes(), REDIS_7_0, &Conf::default());
    assert_eq!((first.effective, first.commands, first.left), (ONE, 1, left));
    let second = loading(text.as_bytes(), left, 0, REDIS_7_0, &Conf::default());
    assert_eq!(
        second.ending,
        Ending::Cut { to: ONE },
        "the start after it reverts the transaction"
    );
}

#[test]
fn of_nested_transactions_only_the_last_is_reverted() {
    let text = format!("{SET}{MULTI}{SET}{MULTI}{SET}");
    all_end(&text, Ending::Cut { to: TWO + ONE });
    let loading = with(text.as_bytes(), VALKEY_9_1, &Conf::default());
    assert_eq!((loading.effective, loading.commands), (ONE, 1));
    all_end(&format!("{text}{EXEC}"), Ending::Whole);
}

#[test]
fn a_stray_exec_and_a_select_that_fails_are_passed_over() {
    let text = format!("{SET}{EXEC}*2\r\n$6\r\nSELECT\r\n$2\r\n99\r\n{SET}");
    all_end(&text, Ending::Whole);
    assert_eq!(with(text.as_bytes(), REDIS_7_0, &Conf::default()).commands, 4);
}

#[test]
fn what_a_transaction_queues_does_harm_when_it_runs() {
    let queued = format!("{SET}{MULTI}*1\r\n$7\r\nDISCARD\r\n");
    all_end(&queued, Ending::Cut { to: ONE });
    all_end(&format!("{queued}{EXEC}"), Ending::Crashes);
    all_end(&format!("{SET}*1\r\n$7\r\nDISCARD\r\n"), Ending::Whole);
}

#[test]
fn a_wrong_number_of_arguments_is_refused_by_valkey_since_8_1() {
    let few = format!("{SET}*2\r\n$3\r\nSET\r\n$1\r\nk\r\n");
    ends(
        &few,
        &[
            (REDIS_7_0, Ending::Unknown),
            (VALKEY_8_0, Ending::Unknown),
            (VALKEY_8_1, Ending::Refuses),
        ],
    );
    let many = format!("{SET}*3\r\n$4\r\nINCR\r\n$1\r\na\r\n$1\r\nb\r\n");
    ends(&many, &[(REDIS_7_0, Ending::Whole), (VALKEY_9_1, Ending::Refuses)]);
}

#[test]
fn a_command_that_the_server_lacks_keeps_it_from_starting() {
    let copy = format!("{SET}*3\r\n$4\r\nCOPY\r\n$1\r\na\r\n$1\r\nb\r\n");
    let hash =
        "*6\r\n$10\r\nhpexpireat\r\n$1\r\nh\r\n$1\r\n1\r\n$6\r\nFIELDS\r\n$1\r\n1\r\n$1\r\nf\r\n";
    ends(&copy, &[(Server::new(Product::Redis, 6, 0), Ending::Refuses)]);
    for text in
        [format!("{SET}{hash}"), format!("{SET}{MULTI}{hash}"), format!("{hash}{SET}{TORN}")]
    {
        ends(&text, &[(REDIS_7_0, Ending::Refuses), (VALKEY_8_1, Ending::Refuses)]);
    }
    ends(&format!("{SET}{hash}"), &[(VALKEY_9_1, Ending::Whole), (REDIS_8_4, Ending::Whole)]);
}

#[test]
fn before_7_0_only_containers_are_looked_up() {
    let text = format!("{SET}*3\r\n$6\r\nXGROUP\r\n$4\r\nBANG\r\n$1\r\ns\r\n");
    ends(&text, &[(REDIS_6_2, Ending::Whole), (REDIS_7_0, Ending::Refuses)]);
    all_end(&format!("{SET}*2\r\n$13\r\nXGROUP CREATE\r\n$1\r\ns\r\n"), Ending::Refuses);
    let script = format!("{SET}*3\r\n$6\r\nSCRIPT\r\n$4\r\nLOAD\r\n$1\r\nx\r\n");
    all_end(&script, Ending::Whole);
}

#[test]
fn a_renamed_command_is_known_by_its_new_name_only() {
    let renamed =
        |new: &str| Conf { renamed: vec![("SET".to_owned(), new.to_owned())], ..Conf::default() };
    let ending = |text: &str, conf: &Conf| with(text.as_bytes(), REDIS_7_0, conf).ending;
    let foo = SET.replace("SET", "foo");
    assert_eq!(ending(SET, &renamed("FOO")), Ending::Refuses);
    assert_eq!(ending(&foo, &renamed("FOO")), Ending::Whole);
    assert_eq!(ending(SET, &renamed("")), Ending::Refuses);
    assert_eq!(ending(&foo, &renamed("")), Ending::Refuses);
    assert_eq!(ending(EXEC, &renamed("")), Ending::Whole);
}

#[test]
fn a_name_with_a_dot_may_be_a_modules() {
    let text = format!("{SET}*2\r\n$8\r\nJSON.SET\r\n$1\r\nk\r\n{SET}");
    all_end(&text, Ending::Refuses);
    let conf = Conf { modules: true, ..Conf::default() };
    assert_eq!(with(text.as_bytes(), REDIS_7_0, &conf).ending, Ending::Unknown);
}

#[test]
fn without_leave_to_cut_the_server_refuses() {
    let conf = Conf { load_truncated: false, ..Conf::default() };
    for text in [format!("{SET}{TORN}"), format!("{SET}{MULTI}")] {
        let loading = with(text.as_bytes(), VALKEY_9_1, &conf);
        assert_eq!((loading.ending, loading.left), (Ending::Refuses, text.len() as u64));
        assert!(loading.why.contains("aof-load-truncated"), "{}", loading.why);
    }
}

#[test]
fn a_short_bad_tail_may_be_cut_since_redis_8_4() {
    let text = format!("{SET}garbage");
    let ending = |server, limit| {
        let conf = Conf { corrupt_tail_max: limit, ..Conf::default() };
        with(text.as_bytes(), server, &conf).ending
    };
    assert_eq!(ending(REDIS_8_4, 100), Ending::Cut { to: ONE });
    assert_eq!(ending(REDIS_8_4, 7), Ending::Unknown);
    assert_eq!(ending(REDIS_8_4, 6), Ending::Refuses);
    assert_eq!(ending(REDIS_8_4, 0), Ending::Refuses);
    assert_eq!(ending(VALKEY_9_1, 100), Ending::Refuses);
}

#[test]
fn a_part_that_is_not_the_last_is_cut_and_the_server_ends() {
    let text = format!("{SET}{TORN}");
    let log = diagnose(text.as_bytes(), &Policy::default(), &());
    for (is_last, goes_on) in [(true, true), (false, false)] {
        let part = PartView { len: text.len() as u64, records_from: 0, is_last, log: &log };
        let loading = load(&mut text.as_bytes(), &part, REDIS_7_0, &Conf::default());
        let loading = loading.expect("memory does not fail");
        assert_eq!((loading.ending, loading.goes_on), (Ending::Cut { to: ONE }, goes_on));
        assert_eq!(loading.left, ONE);
    }
}

#[test]
fn a_preamble_is_forgotten_until_the_first_record_behind_it_except_on_valkey_9_1() {
    let preamble = "an RDB file";
    let from = preamble.len() as u64;
    let ending = |text: &str, server| {
        let bytes = format!("{preamble}{text}");
        let found = loading(bytes.as_bytes(), bytes.len() as u64, from, server, &Conf::default());
        (found.ending, found.effective)
    };
    for text in [TORN, MULTI] {
        assert_eq!(ending(text, REDIS_6_2), (Ending::Cut { to: 0 }, from));
        assert_eq!(ending(text, VALKEY_9_1), (Ending::Cut { to: from }, from));
        assert_eq!(ending(text, VALKEY_9_0).0, Ending::Unknown);
    }
    let one = format!("{SET}{TORN}");
    assert_eq!(ending(&one, REDIS_6_2), (Ending::Cut { to: from + ONE }, from + ONE));
    let cut = |len| loading(preamble.as_bytes(), len, from, REDIS_6_2, &Conf::default()).ending;
    assert_eq!((cut(0), cut(5)), (Ending::Whole, Ending::Refuses));
}
