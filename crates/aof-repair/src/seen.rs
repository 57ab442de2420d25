//! What a file was when somebody looked, and whether it still is.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::RepairError;
use crate::name::Name;
use crate::plan::{Action, Plan};

/// Bytes before a cut that must be what they were.
const BEFORE: u64 = 64 << 10;

/// Bytes that are read at a time.
const PIECE: usize = 256 << 10;

/// What a file was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Its name.
    pub file: Name,
    /// The device it lives on.
    pub device: u64,
    /// Its number on that device.
    pub inode: u64,
    /// Its length in bytes.
    pub size: u64,
    /// When it was last written, in nanoseconds since the Unix epoch.
    pub modified_ns: i64,
    /// Bytes that must still be the same: those that are cut or left out, and some before each.
    pub spans: Vec<Span>,
}

/// Some bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first byte.
    pub start: u64,
    /// The byte behind the last.
    pub end: u64,
    /// Of the bytes.
    pub sha256: String,
}

/// When a file was last written, in nanoseconds since the Unix epoch.
pub(crate) fn modified_ns(metadata: &Metadata) -> i64 {
    metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec())
}

impl Seen {
    /// Looks at a file, without its bytes.
    pub(crate) fn now(root: &Path, file: &Name) -> Result<Self, RepairError> {
        let path = path_of(root, file)?;
        let metadata = path.symlink_metadata().map_err(RepairError::io("look at", &path))?;
        if !metadata.is_file() {
            return Err(RepairError::NoFile { path });
        }
        Ok(Self {
            file: file.clone(),
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.len(),
            modified_ns: modified_ns(&metadata),
            spans: Vec::new(),
        })
    }

    /// The same, with all of its bytes.
    pub(crate) fn whole(root: &Path, file: &Name) -> Result<Self, RepairError> {
        let mut seen = Self::now(root, file)?;
        seen.add_span(root, 0, seen.size)?;
        Ok(seen)
    }

    /// Adds bytes that are left out, and some before them.
    pub(crate) fn add_left_out(&mut self, root: &Path, out: Span) -> Result<(), RepairError> {
        let before = out.start.saturating_sub(BEFORE);
        if before < out.start {
            self.add_span(root, before, out.start)?;
        }
        self.spans.push(out);
        Ok(())
    }

    fn add_span(&mut self, root: &Path, start: u64, end: u64) -> Result<(), RepairError> {
        let path = path_of(root, &self.file)?;
        let sha256 = File::open(&path).and_then(|file| sha256_of(&file, start, end));
        let sha256 = sha256.map_err(RepairError::io("read", &path))?;
        self.spans.push(Span { start, end, sha256 });
        Ok(())
    }

    /// What is different now: `None` if nothing is.
    pub(crate) fn difference(&self, root: &Path) -> Result<Option<String>, RepairError> {
        let path = path_of(root, &self.file)?;
        let metadata = match path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Some("it is gone".to_owned()));
            }
            metadata => metadata.map_err(RepairError::io("look at", &path))?,
        };
        let now = (metadata.dev(), metadata.ino());
        if now != (self.device, self.inode) {
            return Ok(Some("another file has its name".to_owned()));
        }
        if metadata.len() != self.size {
            let was = self.size;
            return Ok(Some(format!("it has {} bytes, and had {was}", metadata.len())));
        }
        if modified_ns(&metadata) != self.modified_ns {
            return Ok(Some("it was written meanwhile".to_owned()));
        }
        let file = File::open(&path).map_err(RepairError::io("open", &path))?;
        for span in &self.spans {
            let sha256 = sha256_of(&file, span.start, span.end);
            if sha256.map_err(RepairError::io("read", &path))? != span.sha256 {
                let Span { start, end, .. } = span;
                return Ok(Some(format!("its bytes from {start} to {end} are different")));
            }
        }
        Ok(None)
    }

    /// An error if anything is different now.
    pub(crate) fn must_hold(&self, root: &Path) -> Result<(), RepairError> {
        match self.difference(root)? {
            None => Ok(()),
            Some(what) => Err(RepairError::Changed { file: self.file.clone(), what }),
        }
    }
}

/// Whether every file that a plan has cut is as long as it was to be, and ends with the bytes that stood before the cut.
pub fn ends_as_before(root: &Path, plan: &Plan) -> bool {
    plan.actions.iter().all(|action| match action {
        Action::Cut { file, to, .. } => {
            let seen = plan.inputs.iter().find(|seen| seen.file == *file);
            let mut spans = seen.iter().flat_map(|seen| &seen.spans);
            let before = spans.find(|span| span.end == *to);
            before.is_some_and(|span| ends_with(root, file, span).unwrap_or(false))
        }
        _ => true,
    })
}

fn ends_with(root: &Path, name: &Name, span: &Span) -> io::Result<bool> {
    let Some(path) = name.below(root) else { return Ok(false) };
    let file = File::open(path)?;
    Ok(file.metadata()?.len() == span.end && sha256_of(&file, span.start, span.end)? == span.sha256)
}

/// The path of a name below a root.
pub(crate) fn path_of(root: &Path, file: &Name) -> Result<std::path::PathBuf, RepairError> {
    file.below(root).ok_or_else(|| RepairError::BadPlan(format!("{file} leads out of its folder")))
}

/// The SHA-256 of bytes of a file.
pub(crate) fn sha256_of(file: &File, start: u64, end: u64) -> io::Result<String> {
    let mut hash = Sha256::new();
    each_piece(file, start, end, |piece| {
        hash.update(piece);
        Ok(())
    })?;
    Ok(hex(&hash.finalize()))
}

/// Shows the bytes of a file in pieces.
pub(crate) fn each_piece(
    file: &File,
    start: u64,
    end: u64,
    mut take: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut buffer = vec![0; PIECE];
    let mut at = start;
    while at < end {
        let want = usize::try_from(end - at).unwrap_or(PIECE).min(PIECE);
        let got = match file.read_at(&mut buffer[..want], at) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            got => got?,
        };
        take(&buffer[..got])?;
        at += got as u64;
    }
    Ok(())
}

/// Bytes in lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
