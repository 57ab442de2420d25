//! What redis-check-aof 7.0.15 was seen to say about these bytes.

use super::*;

const NAMES: Names<'static> = Names { file: "x.aof", path: "d/x.aof", role: "AOF" };

#[track_caller]
fn reads(bytes: &[u8], ok_up_to: u64, line: u64, stop: Option<&str>) {
    let read = read(&mut &bytes[..], bytes.len() as u64, 0, &NAMES).unwrap();
    let expected = Reading { stop: stop.map(str::to_owned), ok_up_to, lines: line - 1 };
    assert_eq!(read, expected, "{}", bytes.escape_ascii());
}

#[test]
fn whole_records_and_annotations_are_good_and_annotations_are_no_lines() {
    reads(b"*1\r\n$4\r\nPING\r\n#TS:1\r\n", 21, 4, None);
    reads(b"#TS:1", 5, 1, None);
    reads(b"#ab\0*1\n*1\r\n$4\r\nPING\r\n", 21, 4, None);
}

#[test]
fn numbers_are_read_as_c_reads_them() {
    reads(b"*0\r\n*-1\r\n*\r\n", 12, 4, None);
    reads(b"*  1\r\n$\t4\r\nPING\r\n*1\r\n$+04\r\nPING\r\n", 33, 7, None);
    reads(b"*1 \r\n", 0, 1, Some("0x               0: Expected \\r\\n, got: 200d"));
    reads(b"*1\0\r\n", 0, 1, Some("0x               0: Expected \\r\\n, got: 000d"));
    reads(b"*\n1\r\n", 0, 1, Some("0x               0: Expected \\r\\n, got: 0a00"));
    let range = "bytes, which is not in the suitable range";
    let said = format!("0x               4: Expected to read string of -5 {range}");
    reads(b"*1\r\n$-5\r\n", 0, 3, Some(&said));
    let said =
        format!("0x               4: Expected to read string of 9223372036854775806 {range}");
    reads(b"*1\r\n$9223372036854775806\r\n", 0, 3, Some(&said));
    reads(b"*99999999999999999999\r\n$4\r\nPING\r\n", 0, 4, None);
}

#[test]
fn a_line_with_a_number_is_cut_at_127_bytes_and_an_annotation_at_1023() {
    let line = |zeros: usize| [b"*", &b"0".repeat(zeros)[..], b"1\r\n$4\r\nPING\r\n"].concat();
    reads(&line(123), 137, 4, None);
    reads(&line(124), 0, 1, Some("0x               0: Expected \\r\\n, got: 0d00"));
    let annotation = [b"#", &b"x".repeat(1022)[..], b"\n*1\r\n$4\r\nPING\r\n"].concat();
    reads(&annotation, 1023, 1, Some("AOF x.aof format error"));
}

#[test]
fn payloads_end_in_crlf() {
    let said = |bytes: &str| format!("0x               8: Expected \\r\\n, got: {bytes}");
    reads(b"*1\r\n$4\r\nPINGxx*1\r\n", 0, 3, Some(&said("7878")));
    reads(b"*1\r\n$4\r\nPING\xff\xff", 0, 3, Some(&said("ffffffffffffffff")));
}

#[test]
fn the_end_inside_a_record_is_told_as_what_was_expected() {
    reads(
        b"*1\r\n$4\r\nPI",
        0,
        3,
        Some("0x               8: Expected to read 6 bytes, got 2 bytes"),
    );
    reads(b"*1\r\n", 0, 2, None);
    reads(b"*1\r\n$4\r", 0, 2, Some("0x               4: Expected \\r\\n, got: 0d00"));
    reads(b"*1\r\n\0", 0, 2, Some("0x               4: Expected prefix '$', got: '"));
    reads(b"*1\r\n#T\r\n", 0, 2, Some("0x               4: Expected prefix '$', got: '#'"));
}

#[test]
fn an_open_transaction_holds_back_what_is_good() {
    const MULTI: &[u8] = b"*1\r\n$5\r\nMULTI\r\n";
    const PING: &[u8] = b"*1\r\n$4\r\nPING\r\n";
    const EXEC: &[u8] = b"*1\r\n$4\r\nexec\r\n";
    let open = "0x              1e: Reached EOF before reading EXEC for MULTI";
    reads(&[MULTI, b"#TS:1\r\n", PING].concat(), 0, 7, Some(open));
    let nested = "0x              25: Unexpected MULTI in AOF d/x.aof";
    reads(&[PING, MULTI, MULTI].concat(), 14, 10, Some(nested));
    let stray = "0x              16: Unexpected EXEC in AOF d/x.aof";
    reads(&[PING, EXEC].concat(), 14, 7, Some(stray));
    reads(&[MULTI, PING, EXEC].concat(), 43, 10, None);
    // A record that ends behind its header ends the file.
    let open = "0x              13: Reached EOF before reading EXEC for MULTI";
    reads(&[MULTI, b"*1\r\n"].concat(), 0, 5, Some(open));
}

#[test]
fn a_word_ends_at_a_nul_and_only_the_first_counts() {
    reads(b"*1\r\n$7\r\nmulti\0x\r\n*1\r\n$4\r\nexec\r\n", 31, 7, None);
    reads(b"*2\r\n$4\r\nECHO\r\n$5\r\nMULTI\r\n", 25, 6, None);
    reads(b"*1\r\n$6\r\nMULTIS\r\n*1\r\n$3\r\nEXE\r\n", 29, 7, None);
}

#[test]
fn what_is_no_record_is_a_format_error() {
    reads(b"*1\r\n$4\r\nPING\r\n\0\0\0", 14, 4, Some("AOF x.aof format error"));
    reads(b"SET a b\r\n", 0, 1, Some("AOF x.aof format error"));
}
