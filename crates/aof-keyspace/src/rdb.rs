//! From RDB files into the keyspace, and back.

use std::collections::BTreeMap;

use aof_rdb::{Item, Key, Payload, Room, ValueFault, ValueFaultKind, ValueType, encode};

use crate::held::Held;
use crate::keyspace::{Keyspace, Worker};
use crate::space::Space;
use crate::stream::{Consumer, Group, Pending, Stream};
use crate::text::Text;
use crate::touch::touched;
use crate::value::{Field, Hash, Kind as _, List, Opaque, Set, SortedSet, Value};

impl Keyspace<'_> {
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
    /// The value cannot be read. The keyspace is as before.
    pub fn load(&mut self, key: &Key<'_>, room: &mut Room) -> Result<(), ValueFault> {
        let lane = self.ground.links.lane(&key.name);
        self.lanes[lane].db(key.db).load(key, room)
    }

    /// Takes in what a module keeps beside its keys; no command changes it.
    pub fn load_module_data(&mut self, id: u64, bytes: &[u8]) {
        self.module_data.push((id, bytes.to_vec()));
    }
}

impl Worker<'_, '_> {
    /// As [`Keyspace::load`], where the key belongs to this lane.
    ///
    /// # Errors
    /// The value cannot be read. The keyspace is as before.
    pub fn load(&mut self, key: &Key<'_>, room: &mut Room) -> Result<(), ValueFault> {
        self.lane.db(key.db).load(key, room)
    }
}

impl<'k, 'i> Held<'k, 'i> {
    /// The key as it stands in an RDB file: in the base that it comes from, if nothing was done with it; otherwise in one
    /// of [`encode::HEADER`], and `value`, which is emptied before, has what it holds.
    pub fn key<'v>(&self, value: &'v mut Vec<u8>) -> Key<'v>
    where
        'k: 'v,
        'i: 'v,
    {
        let value = self.payload().unwrap_or_else(|| {
            value.clear();
            let code = self.encode(value);
            Payload { header: encode::HEADER, code, bytes: value }
        });
        Key {
            db: self.db,
            name: self.name().into(),
            expiry: self.expiry(),
            idle: None,
            frequency: None,
            has_metadata: false,
            value,
        }
    }

    /// Appends the value as it stands behind a key in an RDB file of [`encode::HEADER`], and returns its type.
    pub fn encode(&self, out: &mut Vec<u8>) -> u8 {
        if let Some(text) = self.string() {
            return encode::string(&text, out);
        }
        self.value().encode(out)
    }
}

impl Value<'_> {
    fn encode(&self, out: &mut Vec<u8>) -> u8 {
        match self {
            Value::String(text) => encode::string(text.bytes(), out),
            Value::Grown(text) => encode::string(text, out),
            Value::List(list) => encode::list(list.iter(), out),
            Value::Set(set) => encode::set(set.iter(), out),
            Value::SortedSet(set) => {
                let sorted = set.sorted();
                let members = touched(&sorted, |(member, _)| member.first().map_or(0, |it| *it));
                encode::sorted_set(set.len(), members.copied(), out)
            }
            Value::Hash(hash) => encode::hash(
                hash.iter().map(|Field { name, value, expiry }| (name, value, expiry)),
                hash.earliest(),
                out,
            ),
            Value::Stream(stream) => {
                let groups: Vec<aof_rdb::Group<'_>> =
                    stream.groups.iter().map(|(name, group)| of_file(name, group)).collect();
                let entries = stream.entries.iter().map(|(id, fields)| (id, fields.iter()));
                encode::stream(entries, &stream.info(), &groups, out)
            }
            Value::Module(value) => {
                out.extend_from_slice(&value.bytes);
                value.code
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

impl<'i> Value<'i> {
    /// Reads a value of a file or of a payload.
    pub(crate) fn read(
        payload: &Payload<'_>,
        space: Space<'i>,
        room: &mut Room,
    ) -> Result<Self, ValueFault> {
        let unknown = ValueFault { at: 0, kind: ValueFaultKind::UnknownType };
        let mut value = match payload.value_type().ok_or(unknown)? {
            ValueType::String => Self::Grown(Vec::new()),
            ValueType::List => List::empty(space).wrap(),
            ValueType::Set => Set::empty(space).wrap(),
            ValueType::SortedSet => SortedSet::empty(space).wrap(),
            ValueType::Hash => Hash::empty(space).wrap(),
            ValueType::Stream => Stream::empty(space).wrap(),
            ValueType::Module => {
                let (code, bytes) = (payload.code, payload.bytes.to_vec());
                return Ok(Self::Module(Opaque { code, bytes }));
            }
        };
        payload.items(room, &mut |item| value.take(&item, space))?;
        Ok(value)
    }

    fn take(&mut self, item: &Item<'_>, space: Space<'i>) {
        let (mut digits, mut more) = (itoa::Buffer::new(), itoa::Buffer::new());
        match (self, item) {
            (value @ Self::Grown(_), Item::String(text)) => {
                *value = Self::String(Text::new(text.text(&mut digits), space));
            }
            (Self::List(list), Item::Element(text)) => list.push_back(text.text(&mut digits)),
            (Self::Set(set), Item::Member(text)) => {
                set.insert(text.text(&mut digits));
            }
            (Self::SortedSet(set), Item::Scored(member, score)) => {
                set.insert(member.text(&mut digits), *score);
            }
            (Self::Hash(hash), Item::Field(field, value, expiry)) => {
                let field = field.text(&mut digits);
                hash.set(field, value.text(&mut more));
                hash.set_expiry(field, *expiry);
            }
            (Self::Stream(stream), item) => of_stream(stream, item),
            _ => {}
        }
    }
}

/// What servers before RDB 10 do not know is taken as they do when they load it.
fn of_stream(stream: &mut Stream<'_>, item: &Item<'_>) {
    match item {
        Item::Entry(id, fields) => {
            let words = fields.iter().flat_map(|(field, value)| [field, value]);
            let words: Vec<Vec<u8>> = words.map(|word| word.to_vec()).collect();
            stream.entries.insert(*id, words.iter().map(Vec::as_slice));
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
