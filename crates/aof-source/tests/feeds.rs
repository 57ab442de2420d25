//! Every feed shows the same bytes as the slice feed, whatever is asked for and in whatever order.

use std::io::{Cursor, Write};

use aof_source::{Access, Feed, FilePart, Input, Part, ReadError, StreamFeed};
use proptest::prelude::*;

/// One call: where, as a share of the length and a bit more; how much; and whether to release first.
type Call = (f64, usize, bool);

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let want = prop_oneof![0..4usize, 0..5000usize, Just(usize::MAX)];
    prop::collection::vec((0.0..1.1, want, prop::bool::weighted(0.2)), 1..40)
}

/// Bytes that compress a little.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop_oneof![Just(b'a'), any::<u8>()], 0..60_000)
}

/// Asks both feeds the same, and compares. A feed that passed something may say so.
fn agree(feed: &mut impl Feed, bytes: &[u8], calls: &[Call]) {
    for &(share, want, release) in calls {
        let at = (share * bytes.len() as f64) as u64;
        if release {
            feed.keep_from(at.saturating_sub(1000));
        }
        let earliest = feed.earliest();
        let mut slice = bytes;
        let expected = slice.window(at, want).expect("a slice never fails");
        match feed.window(at, want) {
            Ok(window) => {
                assert!(expected.starts_with(window));
                assert!(window.len() >= want.min(expected.len()));
                assert_eq!(window.is_empty(), expected.is_empty());
            }
            Err(ReadError::Passed { offset }) => assert!(offset == at && at < earliest),
            Err(error) => panic!("{error}"),
        }
    }
}

fn file_with(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("written");
    file
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("written to memory");
    encoder.finish().expect("written to memory")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_file_with_any_window_agrees_with_the_slice(
        bytes in bytes(), calls in calls(), window in 1..20_000usize,
    ) {
        let file = file_with(&bytes);
        let part = FilePart::open(file.path()).expect("opened").with_window(window);
        prop_assert_eq!(part.len(), bytes.len() as u64);
        agree(&mut part.feed(), &bytes, &calls);
    }

    #[test]
    fn a_stream_with_any_look_back_agrees_with_the_slice(
        bytes in bytes(), calls in calls(), look_back in 0..70_000usize,
    ) {
        let stream = StreamFeed::new(Cursor::new(bytes.clone()));
        agree(&mut stream.with_look_back(look_back), &bytes, &calls);
    }

    #[test]
    fn compressed_files_of_several_members_agree_with_the_slice(
        bytes in bytes(), calls in calls(), cut in 0.0..1.0,
    ) {
        let (one, two) = bytes.split_at((cut * bytes.len() as f64) as usize);
        let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 1).expect("encoded in memory");
        for packed in [[gzip(one), gzip(two)], [zstd(one), zstd(two)]] {
            let file = file_with(&packed.concat());
            let mut input = Input::open(file.path()).expect("opened");
            let Access::Stream(feed) = input.access().expect("read") else {
                panic!("a compressed file is a stream");
            };
            agree(feed, &bytes, &calls);
        }
    }
}

#[test]
fn a_compressed_file_beyond_its_look_back_goes_back_by_decoding_again() {
    let bytes: Vec<u8> = (0..10_000_000u32).flat_map(u32::to_le_bytes).collect();
    let file = file_with(&zstd::encode_all(&bytes[..], 1).expect("encoded in memory"));
    let mut input = Input::open(file.path()).expect("opened");
    let Access::Stream(feed) = input.access().expect("read") else {
        panic!("a compressed file is a stream");
    };
    let calls = [(0.5, 10, false), (1.0, 10, true), (0.01, 10, false), (0.999, 4, false)];
    agree(feed, &bytes, &calls);
}
