//! All registers in a row, six bits each, the lowest bits of the first byte first.

use super::{HEAD, REGISTERS};

const BITS: usize = 6;
const MASK: u16 = (1 << BITS) - 1;

/// The length of such a string.
pub(super) const SIZE: usize = HEAD + REGISTERS * BITS / 8;

/// The two bytes that a register is in, and the shift to it. The last register is in one byte alone.
fn pair(text: &[u8], index: usize) -> (usize, u16, usize) {
    let at = HEAD + index * BITS / 8;
    let high = text.get(at + 1).copied().unwrap_or(0);
    (at, u16::from_le_bytes([text[at], high]), index * BITS % 8)
}

fn get(text: &[u8], index: usize) -> u8 {
    let (_, pair, shift) = pair(text, index);
    (pair >> shift & MASK) as u8
}

/// `text` is of the right size.
pub(super) fn registers(text: &[u8]) -> Vec<u8> {
    (0..REGISTERS).map(|index| get(text, index)).collect()
}

/// Raises a register of a string of the right size; whether it was lower.
pub(super) fn raise(text: &mut [u8], index: usize, to: u8) -> bool {
    if get(text, index) >= to {
        return false;
    }
    let (at, pair, shift) = pair(text, index);
    let [low, high] = (pair & !(MASK << shift) | u16::from(to) << shift).to_le_bytes();
    text[at] = low;
    if let Some(byte) = text.get_mut(at + 1) {
        *byte = high;
    }
    true
}
