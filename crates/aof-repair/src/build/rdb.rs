//! RDB files that are damaged: a sound one is made of what can be read of each.

use std::collections::BTreeMap;

use aof_log::selection::{Kept, LeftOut, Mode, Selection, is_damage};
use aof_log::{CommandRange, Content, Finding, FindingId, Keys, RdbWindows};
use aof_rdb::{Cause, Checksum, DefectKind, Gone, Mended, Stretch, Why, salvage_examined};
use aof_source::ReadError;

use super::chain::snapshot::leave;
use super::{Chosen, View};
use crate::error::RepairError;
use crate::name::Name;
use crate::plan::{Piece, Plan};

mod notes;

const PACKED: &str = "it is packed: unpack it, and repair what comes out";

const NOTHING: &str = "no key of it can be read, or what cannot be read is of a kind that is not known here: look for \
                       another copy, or load it with the server that wrote it";

/// RDB files that are made anew, by their place in the inventory.
pub(super) type Cures = BTreeMap<usize, Cure>;

/// How an RDB file is made anew.
#[derive(Debug, Clone)]
pub(super) struct Cure {
    /// With all that can be read.
    all: Mended,
    /// With what stands before the first damage; `None` if nothing is damaged inside of it.
    before: Option<Mended>,
    /// Whether the checksum is wrong, so that a value may be another one than was written.
    is_doubtful: bool,
}

/// Damage to an RDB file that is not cured by this, and why.
pub(super) fn incurable(content: &Content) -> Option<&'static str> {
    let rdb = content.rdb.as_ref()?;
    let kind = rdb.defect.as_ref().map(|defect| defect.kind);
    (kind == Some(DefectKind::UnknownVersion)).then_some(
        "its version is not known here, so what is in it cannot be told: load it with the server that wrote it",
    )
}

/// Whether something is wrong with the RDB file in a file that a new one would not have.
pub(crate) fn is_damaged(content: &Content) -> bool {
    let Some(rdb) = content.rdb.as_ref().filter(|_| content.flip.is_none()) else { return false };
    let has_bad = |values: &aof_rdb::Values| values.total_bad > 0 || values.total_twins > 0;
    rdb.defect.is_some()
        || matches!(rdb.checksum, Checksum::Wrong { .. })
        || rdb.values.as_ref().is_some_and(has_bad)
        || content.log.is_none() && content.bytes > rdb.end
}

/// How the damaged ones among the files are made anew. One that is all there is, and cannot be, is chosen no more.
pub(super) fn cures(
    view: &View<'_>,
    chosen: Chosen,
    draft: &mut Plan,
) -> Result<(Chosen, Cures), RepairError> {
    let mut cures = Cures::new();
    for file in &chosen.files {
        let Some(content) = view.content(*file).filter(|content| is_damaged(content)) else {
            continue;
        };
        let is_packed = view.inventory.files[*file].name != view.inventory.files[*file].disk_name;
        let cure = if is_packed { None } else { cure(view, *file, content)? };
        if let Some(cure) = cure {
            cures.insert(*file, cure);
        } else if chosen.is_single && content.log.is_none() {
            let why = if is_packed { PACKED } else { NOTHING };
            leave(view, chosen.stands_in_for.unwrap_or(*file), why, draft);
            return Ok((Chosen::default(), cures));
        }
    }
    Ok((chosen, cures))
}

fn cure(view: &View<'_>, file: usize, content: &Content) -> Result<Option<Cure>, RepairError> {
    let Some(examined) = &content.rdb else { return Ok(None) };
    // Records that stand behind an RDB file are read by themselves.
    let len = if content.log.is_some() { examined.end } else { content.bytes };
    let mut cure = None;
    view.with_feed(file, |feed| {
        let mut source = RdbWindows(feed);
        let found = salvage_examined(&mut source, examined, len)?;
        // What is right as a whole and cannot be read is no damage, but a type that is not known here.
        let is_foreign = examined.defect.is_some() && found.checksum == Checksum::Valid;
        let all = found.mend(&mut source, len, None)?;
        if is_foreign || all.keys == 0 {
            return Ok(());
        }
        let damage = found.first_damage();
        let before = damage.map(|at| found.mend(&mut source, len, Some(at))).transpose()?;
        let is_doubtful = matches!(found.checksum, Checksum::Wrong { .. });
        cure = Some(Cure { all, before, is_doubtful });
        Ok::<(), ReadError>(())
    })?;
    Ok(cure)
}

impl Cure {
    /// Whether keys stand behind damage, so that it is a choice whether they are kept.
    pub(super) fn goes_on_behind_damage(&self) -> bool {
        self.all.behind_damage > 0
    }

    /// What comes of it in a mode.
    fn anew(&self, mode: Mode) -> Anew {
        let mended = match (mode, &self.before) {
            (Mode::Cut, Some(before)) => before,
            _ => &self.all,
        };
        Anew { mended: mended.clone(), is_doubtful: self.is_doubtful }
    }
}

/// All of them in a mode.
pub(super) fn anew(cures: &Cures, mode: Mode) -> BTreeMap<usize, Anew> {
    cures.iter().map(|(file, cure)| (*file, cure.anew(mode))).collect()
}

/// An RDB file that is made of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Anew {
    mended: Mended,
    is_doubtful: bool,
}

impl Anew {
    pub(super) fn keys(&self) -> u64 {
        self.mended.keys
    }

    /// Where the file is cut, if its end is all that is left out.
    pub(super) fn cut_at(&self) -> Option<u64> {
        match &self.mended.pieces[..] {
            [Stretch::Copy(all)] if all.start == 0 => Some(all.end),
            _ => None,
        }
    }

    /// The pieces of the new file.
    pub(super) fn recipe(&self, file: &Name) -> Vec<Piece> {
        let piece = |piece: &Stretch| match piece {
            Stretch::Put(bytes) => Piece::Put { bytes: Name(bytes.clone()) },
            Stretch::Copy(bytes) => {
                Piece::Copy { file: file.clone(), start: bytes.start, end: bytes.end }
            }
        };
        self.mended.pieces.iter().map(piece).collect()
    }
}

/// Puts what is kept and left out of RDB files into a selection.
pub(super) fn settle(view: &View<'_>, chosen: &Chosen, selection: &mut Selection) {
    for (file, selected) in chosen.files.iter().zip(&mut selection.parts) {
        let Some(Anew { mended, .. }) = chosen.anew.get(file) else { continue };
        let Some(content) = view.content(*file) else { continue };
        let mut out: Vec<LeftOut> =
            mended.gone.iter().map(|gone| left_out(gone, content)).collect();
        let (records_from, has_records) = (content.records_from(), content.log.is_some());
        let damage = out.iter().find(|out| is_damage(out.finding)).map(|out| out.start);
        let end = damage.filter(|_| !has_records).unwrap_or(records_from).min(records_from);
        // Padding behind it is among what is gone.
        selected.left_out.retain(|_| has_records);
        out.append(&mut selected.left_out);
        selected.left_out = out;
        if let Some(first) = selected.kept.first_mut() {
            first.start = first.start.max(records_from);
        }
        selected.kept.retain(|kept| kept.start < kept.end);
        selected.kept.insert(0, Kept::whole(0, end));
    }
}

fn left_out(gone: &Gone, content: &Content) -> LeftOut {
    let mut keys = Keys::default();
    if let Some((db, key)) = &gone.key {
        keys.add(u32::try_from(*db).ok(), key);
    }
    LeftOut {
        start: gone.bytes.start,
        end: gone.bytes.end,
        finding: finding(gone, content),
        commands: CommandRange { min: gone.least, max: gone.most },
        keys,
        seconds: None,
        is_readable: matches!(gone.cause, Cause::BehindDamage),
    }
}

fn finding(gone: &Gone, content: &Content) -> FindingId {
    match gone.cause {
        Cause::Torn | Cause::Lost(Why::Truncated) => FindingId::RdbTruncated,
        Cause::Lost(_) | Cause::BehindDamage => FindingId::RdbValueBad,
        Cause::Twin { .. } => FindingId::RdbDuplicateKey,
        Cause::BehindEnd => {
            let is_about = |found: &&Finding| found.offset == gone.bytes.start;
            let found = content.findings.iter().find(is_about);
            found.map_or(FindingId::RdbTrailingNul, |found| found.id)
        }
        Cause::NextFile => FindingId::RdbConcatenated,
    }
}

/// Adds what a plan makes of RDB files: their keys, and what is in doubt.
pub(super) fn tell(view: &View<'_>, chosen: &Chosen, plan: &mut Plan) {
    for file in &chosen.files {
        let Some(Anew { mended, is_doubtful }) = chosen.anew.get(file) else {
            plan.kept_keys += view.content(*file).map_or(0, Content::keys);
            continue;
        };
        plan.kept_keys += mended.keys;
        plan.loss.is_unbounded |= !mended.is_bounded;
        plan.loss.is_doubtful |= is_doubtful;
        notes::add(&view.name(*file), mended, *is_doubtful, plan);
    }
}
