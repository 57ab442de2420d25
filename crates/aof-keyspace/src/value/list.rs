//! Lists.

use std::collections::VecDeque;

use crate::text::Text;

/// Elements, from the head.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct List<'i> {
    pub(crate) elements: VecDeque<Text<'i>>,
}

impl List<'_> {
    /// How many elements there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// The elements, from the head.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.elements.iter().map(Text::bytes)
    }
}
