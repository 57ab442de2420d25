//! Tests of the sliding buffer: what is kept, what is dropped, and what happens at the end.

use super::*;

/// Gives `len` bytes, never more than `most` at a time, with an interruption before each.
struct Drip {
    at: usize,
    len: usize,
    most: usize,
    interrupted: bool,
}

impl Drip {
    fn new(len: usize, most: usize) -> Self {
        Self { at: 0, len, most, interrupted: false }
    }
}

fn byte(at: usize) -> u8 {
    (at * 31 + at / 251) as u8
}

impl Read for Drip {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let count = buffer.len().min(self.most).min(self.len - self.at);
        for slot in &mut buffer[..count] {
            *slot = byte(self.at);
            self.at += 1;
        }
        Ok(count)
    }
}

fn assert_window(feed: &mut StreamFeed, at: usize, want: usize) {
    let window = feed.window(at as u64, want).unwrap();
    assert!(window.len() >= want);
    assert!(window.iter().enumerate().all(|(i, &b)| b == byte(at + i)));
}

#[test]
fn a_window_waits_for_what_is_wanted_and_for_no_more() {
    let mut feed = StreamFeed::new(Drip::new(1000, 10));
    assert_eq!(feed.window(0, 25).unwrap().len(), 30);
    assert_eq!(feed.end(), None);
    assert_eq!(feed.window(990, 25).unwrap().len(), 10);
    assert_eq!(feed.end(), Some(1000));
    assert_eq!(feed.window(5000, 1).unwrap(), b"");
    assert_window(&mut feed, 0, 1000);
}

#[test]
fn the_look_back_bounds_what_is_kept_although_nothing_was_released() {
    let mut feed = StreamFeed::new(Drip::new(8 << 20, usize::MAX)).with_look_back(1 << 20);
    let mut at = 0;
    while at < 8 << 20 {
        at += feed.window(at as u64, 1).unwrap().len();
    }
    feed.window(at as u64, 1).unwrap();
    let earliest = feed.earliest();
    assert!(earliest >= (7 << 20) - STEP as u64 && earliest <= 7 << 20);
    assert!(feed.buffer.len() < 3 << 20);
    assert_window(&mut feed, earliest as usize, 1 << 20);
    assert!(matches!(
        feed.window(earliest - 1, 1),
        Err(ReadError::Passed { offset }) if offset == earliest - 1
    ));
}

#[test]
fn a_wish_larger_than_the_look_back_is_still_fulfilled() {
    let mut feed = StreamFeed::new(Drip::new(8 << 20, 100_000)).with_look_back(1000);
    assert_window(&mut feed, 1 << 20, 5 << 20);
    assert_window(&mut feed, 7 << 20, 10);
    assert!(feed.earliest() > 1 << 20);
}

#[test]
fn what_was_released_is_dropped_and_memory_is_given_back() {
    let mut feed = StreamFeed::new(Drip::new(64 << 20, usize::MAX));
    assert_window(&mut feed, 0, 24 << 20);
    for at in (24..64).map(|mib| mib << 20) {
        feed.keep_from(at);
        feed.keep_from(5);
        assert_window(&mut feed, at as usize, 1000);
    }
    assert!(feed.earliest() >= 62 << 20);
    assert!(feed.buffer.len() <= 4 << 20);
}

#[test]
fn a_jump_far_behind_the_end_finds_the_end_and_can_come_back() {
    let mut feed = StreamFeed::new(Drip::new(3 << 20, 70_000));
    feed.window(0, 1).unwrap();
    feed.keep_from(1000);
    assert_eq!(feed.window(99_999_999_999, usize::MAX).unwrap(), b"");
    assert_window(&mut feed, 1000, 5000);
}

#[test]
fn a_reopenable_stream_begins_again_instead_of_refusing() {
    let open = || Ok(Box::new(Drip::new(5 << 20, 50_000)) as Reader);
    let mut feed = StreamFeed::reopenable(open).unwrap().with_look_back(1000);
    assert_window(&mut feed, 4 << 20, 10);
    assert_eq!(feed.earliest(), 0);
    assert_window(&mut feed, 7, 10);
    assert_eq!(feed.window((5 << 20) - 3, 4).unwrap().len(), 3);
    assert_eq!(feed.end(), Some(5 << 20));
}

/// Gives 1000 bytes and then fails each time.
fn failing(error: fn() -> io::Error) -> StreamFeed {
    struct Fails(fn() -> io::Error);
    impl Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err((self.0)())
        }
    }
    StreamFeed::new(Drip::new(1000, 300).chain(Fails(error)))
}

#[test]
fn a_failing_storage_is_reported_each_time_and_leaves_what_came_before_readable() {
    let mut feed = failing(|| io::Error::from_raw_os_error(5));
    for _ in 0..2 {
        let error = feed.window(0, 1001).unwrap_err();
        assert!(matches!(error, ReadError::Io { offset: 1000, ref source }
            if source.raw_os_error() == Some(5)));
    }
    assert_window(&mut feed, 0, 1000);
    assert_eq!(feed.end(), None);
}

#[test]
fn an_early_end_is_a_matter_of_decoding() {
    let mut feed = failing(|| io::ErrorKind::UnexpectedEof.into());
    let error = feed.window(1000, 1).unwrap_err();
    assert!(matches!(error, ReadError::Decode { offset: 1000, ref source }
        if source.kind() == io::ErrorKind::UnexpectedEof));
    assert_window(&mut feed, 999, 1);
}
