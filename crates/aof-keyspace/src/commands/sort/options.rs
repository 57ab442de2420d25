//! What stands behind the key of `SORT`.

use crate::arguments::{integer, is};
use crate::fail::Fail;

/// How to sort, and what to do with the result. What is said twice counts as it is said last, but for GET.
#[derive(Default)]
pub(super) struct Options<'c> {
    pub(super) is_descending: bool,
    pub(super) is_alpha: bool,
    pub(super) by: Option<&'c [u8]>,
    /// Whether a BY without `*` came, which says that nothing is sorted.
    pub(super) is_unsorted: bool,
    pub(super) get: Vec<&'c [u8]>,
    pub(super) store: Option<&'c [u8]>,
    /// How many are skipped, and how many are taken; fewer than none are all.
    limit: Option<(i64, i64)>,
}

impl<'c> Options<'c> {
    pub(super) fn of(words: &[&'c [u8]]) -> Result<Self, Fail> {
        let (mut options, mut rest) = (Self::default(), words);
        while let [word, behind @ ..] = rest {
            rest = behind;
            match () {
                () if is(word, "ASC") => options.is_descending = false,
                () if is(word, "DESC") => options.is_descending = true,
                () if is(word, "ALPHA") => options.is_alpha = true,
                () => rest = options.take(word, behind)?,
            }
        }
        Ok(options)
    }

    /// An option with words of its own; what is left behind them.
    fn take<'w>(&mut self, word: &[u8], behind: &'w [&'c [u8]]) -> Result<&'w [&'c [u8]], Fail> {
        match behind {
            [skipped, taken, rest @ ..] if is(word, "LIMIT") => {
                self.limit = Some((integer(skipped)?, integer(taken)?));
                Ok(rest)
            }
            [to, rest @ ..] if is(word, "STORE") => {
                self.store = Some(to);
                Ok(rest)
            }
            [pattern, rest @ ..] if is(word, "BY") => {
                self.by = Some(pattern);
                self.is_unsorted |= !pattern.contains(&b'*');
                Ok(rest)
            }
            [pattern, rest @ ..] if is(word, "GET") => {
                self.get.push(pattern);
                Ok(rest)
            }
            _ => Err(Fail::Syntax),
        }
    }

    /// Those of them that are asked for.
    pub(super) fn range(&self, mut elements: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
        let (skipped, taken) = self.limit.unwrap_or((0, -1));
        let first = (skipped.max(0) as usize).min(elements.len());
        elements.drain(..first);
        if taken >= 0 {
            elements.truncate(taken as usize);
        }
        elements
    }

    /// Whether LIMIT leaves some of so many out.
    pub(super) fn is_partial(&self, number: usize) -> bool {
        self.limit
            .is_some_and(|(skipped, taken)| skipped > 0 || taken >= 0 && (taken as usize) < number)
    }
}
