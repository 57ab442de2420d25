//! Sets.

use super::map::Map;
use crate::space::Space;

/// Members.
#[derive(Debug, Clone, PartialEq)]
pub struct Set {
    members: Map<'static>,
}

impl Default for Set {
    fn default() -> Self {
        Self { members: Map::new(Space::default()) }
    }
}

impl Set {
    /// See [`super::Value::weight`].
    pub(super) fn weight(&self) -> usize {
        self.members.weight()
    }

    /// See [`super::Value::ahead`].
    pub(super) fn ahead(&self, show: &mut impl FnMut(*const u8, usize)) {
        self.members.ahead(show);
    }

    /// See [`Map::touch`].
    pub(crate) fn touch<'n>(&self, names: impl ExactSizeIterator<Item = &'n [u8]>) {
        self.members.touch(names);
    }

    /// How many members there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Whether it has a member.
    #[must_use]
    pub fn contains(&self, member: &[u8]) -> bool {
        self.members.contains(member)
    }

    /// The members, in an order that depends on the commands alone that made them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.members.iter().map(|(member, _)| member)
    }

    /// Adds a member; whether it is new.
    pub(crate) fn insert(&mut self, member: &[u8]) -> bool {
        self.members.insert(member, b"")
    }

    /// Removes a member; whether it was there.
    pub(crate) fn remove(&mut self, member: &[u8]) -> bool {
        self.members.remove(member)
    }
}

impl<'m> FromIterator<&'m [u8]> for Set {
    fn from_iter<I: IntoIterator<Item = &'m [u8]>>(members: I) -> Self {
        let mut set = Self::default();
        for member in members {
            set.insert(member);
        }
        set
    }
}
