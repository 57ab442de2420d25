//! Manifests put together by chance: mostly right, never as a server writes them.

use aof_log::manifest::{Entry, EntryRole, Manifest};
use aof_testkit::Rng;

/// Names, plain and odd. Short, so that even in escapes they fit into a line.
const NAMES: [&[u8]; 8] =
    [b"b", b"i", b"a b", b"it's", b"caf\xe9", b"say \"x\"", b"\xff\x01", b"#\t\x0b\x07"];

/// What stands between words, the usual more often.
const BLANKS: [&[u8]; 8] = [b" ", b" ", b" ", b" ", b"  ", b"\t", b" \x0b", b"\x0b"];

const ENDS: [&[u8]; 6] = [b"\n", b"\n", b"\n", b"\r\n", b" \n", b"\x0c\n"];

const SEQS: [&str; 7] = ["+3", "4x", "-5", "0", "00006", "99999999999999999999", " 7"];

const TYPES: [&str; 8] = ["b", "i", "i", "i", "h", "incr", "history", "x"];

const MORE: [&str; 4] = ["startoffset", "endoffset", "file", "crc"];

/// A text of some lines.
pub(crate) fn text(rng: &mut Rng) -> Vec<u8> {
    let mut text = Vec::new();
    for index in 0..rng.between(1, 4) {
        if rng.chance(20) {
            text.extend(b"# by chance\n");
        }
        line(rng, index, &mut text);
    }
    if rng.chance(15) {
        let at = rng.below(text.len() as u64) as usize;
        let byte = *rng.pick(b"\"'\\ \x0b\xff/x0\n");
        match rng.chance(50) {
            true => text[at] = byte,
            false => text.insert(at, byte),
        }
    }
    text
}

fn line(rng: &mut Rng, index: usize, text: &mut Vec<u8>) {
    let name = rng.pick(&NAMES).to_vec();
    let usual = (index + 1).to_string();
    let seq = if rng.chance(80) { usual.as_str() } else { rng.pick(&SEQS) };
    let role = match (index, rng.chance(70)) {
        (0, true) => "b",
        _ => rng.pick(&TYPES),
    };
    let mut pairs =
        vec![("file", name), ("seq", seq.as_bytes().to_vec()), ("type", role.as_bytes().to_vec())];
    if rng.chance(25) {
        let value = rng.pick(&NAMES).to_vec();
        pairs.insert(rng.between(0, pairs.len()), (*rng.pick(&MORE), value));
    }
    for (index, (key, value)) in pairs.iter().enumerate() {
        if index > 0 {
            text.extend(*rng.pick(&BLANKS));
        }
        let key = if rng.chance(20) { key.to_uppercase() } else { (*key).to_owned() };
        word(rng, key.as_bytes(), text);
        text.extend(*rng.pick(&BLANKS));
        word(rng, value, text);
    }
    text.extend(*rng.pick(&ENDS));
}

/// A word as it is, or in quotes of some sort; not always so that it can be read.
fn word(rng: &mut Rng, word: &[u8], text: &mut Vec<u8>) {
    match rng.below(8) {
        0 => {
            text.push(b'\'');
            word.iter().for_each(|byte| match byte {
                b'\'' => text.extend(b"\\'"),
                byte => text.push(*byte),
            });
            text.push(b'\'');
        }
        1 => {
            text.push(b'"');
            word.iter().for_each(|byte| match rng.below(3) {
                0 => text.extend(format!("\\x{byte:02X}").bytes()),
                1 if !b"xnrtab".contains(byte) => text.extend([b'\\', *byte]),
                _ => text.push(*byte),
            });
            text.push(b'"');
        }
        2 if rng.chance(30) => {
            let (front, back) = word.split_at(word.len() / 2);
            text.extend([front, b"\"", back, b"\""].concat());
        }
        _ if word.contains(&b' ') => text.extend([b"\"", word, b"\""].concat()),
        _ => text.extend(word),
    }
}

/// A manifest that every server accepts, with names of any bytes.
pub(crate) fn manifest(rng: &mut Rng) -> Manifest {
    let mut entries = Vec::new();
    for (index, role) in
        [EntryRole::Base, EntryRole::History, EntryRole::Incr, EntryRole::Incr].iter().enumerate()
    {
        let mut file = Vec::new();
        let length = rng.between(1, 255);
        rng.binary(&mut file, length);
        file.retain(|byte| !b"/\\\0".contains(byte));
        file.insert(0, b'a' + index as u8);
        file.truncate(255);
        let seq = 1 + index as i64;
        let start_offset = rng.chance(50).then_some(seq * 100);
        let line = index + 1;
        entries.push(Entry { line, file, seq, role: *role, start_offset, end_offset: None });
    }
    Manifest { entries }
}
