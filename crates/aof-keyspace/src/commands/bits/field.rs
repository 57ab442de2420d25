//! `BITFIELD`: numbers of any width at any bit.

use super::{grown, place};
use crate::arguments::{integer, is};
use crate::call::{Call, Outcome};
use crate::fail::Fail;

/// Where a number stands, and how it is read.
#[derive(Clone, Copy)]
struct Field {
    at: u64,
    bits: u32,
    is_signed: bool,
}

/// What is done where a number does not fit.
#[derive(Clone, Copy)]
enum Overflow {
    Wrap,
    Saturate,
    Fail,
}

/// What is written.
#[derive(Clone, Copy)]
enum Write {
    Set(i64),
    Add(i64),
}

/// One thing to do; nothing is written to read.
type Step = (Field, Write, Overflow);

/// All is read before anything is done. The string grows to the last bit that may be written, even where an overflow
/// then writes nothing.
pub(super) fn bitfield(call: &mut Call<'_, '_>) -> Outcome {
    let steps = steps(&call.args[2..])?;
    let Some(last) = steps.iter().map(|(field, ..)| field.last()).max() else {
        let key = call.key();
        call.string(key)?;
        return Ok(false);
    };
    let (text, mut is_changed) = grown(call, last)?;
    for (field, write, overflow) in steps {
        is_changed |= field.write(text, write, overflow);
    }
    Ok(is_changed)
}

fn steps(words: &[&[u8]]) -> Result<Vec<Step>, Fail> {
    let (mut steps, mut overflow, mut rest) = (Vec::new(), Overflow::Wrap, words);
    while let [word, behind @ ..] = rest {
        rest = match behind {
            [how, rest @ ..] if is(word, "OVERFLOW") => {
                overflow = Overflow::of(how)?;
                rest
            }
            [kind, at, rest @ ..] if is(word, "GET") => {
                Field::of(kind, at)?;
                rest
            }
            [kind, at, number, rest @ ..] => {
                steps.push((Field::of(kind, at)?, Write::of(word, number)?, overflow));
                rest
            }
            _ => return Err(Fail::Syntax),
        };
    }
    Ok(steps)
}

impl Write {
    fn of(word: &[u8], number: &[u8]) -> Result<Self, Fail> {
        match () {
            () if is(word, "SET") => Ok(Self::Set(integer(number)?)),
            () if is(word, "INCRBY") => Ok(Self::Add(integer(number)?)),
            () => Err(Fail::Syntax),
        }
    }
}

impl Overflow {
    fn of(word: &[u8]) -> Result<Self, Fail> {
        match () {
            () if is(word, "WRAP") => Ok(Self::Wrap),
            () if is(word, "SAT") => Ok(Self::Saturate),
            () if is(word, "FAIL") => Ok(Self::Fail),
            () => Err(Fail::Invalid("no kind of overflow")),
        }
    }
}

impl Field {
    /// `kind` is such as `i64` or `u63`; with `#`, the place counts fields of this width.
    fn of(kind: &[u8], at: &[u8]) -> Result<Self, Fail> {
        let (is_signed, width) = match kind {
            [b'i', width @ ..] => (true, width),
            [b'u', width @ ..] => (false, width),
            _ => return Err(Fail::Invalid("no type of numbers")),
        };
        let longest = if is_signed { 64 } else { 63 };
        let bits = integer(width)?;
        if !(1..=longest).contains(&bits) {
            return Err(Fail::OutOfRange);
        }
        let at = match at {
            [b'#', number @ ..] => place(number, bits as u64)?,
            number => place(number, 1)?,
        };
        Ok(Self { at, bits: bits as u32, is_signed })
    }

    fn last(self) -> u64 {
        self.at + u64::from(self.bits) - 1
    }

    /// The bytes and masks of its bits, the highest first.
    fn places(self) -> impl Iterator<Item = (usize, u8)> {
        (self.at..=self.last()).map(|at| ((at / 8) as usize, 0x80 >> (at % 8)))
    }

    fn read(self, text: &[u8]) -> i128 {
        let raw = self
            .places()
            .fold(0, |number, (byte, mask)| number << 1 | i128::from(text[byte] & mask != 0));
        if self.is_signed && raw >> (self.bits - 1) != 0 { raw - (1 << self.bits) } else { raw }
    }

    fn put(self, text: &mut [u8], number: i128) {
        for ((byte, mask), shift) in self.places().zip((0..self.bits).rev()) {
            let is_on = number >> shift & 1 != 0;
            text[byte] = if is_on { text[byte] | mask } else { text[byte] & !mask };
        }
    }

    /// The lowest and the highest number that it holds.
    fn limits(self) -> (i128, i128) {
        let half = 1 << (self.bits - 1);
        if self.is_signed { (-half, half - 1) } else { (0, 2 * half - 1) }
    }

    /// The number that `SET` means.
    fn set(self, number: i64, overflow: Overflow) -> i128 {
        if !self.is_signed {
            // Servers take a negative number for a very large one where there are no signs.
            return i128::from(number as u64);
        }
        let (number, high) = (i128::from(number), self.limits().1);
        // They take the lowest numbers for too large: what is left above those does not fit into 64 bits.
        let is_turned = self.bits < 64 && high - number > i128::from(i64::MAX);
        if is_turned && matches!(overflow, Overflow::Saturate) { high } else { number }
    }

    /// Whether something else stands there now.
    fn write(self, text: &mut [u8], write: Write, overflow: Overflow) -> bool {
        let old = self.read(text);
        let number = match write {
            Write::Add(by) => old + i128::from(by),
            Write::Set(number) => self.set(number, overflow),
        };
        let (low, high) = self.limits();
        match overflow {
            Overflow::Fail if !(low..=high).contains(&number) => return false,
            Overflow::Saturate => self.put(text, number.clamp(low, high)),
            // What is above the field is not written, and so it wraps.
            Overflow::Wrap | Overflow::Fail => self.put(text, number),
        }
        self.read(text) != old
    }
}
