//! The same decoders once more, byte by byte, as plainly as the formats can be said.

/// Everything in a blob, in words; `None` if anything is wrong with it.
pub(super) type Read = Option<Vec<Vec<u8>>>;

fn at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at).copied().map(u64::from)
}

/// A number of `width` bytes, the lower ones first.
fn little(bytes: &[u8], from: usize, width: usize) -> Option<u64> {
    (0..width).try_fold(0, |sum, n| Some(sum + (at(bytes, from + n)? << (8 * n))))
}

fn big(bytes: &[u8], from: usize, width: usize) -> Option<u64> {
    (0..width).try_fold(0, |sum, n| Some(sum * 256 + at(bytes, from + n)?))
}

/// The digits of a number of so many bits that has a sign.
fn signed(number: u64, bits: u32) -> Vec<u8> {
    let number = i128::from(number);
    let number = if number >= 1 << (bits - 1) { number - (1 << bits) } else { number };
    number.to_string().into_bytes()
}

/// What stands at a place, and how many bytes it has.
type Piece = Option<(Vec<u8>, usize)>;

fn text(bytes: &[u8], from: usize, head: usize, len: u64) -> Piece {
    let string = bytes.get(from + head..from + head + len as usize)?;
    Some((string.to_vec(), head + len as usize))
}

fn integer(bytes: &[u8], from: usize, width: usize) -> Piece {
    Some((signed(little(bytes, from + 1, width)?, 8 * width as u32), 1 + width))
}

/// Whether size and end are right.
fn is_framed(bytes: &[u8], header: usize) -> bool {
    bytes.len() > header
        && bytes.last() == Some(&0xFF)
        && little(bytes, 0, 4) == Some(bytes.len() as u64)
}

pub(super) fn listpack(bytes: &[u8]) -> Read {
    if !is_framed(bytes, 6) {
        return None;
    }
    let (mut all, mut from) = (vec![], 6);
    while at(bytes, from)? != 0xFF {
        let (string, size) = listpack_entry(bytes, from)?;
        let behind = from + size + super::pack::width_behind(size);
        if behind >= bytes.len() || backwards(bytes, behind)? != size as u64 {
            return None;
        }
        all.push(string);
        from = behind;
    }
    let count = little(bytes, 4, 2)?;
    (from == bytes.len() - 1 && (count == 0xFFFF || count == all.len() as u64)).then_some(all)
}

fn listpack_entry(bytes: &[u8], from: usize) -> Piece {
    let lead = at(bytes, from)?;
    match lead {
        0..=0x7F => Some((lead.to_string().into_bytes(), 1)),
        0x80..=0xBF => text(bytes, from, 1, lead - 0x80),
        0xC0..=0xDF => Some((signed(big(bytes, from, 2)? - 0xC000, 13), 2)),
        0xE0..=0xEF => text(bytes, from, 2, big(bytes, from, 2)? - 0xE000),
        0xF0 => text(bytes, from, 5, little(bytes, from + 1, 4)?),
        0xF1 => integer(bytes, from, 2),
        0xF2 => integer(bytes, from, 3),
        0xF3 => integer(bytes, from, 4),
        0xF4 => integer(bytes, from, 8),
        _ => None,
    }
}

/// The number that is written from `behind` towards the beginning.
fn backwards(bytes: &[u8], behind: usize) -> Option<u64> {
    let mut number = 0;
    for group in 0..5 {
        let byte = at(bytes, behind - 1 - group)?;
        number += (byte % 128) << (7 * group);
        if byte < 128 {
            return Some(number);
        }
    }
    None
}

pub(super) fn ziplist(bytes: &[u8]) -> Read {
    let tail = little(bytes, 4, 4)? as usize;
    if !is_framed(bytes, 10) || tail > bytes.len() - 1 {
        return None;
    }
    let (mut all, mut from, mut last, mut before) = (vec![], 10, tail, 0);
    while at(bytes, from)? != 0xFF {
        let (said, head) = match at(bytes, from)? {
            254 => (little(bytes, from + 1, 4)?, 5),
            said => (said, 1),
        };
        let (string, size) = ziplist_entry(bytes, from + head)?;
        let behind = from + head + size;
        if said != before || behind >= bytes.len() {
            return None;
        }
        all.push(string);
        (last, before, from) = (from, (head + size) as u64, behind);
    }
    let count = little(bytes, 8, 2)?;
    let is_counted = count == 0xFFFF || count == all.len() as u64;
    (from == bytes.len() - 1 && last == tail && is_counted).then_some(all)
}

fn ziplist_entry(bytes: &[u8], from: usize) -> Piece {
    let lead = at(bytes, from)?;
    match lead {
        0..=0x3F => text(bytes, from, 1, lead),
        0x40..=0x7F => text(bytes, from, 2, big(bytes, from, 2)? - 0x4000),
        0x80..=0xBF => text(bytes, from, 5, big(bytes, from + 1, 4)?),
        0xC0 => integer(bytes, from, 2),
        0xD0 => integer(bytes, from, 4),
        0xE0 => integer(bytes, from, 8),
        0xF0 => integer(bytes, from, 3),
        0xFE => integer(bytes, from, 1),
        0xF1..=0xFD => Some(((lead - 0xF1).to_string().into_bytes(), 1)),
        _ => None,
    }
}

pub(super) fn intset(bytes: &[u8]) -> Read {
    let (width, count) = (little(bytes, 0, 4)? as usize, little(bytes, 4, 4)? as usize);
    if ![2, 4, 8].contains(&width) || count == 0 || bytes.len() != 8 + width * count {
        return None;
    }
    let all: Option<Vec<_>> = (0..count)
        .map(|n| Some(signed(little(bytes, 8 + n * width, width)?, 8 * width as u32)))
        .collect();
    let all = all?;
    let number = |digits: &[u8]| String::from_utf8_lossy(digits).parse::<i64>().ok();
    all.windows(2).all(|two| number(&two[0]) < number(&two[1])).then_some(all)
}

pub(super) fn zipmap(bytes: &[u8]) -> Read {
    if bytes.len() < 2 || bytes.last() != Some(&0xFF) {
        return None;
    }
    let (mut all, mut from) = (vec![], 1);
    while at(bytes, from)? != 0xFF {
        for free in [0, 1] {
            let (len, head) = match at(bytes, from)? {
                254.. => (little(bytes, from + 1, 4)?, 5),
                len => (len, 1),
            };
            if head == 5 && len < 254 {
                return None;
            }
            let spare = if free == 1 { at(bytes, from + head)? as usize } else { 0 };
            let (string, size) = text(bytes, from, head + free, len)?;
            all.push(string);
            from += size + spare;
        }
    }
    let count = at(bytes, 0)?;
    let is_counted = count == 254 || count * 2 == all.len() as u64;
    (from == bytes.len() - 1 && !all.is_empty() && is_counted).then_some(all)
}

/// What LZF gives, up to where something is wrong, and whether nothing is.
pub(super) fn lzf(packed: &[u8]) -> (Vec<u8>, bool) {
    let mut out = vec![];
    let is_whole = follow(packed, &mut out).is_some();
    (out, is_whole)
}

fn follow(packed: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut bytes = packed.iter().copied();
    while let Some(control) = bytes.next() {
        if control < 32 {
            for _ in 0..=control {
                out.push(bytes.next()?);
            }
            continue;
        }
        let more = if control >> 5 == 7 { usize::from(bytes.next()?) } else { 0 };
        let back = usize::from(control % 32) * 256 + usize::from(bytes.next()?) + 1;
        for _ in 0..usize::from(control >> 5) + 2 + more {
            let from = out.len().checked_sub(back)?;
            out.push(out[from]);
        }
    }
    Some(())
}
