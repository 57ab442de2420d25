//! Passes over what a layout describes, in bytes that hold it as a whole.

use crate::layout::{Atom, Layout};
use crate::length::{Fault, byte, length, text};
use crate::program::pass_whole;

/// The place behind what begins at `at`.
pub(crate) fn skip(layout: Layout, bytes: &[u8], at: usize) -> Result<usize, Fault> {
    layout.iter().try_fold(at, |at, atom| step(atom, bytes, at))
}

/// The place behind one step.
#[inline]
pub(crate) fn step(atom: &Atom, bytes: &[u8], at: usize) -> Result<usize, Fault> {
    match *atom {
        Atom::Text | Atom::Kept(_) => skip_text(bytes, at),
        Atom::Len | Atom::ModuleId => Ok(length(bytes, at)?.1),
        Atom::Raw(count) => over(bytes, at, count.into()),
        Atom::Score => {
            let len = byte(bytes, at)?;
            over(bytes, at + 1, if len < 253 { len.into() } else { 0 })
        }
        Atom::Many(layout) => many(layout, bytes, at),
        Atom::When => match length(bytes, at)? {
            (2, behind) => Ok(length(bytes, behind)?.1),
            _ => Err(Fault::Bad(at)),
        },
        Atom::Module => module(bytes, at),
        // Who asks for a layout that nobody knows to its end is told so before.
        Atom::Unknown => Err(Fault::Bad(at)),
    }
}

fn many(layout: Layout, bytes: &[u8], at: usize) -> Result<usize, Fault> {
    let (count, at) = length(bytes, at)?;
    let (mut at, mut left) = pass_whole(layout, bytes, at, count);
    while left > 0 {
        at = skip(layout, bytes, at)?;
        (at, left) = pass_whole(layout, bytes, at, left - 1);
    }
    Ok(at)
}

/// Opcodes with their values, up to opcode 0.
pub(crate) fn module(bytes: &[u8], mut at: usize) -> Result<usize, Fault> {
    loop {
        let (opcode, value) = length(bytes, at)?;
        at = match opcode {
            0 => return Ok(value),
            1 | 2 => length(bytes, value)?.1,
            3 => over(bytes, value, 4)?,
            4 => over(bytes, value, 8)?,
            5 => skip_text(bytes, value)?,
            _ => return Err(Fault::Bad(at)),
        };
    }
}

fn skip_text(bytes: &[u8], at: usize) -> Result<usize, Fault> {
    let text = text(bytes, at)?;
    over(bytes, text.body, text.len)
}

fn over(bytes: &[u8], at: usize, count: u64) -> Result<usize, Fault> {
    let left = bytes.len().saturating_sub(at) as u64;
    if count > left { Err(Fault::Short) } else { Ok(at + count as usize) }
}
