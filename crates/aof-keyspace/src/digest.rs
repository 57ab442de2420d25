//! The digest that `DEBUG DIGEST` gives: of all data, whatever the order of their keys.
//!
//! Nothing is in it of when keys expire (only whether), of groups of streams, and of functions (source: `debug.c` of
//! Redis 7.0; held against real servers).

mod grisu;
mod scores;

use std::fmt;

use sha1::{Digest as _, Sha1};

use crate::held::Held;
use crate::keyspace::Keyspace;
use crate::stream::Stream;
use crate::value::{Hash, SortedSet, Value};

pub use scores::Scores;

/// Twenty bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Digest([u8; 20]);

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

impl Keyspace<'_> {
    /// The digest of all data.
    #[must_use]
    pub fn digest(&self, scores: Scores) -> Digest {
        let mut all = Digest::default();
        let mut last = None;
        for held in self.iter() {
            if last != Some(held.db) {
                last = Some(held.db);
                all.mix(&(held.db as u32).to_be_bytes());
            }
            all.xor(&one(&held, scores).0);
        }
        all
    }
}

impl Held<'_, '_> {
    /// The digest that `DEBUG DIGEST-VALUE` gives of the key.
    #[must_use]
    pub fn digest(&self, scores: Scores) -> Digest {
        self.digest_behind(Digest::default(), scores)
    }

    fn digest_behind(&self, mut digest: Digest, scores: Scores) -> Digest {
        object(&mut digest, &self.value(), scores);
        if self.expiry().is_some() {
            digest.xor(b"!!expire!!");
        }
        digest
    }
}

/// The share of a key in the digest of all data.
fn one(held: &Held<'_, '_>, scores: Scores) -> Digest {
    let mut digest = Digest::default();
    digest.mix(held.name());
    held.digest_behind(digest, scores)
}

fn object(digest: &mut Digest, value: &Value<'_>, scores: Scores) {
    let code: u32 = match value {
        Value::String(_) | Value::Grown(_) => 0,
        Value::List(_) => 1,
        Value::Set(_) => 2,
        Value::SortedSet(_) => 3,
        Value::Hash(_) => 4,
        Value::Module(_) => 5,
        Value::Stream(_) => 6,
    };
    digest.mix(&code.to_be_bytes());
    match value {
        Value::String(text) => digest.mix(text.bytes()),
        Value::Grown(text) => digest.mix(text),
        Value::List(list) => list.iter().for_each(|element| digest.mix(element)),
        Value::Set(set) => set.iter().for_each(|member| digest.xor(member)),
        Value::SortedSet(set) => sorted_set(digest, set, scores),
        Value::Hash(hash) => fields(digest, hash, scores),
        Value::Stream(stream) => entries(digest, stream),
        // What is in it only the module tells.
        Value::Module(_) => {}
    }
}

fn sorted_set(digest: &mut Digest, set: &SortedSet, scores: Scores) {
    for (member, score) in set.members() {
        let mut one = Digest::default();
        one.mix(member);
        one.mix(scores.text(score).as_bytes());
        digest.xor(&one.0);
    }
}

fn fields(digest: &mut Digest, hash: &Hash<'_>, scores: Scores) {
    for field in hash.iter() {
        let mut one = Digest::default();
        one.mix(field.name);
        one.mix(field.value);
        if field.expiry.is_some() && scores != Scores::Valkey {
            one.xor(b"!!hexpire!!");
        }
        digest.xor(&one.0);
    }
}

fn entries(digest: &mut Digest, stream: &Stream<'_>) {
    for (id, fields) in stream.entries.iter() {
        digest.mix(format!("{}.{}", id.millis, id.seq).as_bytes());
        for (field, value) in fields.iter() {
            digest.mix(field);
            digest.mix(value);
        }
    }
}
