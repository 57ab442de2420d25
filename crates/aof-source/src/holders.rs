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
    holders_of(&[(device, inode)]).pop().expect("one answer for one file")
}

/// The answer of [`holders`] for each of these files, given as device and inode, in their order. The processes of
/// the system are gone through once, however many files there are.
#[must_use]
pub fn holders_of(files: &[(u64, u64)]) -> Vec<Holders> {
    search::holders_of(files)
}

#[cfg(not(target_os = "linux"))]
mod search {
    //! Systems that cannot be asked.

    use super::Holders;

    pub(super) fn holders_of(files: &[(u64, u64)]) -> Vec<Holders> {
        let why = "only Linux tells which processes hold a file open";
        files.iter().map(|_| Holders::Unknown { why: why.to_owned() }).collect()
    }
}

#[cfg(target_os = "linux")]
mod search {
    //! `/proc/PID/fd/N` leads to each open file, `/proc/PID/fdinfo/N` tells how it was opened.

    use std::collections::{BTreeMap, BTreeSet};
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;
    use std::{fs, io};

    use super::{Holder, Holders};

    /// Device and inode.
    type File = (u64, u64);

    pub(super) fn holders_of(files: &[File]) -> Vec<Holders> {
        let mut pids = match process_numbers() {
            Ok(pids) => pids,
            Err(error) => {
                let why = || format!("/proc cannot be read: {error}");
                return files.iter().map(|_| unknown(why())).collect();
            }
        };
        pids.sort_unstable();
        // Process 1 always exists.
        let hidden = !pids.contains(&1);
        let own = std::process::id();
        let mut found: BTreeMap<File, Vec<Holder>> =
            files.iter().map(|file| (*file, Vec::new())).collect();
        let mut closed = 0;
        for pid in pids.into_iter().filter(|&pid| pid != own) {
            let process = Path::new("/proc").join(pid.to_string());
            let mut written = BTreeSet::new();
            if written_by(&process, |file| found.contains_key(file), &mut written).is_err() {
                closed += 1;
            }
            for file in written {
                let holder = Holder { pid, name: name(&process) };
                found.entry(file).or_default().push(holder);
            }
        }
        let answer = |file| match (found.get(file), hidden, closed) {
            (Some(holders), _, _) if !holders.is_empty() => Holders::Processes(holders.clone()),
            (_, true, _) => unknown("/proc hides the processes of other users".into()),
            (_, false, 0) => Holders::Nobody,
            (_, false, n) => unknown(format!("processes whose open files cannot be seen: {n}")),
        };
        files.iter().map(answer).collect()
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

    /// Collects which of the wanted files this process has open for writing. A process that ended meanwhile has
    /// none.
    fn written_by(
        process: &Path,
        is_wanted: impl Fn(&File) -> bool,
        written: &mut BTreeSet<File>,
    ) -> io::Result<()> {
        let open = match fs::read_dir(process.join("fd")) {
            Err(error) if is_gone(&error) => return Ok(()),
            open => open?,
        };
        for entry in open {
            let entry = match entry {
                Err(error) if is_gone(&error) => return Ok(()),
                entry => entry?,
            };
            // It may be closed since it was listed, or on a file system that does not answer.
            let Ok(metadata) = fs::metadata(entry.path()) else {
                continue;
            };
            let file = (metadata.dev(), metadata.ino());
            if is_wanted(&file) && !written.contains(&file) {
                let info = process.join("fdinfo").join(entry.file_name());
                if fs::read_to_string(info).is_ok_and(|info| is_writer(&info)) {
                    written.insert(file);
                }
            }
        }
        Ok(())
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

    fn number(path: &Path) -> (u64, u64) {
        let metadata = path.metadata().unwrap();
        (metadata.dev(), metadata.ino())
    }

    fn holders_at(path: &Path) -> Holders {
        let (device, inode) = number(path);
        holders(device, inode)
    }

    #[test]
    fn a_process_that_appends_is_found_by_number_and_name() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let child = shell(">>", file.path());
        let Holders::Processes(found) = holders_at(file.path()) else {
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
        assert!(!matches!(holders_at(file.path()), Holders::Processes(_)));
    }

    #[test]
    fn our_own_process_is_not_counted() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(!matches!(holders_at(file.path()), Holders::Processes(_)));
    }

    #[test]
    fn many_files_are_answered_for_in_their_order_and_repeated_ones_alike() {
        let files: Vec<_> = (0..3).map(|_| tempfile::NamedTempFile::new().unwrap()).collect();
        let (first, last) = (shell(">>", files[0].path()), shell("<>", files[2].path()));
        let numbers: Vec<_> = [0, 1, 2, 0].iter().map(|&n| number(files[n].path())).collect();
        let answers = holders_of(&numbers);
        let pids: Vec<Vec<u32>> = answers
            .iter()
            .map(|answer| match answer {
                Holders::Processes(found) => found.iter().map(|holder| holder.pid).collect(),
                _ => Vec::new(),
            })
            .collect();
        let (first, last) = (first.0.id(), last.0.id());
        assert_eq!(pids, [vec![first], vec![], vec![last], vec![first]]);
    }

    #[test]
    fn no_files_have_no_answers() {
        assert_eq!(holders_of(&[]), []);
    }
}
