//! The committed fixtures as data folders: a folder as it is, a log as the single file of a folder.

use std::fs;
use std::path::{Path, PathBuf};

use aof_log::forecast::Conf;
use aof_testkit::set::snapshot;

use super::situations::{Situation, with_log};
use super::written::{Files, SINGLE};
use crate::case::testdata;

/// The two halves of a fixture.
const HALVES: [&str; 2] = ["damaged", "near-miss"];

/// All of them, with the configuration that lies in the folder, or else `appendonly yes` where there is a log.
pub(crate) fn all() -> Vec<Situation> {
    let halves = |shelf: &str| {
        let fixtures = folders(&testdata().join(shelf));
        fixtures.into_iter().flat_map(|fixture| HALVES.map(|half| fixture.join(half)))
    };
    let of_folders = ["set", "rdb"].into_iter().flat_map(halves).map(|half| of_folder(&half));
    let logs = halves("aof").map(|half| half.with_extension("aof"));
    // A packed one is no file that a server may find under this name.
    let of_logs = logs.filter(|log| log.is_file()).map(|log| of_log(&log));
    of_folders.chain(of_logs).collect()
}

pub(crate) fn folders(shelf: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        fs::read_dir(shelf).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

/// As a failure names it.
fn name(path: &Path) -> String {
    path.strip_prefix(testdata()).unwrap().to_str().unwrap().to_owned()
}

pub(crate) fn of_log(log: &Path) -> Situation {
    let files = Files::from([(SINGLE.to_owned(), fs::read(log).unwrap())]);
    let args = vec!["--appendonly", "yes"];
    Situation { name: name(log), files, args, conf: with_log() }
}

pub(crate) fn of_folder(folder: &Path) -> Situation {
    let files = snapshot(folder).unwrap().into_iter();
    let files = files.map(|(path, bytes)| (path.to_str().unwrap().to_owned(), bytes));
    let mut files: Files = files.collect();
    let has_log = files.keys().any(|path| path.contains(SINGLE));
    let mut conf = Conf { appendonly: Some(has_log), ..with_log() };
    let mut args = Vec::new();
    let text = files.get("redis.conf").cloned().unwrap_or_default();
    for line in String::from_utf8(text).unwrap().lines() {
        configure(line, &mut conf, &mut args, &mut files);
    }
    let answer = if conf.appendonly == Some(true) { "yes" } else { "no" };
    args.extend(["--appendonly", answer]);
    Situation { name: name(folder), files, args, conf }
}

/// What a line of a fixture's configuration means, for the forecast and for the server.
fn configure(line: &str, conf: &mut Conf, args: &mut Vec<&'static str>, files: &mut Files) {
    match line {
        "appendonly yes" => conf.appendonly = Some(true),
        "appendonly no" => conf.appendonly = Some(false),
        "replicaof 192.0.2.1 6379" => {
            conf.replica_of = Some("192.0.2.1:6379".to_owned());
            args.extend(["--replicaof", "192.0.2.1", "6379"]);
        }
        "maxmemory 100mb" => {
            conf.maxmemory = 100 << 20;
            args.extend(["--maxmemory", "100mb"]);
        }
        user if user.starts_with("user default ") => {
            let may_write = user.ends_with("+@all");
            conf.restricted_user =
                (!may_write).then(|| "the default user may only read".to_owned());
            // The test asks as the default user what the data are.
            files.insert("users.acl".to_owned(), format!("{user} +ping +debug\n").into_bytes());
            args.extend(["--aclfile", "users.acl"]);
        }
        comment => assert!(comment.starts_with('#'), "{comment}: what does it mean to a start?"),
    }
}
