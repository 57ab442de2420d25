//! From arguments to a job, and back to words that can be typed.

use std::time::Duration;

use crate::convert::{self, Form, Job, Split};
use crate::execute::Options;
use crate::failure::Failure;
use crate::live::{Mode, Plan};
use crate::shell;

use super::{Expired, ModeArg, ReplayArgs, Ttl};

impl ReplayArgs {
    /// Refuses what does not go together.
    pub(super) fn combination(&self) -> Result<(), Failure> {
        let is_history = self.mode == ModeArg::History;
        let wrong = [
            (
                self.path.as_os_str() == "-",
                "a log is read more than once, which standard input cannot be: put it into a file first",
            ),
            (
                is_history && self.chooses(),
                "history sends records as they are: filters, renames and --expired are for --mode state",
            ),
            (is_history && self.commands, "--commands is for --mode state"),
            (
                self.mode == ModeArg::State && self.ttl == Ttl::Live,
                "--ttl live is for --mode history: in the state of a log, times are as they are at its end",
            ),
            (
                matches!(self.expired, Expired::Shift(None)),
                "a log does not say when it was written; --expired shift=DURATION says by how much to shift",
            ),
            (
                self.verify && (!self.route.is_empty() || self.expired != Expired::Keep),
                "--verify compares names, databases and times as they stand in the log: it does not go with what changes them",
            ),
        ];
        match wrong.into_iter().find(|(is_wrong, _)| *is_wrong) {
            Some((_, why)) => Err(Failure::usage(why)),
            None => Ok(()),
        }
    }

    /// Whether something else than all keys as they are is sent.
    pub(super) fn chooses(&self) -> bool {
        !self.route.is_empty() || !self.keys.filter().takes_all() || self.expired != Expired::Keep
    }

    /// The mode that is asked for, by name or by what only one of them can do.
    pub(super) fn asked_mode(&self) -> Option<(Mode, Option<&'static str>)> {
        match self.mode {
            ModeArg::State => Some((Mode::State, None)),
            ModeArg::History => Some((Mode::History, None)),
            ModeArg::Auto if self.chooses() || self.commands => {
                Some((Mode::State, Some("only data can be chosen, renamed and moved")))
            }
            ModeArg::Auto if self.ttl == Ttl::Live => {
                Some((Mode::History, Some("--ttl live is about the records of a log")))
            }
            ModeArg::Auto => None,
        }
    }

    /// How long a broken connection is tried to be made anew.
    pub(super) fn retry(&self) -> Duration {
        Duration::from_secs(self.retry)
    }

    pub(super) fn plan(&self) -> Plan {
        Plan { merges: self.merge, flushes: self.flush_target, resumes: self.resume }
    }

    /// How the log is executed.
    pub(super) fn options(&self) -> Options {
        Options { is_strict: self.strict, ..self.reading.options(&self.path) }
    }

    /// What is rendered of the data.
    pub(super) fn job(&self, form: Form) -> Job {
        Job {
            form,
            filter: self.keys.filter(),
            // A server leaves out what has expired. What would be left out here would change from one attempt to the next.
            expired: if self.expired == Expired::Drop { Expired::Keep } else { self.expired },
            now: i64::MIN,
            route: self.route.route(Split::None),
            duplicates: (!self.route.is_empty()).then_some(convert::Duplicates::Refuse),
            allows_loss: true,
            has_counts: false,
            salvages: self.reading.salvage,
            jobs: 0,
        }
    }

    /// What of the arguments decides what is sent, so that a replay goes on with nothing else.
    pub(super) fn choice(&self) -> String {
        let mut words = self.keys.words();
        words.extend(self.route.words());
        words.push(self.expired.to_string());
        words.push(format!("{:?} {} {}", self.ttl, self.commands, self.reading.salvage));
        words.join(" ")
    }

    /// The same command, to be gone on with.
    pub(super) fn again(&self) -> String {
        let mut words = vec!["aof-doctor replay".to_owned(), shell::quoted(&self.path)];
        words.extend(self.connect.words());
        words.extend(self.keys.words());
        words.extend(self.route.words());
        if self.expired != Expired::Keep {
            words.push(format!("--expired {}", self.expired));
        }
        words.extend(self.rate.iter().map(|rate| format!("--rate {rate}")));
        let flags = [
            (self.ttl == Ttl::Live, "--ttl live"),
            (self.commands, "--commands"),
            (self.reading.salvage, "--salvage"),
            (self.strict, "--strict"),
            (self.verify, "--verify"),
        ];
        words
            .extend(flags.iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| (*flag).to_owned()));
        words.push("--resume".to_owned());
        words.join(" ")
    }
}
