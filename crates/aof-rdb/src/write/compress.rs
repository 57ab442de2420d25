//! Copies a value and compresses its strings on the way.

use super::put::Texts;
use crate::layout::{Atom, Layout};
use crate::length::{Fault, Form, length, text};
use crate::skip;
use crate::text::Str;

/// Appends what `layout` describes at `at`, and returns the place behind it.
pub(crate) fn copy(
    layout: Layout,
    bytes: &[u8],
    at: usize,
    texts: &mut Texts,
    out: &mut Vec<u8>,
) -> Result<usize, Fault> {
    layout.iter().try_fold(at, |at, atom| step(atom, bytes, at, texts, out))
}

fn step(
    atom: &Atom,
    bytes: &[u8],
    at: usize,
    texts: &mut Texts,
    out: &mut Vec<u8>,
) -> Result<usize, Fault> {
    if let Atom::Many(layout) = atom {
        let (count, mut behind) = length(bytes, at)?;
        out.extend_from_slice(&bytes[at..behind]);
        for _ in 0..count {
            behind = copy(layout, bytes, behind, texts, out)?;
        }
        return Ok(behind);
    }
    let behind = skip::step(atom, bytes, at)?;
    match atom {
        Atom::Text if text(bytes, at)?.form == Form::Plain => {
            texts.put(Str::Bytes(&bytes[text(bytes, at)?.body..behind]), out);
        }
        _ => out.extend_from_slice(&bytes[at..behind]),
    }
    Ok(behind)
}
