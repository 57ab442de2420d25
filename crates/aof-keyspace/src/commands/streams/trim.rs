//! Trimming: options of `XADD`, and `XTRIM`.

use super::id::id;
use super::{count, is};
use crate::arguments::Words;
use crate::call::{Call, Outcome};
use crate::fail::Fail;
use crate::stream::{Bound, References, Stream};

/// What the options of `XADD` and `XTRIM` come to.
#[derive(Debug, Default)]
pub(super) struct Options {
    /// `NOMKSTREAM`.
    pub(super) only_there: bool,
    bound: Option<Bound>,
    is_rough: bool,
    has_limit: bool,
    references: Option<References>,
}

impl Options {
    /// Takes an option off the front of `words`; whether there is one.
    pub(super) fn take(&mut self, words: &mut Words<'_>) -> Result<bool, Fail> {
        let [word, rest @ ..] = *words else { return Ok(false) };
        if let (Some(found), None) = (references(word), self.references) {
            self.references = Some(found);
            *words = rest;
            return Ok(true);
        }
        let [value, behind @ ..] = rest else { return Ok(false) };
        match () {
            () if is(word, "MAXLEN") => {
                let text = self.take_bound(words)?;
                self.bound = Some(Bound::Length(count(text)?));
            }
            () if is(word, "MINID") => {
                let text = self.take_bound(words)?;
                self.bound = Some(Bound::From(id(text)?));
            }
            // While a log is loaded, it limits nothing.
            () if is(word, "LIMIT") => {
                self.has_limit = count(value)? > 0;
                *words = behind;
            }
            () => return Ok(false),
        }
        Ok(true)
    }

    /// Takes `MAXLEN ~ 5` and its like off the front, and gives the last word of it.
    fn take_bound<'c>(&mut self, words: &mut Words<'c>) -> Result<&'c [u8], Fail> {
        if self.bound.is_some() {
            return Err(Fail::Syntax);
        }
        let (text, rest) = match *words {
            [_, b"~" | b"=", text, rest @ ..] => (*text, rest),
            [_, text, rest @ ..] => (*text, rest),
            _ => return Err(Fail::Syntax),
        };
        self.is_rough = words[1] == b"~";
        *words = rest;
        Ok(text)
    }

    /// Whether the options go together.
    pub(super) fn check(&self) -> Result<(), Fail> {
        if self.has_limit && self.bound.is_none() { Err(Fail::Syntax) } else { Ok(()) }
    }

    /// Trims a stream; whether an entry went.
    pub(super) fn apply(&self, stream: &mut Stream<'_>) -> bool {
        let references = self.references.unwrap_or_default();
        self.bound.is_some_and(|bound| stream.trim(bound, self.is_rough, references))
    }
}

/// The word for what becomes of notes on entries.
pub(super) fn references(word: &[u8]) -> Option<References> {
    match () {
        () if is(word, "KEEPREF") => Some(References::Keep),
        () if is(word, "DELREF") => Some(References::Drop),
        () if is(word, "ACKED") => Some(References::Acknowledged),
        () => None,
    }
}

pub(super) fn trim(call: &mut Call<'_, '_>) -> Outcome {
    let (mut options, mut words) = (Options::default(), &call.args[2..]);
    while !words.is_empty() {
        if !options.take(&mut words)? {
            return Err(Fail::Syntax);
        }
    }
    if options.bound.is_none() {
        return Err(Fail::Syntax);
    }
    let key = call.key();
    Ok(call.get_mut::<Stream<'_>>(key)?.is_some_and(|stream| options.apply(stream)))
}
