//! Sets come out as they are ordered, and every kind of change is told.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Difference, SetBuilder, Snapshot, copy_folder, differences, make_set, snapshot};
use crate::server::{Server, ServerKind, skip_unless};

fn commands(count: usize) -> Vec<Vec<String>> {
    (0..count).map(|n| vec!["SET".to_owned(), format!("k{n}"), "v".to_owned()]).collect()
}

fn names(data: &Path) -> Vec<String> {
    let files = snapshot(data).expect("a folder");
    files
        .keys()
        .map(|path| path.to_string_lossy().replace("appendonlydir/appendonly.aof", "~"))
        .collect()
}

fn keys(server: &Server) -> Option<i64> {
    server.command(&["DBSIZE"]).expect("a reply").integer()
}

#[test]
fn a_set_has_a_base_its_increments_and_the_history_of_its_rewrite() {
    for kind in ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()) {
        let data = make_set(kind, &commands(40), 3).expect("a set");
        if kind.has_parts() {
            let parts = [
                "~.1.base.rdb",
                "~.1.incr.aof",
                "~.2.base.rdb",
                "~.2.incr.aof",
                "~.3.incr.aof",
                "~.4.incr.aof",
                "~.manifest",
            ];
            assert_eq!(names(data.path()), parts, "{kind}");
        } else {
            assert_eq!(names(data.path()), ["appendonly.aof"], "{kind}");
        }
        let server = Server::start(kind, data.path(), &["--appendonly", "yes"]).expect("a start");
        assert_eq!(keys(&server), Some(40), "{kind}");
    }
}

#[test]
fn a_base_without_a_preamble_can_be_asked_for() {
    let kind = ServerKind::Valkey91;
    if skip_unless(kind).is_none() {
        return;
    }
    let builder = SetBuilder::new(kind).setting("aof-use-rdb-preamble", "no");
    let data = builder.write(&commands(2)).rewrite().increment().build().expect("a set");
    let parts = ["~.1.base.aof", "~.1.incr.aof", "~.2.base.aof", "~.2.incr.aof", "~.3.incr.aof"];
    assert_eq!(names(data.path())[..5], parts);
}

#[test]
fn a_command_that_fails_fails_the_set() {
    let kind = ServerKind::Redis70;
    if skip_unless(kind).is_none() {
        return;
    }
    assert!(SetBuilder::new(kind).write(&[vec!["LPUSH"]]).build().is_err());
}

#[test]
fn a_copy_is_equal_and_every_change_is_told() {
    let before: Snapshot =
        [("a", "1"), ("b", "22"), ("c", "3"), ("d", "4"), ("e", "5"), ("f", "6")]
            .into_iter()
            .map(|(path, bytes)| (PathBuf::from(path), bytes.into()))
            .collect();
    let after: Snapshot =
        [("a", "1"), ("b", "2"), ("c", "33"), ("d", "x"), ("set/e", "5"), ("set/f", "7")]
            .into_iter()
            .map(|(path, bytes)| (PathBuf::from(path), bytes.into()))
            .collect();
    let told: BTreeMap<PathBuf, Difference> = [
        ("b", Difference::CutTo(1)),
        ("c", Difference::Grown { from: 1 }),
        ("d", Difference::Replaced),
        ("e", Difference::MovedTo("set/e".into())),
        ("f", Difference::Deleted),
        ("set/f", Difference::Created),
    ]
    .into_iter()
    .map(|(path, what)| (path.into(), what))
    .collect();
    assert_eq!(differences(&before, &after), told);

    let (from, to) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("one"));
    for (path, bytes) in &after {
        let path = from.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
    }
    let copy = to.path().join("copy");
    copy_folder(from.path(), &copy).expect("a copy");
    assert_eq!(snapshot(&copy).expect("a snapshot"), after);
}
