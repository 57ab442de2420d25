//! What a server's own tools say about a file.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::kind::ServerKind;

/// The checkers that live in a server's binary, under another name.
#[derive(Debug)]
pub struct Checker {
    tools: TempDir,
}

/// What a checker said, and the copy it worked on.
#[derive(Debug)]
pub struct Checked {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Everything it printed.
    pub text: String,
    /// The copy, as the checker left it.
    pub copy: PathBuf,
    _folder: TempDir,
}

impl Checker {
    /// The checkers of this kind, or `None` when the server was not brought.
    ///
    /// # Errors
    /// The links could not be made.
    pub fn of(kind: ServerKind) -> io::Result<Option<Self>> {
        let Some(binary) = kind.find() else {
            return Ok(None);
        };
        let binary = fs::canonicalize(binary)?;
        let tools = tempfile::tempdir()?;
        for name in ["redis-check-aof", "redis-check-rdb"] {
            symlink(&binary, tools.path().join(name))?;
        }
        Ok(Some(Self { tools }))
    }

    /// check-aof on a copy of `file`, an AOF or a manifest (then its whole folder is copied).
    ///
    /// # Errors
    /// The copy could not be made or the checker not be run.
    pub fn aof(&self, file: &Path) -> io::Result<Checked> {
        self.run("redis-check-aof", &[], file)
    }

    /// check-aof `--fix` on a copy of `file`, with `y` for every question.
    ///
    /// # Errors
    /// As [`aof`](Self::aof).
    pub fn fix_aof(&self, file: &Path) -> io::Result<Checked> {
        self.run("redis-check-aof", &["--fix"], file)
    }

    /// check-rdb on a copy of `file`.
    ///
    /// # Errors
    /// As [`aof`](Self::aof).
    pub fn rdb(&self, file: &Path) -> io::Result<Checked> {
        self.run("redis-check-rdb", &[], file)
    }

    fn run(&self, tool: &str, options: &[&str], file: &Path) -> io::Result<Checked> {
        let folder = tempfile::tempdir()?;
        let copy = copy_into(folder.path(), file)?;
        let mut child = Command::new(self.tools.path().join(tool))
            .args(options)
            .arg(&copy)
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut answers) = child.stdin.take() {
            // A checker that asks nothing may be gone before it reads.
            let _ = answers.write_all(b"y\ny\n");
        }
        let output = child.wait_with_output()?;
        let text = [output.stdout, output.stderr].concat();
        Ok(Checked {
            code: output.status.code(),
            text: String::from_utf8_lossy(&text).into_owned(),
            copy,
            _folder: folder,
        })
    }
}

/// Copies a file, or for a manifest everything beside it, because its parts lie there.
fn copy_into(folder: &Path, file: &Path) -> io::Result<PathBuf> {
    let name = file.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let copy = folder.join(name);
    fs::copy(file, &copy)?;
    if file.extension().is_some_and(|extension| extension == "manifest") {
        for entry in fs::read_dir(file.parent().ok_or(io::ErrorKind::InvalidInput)?)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                fs::copy(entry.path(), folder.join(entry.file_name()))?;
            }
        }
    }
    Ok(copy)
}
