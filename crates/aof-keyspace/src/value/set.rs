//! Sets.

use std::collections::BTreeSet;

use crate::text::Name;

/// Members, in the order of their bytes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Set {
    members: BTreeSet<Name>,
}

impl Set {
    /// How many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Whether it has a member.
    #[must_use]
    pub fn contains(&self, member: &[u8]) -> bool {
        self.members.contains(member)
    }

    /// The members.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.members.iter().map(Name::bytes)
    }

    /// Adds a member; whether it is new.
    pub(crate) fn insert(&mut self, member: &[u8]) -> bool {
        !self.contains(member) && self.members.insert(Name::new(member))
    }

    /// Removes a member; whether it was there.
    pub(crate) fn remove(&mut self, member: &[u8]) -> bool {
        self.members.remove(member)
    }
}

impl<'m> FromIterator<&'m [u8]> for Set {
    fn from_iter<I: IntoIterator<Item = &'m [u8]>>(members: I) -> Self {
        Self { members: members.into_iter().map(Name::new).collect() }
    }
}
