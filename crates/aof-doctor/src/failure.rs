//! Why a command could not do its work, for the one who typed it.

use crate::exit::Exit;

/// A failure as it is told on standard error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What the shell is told.
    pub(crate) exit: Exit,
    /// What went wrong, safe to print: no capital, no full stop.
    pub(crate) message: String,
    /// What may help, one sentence a line, safe to print.
    pub(crate) hints: Vec<String>,
    /// The next command to type.
    pub(crate) next: Option<String>,
}

impl Failure {
    /// The work could not be done.
    pub(crate) fn operational(message: impl Into<String>) -> Self {
        Self { exit: Exit::ERROR, message: message.into(), hints: Vec::new(), next: None }
    }

    /// The arguments make no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::USAGE, ..Self::operational(message) }
    }

    /// A signal ended the work.
    pub(crate) fn cancelled(message: impl Into<String>) -> Self {
        Self { exit: Exit::CANCELLED, ..Self::operational(message) }
    }

    /// The same with another hint.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}
