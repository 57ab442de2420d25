//! The arguments of the program.

use clap::{Parser, Subcommand, ValueEnum};

use crate::command::check::CheckArgs;
use crate::command::convert::ConvertArgs;
use crate::command::diff::DiffArgs;
use crate::command::explain::ExplainArgs;
use crate::command::repair::RepairArgs;
#[cfg(feature = "live")]
use crate::command::replay::ReplayArgs;
use crate::command::undo::UndoArgs;
#[cfg(feature = "live")]
use crate::command::verify::VerifyArgs;

/// Recovery and forensics for the append-only files of Redis and Valkey
///
/// Inputs are opened read-only; only `repair --apply` and `undo` change anything; `convert` writes a new file, and `replay` into a server. The result goes to standard output, everything else to standard error.
#[derive(Debug, Parser)]
#[command(name = "aof-doctor", version, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) verb: Verb,

    /// When to use colour. `auto`: on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Check(CheckArgs),
    Repair(Box<RepairArgs>),
    Undo(UndoArgs),
    Convert(Box<ConvertArgs>),
    Diff(DiffArgs),
    #[cfg(feature = "live")]
    Replay(Box<ReplayArgs>),
    #[cfg(feature = "live")]
    Verify(Box<VerifyArgs>),
    Explain(ExplainArgs),
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}
