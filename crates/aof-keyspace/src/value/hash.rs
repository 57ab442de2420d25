//! Hashes.

use std::collections::BTreeMap;

use crate::text::{Name, Text};

/// Fields with values, some of which may expire by themselves.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hash<'i> {
    fields: BTreeMap<Name, Text<'i>>,
    /// Of those fields that expire: when, in milliseconds since the Unix epoch.
    expiries: BTreeMap<Name, i64>,
}

/// A field of a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'h> {
    /// Its name.
    pub name: &'h [u8],
    /// Its value.
    pub value: &'h [u8],
    /// When it expires, in milliseconds since the Unix epoch.
    pub expiry: Option<i64>,
}

/// Whether a time comes before a moment.
pub(crate) fn is_over(expiry: Option<i64>, moment: Option<i64>) -> bool {
    expiry.zip(moment).is_some_and(|(expiry, moment)| expiry < moment)
}

impl<'i> Hash<'i> {
    /// How many fields there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The value of a field.
    #[must_use]
    pub fn get(&self, name: &[u8]) -> Option<&[u8]> {
        self.fields.get(name).map(Text::bytes)
    }

    /// Whether a field is there, unless its time comes before this moment.
    pub(crate) fn has(&self, name: &[u8], hidden_before: Option<i64>) -> bool {
        self.get(name).is_some() && !is_over(self.expiry(name), hidden_before)
    }

    /// When a field expires, if it does, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn expiry(&self, name: &[u8]) -> Option<i64> {
        self.expiries.get(name).copied()
    }

    /// The fields, in the order of the bytes of their names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Field<'_>> + Clone {
        self.fields.iter().map(|(name, value)| {
            let (name, value) = (name.bytes(), value.bytes());
            let expiry = if self.expiries.is_empty() { None } else { self.expiry(name) };
            Field { name, value, expiry }
        })
    }

    /// Gives a field a value. It does not expire any more.
    pub(crate) fn set(&mut self, name: &[u8], value: Text<'i>) {
        self.change(name, value);
        self.set_expiry(name, None);
    }

    /// Gives a field a value. It goes on expiring when it did.
    pub(crate) fn change(&mut self, name: &[u8], value: Text<'i>) {
        match self.fields.get_mut(name) {
            Some(held) => *held = value,
            None => drop(self.fields.insert(Name::new(name), value)),
        }
    }

    /// Says when a field expires that is there, in milliseconds since the Unix epoch.
    pub fn set_expiry(&mut self, name: &[u8], expiry: Option<i64>) {
        match expiry {
            Some(millis) => drop(self.expiries.insert(Name::new(name), millis)),
            None if self.expiries.is_empty() => {}
            None => drop(self.expiries.remove(name)),
        }
    }

    /// Removes a field; whether it was there.
    pub(crate) fn remove(&mut self, name: &[u8]) -> bool {
        self.set_expiry(name, None);
        self.fields.remove(name).is_some()
    }
}
