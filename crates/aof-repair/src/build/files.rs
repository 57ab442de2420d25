//! Which files are written, cut and put in place.

use std::collections::BTreeSet;

use aof_log::inventory::{Place, Scope};
use aof_log::manifest::{self, Entry, EntryRole, Manifest};
use aof_log::names::Named;
use aof_log::selection::{Selected, Selection};
use aof_log::survey::Role;

use super::{Chosen, Goal, View, recipe};
use crate::name::Name;
use crate::plan::{Action, Piece, Plan};

/// Adds the actions that lead to what was selected.
pub(super) fn write(
    view: &View<'_>,
    goal: Goal,
    chosen: &Chosen,
    selection: &Selection,
    plan: &mut Plan,
) {
    plan.kept_commands = selection.parts.iter().map(Selected::records).sum();
    match (chosen.is_single, chosen.files.is_empty()) {
        (_, true) => {}
        (true, _) if chosen.files.len() > 1 => pieces(view, chosen.files[0], selection, plan),
        (true, _) => single(view, goal, chosen, &selection.parts[0], plan),
        (false, _) => Set::new(view, goal, chosen, selection).write(plan),
    }
}

fn single(view: &View<'_>, goal: Goal, chosen: &Chosen, selected: &Selected, plan: &mut Plan) {
    let file = chosen.files[0];
    let (source, is_packed) = (view.name(file), is_packed(view, file));
    let recipe = chosen.recipe(&source, selected, file);
    let place = chosen.stands_in_for.unwrap_or(file);
    let target = Name(view.inventory.files[place].name.clone());
    if goal == Goal::Copy {
        let like = Some(source);
        return plan.actions.push(Action::Write { file: target, recipe, replaces: None, like });
    }
    let anew = chosen.anew.get(&file);
    if chosen.stands_in_for.is_none() && anew.is_none() && selected.is_untouched() {
        return;
    }
    if is_packed {
        plan.notes.push("a packed file is not repaired in place: use -o DIR".to_owned());
        return;
    }
    let cut_at = match anew {
        Some(anew) => {
            anew.cut_at().filter(|_| view.content(file).is_some_and(|it| it.log.is_none()))
        }
        None => selected.cut_at(),
    };
    plan.actions.push(match cut_at.filter(|_| chosen.stands_in_for.is_none()) {
        Some(to) => cut(view, file, to),
        None => Action::Replace { file: view.name(place), recipe },
    });
}

impl Chosen {
    /// The pieces of a file that holds what was kept of another.
    fn recipe(&self, source: &Name, selected: &Selected, file: usize) -> Vec<Piece> {
        let Some(anew) = self.anew.get(&file) else { return recipe::of(source, &selected.kept) };
        let (_, records) = selected.kept.split_at(1);
        [anew.recipe(source), recipe::of(source, records)].concat()
    }
}

/// Each of several logs that were joined as a file of its own: `appendonly-1.aof`, `appendonly-2.aof`.
fn pieces(view: &View<'_>, file: usize, selection: &Selection, plan: &mut Plan) {
    let source = view.name(file);
    let name = &view.inventory.files[file].name;
    let stem = name.strip_suffix(b".aof").unwrap_or(name);
    for (number, selected) in (1..).zip(&selection.parts) {
        let target = Name([stem, format!("-{number}.aof").as_bytes()].concat());
        let (recipe, like) = (recipe::of(&source, &selected.kept), Some(source.clone()));
        plan.actions.push(Action::Write { file: target, recipe, replaces: None, like });
    }
    plan.notes.push(
        "two logs stood in one file, and each is a file of its own now: choose the one that counts, check it, and give \
         it the name of the log"
            .to_owned(),
    );
}

fn cut(view: &View<'_>, file: usize, to: u64) -> Action {
    Action::Cut { file: view.name(file), from: view.inventory.files[file].disk_bytes, to }
}

fn is_packed(view: &View<'_>, file: usize) -> bool {
    let file = &view.inventory.files[file];
    file.name != file.disk_name
}

/// A set that takes shape.
struct Set<'s> {
    view: &'s View<'s>,
    goal: Goal,
    chosen: &'s Chosen,
    selection: &'s Selection,
    /// Names in the folder of the set that are taken.
    taken: BTreeSet<Vec<u8>>,
}

impl<'s> Set<'s> {
    fn new(view: &'s View<'s>, goal: Goal, chosen: &'s Chosen, selection: &'s Selection) -> Self {
        let there = view.inventory.files.iter().filter(|file| file.place == Place::Set);
        let taken = match goal {
            Goal::InPlace => there.map(|file| file.disk_name.clone()).collect(),
            Goal::Copy => BTreeSet::new(),
        };
        Self { view, goal, chosen, selection, taken }
    }

    fn write(mut self, plan: &mut Plan) {
        let mut manifest = Manifest::default();
        let mut cuts = Vec::new();
        let (mut writes, mut last_seq) = (Vec::new(), 0);
        let rows = self.chosen.files.iter().zip(&self.chosen.roles).zip(&self.selection.parts);
        let count = self.chosen.files.len();
        for (index, ((file, role), selected)) in rows.enumerate() {
            let is_last = index + 1 == count;
            let mut entry = self.entry(*file, *role, last_seq);
            if *role == Role::Incr {
                last_seq = entry.seq;
            }
            if *role == Role::Incr && self.is_gone(index) {
                if self.goal == Goal::InPlace {
                    writes.push(Action::Retire { file: self.view.name(*file) });
                }
                continue;
            }
            match self.fate(*file, selected, is_last) {
                Fate::Stays => {}
                Fate::Cut(to) => cuts.push(cut(self.view, *file, to)),
                Fate::Anew => {
                    let write = self.anew(*file, *role, &entry, selected);
                    entry.file = write.target().last().to_vec();
                    writes.push(write);
                }
            }
            manifest.entries.push(entry);
        }
        if last_seq == 0 {
            let (entry, write) = self.empty_incr();
            manifest.entries.push(entry);
            writes.push(write);
        }
        self.conclude(plan, manifest, writes, cuts);
    }

    /// Whether nothing is carried over of a part that stands behind damage: it is not worth a line.
    fn is_gone(&self, index: usize) -> bool {
        let (before, from) = self.selection.parts.split_at(index);
        let has_damage = before.iter().any(|part| !part.left_out.is_empty());
        has_damage
            && from.first().is_some_and(|part| part.kept.is_empty() && !part.left_out.is_empty())
    }

    fn conclude(self, plan: &mut Plan, manifest: Manifest, writes: Vec<Action>, cuts: Vec<Action>) {
        let is_needed = self.goal == Goal::Copy
            || self.chosen.is_rebuilt
            || writes.iter().any(is_more_than_empty)
            || self.has_stale_offset(&cuts);
        let is_new = self.goal == Goal::Copy || self.view.inventory.set_folder.is_none();
        if is_needed && is_new && self.view.inventory.scope == Scope::DataFolder {
            plan.actions.push(Action::Folder { folder: Name(self.view.set_folder().to_vec()) });
        }
        if is_needed {
            let (retired, written): (Vec<Action>, Vec<Action>) =
                writes.into_iter().partition(|write| matches!(write, Action::Retire { .. }));
            plan.actions.extend(written);
            let name = [&self.view.inventory.prefix[..], b".manifest"].concat();
            plan.actions.push(Action::Manifest {
                file: self.view.name_in(Place::Set, &name),
                text: Name(manifest::write(&manifest)),
                like: self.donor(),
            });
            plan.actions.extend(retired);
        }
        plan.actions.extend(cuts);
    }

    /// Whether the manifest says where the last part ends, which a cut makes wrong.
    fn has_stale_offset(&self, cuts: &[Action]) -> bool {
        let named = self.view.inventory.manifest.as_ref().map(|(_, read)| &read.manifest);
        let has_end =
            named.is_some_and(|named| named.entries.iter().any(|entry| entry.end_offset.is_some()));
        has_end && !cuts.is_empty()
    }

    /// The file whose owner and permissions new ones get.
    fn donor(&self) -> Option<Name> {
        self.chosen.files.last().map(|file| self.view.name(*file))
    }

    fn fate(&self, file: usize, selected: &Selected, is_last: bool) -> Fate {
        let is_elsewhere = self.view.inventory.files[file].place != Place::Set;
        let is_anew = self.goal == Goal::Copy || is_elsewhere || is_packed(self.view, file);
        match selected.cut_at() {
            _ if is_anew || self.chosen.anew.contains_key(&file) => Fate::Anew,
            None if selected.is_untouched() => Fate::Stays,
            Some(to) if is_last => Fate::Cut(to),
            _ => Fate::Anew,
        }
    }

    /// A new file with what was kept of another, under a name that nothing has.
    fn anew(&mut self, file: usize, role: Role, entry: &Entry, selected: &Selected) -> Action {
        let source = self.view.name(file);
        let is_in_set = self.view.inventory.files[file].place == Place::Set;
        let name = self.unused(&entry.file, role, entry.seq);
        Action::Write {
            file: self.view.name_in(Place::Set, &name),
            recipe: self.chosen.recipe(&source, selected, file),
            replaces: (is_in_set && self.goal == Goal::InPlace).then(|| source.clone()),
            like: Some(source),
        }
    }

    fn empty_incr(&mut self) -> (Entry, Action) {
        let name = self.unused(b"", Role::Incr, 1);
        let write = Action::Write {
            file: self.view.name_in(Place::Set, &name),
            recipe: Vec::<Piece>::new(),
            replaces: None,
            like: self.donor(),
        };
        (entry(name, 1, EntryRole::Incr), write)
    }

    /// A name for a part: the one that it has, the usual one, or one that tells of a repair.
    fn unused(&mut self, own: &[u8], role: Role, seq: i64) -> Vec<u8> {
        let prefix = &self.view.inventory.prefix;
        let ending: &[u8] = match role {
            Role::Incr => b".incr.aof",
            _ if own.ends_with(b".aof") => b".base.aof",
            _ => b".base.rdb",
        };
        let numbered = |repair: u32| {
            let number = match repair {
                0 => format!(".{seq}"),
                repair => format!(".{seq}r{repair}"),
            };
            [prefix, number.as_bytes(), ending].concat()
        };
        let is_part = matches!(Named::of(own), Named::Base { .. } | Named::Incr { .. });
        let first = is_part.then(|| own.to_vec());
        let names = first.into_iter().chain((0..).map(numbered));
        let name = names.into_iter().find(|name| !self.taken.contains(name));
        let name = name.expect("there are more numbers than files");
        self.taken.insert(name.clone());
        name
    }

    /// The line of the manifest for a part: the one that it has, or what its name says.
    fn entry(&self, file: usize, role: Role, before: i64) -> Entry {
        let found = &self.view.inventory.files[file];
        let named = self.view.inventory.manifest.as_ref().and_then(|(_, read)| {
            read.manifest.entries.iter().find(|entry| entry.file == found.name)
        });
        let by_name = match Named::of(&found.name) {
            Named::Base { seq, .. } | Named::Incr { seq, .. } => seq,
            _ => 1,
        };
        let role = if role == Role::Incr { EntryRole::Incr } else { EntryRole::Base };
        let start_offset = named.and_then(|entry| entry.start_offset);
        let mut seq = named.map_or(by_name, |entry| entry.seq);
        if role == EntryRole::Incr {
            seq = seq.max(before.saturating_add(1));
        }
        Entry { start_offset, ..entry(found.name.clone(), seq, role) }
    }
}

/// Whether it is more than the increment that servers make themselves where there is none.
fn is_more_than_empty(action: &Action) -> bool {
    match action {
        Action::Write { recipe, replaces, .. } => !recipe.is_empty() || replaces.is_some(),
        _ => true,
    }
}

enum Fate {
    Stays,
    Cut(u64),
    Anew,
}

fn entry(file: Vec<u8>, seq: i64, role: EntryRole) -> Entry {
    Entry { line: 0, file, seq, role, start_offset: None, end_offset: None }
}
