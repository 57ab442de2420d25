//! Inputs that values may point into.

/// From so many bytes on a value is pointed to where it stands, and not copied.
pub(crate) const FAR: usize = 64;

/// Bits of a packed [`Far`]: whoever keeps it may use the one above them.
const FAR_BITS: u32 = 63;

/// Bytes that stay where they are as long as a keyspace lives, one input behind the other.
///
/// What a command says is found in them by its address: a large value that stands in one of them is not copied.
#[derive(Debug, Clone, Copy, Default)]
pub struct Space<'i> {
    inputs: &'i [&'i [u8]],
    /// Bits of a packed [`Far`] that hold the length: as many as places leave.
    length_bits: u32,
}

/// A place in a [`Space`] and a length, in 63 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Far(pub(crate) u64);

impl<'i> Space<'i> {
    /// A space over these inputs.
    #[must_use]
    pub fn new(inputs: &'i [&'i [u8]]) -> Self {
        let places = inputs.iter().map(|input| input.len() as u64).sum::<u64>();
        let length_bits = FAR_BITS.saturating_sub(u64::BITS - places.leading_zeros());
        Self { inputs, length_bits }
    }

    /// The place of these bytes, if they stand in an input and are worth it.
    #[inline]
    pub(crate) fn place(self, bytes: &[u8]) -> Option<Far> {
        if bytes.len() < FAR { None } else { self.pack(self.locate(bytes)?) }
    }

    /// These bytes where they stand in an input, if they do and are worth it.
    pub(crate) fn locate(self, bytes: &[u8]) -> Option<&'i [u8]> {
        if bytes.len() < FAR {
            return None;
        }
        let address = bytes.as_ptr().addr();
        self.inputs.iter().find_map(|input| {
            let at = address.checked_sub(input.as_ptr().addr())?;
            input.get(at..at.checked_add(bytes.len())?)
        })
    }

    /// The place of bytes that [`Space::locate`] found, unless it or they are too large for it.
    pub(crate) fn pack(self, bytes: &'i [u8]) -> Option<Far> {
        let address = bytes.as_ptr().addr();
        let mut before = 0;
        for input in self.inputs {
            let at = address.wrapping_sub(input.as_ptr().addr());
            if at < input.len() {
                let place = before + at as u64;
                let fits = (bytes.len() as u64) < 1 << self.length_bits;
                return fits.then_some(Far(place << self.length_bits | bytes.len() as u64));
            }
            before += input.len() as u64;
        }
        None
    }

    /// What [`Space::pack`] packed.
    pub(crate) fn bytes(self, Far(packed): Far) -> &'i [u8] {
        let bits = self.length_bits;
        let (mut at, length) = (packed >> bits, packed & ((1 << bits) - 1));
        for input in self.inputs {
            if at < input.len() as u64 {
                let at = at as usize;
                return &input[at..at + length as usize];
            }
            at -= input.len() as u64;
        }
        &[]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_bytes_of_an_input_are_found_where_they_stand_and_nothing_else_is() {
        let (one, two) = (vec![1; 100], (0..200).collect::<Vec<u8>>());
        let inputs = [&one[..], &two[..]];
        let space = Space::new(&inputs);
        for part in [&one[..FAR], &one[36..], &two[3..180], &two[136..]] {
            let found = space.locate(part).unwrap();
            assert_eq!(found.as_ptr(), part.as_ptr());
            let far = space.place(part).unwrap();
            assert_eq!((space.pack(found), space.bytes(far), far.0 >> 63), (Some(far), part, 0));
        }
        assert_eq!(space.locate(&two[..FAR - 1]), None);
        assert_eq!(space.locate(&two.clone()), None);
    }
}
