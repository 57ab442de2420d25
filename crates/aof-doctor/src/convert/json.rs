//! The values that JSON has, written by hand: there are millions of them in a file.

use aof_rdb::Str;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// So many bytes are looked at together, which the processor does at once.
const STEP: usize = 32;

/// Bytes as a JSON string if they are UTF-8, else as an object with their base64.
#[inline]
pub(super) fn bytes(bytes: &[u8], out: &mut Vec<u8>) {
    if bytes.chunks(STEP).all(is_plain) {
        out.reserve(bytes.len() + 2);
        out.push(b'"');
        out.extend_from_slice(bytes);
        out.push(b'"');
    } else {
        unusual(bytes, out);
    }
}

/// A string of a value; a number is the string of its digits.
#[inline]
pub(super) fn text(text: Str<'_>, out: &mut Vec<u8>) {
    match text {
        Str::Bytes(text) => bytes(text, out),
        Str::Int(number) => {
            out.push(b'"');
            out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
            out.push(b'"');
        }
    }
}

/// A number.
#[inline]
pub(super) fn number(number: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// A score: the shortest digits that give it back, or a string where JSON has no number.
#[inline]
pub(super) fn score(score: f64, out: &mut Vec<u8>) {
    const EXACT: f64 = 9e15;
    if score.is_infinite() {
        out.extend_from_slice(if score > 0.0 { b"\"inf\"" } else { b"\"-inf\"" });
    } else if score.trunc() == score
        && score.abs() < EXACT
        && !(score == 0.0 && score.is_sign_negative())
    {
        number(score as i64, out);
    } else {
        out.extend_from_slice(zmij::Buffer::new().format(score).as_bytes());
    }
}

/// A base64 string, without what would say that it is one.
pub(super) fn base64(bytes: &[u8], out: &mut Vec<u8>) {
    let start = out.len() + 1;
    let size = bytes.len().div_ceil(3) * 4;
    out.push(b'"');
    out.resize(start + size, 0);
    STANDARD
        .encode_slice(bytes, &mut out[start..])
        .expect("there is room for four letters for every three bytes");
    out.push(b'"');
}

/// Whether all bytes stand for themselves in a JSON string.
#[inline]
fn is_plain(bytes: &[u8]) -> bool {
    // No branch: the loop becomes one over many bytes at a time.
    bytes.iter().fold(true, |plain, &byte| {
        plain & (b' '..=b'~').contains(&byte) & (byte != b'"') & (byte != b'\\')
    })
}

#[cold]
fn unusual(bytes: &[u8], out: &mut Vec<u8>) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        out.extend_from_slice(b"{\"base64\":");
        base64(bytes, out);
        out.push(b'}');
        return;
    };
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    let mut from = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        let Some(escape) = escape(byte, bytes.get(at + 1).copied()) else { continue };
        out.extend_from_slice(&text.as_bytes()[from..at]);
        from = at + escape.width;
        out.extend_from_slice(&escape.letters[..escape.len]);
    }
    out.extend_from_slice(&bytes[from..]);
    out.push(b'"');
}

/// What stands for a character.
struct Escape {
    /// Bytes of the character.
    width: usize,
    letters: [u8; 6],
    len: usize,
}

impl Escape {
    fn short(letter: u8) -> Self {
        Self { width: 1, letters: [b'\\', letter, 0, 0, 0, 0], len: 2 }
    }

    fn long(width: usize, code: u8) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let [high, low] = [code >> 4, code & 15].map(|digit| DIGITS[usize::from(digit)]);
        Self { width, letters: [b'\\', b'u', b'0', b'0', high, low], len: 6 }
    }
}

/// What JSON does not allow in a string, and all other controls: lines are read on terminals too.
#[inline]
fn escape(byte: u8, next: Option<u8>) -> Option<Escape> {
    match (byte, next) {
        (b'"' | b'\\', _) => Some(Escape::short(byte)),
        (b'\n', _) => Some(Escape::short(b'n')),
        (b'\r', _) => Some(Escape::short(b'r')),
        (b'\t', _) => Some(Escape::short(b't')),
        (0..0x20 | 0x7f, _) => Some(Escape::long(1, byte)),
        // U+0080 to U+009F; in UTF-8 this byte begins nothing else.
        (0xc2, Some(code @ 0x80..=0x9f)) => Some(Escape::long(2, code)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).expect("JSON is UTF-8")
    }

    /// What a reader of the documented form makes of it.
    fn read(json: &str) -> Vec<u8> {
        match serde_json::from_str(json).expect("JSON") {
            Value::String(text) => text.into_bytes(),
            Value::Object(fields) => STANDARD.decode(fields["base64"].as_str().unwrap()).unwrap(),
            other => panic!("{other}"),
        }
    }

    proptest! {
        #[test]
        fn bytes_come_back_whatever_they_are(bytes: Vec<u8>) {
            let json = written(|out| super::bytes(&bytes, out));
            prop_assert_eq!(json.starts_with('"'), std::str::from_utf8(&bytes).is_ok());
            prop_assert_eq!(read(&json), bytes);
        }

        #[test]
        fn text_comes_back_and_nothing_in_it_acts_on_a_terminal(text in "(?s)[\u{0}-\u{ff}\u{2028}\u{1f600}\"\\\\]{0,80}") {
            let json = written(|out| super::bytes(text.as_bytes(), out));
            prop_assert!(!json.contains(char::is_control));
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }

        #[test]
        fn scores_come_back_bit_by_bit(bits: u64) {
            let score = f64::from_bits(bits);
            prop_assume!(score.is_finite());
            let json = written(|out| super::score(score, out));
            prop_assert!(serde_json::from_str::<Value>(&json).unwrap().is_number());
            prop_assert_eq!(json.parse::<f64>().unwrap().to_bits(), bits);
        }
    }

    #[test]
    fn every_byte_alone_and_at_every_place_of_a_step_comes_back() {
        for byte in 0..=u8::MAX {
            for before in 0..=2 * STEP {
                let bytes =
                    [vec![b'x'; before], vec![byte], vec![b'y'; 2 * STEP - before]].concat();
                assert_eq!(read(&written(|out| super::bytes(&bytes, out))), bytes);
            }
        }
    }

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        for (score, json) in [
            (1.0, "1"),
            (-2.5, "-2.5"),
            (0.1, "0.1"),
            (f64::INFINITY, "\"inf\""),
            (f64::NEG_INFINITY, "\"-inf\""),
        ] {
            assert_eq!(written(|out| super::score(score, out)), json);
        }
        assert_eq!(written(|out| text(Str::Int(i64::MIN), out)), "\"-9223372036854775808\"");
        assert_eq!(written(|out| base64(b"\0\xff", out)), "\"AP8=\"");
    }
}
