//! A part of a table, which grows alone.

use super::arena::{ADDRESS_BITS, Arena};
use super::hash::seeded;
use crate::text::is_same;

/// No key stands farther from its home than so many slots.
const FARTHEST: usize = 64;

/// Slots of the smallest piece.
const SMALLEST: usize = 8;

/// Bits of a hash that a slot keeps.
const HASH_BITS: u32 = 23;

const HASH_MASK: u64 = (1 << HASH_BITS) - 1;

const KIND_BITS: u32 = 3;
const EXPIRES: u64 = 1 << KIND_BITS;
const HASH_SHIFT: u32 = KIND_BITS + 1;
const NAME_SHIFT: u32 = u64::BITS - ADDRESS_BITS;

const _: () = assert!(HASH_SHIFT + HASH_BITS == NAME_SHIFT);

/// What a slot holds beside a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing: it is free.
    Free,
    /// A string that is an integer.
    Int,
    /// The address of a short string in the arena.
    Near,
    /// A string of an input.
    Far,
    /// The number of a value.
    Value,
}

/// A key.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Slot {
    /// The address of the name, a part of its hash, whether it expires, and what the value is.
    head: u64,
    pub(crate) value: u64,
}

impl Slot {
    pub(super) const fn new(name: u64, is_expiring: bool) -> Self {
        let mut slot = Self { head: Kind::Int as u64, value: 0 };
        slot.rename(name, is_expiring);
        slot
    }

    #[inline]
    pub(crate) const fn kind(self) -> Kind {
        match self.head & (EXPIRES - 1) {
            0 => Kind::Free,
            1 => Kind::Int,
            2 => Kind::Near,
            3 => Kind::Far,
            _ => Kind::Value,
        }
    }

    pub(crate) const fn set(&mut self, kind: Kind, value: u64) {
        self.head = self.head & !(EXPIRES - 1) | kind as u64;
        self.value = value;
    }

    #[inline]
    pub(super) const fn name(self) -> u64 {
        self.head >> NAME_SHIFT
    }

    pub(crate) const fn is_expiring(self) -> bool {
        self.head & EXPIRES != 0
    }

    pub(super) const fn rename(&mut self, name: u64, is_expiring: bool) {
        let rest = self.head & ((1 << NAME_SHIFT) - 1) & !EXPIRES;
        self.head = name << NAME_SHIFT | rest | if is_expiring { EXPIRES } else { 0 };
    }

    #[inline]
    pub(super) fn name_in(self, arena: &Arena) -> &[u8] {
        let bytes = arena.get(self.name());
        if self.is_expiring() { &bytes[8..] } else { bytes }
    }

    #[inline]
    const fn hash(self) -> u64 {
        self.head >> HASH_SHIFT & HASH_MASK
    }

    const fn set_hash(&mut self, hash: u64) {
        let mask = HASH_MASK << HASH_SHIFT;
        self.head = self.head & !mask | (hash << HASH_SHIFT & mask);
    }
}

/// Slots, and which row of hashes they are placed by.
#[derive(Debug, Clone, Default)]
pub(super) struct Piece {
    pub(super) slots: Vec<Slot>,
    used: usize,
    seed: u64,
}

impl Piece {
    pub(super) const fn len(&self) -> usize {
        self.used
    }

    /// All slots that are in use, with what they would keep of the hashes of their names by the first seed.
    pub(super) fn hashed(&self, arena: &Arena) -> impl Iterator<Item = (u32, Slot)> {
        let slots = self.slots.iter().filter(|slot| slot.kind() != Kind::Free);
        slots.map(|slot| match self.seed {
            0 => (slot.hash() as u32, *slot),
            _ => ((seeded(slot.name_in(arena), 0) & HASH_MASK) as u32, *slot),
        })
    }

    /// Copies all names and short values from one arena to another.
    pub(super) fn move_to(&mut self, arena: &mut Arena, old: &Arena) {
        for slot in self.slots.iter_mut().filter(|slot| slot.kind() != Kind::Free) {
            slot.rename(arena.add(&[], old.get(slot.name())), slot.is_expiring());
            if slot.kind() == Kind::Near {
                slot.value = arena.add(&[], old.get(slot.value));
            }
        }
    }

    /// The hash that counts here: `hash`, unless other names were chosen to collide with it.
    #[inline]
    fn hash(&self, key: &[u8], hash: u64) -> u64 {
        let hash = if self.seed == 0 { hash } else { seeded(key, self.seed) };
        hash & HASH_MASK
    }

    /// Where a key of this hash stands if there is room.
    #[inline]
    const fn home(&self, hash: u64) -> usize {
        (hash as usize * self.slots.len()) >> HASH_BITS
    }

    #[inline]
    const fn behind(&self, at: usize) -> usize {
        if at + 1 == self.slots.len() { 0 } else { at + 1 }
    }

    /// The slot that is looked at first for a key of this hash.
    #[inline]
    pub(super) fn first(&self, hash: u64) -> Option<&Slot> {
        self.slots.get(self.home(hash & HASH_MASK))
    }

    /// The first slot that keeps this hash.
    #[inline]
    pub(super) fn likely(&self, hash: u64) -> Option<Slot> {
        let hash = hash & HASH_MASK;
        let mut at = self.home(hash);
        loop {
            let slot = *self.slots.get(at)?;
            match slot.kind() {
                Kind::Free => return None,
                _ if slot.hash() == hash => return Some(slot),
                _ => at = self.behind(at),
            }
        }
    }

    #[inline]
    pub(super) fn find(&self, arena: &Arena, key: &[u8], hash: u64) -> Option<usize> {
        let hash = self.hash(key, hash);
        let mut at = self.home(hash);
        loop {
            let slot = *self.slots.get(at)?;
            match slot.kind() {
                Kind::Free => return None,
                _ if slot.hash() == hash && is_same(slot.name_in(arena), key) => return Some(at),
                _ => at = self.behind(at),
            }
        }
    }

    /// Adds a slot for a key that has none, and returns where it is.
    pub(super) fn add(&mut self, arena: &Arena, mut slot: Slot, hash: u64) -> usize {
        if (self.used + 1) * 5 > self.slots.len() * 4 {
            self.rebuild(arena, self.larger(), self.seed);
        }
        loop {
            slot.set_hash(self.hash(slot.name_in(arena), hash));
            if let Some(at) = self.place(slot) {
                self.used += 1;
                return at;
            }
            let is_full = self.used * 2 > self.slots.len();
            match is_full {
                true => self.rebuild(arena, self.larger(), self.seed),
                false => self.rebuild(arena, self.slots.len(), self.seed + 1),
            }
        }
    }

    fn larger(&self) -> usize {
        (self.slots.len() + self.slots.len() / 2).max(SMALLEST)
    }

    /// Puts a slot in the first free place from its home on, if that is not too far away.
    fn place(&mut self, slot: Slot) -> Option<usize> {
        let mut at = self.home(slot.hash());
        for _ in 0..FARTHEST {
            if self.slots[at].kind() == Kind::Free {
                self.slots[at] = slot;
                return Some(at);
            }
            at = self.behind(at);
        }
        None
    }

    /// Places all slots anew; in more of them, or by other hashes, until each has a place.
    fn rebuild(&mut self, arena: &Arena, slots: usize, seed: u64) {
        let old = std::mem::replace(&mut self.slots, vec![Slot::default(); slots]);
        let is_other = seed != self.seed;
        self.seed = seed;
        for mut slot in old.iter().copied().filter(|slot| slot.kind() != Kind::Free) {
            if is_other {
                slot.set_hash(seeded(slot.name_in(arena), seed));
            }
            if self.place(slot).is_none() {
                let (slots, seed) = (slots + slots / 2, seed + 1);
                self.slots = old;
                return self.rebuild(arena, slots, seed);
            }
        }
    }

    /// Frees a slot, and moves those behind it that may stand nearer to their homes.
    pub(super) fn remove(&mut self, mut at: usize) {
        let length = self.slots.len();
        let mut next = self.behind(at);
        while self.slots[next].kind() != Kind::Free {
            let home = self.home(self.slots[next].hash());
            let (from_home, from_gap) = (next + length - home, next + length - at);
            if from_home % length >= from_gap % length {
                self.slots[at] = self.slots[next];
                at = next;
            }
            next = self.behind(next);
        }
        self.slots[at] = Slot::default();
        self.used -= 1;
    }
}
