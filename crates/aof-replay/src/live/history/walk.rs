//! The records of a part that are kept, transactions as one.

use aof_log::selection::Kept;
use aof_resp::{annotation, frame_with};

use crate::frames::{Formed, ReplayError, formed};

/// So many arguments are found without a second look.
const FEW: usize = 16;

/// A record, at its place in the part.
#[derive(Debug, Clone)]
pub(super) struct Record<'r> {
    pub(super) at: u64,
    pub(super) bytes: &'r [u8],
    /// Whether these bytes are another form of what stands there.
    pub(super) is_formed: bool,
}

/// What is executed as one.
#[derive(Debug)]
pub(super) enum Unit<'u, 'r> {
    /// A record and its arguments, of which there is at least one.
    One(Record<'r>, &'u [&'r [u8]]),
    /// The records of a transaction that is committed.
    Together(&'u [Record<'r>]),
}

/// Whoever looks at units.
pub(super) type See<'a, E> = dyn FnMut(Unit<'_, '_>) -> Result<(), E> + 'a;

/// Shows what is kept of a part, in order.
///
/// # Errors
/// Those of `see`; or there is no record where one was.
pub(super) fn walk<E: From<ReplayError>>(
    bytes: &[u8],
    kept: &Kept,
    see: &mut See<'_, E>,
) -> Result<(), E> {
    let mut walk = Walk { open: kept.is_reopened.then(Vec::new), see };
    if kept.is_loose {
        let mut feed = bytes;
        let pieces = formed(&mut feed, kept).map_err(E::from)?;
        for piece in &pieces {
            match piece {
                Formed::Verbatim(start, end) => walk.strict(bytes, *start, *end)?,
                Formed::Anew(start, formed) => walk.formed(*start, formed)?,
            }
        }
        return walk.end(kept.is_left_open);
    }
    walk.strict(bytes, kept.start, kept.end)?;
    walk.end(kept.is_left_open)
}

struct Walk<'w, 'r, E> {
    /// The records of a transaction that is open.
    open: Option<Vec<Record<'r>>>,
    see: &'w mut See<'w, E>,
}

impl<'r, E: From<ReplayError>> Walk<'_, 'r, E> {
    fn strict(&mut self, bytes: &'r [u8], start: u64, end: u64) -> Result<(), E> {
        let changed = |at: usize| E::from(ReplayError::Changed(at as u64));
        let (mut at, end) = (start as usize, (end as usize).min(bytes.len()));
        while at < end {
            let input = &bytes[at..end];
            if input[0] == b'#' {
                let (rest, _) = annotation(input).map_err(|_| changed(at))?;
                at = end - rest.len();
                continue;
            }
            at += self.record(input, at as u64, false)?.ok_or_else(|| changed(at))?;
        }
        Ok(())
    }

    fn formed(&mut self, at: u64, formed: &'r [u8]) -> Result<(), E> {
        // An annotation may be formed anew as well.
        if formed.first() != Some(&b'#') {
            self.record(formed, at, true)?;
        }
        Ok(())
    }

    /// Takes in the record that the input begins with, and returns how long it is, if there is one.
    fn record(&mut self, input: &'r [u8], at: u64, is_formed: bool) -> Result<Option<usize>, E> {
        let mut few: [&[u8]; FEW] = [b""; FEW];
        let parsed = frame_with(input, |place, arg| {
            if let Some(one) = few.get_mut(place as usize) {
                *one = arg;
            }
        });
        let Ok((rest, count)) = parsed else { return Ok(None) };
        let length = input.len() - rest.len();
        let record = Record { at, bytes: &input[..length], is_formed };
        let mut many = Vec::new();
        if count as usize > FEW {
            let _ = frame_with(input, |_, arg| many.push(arg));
        }
        let args = if many.is_empty() { &few[..count as usize] } else { &many[..] };
        self.take(record, args)?;
        Ok(Some(length))
    }

    fn take(&mut self, record: Record<'r>, args: &[&'r [u8]]) -> Result<(), E> {
        let is = |name: &[u8]| args[0].eq_ignore_ascii_case(name);
        match args[0].len() {
            5 if is(b"MULTI") => {
                self.open.get_or_insert_default();
            }
            4 if is(b"EXEC") => self.commit()?,
            7 if is(b"DISCARD") => self.open = None,
            _ => match &mut self.open {
                Some(records) => records.push(record),
                None => (self.see)(Unit::One(record, args))?,
            },
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), E> {
        match self.open.take() {
            Some(records) if !records.is_empty() => (self.see)(Unit::Together(&records)),
            _ => Ok(()),
        }
    }

    /// A transaction that is open at the end is committed, if what is kept says so.
    fn end(mut self, is_left_open: bool) -> Result<(), E> {
        if is_left_open { self.commit() } else { Ok(()) }
    }
}

/// The arguments of a record.
pub(super) fn arguments<'r>(record: &Record<'r>) -> Vec<&'r [u8]> {
    let mut args = Vec::new();
    let _ = frame_with(record.bytes, |_, arg| args.push(arg));
    args
}
