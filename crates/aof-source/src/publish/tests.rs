//! Tests of publishing: what is left, and what is untouched, when each step fails.

use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn keep() -> PublishOptions {
    PublishOptions { existing: Existing::Keep, ..Default::default() }
}

fn mode_of(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_published_file_is_whole_and_has_the_asked_mode() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("new");
    let big: Vec<u8> = (0..=250).cycle().take(20 << 20).collect();
    let answer = publish(&target, PublishOptions::default(), |out| {
        big.chunks(1 << 20).try_for_each(|some| out.write_all(some))?;
        Ok(42)
    });
    assert_eq!(answer.unwrap(), 42);
    assert_eq!(fs::read(&target).unwrap(), big);
    assert_eq!(mode_of(&target), 0o644);
    let options = PublishOptions { mode: 0o600, ..Default::default() };
    publish(&target, options, |out| out.write_all(b"second")).unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"second");
    assert_eq!(mode_of(&target), 0o600);
    assert_eq!(names(folder.path()), ["new"]);
}

#[test]
fn a_writer_that_fails_leaves_the_target_and_no_temporary_file() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("old");
    fs::write(&target, "old content").unwrap();
    let answer = publish(&target, PublishOptions::default(), |out| {
        out.write_all(&vec![1; 1 << 20])?;
        Err::<(), _>(io::Error::other("the source broke"))
    });
    let error = answer.unwrap_err();
    assert!(matches!(error, PublishError::Failed { step: "write", .. }));
    assert!(error.to_string().contains("old"));
    assert_eq!(fs::read(&target).unwrap(), b"old content");
    assert_eq!(names(folder.path()), ["old"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_to_be_full() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("new");
    let answer = publish(&target, PublishOptions::default(), |_| {
        let mut full = OpenOptions::new().write(true).open("/dev/full")?;
        full.write_all(b"no room")
    });
    let error = answer.unwrap_err();
    assert!(matches!(error, PublishError::Full { .. }));
    assert!(error.to_string().contains("new"));
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn a_panic_in_the_writer_leaves_no_temporary_file() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("new");
    let panicked = std::panic::catch_unwind(|| {
        publish::<()>(&target, PublishOptions::default(), |_| panic!("as planned"))
    });
    assert!(panicked.is_err());
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn an_existing_file_is_kept_even_if_it_appears_while_ours_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("new");
    let answer = publish(&target, keep(), |out| {
        fs::write(&target, "theirs")?;
        out.write_all(b"ours")
    });
    assert!(matches!(answer, Err(PublishError::Exists { .. })));
    assert_eq!(fs::read(&target).unwrap(), b"theirs");
    assert_eq!(names(folder.path()), ["new"]);
    let mut asked = false;
    let again = publish(&target, keep(), |_| {
        asked = true;
        Ok(())
    });
    assert!(matches!(again, Err(PublishError::Exists { .. })));
    assert!(!asked, "nothing is written for a name that is taken");
}

#[test]
fn a_file_system_without_hard_links_keeps_existing_files_too() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("new");
    let (temp, mut file) = Temp::beside(&target).unwrap();
    file.write_all(b"ours").unwrap();
    temp.reserve_and_rename(&target).unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"ours");
    let (temp, _file) = Temp::beside(&target).unwrap();
    let taken = temp.reserve_and_rename(&target).unwrap_err();
    assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read(&target).unwrap(), b"ours");
    assert_eq!(names(folder.path()), ["new"]);
}

#[test]
fn what_is_no_file_is_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link");
    symlink("/dev/null", &link).unwrap();
    for target in [folder.path(), &link, Path::new("/"), Path::new("/dev/null")] {
        let answer = publish(target, PublishOptions::default(), |_| Ok(()));
        assert!(matches!(answer, Err(PublishError::NotAFile { .. })));
    }
    assert_eq!(fs::read_link(&link).unwrap(), Path::new("/dev/null"));
}

#[test]
fn a_link_to_a_file_is_replaced_and_the_file_it_leads_to_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("real"), folder.path().join("link"));
    fs::write(&real, "real").unwrap();
    symlink(&real, &link).unwrap();
    publish(&link, PublishOptions::default(), |out| out.write_all(b"new")).unwrap();
    assert_eq!(fs::read(&real).unwrap(), b"real");
    assert_eq!(fs::read(&link).unwrap(), b"new");
    assert!(!fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn a_missing_folder_is_named_with_the_target() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("absent/new");
    let error = publish(&target, PublishOptions::default(), |_| Ok(())).unwrap_err();
    assert!(matches!(error, PublishError::Failed { step: "create", .. }));
    assert!(error.to_string().contains("absent/new"));
}

#[test]
fn the_longest_possible_name_can_be_published() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("n".repeat(255));
    publish(&target, PublishOptions::default(), |out| out.write_all(b"x")).unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"x");
}

#[test]
fn what_was_written_can_be_filled_in_later() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("new");
    publish(&target, PublishOptions::default(), |out| {
        out.write_all(b"count: __, then more")?;
        out.patch(7, b"42")?;
        out.write_all(b", and more")
    })
    .unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"count: 42, then more, and more");
}

#[test]
fn a_published_folder_has_all_its_files_and_can_be_entered_by_whom_they_can_be_read_by() {
    let place = tempfile::tempdir().unwrap();
    for (mode, of_folder) in [(0o600, 0o700), (0o640, 0o750), (0o644, 0o755)] {
        let target = place.path().join(format!("{mode:o}"));
        publish_folder(&target, mode, |folder| {
            for name in ["a", "b"] {
                let mut file = folder.begin(name)?;
                file.write_all(name.as_bytes())?;
                folder.end(file)?;
            }
            Ok(())
        })
        .unwrap();
        assert_eq!((mode_of(&target), mode_of(&target.join("b"))), (of_folder, mode));
        assert_eq!(names(&target), ["a", "b"]);
    }
}

#[test]
fn a_folder_that_could_not_be_filled_leaves_nothing() {
    let place = tempfile::tempdir().unwrap();
    let answer = publish_folder(&place.path().join("set"), 0o600, |folder| {
        folder.begin("a")?.write_all(b"something")?;
        Err::<(), _>(io::Error::other("the source broke"))
    });
    assert!(matches!(answer, Err(PublishError::Failed { step: "write", .. })));
    assert!(names(place.path()).is_empty());
}

#[test]
fn a_folder_never_takes_the_place_of_what_is_there_and_no_name_leads_out_of_it() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("set");
    fs::create_dir(&target).unwrap();
    let again = publish_folder(&target, 0o600, |_| Ok(()));
    assert!(matches!(again, Err(PublishError::Exists { .. })));
    let late = publish_folder(&place.path().join("late"), 0o600, |_| {
        fs::create_dir(place.path().join("late"))
    });
    assert!(matches!(late, Err(PublishError::Exists { .. })), "{late:?}");
    for name in ["../out", "a/b", "", ".", ".."] {
        let led = publish_folder(&place.path().join("new"), 0o600, |it| it.begin(name).map(|_| ()));
        assert!(led.is_err(), "{name}");
    }
    assert_eq!(names(place.path()), ["late", "set"]);
}
