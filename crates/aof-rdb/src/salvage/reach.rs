//! How far a record reaches at least that goes on behind the bytes at hand.

use crate::layout::{self, Atom, Layout};
use crate::length::{Text, length, text};
use crate::program::pass_whole;
use crate::skip;
use crate::summary::Header;

/// The place that the record at `at` reaches at least.
pub(super) fn least_end(header: Header, bytes: &[u8], at: usize) -> u64 {
    let Some(&code) = bytes.get(at) else { return at as u64 + 1 };
    let layouts = match code {
        245 => [layout::FUNCTION, &[]],
        250 => [layout::AUX, &[]],
        _ => [layout::KEY, layout::readable(header, code).unwrap_or_default()],
    };
    let reached = layouts.iter().try_fold(at + 1, |at, layout| reach(layout, bytes, at));
    // Whatever else is short goes on for a byte at least.
    reached.err().unwrap_or(bytes.len() as u64 + 1)
}

/// The place behind a layout, or the one that it reaches at least if that is behind the bytes.
fn reach(layout: Layout, bytes: &[u8], at: usize) -> Result<usize, u64> {
    layout.iter().try_fold(at, |at, atom| match *atom {
        Atom::Text | Atom::Kept(_) => {
            let Ok(Text { body, len, .. }) = text(bytes, at) else { return Err(beyond(bytes)) };
            let end = len.saturating_add(body as u64);
            if end > bytes.len() as u64 { Err(end) } else { Ok(end as usize) }
        }
        Atom::Many(layout) => {
            let Ok((count, at)) = length(bytes, at) else { return Err(beyond(bytes)) };
            many(layout, bytes, at, count)
        }
        _ => skip::step(atom, bytes, at).map_err(|_| beyond(bytes)),
    })
}

fn many(layout: Layout, bytes: &[u8], at: usize, count: u64) -> Result<usize, u64> {
    let (mut at, mut left) = pass_whole(layout, bytes, at, count);
    while left > 0 {
        left -= 1;
        let rest = left.saturating_mul(least(layout));
        at = reach(layout, bytes, at).map_err(|end| end.saturating_add(rest))?;
        (at, left) = pass_whole(layout, bytes, at, left);
    }
    Ok(at)
}

fn beyond(bytes: &[u8]) -> u64 {
    bytes.len() as u64 + 1
}

/// How many bytes a layout has at least.
fn least(layout: Layout) -> u64 {
    let one = |atom: &Atom| if let Atom::Raw(count) = *atom { u64::from(count) } else { 1 };
    layout.iter().map(one).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::Dialect;

    fn end(bytes: &[u8]) -> u64 {
        least_end(Header { dialect: Dialect::Redis, version: 11 }, bytes, 0)
    }

    #[test]
    fn a_claim_counts_although_nothing_of_it_is_there() {
        assert_eq!(end(b"\x00\x01k\x80\x00\x10\x00\x00abc"), 8 + (1 << 20));
        assert_eq!(end(b"\x00\x80\x00\x10\x00\x00abc"), 6 + (1 << 20));
        assert_eq!(end(b"\x01\x01k\x80\x00\x10\x00\x00\x01a"), 10 + (1 << 20) - 1);
        assert_eq!(end(b"\x05\x01k\x05\x01a"), 6 + 1 + 4 * 9);
        assert_eq!(end(b"\x00\x01k\x81\xff\xff\xff\xff\xff\xff\xff\xff"), u64::MAX);
        assert_eq!(end(b"\xfb\x80"), 3);
        assert_eq!(end(b""), 1);
    }
}
