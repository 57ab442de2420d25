//! The arguments of one command.

/// The name first.
pub type Argv = Vec<Vec<u8>>;

/// Arguments out of texts and bytes.
macro_rules! argv {
    ($($arg:expr),* $(,)?) => { vec![$(Vec::<u8>::from($arg)),*] };
}

pub(crate) use argv;
