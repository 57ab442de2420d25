//! What a checker says about a file: a log, or a manifest and its parts.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use aof_log::RdbWindows;
use aof_log::manifest::{self, Dialect, Manifest};
use aof_source::{Feed as _, FilePart, OpenError, Part as _, ReadError};

use super::part::{self, Names};
use super::rdb;
use crate::escape;

/// The header of an RDB file, and the magic that a checker knows: a version stands behind it.
const HEADER: usize = 9;
const MAGIC: usize = 5;

/// What was said, and what the shell is told.
#[derive(Debug)]
pub(super) struct Checked {
    /// The lines for standard output.
    pub(super) text: String,
    /// What no checker says, for standard error.
    pub(super) trouble: Option<String>,
    /// Whether the exit code is 0.
    pub(super) is_valid: bool,
}

/// The longest line that is looked at to tell a manifest.
const LINE: usize = 1024;

/// The most bytes of a manifest that are read.
const MANIFEST: u64 = 16 << 20;

/// Checks the file as redis-check-aof does.
pub(super) fn check(path: &Path) -> Checked {
    let mut checker = Checker { text: String::new(), lines: 1 };
    let end = checker.check(path).err();
    Checked {
        text: checker.text,
        is_valid: end.is_none(),
        trouble: end.and_then(|Ended { trouble }| trouble),
    }
}

/// What is remembered from part to part.
struct Checker {
    text: String,
    /// The line that is reached, from 1. Checkers count on from part to part.
    lines: u64,
}

/// The check came to an end that is not good; what standard output is told is told already.
#[derive(Debug)]
struct Ended {
    /// What no checker says.
    trouble: Option<String>,
}

/// What a file is for a checker.
enum Kind {
    Manifest,
    Resp,
    /// It begins with an RDB file.
    Rdb,
}

impl Checker {
    fn check(&mut self, path: &Path) -> Result<(), Ended> {
        let shown = escape::path(path);
        let file = match FilePart::open(path) {
            Ok(file) => file,
            Err(OpenError::Folder { .. }) => {
                return self.end(&format!("Cannot read file: {shown}"));
            }
            Err(error) => return self.cannot_open(&shown, &error, ""),
        };
        let kind = self.read(&shown, kind_of(&file))?;
        if let Kind::Manifest = kind {
            return self.check_set(path, &file);
        }
        self.say("Start checking Old-Style AOF");
        self.check_part(&file, &Names { file: &shown, path: &shown, role: "AOF" }, &kind)
    }

    fn check_set(&mut self, path: &Path, file: &FilePart) -> Result<(), Ended> {
        self.say("Start checking Multi Part AOF");
        let manifest = self.read_manifest(path, file)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let path_of = |name: &[u8]| folder.join(OsStr::from_bytes(name));
        if let Some(base) = manifest.base() {
            let path = path_of(&base.file);
            let shown = escape::path(&path);
            let kind = match FilePart::open(&path) {
                Ok(file) => self.read(&shown, kind_of(&file))?,
                // What is there and cannot be read is told where it is opened as a part.
                Err(OpenError::Folder { .. }) => Kind::Resp,
                Err(error) => return self.cannot_open(&shown, &error, ""),
            };
            let format = if let Kind::Rdb = kind { "RDB" } else { "RESP" };
            self.say(&format!("Start to check BASE AOF ({format} format)."));
            self.check_named(&path, "BASE AOF", &kind)?;
        }
        if manifest.incrs().next().is_some() {
            self.say("Start to check INCR files.");
        }
        for incr in manifest.incrs() {
            self.check_named(&path_of(&incr.file), "INCR AOF", &Kind::Resp)?;
        }
        self.say("All AOF files and manifest are valid");
        Ok(())
    }

    fn read_manifest(&mut self, path: &Path, file: &FilePart) -> Result<Manifest, Ended> {
        let mut feed = file.feed();
        let window = feed.window(0, file.len().min(MANIFEST) as usize);
        let read = self.read(
            &escape::path(path),
            window.map(|bytes| manifest::read_as(bytes, Dialect::Redis)),
        )?;
        let Some(fault) = read.faults.first() else {
            return Ok(read.manifest);
        };
        self.say("\n*** FATAL AOF MANIFEST FILE ERROR ***");
        self.say(&format!("Reading the manifest file, at line {}", fault.line));
        self.end(fault.server_says).map(|()| read.manifest)
    }

    fn check_named(&mut self, path: &Path, role: &str, kind: &Kind) -> Result<(), Ended> {
        let shown = escape::path(path);
        let name = escape::path(Path::new(path.file_name().unwrap_or(path.as_os_str())));
        let file = match FilePart::open(path) {
            Ok(file) => file,
            Err(error) => return self.cannot_open(&shown, &error, ", aborting..."),
        };
        self.check_part(&file, &Names { file: &name, path: &shown, role }, kind)
    }

    fn check_part(&mut self, file: &FilePart, names: &Names, kind: &Kind) -> Result<(), Ended> {
        let (name, role, size) = (names.file, names.role, file.len());
        if size == 0 {
            self.say(&format!("{role} {name} is empty"));
            return Ok(());
        }
        let from = match kind {
            Kind::Rdb => self.pass_rdb(file, names)?,
            _ => 0,
        };
        let reading = part::read(&mut file.feed(), size, from, names);
        let read = match reading {
            Ok(read) => read,
            Err(error) => {
                self.say(&format!("Failed to read from AOF {name}, aborting..."));
                return Err(Ended { trouble: Some(format!("{}: {error}", names.path)) });
            }
        };
        self.lines += read.lines;
        if let Some(stop) = &read.stop {
            self.say(stop);
        }
        let diff = size - read.ok_up_to;
        self.say(&format!(
            "AOF analyzed: filename={name}, size={size}, ok_up_to={}, ok_up_to_line={}, diff={diff}",
            read.ok_up_to, self.lines
        ));
        if diff > 0 {
            let advice = "is not valid. Use the --fix option to try fixing it.";
            return self.end(&format!("AOF {name} {advice}"));
        }
        self.say(&format!("{role} {name} is valid"));
        Ok(())
    }

    /// Tells what the RDB file is like that a part begins with, and returns where its records begin.
    fn pass_rdb(&mut self, file: &FilePart, names: &Names) -> Result<u64, Ended> {
        let mut feed = file.feed();
        let read = aof_rdb::walk(&mut RdbWindows(&mut feed), 0, &mut |_| true);
        let rdb = self.read(names.path, read)?;
        let head = self.read(names.path, feed.window(0, HEADER))?;
        let version = part::strtol(&head[MAGIC..head.len().min(HEADER)]).0;
        let told = rdb::tell(names.file, &rdb, version, now());
        self.text.push_str(&told.text);
        self.say(told.end.unwrap_or("RDB preamble is OK, proceeding with AOF tail..."));
        match told.end {
            None => Ok(rdb.end),
            Some(_) => Err(Ended { trouble: None }),
        }
    }

    fn cannot_open(&mut self, shown: &str, error: &OpenError, end: &str) -> Result<(), Ended> {
        self.end(&format!("Cannot open file {shown}: {}{end}", reason(error)))
    }

    /// What was read, unless the storage failed.
    fn read<T>(&mut self, shown: &str, read: Result<T, ReadError>) -> Result<T, Ended> {
        read.map_err(|error| {
            self.say(&format!("Cannot read file: {shown}"));
            Ended { trouble: Some(format!("{shown}: {error}")) }
        })
    }

    fn say(&mut self, line: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{line}");
    }

    fn end(&mut self, line: &str) -> Result<(), Ended> {
        self.say(line);
        Err(Ended { trouble: None })
    }
}

/// In milliseconds since the Unix epoch; checkers compare it with the expiries that they read.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A manifest is told by the first line that does not begin with `#`; an RDB file by its magic.
fn kind_of(file: &FilePart) -> Result<Kind, ReadError> {
    let mut feed = file.feed();
    let head = feed.window(0, 8)?;
    let has_magic = head.starts_with(b"REDIS") || head.starts_with(b"VALKEY");
    if head.len() >= 8 && has_magic {
        return Ok(Kind::Rdb);
    }
    let mut at = 0;
    loop {
        let window = feed.window(at, LINE)?;
        let line = &window[..window.len().min(LINE)];
        if line.first() != Some(&b'#') {
            return Ok(if line.starts_with(b"file") { Kind::Manifest } else { Kind::Resp });
        }
        at += part::line_len(line) as u64;
    }
}

/// What the C library says of such an error.
fn reason(error: &OpenError) -> String {
    let source = match error {
        OpenError::Missing { .. } | OpenError::DanglingLink { .. } => "No such file or directory",
        OpenError::LinkLoop { .. } => "Too many levels of symbolic links",
        OpenError::NotAFolder { .. } => "Not a directory",
        OpenError::Folder { .. } => "Is a directory",
        OpenError::Denied { source, .. } | OpenError::Failed { source, .. } => {
            let said = source.to_string();
            return said.split(" (os error").next().unwrap_or_default().to_owned();
        }
        _ => "No such device or address",
    };
    source.to_owned()
}
