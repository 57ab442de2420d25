//! One of the two sides: files, and the data that they come to.

use std::path::{Path, PathBuf};

use aof_keyspace::Keyspace;
use aof_log::Content;
use aof_rdb::Dialect;

use super::DiffArgs;
use crate::command::check::Bar;
use crate::execute::{self, Executed, Log, Options};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::look::{self, Asked, Job, Looked};
use crate::report::Report;
use crate::ui::Ui;

/// From this version of RDB files on, streams say what they remember of entries that they no longer have.
const WITH_HISTORY: u16 = 10;

/// What was compared.
#[derive(Debug)]
pub(crate) struct Side {
    /// As it was given.
    pub(crate) path: PathBuf,
    pub(crate) keyspace: Keyspace<'static>,
    pub(crate) log: Log,
    /// Whether it is an RDB file, and no log.
    pub(crate) is_rdb: bool,
    /// Whether it says what streams remember of entries that they no longer have.
    pub(crate) has_history: bool,
}

impl Side {
    /// Looks at a path, and executes what is there.
    pub(super) fn read(path: &Path, args: &DiffArgs, ui: &mut Ui) -> Result<Self, Failure> {
        if path.as_os_str() == "-" {
            let what = "files are read more than once, which standard input cannot be";
            return Err(Failure::operational(what).hint("put it into a file first"));
        }
        let options = Options {
            salvages: args.salvage,
            jobs: args.jobs.map_or(0, usize::from),
            is_bar_wanted: args.progress == Bar::Auto && !args.json,
            ..Options::default()
        };
        let job = Job {
            policy: execute::policy(),
            jobs: options.jobs,
            is_bar_wanted: options.is_bar_wanted,
        };
        let Looked { report, files } = look::look(path, &job, &Asked::new(&[], None, None), ui)?;
        // They are opened once more, and may be many.
        drop(files);
        let executed = execute::report(&report, &options).map_err(|failure| refused(failure, args));
        let Executed { keyspace, log, .. } = executed?;
        let is_rdb = execute::loaded(&report).iter().all(|(_, content)| content.log.is_none());
        let has_history = has_history(&report);
        Ok(Self { path: path.to_path_buf(), keyspace, log, is_rdb, has_history })
    }

    /// Whether something of it could not be compared.
    pub(crate) fn is_uncertain(&self) -> bool {
        let Log { replayed, is_damaged, .. } = &self.log;
        *is_damaged || replayed.failed + replayed.not_loaded > 0
    }
}

fn refused(failure: Failure, args: &DiffArgs) -> Failure {
    if failure.exit != Exit::DAMAGE {
        return failure;
    }
    let hint = "nothing was compared; --salvage compares what can be read on both sides of damage";
    Failure { next: Some(args.again("--salvage")), ..failure.hint(hint) }
}

/// Streams of an older RDB file, and what is added to them by a log behind it, do not have it.
fn has_history(report: &Report) -> bool {
    let header = |content: &Content| content.rdb.as_ref().and_then(|rdb| rdb.header);
    let is_old = |(_, content): &(usize, &Content)| {
        header(content)
            .is_some_and(|header| header.dialect == Dialect::Redis && header.version < WITH_HISTORY)
    };
    !execute::loaded(report).iter().any(is_old)
}
