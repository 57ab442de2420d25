//! The digest that `DEBUG DIGEST` gives: of all data, whatever the order of their keys.
//!
//! Nothing is in it of when keys expire (only whether), of groups of streams, and of functions (source: `debug.c` of
//! Redis 7.0; held against real servers).

mod grisu;
mod scores;

use std::fmt;

use sha1::{Digest as _, Sha1};

use crate::keyspace::Keyspace;
use crate::stream::Stream;
use crate::value::{Entry, Hash, SortedSet, Value};

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
