//! Runs of equal registers: `00xxxxxx` is 1 to 64 zeros, `01xxxxxx xxxxxxxx` 1 to 16384 zeros, and `1vvvvvxx` 1 to 4
//! times a value of 1 to 32. Runs are split and joined only as servers do it, for the bytes to be the same.

use super::{CORRUPT, HEAD, REGISTERS};
use crate::fail::Fail;

/// A longer string becomes dense: the default of `hll-sparse-max-bytes`.
const LONGEST: usize = 3000;

const MAX_ZEROS: usize = 64;
const MAX_LONG_ZEROS: usize = 16384;
const MAX_SAME: usize = 4;
const MAX_VALUE: u8 = 32;

/// So many runs are looked at to be joined with the next.
const JOINED: usize = 5;

/// Equal registers.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Run {
    value: u8,
    length: usize,
    /// Bytes that it takes.
    size: usize,
}

impl Run {
    /// The run at this place of the string.
    fn at(text: &[u8], at: usize) -> Option<Self> {
        let first = *text.get(at)?;
        let (value, length, size) = match first >> 6 {
            0 => (0, usize::from(first) + 1, 1),
            1 => (0, (usize::from(first & 0x3f) << 8 | usize::from(*text.get(at + 1)?)) + 1, 2),
            _ => ((first >> 2 & 0x1f) + 1, usize::from(first & 3) + 1, 1),
        };
        Some(Self { value, length, size })
    }
}

/// Appends a run of zeros, of at most as many as there are registers.
pub(super) fn zeros(length: usize, to: &mut Vec<u8>) {
    match length {
        0 => {}
        1..=MAX_ZEROS => to.push((length - 1) as u8),
        _ => to.extend((0x4000 | (length.min(MAX_LONG_ZEROS) - 1) as u16).to_be_bytes()),
    }
}

/// Appends a run of at most [`MAX_SAME`] registers of this value.
fn same(value: u8, length: usize, to: &mut Vec<u8>) {
    match (value, length) {
        (_, 0) => {}
        (0, _) => zeros(length, to),
        _ => to.push(0x80 | (value - 1) << 2 | (length - 1) as u8),
    }
}

pub(super) fn registers(text: &[u8]) -> Result<Vec<u8>, Fail> {
    let (mut registers, mut at) = (Vec::with_capacity(REGISTERS), HEAD);
    while at < text.len() {
        let run = Run::at(text, at).ok_or(CORRUPT)?;
        at += run.size;
        if run.value > 0 && registers.len() + run.length > REGISTERS {
            // Servers of before 2025 do not look at what is behind the last register.
            break;
        }
        registers.resize(registers.len() + run.length, run.value);
        if registers.len() > REGISTERS {
            return Err(CORRUPT);
        }
    }
    if registers.len() == REGISTERS { Ok(registers) } else { Err(CORRUPT) }
}

/// What became of the wish to raise a register.
pub(super) enum Raised {
    /// It is as high now; whether it was lower.
    Done(bool),
    /// It must be made dense for that.
    DoesNotFit,
}

/// Only the runs up to the register are read, and so what is wrong behind it is not seen.
pub(super) fn raise(text: &mut Vec<u8>, index: usize, to: u8) -> Result<Raised, Fail> {
    if to > MAX_VALUE {
        return Ok(Raised::DoesNotFit);
    }
    let (mut before, mut at, mut first) = (HEAD, HEAD, 0);
    let run = loop {
        let run = Run::at(text, at).ok_or(CORRUPT)?;
        if index < first + run.length {
            break run;
        }
        (before, at, first) = (at, at + run.size, first + run.length);
    };
    if run.value >= to {
        return Ok(Raised::Done(false));
    }
    let mut new = Vec::new();
    same(run.value, index - first, &mut new);
    same(to, 1, &mut new);
    same(run.value, first + run.length - 1 - index, &mut new);
    if new.len() > run.size && text.len() + new.len() - run.size > LONGEST {
        return Ok(Raised::DoesNotFit);
    }
    text.splice(at..at + run.size, new);
    join(text, before);
    Ok(Raised::Done(true))
}

/// Joins runs of the same value behind this place, as far as servers do.
fn join(text: &mut Vec<u8>, mut at: usize) {
    for _ in 0..JOINED {
        let Some(run) = Run::at(text, at) else { break };
        let next = Run::at(text, at + run.size);
        match next.filter(|next| run.value != 0 && next.value == run.value) {
            Some(next) if run.length + next.length <= MAX_SAME => {
                let mut joined = Vec::new();
                same(run.value, run.length + next.length, &mut joined);
                text.splice(at..at + 2, joined);
            }
            _ => at += run.size,
        }
    }
}
