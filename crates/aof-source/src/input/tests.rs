//! Tests of opening: what is refused and how, what is read, and what is told about it.

use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;

use super::*;
use crate::Feed;
use crate::sniff::Resp;

const LOG: &[u8] = b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n";

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn file_with(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn mkfifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// All that can be read, and the error behind it.
fn content(input: &mut Input) -> (Vec<u8>, Option<ReadError>) {
    fn all(feed: &mut impl Feed) -> (Vec<u8>, Option<ReadError>) {
        let mut content = Vec::new();
        loop {
            match feed.window(content.len() as u64, 1) {
                Ok([]) => return (content, None),
                Ok(bytes) => content.extend_from_slice(bytes),
                Err(error) => return (content, Some(error)),
            }
        }
    }
    match input.access().unwrap() {
        Access::Random(part) => all(&mut part.feed()),
        Access::Stream(feed) => all(feed),
    }
}

#[test]
fn each_thing_that_cannot_be_opened_has_its_own_error() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    symlink("nowhere", path("dangling")).unwrap();
    symlink("loop", path("loop")).unwrap();
    std::fs::write(path("file"), "").unwrap();
    let _socket = UnixListener::bind(path("socket")).unwrap();

    let open = |path: &Path| Input::open(path).unwrap_err();
    assert!(matches!(open(&path("none")), OpenError::Missing { .. }));
    assert!(matches!(open(&path("loop")), OpenError::LinkLoop { .. }));
    assert!(matches!(open(&path("file/x")), OpenError::NotAFolder { .. }));
    assert!(matches!(open(folder.path()), OpenError::Folder { .. }));
    assert!(matches!(open(&path("socket")), OpenError::Socket { .. }));
    assert!(matches!(open(Path::new("/dev/zero")), OpenError::CharacterDevice { .. }));
    assert!(matches!(open(&path(&"n".repeat(300))), OpenError::Failed { .. }));
    let OpenError::DanglingLink { target, .. } = open(&path("dangling")) else {
        panic!("a dangling link is not simply missing");
    };
    assert_eq!(target, Path::new("nowhere"));
    assert!(open(&path("none")).to_string().contains("none"));
}

#[test]
fn a_denied_path_is_told_from_a_missing_one() {
    let denied = OpenError::from_io("x".into(), io::ErrorKind::PermissionDenied.into());
    assert!(matches!(denied, OpenError::Denied { .. }));
}

#[test]
fn a_plain_file_is_read_in_any_order() {
    let file = file_with(LOG);
    let mut input = Input::open(file.path()).unwrap();
    assert!(!input.waits());
    assert_eq!(input.container().unwrap(), Container::Plain);
    assert_eq!(input.first().unwrap(), LOG);
    assert_eq!(input.meta().bytes, Some(LOG.len() as u64));
    assert!(
        matches!(input.access().unwrap(), Access::Random(part) if part.len() == LOG.len() as u64)
    );
    assert_eq!(content(&mut input).0, LOG);
}

#[test]
fn growth_and_truncation_show_in_what_the_system_says_now() {
    let mut file = file_with(LOG);
    let input = Input::open(file.path()).unwrap();
    assert_eq!(input.meta_now().unwrap(), input.meta());
    file.write_all(b"more").unwrap();
    assert_eq!(input.meta_now().unwrap().bytes, Some(LOG.len() as u64 + 4));
    file.as_file().set_len(3).unwrap();
    assert_eq!(input.meta_now().unwrap().bytes, Some(3));
    // A server that rewrites its log puts another file under the name.
    let other = file_with(b"other");
    std::fs::rename(other.path(), file.path()).unwrap();
    assert_eq!(input.meta_now().unwrap().inode, input.meta().inode);
}

#[test]
fn compressed_files_are_decoded_and_can_go_back() {
    for (packed, container) in
        [(gzip(LOG), Container::Gzip), (zstd::encode_all(LOG, 3).unwrap(), Container::Zstd)]
    {
        let file = file_with(&packed);
        let mut input = Input::open(file.path()).unwrap();
        assert_eq!(input.container().unwrap(), container);
        assert_eq!(input.first().unwrap(), LOG);
        assert_eq!(input.meta().bytes, Some(packed.len() as u64));
        assert_eq!(content(&mut input).0, LOG);
        let Access::Stream(feed) = input.access().unwrap() else {
            panic!("compressed data cannot be read in any order");
        };
        assert_eq!(feed.earliest(), 0);
        assert_eq!(feed.window(4, 2).unwrap()[..2], *b"$6");
        assert_eq!(input.sniff().unwrap().kind, Kind::Resp(Resp::Plain));
    }
}

#[test]
fn a_compressed_file_that_ends_early_is_readable_up_to_there() {
    let log = LOG.repeat(10_000);
    for packed in [gzip(&log), zstd::encode_all(&log[..], 3).unwrap()] {
        let file = file_with(&packed[..packed.len() - 9]);
        let mut input = Input::open(file.path()).unwrap();
        let (read, error) = content(&mut input);
        assert!(!read.is_empty() && log.starts_with(&read));
        let Some(ReadError::Decode { offset, source }) = error else {
            panic!("an early end is an error of decoding");
        };
        assert_eq!(offset, read.len() as u64);
        assert_eq!(source.kind(), io::ErrorKind::UnexpectedEof);
    }
}

#[test]
fn a_compressed_file_whose_first_bytes_are_damaged_is_still_an_input() {
    let file = file_with(b"\x1f\x8b\x08\x00garbage");
    let mut input = Input::open(file.path()).unwrap();
    assert_eq!(input.first().unwrap(), b"");
    assert_eq!(input.container().unwrap(), Container::Gzip);
    assert!(matches!(content(&mut input).1, Some(ReadError::Decode { offset: 0, .. })));
}

#[test]
fn a_compressed_file_that_shrinks_is_changed_and_not_damaged() {
    let log: Vec<u8> =
        (0..1_000_000u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
    let file = file_with(&gzip(&log));
    let mut input = Input::open(file.path()).unwrap();
    input.first().unwrap();
    file.as_file().set_len(200_000).unwrap();
    let (read, error) = content(&mut input);
    assert!(log.starts_with(&read));
    assert!(matches!(error, Some(ReadError::Changed { offset: 200_000, .. })));
}

#[test]
fn opening_a_fifo_does_not_wait_and_reading_it_does() {
    let folder = folder();
    let path = folder.path().join("fifo");
    mkfifo(&path);
    let mut input = Input::open(&path).unwrap();
    assert!(input.waits());
    assert_eq!(input.meta().bytes, None);
    let log = LOG.repeat(5000);
    std::thread::scope(|scope| {
        scope.spawn(|| std::fs::write(&path, &log).unwrap());
        assert_eq!(input.first().unwrap(), &log[..FIRST]);
        assert!(!input.waits());
        assert_eq!(content(&mut input).0, log);
    });
    input.meta_now().unwrap();
}

#[test]
fn a_compressed_stream_is_decoded_but_cannot_begin_again() {
    let folder = folder();
    let path = folder.path().join("fifo");
    mkfifo(&path);
    let mut input = Input::open(&path).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| std::fs::write(&path, gzip(LOG)).unwrap());
        assert_eq!(input.container().unwrap(), Container::Gzip);
        assert_eq!(content(&mut input).0, LOG);
    });
}

#[test]
fn standard_input_that_is_a_file_is_random_only_if_nobody_read_from_it() {
    let file = file_with(LOG);
    let mut whole = Input::from_file(File::open(file.path()).unwrap()).unwrap().unwrap();
    assert!(matches!(whole.access().unwrap(), Access::Random(_)));
    assert_eq!(whole.path(), None);

    let mut begun = File::open(file.path()).unwrap();
    begun.read_exact(&mut [0; 4]).unwrap();
    let mut rest = Input::from_file(begun).unwrap().unwrap();
    assert!(matches!(rest.access().unwrap(), Access::Stream(_)));
    assert_eq!(content(&mut rest).0, &LOG[4..]);

    let mut null = Input::from_file(File::open("/dev/null").unwrap()).unwrap().unwrap();
    assert_eq!(content(&mut null).0, b"");
    assert!(Input::from_file(File::open("/").unwrap()).unwrap().is_none());
}

#[test]
fn a_log_with_a_ruined_beginning_is_recognised_by_what_follows() {
    let mut ruined: Vec<u8> = LOG.repeat(20_000);
    let mut state = 1u64;
    for byte in &mut ruined[..100_000] {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        *byte = (state >> 56) as u8;
    }
    assert!(matches!(sniff::sniff(&ruined[..FIRST], None).kind, Kind::Encrypted(_)));
    for packed in [ruined.clone(), gzip(&ruined)] {
        let file = file_with(&packed);
        let sniff = Input::open(file.path()).unwrap().sniff().unwrap();
        assert_eq!(sniff.kind, Kind::Resp(Resp::Damaged), "{sniff}");
    }
    let file = file_with(&vec![0; 200_000]);
    assert_eq!(Input::open(file.path()).unwrap().sniff().unwrap().kind, Kind::NulOnly);
}

#[test]
fn the_name_of_compressed_content_is_the_one_before_the_last_ending() {
    let folder = folder();
    let path = folder.path().join("dump.aof.gz");
    std::fs::write(&path, gzip(b"REDIS0011\xfa")).unwrap();
    let sniff = Input::open(&path).unwrap().sniff().unwrap();
    assert!(!sniff.reason.contains("although"), "{sniff}");
}
