//! Packed values, made as servers make them, and in all other forms that servers take.

use aof_testkit::Rng;

/// Strings of all lengths and numbers of all widths that matter, up to 16 kB.
pub(crate) fn strings(rng: &mut Rng, most: usize) -> Vec<Vec<u8>> {
    (0..rng.below(most as u64 + 1)).map(|_| string(rng)).collect()
}

fn string(rng: &mut Rng) -> Vec<u8> {
    let edges = [127, 128, 4095, 4096, 32767, 1 << 23, 1 << 31, i64::MAX - 1];
    let len = match rng.below(100) {
        0..40 => {
            let number = rng.pick(&edges).wrapping_add(rng.below(3) as i64);
            let number = if rng.chance(50) { number.wrapping_neg() } else { number };
            return number.to_string().into_bytes();
        }
        40..60 => return rng.below(14).to_string().into_bytes(),
        60..90 => rng.between(0, 66),
        90..96 => rng.between(120, 130),
        96..98 => rng.between(245, 260),
        98 => rng.between(4090, 4100),
        _ => rng.between(16_370, 16_390),
    };
    let mut string = vec![];
    rng.binary(&mut string, len);
    string
}

/// The number that a string says, if servers pack it as one.
pub(super) fn number(string: &[u8]) -> Option<i64> {
    let number: i64 = std::str::from_utf8(string).ok()?.parse().ok()?;
    (number.to_string().as_bytes() == string).then_some(number)
}

/// A listpack; with chance also in forms that no server writes.
pub(crate) fn listpack(strings: &[Vec<u8>], mut chance: Option<&mut Rng>) -> Vec<u8> {
    let mut entries = vec![];
    for string in strings {
        let wider = chance.as_deref_mut().map_or(0, |rng| rng.below(4));
        let entry = listpack_entry(string, wider);
        entries.extend_from_slice(&entry);
        let (len, width) = (entry.len(), width_behind(entry.len()));
        for group in (0..width).rev() {
            let more = if group == width - 1 { 0 } else { 0x80 };
            entries.push((len >> (7 * group)) as u8 & 0x7F | more);
        }
    }
    let count = strings.len().min(0xFFFF) as u16;
    let size = entries.len() as u32 + 7;
    [&size.to_le_bytes()[..], &count.to_le_bytes(), &entries, &[0xFF]].concat()
}

/// As `wider` steps above the narrowest encoding.
fn listpack_entry(string: &[u8], wider: u64) -> Vec<u8> {
    if let Some(number) = number(string)
        && wider < 3
    {
        let fits = |bits: u32| number >= -1 << (bits - 1) && number < 1 << (bits - 1);
        let narrowest = match number {
            0..128 => 0,
            _ if fits(13) => 1,
            _ if fits(16) => 2,
            _ if fits(24) => 3,
            _ if fits(32) => 4,
            _ => 5,
        };
        let bytes = number.to_le_bytes();
        return match narrowest + wider {
            0 => vec![number as u8],
            1 => vec![0xC0 | (number >> 8) as u8 & 0x1F, number as u8],
            2 => [&[0xF1], &bytes[..2]].concat(),
            3 => [&[0xF2], &bytes[..3]].concat(),
            4 => [&[0xF3], &bytes[..4]].concat(),
            _ => [&[0xF4], &bytes[..]].concat(),
        };
    }
    let narrowest = [64, 4096].iter().filter(|most| string.len() >= **most).count() as u64;
    let len = string.len() as u32;
    let head = match narrowest + wider {
        0 => vec![0x80 | len as u8],
        1 => vec![0xE0 | (len >> 8) as u8, len as u8],
        _ => [&[0xF0][..], &len.to_le_bytes()].concat(),
    };
    [&head, string].concat()
}

/// How many bytes servers give the length of an entry.
pub(super) fn width_behind(len: usize) -> usize {
    match len {
        0..=127 => 1,
        _ if len < (1 << 14) - 1 => 2,
        _ if len < (1 << 21) - 1 => 3,
        _ if len < (1 << 28) - 1 => 4,
        _ => 5,
    }
}

/// A ziplist; with chance also in forms that no server writes, and with those that old ones left.
pub(crate) fn ziplist(strings: &[Vec<u8>], mut chance: Option<&mut Rng>) -> Vec<u8> {
    let mut bytes = vec![0; 10];
    let (mut last, mut before) = (10, 0_usize);
    for string in strings {
        last = bytes.len();
        let wider = chance.as_deref_mut().map_or(0, |rng| rng.below(4));
        if before < 254 && wider < 2 {
            bytes.push(before as u8);
        } else {
            bytes.push(254);
            bytes.extend_from_slice(&(before as u32).to_le_bytes());
        }
        bytes.extend_from_slice(&ziplist_entry(string, wider));
        before = bytes.len() - last;
    }
    bytes.push(0xFF);
    let (size, count) = (bytes.len() as u32, strings.len().min(0xFFFF) as u16);
    bytes[..4].copy_from_slice(&size.to_le_bytes());
    bytes[4..8].copy_from_slice(&(last as u32).to_le_bytes());
    bytes[8..10].copy_from_slice(&count.to_le_bytes());
    bytes
}

fn ziplist_entry(string: &[u8], wider: u64) -> Vec<u8> {
    if let Some(number) = number(string)
        && wider < 3
    {
        let fits = |bits: u32| number >= -1 << (bits - 1) && number < 1 << (bits - 1);
        let narrowest = match number {
            0..=12 => 0,
            _ if fits(8) => 1,
            _ if fits(16) => 2,
            _ if fits(24) => 3,
            _ if fits(32) => 4,
            _ => 5,
        };
        let bytes = number.to_le_bytes();
        return match narrowest + wider {
            0 => vec![0xF1 + number as u8],
            1 => vec![0xFE, bytes[0]],
            2 => [&[0xC0], &bytes[..2]].concat(),
            3 => [&[0xF0], &bytes[..3]].concat(),
            4 => [&[0xD0], &bytes[..4]].concat(),
            _ => [&[0xE0], &bytes[..]].concat(),
        };
    }
    let narrowest = [64, 1 << 14].iter().filter(|most| string.len() >= **most).count() as u64;
    let len = string.len() as u32;
    let head = match narrowest + wider {
        0 => vec![len as u8],
        1 => vec![0x40 | (len >> 8) as u8, len as u8],
        // Servers look at two bits of this byte only.
        _ => [&[0x80 | wider as u8][..], &len.to_be_bytes()].concat(),
    };
    [&head, string].concat()
}

/// A set of at least one number, in the narrowest width.
pub(super) fn intset(numbers: &[i64]) -> Vec<u8> {
    let fits = |bits: u32| numbers.iter().all(|n| *n >= -1 << (bits - 1) && *n < 1 << (bits - 1));
    let width = match () {
        () if fits(16) => 2,
        () if fits(32) => 4,
        () => 8,
    };
    let mut bytes = [(width as u32).to_le_bytes(), (numbers.len() as u32).to_le_bytes()].concat();
    for number in numbers {
        bytes.extend_from_slice(&number.to_le_bytes()[..width]);
    }
    bytes
}

/// Fields and values; with chance some bytes behind values are free.
pub(super) fn zipmap(strings: &[Vec<u8>], mut chance: Option<&mut Rng>) -> Vec<u8> {
    let mut bytes = vec![(strings.len() / 2).min(254) as u8];
    for (at, string) in strings.iter().enumerate() {
        let len = string.len() as u32;
        match len {
            0..254 => bytes.push(len as u8),
            _ => bytes.extend_from_slice(&[&[254][..], &len.to_le_bytes()].concat()),
        }
        let is_value = at % 2 == 1;
        let free = chance.as_deref_mut().map_or(0, |rng| rng.below(4)) as usize;
        if is_value {
            bytes.push(free as u8);
        }
        bytes.extend_from_slice(string);
        if is_value {
            bytes.extend_from_slice(&[0xFF; 4][..free]);
        }
    }
    bytes.push(0xFF);
    bytes
}

/// Compresses with LZF, finding what chance lets it find.
pub(super) fn lzf(bytes: &[u8], rng: &mut Rng) -> Vec<u8> {
    let (mut packed, mut at, mut literals) = (vec![], 0, 0);
    while at < bytes.len() {
        let back = 1 + rng.below(at.min(8192) as u64) as usize;
        let most = (bytes.len() - at).min(264);
        let same = match back <= at {
            true => (0..most).take_while(|n| bytes[at - back + n] == bytes[at + n]).count(),
            false => 0,
        };
        if same < 3 {
            at += 1;
            continue;
        }
        put_literals(&mut packed, &bytes[literals..at]);
        put_copy(&mut packed, back - 1, same - 2);
        at += same;
        literals = at;
    }
    put_literals(&mut packed, &bytes[literals..]);
    packed
}

fn put_literals(packed: &mut Vec<u8>, bytes: &[u8]) {
    for run in bytes.chunks(32) {
        packed.push(run.len() as u8 - 1);
        packed.extend_from_slice(run);
    }
}

fn put_copy(packed: &mut Vec<u8>, back: usize, len: usize) {
    packed.push((len.min(7) << 5 | back >> 8) as u8);
    if len >= 7 {
        packed.push((len - 7) as u8);
    }
    packed.push(back as u8);
}
