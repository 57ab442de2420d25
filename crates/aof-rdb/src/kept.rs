//! The beginnings of strings that a caller wants to see: keys, and fields about the file.

use crate::length::Form;

/// So many bytes of a string are kept at most.
pub(crate) const MOST: usize = 256;

/// The first bytes of one string, as they stand in the file.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    form: Form,
    bytes: Vec<u8>,
}

impl Kept {
    /// Begins a string and forgets the one before.
    pub(crate) fn begin(&mut self, form: Form) {
        self.form = form;
        self.bytes.clear();
    }

    /// Takes the next bytes of the string, as far as there is room.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let room = MOST - self.bytes.len();
        self.bytes.extend_from_slice(&bytes[..room.min(bytes.len())]);
    }

    /// What the string begins with.
    pub(crate) fn text(&self) -> Vec<u8> {
        match self.form {
            Form::Plain => self.bytes.clone(),
            Form::Integer(value) => value.to_string().into_bytes(),
            Form::Lzf => decompress(&self.bytes),
        }
    }
}

/// As much as can be told from the beginning of compressed bytes, at most [`MOST`] bytes.
///
/// A control byte below 32 announces so many literals and one more. Any other holds a length less 2 in its
/// upper three bits, where 7 means that a byte follows to be added, and the upper five bits of how far
/// behind, less 1, those bytes are found.
fn decompress(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(MOST);
    let mut rest = bytes.iter().copied();
    while let Some(control) = rest.next() {
        if control < 32 {
            out.extend(rest.by_ref().take(usize::from(control) + 1));
        } else if copy(control, &mut rest, &mut out).is_none() {
            break;
        }
        if out.len() >= MOST {
            break;
        }
    }
    out.truncate(MOST);
    out
}

/// `None` where the bytes end, or refer to what is before the beginning.
fn copy(control: u8, rest: &mut impl Iterator<Item = u8>, out: &mut Vec<u8>) -> Option<()> {
    let mut len = usize::from(control >> 5) + 2;
    if len == 9 {
        len += usize::from(rest.next()?);
    }
    let back = (usize::from(control & 31) << 8 | usize::from(rest.next()?)) + 1;
    let from = out.len().checked_sub(back)?;
    for at in from..from + len {
        // What is copied may be what was copied a moment ago.
        out.push(out[at]);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(form: Form, pieces: &[&[u8]]) -> Vec<u8> {
        let mut kept = Kept::default();
        kept.begin(form);
        pieces.iter().for_each(|piece| kept.push(piece));
        kept.text()
    }

    #[test]
    fn the_beginning_is_kept_whatever_the_pieces() {
        assert_eq!(kept(Form::Plain, &[b"ab", b"", b"c"]), b"abc");
        assert_eq!(kept(Form::Plain, &[&[b'x'; 200], &[b'y'; 200]]).len(), MOST);
        assert_eq!(kept(Form::Integer(-7), &[]), b"-7");
    }

    #[test]
    fn compressed_bytes_are_told_as_far_as_they_go() {
        // "aaaaaaaaaaaa": one literal, then eleven bytes from one byte behind.
        assert_eq!(kept(Form::Lzf, &[&[0, b'a', 0xE0, 2, 0]]), b"aaaaaaaaaaaa");
        assert_eq!(kept(Form::Lzf, &[&[2, b'a', b'b', b'c', 0x20, 2, 0, b'!']]), b"abcabc!");
        for broken in [&[0x20, 0][..], &[0, b'a', 0x20, 1], &[0, b'a', 0xE0], &[0, b'a', 0x20]] {
            assert!(kept(Form::Lzf, &[broken]).len() <= 1, "{broken:?}");
        }
        assert_eq!(kept(Form::Lzf, &[&[5, b'a']]), b"a");
        assert_eq!(kept(Form::Lzf, &[&[0, b'a', 0xE0, 255, 0]]).len(), MOST);
    }
}
