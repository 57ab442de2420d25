//! What is carried over of a row of parts, and why the rest is not: a pure function of what was found and a mode.
//!
//! Repair and conversion start from a [`Selection`], and so say the same of the same log.

use crate::content::{Content, Format};
use crate::diagnosis::Diagnosis;
use crate::finding::{CommandRange, FindingId, Keys};
use crate::outline::{Nature, Stretch, TailEnd};

mod cut;

/// What may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Only what yields no command: whole records on both sides of damage are carried over.
    Salvage,
    /// Everything from the first damage on, whole records included.
    Cut,
}

/// How a selection is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// What may be left out.
    pub mode: Mode,
    /// Whether a transaction is carried over although its `EXEC` was not seen and may have stood in a gap.
    pub keeps_uncommitted: bool,
}

/// What becomes of a row of parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// One for each part, in the order of loading.
    pub parts: Vec<Selected>,
}

/// What becomes of one part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selected {
    /// What is carried over, in order.
    pub kept: Vec<Kept>,
    /// What is not, in order.
    pub left_out: Vec<LeftOut>,
}

/// Bytes that are carried over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// The first byte.
    pub start: u64,
    /// The byte behind the last.
    pub end: u64,
    /// Whole records in them; none in an RDB file.
    pub records: u64,
    /// The database that must be named before them, because something before them is left out.
    pub select: Option<u32>,
    /// Whether that database is assumed: a `SELECT` may have stood in what is left out.
    pub is_assumed: bool,
    /// Whether some of the records can be read but are not strictly formed.
    pub is_loose: bool,
    /// Whether a `MULTI` must be put before them: they go on with a transaction that a gap interrupts.
    pub is_reopened: bool,
    /// Whether an `EXEC` must be put behind them.
    pub is_left_open: bool,
    /// Whether they belong to a transaction that goes on behind them and is committed there.
    pub is_begun: bool,
}

impl Kept {
    /// Bytes that are carried over as they stand.
    pub const fn whole(start: u64, end: u64) -> Self {
        Self {
            start,
            end,
            records: 0,
            select: None,
            is_assumed: false,
            is_loose: false,
            is_reopened: false,
            is_left_open: false,
            is_begun: false,
        }
    }

    /// Whether it is carried over byte for byte, with nothing before or behind it.
    pub const fn is_verbatim(&self) -> bool {
        self.select.is_none() && !self.is_loose && !self.is_left_open && !self.is_reopened
    }
}

/// Bytes that are not carried over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The first byte.
    pub start: u64,
    /// The byte behind the last.
    pub end: u64,
    /// Why.
    pub finding: FindingId,
    /// Commands that are lost with them.
    pub commands: CommandRange,
    /// Keys that these name, as far as is known.
    pub keys: Keys,
    /// Seconds of writes, at the most, where clock lines tell.
    pub seconds: Option<u64>,
    /// Whether they are whole records that take effect, left out only because they stand behind damage.
    pub is_readable: bool,
}

impl LeftOut {
    /// How many bytes.
    pub const fn len(&self) -> u64 {
        self.end - self.start
    }

    /// Whether there is no byte in it.
    pub const fn is_empty(&self) -> bool {
        self.start == self.end
    }
}

impl Selected {
    /// The byte up to which the part is as it was, if all that is left out is its end.
    pub fn cut_at(&self) -> Option<u64> {
        match (self.kept.as_slice(), self.left_out.as_slice()) {
            (_, []) => None,
            (kept, left_out) => {
                let at = kept.last().map_or(0, |last| last.end);
                let is_row = kept.windows(2).all(|pair| pair[0].end == pair[1].start);
                let is_verbatim = kept.iter().all(Kept::is_verbatim);
                let is_behind = left_out.iter().all(|left_out| left_out.start >= at);
                let starts = kept.first().is_none_or(|first| first.start == 0);
                (is_row && is_verbatim && is_behind && starts).then_some(at)
            }
        }
    }

    /// Whether it is carried over byte for byte.
    pub fn is_untouched(&self) -> bool {
        self.left_out.is_empty() && self.kept.iter().all(Kept::is_verbatim)
    }

    /// Whole records that are carried over.
    pub fn records(&self) -> u64 {
        self.kept.iter().map(|kept| kept.records).sum()
    }
}

impl Selection {
    /// Whether all that is left out stands behind everything that is carried over; what takes no effect, such as an
    /// `EXEC` without its `MULTI`, does not count.
    pub fn reaches_end(&self) -> bool {
        let rows = self.parts.iter().enumerate();
        let last = rows
            .clone()
            .flat_map(|(part, selected)| selected.kept.iter().map(move |kept| (part, kept)))
            .filter(|(_, kept)| kept.records > 0 || kept.start == 0)
            .map(|(part, kept)| (part, kept.end))
            .max();
        rows.flat_map(|(part, selected)| selected.left_out.iter().map(move |out| (part, out)))
            .filter(|(_, left_out)| is_damage(left_out.finding))
            .all(|(part, left_out)| Some((part, left_out.start)) >= last)
    }

    /// The same, without everything that stands behind the first damage; never cut inside of a transaction.
    #[must_use]
    pub fn cut(self) -> Self {
        cut::behind_first_damage(self)
    }

    /// Everything that is left out, with the number of its part.
    pub fn left_out(&self) -> impl Iterator<Item = (usize, &LeftOut)> {
        let parts = self.parts.iter().enumerate();
        parts.flat_map(|(part, selected)| selected.left_out.iter().map(move |out| (part, out)))
    }
}

/// Whether what is left out for this reason is missing where it stood: an `EXEC` alone has no effect, and of a key that
/// comes twice one stays.
pub const fn is_damage(finding: FindingId) -> bool {
    !matches!(finding, FindingId::AofExecStray | FindingId::RdbDuplicateKey)
}

/// Chooses from parts in the order of loading, which were scanned with an outline.
pub fn select(parts: &[&Content], choice: Choice) -> Selection {
    let parts = parts.iter().map(|content| selected(content, choice)).collect();
    let selection = Selection { parts };
    match choice.mode {
        Mode::Salvage => selection,
        Mode::Cut => selection.cut(),
    }
}

fn selected(content: &Content, choice: Choice) -> Selected {
    let mut selected = Selected::default();
    let records_from = content.records_from();
    if records_from > 0 {
        selected.kept.push(Kept::whole(0, records_from));
    }
    match &content.log {
        Some(log) => records(&mut selected, log, choice),
        None if content.format == Format::Rdb => behind_rdb(&mut selected, content),
        None => {}
    }
    selected
}

/// Padding behind an RDB file, or what else is no record.
fn behind_rdb(selected: &mut Selected, content: &Content) {
    let end = content.records_from();
    if content.bytes > end {
        let found = content.findings.iter().find(|finding| finding.offset == end);
        let finding = found.map_or(FindingId::RdbTrailingNul, |finding| finding.id);
        selected.left_out.push(LeftOut {
            start: end,
            end: content.bytes,
            finding,
            commands: CommandRange::default(),
            keys: Keys::default(),
            seconds: None,
            is_readable: false,
        });
    }
}

fn records(selected: &mut Selected, log: &Diagnosis, choice: Choice) {
    let Some(outline) = &log.outline else { return };
    let (mut is_spliced, mut is_in_transaction) = (false, false);
    let mut stretches = outline.stretches.iter().peekable();
    while let Some(stretch) = stretches.next() {
        let is_before_gap =
            stretches.peek().is_some_and(|next| matches!(next.nature, Nature::Gap { .. }));
        match fate(stretch, is_before_gap, choice) {
            Fate::Kept { is_left_open } => {
                let is_begun = matches!(stretch.nature, Nature::Begun { .. });
                let kept = Kept {
                    select: is_spliced.then_some(stretch.db),
                    is_reopened: is_in_transaction,
                    is_left_open: is_left_open || is_begun,
                    records: stretch.records,
                    is_assumed: is_assumed(stretch),
                    is_begun,
                    ..Kept::whole(stretch.start, stretch.end)
                };
                (is_spliced, is_in_transaction) = (false, is_begun);
                keep(selected, kept, outline.loose);
            }
            Fate::LeftOut(finding) => {
                is_spliced |= finding != FindingId::AofExecStray;
                selected.left_out.push(left_out(stretch, finding, log));
            }
        }
    }
}

/// Adds what is carried over, in up to three pieces: only the middle one may hold records that are not strictly formed.
fn keep(selected: &mut Selected, kept: Kept, loose: Option<(u64, u64)>) {
    let overlap = loose.map(|(from, to)| (from.max(kept.start), to.min(kept.end)));
    let Some((from, to)) = overlap.filter(|(from, to)| from < to) else {
        return push(selected, kept);
    };
    let before = Kept { end: from, records: 0, is_left_open: false, ..kept };
    let select = if from == kept.start { kept.select } else { None };
    let middle = Kept { start: from, end: to, is_loose: true, select, is_left_open: false, ..kept };
    let behind = Kept { start: to, records: 0, select: None, is_left_open: false, ..kept };
    let pieces = [before, middle, behind].into_iter().filter(|piece| piece.start < piece.end);
    pieces.for_each(|piece| push(selected, piece));
    if let Some(last) = selected.kept.last_mut() {
        last.is_left_open = kept.is_left_open;
    }
}

/// Joins what follows without a seam.
fn push(selected: &mut Selected, kept: Kept) {
    match selected.kept.last_mut() {
        Some(last)
            if last.end == kept.start
                && last.is_verbatim()
                && kept.is_verbatim()
                && (last.is_assumed, last.is_begun) == (kept.is_assumed, kept.is_begun) =>
        {
            last.end = kept.end;
            last.records += kept.records;
        }
        _ => selected.kept.push(kept),
    }
}

enum Fate {
    Kept { is_left_open: bool },
    LeftOut(FindingId),
}

fn fate(stretch: &Stretch, is_before_gap: bool, choice: Choice) -> Fate {
    Fate::LeftOut(match stretch.nature {
        Nature::Sound { .. } | Nature::Begun { .. } | Nature::Repeated { is_certain: false } => {
            return Fate::Kept { is_left_open: false };
        }
        Nature::Uncommitted if is_before_gap && choice.keeps_uncommitted => {
            return Fate::Kept { is_left_open: true };
        }
        Nature::Uncommitted => FindingId::AofMultiOpen,
        Nature::Gap { .. } => FindingId::AofGap,
        Nature::StrayExec => FindingId::AofExecStray,
        Nature::Repeated { is_certain: true } => FindingId::AofTailDuplicated,
        Nature::Tail { kind, .. } => match kind {
            TailEnd::Torn | TailEnd::TornAnnotation => FindingId::AofTailTorn,
            TailEnd::Nul => FindingId::AofTailNul,
            TailEnd::Garbage => FindingId::AofTailGarbage,
            TailEnd::Rdb => FindingId::AofConcatenated,
        },
    })
}

const fn is_assumed(stretch: &Stretch) -> bool {
    matches!(
        stretch.nature,
        Nature::Sound { is_assumed: true } | Nature::Begun { is_assumed: true }
    )
}

/// What the finding about these bytes says of them.
fn left_out(stretch: &Stretch, finding: FindingId, log: &Diagnosis) -> LeftOut {
    let is_about = |id: FindingId| {
        id == finding || (finding, id) == (FindingId::AofMultiOpen, FindingId::AofMultiDangling)
    };
    let found =
        log.findings.iter().find(|found| found.offset == stretch.start && is_about(found.id));
    LeftOut {
        start: stretch.start,
        end: stretch.end,
        finding: found.map_or(finding, |found| found.id),
        // Of what is repeated, or never took effect, nothing is lost; and padding holds nothing.
        commands: match stretch.nature {
            Nature::Repeated { .. } | Nature::StrayExec => CommandRange::default(),
            Nature::Tail { kind: TailEnd::Nul, commands } if commands.min == 0 => {
                CommandRange::default()
            }
            _ => stretch.commands(),
        },
        keys: found.map(|found| found.loss.keys.clone()).unwrap_or_default(),
        seconds: found.and_then(|found| found.loss.seconds),
        is_readable: false,
    }
}

#[cfg(test)]
mod tests;
