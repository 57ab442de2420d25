//! What an examination has told already, so that nothing needs to be looked for.

use crate::header::{self, Start};
use crate::salvage::{Kept, Losses, Salvaged, Why, salvage};
use crate::summary::{BadValue, Db, DefectKind, Header, Source, Step, Summary};

use super::END;

/// The opcode for the end and the checksum.
const FOOTER: u64 = 9;

/// What can be read of a file of `len` bytes that was examined. Where its records are whole one by one, that is known,
/// and so it is where the file ends within one of them; else they are looked for, as [`salvage`] does.
///
/// # Errors
/// The source failed.
pub fn salvage_examined<S: Source>(
    source: &mut S,
    examined: &Summary,
    len: u64,
) -> Result<Salvaged, S::Error> {
    let told = match (&examined.defect, examined.header) {
        (None, Some(header)) if !is_miscounted(examined) => Some((header, true)),
        (Some(defect), Some(header)) if defect.kind == DefectKind::Truncated => {
            let at = len.saturating_sub(FOOTER);
            let is_torn = defect.step == Step::Checksum
                || examined.sound > at
                || source.window(at, 1)?.first() != Some(&END);
            is_torn.then_some((header, false))
        }
        _ => None,
    };
    let values = examined.values.as_ref();
    let bad = values.map_or(&[][..], |values| &values.bad);
    let are_all_told = values.is_none_or(|values| values.total_bad == bad.len() as u64);
    match told.filter(|_| are_all_told) {
        Some((header, true)) => {
            let behind = header::read(source.window(examined.end, header::LEN)?);
            let has_next = examined.end < len && matches!(behind, Start::Header(_, true));
            let whole = whole(examined, header, bad, len);
            Ok(Salvaged { next: has_next.then_some(examined.end), ..whole })
        }
        Some((header, false)) => Ok(torn(examined, header, bad, len)),
        None => salvage(source, 0..len),
    }
}

/// Whether records may have taken in others, or NUL bytes may count as empty keys.
fn is_miscounted(examined: &Summary) -> bool {
    let differs = |db: &Db| db.announced.is_some_and(|announced| announced != db.keys);
    examined.dbs.iter().any(differs)
}

fn whole(examined: &Summary, header: Header, bad: &[BadValue], len: u64) -> Salvaged {
    let end = examined.end;
    let mut found = without(header, bad, end);
    (found.checksum, found.has_end) = (examined.checksum, true);
    found.trailing = (end < len).then_some(end..len);
    found
}

fn torn(examined: &Summary, header: Header, bad: &[BadValue], len: u64) -> Salvaged {
    let sound = examined.sound.max(header::LEN as u64).min(len);
    let mut found = without(header, bad, sound);
    if let Some(defect) = examined.defect.as_ref().filter(|_| sound < len) {
        found.losses.add(sound..len, defect.db, defect.key.as_deref(), Why::Truncated);
    }
    found.end = len;
    found
}

/// All records up to `end`, without those whose values are bad.
fn without(header: Header, bad: &[BadValue], end: u64) -> Salvaged {
    let mut found = Salvaged { end, losses: Losses::default(), ..Salvaged::new(header) };
    let (mut at, mut db) = (header::LEN as u64, 0);
    for BadValue { db: number, key, record, end: behind, fault, .. } in bad {
        if at < *record {
            found.kept.push(Kept::new(at..*record, db));
        }
        found.losses.add(*record..*behind, *number, Some(key), Why::BadValue(*fault));
        (at, db) = (*behind, *number);
    }
    if at < end {
        found.kept.push(Kept::new(at..end, db));
    }
    found
}
