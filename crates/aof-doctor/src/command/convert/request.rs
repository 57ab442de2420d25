//! From arguments to a job, and back to words that can be typed.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::ValueEnum as _;

use super::{ConvertArgs, Filter, Form, Glob, Job, To};
use crate::command::check::Bar;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::shell;

impl ConvertArgs {
    /// What to write: as asked for, or as the name says.
    pub(super) fn form(&self) -> Result<Form, Failure> {
        let by_name = self.output.extension().and_then(|ending| match ending.as_bytes() {
            b"resp" => Some(Form::Resp),
            b"jsonl" | b"ndjson" => Some(Form::Jsonl),
            _ => None,
        });
        match (self.to, by_name) {
            (Some(To::Resp), _) => Ok(Form::Resp),
            (Some(To::Jsonl), _) => Ok(Form::Jsonl),
            (None, Some(form)) => Ok(form),
            (None, None) => {
                Err(usage("what to write is missing, and the name of OUT does not say")
                    .hint("--to resp for commands, --to jsonl for lines of JSON"))
            }
        }
    }

    pub(super) fn job(&self, form: Form) -> Result<Job, Failure> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_err(|_| Failure::operational("the clock stands before the year 1970"))?;
        Ok(Job {
            form,
            filter: Filter {
                globs: self.globs.iter().map(|glob| Glob::new(glob.as_bytes())).collect(),
                regexes: self.regexes.clone(),
                dbs: self.dbs.clone(),
                types: self.types.iter().map(|&kind| kind.into()).collect(),
            },
            expired: self.expired,
            now: i64::try_from(now.as_millis()).unwrap_or(i64::MAX),
            salvages: self.salvage,
            jobs: self.jobs.map_or(0, usize::from),
        })
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
        let mut add = |option: &str, value: String| words.push(format!("{option} {value}"));
        for glob in &self.globs {
            add("--key", shell::quoted_word(glob));
        }
        for regex in &self.regexes {
            add("--key-regex", shell::quoted_word(regex.as_str().as_ref()));
        }
        for db in &self.dbs {
            add("--db", db.to_string());
        }
        for kind in self.types.iter().filter_map(super::Type::to_possible_value) {
            add("--type", kind.get_name().to_owned());
        }
        if self.expired != super::Expired::Keep {
            add("--expired", self.expired.to_string());
        }
        if let Some(to) = self.to.and_then(|to| to.to_possible_value()) {
            add("--to", to.get_name().to_owned());
        }
        if self.force {
            words.push("--force".to_owned());
        }
        words.push(more.to_owned());
        words.push(file(&self.path));
        words.push(format!("-o {}", file(&self.output)));
        words.join(" ")
    }
}

/// A path, or `-` as it is.
fn file(path: &Path) -> String {
    match path.as_os_str() == "-" {
        true => "-".to_owned(),
        false => shell::quoted(path),
    }
}

/// The arguments make no sense.
pub(super) fn usage(message: impl Into<String>) -> Failure {
    Failure { exit: Exit::USAGE, ..Failure::operational(message) }
}
