//! The values of random logs: of every length, and some of them made to mislead a parser.

use crate::builder::LogBuilder;
use crate::rng::Rng;

/// How long values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeProfile {
    /// 0 to 9 bytes.
    Tiny,
    /// Mostly 10 to 999 bytes, some empty, some of one byte, a few of 4 KiB and more.
    Varied,
    /// 4 KiB to 256 KiB.
    Large,
}

impl SizeProfile {
    fn length(self, rng: &mut Rng) -> usize {
        match self {
            Self::Tiny => rng.between(0, 9),
            Self::Large => rng.between(4096, 262_144),
            Self::Varied => match rng.below(100) {
                0..5 => 0,
                5..12 => 1,
                12..25 => rng.between(2, 9),
                25..70 => rng.between(10, 99),
                70..94 => rng.between(100, 999),
                94..98 => rng.between(1000, 4095),
                _ => rng.between(4096, 12_000),
            },
        }
    }
}

/// A value: letters, any bytes, lines, or RESP itself.
pub(super) fn value(rng: &mut Rng, sizes: SizeProfile, nested: bool) -> Vec<u8> {
    let len = sizes.length(rng);
    let mut value = Vec::with_capacity(len);
    match rng.below(20) {
        0..9 => rng.text(&mut value, len),
        9..14 => binary(rng, &mut value, len),
        14..18 => lines(rng, &mut value, len),
        _ if nested => value = resp(rng),
        _ => rng.text(&mut value, len),
    }
    value
}

fn binary(rng: &mut Rng, to: &mut Vec<u8>, len: usize) {
    rng.binary(to, len);
    // Runs of NUL are common in binary values, and are no damage.
    if len > 8 && rng.chance(30) {
        let run = rng.between(1, len / 2);
        let start = rng.between(0, len - run - 1);
        to[start..start + run].fill(0);
    }
}

fn lines(rng: &mut Rng, to: &mut Vec<u8>, len: usize) {
    while to.len() < len {
        let word = rng.between(0, 12);
        rng.text(to, word);
        to.extend_from_slice(
            rng.pick::<&[u8]>(&[b"\r\n", b"\n", b"\r", b"\r\n$", b"\r\n*", b"#TS:"]),
        );
    }
    to.truncate(len);
}

/// Frames in a value: whole, torn at a random byte, or a few headers.
fn resp(rng: &mut Rng) -> Vec<u8> {
    let mut log = LogBuilder::new();
    for n in 0..rng.between(1, 8) {
        let key = format!("inner:{n}");
        match rng.below(3) {
            0 => log.command(&["SET", &key, "inner value"]),
            1 => log.command(&["DEL", &key]),
            _ => log.command(&["RPUSH", &key, "a", "b"]),
        };
    }
    let mut bytes = log.finish().bytes;
    match rng.below(4) {
        0 => bytes.truncate(rng.between(1, bytes.len())),
        1 => drop(bytes.drain(..rng.between(0, bytes.len() - 1))),
        2 => bytes.splice(..0, *b"\r\n").for_each(drop),
        _ => {}
    }
    bytes
}
