//! What the files would be after a plan, as far as can be told without writing them.

use aof_log::inventory::{File, Inventory, Place, Scope};
use aof_log::manifest;
use aof_log::{Content, Diagnosis, Format, Sound};
use aof_rdb::{Checksum, Summary};

use crate::build::View;
use crate::build::rdb::is_damaged;
use crate::name::Name;
use crate::plan::{Action, Piece, Plan};

/// The files as a server would find them if the plan were applied. Files that are written anew count as sound: what
/// they come to is seen when they are checked.
pub fn afterwards(view: &View<'_>, plan: &Plan, is_copy: bool) -> Inventory {
    let mut inventory = view.inventory.clone();
    let is = |old: &File, file: &Name| view.name_in(old.place, &old.disk_name) == *file;
    if is_copy {
        inventory.files.clear();
        inventory.manifest = None;
    }
    for action in &plan.actions {
        match action {
            Action::Folder { .. } => inventory.set_folder = Some(view.set_folder().to_vec()),
            Action::Write { file, recipe, replaces, .. } => {
                let source = source(view, recipe);
                inventory.files.push(written(view, file, recipe, source));
                if let Some(replaced) = replaces {
                    inventory.files.retain(|old| !is(old, replaced));
                }
            }
            Action::Manifest { file, text, .. } => {
                let (place, name) = place_of(view, file);
                inventory.files.retain(|old| (old.place, &old.disk_name) != (place, &name));
                inventory.files.push(new(place, name, text.0.len() as u64, None));
                inventory.manifest = Some((0, manifest::read(&text.0)));
            }
            Action::Replace { file, recipe } => {
                let place = inventory.files.iter().position(|old| is(old, file));
                let source = source(view, recipe);
                if let Some(place) = place {
                    inventory.files[place] = written(view, file, recipe, source);
                }
            }
            Action::Retire { file } => {
                inventory.files.retain(|old| !is(old, file));
            }
            Action::Cut { file, to, .. } => {
                if let Some(old) = inventory.files.iter_mut().find(|old| is(old, file)) {
                    old.disk_bytes = *to;
                    old.content = Some(sound(old.content.as_ref(), *to));
                }
            }
        }
    }
    inventory.files.sort_by(|a, b| (a.place, &a.disk_name).cmp(&(b.place, &b.disk_name)));
    let name = [&inventory.prefix[..], b".manifest"].concat();
    let place =
        inventory.files.iter().position(|file| file.place == Place::Set && file.name == name);
    inventory.manifest =
        inventory.manifest.take().zip(place).map(|((_, read), place)| (place, read));
    inventory
}

fn place_of(view: &View<'_>, file: &Name) -> (Place, Vec<u8>) {
    let is_in_set = match view.inventory.scope {
        Scope::DataFolder => file.0.contains(&b'/'),
        Scope::SetFolder => true,
        Scope::File => false,
    };
    (if is_in_set { Place::Set } else { Place::Data }, file.last().to_vec())
}

/// What is in the file that a recipe copies from.
fn source<'v>(view: &View<'v>, recipe: &[Piece]) -> Option<&'v Content> {
    let file = recipe.iter().find_map(|piece| match piece {
        Piece::Copy { file, .. } | Piece::Form { file, .. } => Some(file),
        Piece::Put { .. } => None,
    })?;
    let mut files = view.inventory.files.iter();
    files.find(|found| view.name_in(found.place, &found.disk_name) == *file)?.content.as_ref()
}

fn written(view: &View<'_>, file: &Name, recipe: &[Piece], source: Option<&Content>) -> File {
    let (place, name) = place_of(view, file);
    let bytes = recipe.iter().map(|piece| match piece {
        Piece::Copy { start, end, .. } | Piece::Form { start, end, .. } => end - start,
        Piece::Put { bytes } => bytes.0.len() as u64,
    });
    let bytes = bytes.sum();
    new(place, name, bytes, Some(sound(source, bytes)))
}

fn new(place: Place, name: Vec<u8>, disk_bytes: u64, content: Option<Content>) -> File {
    let disk_name = name.clone();
    File { place, name, disk_name, disk_bytes, modified: None, content, unreadable: None }
}

/// A file of so many bytes that holds what is sound in another.
fn sound(source: Option<&Content>, bytes: u64) -> Content {
    let rdb = source.and_then(|content| rdb_of(content, bytes)).filter(|rdb| rdb.end <= bytes);
    let records_from = rdb.as_ref().map_or(0, |rdb| rdb.end);
    let log = source.and_then(|content| content.log.as_ref()).filter(|_| bytes > records_from);
    let log = log.map(|log| Diagnosis {
        bytes,
        commands: log.commands,
        transactions: log.transactions,
        databases: log.databases.clone(),
        clock: log.clock,
        checkpoint: bytes,
        end_checkpoint: bytes,
        sound: Sound { end: bytes, commands: log.commands },
        demands: log.demands.clone(),
        first_annotation: log.first_annotation,
        ..Diagnosis::default()
    });
    let format = match (&rdb, &log) {
        _ if bytes == 0 => Format::Empty,
        (Some(_), None) => Format::Rdb,
        (Some(_), Some(_)) => Format::RdbResp,
        (None, _) => Format::Resp,
    };
    Content { rdb, log, ..Content::new(format, bytes) }
}

/// The RDB file in a file, without the damage: one bit is turned back, or it is made anew.
fn rdb_of(content: &Content, bytes: u64) -> Option<Summary> {
    let rdb = content.rdb.clone()?;
    let end = match (content.flip, &content.log) {
        (None, _) if !is_damaged(content) => return Some(rdb),
        (Some(_), _) => {
            if rdb.defect.is_some() {
                content.bytes
            } else {
                rdb.end
            }
        }
        (None, None) => bytes,
        (None, Some(_)) => bytes.saturating_sub(content.bytes.saturating_sub(rdb.end)),
    };
    Some(Summary { end, defect: None, checksum: Checksum::Valid, values: None, ..rdb })
}
