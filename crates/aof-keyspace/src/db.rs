//! One database.

use std::collections::BTreeMap;

use crate::fail::Fail;
use crate::value::{Entry, Kind, Value};

/// Keys and what they hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Db {
    pub(crate) keys: BTreeMap<Vec<u8>, Entry>,
}

impl Db {
    /// What the key holds, if it is there.
    pub(crate) fn get<T: Kind>(&self, key: &[u8]) -> Result<Option<&T>, Fail> {
        match self.keys.get(key) {
            Some(entry) => T::of(&entry.value).map(Some).ok_or(Fail::WrongType),
            None => Ok(None),
        }
    }

    /// The same, to be changed. Whoever takes something out calls [`Db::settle`] behind that.
    pub(crate) fn get_mut<T: Kind>(&mut self, key: &[u8]) -> Result<Option<&mut T>, Fail> {
        match self.keys.get_mut(key) {
            Some(entry) => T::of_mut(&mut entry.value).map(Some).ok_or(Fail::WrongType),
            None => Ok(None),
        }
    }

    /// What the key holds, or something empty that it holds from now on: something must be put in, or
    /// [`Db::settle`] called.
    pub(crate) fn get_or_new<T: Kind>(&mut self, key: &[u8]) -> Result<&mut T, Fail> {
        let new = || Entry { value: T::default().wrap(), expiry: None };
        let entry = match self.keys.contains_key(key) {
            true => self.keys.get_mut(key),
            false => Some(self.keys.entry(key.to_vec()).or_insert_with(new)),
        };
        entry.and_then(|entry| T::of_mut(&mut entry.value)).ok_or(Fail::WrongType)
    }

    /// Puts a value in the place of whatever the key held; it does not expire.
    pub(crate) fn put(&mut self, key: &[u8], value: Value) {
        self.put_entry(key, Entry { value, expiry: None });
    }

    /// The same with an expiry. An aggregate that nothing is in removes the key.
    pub(crate) fn put_entry(&mut self, key: &[u8], entry: Entry) {
        if entry.value.is_gone() {
            self.keys.remove(key);
        } else if let Some(there) = self.keys.get_mut(key) {
            *there = entry;
        } else {
            self.keys.insert(key.to_vec(), entry);
        }
    }

    /// Removes the key if nothing is left in it.
    pub(crate) fn settle(&mut self, key: &[u8]) {
        if self.keys.get(key).is_some_and(|entry| entry.value.is_gone()) {
            self.keys.remove(key);
        }
    }
}
