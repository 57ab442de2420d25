//! The beginnings of strings that a caller wants to see: keys, and fields about the file.

use crate::length::Form;
use crate::lzf;

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
            Form::Lzf => lzf::beginning(&self.bytes, MOST),
        }
    }
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
