//! The deep look at a value: every encoding inside of it, and that nothing occurs twice.

use std::collections::HashSet;
use std::hash::BuildHasher;

use foldhash::quality::FixedState;

use crate::fault::{ValueFault, ValueFaultKind, fault};
use crate::item::{Group, Item, ValueType};
use crate::payload::{Payload, Room};

/// What there is in a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Contents {
    /// Elements, members, fields or entries; 1 for a string.
    pub items: u64,
    /// Bytes of all of them, without what holds them together.
    pub bytes: u64,
}

impl Payload<'_> {
    /// Reads all of the value, as deeply as a server can, and tells what is in it.
    ///
    /// # Errors
    /// What is wrong with it. A value that passes here is accepted by a server that knows its type.
    pub fn verify(&self, room: &mut Room) -> Result<Contents, ValueFault> {
        let mut look = Look { hashes: std::mem::take(&mut room.hashes), ..Look::default() };
        look.hashes.clear();
        let read = self.items(room, &mut |item| look.take(item));
        let are_some_equal = are_some_equal(&mut look.hashes);
        room.hashes = std::mem::take(&mut look.hashes);
        read?;
        if let Some(kind) = look.wrong {
            return Err(fault(0, kind));
        }
        let may_be_empty = self.value_type() == Some(ValueType::Stream);
        if look.contents.items == 0 && !may_be_empty {
            return Err(fault(0, ValueFaultKind::Empty));
        }
        // Equal hashes are no proof.
        if are_some_equal && self.has_twins(room)? {
            return Err(fault(0, ValueFaultKind::Duplicate));
        }
        Ok(look.contents)
    }

    /// Whether an item occurs twice.
    #[cold]
    fn has_twins(&self, room: &mut Room) -> Result<bool, ValueFault> {
        let (mut seen, mut has_twins) = (HashSet::new(), false);
        self.items(room, &mut |item| {
            if let Item::Member(text) | Item::Scored(text, _) | Item::Field(text, ..) = item {
                has_twins |= !seen.insert(text.to_vec());
            }
        })?;
        Ok(has_twins)
    }
}

fn are_some_equal(hashes: &mut [u64]) -> bool {
    hashes.sort_unstable();
    hashes.windows(2).any(|pair| pair[0] == pair[1])
}

/// What was seen of a value.
#[derive(Default)]
struct Look {
    contents: Contents,
    /// Of all items that must not occur twice.
    hashes: Vec<u64>,
    wrong: Option<ValueFaultKind>,
}

impl Look {
    #[inline]
    fn take(&mut self, item: Item<'_>) {
        let mut digits = itoa::Buffer::new();
        let (name, more) = match item {
            Item::Member(member) => (member, 0),
            Item::Scored(member, _) => (member, 8),
            Item::Field(field, value, _) => (field, value.len()),
            Item::String(text) | Item::Element(text) => return self.count(text.len()),
            other => return self.take_other(&other),
        };
        let name = name.text(&mut digits);
        self.count(name.len() + more);
        self.hashes.push(FixedState::default().hash_one(name));
    }

    #[inline]
    fn count(&mut self, bytes: usize) {
        self.contents.items += 1;
        self.contents.bytes += bytes as u64;
    }

    fn take_other(&mut self, item: &Item<'_>) {
        match item {
            Item::Entry(_, fields) => {
                let bytes = fields.iter().map(|(field, value)| field.len() + value.len()).sum();
                self.count(bytes);
            }
            Item::Group(group) => self.wrong = self.wrong.or(wrong_with(group)),
            Item::Module(module) => self.count(module.bytes.len()),
            _ => {}
        }
    }
}

fn wrong_with(group: &Group<'_>) -> Option<ValueFaultKind> {
    let mut names = HashSet::new();
    if group.pending.iter().any(|pending| pending.owner.is_none()) {
        return Some(ValueFaultKind::NoOwner);
    }
    let is_twice = group.consumers.iter().any(|consumer| !names.insert(&consumer.name));
    is_twice.then_some(ValueFaultKind::Duplicate)
}
