//! Files that change under a map, and signals that are not ours.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
use std::thread;
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

use libc::c_int;

use super::*;

const PAGE: usize = 4096;

/// A file of so many bytes, none of them 0, mapped.
fn mapped(len: usize) -> (NamedTempFile, Map) {
    guard_maps().unwrap();
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(&vec![b'x'; len]).unwrap();
    let map = Map::of(&FilePart::open(file.path()).unwrap()).unwrap();
    (file, map)
}

fn cut(file: &NamedTempFile, len: usize) {
    OpenOptions::new().write(true).open(file.path()).unwrap().set_len(len as u64).unwrap();
}

#[test]
fn a_map_shows_the_bytes_of_the_file_to_several_threads() {
    let (_file, map) = mapped(3 * PAGE + 5);
    for advice in [Advice::Sequential, Advice::Random, Advice::WillNeed] {
        map.advise(advice);
    }
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| assert_eq!(map.as_ref(), &[b'x'; 3 * PAGE + 5]));
        }
    });
    map.intact().unwrap();
}

#[test]
fn a_file_that_is_cut_under_a_map_reads_as_zeros_and_is_not_intact() {
    let (file, map) = mapped(8 * PAGE + 100);
    cut(&file, 2 * PAGE);
    assert!(map.as_ref()[..2 * PAGE].iter().all(|&byte| byte == b'x'));
    assert!(matches!(map.intact(), Err(Changed::Length { bytes: 8192, expected: 32868 })));
    assert_eq!(map.as_ref()[5 * PAGE], 0);
    assert!(matches!(map.intact(), Err(Changed::Torn { offset: 20480 })));
    assert_eq!(map.as_ref()[2 * PAGE..], [0; 6 * PAGE + 100]);
    assert!(matches!(map.intact(), Err(Changed::Torn { offset: 8192 })));
}

#[test]
fn pages_that_are_missing_by_the_thousand_are_survived_by_all_threads_at_once() {
    const PAGES: usize = 20_000;
    let (file, map) = mapped(PAGES * PAGE);
    cut(&file, 0);
    thread::scope(|scope| {
        for share in 0..4 {
            // From different ends, and not in a row: every other page first.
            let pages = (0..PAGES).map(move |page| (page * 2 + share * 5_000) % PAGES);
            let map = &map;
            scope.spawn(move || pages.for_each(|page| assert_eq!(map.as_ref()[page * PAGE], 0)));
        }
    });
    assert!(matches!(map.intact(), Err(Changed::Torn { .. })));
}

#[test]
fn the_map_beside_a_torn_one_stays_as_it_is() {
    let ((cut_file, torn), (_file, whole)) = (mapped(PAGE), mapped(PAGE));
    cut(&cut_file, 0);
    assert_eq!((torn.as_ref()[0], whole.as_ref()[0]), (0, b'x'));
    assert!(torn.intact().is_err() && whole.intact().is_ok());
    drop(torn);
    let (_file, after) = mapped(PAGE);
    after.intact().unwrap();
}

#[test]
fn what_a_system_call_cannot_read_is_its_error_and_the_map_is_not_intact() {
    let (file, map) = mapped(4 * PAGE);
    cut(&file, PAGE);
    let written = tempfile::tempfile().unwrap().write_all(map.as_ref());
    assert_eq!(written.unwrap_err().raw_os_error(), Some(libc::EFAULT));
    assert!(map.intact().is_err());
}

#[test]
fn a_file_that_was_written_to_or_appended_to_is_not_intact() {
    let (file, map) = mapped(PAGE);
    let mut writer = OpenOptions::new().write(true).open(file.path()).unwrap();
    // The clock of files does not tick often.
    writer.set_modified(SystemTime::now() - Duration::from_secs(60)).unwrap();
    let map = Map::of(&map.part).unwrap();
    map.intact().unwrap();
    writer.write_all(b"y").unwrap();
    assert!(matches!(map.intact(), Err(Changed::Written)));

    let map = Map::of(&map.part).unwrap();
    writer.seek(SeekFrom::End(0)).unwrap();
    writer.write_all(b"more").unwrap();
    assert_eq!(map.as_ref().len(), PAGE);
    assert!(matches!(map.intact(), Err(Changed::Length { bytes: 4100, expected: 4096 })));
    // A map of the same part has the length that was fixed when the part was opened.
    let again = Map::of(&map.part).unwrap();
    again.intact().unwrap();
    assert_eq!(again.as_ref().len(), PAGE);
}

#[test]
fn a_file_that_was_put_in_the_place_of_another_does_not_change_its_map() {
    let (file, map) = mapped(PAGE);
    let other = file.path().with_extension("other");
    fs::write(&other, b"shorter").unwrap();
    fs::rename(&other, file.path()).unwrap();
    assert_eq!(map.as_ref(), [b'x'; PAGE]);
    map.intact().unwrap();
}

#[test]
fn what_is_empty_shorter_than_it_was_or_no_file_is_not_mapped() {
    guard_maps().unwrap();
    let file = NamedTempFile::new().unwrap();
    let part = FilePart::open(file.path()).unwrap();
    assert!(matches!(Map::of(&part), Err(Unmapped::Empty)));

    let (file, map) = mapped(PAGE);
    cut(&file, 1);
    assert!(matches!(Map::of(&map.part), Err(Unmapped::Shorter)));

    let (reader, _writer) = io::pipe().unwrap();
    let pipe = FilePart::new(File::from(std::os::fd::OwnedFd::from(reader))).unwrap();
    assert!(matches!(Map::of(&pipe), Err(Unmapped::NotAFile)));
}

/// What the test below does where it runs again.
const DEED: &str = "AOF_SOURCE_DEED";

/// What the handler that stood there before us ends the process with.
const HANDED_ON: i32 = 42;

#[test]
fn a_fault_outside_of_maps_and_a_signal_that_was_sent_go_where_they_went_before() {
    const TEST: &str =
        "map::tests::a_fault_outside_of_maps_and_a_signal_that_was_sent_go_where_they_went_before";
    if let Ok(deed) = std::env::var(DEED) {
        return commit(&deed);
    }
    for (deed, signal, code) in [
        ("fault", Some(libc::SIGBUS), None),
        ("fault by default", Some(libc::SIGBUS), None),
        ("sent by default", Some(libc::SIGBUS), None),
        ("fault handled", None, Some(HANDED_ON)),
        ("sent ignored", None, Some(0)),
        ("unguarded", None, Some(0)),
    ] {
        let mut again = Command::new(std::env::current_exe().unwrap());
        let output = again.args(["--exact", TEST]).env(DEED, deed).output().unwrap();
        let status = output.status;
        assert_eq!((status.signal(), status.code()), (signal, code), "{deed}: {output:?}");
    }
}

/// In a process of its own, where nobody has called [`guard_maps`].
fn commit(deed: &str) {
    let file = NamedTempFile::new().unwrap();
    file.as_file().set_len(PAGE as u64).unwrap();
    let part = FilePart::open(file.path()).unwrap();
    if deed == "unguarded" {
        assert!(matches!(Map::of(&part), Err(Unmapped::Unguarded)));
        return;
    }
    match deed.split_once(' ') {
        Some((_, "by default")) => dispose(libc::SIG_DFL),
        Some((_, "ignored")) => dispose(libc::SIG_IGN),
        Some(_) => {
            let handler: extern "C" fn(c_int) = hand_on;
            dispose(handler as usize);
        }
        None => {}
    }
    guard_maps().unwrap();
    let _map = Map::of(&part).unwrap();
    if deed.starts_with("sent") {
        // SAFETY: the signal goes to this very thread.
        unsafe { libc::raise(libc::SIGBUS) };
        return;
    }
    // SAFETY: nobody but this function looks at it.
    let stranger = unsafe { Mmap::map(file.as_file()).unwrap() };
    cut(&file, 0);
    assert_eq!(stranger[0], 0);
}

extern "C" fn hand_on(_signal: c_int) {
    // SAFETY: ends the process, as a handler may.
    unsafe { libc::_exit(HANDED_ON) }
}

fn dispose(action: usize) {
    // SAFETY: all zeros but for the action is a value of this plain struct, and the handler has the right shape.
    unsafe {
        let mut new: libc::sigaction = std::mem::zeroed();
        new.sa_sigaction = action;
        libc::sigaction(libc::SIGBUS, &raw const new, std::ptr::null_mut());
    }
}
