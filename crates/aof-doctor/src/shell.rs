//! Words of command lines that can be typed into a shell as they are shown.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The path as one word of a shell's command line. A path that would be taken for an option gets `./`.
pub(crate) fn quoted(path: &Path) -> String {
    quoted_word(&unmistakable(path.as_os_str()))
}

/// Any argument as one word of a shell's command line.
pub(crate) fn quoted_word(word: &OsStr) -> String {
    match word.to_str() {
        Some(text) if crate::escape::sentence(text) == text => {
            format!("'{}'", text.replace('\'', r"'\''"))
        }
        _ => ansi_quoted(word.as_bytes()),
    }
}

/// The path as an argument that no program takes for an option.
pub(crate) fn unmistakable(path: &OsStr) -> OsString {
    if path.as_bytes().starts_with(b"-") {
        let mut safe = OsString::from("./");
        safe.push(path);
        return safe;
    }
    path.to_owned()
}

/// `$'…'`, which bash, zsh, ksh and POSIX shells since 2024 read: all that is not plain becomes an escape.
fn ansi_quoted(bytes: &[u8]) -> String {
    let plain = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    let mut word = String::from("$'");
    for &byte in bytes {
        match byte {
            b'\'' | b'\\' => word.extend(['\\', char::from(byte)]),
            byte if plain(byte) => word.push(char::from(byte)),
            // Three octal digits, since a hexadecimal escape would go on into the letters behind it.
            byte => word.push_str(&format!("\\{byte:03o}")),
        }
    }
    word.push('\'');
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_path_is_one_word_of_a_shell() {
        assert_eq!(quoted(Path::new("a b.aof")), "'a b.aof'");
        assert_eq!(quoted(Path::new("it's")), r"'it'\''s'");
        assert_eq!(quoted(Path::new("-rf")), "'./-rf'");
    }

    #[test]
    fn a_path_that_would_act_on_the_terminal_is_written_in_escapes() {
        assert_eq!(quoted(Path::new("a\x1b[2J'b")), r"$'a\033[2J\'b'");
        assert_eq!(quoted(Path::new(OsStr::from_bytes(b"a\xff1"))), r"$'a\3771'");
    }
}
