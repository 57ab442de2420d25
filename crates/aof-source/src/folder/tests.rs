//! Tests of folders: what is listed, and what is opened.

use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::process::Command;

use super::*;
use crate::{Access, Part};

mod leaving;

const INSIDE: &[u8] = b"inside";

/// A folder `set` with a file outside of it, `secret`.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("set")).unwrap();
        fs::write(place.path().join("secret"), b"outside").unwrap();
        Self(place)
    }

    fn inner(&self, name: &str) -> PathBuf {
        self.0.path().join("set").join(name)
    }

    fn link(&self, target: impl AsRef<Path>, name: &str) {
        symlink(target, self.inner(name)).unwrap();
    }

    fn folder(&self) -> Folder {
        Folder::open(self.0.path().join("set")).unwrap()
    }
}

fn content(mut input: Input) -> Vec<u8> {
    input.first().unwrap().to_vec()
}

fn mkfifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn listed(folder: &Folder) -> Vec<(String, EntryKind)> {
    let entries = folder.entries().unwrap().entries;
    entries.iter().map(|entry| (entry.name.to_string_lossy().into(), entry.kind)).collect()
}

#[test]
fn everything_is_listed_in_order_as_what_it_is() {
    let place = Place::new();
    fs::write(place.inner("b.aof"), INSIDE).unwrap();
    fs::create_dir(place.inner("a")).unwrap();
    mkfifo(&place.inner("c.fifo"));
    let _socket = UnixListener::bind(place.inner("d.socket")).unwrap();
    place.link("b.aof", "e.inside");
    place.link("../secret", "f.out");
    place.link("/etc/passwd", "g.passwd");
    place.link("nothing", "h.dangling");
    place.link("i.loop", "i.loop");
    place.link("b.aof/x", "j.through-a-file");
    place.link(".", "k.itself");
    let expected = [
        ("a", EntryKind::Folder),
        ("b.aof", EntryKind::File),
        ("c.fifo", EntryKind::Other),
        ("d.socket", EntryKind::Other),
        ("e.inside", EntryKind::File),
        ("f.out", EntryKind::LinkOut),
        ("g.passwd", EntryKind::LinkOut),
        ("h.dangling", EntryKind::LinkNowhere),
        ("i.loop", EntryKind::LinkNowhere),
        ("j.through-a-file", EntryKind::LinkNowhere),
        ("k.itself", EntryKind::Folder),
    ];
    assert_eq!(listed(&place.folder()), expected.map(|(name, kind)| (name.to_owned(), kind)));
}

#[test]
fn an_entry_says_what_an_opened_input_says() {
    let place = Place::new();
    fs::write(place.inner("log"), INSIDE).unwrap();
    place.link("log", "twin");
    let folder = place.folder();
    let listing = folder.entries().unwrap();
    let [log, twin] = &listing.entries[..] else { panic!("{listing:?}") };
    let by_path = Input::open(place.inner("log")).unwrap().meta();
    let by_name = folder.open_file("log").unwrap();
    assert_eq!(by_name.meta(), by_path);
    assert_eq!(by_name.path(), Some(&*place.inner("log")));
    for entry in [log, twin] {
        assert_eq!(Some(entry.bytes), by_path.bytes);
        assert_eq!(entry.modified, by_path.modified);
        assert_eq!((entry.device, entry.inode), (by_path.device, by_path.inode));
        assert!(entry.readable);
    }
    assert!(twin.is_link && !log.is_link);
    assert_eq!(content(by_name), INSIDE);
}

#[test]
fn a_listing_that_is_capped_keeps_the_first_names_and_tells() {
    let place = Place::new();
    for n in 0..20 {
        fs::write(place.inner(&format!("{n:02}")), b"").unwrap();
    }
    let listing = place.folder().list(3).unwrap();
    let names: Vec<_> = listing.entries.iter().map(|entry| entry.name.clone()).collect();
    assert_eq!(names, ["00", "01", "02"]);
    assert_eq!(listing.total, 20);
    assert!(listing.is_capped());
    assert!(!place.folder().list(20).unwrap().is_capped());
}

#[test]
fn a_name_of_any_bytes_is_listed_and_opened() {
    let place = Place::new();
    let name = OsStr::from_bytes(b"\xff\n\x1b[2J.aof");
    fs::write(place.0.path().join("set").join(name), INSIDE).unwrap();
    let folder = place.folder();
    assert_eq!(folder.entries().unwrap().entries[0].name, name);
    assert_eq!(content(folder.open_file(name).unwrap()), INSIDE);
}

#[test]
fn each_thing_that_is_no_file_has_its_own_error() {
    let place = Place::new();
    mkfifo(&place.inner("fifo"));
    let _socket = UnixListener::bind(place.inner("socket")).unwrap();
    fs::create_dir(place.inner("folder")).unwrap();
    fs::write(place.inner("file"), b"").unwrap();
    place.link("loop", "loop");
    place.link("nowhere", "dangling");
    place.link("../secret", "out");
    let folder = place.folder();
    let open = |name: &str| folder.open_file(name).unwrap_err();
    assert!(matches!(open("fifo"), OpenError::Special { what: "FIFO", .. }));
    assert!(matches!(open("socket"), OpenError::Socket { .. }));
    assert!(matches!(open("folder"), OpenError::Folder { .. }));
    assert!(matches!(open("none"), OpenError::Missing { .. }));
    assert!(matches!(open("loop"), OpenError::LinkLoop { .. }));
    assert!(matches!(open("dangling"), OpenError::DanglingLink { .. }));
    let OpenError::Outside { target, .. } = open("out") else { panic!("{}", open("out")) };
    assert_eq!(target, Path::new("../secret"));
    assert!(matches!(folder.subfolder("file").unwrap_err(), OpenError::File { .. }));
    assert!(matches!(Folder::open(place.inner("file")).unwrap_err(), OpenError::File { .. }));
    assert!(matches!(Folder::open(place.inner("no")).unwrap_err(), OpenError::Missing { .. }));
    let below = place.inner("file/x");
    assert!(matches!(Folder::open(below).unwrap_err(), OpenError::NotAFolder { .. }));
    #[cfg(target_os = "linux")]
    {
        let devices = Folder::open("/dev").unwrap();
        let zero = devices.open_file("zero").unwrap_err();
        assert!(matches!(zero, OpenError::CharacterDevice { .. }));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_opened_cannot_be_written_to() {
    let place = Place::new();
    fs::write(place.inner("log"), INSIDE).unwrap();
    let mut input = place.folder().open_file("log").unwrap();
    let Access::Random(part) = input.access().unwrap() else { panic!("it is a file") };
    assert_eq!(part.len(), 6);
    let number = part.file().as_raw_fd();
    let info = fs::read_to_string(format!("/proc/self/fdinfo/{number}")).unwrap();
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).unwrap().trim();
    let flags = u32::from_str_radix(flags, 8).unwrap();
    assert_eq!(flags & 0b11, 0, "read-only: {info}");
}

/// Runs the test of this name again as nobody, since nothing is forbidden to the superuser.
fn again_as_nobody(test: &str) -> bool {
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65_534;
    if !rustix::process::geteuid().is_root() {
        return false;
    }
    // A copy, since nobody may not look into everybody's folder of targets.
    let room = tempfile::tempdir().unwrap();
    fs::set_permissions(room.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = room.path().join("tests");
    // Copied by another process: one that is forked off here meanwhile would hold it open, and it cannot be run then.
    let mut copy = Command::new("cp");
    copy.arg(std::env::current_exe().unwrap()).arg(&program);
    assert!(copy.status().unwrap().success());
    let mut again = Command::new(&program);
    again.args(["--exact", test]).uid(NOBODY).gid(NOBODY).env("TMPDIR", "/tmp");
    let output = again.current_dir("/").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    true
}

#[test]
fn a_file_that_may_not_be_read_is_listed_and_its_error_says_what_to_do() {
    if again_as_nobody(
        "folder::tests::a_file_that_may_not_be_read_is_listed_and_its_error_says_what_to_do",
    ) {
        return;
    }
    let place = Place::new();
    fs::write(place.inner("closed"), INSIDE).unwrap();
    fs::create_dir(place.inner("dark")).unwrap();
    for name in ["closed", "dark"] {
        fs::set_permissions(place.inner(name), fs::Permissions::from_mode(0o0)).unwrap();
    }
    let folder = place.folder();
    let entries = folder.entries().unwrap().entries;
    assert_eq!((entries[0].kind, entries[0].bytes), (EntryKind::File, 6));
    assert_eq!(entries[1].kind, EntryKind::Folder);
    assert!(!entries[0].readable && !entries[1].readable);
    let denied = folder.open_file("closed").unwrap_err();
    assert!(matches!(denied, OpenError::Denied { .. }), "{denied}");
    for word in ["closed", "permission", "chown", "SELinux"] {
        assert!(denied.to_string().contains(word), "{denied}");
    }
    assert!(matches!(folder.subfolder("dark").unwrap_err(), OpenError::Denied { .. }));
    assert!(matches!(Folder::open(place.inner("dark")).unwrap_err(), OpenError::Denied { .. }));
    // So that the place can be cleaned up.
    fs::set_permissions(place.inner("dark"), fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_folder_and_a_file_that_nobody_may_write_to_are_read() {
    if again_as_nobody("folder::tests::a_folder_and_a_file_that_nobody_may_write_to_are_read") {
        return;
    }
    let place = Place::new();
    fs::write(place.inner("log"), INSIDE).unwrap();
    fs::set_permissions(place.inner("log"), fs::Permissions::from_mode(0o444)).unwrap();
    let set = place.0.path().join("set");
    fs::set_permissions(&set, fs::Permissions::from_mode(0o555)).unwrap();
    assert!(fs::write(place.inner("new"), b"").is_err(), "the folder takes no new file");
    let folder = place.folder();
    assert!(folder.entries().unwrap().entries[0].readable);
    assert_eq!(content(folder.open_file("log").unwrap()), INSIDE);
    fs::set_permissions(&set, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Names the mounted folder for the test below, when it runs again where one is mounted.
#[cfg(target_os = "linux")]
const MOUNTED: &str = "AOF_SOURCE_READ_ONLY";

/// Only the superuser can mount; for everybody else the test above has to do.
#[cfg(target_os = "linux")]
#[test]
fn a_medium_that_is_mounted_read_only_is_read() {
    const MOUNT: &str = "mount -t tmpfs none \"$1\" && printf inside > \"$1\"/log && \
                         mount -o remount,ro \"$1\" && exec \"$2\" --exact \"$3\"";
    const TEST: &str = "folder::tests::a_medium_that_is_mounted_read_only_is_read";
    if let Some(mounted) = std::env::var_os(MOUNTED) {
        let mounted = Path::new(&mounted);
        let error = fs::write(mounted.join("new"), b"").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ReadOnlyFilesystem);
        let folder = Folder::open(mounted).unwrap();
        assert!(folder.entries().unwrap().entries[0].readable);
        assert_eq!(content(folder.open_file("log").unwrap()), INSIDE);
        return;
    }
    let can_mount =
        Command::new("unshare").args(["-m", "mount", "-t", "tmpfs", "none", "/tmp"]).output();
    if !can_mount.is_ok_and(|output| output.status.success()) {
        // Not `eprintln!`: the test harness would swallow it.
        let _ = io::Write::write_all(&mut io::stderr(), b"skipped: nothing can be mounted here\n");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let output = Command::new("unshare")
        .args(["-m", "sh", "-c", MOUNT, "sh"])
        .args([place.path(), &std::env::current_exe().unwrap(), Path::new(TEST)])
        .env(MOUNTED, place.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let trouble = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("1 passed"), "{said}{trouble}");
}
