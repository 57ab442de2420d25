//! Numbers and words in arguments, as servers read them.

use aof_rdb::Str;

use crate::fail::Fail;

/// Arguments of a command that stand side by side.
pub(crate) type Words<'c> = &'c [&'c [u8]];

/// An integer: digits without a sign but minus, without zeros before them, without blanks.
pub(crate) fn integer(text: &[u8]) -> Result<i64, Fail> {
    Str::number(text).ok_or(Fail::NotInteger)
}

/// Whether the argument is this word, in any case.
pub(crate) fn is(argument: &[u8], word: &str) -> bool {
    argument.eq_ignore_ascii_case(word.as_bytes())
}
