//! What keys hold.

mod hash;
mod list;
mod map;
mod set;
mod sorted_set;

pub(crate) use hash::is_over;
pub use hash::{Field, Hash};
pub use list::List;
pub use set::Set;
pub(crate) use sorted_set::Score;
pub use sorted_set::SortedSet;

use aof_rdb::ValueType;

use crate::ahead::Step;
use crate::space::Space;
use crate::stream::Stream;
use crate::text::Text;

/// The value of a key, and when it expires.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<'i> {
    /// The value.
    pub value: Value<'i>,
    /// When it expires, in milliseconds since the Unix epoch.
    pub expiry: Option<i64>,
}

/// A value.
#[derive(Debug, Clone)]
pub enum Value<'i> {
    /// `string`.
    String(Text<'i>),
    /// `string`, to which something may be added.
    Grown(Vec<u8>),
    /// `list`.
    List(Box<List<'i>>),
    /// `set`.
    Set(Set),
    /// `zset`.
    SortedSet(SortedSet),
    /// `hash`.
    Hash(Hash<'i>),
    /// `stream`.
    Stream(Box<Stream<'i>>),
    /// What a module keeps, which only that module can read.
    Module(Opaque),
}

/// A value as it stands behind its key in an RDB file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opaque {
    /// The number of its type.
    pub code: u8,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A type of values, as commands ask for it.
pub(crate) trait Kind<'i>: Sized {
    /// Nothing in it; what will be may point into `space`.
    fn empty(space: Space<'i>) -> Self;
    fn of<'v>(value: &'v Value<'i>) -> Option<&'v Self>;
    fn of_mut<'v>(value: &'v mut Value<'i>) -> Option<&'v mut Self>;
    fn wrap(self) -> Value<'i>;
}

macro_rules! kind {
    ($type:ty, $variant:ident, $empty:expr) => {
        impl<'i> Kind<'i> for $type {
            fn empty(space: Space<'i>) -> Self {
                $empty(space)
            }

            fn of<'v>(value: &'v Value<'i>) -> Option<&'v Self> {
                if let Value::$variant(it) = value { Some(it) } else { None }
            }

            fn of_mut<'v>(value: &'v mut Value<'i>) -> Option<&'v mut Self> {
                if let Value::$variant(it) = value { Some(it) } else { None }
            }

            fn wrap(self) -> Value<'i> {
                Value::$variant(self.into())
            }
        }
    };
}

kind!(List<'i>, List, List::new);
kind!(Set, Set, |_| Set::default());
kind!(SortedSet, SortedSet, |_| SortedSet::default());
kind!(Hash<'i>, Hash, Hash::new);
kind!(Stream<'i>, Stream, Stream::new);

impl Value<'_> {
    /// The bytes, if it is a string.
    #[must_use]
    pub fn string(&self) -> Option<&[u8]> {
        match self {
            Self::String(text) => Some(text.bytes()),
            Self::Grown(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Its type.
    #[must_use]
    pub fn kind(&self) -> ValueType {
        match self {
            Self::String(_) | Self::Grown(_) => ValueType::String,
            Self::List(_) => ValueType::List,
            Self::Set(_) => ValueType::Set,
            Self::SortedSet(_) => ValueType::SortedSet,
            Self::Hash(_) => ValueType::Hash,
            Self::Stream(_) => ValueType::Stream,
            Self::Module(_) => ValueType::Module,
        }
    }

    /// See [`crate::Worker::ahead`].
    #[inline]
    pub(crate) fn ahead(&self, step: Step, show: &mut impl FnMut(*const u8, usize)) {
        match (self, step) {
            (Self::Hash(hash), Step::Value) => hash.ahead(show),
            (Self::Set(set), Step::Value) => set.ahead(show),
            (Self::SortedSet(set), Step::Value) => set.ahead(show),
            (Self::List(list), Step::Value) => show_all(&**list, show),
            (Self::List(list), Step::Content) => list.ahead(show),
            (Self::Stream(stream), Step::Value) => show_all(&**stream, show),
            (Self::Stream(stream), Step::Content) => stream.entries.ahead(show),
            (Self::Grown(bytes), Step::Value) => show_end(bytes, show),
            _ => {}
        }
    }

    /// How many bytes it will take in a file, roughly.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::String(text) => text.bytes().len(),
            Self::Grown(bytes) => bytes.len(),
            Self::List(list) => list.weight(),
            Self::Set(set) => set.weight(),
            Self::SortedSet(set) => set.weight(),
            Self::Hash(hash) => hash.weight(),
            Self::Stream(stream) => stream.entries.weight(),
            Self::Module(value) => value.bytes.len(),
        }
    }

    /// Whether nothing is left in it, so that its key goes away. A string and a stream may be empty.
    pub(crate) fn is_gone(&self) -> bool {
        match self {
            Self::String(_) | Self::Grown(_) | Self::Stream(_) | Self::Module(_) => false,
            Self::List(list) => list.is_empty(),
            Self::Set(set) => set.is_empty(),
            Self::SortedSet(set) => set.is_empty(),
            Self::Hash(hash) => hash.is_empty(),
        }
    }
}

/// Shows the memory of something.
#[inline]
pub(crate) fn show_all<T>(it: &T, show: &mut impl FnMut(*const u8, usize)) {
    show(std::ptr::from_ref(it).cast(), size_of::<T>());
}

/// Shows the memory behind the last element, where the next one will be put.
#[inline]
pub(crate) fn show_end<T>(all: &[T], show: &mut impl FnMut(*const u8, usize)) {
    show(all.as_ptr_range().end.cast(), 1);
}

impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::List(one), Self::List(other)) => one == other,
            (Self::Set(one), Self::Set(other)) => one == other,
            (Self::SortedSet(one), Self::SortedSet(other)) => one == other,
            (Self::Hash(one), Self::Hash(other)) => one == other,
            (Self::Stream(one), Self::Stream(other)) => one == other,
            (Self::Module(one), Self::Module(other)) => one == other,
            (one, other) => one.string().is_some() && one.string() == other.string(),
        }
    }
}
