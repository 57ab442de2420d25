//! Executing a plan.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::disk;
use crate::error::RepairError;
use crate::journal::{Journal, State};
use crate::name::Name;
use crate::plan::{Action, Piece, Plan, SCHEMA};
use crate::quarantine;
use crate::room::{Repair, Room};
use crate::seen::{Seen, path_of};
use crate::steps::Work;
use crate::write::make;

/// Room that journals and folders may take.
const SMALL_CHANGE: u64 = 1 << 20;

/// How a plan is executed.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the repair is called; later ones must come behind earlier ones in the order of their names.
    pub id: String,
    /// Where the quarantine goes; by default into the folder of the repair.
    pub quarantine: Option<PathBuf>,
    /// Whether what is not carried over is kept. If not, a cut cannot be taken back.
    pub keeps: bool,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// What the repair is called.
    pub id: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Where the quarantine is, if something is in it.
    pub quarantine: Option<PathBuf>,
}

/// Executes a plan on the files below `root`.
///
/// Until the one step by which it takes effect, every file is as it was, and an error leaves nothing behind. A process
/// that is killed leaves a journal: [`resume`](crate::resume()) ends what it began, one way or the other.
///
/// # Errors
/// See [`RepairError`].
pub fn apply(root: &Path, plan: &Plan, options: &Options) -> Result<Applied, RepairError> {
    is_sane(plan)?;
    let room = Room::open(root)?;
    if let Some(repair) = room.repairs()?.into_iter().find(Repair::is_pending) {
        return Err(RepairError::Interrupted { id: repair.id });
    }
    plan.inputs.iter().try_for_each(|seen| seen.must_hold(root))?;
    may_be_done(root, plan, options)?;

    let folder = room.path.join(&options.id);
    fs::create_dir(&folder).map_err(RepairError::io("make the folder", &folder))?;
    disk::sync_folder(&room.path)?;
    let mut journal = begin(root, plan, options)?;
    let prepared = journal.write(&folder).and_then(|()| {
        let work = Work { root, folder: &folder, journal: &journal };
        prepare(&work, options.keeps)?;
        plan.inputs.iter().try_for_each(|seen| seen.must_hold(root))
    });
    if let Err(error) = prepared {
        // There is nobody to tell, and the error on its way says more; the next repair tries again.
        let _ = disk::remove_all(&folder);
        return Err(error);
    }
    journal.state = State::Committing;
    journal.write(&folder)?;
    finish(root, &folder, &mut journal)?;
    let quarantine = crate::journal::quarantine_of(&journal, &folder);
    Ok(Applied { id: options.id.clone(), folder, quarantine })
}

/// Puts everything in place and writes down what came of it.
pub(crate) fn finish(root: &Path, folder: &Path, journal: &mut Journal) -> Result<(), RepairError> {
    Work { root, folder, journal }.commit()?;
    (journal.after, journal.names_after) = after(root, &journal.plan)?;
    journal.state = State::Applied;
    journal.write(folder)
}

fn is_sane(plan: &Plan) -> Result<(), RepairError> {
    let bad = |why: &str| Err(RepairError::BadPlan(why.to_owned()));
    if plan.schema != SCHEMA {
        return bad(&format!("it is written in the form {:?}, not {SCHEMA:?}", plan.schema));
    }
    if plan.is_empty() {
        return bad("it changes nothing");
    }
    let mut targets = BTreeSet::new();
    if !plan.actions.iter().all(|action| targets.insert(action.target())) {
        return bad("it changes a file twice");
    }
    Ok(())
}

fn begin(root: &Path, plan: &Plan, options: &Options) -> Result<Journal, RepairError> {
    let replaces = |action: &Action| {
        Ok(match action {
            Action::Manifest { file, .. } | Action::Replace { file, .. } => {
                disk::is_there(&path_of(root, file)?)
            }
            _ => false,
        })
    };
    let quarantine =
        (options.keeps && !plan.left_out.is_empty()).then(|| match &options.quarantine {
            Some(elsewhere) => {
                let elsewhere =
                    std::path::absolute(elsewhere).unwrap_or_else(|_| elsewhere.clone());
                Name::from(elsewhere.join(&options.id).as_os_str().as_bytes())
            }
            None => Name::from(&b"quarantine"[..]),
        });
    Ok(Journal {
        id: options.id.clone(),
        state: State::Preparing,
        plan: plan.clone(),
        quarantine,
        replaces: plan.actions.iter().map(replaces).collect::<Result<_, RepairError>>()?,
        after: Vec::new(),
        names_after: Vec::new(),
    })
}

/// Whether the plan can be executed here: file systems, hard links, names and room.
fn may_be_done(root: &Path, plan: &Plan, options: &Options) -> Result<(), RepairError> {
    let device = root.metadata().map_err(RepairError::io("look at", root))?.dev();
    for action in &plan.actions {
        let path = path_of(root, action.target())?;
        let folder = disk::folder_of(&path);
        if folder.metadata().is_ok_and(|metadata| metadata.dev() != device) {
            return Err(RepairError::OtherDevice { file: action.target().clone() });
        }
        match action {
            Action::Cut { file, .. } => {
                let links = path.metadata().map_err(RepairError::io("look at", &path))?.nlink();
                if links > 1 {
                    return Err(RepairError::HardLinks { file: file.clone(), links });
                }
            }
            Action::Write { file, .. } if disk::is_there(&path) => {
                return Err(RepairError::Exists { file: file.clone() });
            }
            _ => {}
        }
    }
    has_room(root, plan, options)
}

fn has_room(root: &Path, plan: &Plan, options: &Options) -> Result<(), RepairError> {
    let new: u64 = plan.actions.iter().map(size_of).sum();
    let kept: u64 =
        if options.keeps { plan.left_out.iter().map(|out| out.length).sum() } else { 0 };
    let (mut here, elsewhere) = match &options.quarantine {
        Some(elsewhere) => (new, Some((elsewhere, kept))),
        None => (new.saturating_add(kept), None),
    };
    here = here.saturating_add(SMALL_CHANGE);
    let enough = |path: &Path, needed: u64| {
        let available = disk::room_in(path)?;
        match available < needed {
            true => Err(RepairError::NoSpace { path: path.to_path_buf(), needed, available }),
            false => Ok(()),
        }
    };
    enough(root, here)?;
    elsewhere.map_or(Ok(()), |(path, needed)| enough(path, needed.saturating_add(SMALL_CHANGE)))
}

/// Bytes that an action writes, at the most as far as is known.
pub(crate) fn size_of(action: &Action) -> u64 {
    let size = |piece: &Piece| match piece {
        Piece::Copy { start, end, .. } => end - start,
        // Line ends without CR get one, and lengths may get another digit.
        Piece::Form { start, end, .. } => (end - start).saturating_mul(2),
        Piece::Put { bytes } => bytes.0.len() as u64,
    };
    match action {
        Action::Write { recipe, .. } | Action::Replace { recipe, .. } => {
            recipe.iter().map(size).sum()
        }
        Action::Manifest { text, .. } => text.0.len() as u64,
        Action::Folder { .. } | Action::Cut { .. } | Action::Retire { .. } => 0,
    }
}

/// Writes new files, keeps originals and fills the quarantine. Nothing that a server sees is changed.
fn prepare(work: &Work<'_>, keeps: bool) -> Result<(), RepairError> {
    let (new, old) = (work.folder.join("new"), work.folder.join("old"));
    disk::make_folder(&new)?;
    disk::make_folder(&old)?;
    for (index, action) in work.journal.plan.actions.iter().enumerate() {
        let target = path_of(work.root, action.target())?;
        match action {
            Action::Write { recipe, like, .. } => {
                make(work.root, recipe, &work.new_path(index), like.as_ref())?;
            }
            Action::Manifest { text, like, .. } => {
                let recipe = [Piece::Put { bytes: text.clone() }];
                make(work.root, &recipe, &work.new_path(index), like.as_ref())?;
            }
            Action::Replace { file, recipe } => {
                make(work.root, recipe, &work.new_path(index), Some(file))?;
            }
            Action::Folder { .. } | Action::Cut { .. } | Action::Retire { .. } => {}
        }
        if work.journal.replaces[index] {
            disk::link_or_copy(&target, &work.old_path(index))?;
        }
    }
    disk::sync_folder(&new)?;
    disk::sync_folder(&old)?;
    if let Some(folder) = crate::journal::quarantine_of(work.journal, work.folder)
        && keeps
    {
        if let Some(parent) = folder.parent().filter(|parent| *parent != work.folder) {
            fs::create_dir_all(parent).map_err(RepairError::io("make the folder", parent))?;
        }
        quarantine::fill(work.root, &work.journal.plan, &folder)?;
    }
    disk::sync_folder(work.folder)
}

/// What the files are afterwards, and which names there are beside them.
fn after(root: &Path, plan: &Plan) -> Result<(Vec<Seen>, Vec<Name>), RepairError> {
    let mut names: BTreeSet<Name> = plan.inputs.iter().map(|seen| seen.file.clone()).collect();
    names.extend(plan.actions.iter().map(|action| action.target().clone()));
    let files = names.iter().filter(|name| {
        name.below(root).is_some_and(|path| path.symlink_metadata().is_ok_and(|m| m.is_file()))
    });
    let mut after = Vec::new();
    for name in files {
        let is_manifest = plan
            .actions
            .iter()
            .any(|action| matches!(action, Action::Manifest { file, .. } if file == name));
        after.push(match is_manifest {
            true => Seen::whole(root, name)?,
            false => Seen::now(root, name)?,
        });
    }
    Ok((after, names_beside(root, plan)?))
}

/// All names in the folders that the plan is about.
pub(crate) fn names_beside(root: &Path, plan: &Plan) -> Result<Vec<Name>, RepairError> {
    let folders: BTreeSet<PathBuf> = plan
        .inputs
        .iter()
        .map(|seen| &seen.file)
        .chain(plan.actions.iter().map(Action::target))
        .filter_map(|name| name.below(root))
        .map(|path| disk::folder_of(&path).to_path_buf())
        .collect();
    let mut names = Vec::new();
    for folder in folders.iter().filter(|folder| folder.is_dir() && *folder != root) {
        let entries = fs::read_dir(folder).map_err(RepairError::io("read the folder", folder))?;
        for entry in entries {
            let path = entry.map_err(RepairError::io("read the folder", folder))?.path();
            if let Ok(below) = path.strip_prefix(root) {
                names.push(Name::from(below.as_os_str().as_bytes()));
            }
        }
    }
    names.retain(|name| name.0 != crate::room::ROOM.as_bytes());
    names.sort();
    Ok(names)
}
