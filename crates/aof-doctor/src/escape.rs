//! Makes what comes out of files safe to show: no byte of them acts on a terminal, and none deceives a reader.

use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The most characters of a name that are shown.
const WIDEST: usize = 64;

/// Bytes as text. Backslashes, quotation marks, control characters, whatever changes the direction of
/// writing or has no width, and bytes that are no UTF-8 are written as escapes; all else stays.
pub(crate) fn bytes(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\\' | '"' => text.extend(['\\', character]),
                _ => push(&mut text, character),
            }
        }
        for byte in chunk.invalid() {
            push_byte(&mut text, *byte);
        }
    }
    text
}

/// A name in quotation marks, shortened to a sane width.
pub(crate) fn name(name: &[u8]) -> String {
    let text = bytes(name);
    match text.char_indices().nth(WIDEST) {
        Some((cut, _)) => format!("\"{}\"...", &text[..cut]),
        None => format!("\"{text}\""),
    }
}

/// A path, without quotation marks and whole, so that it can be found.
pub(crate) fn path(path: &Path) -> String {
    match path.to_str() {
        Some(text) => sentence(text),
        None => bytes(path.as_os_str().as_bytes()),
    }
}

/// A sentence that should be safe already: what would act on a terminal is escaped, all else stays.
pub(crate) fn sentence(sentence: &str) -> String {
    let mut text = String::with_capacity(sentence.len());
    for character in sentence.chars() {
        push(&mut text, character);
    }
    text
}

fn push(text: &mut String, character: char) {
    match character {
        '\n' => text.push_str("\\n"),
        '\r' => text.push_str("\\r"),
        '\t' => text.push_str("\\t"),
        '\0'..='\x7f' if character.is_control() => push_byte(text, character as u8),
        _ if deceives(character) => {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\u{{{:x}}}", u32::from(character));
        }
        _ => text.push(character),
    }
}

fn push_byte(text: &mut String, byte: u8) {
    // Writing to a String cannot fail.
    let _ = write!(text, "\\x{byte:02x}");
}

/// Whether a character acts on a terminal, turns the direction of writing, or cannot be seen.
fn deceives(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_acts_on_a_terminal_gets_through() {
        assert_eq!(bytes(b"\x1b]0;owned\x07\x1b[2J"), "\\x1b]0;owned\\x07\\x1b[2J");
        assert_eq!(bytes("a\u{9b}31mb".as_bytes()), "a\\u{9b}31mb");
        assert_eq!(bytes(b"a\r\nb\x7f\x00"), "a\\r\\nb\\x7f\\x00");
        assert_eq!(sentence("line\nline\x1b[0m"), "line\\nline\\x1b[0m");
    }

    #[test]
    fn nothing_that_deceives_a_reader_gets_through() {
        assert_eq!(bytes("user\u{202e}nimda".as_bytes()), "user\\u{202e}nimda");
        assert_eq!(bytes("a\u{200b}b\u{feff}".as_bytes()), "a\\u{200b}b\\u{feff}");
    }

    #[test]
    fn bytes_that_are_no_text_can_be_told_from_text_that_looks_like_them() {
        assert_eq!(bytes(b"\xff\xc3("), "\\xff\\xc3(");
        assert_eq!(bytes(b"\\xff"), "\\\\xff");
        assert_eq!(bytes("schlüssel:日本".as_bytes()), "schlüssel:日本");
    }

    #[test]
    fn a_long_name_is_shortened() {
        assert_eq!(name(b"k"), "\"k\"");
        let long = name(&[b'x'; 1000]);
        assert_eq!(long, format!("\"{}\"...", "x".repeat(64)));
    }
}
