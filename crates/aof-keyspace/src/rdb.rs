//! From RDB files into the keyspace, and back.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use aof_rdb::{Item, Key, Payload, Room, ValueFault, ValueFaultKind, ValueType, encode};

use crate::keyspace::Keyspace;
use crate::stream::{Consumer, Group, Pending, Stream};
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
            Value::Stream(stream) => {
                let groups: Vec<aof_rdb::Group<'_>> =
                    stream.groups.iter().map(|(name, group)| of_file(name, group)).collect();
                let entries = stream.entries.iter().map(|(id, fields)| (*id, &fields[..]));
                encode::stream(entries, &stream.info(), &groups, out)
            }
        }
    }
}

/// A group as it stands in a file: consumers by their places.
fn of_file<'g>(name: &'g [u8], group: &'g Group) -> aof_rdb::Group<'g> {
    let owners = group.consumers.keys().zip(0..).collect::<BTreeMap<_, _>>();
    let pending = group.pending.iter().map(|(id, pending)| {
        let Pending { delivered, count, owner } = pending;
        let owner = owners.get(owner).copied();
        aof_rdb::Pending { id: *id, delivered: *delivered, count: *count, owner }
    });
    let consumers = group.consumers.iter().map(|(name, consumer)| aof_rdb::Consumer {
        name: name[..].into(),
        seen: consumer.seen,
        active: consumer.active,
    });
    aof_rdb::Group {
        name: name.into(),
        last: group.last,
        read: group.read,
        pending: pending.collect(),
        consumers: consumers.collect(),
    }
}

impl From<&aof_rdb::Group<'_>> for Group {
    fn from(group: &aof_rdb::Group<'_>) -> Self {
        let owner = |place: Option<u32>| {
            let consumer = place.and_then(|place| group.consumers.get(place as usize));
            consumer.map(|consumer| consumer.name.to_vec()).unwrap_or_default()
        };
        let pending = group.pending.iter().map(|it| {
            let (delivered, count) = (it.delivered, it.count);
            (it.id, Pending { delivered, count, owner: owner(it.owner) })
        });
        let consumers = group
            .consumers
            .iter()
            .map(|it| (it.name.to_vec(), Consumer { seen: it.seen, active: it.active }));
        Self {
            last: group.last,
            read: group.read,
            pending: pending.collect(),
            consumers: consumers.collect(),
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
            ValueType::Stream => Self::Stream(Default::default()),
            ValueType::Module => return Err(unknown),
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
            (Self::Stream(stream), item) => of_stream(stream, item),
            _ => {}
        }
    }
}

/// What servers before RDB 10 do not know is taken as they do when they load it.
fn of_stream(stream: &mut Stream, item: &Item<'_>) {
    match item {
        Item::Entry(id, fields) => {
            let fields = fields.iter().map(|(field, value)| (field.to_vec(), value.to_vec()));
            stream.entries.insert(*id, fields.collect());
        }
        Item::Stream(info) => {
            stream.last = info.last;
            stream.added = info.history.map_or(info.length, |history| history.added);
            stream.max_deleted = info.history.unwrap_or_default().max_deleted;
        }
        Item::Group(group) => {
            stream.groups.insert(group.name.to_vec(), Group::from(*group));
        }
        _ => {}
    }
}
