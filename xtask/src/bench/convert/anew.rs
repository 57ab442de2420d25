//! `convert` of an RDB file to another one and to a set, beside `cp`: no time of ours counts before a server has loaded
//! what it wrote.

use std::error::Error;
use std::path::{Path, PathBuf};

use aof_testkit::server::{Server, ServerKind};

use super::super::dumps::{self, Dump};
use super::super::figures::{Goal, ratio, spread};
use super::super::logs;
use super::super::peers::{command, peak_private, time};
use super::super::race::{Contestant, Mark, race};
use super::super::table::{Cell, Section, Table};
use super::{Converters, IN_MEMORY, Ran, convert, input, remove};

/// What the file is written as.
struct Form {
    /// As `--to` names it.
    to: &'static str,
    /// As `--target` names it.
    target: &'static str,
    loaded_by: ServerKind,
    /// What the server calls it.
    name: &'static str,
    /// Flags of the server.
    started: &'static [&'static str],
    /// Gigabytes of the input in a second.
    goal: Option<Goal>,
}

const SAME: Form = Form {
    to: "rdb",
    target: "redis:7.0",
    loaded_by: ServerKind::Redis70,
    name: "dump.rdb",
    started: &[],
    goal: Some(Goal::AtLeast(1.5)),
};

const FORMS: [Form; 3] = [
    SAME,
    Form {
        target: "redis:6.2",
        loaded_by: ServerKind::Redis62,
        goal: Some(Goal::AtLeast(0.3)),
        ..SAME
    },
    Form {
        to: "aof",
        name: "appendonlydir",
        started: &["--appendonly", "yes"],
        goal: None,
        ..SAME
    },
];

const HEAD: [&str; 8] =
    ["to", "target", "loaded by", "MiB", "ours s", "GB/s", "cp s", "RssAnon MiB"];

/// Every form, written into memory.
pub(in super::super) fn compare(
    converters: &Converters,
    dump: &Dump,
    runs: usize,
) -> Result<Section, Box<dyn Error>> {
    let mut table = Table::new(&HEAD);
    let (mut has_failures, mut noise) = (false, [0.0_f64; 2]);
    logs::read(&dump.path)?;
    for form in &FORMS {
        println!("measuring {} for {}", form.to, form.target);
        let room = tempfile::tempdir_in(IN_MEMORY)?;
        let bout = Bout { converters, dump, form, room: room.path() };
        let proven = bout.proven().map_err(|error| error.to_string());
        let marks = bout.run(&proven, runs);
        let peak = proven.as_ref().ok().and_then(|_| bout.peak().ok());
        has_failures |= marks.iter().any(|mark| mark.0.is_err());
        for (noise, mark) in noise.iter_mut().zip(&marks) {
            *noise = noise.max(mark.0.as_ref().ok().and_then(|it| spread(it)).unwrap_or(0.0));
        }
        table.add(bout.row(&proven, &marks, peak));
    }
    let title = "An RDB file in the page cache, written anew into memory";
    Ok(Section { title, notes: notes(runs, noise), table, has_failures })
}

fn notes(runs: usize, [ours, cp]: [f64; 2]) -> Vec<String> {
    vec![
        format!(
            "The median of {runs} rounds, in which both take turns, from the start of a process to its end; what it wrote is removed before the next one begins. *GB/s* is 10⁹ bytes of the input, *cp* copies the input to the same place: how long the system takes to find memory for it is in both."
        ),
        format!(
            "The runs of ours lie apart by {:.0} % of their median at worst, those of `cp` by {:.0} %.",
            ours * 100.0,
            cp * 100.0
        ),
        "Before the clock starts, a server has loaded what ours wrote, and has as many keys as the one that wrote the input.".to_owned(),
        dumps::CONTENT.to_owned(),
    ]
}

/// One form.
struct Bout<'a> {
    converters: &'a Converters,
    dump: &'a Dump,
    form: &'a Form,
    room: &'a Path,
}

impl Bout<'_> {
    fn output(&self) -> PathBuf {
        self.room.join(self.form.name)
    }

    /// Converts once, and returns how many bytes that comes to if a server takes them.
    fn proven(&self) -> Result<u64, Box<dyn Error>> {
        let bytes = self.ours()?.bytes;
        let server = Server::start(self.form.loaded_by, self.room, self.form.started)?;
        let keys = dumps::number(&mut server.client()?, &["DBSIZE"])?;
        match keys == self.dump.keys {
            true => Ok(bytes),
            false => Err(format!("a server then holds {keys} keys of {}", self.dump.keys).into()),
        }
    }

    /// Ours and `cp`.
    fn run(&self, proven: &Result<u64, String>, runs: usize) -> Vec<Mark> {
        race(vec![
            Contestant::new(runs, || match proven {
                Ok(bytes) => self.ours()?.seconds_of(*bytes),
                Err(problem) => Err(problem.clone().into()),
            }),
            Contestant::new(runs, || {
                remove(&self.output())?;
                time(&mut command("cp".as_ref(), &[input(self.dump)?], &self.output()))
            }),
        ])
    }

    fn ours(&self) -> Result<Ran, Box<dyn Error>> {
        convert(&self.converters.ours, &self.options()?, &self.output())
    }

    fn peak(&self) -> Result<u64, Box<dyn Error>> {
        remove(&self.output())?;
        peak_private(&mut command(&self.converters.ours, &self.options()?, &self.output()))
    }

    fn options(&self) -> Result<[&str; 8], &'static str> {
        let Form { to, target, .. } = *self.form;
        Ok(["convert", input(self.dump)?, "--to", to, "--target", target, "--allow-loss", "-o"])
    }

    fn row(&self, proven: &Result<u64, String>, marks: &[Mark], peak: Option<u64>) -> Vec<Cell> {
        let mib = |bytes: Option<u64>| {
            Cell::of(bytes.map(|bytes| bytes as f64 / f64::from(1 << 20)), |mib| {
                format!("{mib:.0}")
            })
        };
        let rate = marks[0].seconds().and_then(|it| ratio(self.dump.bytes as f64 / 1e9, it));
        vec![
            Cell::new(self.form.to),
            Cell::new(self.form.target),
            Cell::new(self.form.loaded_by.name()),
            mib(proven.as_ref().ok().copied()),
            marks[0].cell(),
            Cell::with(rate, self.form.goal, |rate| format!("{rate:.2}")),
            marks[1].cell(),
            mib(peak),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::held::Held;
    use super::*;

    #[test]
    fn what_no_server_loads_has_no_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.rdb");
        std::fs::write(&path, b"no RDB file").unwrap();
        // It writes nothing, as a server sees it.
        let converters = Converters { ours: "true".into(), rdb_cli: None };
        let dump = Dump { path, bytes: 1 << 30, keys: 1, held: Held::default() };
        let bout = Bout { converters: &converters, dump: &dump, form: &SAME, room: folder.path() };
        let proven = bout.proven().map_err(|error| error.to_string());
        assert!(proven.is_err(), "{proven:?}");
        let marks = bout.run(&proven, 2);
        assert_eq!((marks[0].seconds(), marks[1].seconds().is_some()), (None, true));
        let row = bout.row(&proven, &marks, None);
        assert_eq!((&row[3], &row[7]), (&Cell::new("–"), &Cell::new("–")));
        assert_eq!(row[5], Cell::with(None, SAME.goal, |rate| rate.to_string()));
    }

    #[test]
    fn the_rate_is_that_of_the_input() {
        let converters = Converters { ours: "true".into(), rdb_cli: None };
        let held = Held::default();
        let dump = Dump { path: "x.rdb".into(), bytes: 500_000_000, keys: 1, held };
        let bout = Bout { converters: &converters, dump: &dump, form: &SAME, room: Path::new("") };
        let marks = [Mark(Ok(vec![0.25])), Mark(Ok(vec![0.2]))];
        let row = bout.row(&Ok(3 << 20), &marks, Some(40 << 20));
        assert_eq!((&row[3], &row[7]), (&Cell::new("3"), &Cell::new("40")));
        assert_eq!(row[5], Cell::with(Some(2.0), SAME.goal, |_| "2.00".to_owned()));
    }
}
