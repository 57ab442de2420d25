//! Keys, found by their bytes: sixteen bytes for each, and its name in an arena.
//!
//! A table is 64 pieces that grow alone, each probed linearly. No probe goes farther than `piece::FARTHEST`: a piece where one
//! would is made larger, or if it is rather empty, hashed anew with the next of a row of seeds. So the same commands give
//! the same table, and names that were chosen to collide cost no more than others.

pub(crate) mod arena;
mod dict;
mod hash;
mod piece;

use arena::Arena;
pub(crate) use dict::Dict;
pub(crate) use hash::hash;
use piece::Piece;
pub(crate) use piece::{Kind, Slot};

/// So many bytes most names have, with what stands before them.
const NAME: usize = 24;

/// Pieces of a table.
pub(crate) const PIECES: usize = 64;

/// Names, what they stand for, and when they expire.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pieces: Vec<Piece>,
    pub(crate) arena: Arena,
    len: usize,
}

/// Where a key stands until something is added or removed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    piece: usize,
    at: usize,
}

impl Table {
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Where the key stands, if it does. `hash` is [`hash()`] of it.
    #[inline]
    pub(crate) fn find(&self, key: &[u8], hash: u64) -> Option<Place> {
        let piece = piece_of(hash);
        let at = self.pieces.get(piece)?.find(&self.arena, key, hash)?;
        Some(Place { piece, at })
    }

    /// See [`crate::Worker::ahead`].
    #[inline]
    pub(crate) fn show_home(&self, hash: u64, show: &mut impl FnMut(*const u8, usize)) {
        if let Some(slot) = self.pieces.get(piece_of(hash)).and_then(|piece| piece.first(hash)) {
            show(std::ptr::from_ref(slot).cast(), size_of::<Slot>());
        }
    }

    /// The same of a name.
    #[inline]
    pub(crate) fn show_name(&self, slot: Slot, show: &mut impl FnMut(*const u8, usize)) {
        show(self.arena.place(slot.name()), NAME);
    }

    /// The slot of a key of this hash, unless it was placed by another one.
    #[inline]
    pub(crate) fn likely(&self, hash: u64) -> Option<Slot> {
        self.pieces.get(piece_of(hash))?.likely(hash)
    }

    /// The same of a short value.
    #[inline]
    pub(crate) fn show_near(&self, slot: Slot, show: &mut impl FnMut(*const u8, usize)) {
        show(self.arena.place(slot.value), NAME);
    }

    #[inline]
    pub(crate) fn slot(&self, place: Place) -> Slot {
        self.pieces[place.piece].slots[place.at]
    }

    #[inline]
    pub(crate) fn slot_mut(&mut self, place: Place) -> &mut Slot {
        &mut self.pieces[place.piece].slots[place.at]
    }

    /// Adds a key that is not there, which stands for nothing yet.
    pub(crate) fn add(&mut self, key: &[u8], hash: u64, expiry: Option<i64>) -> Place {
        if self.pieces.is_empty() {
            self.pieces.resize_with(PIECES, Piece::default);
        }
        let name = self.add_name(key, expiry);
        let piece = piece_of(hash);
        let slot = Slot::new(name, expiry.is_some());
        let at = self.pieces[piece].add(&self.arena, slot, hash);
        self.len += 1;
        Place { piece, at }
    }

    fn add_name(&mut self, key: &[u8], expiry: Option<i64>) -> u64 {
        match expiry {
            Some(millis) => self.arena.add(&millis.to_le_bytes(), key),
            None => self.arena.add(&[], key),
        }
    }

    /// Removes a key; what it stood for is gone already.
    pub(crate) fn remove(&mut self, place: Place) {
        self.arena.discard(self.slot(place).name());
        self.pieces[place.piece].remove(place.at);
        self.len -= 1;
    }

    pub(crate) fn name(&self, slot: Slot) -> &[u8] {
        slot.name_in(&self.arena)
    }

    pub(crate) fn expiry(&self, slot: Slot) -> Option<i64> {
        let head = self.arena.get(slot.name()).first_chunk::<8>();
        head.filter(|_| slot.is_expiring()).map(|bytes| i64::from_le_bytes(*bytes))
    }

    pub(crate) fn set_expiry(&mut self, place: Place, expiry: Option<i64>) {
        let slot = self.slot(place);
        match (slot.is_expiring(), expiry) {
            (false, None) => {}
            (true, Some(millis)) => {
                self.arena.get_mut(slot.name())[..8].copy_from_slice(&millis.to_le_bytes());
            }
            _ => {
                let key = self.name(slot).to_vec();
                self.arena.discard(slot.name());
                let name = self.add_name(&key, expiry);
                self.slot_mut(place).rename(name, expiry.is_some());
            }
        }
    }

    /// All slots of a piece, in no order that means something.
    pub(crate) fn slots(&self, piece: usize) -> impl Iterator<Item = Slot> {
        let slots = self.pieces.get(piece).map_or(&[][..], |piece| &piece.slots);
        slots.iter().copied().filter(|slot| slot.kind() != Kind::Free)
    }

    /// All slots of a piece, with a part of the hashes of their names.
    pub(crate) fn hashed(&self, piece: usize) -> impl Iterator<Item = (u32, Slot)> {
        self.pieces.get(piece).into_iter().flat_map(|piece| piece.hashed(&self.arena))
    }

    /// Copies names and short values to another arena, which leaves what was replaced behind.
    pub(crate) fn compact(&mut self) {
        let mut arena = Arena::default();
        self.pieces.iter_mut().for_each(|piece| piece.move_to(&mut arena, &self.arena));
        self.arena = arena;
    }
}

#[inline]
const fn piece_of(hash: u64) -> usize {
    (hash >> 36) as usize % PIECES
}

#[cfg(test)]
mod tests;
