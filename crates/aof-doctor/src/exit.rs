//! What the process tells the shell.

use std::ops::BitOr;
use std::process::ExitCode;

/// A bit mask, described in `docs/exit-codes.md`. A value, once given a meaning, keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exit(u8);

impl Exit {
    /// Nothing is wrong.
    pub(crate) const CLEAN: Self = Self(0);
    /// Damage was found and repaired.
    pub(crate) const REPAIRED: Self = Self(1);
    /// A server must not be started: the answer to a gate.
    pub(crate) const REFUSED: Self = Self(1);
    /// A server loads it, but somebody should look at it.
    pub(crate) const ATTENTION: Self = Self(2);
    /// There is damage.
    pub(crate) const DAMAGE: Self = Self(4);
    /// The work could not be done: the input cannot be read, or the result cannot be written.
    pub(crate) const ERROR: Self = Self(8);
    /// The arguments make no sense.
    pub(crate) const USAGE: Self = Self(16);
    /// A signal ended the work.
    pub(crate) const CANCELLED: Self = Self(32);

    /// The number that the shell sees.
    pub(crate) const fn code(self) -> u8 {
        self.0
    }
}

impl BitOr for Exit {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.0)
    }
}
