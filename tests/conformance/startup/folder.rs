//! A data folder in memory, and what can befall it.

use super::written::{Files, MANIFEST, manifest};

/// A folder that is changed step by step.
pub(crate) struct Folder(pub(crate) Files);

impl Folder {
    pub(crate) fn with(mut self, path: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.0.insert(path.to_owned(), bytes.as_ref().to_vec());
        self
    }

    pub(crate) fn without(mut self, path: &str) -> Self {
        assert!(self.0.remove(path).is_some(), "{path} is there");
        self
    }

    /// The end of a file is lost.
    pub(crate) fn torn(mut self, path: &str, lost: usize) -> Self {
        let bytes = self.0.get_mut(path).unwrap();
        bytes.truncate(bytes.len() - lost);
        self
    }

    pub(crate) fn grown(mut self, path: &str, more: impl AsRef<[u8]>) -> Self {
        self.0.get_mut(path).unwrap().extend_from_slice(more.as_ref());
        self
    }

    pub(crate) fn renamed(mut self, path: &str, to: &str) -> Self {
        let bytes = self.0.remove(path).unwrap();
        self.with(to, bytes)
    }

    pub(crate) fn named(self, parts: &[(&str, i64, char)]) -> Self {
        self.with(MANIFEST, manifest(parts))
    }
}

/// Each line is one record, its words the arguments.
pub(crate) fn records(lines: &[&str]) -> Vec<u8> {
    let bulk = |word: &str| format!("${}\r\n{word}\r\n", word.len());
    let record = |line: &&str| {
        let words: Vec<&str> = line.split(' ').collect();
        format!("*{}\r\n", words.len()) + &words.into_iter().map(bulk).collect::<String>()
    };
    lines.iter().map(record).collect::<String>().into_bytes()
}
