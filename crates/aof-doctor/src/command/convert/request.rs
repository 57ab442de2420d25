//! From arguments to a job, and back to words that can be typed.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use aof_log::server::Server;
use aof_rdb::{Dialect, Target};
use aof_source::Kind;
use clap::ValueEnum as _;

use super::{Base, ConvertArgs, Duplicates, Form, Inputs, Job, To};
use crate::command::check::Bar;
use crate::convert::{self, Given, Place, RdbForm, Split};
use crate::execute::{Options, SpoolFolder};
use crate::failure::Failure;
use crate::shell;

/// What the output is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Standard output.
    Pipe,
    File,
    /// A file for each part.
    Folder,
    /// The set of a server.
    Set,
}

impl ConvertArgs {
    /// What to write: as asked for, or as the name says.
    pub(super) fn format(&self) -> Result<To, Failure> {
        let by_name = || match self.output.extension().map(OsStrExt::as_bytes) {
            Some(b"rdb") => Some(To::Rdb),
            Some(b"resp") => Some(To::Resp),
            Some(b"jsonl" | b"ndjson") => Some(To::Jsonl),
            _ => (self.output.file_name()? == "appendonlydir").then_some(To::Aof),
        };
        self.to.or_else(by_name).ok_or_else(|| {
            Failure::usage("what to write is missing, and the name of OUT does not say").hint(
                "--to rdb for an RDB file, --to aof for a set to start from, --to resp for commands, --to jsonl for \
                 lines of JSON",
            )
        })
    }

    /// What records are written as.
    pub(super) fn form(&self, to: To, inputs: &mut Inputs) -> Result<Form, Failure> {
        match to {
            To::Resp => return Ok(Form::Resp),
            To::Jsonl => return Ok(Form::Jsonl),
            To::Aof if self.base == Base::Resp => return Ok(Form::Resp),
            To::Rdb | To::Aof => {}
        }
        let target = match self.target {
            Some(target) => target,
            None => target_of(&mut inputs.carried, to)?,
        };
        Ok(Form::Rdb(RdbForm { target, compresses: self.compress, is_base: to == To::Aof }))
    }

    /// Logs of several files are known from Redis 7.0 on.
    pub(super) fn shape(&self, form: Form) -> Shape {
        let has_sets = match form {
            Form::Rdb(form) => form.target.has_functions(),
            _ => self.target.is_none_or(Target::has_functions),
        };
        match () {
            () if self.is_to_stdout() => Shape::Pipe,
            () if self.split.is_some() => Shape::Folder,
            () if self.format().is_ok_and(|to| to == To::Aof) && has_sets => Shape::Set,
            () => Shape::File,
        }
    }

    pub(super) fn job(&self, form: Form) -> Result<Job, Failure> {
        Ok(Job {
            form,
            filter: self.keys.filter(),
            expired: self.expired,
            now: now()?,
            route: self
                .route
                .route(self.split.as_ref().map(|it| it.split.clone()).unwrap_or_default()),
            duplicates: self.which().map(|which| match which {
                Duplicates::Last => convert::Duplicates::Last,
                Duplicates::First => convert::Duplicates::First,
                Duplicates::Refuse => convert::Duplicates::Refuse,
            }),
            allows_loss: self.allow_loss,
            has_counts: !self.is_to_stdout(),
            salvages: self.salvage,
            jobs: self.jobs.map_or(0, usize::from),
        })
    }

    /// How logs are executed.
    pub(super) fn options(&self) -> Result<Options, Failure> {
        let hides = self.as_server.is_some_and(Server::hides_expired_fields_at_load);
        Ok(Options {
            spool: self.spool(),
            memory_limit: self.memory_limit,
            salvages: self.salvage,
            is_strict: self.strict,
            hides_fields_before: if hides { Some(now()?) } else { None },
            jobs: self.jobs.map_or(0, usize::from),
            is_bar_wanted: self.is_bar_wanted(),
            ..Options::default()
        })
    }

    /// Where a log on standard input is kept meanwhile: beside the output, unless that was said.
    pub(super) fn spool_folder(&self) -> Result<SpoolFolder, Failure> {
        self.spool().ok_or_else(|| {
            Failure::usage("a log on standard input is kept in a file, to be read more than once")
                .hint("--spool-dir says where")
        })
    }

    fn spool(&self) -> Option<SpoolFolder> {
        let has_place = self.spool_dir.is_some() || !self.is_to_stdout();
        has_place.then(|| SpoolFolder::beside(&self.output, self.spool_dir.as_deref())).flatten()
    }

    /// Which of several keys of one name is written; `None` if nobody looks for such. Keys that meet where they did not
    /// before are looked for, and those that damage may have brought about in what a server loads.
    pub(super) fn which(&self) -> Option<Duplicates> {
        let can_meet = self.paths.len() > 1 || !self.route.is_empty();
        let is_loaded = matches!(self.format(), Ok(To::Rdb | To::Aof));
        match self.duplicates {
            None if can_meet => Some(Duplicates::Refuse),
            None if self.salvage && is_loaded => Some(Duplicates::Last),
            asked => asked,
        }
    }

    pub(super) fn is_bar_wanted(&self) -> bool {
        self.progress == Bar::Auto && !self.json
    }

    /// Whether the output is standard output.
    pub(super) fn is_to_stdout(&self) -> bool {
        self.output.as_os_str() == "-"
    }

    /// The same command with something more.
    pub(super) fn again(&self, more: &str) -> String {
        let mut words = vec!["aof-doctor convert".to_owned()];
        words.extend(self.choices());
        words.extend(self.changes());
        words.push(more.to_owned());
        words.extend(self.paths.iter().map(|path| file(path)));
        words.push(format!("-o {}", file(&self.output)));
        words.join(" ")
    }

    /// Which keys go along, and what becomes of their expiries.
    fn choices(&self) -> Vec<String> {
        let mut words = self.keys.words();
        if self.expired != super::Expired::Keep {
            words.push(format!("--expired {}", self.expired));
        }
        words
    }

    /// What becomes of them.
    fn changes(&self) -> Vec<String> {
        let word = |value: Option<clap::builder::PossibleValue>| {
            value.map(|value| value.get_name().to_owned())
        };
        let options = [
            ("--to", self.to.and_then(|to| word(to.to_possible_value()))),
            ("--target", self.target.map(|target| target.to_string())),
            ("--as-server", self.as_server.map(|server| server.to_string())),
            ("--memory-limit", self.memory_limit.map(|limit| limit.to_string())),
            ("--base", (self.base == Base::Resp).then(|| "resp".to_owned())),
            ("--duplicates", self.duplicates.and_then(|it| word(it.to_possible_value()))),
            ("--split", self.split.as_ref().map(ToString::to_string)),
        ];
        let flags = [
            ("--compress", self.compress),
            ("--allow-loss", self.allow_loss),
            ("--salvage", self.salvage),
            ("--strict", self.strict),
            ("--force", self.force),
        ];
        let options =
            options.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", value?)));
        let flags = flags.into_iter().filter(|(_, is_given)| *is_given);
        options.chain(self.route.words()).chain(flags.map(|(name, _)| name.to_owned())).collect()
    }
}

/// Milliseconds since the Unix epoch.
fn now() -> Result<i64, Failure> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_err(|_| Failure::operational("the clock stands before the year 1970"))?;
    Ok(i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
}

/// The oldest server that reads all inputs as they are, and has sets if one is to be written: newer ones read it too.
fn target_of(inputs: &mut [Given], to: To) -> Result<Target, Failure> {
    let headers: Option<Vec<(&str, u32)>> = inputs
        .iter_mut()
        .map(|given| match given {
            Given::File(input) => match input.sniff().ok()?.kind {
                Kind::Rdb { magic, version } => Some((magic, version?)),
                _ => None,
            },
            Given::Data(..) => None,
        })
        .collect();
    let headers = headers.unwrap_or_default();
    let is_one_dialect = headers.windows(2).all(|pair| pair[0].0 == pair[1].0);
    let newest = headers.iter().max_by_key(|(_, version)| version).filter(|_| is_one_dialect);
    let target = newest.and_then(|(magic, version)| {
        let dialect = if *magic == "VALKEY" { Dialect::Valkey } else { Dialect::Redis };
        Target::ALL.into_iter().find(|target| {
            let header = target.header();
            let has_form = to != To::Aof || target.has_functions();
            has_form && header.dialect == dialect && u32::from(header.version) >= *version
        })
    });
    target.ok_or_else(|| {
        let names = Target::ALL.map(Target::name).join(", ");
        Failure::usage("which server is to load it does not follow from what was given")
            .hint(format!("--target says so: {names}"))
    })
}

/// How the file of one part is called.
pub(super) fn name(split: &Split, place: Place, form: Form) -> String {
    let ending = match form {
        Form::Rdb(_) => "rdb",
        Form::Resp | Form::Restore(_) => "resp",
        Form::Jsonl => "jsonl",
    };
    match split {
        Split::Slots(ranges) => match ranges.get(place as usize) {
            Some(range) => format!("slots-{}-{}.{ending}", range.start(), range.end()),
            None => format!("slots.{ending}"),
        },
        Split::Dbs | Split::None => format!("db{place}.{ending}"),
    }
}

/// A path, or `-` as it is.
fn file(path: &Path) -> String {
    match path.as_os_str() == "-" {
        true => "-".to_owned(),
        false => shell::quoted(path),
    }
}
