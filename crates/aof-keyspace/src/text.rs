//! Bytes that keyspaces hold: in place, on the heap, or where they stand in an input.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;

use crate::space::Space;

/// So many bytes are held in place.
const SHORT: usize = 22;

/// Bytes of a value.
#[derive(Clone)]
pub struct Text<'i>(Form<'i>);

/// The name of a field or a member. It never points into an input: what is looked up is kept together.
#[derive(Clone, PartialEq, Eq)]
pub struct Name(Text<'static>);

#[derive(Clone)]
enum Form<'i> {
    Short(u8, [u8; SHORT]),
    Long(Box<[u8]>),
    Far(&'i [u8]),
}

/// Whether two names are the same. Names mostly begin alike and are short: their last bytes are looked at first.
#[inline]
pub(crate) fn is_same(one: &[u8], other: &[u8]) -> bool {
    let word = |bytes: &[u8; 8]| u64::from_ne_bytes(*bytes);
    match (one.last_chunk(), other.last_chunk(), one.first_chunk(), other.first_chunk()) {
        (Some(end), Some(other_end), Some(begin), Some(other_begin)) => {
            one.len() == other.len()
                && word(end) == word(other_end)
                && word(begin) == word(other_begin)
                && (one.len() <= 16 || one == other)
        }
        _ => one.len() == other.len() && one.last() == other.last() && one == other,
    }
}

impl<'i> Text<'i> {
    /// These bytes; large ones that stand in an input of `space` are pointed to.
    #[must_use]
    pub fn new(bytes: &[u8], space: Space<'i>) -> Self {
        match space.locate(bytes) {
            Some(far) => Self(Form::Far(far)),
            None => Self::copied(bytes),
        }
    }

    /// A copy of these bytes.
    #[must_use]
    pub fn copied(bytes: &[u8]) -> Self {
        if bytes.len() > SHORT {
            return Self(Form::Long(bytes.into()));
        }
        let mut short = [0; SHORT];
        short[..bytes.len()].copy_from_slice(bytes);
        Self(Form::Short(bytes.len() as u8, short))
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match &self.0 {
            Form::Short(length, bytes) => &bytes[..usize::from(*length)],
            Form::Long(bytes) => bytes,
            Form::Far(bytes) => bytes,
        }
    }
}

impl From<Vec<u8>> for Text<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        if bytes.len() > SHORT { Self(Form::Long(bytes.into())) } else { Self::copied(&bytes) }
    }
}

impl Name {
    /// A copy of these bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(Text::copied(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Text<'_> {}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes().cmp(other.bytes())
    }
}

impl Borrow<[u8]> for Name {
    fn borrow(&self) -> &[u8] {
        self.bytes()
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.bytes().escape_ascii())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Inputs;

    #[test]
    fn bytes_of_every_length_come_back_and_take_as_much_room_as_a_vector() {
        let input: Vec<u8> = (0..100).collect();
        let inputs = Inputs::new(vec![&input[..]]);
        for length in [0, 1, SHORT, SHORT + 1, 63, 64, 100] {
            let text = Text::new(&input[..length], Space::new(&inputs));
            assert_eq!(text.bytes(), &input[..length]);
            assert_eq!(matches!(text.0, Form::Far(_)), length >= 64);
            assert_eq!(Text::from(input[..length].to_vec()), text);
            assert_eq!(Name::new(&input[..length]).bytes(), text.bytes());
        }
        assert_eq!(size_of::<Text<'_>>(), size_of::<Vec<u8>>());
    }
}
