//! What is kept of a value: the value, or while nothing was done with it, the bytes that it was read from.

use std::borrow::Cow;
use std::sync::OnceLock;

use aof_rdb::{Payload, Room, ValueType};

use crate::ahead::Step;
use crate::space::Space;
use crate::value::{Value, show_all};

/// A string whose bytes are compressed begins with this.
const COMPRESSED: u8 = 0xC3;

/// So many bytes are brought into the cache before they are copied; more the processor foresees.
const SHOWN: usize = 512;

/// What is kept of a value.
#[derive(Debug, Clone)]
pub(crate) enum Stored<'i> {
    Value(Value<'i>),
    Raw(Box<Raw<'i>>),
}

/// A place for one, which is a line of the cache: no more memory than that is fetched for it.
#[derive(Debug, Clone, Default)]
#[repr(align(64))]
pub(crate) struct Seat<'i>(pub(crate) Option<Stored<'i>>);

const _: () = assert!(size_of::<Seat<'_>>() == 64);

/// A sound value of a base.
#[derive(Debug, Clone)]
pub(crate) struct Raw<'i> {
    payload: Payload<'i>,
    space: Space<'i>,
    /// The value, if somebody asked for it.
    read: OnceLock<Value<'i>>,
}

impl<'i> Raw<'i> {
    /// The value of a payload, if that stands in an input, is sound, and cannot be had easily in another way.
    pub(crate) fn new(payload: &Payload<'_>, space: Space<'i>, room: &mut Room) -> Option<Self> {
        let is_worth_it = match payload.value_type()? {
            ValueType::String => payload.bytes.first() == Some(&COMPRESSED),
            ValueType::Module => false,
            _ => true,
        };
        let bytes = space.locate(payload.bytes).filter(|_| is_worth_it)?;
        let contents = payload.verify(room).ok()?;
        let payload = Payload { bytes, ..*payload };
        (contents.items > 0).then(|| Self { payload, space, read: OnceLock::new() })
    }

    fn value(&self) -> &Value<'i> {
        self.read.get_or_init(|| self.decoded())
    }

    /// It was sound when it was loaded. If its file was changed since, nothing that is made of it counts.
    fn decoded(&self) -> Value<'i> {
        let value = Value::read(&self.payload, self.space, &mut Room::default());
        value.unwrap_or_else(|_| Value::Grown(Vec::new()))
    }

    fn into_value(self) -> Value<'i> {
        match self.read.into_inner() {
            Some(value) => value,
            None => Self { read: OnceLock::new(), ..self }.decoded(),
        }
    }
}

impl<'i> Stored<'i> {
    /// The value, which is kept beside its bytes if it had to be read.
    pub(crate) fn value(&self) -> &Value<'i> {
        match self {
            Self::Value(value) => value,
            Self::Raw(raw) => raw.value(),
        }
    }

    /// The value, to be looked at once.
    pub(crate) fn peek(&self) -> Cow<'_, Value<'i>> {
        match self {
            Self::Value(value) => Cow::Borrowed(value),
            Self::Raw(raw) => {
                raw.read.get().map_or_else(|| Cow::Owned(raw.decoded()), Cow::Borrowed)
            }
        }
    }

    /// The value, to be changed.
    pub(crate) fn value_mut(&mut self) -> Option<&mut Value<'i>> {
        if let Self::Raw(_) = self {
            let empty = Self::Value(Value::Grown(Vec::new()));
            *self = Self::Value(std::mem::replace(self, empty).into_value());
        }
        if let Self::Value(value) = self { Some(value) } else { None }
    }

    pub(crate) fn into_value(self) -> Value<'i> {
        match self {
            Self::Value(value) => value,
            Self::Raw(raw) => raw.into_value(),
        }
    }

    /// The bytes that it was read from, if nothing was done with it.
    pub(crate) const fn payload(&self) -> Option<Payload<'i>> {
        match self {
            Self::Value(_) => None,
            Self::Raw(raw) => Some(raw.payload),
        }
    }

    /// How many bytes it will take in a file, roughly.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Value(value) => value.weight(),
            Self::Raw(raw) => raw.payload.bytes.len(),
        }
    }

    /// See [`crate::Worker::ahead`].
    #[inline]
    pub(crate) fn ahead(&self, step: Step, show: &mut impl FnMut(*const u8, usize)) {
        match (self, step) {
            (Self::Value(value), step) => value.ahead(step, show),
            (Self::Raw(raw), Step::Value) => show_all(&**raw, show),
            (Self::Raw(raw), Step::Content) => {
                show(raw.payload.bytes.as_ptr(), raw.payload.bytes.len().min(SHOWN));
            }
            _ => {}
        }
    }
}
