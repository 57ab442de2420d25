//! From RDB files into the keyspace, and back.

use std::collections::{BTreeSet, VecDeque};

use aof_rdb::{Item, Key, Payload, Room, ValueFault, ValueFaultKind, ValueType, encode};

use crate::keyspace::Keyspace;
use crate::value::{Entry, Field, Hash, SortedSet, Value};

impl Keyspace {
    /// Takes in a key of a base or a snapshot, in the place of what it held.
    ///
    /// ```
    /// use aof_keyspace::Keyspace;
    /// use aof_rdb::{RecordKind, Room, read};
    ///
    /// let file = b"REDIS0011\xfe\x00\x00\x03key\x05value\xff\0\0\0\0\0\0\0\0";
    /// let (mut keyspace, mut room) = (Keyspace::default(), Room::default());
    /// read(&mut &file[..], 0, &mut |records| {
    ///     for record in records {
    ///         if let RecordKind::Key(key) = &record.kind {
    ///             keyspace.load(key, &mut room).expect("the value is sound");
    ///         }
    ///     }
    ///     true
    /// })?;
    /// assert_eq!(keyspace.len(), 1);
    /// # Ok::<(), std::convert::Infallible>(())
    /// ```
    ///
    /// # Errors
    /// The value cannot be read, or is of a module. The keyspace is as before.
    pub fn load(&mut self, key: &Key<'_>, room: &mut Room) -> Result<(), ValueFault> {
        let value = Value::read(&key.value, room)?;
        self.db_mut(key.db).put_entry(&key.name, Entry { value, expiry: key.expiry });
        Ok(())
    }
}

impl Entry {
    /// Appends the value as it stands behind a key in an RDB file of [`encode::HEADER`], and returns its type.
    pub fn encode(&self, out: &mut Vec<u8>) -> u8 {
        match &self.value {
            Value::String(text) => encode::string(text, out),
            Value::List(list) => encode::list(list.iter().map(Vec::as_slice), out),
            Value::Set(set) => encode::set(set.iter().map(Vec::as_slice), out),
            Value::SortedSet(set) => encode::sorted_set(set.len(), set.iter(), out),
            Value::Hash(hash) => encode::hash(
                hash.fields.iter().map(|(name, field)| (&name[..], &field.value[..], field.expiry)),
                out,
            ),
        }
    }
}

impl Value {
    /// Reads a value of a file or of a payload.
    pub(crate) fn read(payload: &Payload<'_>, room: &mut Room) -> Result<Self, ValueFault> {
        let unknown = ValueFault { at: 0, kind: ValueFaultKind::UnknownType };
        let mut value = match payload.value_type().ok_or(unknown)? {
            ValueType::String => Self::String(Vec::new()),
            ValueType::List => Self::List(VecDeque::new()),
            ValueType::Set => Self::Set(BTreeSet::new()),
            ValueType::SortedSet => Self::SortedSet(SortedSet::default()),
            ValueType::Hash => Self::Hash(Hash::default()),
            ValueType::Stream | ValueType::Module => return Err(unknown),
        };
        payload.items(room, &mut |item| value.take(&item))?;
        Ok(value)
    }

    fn take(&mut self, item: &Item<'_>) {
        match (self, item) {
            (Self::String(value), Item::String(text)) => *value = text.to_vec(),
            (Self::List(list), Item::Element(text)) => list.push_back(text.to_vec()),
            (Self::Set(set), Item::Member(text)) => {
                set.insert(text.to_vec());
            }
            (Self::SortedSet(set), Item::Scored(member, score)) => {
                set.insert(&member.to_vec(), *score);
            }
            (Self::Hash(hash), Item::Field(field, value, expiry)) => {
                let held = Field { value: value.to_vec(), expiry: *expiry };
                hash.fields.insert(field.to_vec(), held);
            }
            _ => {}
        }
    }
}
