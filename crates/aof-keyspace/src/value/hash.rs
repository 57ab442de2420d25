//! Hashes.

use std::collections::BTreeMap;

use super::map::Map;
use crate::space::Space;
use crate::text::Name;

/// Fields with values, some of which may expire by themselves.
#[derive(Debug, Clone, PartialEq)]
pub struct Hash<'i> {
    fields: Map<'i>,
    /// Few hashes have any.
    expiries: Option<Box<Expiries>>,
}

/// Of those fields that expire: when, in milliseconds since the Unix epoch.
#[derive(Debug, Clone, Default, PartialEq)]
struct Expiries(BTreeMap<Name, i64>);

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
    /// No fields; values may point into `space`.
    pub(crate) const fn new(space: Space<'i>) -> Self {
        Self { fields: Map::new(space), expiries: None }
    }

    /// See [`Map::touch`].
    pub(crate) fn touch<'n>(&self, names: impl ExactSizeIterator<Item = &'n [u8]>) {
        self.fields.touch(names);
    }

    /// How many fields there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The value of a field.
    #[must_use]
    pub fn get(&self, name: &[u8]) -> Option<&[u8]> {
        self.fields.get(name)
    }

    /// See [`super::Value::weight`].
    pub(super) fn weight(&self) -> usize {
        self.fields.weight()
    }

    /// See [`super::Value::ahead`].
    pub(super) fn ahead(&self, show: &mut impl FnMut(*const u8, usize)) {
        self.fields.ahead(show);
    }

    /// Whether a field is there, unless its time comes before this moment.
    pub(crate) fn has(&self, name: &[u8], hidden_before: Option<i64>) -> bool {
        self.get(name).is_some() && !is_over(self.expiry(name), hidden_before)
    }

    /// When a field expires, if it does, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn expiry(&self, name: &[u8]) -> Option<i64> {
        self.expiries.as_ref()?.0.get(name).copied()
    }

    /// When the first field expires, if one does, in milliseconds since the Unix epoch.
    pub(crate) fn earliest(&self) -> Option<i64> {
        self.expiries.as_ref()?.0.values().min().copied()
    }

    /// The fields, in an order that depends on the commands alone that made them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Field<'_>> + Clone {
        self.fields.iter().map(|(name, value)| Field { name, value, expiry: self.expiry(name) })
    }

    /// Gives a field a value. It does not expire any more.
    pub(crate) fn set(&mut self, name: &[u8], value: &[u8]) {
        self.change(name, value);
        self.set_expiry(name, None);
    }

    /// Gives a field a value. It goes on expiring when it did.
    pub(crate) fn change(&mut self, name: &[u8], value: &[u8]) {
        self.fields.insert(name, value);
    }

    /// Says when a field expires that is there, in milliseconds since the Unix epoch.
    pub fn set_expiry(&mut self, name: &[u8], expiry: Option<i64>) {
        match expiry {
            Some(millis) => {
                self.expiries.get_or_insert_default().0.insert(Name::new(name), millis);
            }
            None => {
                if let Some(expiries) = &mut self.expiries {
                    expiries.0.remove(name);
                }
                self.expiries.take_if(|expiries| expiries.0.is_empty());
            }
        }
    }

    /// Removes a field; whether it was there.
    pub(crate) fn remove(&mut self, name: &[u8]) -> bool {
        self.set_expiry(name, None);
        self.fields.remove(name)
    }
}
