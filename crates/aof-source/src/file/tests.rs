//! Tests of the file reader: what it reads, how much of it, and what happens when the file changes.

use std::io::Write;

use super::*;

fn part(bytes: &[u8]) -> (tempfile::NamedTempFile, FilePart) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let part = FilePart::open(file.path()).unwrap();
    (file, part)
}

fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 31 + i / 251) as u8).collect()
}

/// A part as long as `len` that holds no bytes on the disk.
fn hollow(len: u64) -> FilePart {
    let file = tempfile::tempfile().unwrap();
    file.set_len(len).unwrap();
    FilePart::new(file).unwrap()
}

#[test]
fn a_window_behind_the_end_is_empty_and_no_other_is() {
    let (_file, part) = part(&pattern(10));
    let mut feed = part.feed();
    assert_eq!(feed.window(9, 0).unwrap().len(), 1);
    assert_eq!(feed.window(10, 5).unwrap(), b"");
    assert_eq!(feed.window(u64::MAX, usize::MAX).unwrap(), b"");
    assert_eq!(feed.window(0, usize::MAX).unwrap(), pattern(10));
}

#[test]
fn an_empty_file_has_only_an_empty_window() {
    let (_file, part) = part(b"");
    assert!(part.is_empty());
    assert_eq!(part.feed().window(0, 100).unwrap(), b"");
}

#[test]
fn a_buffered_window_is_returned_without_reading_again() {
    let (file, part) = part(&pattern(100));
    let mut feed = part.feed();
    feed.window(0, 100).unwrap();
    std::fs::write(file.path(), [0xEE; 100]).unwrap();
    assert_eq!(feed.window(60, 40).unwrap(), &pattern(100)[60..]);
}

#[test]
fn what_a_live_server_appends_is_not_shown() {
    let (mut file, part) = part(&pattern(100));
    let mut feed = part.feed();
    file.write_all(b"appended").unwrap();
    assert_eq!(part.len(), 100);
    assert_eq!(feed.window(90, 50).unwrap(), &pattern(100)[90..]);
    assert_eq!(feed.window(100, 1).unwrap(), b"");
}

#[test]
fn a_file_truncated_under_the_reader_is_changed_where_it_ends_now() {
    let (file, part) = part(&pattern(100_000));
    let part = part.with_window(4096);
    let mut feed = part.feed();
    assert_eq!(feed.window(0, 10).unwrap().len(), 4096);
    file.as_file().set_len(50_000).unwrap();
    for at in [49_999, 50_000, 90_000] {
        assert!(matches!(
            feed.window(at, 2),
            Err(ReadError::Changed { offset: 50_000, expected: 100_000 })
        ));
    }
    assert_eq!(feed.window(49_990, 10).unwrap(), &pattern(50_000)[49_990..]);
}

#[test]
fn a_storage_failure_names_its_offset() {
    // A folder opens like a file, and each read from it fails.
    let folder = tempfile::tempdir().unwrap();
    let mut part = FilePart::new(File::open(folder.path()).unwrap()).unwrap();
    part.len = 1000;
    for _ in 0..2 {
        assert!(matches!(part.feed().window(700, 10), Err(ReadError::Io { offset: 700, .. })));
    }
}

#[test]
fn a_start_and_a_jump_read_little_and_going_on_reads_more_and_more() {
    let part = hollow(100 << 20);
    let mut feed = part.feed();
    for (begin, first) in [(0, FIRST_STEP), (50 << 20, FIRST_STEP), (20 << 20, GLANCE)] {
        let mut at = begin;
        for power in 0..9 {
            let len = feed.window(at, 1).unwrap().len();
            assert_eq!(len, (first << power).min(WINDOW), "from {begin}");
            at += len as u64;
        }
    }
    assert_eq!(feed.window(90 << 20, 1).unwrap().len(), FIRST_STEP);
    assert_eq!(feed.window(95 << 20, 3 << 20).unwrap().len(), 3 << 20);
}

#[test]
fn a_short_jump_still_reads_whole_windows() {
    let part = hollow(100 << 20);
    let mut feed = part.feed();
    feed.window(0, WINDOW).unwrap();
    feed.window(WINDOW as u64, WINDOW).unwrap();
    assert_eq!(feed.window(3 * WINDOW as u64, 1).unwrap().len(), WINDOW);
}

#[test]
fn one_very_large_wish_does_not_keep_its_memory() {
    let part = hollow(100 << 20);
    let mut feed = part.feed();
    assert_eq!(feed.window(0, 64 << 20).unwrap().len(), 64 << 20);
    feed.window(70 << 20, 1).unwrap();
    assert!(feed.buffer.len() <= WINDOW);
}

#[test]
fn old_bytes_of_another_part_are_never_shown() {
    let (_file, part) = part(&pattern(WINDOW + 100));
    let hollow = hollow(WINDOW as u64 + 100);
    for _ in 0..100 {
        let mut feed = part.feed();
        assert_eq!(feed.window(0, WINDOW).unwrap()[..100], pattern(100));
        assert_eq!(hollow.feed().window(50, 200).unwrap()[..200], [0; 200]);
        assert_eq!(hollow.feed().window(WINDOW as u64, 200).unwrap(), [0; 100]);
    }
}

#[test]
fn a_wish_is_never_believed_beyond_the_end_of_the_file() {
    let (_file, part) = part(&pattern(10));
    let mut feed = part.feed();
    feed.window(0, usize::MAX).unwrap();
    assert_eq!(feed.buffer.len(), 10);
}

#[test]
fn a_fifo_is_no_file_part() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    assert!(matches!(FilePart::open(&path), Err(OpenError::Failed { .. })));
}

#[test]
fn several_threads_read_one_part_at_the_same_time() {
    let bytes = pattern(300_000);
    let (_file, part) = part(&bytes);
    let part = part.with_window(1000);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut feed = part.feed();
                let mut at = 0;
                while at < bytes.len() {
                    let window = feed.window(at as u64, 1).unwrap();
                    assert_eq!(window, &bytes[at..at + window.len()]);
                    at += window.len();
                }
            });
        }
    });
}
