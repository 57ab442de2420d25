//! `convert` of an RDB file against librdb's `rdb-cli`: into a file that is flushed, and no time of ours counts
//! before what it wrote is proven.

pub(super) mod anew;
mod prove;
mod rdb_cli;

use std::cell::OnceCell;
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::dumps::{self, Dump};
use super::figures::{Goal, spread, times};
use super::peers::{command, ours, time};
use super::race::{Contestant, Mark, race};
use super::table::{Cell, Section, Table};
use super::{logs, machine};
use prove::Proof;

/// What the file is converted to.
struct Form {
    /// As `--to` names it.
    ours: &'static str,
    /// As `rdb-cli` names it.
    theirs: &'static str,
    /// Ours against theirs.
    goal: Goal,
    prove: Proof,
}

const FORMS: [Form; 2] = [
    Form { ours: "resp", theirs: "resp", goal: Goal::AtLeast(4.0), prove: prove::resp },
    Form { ours: "jsonl", theirs: "json", goal: Goal::AtLeast(5.0), prove: prove::jsonl },
];

/// A folder in memory, where the system has one.
const IN_MEMORY: &str = "/dev/shm";

/// So many bytes are written at once by who does nothing else.
const PIECE: usize = 256 << 10;

const HEAD: [&str; 8] =
    ["to", "written to", "ours MiB", "rdb-cli MiB", "ours s", "rdb-cli s", "by ours", "writing s"];

/// The programs that convert.
#[derive(Debug)]
pub(super) struct Converters {
    ours: PathBuf,
    rdb_cli: Option<PathBuf>,
}

impl Converters {
    /// Looks for them.
    pub(super) fn find() -> io::Result<Self> {
        Ok(Self { ours: ours()?, rdb_cli: rdb_cli::find() })
    }

    /// What the figures are measured on.
    pub(super) fn describe(&self) -> Vec<String> {
        let mut lines = machine::describe_ours(&self.ours);
        lines.push(format!("rdb-cli: {}", rdb_cli::describe(self.rdb_cli.as_deref())));
        lines
    }
}

/// Every form, written into `folder` of the disk and into memory.
pub(super) fn compare(
    converters: &Converters,
    dump: &Dump,
    folder: &Path,
    runs: usize,
) -> Result<Section, Box<dyn Error>> {
    let mut table = Table::new(&HEAD);
    let (mut has_failures, mut noise) = (false, 0.0_f64);
    logs::read(&dump.path)?;
    for form in &FORMS {
        println!("proving {}", form.ours);
        let room = tempfile::tempdir_in(folder)?;
        let proven = Bout::new(converters, dump, form, room.path()).proven();
        // Its output is large, and measured elsewhere.
        drop(room);
        for (place, folder) in places(folder) {
            println!("measuring {}, written to {place}", form.ours);
            let room = tempfile::tempdir_in(folder)?;
            let bout = Bout::new(converters, dump, form, room.path());
            let marks = bout.run(&proven, runs);
            let rdb_cli_failed = converters.rdb_cli.is_some() && marks[1].0.is_err();
            has_failures |= marks[0].0.is_err() || rdb_cli_failed;
            noise = noise.max(marks[0].0.as_ref().ok().and_then(|it| spread(it)).unwrap_or(0.0));
            table.add(bout.row(place, &proven, &marks));
        }
    }
    let title = "An RDB file in the page cache, converted";
    Ok(Section { title, notes: notes(runs, noise), table, has_failures })
}

/// Where outputs are written.
fn places(disk: &Path) -> Vec<(&'static str, &Path)> {
    let memory = Path::new(IN_MEMORY);
    let all = [("disk", disk), ("memory", memory)];
    all.into_iter().filter(|(_, folder)| folder.is_dir()).collect()
}

fn notes(runs: usize, noise: f64) -> Vec<String> {
    vec![
        format!(
            "The median of {runs} rounds, in which all take turns, from the start of a process until the file that it wrote is flushed; it is removed before the next one begins. Ours is `convert` with its default flags."
        ),
        format!("The runs of ours lie apart by {:.0} % of their median at worst.", noise * 100.0),
        "Before the clock starts, RESP of ours is loaded into a fresh server with `redis-cli --pipe`; values, expiries, groups and consumers must be those of the server that wrote the file. JSON of ours is read by another parser, and what every line says is sent to a fresh server, which is held to the same.".to_owned(),
        "*writing* is as many bytes as ours writes, flushed, in this process, and nothing else.".to_owned(),
        dumps::CONTENT.to_owned(),
    ]
}

/// Both programs, one form, one folder.
struct Bout<'a> {
    converters: &'a Converters,
    dump: &'a Dump,
    form: &'a Form,
    room: &'a Path,
    /// How many bytes `rdb-cli` wrote, once it ran.
    theirs: OnceCell<u64>,
}

impl<'a> Bout<'a> {
    fn new(converters: &'a Converters, dump: &'a Dump, form: &'a Form, room: &'a Path) -> Self {
        Self { converters, dump, form, room, theirs: OnceCell::new() }
    }

    /// Converts once, and returns how many bytes that comes to if they are what they must be.
    fn proven(&self) -> Result<u64, String> {
        let ran = self.ours().map_err(|error| error.to_string())?;
        let proof = (self.form.prove)(&self.output(), self.dump);
        proof.map_err(|error| format!("not proven: {error}"))?;
        Ok(ran.bytes)
    }

    /// Ours, theirs, and who writes as much as ours.
    fn run(&self, proven: &Result<u64, String>, runs: usize) -> Vec<Mark> {
        race(vec![
            Contestant::new(runs, || match proven {
                Ok(bytes) => self.ours_again(*bytes).map_err(|error| error.to_string()),
                Err(problem) => Err(problem.clone()),
            }),
            Contestant::new(runs, || self.theirs()),
            match proven {
                Ok(bytes) => Contestant::new(runs, || write(*bytes, &self.output())),
                Err(_) => Contestant::new(0, || Err("not asked")),
            },
        ])
    }

    /// One place for all, so that they write into the same memory: what was never used before is slower.
    fn output(&self) -> PathBuf {
        self.room.join("output")
    }

    fn ours(&self) -> Result<Ran, Box<dyn Error>> {
        let options = ["convert", input(self.dump)?, "--to", self.form.ours, "-o"];
        convert(&self.converters.ours, &options, &self.output())
    }

    fn ours_again(&self, proven: u64) -> Result<f64, Box<dyn Error>> {
        let ran = self.ours()?;
        fs::remove_file(self.output())?;
        ran.seconds_of(proven)
    }

    fn theirs(&self) -> Result<f64, Box<dyn Error>> {
        let program = self.converters.rdb_cli.as_deref().ok_or("not there")?;
        let options = [input(self.dump)?, "--log-file", "/dev/null", self.form.theirs, "-o"];
        let Ran { seconds, bytes } = convert(program, &options, &self.output())?;
        fs::remove_file(self.output())?;
        self.theirs.get_or_init(|| bytes);
        Ok(seconds)
    }

    fn row(&self, place: &str, proven: &Result<u64, String>, marks: &[Mark]) -> Vec<Cell> {
        let mib = |bytes: Option<&u64>| {
            let mib = bytes.map(|&bytes| bytes as f64 / f64::from(1 << 20));
            Cell::of(mib, |mib| format!("{mib:.0}"))
        };
        vec![
            Cell::new(self.form.ours),
            Cell::new(place),
            mib(proven.as_ref().ok()),
            mib(self.theirs.get()),
            marks[0].cell(),
            marks[1].cell(),
            Cell::with(marks[1].by(&marks[0]), Some(self.form.goal), times),
            marks[2].cell(),
        ]
    }
}

/// A program that has written its output.
#[derive(Debug)]
pub(super) struct Ran {
    /// From its start until the output was flushed. Whoever flushes it himself is as fast.
    pub(super) seconds: f64,
    /// Of the output.
    pub(super) bytes: u64,
}

impl Ran {
    /// A run that wrote something else than the proven one has no time.
    pub(super) fn seconds_of(&self, proven: u64) -> Result<f64, Box<dyn Error>> {
        let Self { seconds, bytes } = *self;
        match bytes == proven {
            true => Ok(seconds),
            false => Err(format!("wrote {bytes} bytes, proven are {proven}").into()),
        }
    }
}

fn input(dump: &Dump) -> Result<&str, &'static str> {
    dump.path.to_str().ok_or("the path of the file is no UTF-8")
}

/// Runs a program that makes a new file, or a folder with files in it.
pub(super) fn convert(program: &Path, options: &[&str], out: &Path) -> Result<Ran, Box<dyn Error>> {
    remove(out)?;
    let begin = Instant::now();
    time(&mut command(program, options, out))?;
    File::open(out)?.sync_all()?;
    Ok(Ran { seconds: begin.elapsed().as_secs_f64(), bytes: size(out)? })
}

fn size(out: &Path) -> io::Result<u64> {
    if !out.is_dir() {
        return Ok(fs::metadata(out)?.len());
    }
    fs::read_dir(out)?.map(|entry| size(&entry?.path())).sum()
}

/// What a run left that failed.
pub(super) fn remove(out: &Path) -> io::Result<()> {
    let removed = if out.is_dir() { fs::remove_dir_all(out) } else { fs::remove_file(out) };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Seconds of writing so many bytes into a new file and flushing them.
pub(super) fn write(bytes: u64, out: &Path) -> io::Result<f64> {
    remove(out)?;
    let piece = vec![b'x'; PIECE];
    let begin = Instant::now();
    let mut file = File::create_new(out)?;
    for at in (0..bytes).step_by(PIECE) {
        file.write_all(&piece[..(bytes - at).min(PIECE as u64) as usize])?;
    }
    file.sync_all()?;
    let seconds = begin.elapsed().as_secs_f64();
    fs::remove_file(out)?;
    Ok(seconds)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::super::held::Held;
    use super::*;

    fn converters(script: &str, folder: &Path) -> Converters {
        let ours = folder.join("script");
        // Written by another process: one that is forked off here meanwhile would hold it open, and it cannot be
        // run then.
        let write = "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$0\" && chmod +x \"$0\"";
        let status = Command::new("sh").args(["-c", write]).arg(&ours).arg(script).status();
        assert!(status.unwrap().success());
        Converters { ours, rdb_cli: None }
    }

    fn dump(folder: &Path) -> Dump {
        Dump { path: folder.join("x.rdb"), bytes: 1, keys: 1, held: Held::default() }
    }

    #[test]
    fn an_output_that_is_not_proven_or_differs_from_the_proven_one_has_no_time() {
        let folder = tempfile::tempdir().unwrap();
        let prove: Proof = |file, _| match fs::read(file)? == b"good\n" {
            true => Ok(()),
            false => Err("not good".into()),
        };
        let form = &Form { ours: "jsonl", theirs: "json", goal: Goal::AtLeast(5.0), prove };
        let dump = &dump(folder.path());
        let good = "echo good > \"$6\"";
        for (script, is_proven) in [(good, true), ("echo bad > \"$6\"", false)] {
            let converters = &converters(script, folder.path());
            let bout = Bout::new(converters, dump, form, folder.path());
            let proven = bout.proven();
            assert_eq!(proven.is_ok(), is_proven, "{proven:?}");
            let marks = bout.run(&proven, 2);
            assert_eq!(marks[0].seconds().is_some(), is_proven, "{marks:?}");
            assert_eq!(marks[1], Mark(Err("not there".to_owned())));
            assert_eq!(marks[2].seconds().is_some(), is_proven, "{marks:?}");
        }
        let converters = &converters(good, folder.path());
        let marks = Bout::new(converters, dump, form, folder.path()).run(&Ok(3), 1);
        assert_eq!(marks[0], Mark(Err("wrote 5 bytes, proven are 3".to_owned())));
    }

    #[test]
    fn what_a_failed_run_left_is_not_what_the_next_one_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let run = |script| convert("sh".as_ref(), &["-c", script], &out);
        assert_eq!(run("echo x > \"$0\"").unwrap().bytes, 2);
        assert!(run("echo x > \"$0\"; exit 16").is_err() && out.exists());
        assert!(run("exit 0").is_err() && !out.exists());
        assert!(write(PIECE as u64 + 1, &out).is_ok() && !out.exists());
        for _ in 0..2 {
            assert_eq!(run("mkdir \"$0\" && echo x > \"$0/y\"").unwrap().bytes, 2);
        }
    }

    #[test]
    fn without_rdb_cli_the_goal_is_missed() {
        let folder = tempfile::tempdir().unwrap();
        let (converters, dump) = (&converters("", folder.path()), &dump(folder.path()));
        let bout = Bout::new(converters, dump, &FORMS[0], folder.path());
        let marks = [Mark(Ok(vec![1.0])), Mark(Err("not there".to_owned())), Mark(Ok(vec![0.5]))];
        let row = bout.row("disk", &Ok(3 << 20), &marks);
        assert_eq!((&row[2], &row[3]), (&Cell::new("3"), &Cell::new("–")));
        assert_eq!(row[6], Cell::with(None, Some(FORMS[0].goal), times));
    }
}
