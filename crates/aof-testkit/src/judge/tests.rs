//! The judge on made-up cases, and against what any reader of the damaged bytes can see.

use super::*;
use crate::{LogBuilder, RandomLog, Rng, naive};

fn log() -> Ledger {
    let mut log = LogBuilder::new();
    log.select(0).command(&["SET", "k:1", "aaaa"]).command(&["INCR", "n"]);
    log.timestamp(1_700_000_000).command(&["SET", "k:2", "bbbb"]).command(&["INCR", "n"]);
    log.finish()
}

/// Offset of the `nth` byte of a frame.
fn at(ledger: &Ledger, frame: usize, nth: usize) -> usize {
    ledger.frames[frame].offset + nth
}

#[test]
fn a_flip_touches_one_frame_and_tells_framing_from_payload() {
    let log = log();
    let value = at(&log, 1, log.frames[1].len - 4);
    let touched = Touched::by(&Damage::Flip { at: value, value: b'!' }, &log);
    assert_eq!(touched.frames, [1]);
    assert!(!touched.framing() && !touched.visible);
    let touched = Touched::by(&Damage::Flip { at: at(&log, 1, 0), value: b'!' }, &log);
    assert_eq!(touched.broken, [1]);
    assert!(touched.framing() && touched.visible);
}

#[test]
fn bytes_that_do_not_change_touch_nothing() {
    let log = log();
    let same = Damage::Flip { at: 0, value: b'*' };
    assert_eq!(Touched::by(&same, &log), Touched::default());
    let (first, second) = (log.frames[2].offset, log.frames[5].offset);
    let swap = Damage::Swap { first, second, len: log.frames[2].len };
    assert_eq!(Touched::by(&swap, &log), Touched::default());
}

#[test]
fn a_whole_frame_that_is_cut_out_vanishes_without_a_trace() {
    let log = log();
    let cut = Damage::Delete { at: log.frames[1].offset, len: log.frames[1].len };
    let touched = Touched::by(&cut, &log);
    assert_eq!((touched.frames.len(), touched.vanished.as_slice()), (0, [1].as_slice()));
    assert!(!touched.visible);
    let offset = log.frames[2].offset - log.frames[1].len;
    assert_eq!(touched.untouched(&log).nth(1), Some((2, offset)));
}

#[test]
fn a_cut_from_frame_to_frame_leaves_two_torn_ones_and_takes_those_between() {
    let log = log();
    let (start, end) = (at(&log, 1, 2), at(&log, 4, 20));
    let touched = Touched::by(&Damage::Delete { at: start, len: end - start }, &log);
    assert_eq!(touched.frames, [1, 4]);
    assert_eq!(touched.broken, [1, 4]);
    assert_eq!(touched.vanished, [2, 3]);
    assert!(touched.visible);
}

#[test]
fn a_cut_between_equal_places_of_two_frames_is_one_frame_less() {
    let mut log = LogBuilder::new();
    log.command(&["SET", "k:1", "a"]).command(&["SET", "k:2", "b"]).command(&["INCR", "n"]);
    let log = log.finish();
    let touched = Touched::by(&Damage::Delete { at: 9, len: log.frames[0].len }, &log);
    assert_eq!((touched.frames.len(), touched.vanished.as_slice()), (0, [0].as_slice()));
}

#[test]
fn a_head_and_a_tail_that_fit_hide_the_cut() {
    let log = log();
    let (start, end) = (at(&log, 1, 28), at(&log, 4, 28));
    assert_eq!(log.bytes[start - 2..start], *b"aa");
    let touched = Touched::by(&Damage::Delete { at: start, len: end - start }, &log);
    assert_eq!(touched.frames, [1, 4]);
    assert_eq!(touched.hidden, [1, 4]);
    assert!(!touched.visible && touched.broken.is_empty() && touched.framing());
}

#[test]
fn foreign_bytes_at_a_boundary_hurt_no_frame_and_elsewhere_one() {
    let log = log();
    let between = Damage::Insert { at: log.frames[2].offset, bytes: b"\0\0".to_vec() };
    let touched = Touched::by(&between, &log);
    assert!(touched.frames.is_empty() && !touched.framing() && touched.visible);
    assert_eq!(touched.untouched(&log).last(), Some((5, log.frames[5].offset + 2)));
    let inside = Damage::Insert { at: at(&log, 2, 1), bytes: b"\0\0".to_vec() };
    assert_eq!(Touched::by(&inside, &log).broken, [2]);
    let digits = Damage::Insert { at: at(&log, 3, 6), bytes: b"9".to_vec() };
    let touched = Touched::by(&digits, &log);
    assert_eq!(touched.frames, [3]);
    assert!(!touched.framing() && !touched.visible);
}

#[test]
fn a_copied_block_hurts_only_a_frame_that_it_lies_inside_of() {
    let log = log();
    let inside = Damage::Duplicate { at: at(&log, 1, 6), len: 4 };
    assert_eq!(Touched::by(&inside, &log).broken, [1]);
    let across = Damage::Duplicate { at: at(&log, 1, 6), len: log.frames[1].len };
    assert!(Touched::by(&across, &log).frames.is_empty());
    let whole = Damage::Duplicate { at: at(&log, 1, 0), len: log.frames[1].len };
    let touched = Touched::by(&whole, &log);
    assert!(touched.frames.is_empty() && !touched.visible);
}

#[test]
fn frames_that_changed_places_are_moved() {
    let log = log();
    let (first, second) = (log.frames[1].offset, log.frames[4].offset);
    let touched = Touched::by(&Damage::Swap { first, second, len: log.frames[1].len }, &log);
    assert_eq!(touched.frames, [1, 4]);
    assert_eq!(touched.moved, [(1, second), (4, first)]);
    assert!(!touched.visible && touched.broken.is_empty());
}

#[test]
fn a_wrong_length_that_fits_swallows_the_frame_behind() {
    let mut log = LogBuilder::new();
    log.command(&["SET", "s:15", "b"]).command(&["SET", "s:16", "ko#TS"]).command(&["INCR", "n"]);
    let log = log.finish();
    let damage = Damage::Duplicate { at: 5, len: 1 };
    let touched = Touched::by(&damage, &log);
    assert!(damage.apply(&log.bytes).starts_with(b"*3\r\n$33\r\n"));
    assert_eq!((touched.hidden.as_slice(), touched.swallowed.as_slice()), (&[0][..], &[1][..]));
    assert!(!touched.visible && touched.broken.is_empty());
}

#[test]
fn few_frames_between_two_broken_ones_are_an_island() {
    let log = log();
    let swap = Damage::Swap { first: at(&log, 1, 0), second: at(&log, 4, 7), len: 2 };
    let touched = Touched::by(&swap, &log);
    assert_eq!(touched.broken, [1, 4]);
    assert_eq!(touched.islands(&log, 4), [2, 3]);
    assert!(touched.islands(&log, 1).is_empty());
}

#[test]
fn what_the_judge_says_is_what_the_naive_twin_sees() {
    let seed = 0x5eed;
    let mut rng = Rng::new(seed);
    for round in 0..4000 {
        let ledger = RandomLog::new(rng.word()).records(rng.between(1, 60)).build();
        let damage = Damage::random(&mut rng, &ledger);
        let story = format!("round {round} of {rng}: {damage}");
        let out = damage.apply(&ledger.bytes);
        let touched = Touched::by(&damage, &ledger);
        let parsed = naive::parse(&out);
        assert_eq!(touched.visible, parsed.end != naive::End::Clean, "{story}");
        let mut behind = 0;
        let mut seen = touched.frames.len() + touched.vanished.len();
        for (frame, offset) in touched.untouched(&ledger) {
            let bytes = ledger.frame_bytes(frame);
            assert!(offset >= behind, "{story}: frame {frame} overlaps the one before");
            assert_eq!(&out[offset..offset + bytes.len()], bytes, "{story}: frame {frame}");
            behind = offset + bytes.len();
            seen += 1;
        }
        assert_eq!(seen, ledger.frames.len(), "{story}");
        for &(frame, offset) in &touched.moved {
            assert!(out[offset..].starts_with(ledger.frame_bytes(frame)), "{story}");
        }
        if !touched.visible {
            assert!(touched.broken.is_empty(), "{story}");
        }
    }
}
