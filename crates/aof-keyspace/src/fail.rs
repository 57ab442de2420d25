//! Why a command does nothing.

use std::fmt;

/// Why a server would answer with an error; the data stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fail {
    /// There is no such command, or no server at hand proves what it does.
    Unknown,
    /// Only a server can execute it: a script, or a command of a module.
    Opaque,
    /// It counts from now, and the log does not say when that was.
    NoClock,
    /// It has too few or too many arguments.
    Arity,
    /// Its options do not go together.
    Syntax,
    /// The key holds another type.
    WrongType,
    /// An argument or a value is no integer, or too large for one.
    NotInteger,
    /// An argument or a value is no number.
    NotFloat,
    /// A number is outside of what is allowed.
    OutOfRange,
    /// The result would be too large for a number.
    Overflow,
    /// There is no such key, group, field or element.
    Missing,
    /// There is such a key, group or library already.
    Exists,
    /// An argument that the command does not take.
    Invalid(&'static str),
}

impl Fail {
    /// Whether a server would refuse it as well. All else cannot be executed here.
    #[must_use]
    pub const fn is_of_servers(self) -> bool {
        !matches!(self, Self::Unknown | Self::Opaque | Self::NoClock)
    }
}

impl fmt::Display for Fail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "unknown command",
            Self::Opaque => "only a server can execute it",
            Self::NoClock => "it counts from a moment that the log does not tell",
            Self::Arity => "wrong number of arguments",
            Self::Syntax => "wrong syntax",
            Self::WrongType => "the key holds another type",
            Self::NotInteger => "not an integer, or out of range",
            Self::NotFloat => "not a number",
            Self::OutOfRange => "out of range",
            Self::Overflow => "the result would be too large",
            Self::Missing => "it is not there",
            Self::Exists => "it is there already",
            Self::Invalid(why) => why,
        })
    }
}

impl std::error::Error for Fail {}
