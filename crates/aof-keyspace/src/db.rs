//! One database: keys, what they hold, and when that expires.

mod ahead;

use std::borrow::Cow;

use aof_rdb::{Key, Payload, Room, Str, ValueFault};

use crate::arguments::integer;
use crate::fail::Fail;
use crate::space::{FAR, Far, Space};
use crate::stored::{Raw, Seat, Stored};
use crate::table::{Kind as Held, Place, Slot, Table, hash};
use crate::text::Text;
use crate::value::{Entry, Kind, Value};

/// Room for no fewer values is asked for.
const FEW: usize = 8;

/// Keys and what they hold. Strings are held in the table where that is possible, all else beside it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Db<'i> {
    space: Space<'i>,
    pub(crate) table: Table,
    values: Vec<Seat<'i>>,
    /// Numbers of values that are gone.
    free: Vec<u32>,
}

impl<'i> Db<'i> {
    pub(crate) fn new(space: Space<'i>) -> Self {
        Self { space, ..Self::default() }
    }

    pub(crate) const fn len(&self) -> usize {
        self.table.len()
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.space);
    }

    fn find(&self, key: &[u8]) -> Option<Place> {
        self.table.find(key, hash(key))
    }

    pub(crate) fn slot(&self, key: &[u8]) -> Option<Slot> {
        Some(self.table.slot(self.find(key)?))
    }

    pub(crate) fn contains(&self, key: &[u8]) -> bool {
        self.find(key).is_some()
    }

    /// When the key expires; nothing at all if it is not there.
    pub(crate) fn expiry(&self, key: &[u8]) -> Option<Option<i64>> {
        Some(self.table.expiry(self.slot(key)?))
    }

    /// Says when a key expires, if it is there.
    pub(crate) fn set_expiry(&mut self, key: &[u8], expiry: Option<i64>) {
        if let Some(place) = self.find(key) {
            self.table.set_expiry(place, expiry);
            self.tidy();
        }
    }

    fn stored(&self, slot: Slot) -> Option<&Stored<'i>> {
        self.values.get(slot.value as usize)?.0.as_ref()
    }

    fn value(&self, slot: Slot) -> Option<&Value<'i>> {
        self.stored(slot).map(Stored::value)
    }

    /// The bytes that what a slot holds was read from, if nothing was done with it.
    pub(crate) fn payload(&self, slot: Slot) -> Option<Payload<'i>> {
        if slot.kind() == Held::Value { self.stored(slot)?.payload() } else { None }
    }

    /// Everything that a slot holds, to be looked at once.
    pub(crate) fn peek(&self, slot: Slot) -> Option<Cow<'_, Value<'i>>> {
        if slot.kind() == Held::Value {
            self.stored(slot).map(Stored::peek)
        } else {
            self.held(slot)
        }
    }

    /// The string that a slot holds, if it holds one.
    pub(crate) fn string_of(&self, slot: Slot) -> Option<Cow<'_, [u8]>> {
        match slot.kind() {
            Held::Free => None,
            Held::Int => {
                let number = slot.value.cast_signed();
                Some(itoa::Buffer::new().format(number).as_bytes().to_vec().into())
            }
            Held::Near => Some(self.table.arena.get(slot.value).into()),
            Held::Far => Some(self.space.bytes(Far(slot.value)).into()),
            Held::Value => self.value(slot)?.string().map(Cow::from),
        }
    }

    /// Everything that a slot holds.
    pub(crate) fn held(&self, slot: Slot) -> Option<Cow<'_, Value<'i>>> {
        match slot.kind() {
            Held::Value => self.value(slot).map(Cow::Borrowed),
            Held::Far => {
                let text = Text::new(self.space.bytes(Far(slot.value)), self.space);
                Some(Cow::Owned(Value::String(text)))
            }
            _ => self.string_of(slot).map(|it| Cow::Owned(Value::String(Text::copied(&it)))),
        }
    }

    /// What the key holds, whatever it is.
    pub(crate) fn any(&self, key: &[u8]) -> Option<Cow<'_, Value<'i>>> {
        self.held(self.slot(key)?)
    }

    /// The string that the key holds, if it is there.
    pub(crate) fn string(&self, key: &[u8]) -> Result<Option<Cow<'_, [u8]>>, Fail> {
        let Some(place) = self.find(key) else { return Ok(None) };
        self.string_of(self.table.slot(place)).map(Some).ok_or(Fail::WrongType)
    }

    /// The integer that the key holds as a string, if it is there.
    pub(crate) fn integer(&self, key: &[u8]) -> Result<Option<i64>, Fail> {
        let Some(place) = self.find(key) else { return Ok(None) };
        let slot = self.table.slot(place);
        if slot.kind() == Held::Int {
            return Ok(Some(slot.value.cast_signed()));
        }
        integer(&self.string_of(slot).ok_or(Fail::WrongType)?).map(Some)
    }

    /// The string of the key to be changed; it is empty, and there from now on, if the key was not there.
    pub(crate) fn buffer(&mut self, key: &[u8]) -> Result<&mut Vec<u8>, Fail> {
        let place = match self.find(key) {
            Some(place) => place,
            None => self.add(key, Value::Grown(Vec::new())),
        };
        let slot = self.table.slot(place);
        let is_grown =
            slot.kind() == Held::Value && matches!(self.value(slot), Some(Value::Grown(_)));
        if !is_grown {
            let bytes = self.string_of(slot).ok_or(Fail::WrongType)?.into_owned();
            self.hold(place, Value::Grown(bytes));
        }
        let number = self.table.slot(place).value as usize;
        let seat = self.values.get_mut(number).and_then(|seat| seat.0.as_mut());
        match seat.and_then(Stored::value_mut) {
            Some(Value::Grown(bytes)) => Ok(bytes),
            _ => Err(Fail::WrongType),
        }
    }

    /// What the key holds, if it is there.
    pub(crate) fn get<T: Kind<'i>>(&self, key: &[u8]) -> Result<Option<&T>, Fail> {
        let Some(place) = self.find(key) else { return Ok(None) };
        let slot = self.table.slot(place);
        let value = if slot.kind() == Held::Value { self.value(slot) } else { None };
        value.and_then(T::of).map(Some).ok_or(Fail::WrongType)
    }

    /// The same, to be changed. Whoever takes something out calls [`Db::settle`] behind that.
    pub(crate) fn get_mut<T: Kind<'i>>(&mut self, key: &[u8]) -> Result<Option<&mut T>, Fail> {
        let Some(place) = self.find(key) else { return Ok(None) };
        self.at_mut(place).map(Some)
    }

    fn at_mut<T: Kind<'i>>(&mut self, place: Place) -> Result<&mut T, Fail> {
        let slot = self.table.slot(place);
        if slot.kind() != Held::Value {
            return Err(Fail::WrongType);
        }
        let stored = self.values.get_mut(slot.value as usize).and_then(|seat| seat.0.as_mut());
        stored.and_then(Stored::value_mut).and_then(T::of_mut).ok_or(Fail::WrongType)
    }

    /// What the key holds, or something empty that it holds from now on: something must be put in, or
    /// [`Db::settle`] called.
    pub(crate) fn get_or_new<T: Kind<'i>>(&mut self, key: &[u8]) -> Result<&mut T, Fail> {
        let place = match self.find(key) {
            Some(place) => place,
            None => self.add(key, T::empty(self.space).wrap()),
        };
        self.at_mut(place)
    }

    /// Adds a key that is not there.
    fn add(&mut self, key: &[u8], value: Value<'i>) -> Place {
        let place = self.table.add(key, hash(key), None);
        self.hold(place, value);
        place
    }

    /// Puts a string in the place of whatever the key held.
    pub(crate) fn put_string(&mut self, key: &[u8], bytes: &[u8], expiry: Option<i64>) {
        self.put_hashed(key, hash(key), bytes, expiry);
    }

    /// The same, where the hash of the key is known.
    #[inline]
    pub(crate) fn put_hashed(&mut self, key: &[u8], hash: u64, bytes: &[u8], expiry: Option<i64>) {
        let place = self.place(key, hash, expiry);
        self.hold_string(place, bytes);
    }

    /// Puts a string in the place of whatever the key held; it goes on expiring when that did.
    pub(crate) fn replace_string(&mut self, key: &[u8], bytes: &[u8]) {
        let place = self.find(key).unwrap_or_else(|| self.table.add(key, hash(key), None));
        self.hold_string(place, bytes);
    }

    /// The place of a key that expires then from now on.
    #[inline]
    fn place(&mut self, key: &[u8], hash: u64, expiry: Option<i64>) -> Place {
        match self.table.find(key, hash) {
            Some(place) => {
                if expiry.is_some() || self.table.slot(place).is_expiring() {
                    self.table.set_expiry(place, expiry);
                }
                place
            }
            None => self.table.add(key, hash, expiry),
        }
    }

    #[inline]
    fn hold_string(&mut self, place: Place, bytes: &[u8]) {
        if bytes.len() < FAR {
            self.hold_short(place, bytes);
        } else if let Some(far) = self.space.place(bytes) {
            self.set(place, Held::Far, far.0);
        } else {
            self.hold(place, Value::String(Text::new(bytes, self.space)));
        }
        self.tidy();
    }

    fn hold_short(&mut self, place: Place, bytes: &[u8]) {
        let (old, arena) = (self.table.slot(place), &mut self.table.arena);
        if let Some(number) = Str::number(bytes) {
            self.set(place, Held::Int, number.cast_unsigned());
        } else if old.kind() != Held::Near || !arena.replace(old.value, bytes) {
            let address = arena.add(&[], bytes);
            self.set(place, Held::Near, address);
        }
    }

    fn hold(&mut self, place: Place, value: Value<'i>) {
        self.store(place, Stored::Value(value));
    }

    /// Puts a value beside the table, for the key that stands there.
    fn store(&mut self, place: Place, value: Stored<'i>) {
        let number = self.free.pop().unwrap_or_else(|| {
            if self.values.len() == self.values.capacity() {
                self.values.reserve_exact((self.values.len() / 4).max(FEW));
            }
            self.values.push(Seat::default());
            self.values.len() as u32 - 1
        });
        self.values[number as usize].0 = Some(value);
        self.set(place, Held::Value, u64::from(number));
    }

    /// Says what a key holds from now on, and lets go of what it held.
    #[inline]
    fn set(&mut self, place: Place, kind: Held, value: u64) {
        self.let_go(self.table.slot(place));
        self.table.slot_mut(place).set(kind, value);
    }

    #[inline]
    fn let_go(&mut self, slot: Slot) -> Option<Stored<'i>> {
        match slot.kind() {
            Held::Near => self.table.arena.discard(slot.value),
            Held::Value => {
                self.free.push(slot.value as u32);
                return self.values.get_mut(slot.value as usize).and_then(|seat| seat.0.take());
            }
            Held::Free | Held::Int | Held::Far => {}
        }
        None
    }

    #[inline]
    fn tidy(&mut self) {
        if self.table.arena.is_wasteful() {
            self.table.compact();
        }
    }

    /// Puts a value in the place of whatever the key held; it does not expire.
    pub(crate) fn put(&mut self, key: &[u8], value: Value<'i>) {
        self.put_entry(key, Entry { value, expiry: None });
    }

    /// The same with an expiry. An aggregate that nothing is in removes the key.
    pub(crate) fn put_entry(&mut self, key: &[u8], entry: Entry<'i>) {
        if entry.value.is_gone() {
            self.remove(key);
        } else if let Some(bytes) = entry.value.string() {
            self.put_string(key, bytes, entry.expiry);
        } else {
            let place = self.place(key, hash(key), entry.expiry);
            self.hold(place, entry.value);
        }
    }

    /// Takes in a key of a base, in the place of what it held.
    pub(crate) fn load(&mut self, key: &Key<'_>, room: &mut Room) -> Result<(), ValueFault> {
        if let Some(raw) = Raw::new(&key.value, self.space, room) {
            let place = self.place(&key.name, hash(&key.name), key.expiry);
            self.store(place, Stored::Raw(raw.into()));
            return Ok(());
        }
        let value = Value::read(&key.value, self.space, room)?;
        self.put_entry(&key.name, Entry { value, expiry: key.expiry });
        Ok(())
    }

    /// Removes the key; whether it was there.
    pub(crate) fn remove(&mut self, key: &[u8]) -> bool {
        let Some(place) = self.find(key) else { return false };
        self.let_go(self.table.slot(place));
        self.table.remove(place);
        self.tidy();
        true
    }

    /// Takes the key out, with all that it holds.
    pub(crate) fn take(&mut self, key: &[u8]) -> Option<Entry<'i>> {
        let place = self.find(key)?;
        let slot = self.table.slot(place);
        let expiry = self.table.expiry(slot);
        let value = match slot.kind() {
            Held::Value => self.let_go(slot)?.into_value(),
            _ => {
                let value = self.held(slot)?.into_owned();
                self.let_go(slot);
                value
            }
        };
        self.table.remove(place);
        Some(Entry { value, expiry })
    }

    /// A copy of all that the key holds.
    pub(crate) fn copied(&self, key: &[u8]) -> Option<Entry<'i>> {
        let slot = self.slot(key)?;
        Some(Entry { value: self.held(slot)?.into_owned(), expiry: self.table.expiry(slot) })
    }

    /// Removes the key if nothing is left in it.
    pub(crate) fn settle(&mut self, key: &[u8]) {
        let is_gone = |value: Option<&Value<'_>>| value.is_some_and(Value::is_gone);
        let place = self.find(key).map(|place| self.table.slot(place));
        if place.is_some_and(|slot| slot.kind() == Held::Value && is_gone(self.value(slot))) {
            self.remove(key);
        }
    }
}
