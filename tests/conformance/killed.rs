//! Healthy sets, killed at any moment of load and rewrite: what the server loads completely is no damage.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aof_testkit::Rng;
use aof_testkit::server::{Server, ServerKind, skip_unless};
use aof_testkit::set::{Difference, Snapshot, differences, snapshot};

use crate::healthy::seed;
use crate::told;

/// Kills of each server.
const KILLS: usize = 50;

/// Kills of one data folder before there is a fresh one.
const KILLS_OF_A_FOLDER: usize = 10;

/// The longest a server works before it is killed, in milliseconds.
const LONGEST: usize = 250;

const ARGS: [&str; 2] = ["--appendonly", "yes"];

/// Has clients write until they are told to stop, or the server is gone.
fn write(server: &Server, is_over: &AtomicBool, seed: u64) {
    let mut rng = Rng::new(seed);
    let Ok(mut client) = server.client() else { return };
    while !is_over.load(Ordering::Relaxed) {
        let key = format!("key:{}", rng.below(500));
        let value = "v".repeat(rng.between(1, 3000));
        let commands: Vec<Vec<String>> = match rng.below(10) {
            0 => [&["MULTI"][..], &["SET", &key, &value], &["INCR", "n"], &["EXEC"]]
                .map(|argv| argv.iter().map(|&arg| arg.to_owned()).collect())
                .to_vec(),
            1 => vec![vec!["BGREWRITEAOF".to_owned()]],
            2 => vec![vec!["LPUSH".to_owned(), format!("list:{key}"), value]],
            _ => vec![vec!["SET".to_owned(), key, value]],
        };
        if client.pipeline(&commands).is_err() {
            return;
        }
    }
}

/// Lets a server work on a folder for a while and kills it.
fn kill_under_load(kind: ServerKind, data: &Path, rng: &mut Rng) {
    let mut server = Server::start(kind, data, &ARGS).unwrap();
    let is_over = AtomicBool::new(false);
    let (work, seed) = (rng.between(1, LONGEST) as u64, rng.word());
    std::thread::scope(|scope| {
        let (server, is_over) = (&server, &is_over);
        scope.spawn(move || write(server, is_over, seed));
        std::thread::sleep(Duration::from_millis(work));
        is_over.store(true, Ordering::Relaxed);
        // In the middle of whatever the writer is waiting for.
        kill(server.pid());
    });
    server.kill9().unwrap();
    end_rewrites(data);
}

/// A rewrite outlives its server, and one of Redis 6.2 waits for it for five seconds: the folder is not at rest before.
fn end_rewrites(data: &Path) {
    let data = data.canonicalize().unwrap();
    let patience = Instant::now() + Duration::from_secs(5);
    while let Some(pid) = works_in(&data)
        && Instant::now() < patience
    {
        // It may have ended by itself.
        let _ = std::process::Command::new("kill").args(["-9", &pid]).output();
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The number of a process that works in a folder, as far as the system tells.
fn works_in(folder: &Path) -> Option<String> {
    let mut processes = std::fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    let found = processes
        .find(|process| process.path().join("cwd").read_link().is_ok_and(|cwd| cwd == folder))?;
    found.file_name().into_string().ok()
}

/// The thread that writes still borrows the server, so it is killed by its number.
fn kill(pid: u32) {
    let killed = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status();
    assert!(killed.unwrap().success());
}

/// Whether the server starts, and takes all of every part.
fn loads_completely(kind: ServerKind, data: &Path, before: &Snapshot) -> bool {
    let Ok(server) = Server::start(kind, data, &ARGS) else { return false };
    drop(server);
    let changes = differences(before, &snapshot(data).unwrap());
    !changes.values().any(|change| matches!(change, Difference::CutTo(_)))
}

fn is_never_damaged_by_a_kill(kind: ServerKind, seed: u64) {
    let mut rng = Rng::new(seed);
    let mut data = tempfile::tempdir().unwrap();
    let mut complete = 0;
    for number in 0..KILLS {
        if number % KILLS_OF_A_FOLDER == 0 {
            data = tempfile::tempdir().unwrap();
        }
        kill_under_load(kind, data.path(), &mut rng);
        let document = told::check(data.path(), &[]);
        let before = snapshot(data.path()).unwrap();
        let verdict = document["verdict"].as_str().unwrap();
        if loads_completely(kind, data.path(), &before) {
            complete += 1;
            let files: Vec<_> = before.iter().map(|(name, bytes)| (name, bytes.len())).collect();
            assert!(
                ["clean", "empty"].contains(&verdict),
                "{kind}, seed {seed}, kill {number}: {}\n{files:#?}",
                told::shown(&document)
            );
        } else {
            assert_ne!(verdict, "clean", "{kind}, seed {seed}, kill {number}");
        }
    }
    assert!(complete > KILLS / 2, "{kind}: only {complete} of {KILLS} were loaded completely");
}

macro_rules! killed {
    ($($name:ident $kind:ident)*) => {$(
        #[test]
        fn $name() {
            if skip_unless(ServerKind::$kind).is_some() {
                is_never_damaged_by_a_kill(ServerKind::$kind, seed());
            }
        }
    )*};
}

killed! {
    a_killed_redis_6_2_leaves_no_damage_that_it_does_not_see Redis62
    a_killed_redis_7_0_leaves_no_damage_that_it_does_not_see Redis70
    a_killed_redis_8_2_leaves_no_damage_that_it_does_not_see Redis82
    a_killed_valkey_8_1_leaves_no_damage_that_it_does_not_see Valkey81
    a_killed_valkey_9_1_leaves_no_damage_that_it_does_not_see Valkey91
}
