//! Records whose `SELECT` a gap took away, in a log of several databases.
//!
//! A record is given to a database only if all of its keys were written before, in that database alone. Whatever else
//! might be right would be a guess, and a record in the wrong database does more harm than one that is missing.

use std::collections::{BTreeMap, BTreeSet};

use aof_resp::{Frame, Table, annotation, frame};
use aof_source::{Feed, ReadError};
use nom::Err;

use crate::selection::{Kept, LeftOut, Selected, Selection};
use crate::{CommandRange, Content, FindingId, Keys};

/// Bytes asked for at once.
const USUAL: usize = 64 << 10;

/// Keys that are looked for at most; records with any other are left out.
const MOST_KEYS: usize = 10_000_000;

/// Does something with the bytes of a part, which is named by its place.
pub type With<'w, E> =
    dyn FnMut(usize, &mut dyn FnMut(&mut dyn Feed) -> Result<(), ReadError>) -> Result<(), E> + 'w;

/// Gives the records behind gaps to databases, or leaves them out, in a selection from these parts. If base and records
/// name one database together, they belong there, and nothing is assumed any more.
///
/// # Errors
/// Those of `with`.
pub fn settle<E>(
    parts: &[&Content],
    selection: &mut Selection,
    with: &mut With<'_, E>,
) -> Result<(), E> {
    let all = || selection.parts.iter().flat_map(|selected| &selected.kept);
    if !all().any(|kept| kept.is_assumed) {
        return Ok(());
    }
    if databases(parts).len() <= 1 {
        let all = selection.parts.iter_mut().flat_map(|selected| &mut selected.kept);
        all.for_each(|kept| kept.is_assumed = false);
        return Ok(());
    }
    let mut known = Known::default();
    for (part, selected) in selection.parts.iter().enumerate() {
        for kept in selected.kept.iter().filter(|kept| kept.is_assumed) {
            with(part, &mut |mut feed: &mut dyn Feed| known.want(&mut feed, kept))?;
        }
    }
    for (part, (content, selected)) in parts.iter().zip(&mut selection.parts).enumerate() {
        let dbs = content.rdb.iter().flat_map(|rdb| &rdb.dbs).filter(|db| db.keys > 0);
        dbs.for_each(|db| known.add_unnamed(u32::try_from(db.number).unwrap_or(u32::MAX)));
        let rows = std::mem::take(&mut selected.kept);
        let records_from = content.records_from();
        with(part, &mut |mut feed: &mut dyn Feed| {
            known.deal(&mut feed, &rows, records_from, selected)
        })?;
        selected.left_out.sort_by_key(|out| out.start);
    }
    Ok(())
}

/// All databases that bases and records name.
fn databases(parts: &[&Content]) -> BTreeSet<u64> {
    let logs = parts.iter().filter_map(|content| content.log.as_ref());
    let bases = parts.iter().flat_map(|content| &content.rdb).flat_map(|rdb| &rdb.dbs);
    let named = logs.flat_map(|log| &log.databases).map(|db| u64::from(*db));
    named.chain(bases.filter(|db| db.keys > 0).map(|db| db.number)).collect()
}

/// In which databases the keys were written that matter.
#[derive(Debug, Default)]
struct Known {
    keys: BTreeMap<Vec<u8>, Places>,
    /// Databases in which keys lie that are not known by name.
    unnamed: BTreeSet<u32>,
    /// Whether databases were exchanged, so that nothing can be concluded from a place any more.
    is_unsure: bool,
}

/// The databases that a key was seen in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Places {
    #[default]
    Nowhere,
    One(u32),
    Several,
}

impl Known {
    /// Goes over what is kept of a part: learns from records whose database is known, and assigns the others.
    fn deal<F: Feed>(
        &mut self,
        feed: &mut F,
        rows: &[Kept],
        records_from: u64,
        selected: &mut Selected,
    ) -> Result<(), ReadError> {
        let (mut db, mut is_open) = (0, false);
        for kept in rows {
            let kept = Kept { is_reopened: kept.is_reopened || is_open, ..*kept };
            is_open = false;
            if kept.is_assumed {
                is_open = self.assign(feed, &kept, selected)?;
                continue;
            }
            if kept.end > records_from {
                self.learn(feed, &kept, &mut db)?;
            }
            selected.kept.push(kept);
        }
        Ok(())
    }

    /// Takes in that an RDB file holds keys in this database.
    fn add_unnamed(&mut self, db: u32) {
        self.unnamed.insert(db);
    }

    /// Notes the keys of records whose database is assumed: the others need not be remembered.
    fn want<F: Feed>(&mut self, feed: &mut F, kept: &Kept) -> Result<(), ReadError> {
        each(feed, kept.start, kept.end, &mut |_, _, frame| {
            for key in keys_of(frame) {
                if self.keys.len() < MOST_KEYS && !self.keys.contains_key(key) {
                    self.keys.insert(key.to_vec(), Places::Nowhere);
                }
            }
        })
    }

    /// Learns from records whose database is known where keys are; `db` is the one in force, before and afterwards.
    fn learn<F: Feed>(&mut self, feed: &mut F, kept: &Kept, db: &mut u32) -> Result<(), ReadError> {
        *db = kept.select.unwrap_or(*db);
        each(feed, kept.start, kept.end, &mut |_, _, frame| {
            if let Some(selected) = selected(frame) {
                *db = selected;
            }
            self.note(frame, *db);
        })
    }

    fn note(&mut self, frame: &Frame<'_>, db: u32) {
        let name = frame.args().next().unwrap_or_default();
        self.is_unsure |=
            [&b"SWAPDB"[..], b"MOVE"].iter().any(|odd| name.eq_ignore_ascii_case(odd));
        for key in keys_of(frame) {
            if let Some(places) = self.keys.get_mut(key) {
                *places = match *places {
                    Places::Nowhere => Places::One(db),
                    Places::One(before) if before == db => Places::One(db),
                    _ => Places::Several,
                };
            }
        }
    }

    /// Gives the records of a stretch to databases, or leaves them out. `MULTI` and `EXEC` have no database and are left
    /// out too: the result tells whether a transaction is open at the end, which must then be begun anew.
    fn assign<F: Feed>(
        &mut self,
        feed: &mut F,
        kept: &Kept,
        selected: &mut Selected,
    ) -> Result<bool, ReadError> {
        let mut runs: Vec<(u64, u64, Option<u32>, u64)> = Vec::new();
        let (mut at, mut is_open) = (kept.start, kept.is_reopened);
        each(feed, kept.start, kept.end, &mut |_, end, frame| {
            let name = frame.args().next().unwrap_or_default();
            is_open = name.eq_ignore_ascii_case(b"MULTI")
                || (is_open && !name.eq_ignore_ascii_case(b"EXEC"));
            let db = self.database_of(frame);
            match runs.last_mut() {
                Some((_, run_end, run_db, records)) if *run_db == db => {
                    (*run_end, *records) = (end, *records + 1);
                }
                _ => runs.push((at, end, db, 1)),
            }
            at = end;
        })?;
        if at < kept.end {
            runs.push((at, kept.end, None, 0));
        }
        for (start, end, db, records) in runs {
            match db {
                Some(db) => selected.kept.push(Kept {
                    start,
                    end,
                    records,
                    select: Some(db),
                    is_reopened: false,
                    is_left_open: false,
                    ..*kept
                }),
                None => selected.left_out.push(LeftOut {
                    start,
                    end,
                    finding: FindingId::AofDbAssumed,
                    commands: CommandRange::exactly(records),
                    keys: Keys::default(),
                    seconds: None,
                    is_readable: true,
                }),
            }
        }
        Ok(is_open && !kept.is_left_open)
    }

    /// The one database that all keys of a record are known to be in.
    fn database_of(&self, frame: &Frame<'_>) -> Option<u32> {
        let mut found = None;
        for key in keys_of(frame) {
            match self.keys.get(key) {
                Some(Places::One(db)) if found.is_none_or(|found| found == *db) => {
                    found = Some(*db);
                }
                _ => return None,
            }
        }
        found.filter(|db| !self.is_unsure && self.unnamed.iter().all(|unnamed| unnamed == db))
    }
}

/// Shows all strictly formed records of a range, with where each begins and ends. Others are passed over together with
/// what follows them.
fn each<F: Feed>(
    feed: &mut F,
    start: u64,
    end: u64,
    visit: &mut dyn FnMut(u64, u64, &Frame<'_>),
) -> Result<(), ReadError> {
    let (mut at, mut want) = (start, USUAL);
    while at < end {
        feed.keep_from(at);
        let window = feed.window(at, want)?;
        let is_all = window.len() < want;
        let left = usize::try_from(end - at).unwrap_or(usize::MAX);
        let window = &window[..window.len().min(left)];
        let taken = take(window, at, visit);
        match taken {
            0 if is_all || window.len() == left || want > 1 << 30 => return Ok(()),
            0 => want = want.saturating_mul(4),
            taken => (at, want) = (at + taken as u64, USUAL),
        }
    }
    Ok(())
}

/// Takes the records of a window, and returns how many bytes they have.
fn take(window: &[u8], at: u64, visit: &mut dyn FnMut(u64, u64, &Frame<'_>)) -> usize {
    let mut rest = window;
    loop {
        let used = window.len() - rest.len();
        rest = match rest.first() {
            Some(b'#') => match annotation(rest) {
                Ok((behind, _)) => behind,
                Err(_) => return used,
            },
            _ => match frame(rest) {
                Ok((behind, frame)) => {
                    let end = used + frame.bytes().len();
                    visit(at + used as u64, at + end as u64, &frame);
                    behind
                }
                Err(Err::Incomplete(_) | Err::Error(_) | Err::Failure(_)) => return used,
            },
        };
    }
}

fn keys_of<'a>(frame: &Frame<'a>) -> Vec<&'a [u8]> {
    let Some(command) = Table::get().find(frame) else { return Vec::new() };
    let args: Vec<&[u8]> = frame.args().collect();
    command.key_positions(&args).map(|position| args[position]).collect()
}

fn selected(frame: &Frame<'_>) -> Option<u32> {
    let mut args = frame.args();
    let is_select = args.next()?.eq_ignore_ascii_case(b"SELECT");
    is_select.then(|| std::str::from_utf8(args.next()?).ok()?.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(log: &[u8], is_assumed: bool) -> Kept {
        let (start, end) = (0, log.len() as u64);
        Kept { is_assumed, ..Kept::whole(start, end) }
    }

    fn log(lines: &[&str]) -> Vec<u8> {
        let record = |line: &&str| {
            let words: Vec<&str> = line.split(' ').collect();
            let args = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len()));
            format!("*{}\r\n{}", words.len(), args.collect::<String>()).into_bytes()
        };
        lines.iter().map(record).collect::<Vec<_>>().concat()
    }

    /// To which databases the records behind a gap are given.
    fn assigned(before: &[&str], behind: &[&str], unnamed: &[u32]) -> Vec<Option<u32>> {
        let (before, behind) = (log(before), log(behind));
        let mut known = Known::default();
        unnamed.iter().for_each(|db| known.add_unnamed(*db));
        known.want(&mut &behind[..], &kept(&behind, true)).expect("a slice can be read");
        let mut db = 0;
        known.learn(&mut &before[..], &kept(&before, false), &mut db).expect("likewise");
        let mut selected = Selected::default();
        known.assign(&mut &behind[..], &kept(&behind, true), &mut selected).expect("likewise");
        let kept = selected.kept.iter().map(|kept| (kept.start, kept.select, kept.records));
        let out = selected.left_out.iter().map(|out| (out.start, None, out.commands.max));
        let mut all: Vec<_> = kept.chain(out).collect();
        all.sort_unstable();
        all.into_iter().flat_map(|(_, db, count)| vec![db; count as usize]).collect()
    }

    const BEFORE: [&str; 5] = ["SET a 1", "SET both 1", "SELECT 3", "SET c 1", "SET both 2"];

    #[test]
    fn a_record_goes_where_its_keys_were_written() {
        let behind = ["INCR a", "INCR c", "INCR c", "INCR both", "INCR new", "RENAME a c"];
        let expected = [Some(0), Some(3), Some(3), None, None, None];
        assert_eq!(assigned(&BEFORE, &behind, &[]), expected);
    }

    #[test]
    fn keys_without_a_name_in_another_database_make_it_a_guess() {
        assert_eq!(assigned(&BEFORE, &["INCR a", "INCR c"], &[0]), [Some(0), None]);
        assert_eq!(assigned(&BEFORE, &["INCR a", "INCR c"], &[5]), [None, None]);
    }

    #[test]
    fn a_transaction_that_is_still_open_behind_the_stretch_must_be_begun_anew() {
        for (lines, is_open) in
            [(&["MULTI", "INCR a"][..], true), (&["MULTI", "INCR a", "EXEC"], false)]
        {
            let log = log(lines);
            let assigned =
                Known::default().assign(&mut &log[..], &kept(&log, true), &mut Selected::default());
            assert_eq!(assigned.expect("a slice can be read"), is_open);
        }
    }

    #[test]
    fn exchanged_databases_prove_nothing() {
        let before = [&BEFORE[..], &["SWAPDB 0 3"]].concat();
        assert_eq!(assigned(&before, &["INCR a"], &[]), [None]);
    }

    #[test]
    fn what_names_no_key_is_left_out() {
        assert_eq!(assigned(&BEFORE, &["FLUSHDB", "INCR a"], &[]), [None, Some(0)]);
    }
}
