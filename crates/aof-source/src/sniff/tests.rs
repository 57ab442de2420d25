//! Tests of the sniffing table, and of logs that must never be taken for something else.

use super::*;

fn kind(first: &[u8]) -> Kind {
    sniff(first, None).kind
}

fn noise(len: usize) -> Vec<u8> {
    let mut state = 7u64;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    })
    .take(len)
    .collect()
}

fn rdb(magic: &'static str, version: Option<u32>) -> Kind {
    Kind::Rdb { magic, version }
}

fn xml(code: Option<&str>) -> Kind {
    Kind::Xml { code: code.map(str::to_owned) }
}

fn tar() -> Vec<u8> {
    let mut bytes = vec![0; 512];
    bytes[..14].copy_from_slice(b"appendonlydir/");
    bytes[257..262].copy_from_slice(b"ustar");
    bytes.extend_from_slice(b"*1\r\n$4\r\nPING\r\n");
    bytes
}

#[test]
fn the_first_bytes_tell_the_kind() {
    use Cipher::{Age, AnsibleVault, Gpg, Luks, OpenSsl};
    let node = b"07c37dfeb235213a872192d90877d0cd55635b91 127.0.0.1:30004@31004,host slave e7d1 0 1 4 connected\nvars currentEpoch 6 lastVoteEpoch 0\n";
    let table: &[(&[u8], Kind)] = &[
        (b"", Kind::Empty),
        (&[0; 3], Kind::NulOnly),
        (b"REDIS0011\xfa", rdb("REDIS", Some(11))),
        (b"VALKEY080\xfa", rdb("VALKEY", Some(80))),
        (b"REDIS\0\0\0\0", rdb("REDIS", None)),
        (&[0x1F, 0x8B, 8, 0], Kind::Gzip),
        (&[0x28, 0xB5, 0x2F, 0xFD, 4], Kind::Zstd),
        (&[0x5E, 0x2A, 0x4D, 0x18], Kind::Zstd),
        (b"\xFD7zXZ\0\0", Kind::Xz),
        (b"BZh91AY&SY", Kind::Bzip2),
        (&[4, 0x22, 0x4D, 0x18], Kind::Lz4),
        (b"PK\x03\x04\x14", Kind::Zip),
        (&tar(), Kind::Tar),
        (b"7z\xBC\xAF\x27\x1C\0", Kind::SevenZip),
        (b"SQLite format 3\0\x10", Kind::Sqlite),
        (b"\x7FELF\x02", Kind::Elf),
        (b"<!DOCTYPE html>\n<html>", Kind::Html),
        (b"\r\n<HTML><head>", Kind::Html),
        (b"<?xml version=\"1.0\"?><a/>", xml(None)),
        (
            b"\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>BlobNotFound</Code><Message>",
            xml(Some("BlobNotFound")),
        ),
        (b"<Error><Code>NoSuchKey</Code>", xml(Some("NoSuchKey"))),
        (b"{\n  \"a\": 1}", Kind::Json),
        (b"[1, 2]", Kind::Json),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:", Kind::LfsPointer),
        (b"file appendonly.aof.1.base.rdb seq 1 type b\n", Kind::Manifest),
        (b"# Redis\nport 6379\nbind 127.0.0.1\n\nappendonly yes\n", Kind::RedisConf),
        (b"appendonly yes\n", Kind::RedisConf),
        (b"port 26379\nsentinel monitor mymaster 10.0.0.1 6379 2\n", Kind::SentinelConf),
        (node, Kind::NodesConf),
        (b"user default on nopass ~* &* +@all\nuser bob off\n", Kind::AclFile),
        (b"age-encryption.org/v1\n-> X25519", Kind::Encrypted(Age)),
        (b"Salted__\x01\x02", Kind::Encrypted(OpenSsl)),
        (b"-----BEGIN PGP MESSAGE-----\n", Kind::Encrypted(Gpg)),
        (b"\x8C\x0D\x04\x09\x03\x08", Kind::Encrypted(Gpg)),
        (b"\x85\x01\x8C\x03\xAA", Kind::Encrypted(Gpg)),
        (b"$ANSIBLE_VAULT;1.1;AES256\n", Kind::Encrypted(AnsibleVault)),
        (b"LUKS\xBA\xBE\0\x02", Kind::Encrypted(Luks)),
        (&noise(4096), Kind::Encrypted(Cipher::Unrecognised)),
        (b"just a few words\n", Kind::Text),
        ("Grüße".as_bytes(), Kind::Text),
        (b"* a list\n* in Markdown\n", Kind::Text),
        (b"#!/bin/sh\necho\n", Kind::Text),
        (b"\xFF\xFE*\x003\0", Kind::Text),
        (&noise(100), Kind::Unknown),
        (&[0xAB, 0, 1, 2], Kind::Unknown),
    ];
    for (first, expected) in table {
        let answer = sniff(first, None);
        assert_eq!(answer.kind, *expected, "{:?}", first.escape_ascii().to_string());
        assert!(!answer.reason.is_empty());
    }
}

#[test]
fn a_log_is_a_log_in_whatever_state() {
    use Resp::{Bom, Damaged, LineFeeds, Plain};
    let set: &[u8] = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n";
    let joined = |pieces: &[&[u8]]| pieces.concat();
    let table = [
        (set.to_vec(), Plain),
        (b"*".to_vec(), Plain),
        (b"*3".to_vec(), Plain),
        (b"*3\r\n".to_vec(), Plain),
        (b"*03\r\n$3".to_vec(), Plain),
        (b"#TS:1700000000\r\n*2\r\n$6\r\nSELECT\r\n".to_vec(), Plain),
        (b"#TS:17".to_vec(), Plain),
        (joined(&[b"# something else\r\n", set]), Plain),
        (b"*3\n$3\nSET\n$1\nk\n$1\nv\n".to_vec(), LineFeeds),
        (b"*3\r\r\n$3\r\r\nSET\r\r\n$1\r\r\nk\r\r\n$1\r\r\nv\r\r\n".to_vec(), Damaged),
        (joined(&[b"\xEF\xBB\xBF", set]), Bom),
        (joined(&[&[0; 4096], set]), Damaged),
        (joined(&[b"*3x", set]), Damaged),
        (joined(&[b"{\"cut\": \"value\"}\r\n", set, set, set]), Damaged),
        (joined(&[b"<!DOCTYPE html>\r\n", set, set, set]), Damaged),
        (joined(&[b"random \x01\x02\r\n", set]), Damaged),
        (joined(&[&noise(60_000), b"\r\n", set]), Damaged),
        (b"$3\r\nSET\r\n".to_vec(), Damaged),
        (joined(&[&[0; 64], b"\r\n$9999\r\n", &noise(9000)]), Damaged),
    ];
    for (first, expected) in table {
        let answer = sniff(&first, Some(Path::new("appendonly.aof")));
        let shown = first[..first.len().min(80)].escape_ascii();
        assert_eq!(answer.kind, Kind::Resp(expected), "{shown}");
        assert!(answer.kind.may_be_log());
    }
}

#[test]
fn binary_values_do_not_make_a_log_look_encrypted() {
    let mut log = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$65536\r\n".to_vec();
    log.extend(noise(65_536));
    assert_eq!(kind(&log[..65_536]), Kind::Resp(Resp::Plain));
    // Even with its first record's header gone.
    log[..17].fill(0xFF);
    assert_eq!(kind(&log[..65_536]), Kind::Resp(Resp::Damaged));
}

#[test]
fn every_prefix_of_a_log_is_a_log() {
    let log = b"#TS:1700000000\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n";
    for end in 1..log.len() {
        assert!(matches!(kind(&log[..end]), Kind::Resp(_)), "{end} bytes");
        if end > 16 {
            assert!(matches!(kind(&log[16..end]), Kind::Resp(_)), "{end} bytes");
        }
    }
}

#[test]
fn a_name_that_says_otherwise_is_mentioned_and_changes_nothing() {
    let named = |first: &[u8], name: &str| sniff(first, Some(Path::new(name))).to_string();
    assert!(named(b"REDIS0011", "x.gz").ends_with("although its name ends in .gz"));
    assert!(named(b"*1\r\n$4\r\nPING\r\n", "dump.RDB").ends_with("although its name ends in .rdb"));
    assert!(named(b"<html>", "appendonly.aof").contains(".aof"));
    for (first, name) in [
        (&b"REDIS0011"[..], "appendonly.aof"),
        (b"REDIS0011", "appendonly.aof.1.base.rdb"),
        (b"*1\r\n$4\r\nPING\r\n", "appendonly.aof.1.incr.aof"),
        (b"*1\r\n$4\r\nPING\r\n", "backup.2026-11-22"),
        (b"", "appendonly.aof"),
        (&[0; 9], "appendonly.aof"),
    ] {
        assert!(!named(first, name).contains("although"), "{name}");
    }
}

#[test]
fn no_reason_lets_bytes_through_to_a_terminal() {
    for first in [
        &b"\x1b[2J some words"[..],
        b"*3\x1b[2J",
        b"<html>\x1b[2J",
        b"port\x1b 1\nbind x\ndir /\nsave 1 2",
        b"\xc2\x9b2J words",
    ] {
        let shown = sniff(first, None).to_string();
        assert!(!shown.contains(char::is_control), "{shown:?}");
    }
}

proptest::proptest! {
    #[test]
    fn any_bytes_have_a_kind_and_a_reason_that_can_be_shown(
        first in "[*$#{<3-\\[\\x00-\\x20a-z]{0,40}", tail: Vec<u8>,
    ) {
        let bytes = [first.as_bytes(), &tail].concat();
        let shown = sniff(&bytes, None).to_string();
        proptest::prop_assert!(!shown.contains(char::is_control));
    }
}
