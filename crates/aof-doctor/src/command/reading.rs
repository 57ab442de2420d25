//! How a log is executed here, and how the result is told: the same arguments for the verbs that speak to a server.

use std::path::{Path, PathBuf};

use clap::Args;

use super::check::Bar;
use crate::execute::{Options, SpoolFolder};
use crate::memory::MemoryLimit;

/// How a log is executed.
#[derive(Debug, Args)]
pub(crate) struct ReadingArgs {
    /// Take what can be read of damaged files, on both sides of damage
    #[arg(long)]
    pub(crate) salvage: bool,

    /// Where a compressed log is decoded to, in a file without a name [default: beside PATH, unless that lives in memory]
    #[arg(long, value_name = "DIR")]
    spool_dir: Option<PathBuf>,

    /// How much memory the data of the log may take here, such as 4GB
    #[arg(long, value_name = "SIZE")]
    memory_limit: Option<MemoryLimit>,

    /// Print one JSON document instead of text (docs/json-output.md)
    #[arg(long)]
    pub(crate) json: bool,

    /// Whether to show how far it is. `auto`: on a terminal, after a second
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Bar::Auto)]
    progress: Bar,
}

impl ReadingArgs {
    /// Whether somebody may want to see how far it is.
    pub(crate) fn is_bar_wanted(&self) -> bool {
        self.progress == Bar::Auto && !self.json
    }

    /// How the log at this path is executed.
    pub(crate) fn options(&self, path: &Path) -> Options {
        Options {
            spool: SpoolFolder::beside(path, self.spool_dir.as_deref()),
            memory_limit: self.memory_limit,
            salvages: self.salvage,
            is_bar_wanted: self.is_bar_wanted(),
            ..Options::default()
        }
    }
}
