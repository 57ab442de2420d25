//! Logs sent into servers that are up: ours in both modes against `redis-cli --pipe`, each into a fresh server. No time
//! counts before that server holds what the one holds that got the log through the pipe.

use std::cell::RefCell;
use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use aof_testkit::Workload;
use aof_testkit::server::{Server, ServerKind};

use super::execute::Content;
use super::figures::{Goal, spread};
use super::logs::{self, Log};
use super::race::{Contestant, Mark, race};
use super::table::{Cell, Section, Table};

const SERVERS: [ServerKind; 2] = [ServerKind::Redis70, ServerKind::Valkey91];

const HEAD: [&str; 8] = [
    "log",
    "server",
    "commands",
    "redis-cli --pipe s",
    "history s",
    "history by pipe",
    "state s",
    "state by pipe",
];

/// How ours is told to send.
const MODES: [&str; 2] = ["history", "state"];

/// Every log into every server, whose data live below `folder`.
pub(super) fn compare(
    ours: &Path,
    logs: &[Log],
    folder: &Path,
    runs: usize,
) -> Result<Section, Box<dyn Error>> {
    let (mut table, mut has_failures, mut noise) = (Table::new(&HEAD), false, 0.0_f64);
    for log in logs {
        println!("measuring {}", log.name());
        logs::read(&log.path)?;
        for kind in SERVERS {
            let marks = Bout { ours, log, folder, kind, expected: RefCell::default() }.run(runs);
            has_failures |= marks.iter().any(|mark| mark.0.is_err());
            let spreads = marks.iter().filter_map(|mark| spread(mark.0.as_ref().ok()?));
            noise = spreads.fold(noise, f64::max);
            table.add(row(log, kind, &marks));
            println!("{}", table.latest());
        }
    }
    let title = "Logs in the page cache, sent into servers that are up, through a unix socket";
    Ok(Section { title, notes: notes(runs, noise), table, has_failures })
}

fn notes(runs: usize, noise: f64) -> Vec<String> {
    vec![
        format!("The median of {runs} rounds, from the start of a process to its end, each with a fresh server without persistence. Ours is `replay --mode MODE` with default options."),
        format!("The runs lie apart by {:.0} % of their median at worst.", noise * 100.0),
        "Before a time counts, the server holds as many keys, and has the same DEBUG DIGEST, as after `redis-cli --pipe`.".to_owned(),
    ]
}

fn row(log: &Log, kind: ServerKind, [pipe, history, state]: &[Mark; 3]) -> Vec<Cell> {
    let is_judged = matches!(log.workload, Workload::Set64 | Workload::Mixed);
    let by = |mark: &Mark, goal| {
        let goal = is_judged.then_some(Goal::AtLeast(goal));
        Cell::with(pipe.by(mark), goal, super::figures::times)
    };
    vec![
        Cell::new(log.name()),
        Cell::new(kind.name()),
        Cell::new(super::figures::grouped(log.commands)),
        pipe.cell(),
        history.cell(),
        by(history, 1.2),
        state.cell(),
        by(state, 3.0),
    ]
}

/// One log, and one kind of server.
struct Bout<'a> {
    ours: &'a Path,
    log: &'a Log,
    folder: &'a Path,
    kind: ServerKind,
    /// What a server holds that got the log through the pipe.
    expected: RefCell<Option<Content>>,
}

impl Bout<'_> {
    fn run(&self, runs: usize) -> [Mark; 3] {
        let mut all =
            vec![Contestant::new(runs, || self.send(&|server| pipe(&self.log.path, server)))];
        for mode in MODES {
            all.push(Contestant::new(runs, move || {
                self.send(&|server| {
                    let mut command = Command::new(self.ours);
                    command.arg("replay").arg(&self.log.path).args(["--mode", mode, "-s"]);
                    command.arg(server.socket());
                    command
                })
            }));
        }
        let marks = race(all).try_into();
        marks.unwrap_or_else(|_| std::array::from_fn(|_| Mark(Err("it did not run".to_owned()))))
    }

    /// Sends the log into a fresh server, and returns the seconds that took.
    fn send(&self, command: &dyn Fn(&Server) -> Command) -> Result<f64, Box<dyn Error>> {
        let room = tempfile::tempdir_in(self.folder)?;
        let server = Server::start(self.kind, room.path(), &[])?;
        let mut command = command(&server);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let begin = Instant::now();
        let status = command.status()?;
        let seconds = begin.elapsed().as_secs_f64();
        if !status.success() {
            return Err(format!("it ended with {status}").into());
        }
        let content = Content::of(&mut server.client()?)?;
        let mut expected = self.expected.borrow_mut();
        match expected.get_or_insert_with(|| content.clone()).difference(&content) {
            Some(difference) => Err(difference.into()),
            None => Ok(seconds),
        }
    }
}

fn pipe(log: &Path, server: &Server) -> Command {
    let mut command = Command::new("redis-cli");
    command.arg("-s").arg(server.socket()).arg("--pipe");
    // What cannot be opened is found out when nothing gets there.
    command.stdin(File::open(log).map_or_else(|_| Stdio::null(), Stdio::from));
    command
}
