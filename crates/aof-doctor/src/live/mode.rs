//! Data or records.

/// How a log gets into a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The data that it comes to.
    State,
    /// Its records.
    History,
}

impl Mode {
    /// As it is typed.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::History => "history",
        }
    }

    /// What the names of its replays begin with.
    pub(crate) const fn letter(self) -> char {
        match self {
            Self::State => 's',
            Self::History => 'h',
        }
    }
}
