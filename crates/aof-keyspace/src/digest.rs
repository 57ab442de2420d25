//! The digest that `DEBUG DIGEST` gives: of all data, whatever the order of their keys.
//!
//! Nothing is in it of when keys expire (only whether), of groups of streams, and of functions (source: `debug.c` of
//! Redis 7.0; held against real servers).

use std::fmt;

use sha1::{Digest as _, Sha1};

use crate::keyspace::Keyspace;
use crate::stream::Stream;
use crate::value::{Entry, Hash, SortedSet, Value};

/// Twenty bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Digest([u8; 20]);

/// How scores are printed, which is part of the digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scores {
    /// With seventeen digits: Redis up to 7.0.
    Seventeen,
    /// With as few digits as give them back: Redis from 7.2 on.
    Shortest,
    /// The same, and nothing is in the digest of fields that expire: Valkey.
    Valkey,
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Digest {
    /// Adds something that has no order.
    fn xor(&mut self, bytes: &[u8]) {
        let hash: [u8; 20] = Sha1::digest(bytes).into();
        self.0.iter_mut().zip(hash).for_each(|(byte, other)| *byte ^= other);
    }

    /// Adds something that stands behind what was added before.
    fn mix(&mut self, bytes: &[u8]) {
        self.xor(bytes);
        self.0 = Sha1::digest(self.0).into();
    }
}

impl Keyspace {
    /// The digest of all data.
    #[must_use]
    pub fn digest(&self, scores: Scores) -> Digest {
        let mut all = Digest::default();
        for (number, db) in self.dbs.iter().filter(|(_, db)| !db.keys.is_empty()) {
            all.mix(&(*number as u32).to_be_bytes());
            for (key, entry) in &db.keys {
                let mut one = Digest::default();
                one.mix(key);
                object(&mut one, entry, scores);
                all.xor(&one.0);
            }
        }
        all
    }
}

fn object(digest: &mut Digest, entry: &Entry, scores: Scores) {
    let code: u32 = match entry.value {
        Value::String(_) => 0,
        Value::List(_) => 1,
        Value::Set(_) => 2,
        Value::SortedSet(_) => 3,
        Value::Hash(_) => 4,
        Value::Stream(_) => 6,
    };
    digest.mix(&code.to_be_bytes());
    match &entry.value {
        Value::String(text) => digest.mix(text),
        Value::List(list) => list.iter().for_each(|element| digest.mix(element)),
        Value::Set(set) => set.iter().for_each(|member| digest.xor(member)),
        Value::SortedSet(set) => sorted_set(digest, set, scores),
        Value::Hash(hash) => fields(digest, hash, scores),
        Value::Stream(stream) => entries(digest, stream),
    }
    if entry.expiry.is_some() {
        digest.xor(b"!!expire!!");
    }
}

fn sorted_set(digest: &mut Digest, set: &SortedSet, scores: Scores) {
    for (member, score) in set.iter() {
        let mut one = Digest::default();
        one.mix(member);
        one.mix(scores.text(score).as_bytes());
        digest.xor(&one.0);
    }
}

fn fields(digest: &mut Digest, hash: &Hash, scores: Scores) {
    for (name, field) in &hash.fields {
        let mut one = Digest::default();
        one.mix(name);
        one.mix(&field.value);
        if field.expiry.is_some() && scores != Scores::Valkey {
            one.xor(b"!!hexpire!!");
        }
        digest.xor(&one.0);
    }
}

fn entries(digest: &mut Digest, stream: &Stream) {
    for (id, fields) in &stream.entries {
        digest.mix(format!("{}.{}", id.millis, id.seq).as_bytes());
        for (field, value) in fields {
            digest.mix(field);
            digest.mix(value);
        }
    }
}

impl Scores {
    /// A score as servers print it.
    fn text(self, score: f64) -> String {
        match self {
            Self::Seventeen => seventeen(score),
            Self::Shortest | Self::Valkey => shortest(score),
        }
    }
}

/// As `%.17g` prints it.
fn seventeen(score: f64) -> String {
    if !score.is_finite() {
        return infinite(score);
    }
    let text = format!("{score:.16e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..17).contains(&exponent) {
        let digits = usize::try_from(16 - exponent).unwrap_or_default();
        return trimmed(&format!("{score:.digits$}")).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trimmed(mantissa), exponent.abs())
}

/// Without zeros that say nothing.
fn trimmed(text: &str) -> &str {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => text,
    }
}

/// With as few digits as give it back; integers that are exact without an exponent.
fn shortest(score: f64) -> String {
    if !score.is_finite() {
        return infinite(score);
    }
    if score == 0.0 {
        return if score.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    let text = format!("{score:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let digits = mantissa.trim_start_matches('-').len() - usize::from(mantissa.contains('.'));
    let point = exponent + 1 - digits as i32;
    // The rule of fpconv: plain as long as that is short enough.
    if point >= 0 && exponent < digits as i32 + 7 || point < 0 && exponent > -7 {
        return format!("{score}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{}", exponent.abs())
}

fn infinite(score: f64) -> String {
    if score > 0.0 { "inf" } else { "-inf" }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_printed_as_c_does_with_seventeen_digits() {
        for (score, text) in [
            (1.0, "1"),
            (0.1, "0.10000000000000001"),
            (-17.0, "-17"),
            (1e17, "1e+17"),
            (12345678901234567.0, "12345678901234568"),
            (3.0e-300, "3.0000000000000002e-300"),
            (0.0001, "0.0001"),
            (0.00001, "1.0000000000000001e-05"),
            (f64::NEG_INFINITY, "-inf"),
            (-0.0, "-0"),
        ] {
            assert_eq!(seventeen(score), text);
        }
    }
}
