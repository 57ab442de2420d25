//! Who holds a file open for writing.

use std::ffi::OsString;

/// A process that holds a file open for writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its number.
    pub pid: u32,
    /// Its name as the system keeps it, at most 15 bytes of any value: escape it before a terminal sees it.
    pub name: OsString,
}

/// The answer to who holds a file open for writing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Holders {
    /// At least these processes, in the order of their numbers.
    Processes(Vec<Holder>),
    /// No process that this system shows. Another machine that mounts the same disk, or a container that
    /// does not share our process numbers, may hold it all the same.
    Nobody,
    /// None was found, but not every process could be looked at.
    Unknown {
        /// Why not.
        why: String,
    },
}

/// Finds the processes other than our own that hold the file with this device and inode open for writing.
///
/// Only Linux can be asked. Elsewhere, or where another user's process could not be looked at, the answer is
/// [`Holders::Unknown`] unless a holder was found.
///
/// ```
/// use aof_source::{Holders, holders};
///
/// match holders(0, 0) {
///     Holders::Processes(list) => println!("held by process {}", list[0].pid),
///     Holders::Nobody => println!("nobody writes to it"),
///     Holders::Unknown { why } => println!("cannot tell: {why}"),
///     _ => {}
/// }
/// ```
#[must_use]
pub fn holders(device: u64, inode: u64) -> Holders {
    search::holders(device, inode)
}

#[cfg(not(target_os = "linux"))]
mod search {
    //! Systems that cannot be asked.

    use super::Holders;

    pub(super) fn holders(_device: u64, _inode: u64) -> Holders {
        let why = "only Linux tells which processes hold a file open".to_owned();
        Holders::Unknown { why }
    }
}

#[cfg(target_os = "linux")]
mod search {
    //! `/proc/PID/fd/N` leads to each open file, `/proc/PID/fdinfo/N` tells how it was opened.

    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;
    use std::{fs, io};

    use super::{Holder, Holders};

    pub(super) fn holders(device: u64, inode: u64) -> Holders {
        let own = std::process::id();
        let mut pids = match process_numbers() {
            Ok(pids) => pids,
            Err(error) => return unknown(format!("/proc cannot be read: {error}")),
        };
        pids.sort_unstable();
        // Process 1 always exists.
        let hidden = !pids.contains(&1);
        let (mut found, mut closed) = (Vec::new(), 0);
        for pid in pids.into_iter().filter(|&pid| pid != own) {
            let process = Path::new("/proc").join(pid.to_string());
            match writes_to(&process, device, inode) {
                Ok(true) => found.push(Holder { pid, name: name(&process) }),
                Ok(false) => {}
                Err(_) => closed += 1,
            }
        }
        match (found.is_empty(), hidden, closed) {
            (false, _, _) => Holders::Processes(found),
            (true, true, _) => unknown("/proc hides the processes of other users".into()),
            (true, false, 0) => Holders::Nobody,
            (true, false, n) => unknown(format!("processes whose open files cannot be seen: {n}")),
        }
    }

    fn unknown(why: String) -> Holders {
        Holders::Unknown { why }
    }

    fn process_numbers() -> io::Result<Vec<u32>> {
        let mut pids = Vec::new();
        for entry in fs::read_dir("/proc")? {
            pids.extend(entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()));
        }
        Ok(pids)
    }

    /// Whether this process has the file open for writing. A process that ended meanwhile has not.
    fn writes_to(process: &Path, device: u64, inode: u64) -> io::Result<bool> {
        let open = match fs::read_dir(process.join("fd")) {
            Err(error) if is_gone(&error) => return Ok(false),
            open => open?,
        };
        for entry in open {
            let entry = match entry {
                Err(error) if is_gone(&error) => return Ok(false),
                entry => entry?,
            };
            match fs::metadata(entry.path()) {
                Ok(file) if file.ino() == inode && file.dev() == device => {
                    let info = process.join("fdinfo").join(entry.file_name());
                    if fs::read_to_string(info).is_ok_and(|info| is_writer(&info)) {
                        return Ok(true);
                    }
                }
                // Closed since it was listed, or on a file system that does not answer.
                _ => {}
            }
        }
        Ok(false)
    }

    fn is_gone(error: &io::Error) -> bool {
        const NO_SUCH_PROCESS: i32 = 3;
        error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(NO_SUCH_PROCESS)
    }

    /// Whether a descriptor's `flags:` line, in octal, has one of the two bits for writing.
    fn is_writer(info: &str) -> bool {
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
        let flags = flags.and_then(|flags| u64::from_str_radix(flags.trim(), 8).ok());
        flags.is_some_and(|flags| flags & 0b11 != 0)
    }

    fn name(process: &Path) -> OsString {
        let mut name = fs::read(process.join("comm")).unwrap_or_default();
        if name.last() == Some(&b'\n') {
            name.pop();
        }
        OsString::from_vec(name)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_two_writing_bits_are_told_from_all_others() {
            assert!(is_writer("pos:\t0\nflags:\t0102001\nmnt_id:\t9\n"));
            assert!(is_writer("flags:\t02\n"));
            assert!(!is_writer("pos:\t0\nflags:\t0100000\n"));
            assert!(!is_writer("pos:\t0\n"));
        }
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;
    use std::process::{Child, Command, Stdio};

    use super::*;

    /// Ends the process when the test does, passed or failed.
    struct Ended(Child);

    impl Drop for Ended {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    /// Runs a shell that opens the file, says so, and then waits for its input to end.
    fn shell(redirection: &str, path: &Path) -> Ended {
        use std::io::Read;
        let mut child = Command::new("sh")
            .args(["-c", &format!("exec 3{redirection}\"$1\"; echo; read line"), "sh"])
            .arg(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = [0];
        child.stdout.as_mut().unwrap().read_exact(&mut said).unwrap();
        Ended(child)
    }

    fn holders_of(path: &Path) -> Holders {
        let metadata = path.metadata().unwrap();
        holders(metadata.dev(), metadata.ino())
    }

    #[test]
    fn a_process_that_appends_is_found_by_number_and_name() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let child = shell(">>", file.path());
        let Holders::Processes(found) = holders_of(file.path()) else {
            panic!("nobody was found");
        };
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].pid, child.0.id());
        assert_eq!(found[0].name, "sh");
    }

    #[test]
    fn a_process_that_only_reads_is_none() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let _child = shell("<", file.path());
        assert!(!matches!(holders_of(file.path()), Holders::Processes(_)));
    }

    #[test]
    fn our_own_process_is_not_counted() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(!matches!(holders_of(file.path()), Holders::Processes(_)));
    }
}
