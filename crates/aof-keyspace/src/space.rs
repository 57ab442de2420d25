//! Inputs that values may point into.

/// From so many bytes on a value is pointed to where it stands, and not copied.
pub(crate) const FAR: usize = 64;

/// Bits of a packed [`Far`]: whoever keeps it may use the one above them.
const FAR_BITS: u32 = 63;

/// Bytes that stay where they are as long as a keyspace lives, one input behind the other.
#[derive(Debug)]
pub struct Inputs<'i> {
    all: Vec<&'i [u8]>,
    /// Bits of a packed [`Far`] that hold the length: as many as places leave.
    length_bits: u32,
}

/// Where values may point to: what a command says is found in the inputs by its address, and a large value that stands
/// in one of them is not copied. Most values keep it, and it is as small as can be for that.
#[derive(Debug, Clone, Copy, Default)]
pub struct Space<'i>(Option<&'i Inputs<'i>>);

/// A place in a [`Space`] and a length, in 63 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Far(pub(crate) u64);

impl<'i> Inputs<'i> {
    /// These inputs.
    #[must_use]
    pub fn new(all: Vec<&'i [u8]>) -> Self {
        let places = all.iter().map(|input| input.len() as u64).sum::<u64>();
        let length_bits = FAR_BITS.saturating_sub(u64::BITS - places.leading_zeros());
        Self { all, length_bits }
    }
}

impl<'i> Space<'i> {
    /// A space over these inputs.
    #[must_use]
    pub const fn new(inputs: &'i Inputs<'i>) -> Self {
        Self(Some(inputs))
    }

    /// The place of these bytes, if they stand in an input and are worth it, unless it or they are too large for it.
    #[inline]
    pub(crate) fn place(self, bytes: &[u8]) -> Option<Far> {
        let (place, found) = self.stand(bytes)?;
        let bits = self.0?.length_bits;
        let fits = (found.len() as u64) < 1 << bits;
        fits.then_some(Far(place << bits | found.len() as u64))
    }

    /// These bytes where they stand in an input, if they do and are worth it.
    pub(crate) fn locate(self, bytes: &[u8]) -> Option<&'i [u8]> {
        Some(self.stand(bytes)?.1)
    }

    /// The same, and where that is among the bytes of all inputs.
    #[inline]
    fn stand(self, bytes: &[u8]) -> Option<(u64, &'i [u8])> {
        if bytes.len() < FAR {
            return None;
        }
        let (address, mut before) = (bytes.as_ptr().addr(), 0);
        for input in &self.0?.all {
            let at = address.wrapping_sub(input.as_ptr().addr());
            if let Some(found) = input.get(at..at.wrapping_add(bytes.len())) {
                return Some((before + at as u64, found));
            }
            before += input.len() as u64;
        }
        None
    }

    /// The bytes that [`Space::place`] found.
    #[inline]
    pub(crate) fn bytes(self, Far(packed): Far) -> &'i [u8] {
        let Some(inputs) = self.0 else { return &[] };
        let bits = inputs.length_bits;
        let (mut at, length) = (packed >> bits, packed & ((1 << bits) - 1));
        for input in &inputs.all {
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
        let inputs = Inputs::new(vec![&one, &two]);
        let space = Space::new(&inputs);
        for part in [&one[..FAR], &one[36..], &two[3..180], &two[136..]] {
            let found = space.locate(part).unwrap();
            assert_eq!(found.as_ptr(), part.as_ptr());
            let far = space.place(part).unwrap();
            assert_eq!((space.bytes(far), far.0 >> 63), (part, 0));
        }
        assert_eq!(space.locate(&two[..FAR - 1]), None);
        assert_eq!(space.locate(&two.clone()), None);
    }
}
