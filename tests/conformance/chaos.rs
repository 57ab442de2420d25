//! Reckless clients on real servers: what a server holds that loads the log of their commands, it holds as well when it
//! loads what the log is converted to.

#[path = "chaos/held.rs"]
pub(crate) mod held;
#[path = "chaos/session.rs"]
pub(crate) mod session;
#[path = "chaos/verbatim.rs"]
mod verbatim;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use aof_testkit::chaos::{NOT_SENT, table};
use aof_testkit::server::{Server, ServerKind, skip_unless};

use self::held::Held;
use self::session::{COMMANDS, KEEPS, Session};
use self::verbatim::Log;
use crate::healthy::seed;

/// Seeds for each server; `AOF_DOCTOR_ALL=1` takes many more, or as many as it says.
const SAMPLE: u64 = 20;
const ALL: u64 = 1000;

/// The same for logs of commands as they were sent.
const VERBATIM: u64 = 8;

/// Commands that stand in no log: servers write what they did, and only a server can execute them.
const NOT_IN_A_LOG: [&str; 3] = ["EVAL", "EVALSHA", "FCALL"];

/// So many trials of each server lie between two lines about how far they have come.
const TOLD: u64 = 50;

/// How many seeds of each server are tried: a sample, or all.
fn seeds(sample: u64, all: u64) -> u64 {
    match std::env::var("AOF_DOCTOR_ALL") {
        Ok(number) => number.parse().ok().filter(|number| *number > 1).unwrap_or(all),
        Err(_) => sample,
    }
}

/// Has all threads try all servers with all seeds.
pub(crate) fn each(sample: u64, all: u64, trial: impl Fn(ServerKind, u64) + Sync) {
    let kinds: Vec<ServerKind> =
        ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()).collect();
    let (first, seeds) = (seed() * 1_000_000 + from(), seeds(sample, all));
    let (next, of_each, failed) = (AtomicU64::new(0), kinds.len() as u64, Mutex::new(Vec::new()));
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= seeds * of_each {
                return;
            }
            let (kind, seed) = (kinds[(number % of_each) as usize], first + number / of_each);
            // One that fails says why; the others are tried nevertheless.
            if catch_unwind(AssertUnwindSafe(|| trial(kind, seed))).is_err() {
                failed.lock().unwrap().push(format!("{kind}, seed {seed}"));
            }
            if (number + 1).is_multiple_of(TOLD * of_each) {
                let done = (number + 1) / of_each;
                // The harness would keep back what `eprintln!` says.
                let _ = writeln!(std::io::stderr(), "{done} of {seeds} seeds on each server");
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    assert_eq!(*failed.lock().unwrap(), [""; 0]);
}

/// The first seed, among those that there are, for who looks into one that failed.
fn from() -> u64 {
    std::env::var("AOF_DOCTOR_FROM").ok().and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// What comes of converting the log in `session` to this form, and its file or folder; nothing if what it comes to is for
/// a server alone to say.
fn convert(session: &Session, form: &str, what: &str) -> Option<tempfile::TempDir> {
    let fresh = tempfile::tempdir().unwrap();
    let to = if form == "aof" { session.log_name() } else { "dump.rdb" };
    let mut command = Command::new(env!("CARGO_BIN_EXE_aof-doctor"));
    command.args(["convert", "--to", form, "--target", &session.kind.name().replace('-', ":")]);
    command.arg(session.log()).arg("-o").arg(fresh.path().join(to));
    let told = command.output().unwrap();
    let said = [told.stdout, told.stderr].concat();
    let said = String::from_utf8_lossy(&said).replace("\n          ", " ");
    if is_undecided(&said) {
        return None;
    }
    assert!(told.status.success(), "{what}: {said}");
    Some(fresh)
}

/// Whether all that was not executed are searches that cut among members which are equally far away: docs/oracle.md.
fn is_undecided(said: &str) -> bool {
    let mut failed = said.lines().filter(|line| line.contains(" did nothing: ")).peekable();
    failed.peek().is_some()
        && failed.all(|line| {
            line.contains("\"GEOSEARCHSTORE\"") && line.contains("only a server can execute it")
        })
}

/// Compares what a server loads of its log with what is in the RDB file that the log is converted to, and with what a
/// server loads of it.
fn comes_back(session: &Session, what: &str) {
    let Some(made) = convert(session, "rdb", what) else { return };
    let expected = Held::by(&session.reload());
    let ours = held::of_file(&made.path().join("dump.rdb"));
    held::compare(&ours, &expected, what);
    let second = Server::start(session.kind, made.path(), &KEEPS).unwrap();
    held::compare_servers(&Held::by(&second), &expected, what);
}

fn comes_back_as_set(session: &Session, what: &str) {
    let Some(made) = convert(session, "aof", what) else { return };
    let expected = Held::by(&session.reload());
    let args = [&["--appendonly", "yes"], &KEEPS[..]].concat();
    let second = Server::start(session.kind, made.path(), &args).unwrap();
    held::compare_servers(&Held::by(&second), &expected, what);
}

/// Every command that writes on one of these servers, but for those that are not sent.
fn writing() -> BTreeSet<String> {
    let rows = table().into_iter();
    let is_known = |row: &aof_testkit::server::Row| {
        ServerKind::ALL.into_iter().any(|kind| row.is_in(kind) && skip_unless(kind).is_some())
    };
    let writes = rows.filter(|row| row.class != "inert" && row.name != "DISCARD" && is_known(row));
    let sent = writes.filter(|row| NOT_SENT.iter().all(|(name, _)| *name != row.name));
    sent.map(|row| row.name).collect()
}

#[test]
fn whatever_clients_send_a_converted_log_is_what_the_server_loads_of_it() {
    let sent = Mutex::new(BTreeSet::new());
    each(SAMPLE, ALL, |kind, seed| {
        let session = Session::play(kind, seed, COMMANDS);
        let what = format!("{kind}, seed {seed}, kept in {}", session.log().display());
        match seed % 4 {
            3 => comes_back_as_set(&session, &what),
            _ => comes_back(&session, &what),
        }
        sent.lock().unwrap().extend(session.names());
    });
    let sent = sent.into_inner().unwrap();
    let missing: Vec<String> =
        writing().into_iter().filter(|name| !sent.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "never sent: {missing:?}");
}

#[test]
fn a_log_of_commands_as_they_were_sent_is_executed_as_the_server_loads_it() {
    let stood = Mutex::new(BTreeSet::new());
    each(VERBATIM, ALL, |kind, seed| {
        let log = Log::play(kind, seed, COMMANDS);
        verbatim::is_the_same(&log, &format!("{kind}, seed {seed}"));
        stood.lock().unwrap().extend(log.names());
    });
    let stood = stood.into_inner().unwrap();
    let is_missing =
        |name: &String| !stood.contains(name.as_str()) && !NOT_IN_A_LOG.contains(&name.as_str());
    let missing: Vec<String> = writing().into_iter().filter(is_missing).collect();
    assert!(missing.is_empty(), "in no log: {missing:?}");
}
