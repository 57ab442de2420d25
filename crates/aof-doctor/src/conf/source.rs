//! Files of a configuration: read whole within a limit, by name or by pattern, as numbered lines.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use glob::MatchOptions;

use super::line;

/// The most bytes of one file that are read; a cluster of 1000 nodes describes itself in less.
pub(super) const LARGEST: u64 = 16 << 20;

/// The most files that one pattern may name.
const MATCHES: usize = 1000;

/// Where a line stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The file.
    pub(super) file: PathBuf,
    /// The number of the line, from 1.
    pub(super) line: u64,
}

/// A line and where it begins. Not `Debug`: it may hold a password.
pub(super) struct Line {
    /// Where it begins.
    pub(super) place: Place,
    /// Its bytes, without the line end.
    pub(super) text: Vec<u8>,
}

/// Everything that is in a small file.
pub(super) fn read_whole(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other("the file is larger than 16 MiB"));
    }
    Ok(bytes)
}

/// The lines of these files, one file behind the other. As in the servers, a last line without a line end
/// runs on into the next file.
pub(super) fn lines(paths: &[PathBuf]) -> io::Result<Vec<Line>> {
    let mut lines: Vec<Line> = Vec::new();
    let mut open = false;
    for path in paths {
        let seen = line::as_read(&read_whole(path)?);
        for (number, text) in (1..).zip(seen.split_inclusive(|byte| *byte == b'\n')) {
            let text = text.strip_suffix(b"\n").map_or((text, true), |text| (text, false));
            match lines.last_mut().filter(|_| open) {
                Some(last) => last.text.extend_from_slice(text.0),
                None => lines.push(Line {
                    place: Place { file: path.clone(), line: number },
                    text: text.0.to_vec(),
                }),
            }
            open = text.1;
        }
    }
    Ok(lines)
}

/// Whether servers from Redis 7.0 on take a name for a pattern.
pub(super) fn is_pattern(name: &Path) -> bool {
    name.as_os_str().as_bytes().iter().any(|byte| matches!(byte, b'*' | b'?' | b'['))
}

/// The files that a pattern names, in the order of their names; folders among them are left out, for
/// servers read nothing from them. A pattern that is malformed names nothing.
pub(super) fn matching(pattern: &Path) -> Vec<PathBuf> {
    let options = MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: true,
    };
    let Some(mut pattern) = pattern.to_str().map(ToOwned::to_owned) else { return Vec::new() };
    // To a server `**` is `*`; the crate would descend into folders.
    while pattern.contains("**") {
        pattern = pattern.replace("**", "*");
    }
    // In brackets, `^` means the same as `!` to a server.
    let pattern = pattern.replace("[^", "[!");
    let found = glob::glob_with(&pattern, options).into_iter().flatten().flatten();
    found.filter(|path| !path.is_dir()).take(MATCHES).collect()
}
