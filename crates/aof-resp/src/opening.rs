//! How records begin: most of them like the one before.

use nom::IResult;

use crate::frame::arguments;
use crate::{Fault, argc};

/// Openings are told at one glance of so many bytes.
const WIDTH: usize = size_of::<u128>();

/// One record of so many is taken for an example, as long as the next one is not like the last example: where commands
/// alternate, asking would cost more than it saves.
const EXAMPLE: u64 = 16;

/// How a record begins, up to the end of its first argument: `*3\r\n$3\r\nSET\r\n`. What was found out from the number of
/// arguments and the name of one record holds for every other that begins so.
///
/// ```
/// use aof_resp::{Opening, frame_like};
///
/// let record = b"*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n";
/// let opening = Opening::of(record, 2, &record[8..12]);
/// let mut seen = Vec::new();
/// let other = b"*2\r\n$4\r\nINCR\r\n$5\r\nother\r\n";
/// let known = Some(&opening).filter(|opening| opening.begins(other));
/// assert_eq!(frame_like(other, known, |at, argument| seen.push((at, argument)))?, (&b""[..], 2));
/// assert_eq!((seen, opening.name(other)), (vec![(1, &b"other"[..])], &b"INCR"[..]));
/// # Ok::<(), nom::Err<aof_resp::Fault>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Opening {
    bytes: u128,
    mask: u128,
    name_at: usize,
    length: usize,
    argc: u32,
}

impl Opening {
    /// No record begins so.
    pub const NONE: Self = Self { bytes: 1, mask: 0, name_at: 0, length: 0, argc: 0 };

    /// That of a whole record with so many arguments, the first of which is `name`, a part of it; [`Opening::NONE`] if it
    /// has more than 16 bytes.
    #[must_use]
    #[inline]
    pub fn of(record: &[u8], argc: u32, name: &[u8]) -> Self {
        let name_at = name.as_ptr().addr() - record.as_ptr().addr();
        let length = name_at + name.len() + 2;
        match record.first_chunk::<WIDTH>().filter(|_| length <= WIDTH) {
            Some(head) => {
                let mask = u128::MAX >> (8 * (WIDTH - length));
                Self { bytes: u128::from_le_bytes(*head) & mask, mask, name_at, length, argc }
            }
            None => Self::NONE,
        }
    }

    /// Learns from a record that did not begin so: the `number`th one, which has so many arguments, the first of which is
    /// `name`.
    #[inline]
    pub fn learn(&mut self, number: u64, record: &[u8], argc: u32, name: &[u8]) {
        if number.is_multiple_of(EXAMPLE) {
            *self = Self::of(record, argc, name);
        } else {
            self.forget();
        }
    }

    /// From now on no record begins so.
    #[inline]
    pub const fn forget(&mut self) {
        (self.bytes, self.mask) = (1, 0);
    }

    /// The name of a record that begins so.
    #[inline]
    #[must_use]
    pub fn name<'a>(&self, record: &'a [u8]) -> &'a [u8] {
        &record[self.name_at..self.length - 2]
    }

    /// Whether a record begins so.
    #[inline(always)]
    #[must_use]
    pub fn begins(&self, record: &[u8]) -> bool {
        let head = record.first_chunk::<WIDTH>();
        head.is_some_and(|head| u128::from_le_bytes(*head) & self.mask == self.bytes)
    }
}

/// As [`frame_with`](crate::frame_with); of a record that is known to begin so, `visit` does not see the name.
///
/// # Errors
/// As [`frame`](crate::frame()).
#[inline(always)]
pub fn frame_like<'a>(
    input: &'a [u8],
    opening: Option<&Opening>,
    mut visit: impl FnMut(u32, &'a [u8]),
) -> IResult<&'a [u8], u32, Fault> {
    let (rest, argc) = match opening {
        Some(opening) => (&input[opening.length..], opening.argc),
        None => {
            let (rest, argc) = argc(input)?;
            let (rest, ()) = arguments(rest, 0..1, &mut visit)?;
            (rest, argc)
        }
    };
    let (rest, ()) = arguments(rest, 1..argc, &mut visit)?;
    Ok((rest, argc))
}
