//! Which keys must be in one lane, because a command moves data from one to another.

use crate::table::hash;

/// Bits of a hash that links go by. Keys that are equal in these are linked; that costs speed, never truth.
const BITS: u32 = 22;

/// The most lanes.
pub const LANES: usize = 16;

/// Links between keys, and the lane of each.
///
/// ```
/// use aof_keyspace::Links;
///
/// let mut links = Links::new(16);
/// links.tie(&[b"one", b"two", b"three"]);
/// assert_eq!(links.lane(b"one"), links.lane(b"three"));
/// ```
#[derive(Debug, Clone)]
pub struct Links {
    lanes: usize,
    /// Where hashes are linked to; empty as long as there is no link. One that is linked to itself is a root.
    parents: Vec<u32>,
}

/// A link between two keys.
#[derive(Debug, Clone, Copy)]
pub struct Edge(u64, u64);

/// Where a key belongs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spot {
    /// Its lane.
    pub lane: usize,
    /// The hash that it is found by in the lane.
    pub hash: u64,
}

impl Default for Links {
    fn default() -> Self {
        Self::new(1)
    }
}

impl Links {
    /// No links, and so many lanes: from 1 to [`LANES`].
    #[must_use]
    pub fn new(lanes: usize) -> Self {
        Self { lanes: lanes.clamp(1, LANES), parents: Vec::new() }
    }

    /// How many lanes there are.
    #[must_use]
    pub const fn lanes(&self) -> usize {
        self.lanes
    }

    /// Links keys, which are in one lane from now on.
    pub fn tie(&mut self, keys: &[&[u8]]) {
        let Some((first, others)) = keys.split_first() else { return };
        others.iter().for_each(|other| self.tie_hashes(hash(first), hash(other)));
    }

    fn tie_hashes(&mut self, one: u64, other: u64) {
        if self.parents.is_empty() {
            self.parents.extend(0..1 << BITS);
        }
        let (one, other) = (self.settle(upper(one)), self.settle(upper(other)));
        // The lower one, so that the lanes do not depend on the order of the links.
        self.parents[one.max(other)] = one.min(other) as u32;
    }

    /// The root of a hash, which it is linked to directly from now on, or nearly.
    fn settle(&mut self, mut at: usize) -> usize {
        while self.parents[at] as usize != at {
            let above = self.parents[self.parents[at] as usize];
            self.parents[at] = above;
            at = above as usize;
        }
        at
    }

    /// The links that [`Links::tie`] would add, for later.
    pub fn edges<'k>(mut keys: impl Iterator<Item = &'k [u8]>, edges: &mut Vec<Edge>) {
        let Some(first) = keys.next().map(hash) else { return };
        edges.extend(keys.map(|other| Edge(first, hash(other))));
    }

    /// Adds links.
    pub fn add(&mut self, edges: &[Edge]) {
        edges.iter().for_each(|Edge(one, other)| self.tie_hashes(*one, *other));
    }

    /// The lane of a key.
    #[must_use]
    pub fn lane(&self, key: &[u8]) -> usize {
        self.lane_of(hash(key))
    }

    /// The group of a key: keys that are linked have the same, and so may others. Lanes are rows of groups.
    #[must_use]
    #[inline]
    pub fn group(&self, key: &[u8]) -> u32 {
        self.root(hash(key)) as u32
    }

    /// The lane of a group.
    #[must_use]
    #[inline]
    pub fn lane_of_group(&self, group: u32) -> usize {
        (group as usize * self.lanes) >> BITS
    }

    /// Where a key belongs.
    #[must_use]
    #[inline]
    pub fn spot(&self, key: &[u8]) -> Spot {
        let hash = hash(key);
        Spot { lane: self.lane_of(hash), hash }
    }

    /// The lane of a key that has this hash.
    #[inline]
    pub(crate) fn lane_of(&self, hash: u64) -> usize {
        (self.root(hash) * self.lanes) >> BITS
    }

    #[inline]
    fn root(&self, hash: u64) -> usize {
        let mut at = upper(hash);
        if !self.parents.is_empty() {
            while self.parents[at] as usize != at {
                at = self.parents[at] as usize;
            }
        }
        at
    }
}

#[inline]
const fn upper(hash: u64) -> usize {
    (hash >> (64 - BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_do_not_depend_on_the_order_of_links_and_those_that_are_linked_share_one() {
        let keys: Vec<Vec<u8>> = (0..1000).map(|n| format!("key:{n}").into_bytes()).collect();
        let pairs: Vec<[&[u8]; 2]> =
            keys.windows(2).step_by(3).map(|pair| [&pair[0][..], &pair[1][..]]).collect();
        let (mut one, mut other, mut edges) = (Links::new(16), Links::new(16), Vec::new());
        pairs.iter().for_each(|pair| one.tie(pair));
        pairs.iter().rev().for_each(|pair| Links::edges(pair.iter().copied(), &mut edges));
        other.add(&edges);
        assert!(keys.iter().all(|key| one.lane(key) == other.lane(key)));
        assert!(pairs.iter().all(|pair| one.lane(pair[0]) == one.lane(pair[1])));
        assert!((0..16).all(|lane| keys.iter().any(|key| one.lane(key) == lane)));
    }
}
