//! Lengths and strings as servers write them.

use super::pack::Packer;
use crate::text::Str;

/// Integers of at most so many digits are worth a try.
const MOST_DIGITS: usize = 11;

/// Strings of more bytes than this are compressed, if that is asked for (source: `rdbSaveRawString` of Redis 7.0).
const LEAST_PACKED: usize = 20;

/// Appends a length in its shortest form.
#[inline]
pub(crate) fn length(length: u64, out: &mut Vec<u8>) {
    match length {
        0..0x40 => out.push(length as u8),
        0x40..0x4000 => out.extend_from_slice(&(0x4000 | length as u16).to_be_bytes()),
        0x4000..=0xffff_ffff => {
            out.push(0x80);
            out.extend_from_slice(&(length as u32).to_be_bytes());
        }
        _ => wide_length(length, out),
    }
}

/// Appends a length in the form that has room for any.
pub(crate) fn wide_length(length: u64, out: &mut Vec<u8>) {
    out.push(0x81);
    out.extend_from_slice(&length.to_be_bytes());
}

/// Writes strings.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    /// `None` if none is to be compressed.
    packer: Option<Packer>,
}

impl Texts {
    /// With long strings compressed.
    pub(crate) fn compressing() -> Self {
        Self { packer: Some(Packer::default()) }
    }

    /// Whether long strings are compressed.
    pub(crate) fn compresses(&self) -> bool {
        self.packer.is_some()
    }

    /// Appends a string.
    pub(crate) fn put(&mut self, text: Str<'_>, out: &mut Vec<u8>) {
        match text {
            Str::Int(number) if is_short(number, out) => {}
            Str::Int(number) => plain(itoa::Buffer::new().format(number).as_bytes(), out),
            Str::Bytes(bytes) => self.bytes(bytes, out),
        }
    }

    /// Appends a string that may be a number.
    pub(crate) fn bytes(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let number = if bytes.len() <= MOST_DIGITS { Str::number(bytes) } else { None };
        if number.is_some_and(|number| is_short(number, out)) {
            return;
        }
        let packed = match &mut self.packer {
            Some(packer) if bytes.len() > LEAST_PACKED => packer.pack(bytes),
            _ => None,
        };
        match packed {
            Some(packed) => {
                out.push(0xC3);
                length(packed.len() as u64, out);
                length(bytes.len() as u64, out);
                out.extend_from_slice(packed);
            }
            None => plain(bytes, out),
        }
    }
}

/// Appends a string as it is.
pub(crate) fn plain(bytes: &[u8], out: &mut Vec<u8>) {
    length(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// Appends a number that has at most four bytes; whether it has.
fn is_short(number: i64, out: &mut Vec<u8>) -> bool {
    if let Ok(number) = i8::try_from(number) {
        out.extend_from_slice(&[0xC0, number.cast_unsigned()]);
    } else if let Ok(number) = i16::try_from(number) {
        out.push(0xC1);
        out.extend_from_slice(&number.to_le_bytes());
    } else if let Ok(number) = i32::try_from(number) {
        out.push(0xC2);
        out.extend_from_slice(&number.to_le_bytes());
    } else {
        return false;
    }
    true
}
