//! Logs that are executed and written as RDB files, against servers that load the same logs and save what they then
//! hold. No time of ours counts before a server has loaded what it wrote and holds the same.

mod peer;
mod phases;

use std::error::Error;
use std::path::{Path, PathBuf};

use aof_testkit::Workload;
use aof_testkit::server::{Server, ServerKind};

use super::convert::{Ran, convert, remove, write};
use super::figures::{Goal, grouped, ratio, spread, times};
use super::logs::{self, Log};
use super::machine;
use super::peers::{command, peak_private};
use super::race::{Contestant, Mark, race};
use super::table::{Cell, Section, Table};
use peer::Peer;
use phases::Phases;

pub(super) use peer::Content;

/// The server that the goals name, and that must hold the same in the end.
const REDIS: ServerKind = ServerKind::Redis70;

const VALKEY: ServerKind = ServerKind::Valkey91;

/// Servers take long to load.
const SERVER_ROUNDS: usize = 2;

/// Of our private memory and the server's.
const MEMORY: Goal = Goal::AtMost(0.6);

/// One table: as strings are, or compressed.
struct Form {
    title: &'static str,
    option: Option<&'static str>,
    is_compressed: bool,
}

const FORMS: [Form; 2] = [
    Form {
        title: "Logs in the page cache, executed and written as RDB files, nothing compressed",
        option: None,
        is_compressed: false,
    },
    Form { title: "The same, strings compressed", option: Some("--compress"), is_compressed: true },
];

const HEAD: [&str; 14] = [
    "log",
    "commands",
    "ours s",
    "ours -j 1 s",
    "-j 1 ns/command",
    "second core",
    "writing s",
    "redis s",
    "redis by ours",
    "valkey s",
    "valkey by ours",
    "RssAnon MiB",
    "used_memory MiB",
    "memory by redis",
];

/// What the figures are measured on.
pub(super) fn describe(ours: &Path) -> Vec<String> {
    let mut lines = machine::describe_ours(ours);
    for kind in [REDIS, VALKEY] {
        let version = kind.find().map(|server| machine::version(&server));
        lines.push(
            version.unwrap_or(format!("{kind}: not there (`cargo xtask servers` brings it)")),
        );
    }
    lines
}

/// Every log in both forms, written into `folder`.
pub(super) fn compare(
    ours: &Path,
    logs: &[Log],
    folder: &Path,
    runs: usize,
) -> Result<Vec<Section>, Box<dyn Error>> {
    let (mut tables, mut phases) = ([Table::new(&HEAD), Table::new(&HEAD)], Phases::new());
    let (mut has_failures, mut noise) = (false, 0.0_f64);
    for log in logs {
        println!("measuring {}", log.name());
        logs::read(&log.path)?;
        let room = tempfile::tempdir_in(folder)?;
        let bout = Bout::new(ours, log, folder, room.path());
        let results = bout.run(runs);
        phases.add(ours, &bout.options(&FORMS[0], &["-j", "1", "--json"])?, log, &bout.output());
        for (table, result) in tables.iter_mut().zip(results) {
            has_failures |= result.has_failures();
            noise = noise.max(result.ours.0.as_ref().ok().and_then(|it| spread(it)).unwrap_or(0.0));
            table.add(result.row(log));
            println!("{}", table.latest());
        }
    }
    let sections = FORMS.iter().zip(tables).map(|(form, table)| Section {
        title: form.title,
        notes: notes(form, runs, noise),
        table,
        has_failures,
    });
    Ok(sections.chain([phases.section()]).collect())
}

fn notes(form: &Form, runs: usize, noise: f64) -> Vec<String> {
    let option = form.option.map(|option| format!(" {option}")).unwrap_or_default();
    vec![
        format!(
            "The median of {runs} rounds ({} for servers), from the start of a process until what it wrote is flushed. Ours is `convert --to rdb --target redis:7.0{option}`.",
            SERVER_ROUNDS.min(runs)
        ),
        format!("The runs of ours lie apart by {:.0} % of their median at worst.", noise * 100.0),
        "*redis* and *valkey* are a server's start on the log as the base of a set, until it answers PING, and its `SAVE`, `rdbcompression` as in the title; the sum of both.".to_owned(),
        format!("Before the clock starts, {REDIS} has loaded what ours wrote, and has the keys and the DEBUG DIGEST that it has when it loads the log itself."),
        "*second core* is ours with -j 1 by ours; *writing* is as many bytes as ours writes, flushed, in this process, and nothing else.".to_owned(),
        "RssAnon is the peak of private memory, looked up every millisecond of one more run; used_memory is what redis says when it has loaded the log.".to_owned(),
    ]
}

/// By how many times a server takes longer.
fn goal(workload: Workload) -> Goal {
    match workload {
        Workload::Set64 => Goal::AtLeast(15.0),
        Workload::Mixed => Goal::AtLeast(12.0),
        _ => Goal::AtLeast(4.0),
    }
}

/// What ours is asked for: a log as an RDB file, to be written to the path behind the last of these.
pub(super) fn options<'o>(log: &'o Path, more: &[&'o str]) -> Result<Vec<&'o str>, &'static str> {
    let log = log.to_str().ok_or("the path of the log is no UTF-8")?;
    let mut options = vec!["convert", log, "--to", "rdb", "--target", "redis:7.0"];
    options.extend(more);
    options.push("-o");
    Ok(options)
}

/// One log, and all who read it.
struct Bout<'a> {
    ours: &'a Path,
    log: &'a Log,
    /// Where ours writes.
    room: &'a Path,
    redis: Peer<'a>,
    valkey: Peer<'a>,
}

impl<'a> Bout<'a> {
    /// Servers keep their data below `folder`.
    fn new(ours: &'a Path, log: &'a Log, folder: &'a Path, room: &'a Path) -> Self {
        let peer = |kind| Peer::new(kind, &log.path, folder);
        Self { ours, log, room, redis: peer(REDIS), valkey: peer(VALKEY) }
    }

    /// A result for each form.
    fn run(&self, runs: usize) -> [Marks; 2] {
        let slow = SERVER_ROUNDS.min(runs);
        let reference = self.redis.reference().map_err(|error| error.to_string());
        let proven = FORMS.each_ref().map(|form| self.proven(form, &reference));
        let mut all = Vec::new();
        for (form, proven) in FORMS.iter().zip(&proven) {
            all.extend(self.contestants(form, proven, runs));
        }
        // Its first run was the reference.
        all.push(Contestant::new(slow - 1, || self.redis.run()));
        all.push(Contestant::new(slow, || self.valkey.run()));
        let mut marks = race(all);
        let servers = marks.split_off(FORMS.len() * 3);
        let loaded = |mark: &Mark, peer: &Peer<'_>, form: &Form| match &mark.0 {
            Ok(_) => peer.mark(form.is_compressed),
            Err(problem) => Mark(Err(problem.clone())),
        };
        let mut marks = marks.into_iter();
        let mut next = || marks.next().expect("three marks for each form");
        FORMS.each_ref().map(|form| Marks {
            ours: next(),
            one: next(),
            writing: next(),
            redis: match &reference {
                Ok(_) => loaded(&servers[0], &self.redis, form),
                Err(problem) => Mark(Err(problem.clone())),
            },
            valkey: loaded(&servers[1], &self.valkey, form),
            private: self.peak(form).map_err(|error| error.to_string()),
            used: self.redis.memory(),
        })
    }

    /// Ours, ours on one core, and who writes as much.
    fn contestants(
        &'a self,
        form: &'a Form,
        proven: &'a Result<u64, String>,
        runs: usize,
    ) -> [Contestant<'a>; 3] {
        let ours = move |more: &'static [&'static str]| match proven {
            Ok(bytes) => self
                .ours(form, more)
                .and_then(|ran| ran.seconds_of(*bytes))
                .map_err(|error| error.to_string()),
            Err(problem) => Err(problem.clone()),
        };
        [
            Contestant::new(runs, move || ours(&[])),
            Contestant::new(runs, move || ours(&["-j", "1"])),
            match proven {
                Ok(bytes) => Contestant::new(runs, || {
                    remove(&self.output())?;
                    write(*bytes, &self.output())
                }),
                Err(_) => Contestant::new(1, || Err("not asked")),
            },
        ]
    }

    fn output(&self) -> PathBuf {
        self.room.join("dump.rdb")
    }

    fn options<'o>(&self, form: &Form, more: &[&'o str]) -> Result<Vec<&'o str>, &'static str>
    where
        'a: 'o,
    {
        let more: Vec<&str> = form.option.into_iter().chain(more.iter().copied()).collect();
        options(&self.log.path, &more)
    }

    fn ours(&self, form: &Form, more: &[&str]) -> Result<Ran, Box<dyn Error>> {
        convert(self.ours, &self.options(form, more)?, &self.output())
    }

    /// Converts once, and returns how many bytes that comes to if a server then holds what it should.
    fn proven(&self, form: &Form, reference: &Result<Content, String>) -> Result<u64, String> {
        let reference = reference.as_ref().map_err(|problem| format!("{REDIS}: {problem}"))?;
        let ran = self.ours(form, &[]).map_err(|error| error.to_string())?;
        let content = loaded(self.room).map_err(|error| format!("not proven: {error}"))?;
        match reference.difference(&content) {
            None => Ok(ran.bytes),
            Some(what) => Err(format!("a server then holds {what}")),
        }
    }

    fn peak(&self, form: &Form) -> Result<u64, Box<dyn Error>> {
        remove(&self.output())?;
        peak_private(&mut command(self.ours, &self.options(form, &[])?, &self.output()))
    }
}

/// What a server holds that starts with the file in this folder.
fn loaded(room: &Path) -> Result<Content, Box<dyn Error>> {
    let server = Server::start(REDIS, room, &[])?;
    Content::of(&mut server.client()?)
}

/// What came of everybody on one log, in one form.
struct Marks {
    ours: Mark,
    one: Mark,
    writing: Mark,
    redis: Mark,
    valkey: Mark,
    /// Our private memory in bytes.
    private: Result<u64, String>,
    /// The server's memory in bytes.
    used: Option<u64>,
}

impl Marks {
    fn has_failures(&self) -> bool {
        let Self { ours, one, writing, redis, valkey, .. } = self;
        self.private.is_err()
            || [ours, one, writing, redis, valkey].iter().any(|mark| mark.0.is_err())
    }

    fn row(&self, log: &Log) -> Vec<Cell> {
        let (private, used) = (self.private.as_ref().ok().copied(), self.used);
        let mib = |bytes: Option<u64>| {
            let mib = bytes.map(|bytes| bytes as f64 / f64::from(1 << 20));
            Cell::of(mib, |mib| format!("{mib:.0}"))
        };
        let each = self.one.seconds().and_then(|one| ratio(one * 1e9, log.commands as f64));
        let memory = private.zip(used).and_then(|(ours, its)| ratio(ours as f64, its as f64));
        vec![
            Cell::new(log.name()),
            Cell::new(grouped(log.commands)),
            self.ours.cell(),
            self.one.cell(),
            Cell::of(each, |each| format!("{each:.0}")),
            Cell::of(self.one.by(&self.ours), times),
            self.writing.cell(),
            self.redis.cell(),
            Cell::with(self.redis.by(&self.ours), Some(goal(log.workload)), times),
            self.valkey.cell(),
            Cell::of(self.valkey.by(&self.ours), times),
            mib(private),
            mib(used),
            Cell::with(memory, Some(MEMORY), times),
        ]
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use aof_testkit::server::skip_unless;

    use super::*;

    fn log(folder: &Path) -> Log {
        let path = folder.join("log");
        fs::write(&path, Workload::Queue.bytes(1, 100_000)).unwrap();
        Log { workload: Workload::Queue, path, bytes: 100_000, commands: 1000 }
    }

    #[test]
    fn what_is_no_conversion_of_the_log_has_no_time_and_servers_have_theirs() {
        if [REDIS, VALKEY].into_iter().any(|kind| skip_unless(kind).is_none()) {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let (log, room) = (log(folder.path()), tempfile::tempdir().unwrap());
        // It succeeds, and writes nothing.
        let bout = Bout::new("true".as_ref(), &log, folder.path(), room.path());
        for marks in bout.run(2) {
            assert!(marks.has_failures());
            assert!(marks.ours.0.is_err() && marks.one.0.is_err(), "{:?}", marks.ours);
            assert_eq!(marks.redis.0.as_ref().map(Vec::len), Ok(2));
            assert_eq!(marks.valkey.0.as_ref().map(Vec::len), Ok(2));
            assert_eq!(marks.row(&log)[8], Cell::with(None, Some(Goal::AtLeast(4.0)), times));
        }
    }

    #[test]
    fn a_row_divides_what_servers_need_by_what_ours_needs() {
        let mark = |seconds: f64| Mark(Ok(vec![seconds]));
        let marks = Marks {
            ours: mark(0.5),
            one: mark(0.8),
            writing: mark(0.1),
            redis: mark(9.0),
            valkey: mark(6.0),
            private: Ok(60 << 20),
            used: Some(100 << 20),
        };
        let folder = tempfile::tempdir().unwrap();
        let row = marks.row(&Log {
            workload: Workload::Set64,
            commands: 1_000_000,
            ..log(folder.path())
        });
        assert_eq!(row.len(), HEAD.len());
        assert_eq!((&row[4], &row[5]), (&Cell::new("800"), &Cell::new("1.60×")));
        assert_eq!(row[8], Cell::new("18.0×").judged("≥ 15: met", true));
        assert_eq!(row[10], Cell::new("12.0×"));
        assert_eq!(row[13], Cell::new("0.60×").judged("≤ 0.6: met", true));
    }
}
