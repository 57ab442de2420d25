//! LZF: what is packed comes back, and what is damaged gives what a plain decoder gives.

use aof_testkit::Rng;
use proptest::prelude::*;

use super::{pack, twins};
use crate::decompress;
use crate::lzf::{beginning, measure};

/// Bytes that repeat themselves at all distances, and some that do not.
fn bytes(rng: &mut Rng) -> Vec<u8> {
    let mut bytes = vec![];
    for _ in 0..rng.below(30) {
        if rng.chance(30) || bytes.is_empty() {
            let len = rng.between(1, 50);
            rng.text(&mut bytes, len);
        }
        let (back, len) = (rng.between(1, bytes.len().min(40)), rng.between(1, 300));
        let from = bytes.len() - back;
        (from..from + len).for_each(|at| bytes.push(bytes[at]));
    }
    bytes
}

/// Unpacks as the plain decoder does, whatever length is announced.
fn check(packed: &[u8], out: &mut Vec<u8>) {
    let (twin, is_whole) = twins::lzf(packed);
    for len in [twin.len().saturating_sub(1), twin.len(), twin.len() + 1] {
        let unpacked = decompress(packed, len, out);
        let is_right = is_whole && len == twin.len();
        assert_eq!(unpacked.is_ok(), is_right, "{len} of {packed:x?}: {unpacked:?}");
        let measured = measure(packed, len);
        assert_eq!(measured.is_ok(), is_right, "{len} of {packed:x?}: {measured:?}");
        assert!(if is_right { *out == twin } else { out.is_empty() }, "{packed:x?}");
    }
    for most in [0, 1, 40, 256, twin.len()] {
        assert_eq!(beginning(packed, most), twin[..twin.len().min(most)], "{most} of {packed:x?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn what_is_packed_comes_back(seed: u64) {
        let rng = &mut Rng::new(seed);
        let bytes = bytes(rng);
        let mut out = vec![1; rng.below(1000) as usize];
        let packed = pack::lzf(&bytes, rng);
        prop_assert_eq!(decompress(&packed, bytes.len(), &mut out), Ok(()));
        prop_assert_eq!(&out, &bytes);
        check(&packed, &mut out);
    }

    #[test]
    fn what_is_cut_or_changed_gives_what_a_plain_decoder_gives(seed: u64) {
        let rng = &mut Rng::new(seed);
        let bytes = bytes(rng);
        let (packed, mut out) = (pack::lzf(&bytes, rng), vec![]);
        for _ in 0..20 {
            let mut changed = packed[..rng.below(packed.len() as u64 + 1) as usize].to_vec();
            for _ in 0..rng.below(3) {
                let at = rng.below(changed.len() as u64) as usize;
                if let Some(byte) = changed.get_mut(at) {
                    *byte = rng.word() as u8;
                }
            }
            check(&changed, &mut out);
        }
    }

    #[test]
    fn any_bytes_give_what_a_plain_decoder_gives(seed: u64, len in 0..200_usize) {
        let rng = &mut Rng::new(seed);
        let mut packed = vec![31];
        rng.text(&mut packed, 32);
        rng.binary(&mut packed, len);
        check(&packed, &mut vec![]);
        check(&packed[33..], &mut vec![]);
    }
}

#[test]
fn all_short_copies_from_all_short_distances_are_right() {
    let mut out = vec![];
    for back in 1..=32_u8 {
        for len in 3..=264_usize {
            let mut packed = vec![31];
            packed.extend(1..=32_u8);
            match len - 2 {
                short @ 0..7 => packed.push((short << 5) as u8),
                long => packed.extend([0xE0, (long - 7) as u8]),
            }
            packed.extend([back - 1, 0, b'!']);
            check(&packed, &mut out);
        }
    }
}
