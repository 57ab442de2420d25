//! A table of its own for the fields or members of one value.

use super::arena::Arena;
use super::hash::hash;
use super::piece::{Kind, Piece, Slot};
use crate::space::{Far, Space};
use crate::touch::{touch, touched};

/// Names, each with bytes beside it.
#[derive(Debug, Clone)]
pub(crate) struct Dict<'i> {
    space: Space<'i>,
    piece: Piece,
    arena: Arena,
}

impl<'i> Dict<'i> {
    pub(crate) fn new(space: Space<'i>) -> Self {
        Self { space, piece: Piece::default(), arena: Arena::default() }
    }

    pub(crate) const fn len(&self) -> usize {
        self.piece.len()
    }

    /// Bytes of names and of what is beside them.
    pub(crate) const fn weight(&self) -> usize {
        self.arena.used() + self.len() * size_of::<Slot>()
    }

    pub(crate) fn get(&self, name: &[u8]) -> Option<&[u8]> {
        let at = self.piece.find(&self.arena, name, hash(name))?;
        Some(self.beside(self.piece.slots[at]))
    }

    fn beside(&self, slot: Slot) -> &[u8] {
        match slot.kind() {
            Kind::Near => self.arena.get(slot.value),
            Kind::Far => self.space.bytes(Far(slot.value)),
            // Beside the members of a set there is nothing.
            Kind::Free | Kind::Int | Kind::Value => &[],
        }
    }

    /// Names in an order that depends on what was done, and what is beside them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> + Clone {
        let slots = touched(&self.piece.slots, |slot| self.byte(*slot));
        let used = slots.filter(|slot| slot.kind() != Kind::Free);
        used.map(|slot| (slot.name_in(&self.arena), self.beside(*slot)))
    }

    /// Some byte of all that a slot leads to.
    fn byte(&self, slot: Slot) -> u8 {
        match slot.kind() {
            Kind::Free => 0,
            Kind::Near => self.arena.byte(slot.name()) ^ self.arena.byte(slot.value),
            Kind::Int | Kind::Far | Kind::Value => self.arena.byte(slot.name()),
        }
    }

    /// Brings into the cache where these names stand or will.
    pub(crate) fn touch<'n>(&self, names: impl Iterator<Item = &'n [u8]>) {
        touch(names.filter_map(|name| self.piece.first(hash(name))).map(|slot| slot.value as u8));
    }

    /// Puts bytes beside a name; whether the name is new.
    pub(crate) fn insert(&mut self, name: &[u8], beside: &[u8]) -> bool {
        let hash = hash(name);
        let found = self.piece.find(&self.arena, name, hash);
        let at = found.unwrap_or_else(|| {
            let slot = Slot::new(self.arena.add(&[], name), false);
            self.piece.add(&self.arena, slot, hash)
        });
        self.put(at, beside);
        found.is_none()
    }

    fn put(&mut self, at: usize, beside: &[u8]) {
        let (slot, far) = (&mut self.piece.slots[at], self.space.place(beside));
        if slot.kind() == Kind::Near {
            if far.is_none() && self.arena.replace(slot.value, beside) {
                return;
            }
            self.arena.discard(slot.value);
        }
        match far {
            Some(far) => slot.set(Kind::Far, far.0),
            None if beside.is_empty() => slot.set(Kind::Int, 0),
            None => slot.set(Kind::Near, self.arena.add(&[], beside)),
        }
        self.tidy();
    }

    /// Removes a name; whether it was there.
    pub(crate) fn remove(&mut self, name: &[u8]) -> bool {
        let Some(at) = self.piece.find(&self.arena, name, hash(name)) else { return false };
        let slot = self.piece.slots[at];
        self.arena.discard(slot.name());
        if slot.kind() == Kind::Near {
            self.arena.discard(slot.value);
        }
        self.piece.remove(at);
        self.tidy();
        true
    }

    fn tidy(&mut self) {
        if self.arena.is_wasteful() {
            let mut arena = Arena::default();
            self.piece.move_to(&mut arena, &self.arena);
            self.arena = arena;
        }
    }
}
