//! From a name to what it leads to, one step at a time, never out of the folder.
//!
//! The system follows no link here: each is read and walked by hand, from a folder that is held open. So a
//! folder or a file that is swapped for a link meanwhile leads nowhere else, on every system alike.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, openat, readlinkat, statat};

/// Links that are followed for one name; as many as Linux follows.
const MAX_LINKS: usize = 40;

/// What a name leads to.
#[derive(Debug)]
pub(super) struct Found {
    /// The folder that it lies in.
    pub(super) parent: Arc<OwnedFd>,
    /// Its name there, which is no link.
    pub(super) name: OsString,
    /// What the system says about it.
    pub(super) stat: Stat,
    /// Whether a link led to it.
    pub(super) is_link: bool,
}

/// Why a name leads to nothing that may be looked at.
#[derive(Debug)]
pub(super) enum Lost {
    /// A link leads out of the folder; what it says.
    Outside(PathBuf),
    /// A link leads to nothing; what it says.
    Nowhere(PathBuf),
    /// Links lead back to themselves, or too many of them follow each other.
    Loop,
    /// A link leads through something that is no folder.
    NotAFolder,
    /// What the system said.
    Io(io::Error),
}

/// The folder that nothing leads out of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Root<'a> {
    pub(super) handle: &'a Arc<OwnedFd>,
    /// Its path without links, so that a link that names it in full stays inside.
    pub(super) real: Option<&'a Path>,
}

impl Root<'_> {
    /// Finds what `name`, which has no `/`, leads to.
    pub(super) fn find(self, name: &OsStr) -> Result<Found, Lost> {
        let mut way = Way {
            root: self,
            above: Vec::new(),
            here: Arc::clone(self.handle),
            todo: vec![name.to_owned()],
            links: 0,
            first_link: None,
        };
        way.walk().map_err(|lost| match (lost, way.first_link) {
            (Lost::Io(error), Some(link)) if error.kind() == io::ErrorKind::NotFound => {
                Lost::Nowhere(link)
            }
            (lost, _) => lost,
        })
    }
}

/// Where a walk stands.
struct Way<'a> {
    root: Root<'a>,
    /// The folders between the root and here, the root first.
    above: Vec<Arc<OwnedFd>>,
    here: Arc<OwnedFd>,
    /// The steps to take, the next one last.
    todo: Vec<OsString>,
    links: usize,
    /// What the link says that the walk began with.
    first_link: Option<PathBuf>,
}

impl Way<'_> {
    fn walk(&mut self) -> Result<Found, Lost> {
        loop {
            // A link such as `a/..` ends in the folder that the walk stands in.
            let step = self.todo.pop().unwrap_or_else(|| ".".into());
            if step == ".." {
                self.here = self.above.pop().ok_or_else(|| self.outside())?;
                continue;
            }
            if step == "." && !self.todo.is_empty() {
                continue;
            }
            let stat = statat(&self.here, &*step, AtFlags::SYMLINK_NOFOLLOW).map_err(io_error)?;
            match FileType::from_raw_mode(stat.st_mode) {
                FileType::Symlink => self.follow(&step)?,
                FileType::Directory if !self.todo.is_empty() => self.enter(&step)?,
                _ if !self.todo.is_empty() => return Err(Lost::NotAFolder),
                _ => {
                    let parent = Arc::clone(&self.here);
                    return Ok(Found { parent, name: step, stat, is_link: self.links > 0 });
                }
            }
        }
    }

    fn enter(&mut self, step: &OsStr) -> Result<(), Lost> {
        let folder = open_folder(&self.here, step).map_err(Lost::Io)?;
        let above = std::mem::replace(&mut self.here, Arc::new(folder));
        self.above.push(above);
        Ok(())
    }

    fn follow(&mut self, step: &OsStr) -> Result<(), Lost> {
        let target = readlinkat(&self.here, step, Vec::new()).map_err(io_error)?;
        let target = PathBuf::from(OsString::from_vec(target.into_bytes()));
        self.links += 1;
        if self.links > MAX_LINKS {
            return Err(Lost::Loop);
        }
        if self.first_link.is_none() {
            self.first_link = Some(target.clone());
        }
        let inside = if target.is_absolute() {
            let inside = self.root.real.and_then(|real| target.strip_prefix(real).ok());
            let inside = inside.ok_or_else(|| self.outside())?;
            self.above.clear();
            self.here = Arc::clone(self.root.handle);
            inside
        } else {
            &target
        };
        // `log/` and `log/.` lead to a folder or to nothing, and components do not show it.
        if [&b"/"[..], b"/."].iter().any(|end| target.as_os_str().as_bytes().ends_with(end)) {
            self.todo.push(".".into());
        }
        for component in inside.components().rev() {
            match component {
                Component::Normal(name) => self.todo.push(name.to_owned()),
                Component::ParentDir => self.todo.push("..".into()),
                _ => {}
            }
        }
        Ok(())
    }

    fn outside(&self) -> Lost {
        Lost::Outside(self.first_link.clone().unwrap_or_default())
    }
}

/// Opens a folder by a name that is no link.
pub(super) fn open_folder(parent: &OwnedFd, name: &OsStr) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(openat(parent, name, flags, Mode::empty())?)
}

/// Opens a file by a name that is no link. It waits for nobody if the name has become that of a FIFO.
pub(super) fn open_file(parent: &OwnedFd, name: &OsStr) -> io::Result<OwnedFd> {
    let flags =
        OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(openat(parent, name, flags, Mode::empty())?)
}

fn io_error(errno: rustix::io::Errno) -> Lost {
    Lost::Io(errno.into())
}
