//! Paths and other bytes as text, so that a plan can be JSON whatever a file is called.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Any bytes: a path below the root of a repair, or what is put into a file.
///
/// As text, a backslash is doubled, and every byte that is not printable UTF-8 becomes `\xNN`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Name(pub Vec<u8>);

impl Name {
    /// The path below a root. A name that would lead out of it is refused.
    pub fn below(&self, root: &Path) -> Option<PathBuf> {
        let path = Path::new(OsStr::from_bytes(&self.0));
        let is_inside =
            path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        (is_inside && !self.0.is_empty()).then(|| root.join(path))
    }

    /// The last component of a path.
    pub(crate) fn last(&self) -> &[u8] {
        self.0.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
    }

    fn read(text: &str) -> Option<Self> {
        let mut bytes = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find('\\') {
            bytes.extend(&rest.as_bytes()[..at]);
            rest = &rest[at + 1..];
            if let Some(behind) = rest.strip_prefix('\\') {
                bytes.push(b'\\');
                rest = behind;
            } else {
                let digits = rest.strip_prefix('x')?.get(..2)?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                rest = &rest[3..];
            }
        }
        bytes.extend(rest.as_bytes());
        Some(Self(bytes))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                match character {
                    '\\' => f.write_str("\\\\")?,
                    shown if shown.is_control() || is_invisible(shown) => {
                        for byte in shown.to_string().bytes() {
                            write!(f, "\\x{byte:02x}")?;
                        }
                    }
                    shown => write!(f, "{shown}")?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// Marks that change how text around them is shown, and so could disguise a name.
const fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl From<&[u8]> for Name {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is no name")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_come_back_from_their_text() {
        for bytes in [
            &b"appendonlydir/appendonly.aof.1.incr.aof"[..],
            b"a\\b",
            b"\xff\x00\n",
            "schlüssel \u{202e}".as_bytes(),
            b"\\x41",
        ] {
            let name = Name::from(bytes);
            assert_eq!(Name::read(&name.to_string()), Some(name.clone()), "{name}");
            assert!(!name.to_string().chars().any(char::is_control));
        }
        assert_eq!(Name::read("\\x4"), None);
        assert_eq!(Name::read("\\y"), None);
    }

    #[test]
    fn a_name_never_leads_out_of_its_root() {
        let root = Path::new("/data");
        assert_eq!(Name::from(&b"a/b"[..]).below(root), Some(PathBuf::from("/data/a/b")));
        for bad in [&b""[..], b"..", b"a/../../b", b"/etc/passwd"] {
            assert_eq!(Name::from(bad).below(root), None, "{}", bad.escape_ascii());
        }
    }
}
