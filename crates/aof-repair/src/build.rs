//! From what was found to a plan. Files are read, and nothing is changed.

use std::path::Path;

use aof_log::databases;
use aof_log::inventory::{Inventory, Place, Scope};
use aof_log::selection::{Choice, Mode, Selection, select};
use aof_log::server::Server;
use aof_log::survey::{Placed, Survey};
use aof_log::{Content, FindingId, Severity};
use aof_source::{Access, Feed, Input, Part, ReadError};

use crate::error::RepairError;
use crate::name::Name;
use crate::plan::{Plan, Unresolved};
use crate::seen::path_of;

mod chain;
mod costs;
mod files;
mod flip;
mod preen;
pub(crate) mod rdb;
mod recipe;
mod refused;
mod split;

pub(crate) use chain::Chosen;
pub use chain::snapshot::{StandIn, stand_in};

/// What was found, and where.
#[derive(Debug, Clone, Copy)]
pub struct View<'v> {
    /// The files and what is in them, scanned with an outline.
    pub inventory: &'v Inventory,
    /// What they come to.
    pub survey: &'v Survey,
    /// Everything that was found, inside the files too.
    pub findings: &'v [Placed],
    /// The folder that the files lie in: the data folder, the folder of the set, or that of the single file.
    pub root: &'v Path,
}

impl View<'_> {
    /// The name of a file below the root.
    pub(crate) fn name(&self, file: usize) -> Name {
        let file = &self.inventory.files[file];
        self.name_in(file.place, &file.disk_name)
    }

    /// The name below the root of something that is called so.
    pub(crate) fn name_in(&self, place: Place, name: &[u8]) -> Name {
        match (place, self.inventory.scope) {
            (Place::Set, Scope::DataFolder) => Name([self.set_folder(), b"/", name].concat()),
            _ => Name(name.to_vec()),
        }
    }

    /// The name of the folder of the set in the data folder.
    pub(crate) fn set_folder(&self) -> &[u8] {
        self.inventory.set_folder.as_deref().unwrap_or(b"appendonlydir")
    }

    /// Does something with the bytes of a file, however they are packed.
    pub(crate) fn with_feed(
        &self,
        file: usize,
        mut with: impl FnMut(&mut dyn Feed) -> Result<(), ReadError>,
    ) -> Result<(), RepairError> {
        let path = path_of(self.root, &self.name(file))?;
        let failed = |error: String| RepairError::io("read", &path)(std::io::Error::other(error));
        let mut input = Input::open(&path).map_err(|error| failed(error.to_string()))?;
        let done = match input.access().map_err(|error| failed(error.to_string()))? {
            Access::Random(part) => with(&mut part.feed()),
            Access::Stream(stream) => with(stream),
        };
        done.map_err(|error| failed(error.to_string()))
    }

    pub(crate) fn content(&self, file: usize) -> Option<&Content> {
        self.inventory.files.get(file)?.content.as_ref()
    }

    /// Damage of this kind, wherever it is.
    pub(crate) fn damage(&self) -> impl Iterator<Item = &Placed> {
        self.findings.iter().filter(|placed| placed.finding.severity == Severity::Damage)
    }
}

/// Where the repaired files go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// In the place of the damaged ones.
    InPlace,
    /// Into a folder of their own; the damaged ones stay as they are.
    Copy,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// What may be left out. `None`: only what stands behind everything else.
    pub mode: Option<Mode>,
    /// Nothing but NUL bytes at the end of the last part, and offsets in the manifest.
    pub preen: bool,
    /// Whether a transaction is carried over although its `EXEC` was not seen.
    pub keeps_uncommitted: bool,
    /// Whose loader must take every record: what it refuses is left out.
    pub server: Option<Server>,
    /// Where the repaired files go.
    pub goal: Goal,
}

/// What can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Planned {
    /// This.
    Plan(Box<Plan>),
    /// Whole records stand behind damage: somebody must choose.
    Choice {
        /// What it means to keep them.
        salvage: Box<Plan>,
        /// What it means to leave out everything behind the first damage.
        cut: Box<Plan>,
    },
}

/// Makes a plan.
///
/// # Errors
/// A file cannot be read.
pub fn plan(
    view: &View<'_>,
    request: &Request,
    tool_version: &str,
) -> Result<Planned, RepairError> {
    let mut draft = Plan::new(view.root, tool_version);
    if let Some(plan) = flip::plan(view, request.goal, draft.clone())? {
        return Ok(Planned::Plan(Box::new(plan)));
    }
    let (chosen, cures) = choose(view, &mut draft)?;
    if request.preen {
        return preen::plan(view, &chosen, draft).map(|plan| Planned::Plan(Box::new(plan)));
    }
    let planned = of(view, request, &draft, &chosen, &cures)?;
    let Some(snapshot) = chain::snapshot::choose(view).filter(|_| !chosen.is_single) else {
        return Ok(planned);
    };
    match planned {
        Planned::Plan(plan) if plan.is_empty() => {
            let (snapshot, cures) = rdb::cures(view, snapshot, &mut draft)?;
            of(view, request, &draft, &snapshot, &cures)
        }
        Planned::Plan(mut plan) => {
            let why = "the set comes first: plan again when it is repaired";
            let file = snapshot.stands_in_for.unwrap_or(snapshot.files[0]);
            chain::snapshot::leave(view, file, why, &mut plan);
            Ok(Planned::Plan(plan))
        }
        choice @ Planned::Choice { .. } => Ok(choice),
    }
}

/// The files that make up the repaired log, and how the damaged RDB files among them are made anew.
fn choose(view: &View<'_>, draft: &mut Plan) -> Result<(Chosen, rdb::Cures), RepairError> {
    if let Some(chosen) = chain::with_base_anew(view) {
        let (chosen, cures) = rdb::cures(view, chosen, draft)?;
        if !cures.is_empty() {
            return Ok((chosen, cures));
        }
    }
    let chosen = chain::choose(view, draft);
    rdb::cures(view, chosen, draft)
}

/// The plan for files that were chosen.
fn of(
    view: &View<'_>,
    request: &Request,
    draft: &Plan,
    chosen: &Chosen,
    cures: &rdb::Cures,
) -> Result<Planned, RepairError> {
    let choice = Choice { mode: Mode::Salvage, keeps_uncommitted: request.keeps_uncommitted };
    let found = select(&contents(view, chosen), choice);
    let is_split = request.goal == Goal::Copy && is_joined(view, chosen);
    let in_mode = |mode: Mode| {
        let chosen = Chosen { anew: rdb::anew(cures, mode), ..chosen.clone() };
        let mut selection = found.clone();
        rdb::settle(view, &chosen, &mut selection);
        (chosen, if mode == Mode::Cut { selection.cut() } else { selection })
    };
    let make = |mode: Mode| -> Result<Box<Plan>, RepairError> {
        let (mut chosen, mut selection) = in_mode(mode);
        let mut plan = draft.clone();
        let mut with =
            |part: usize, with: &mut dyn FnMut(&mut dyn Feed) -> Result<(), ReadError>| {
                view.with_feed(chosen.files[part], with)
            };
        databases::settle(&contents(view, &chosen), &mut selection, &mut with)?;
        if let Some(server) = request.server {
            refused::leave_out(view, &chosen, &mut selection, server)?;
        }
        if is_split {
            split::joined(view, &mut chosen, &mut selection);
        }
        finish(view, request.goal, &chosen, &selection, &mut plan)?;
        Ok(Box::new(plan))
    };
    let goes_on = !in_mode(Mode::Salvage).1.reaches_end()
        || cures.values().any(rdb::Cure::goes_on_behind_damage);
    if request.mode.is_none() && !is_split && goes_on {
        return Ok(Planned::Choice { salvage: make(Mode::Salvage)?, cut: make(Mode::Cut)? });
    }
    make(request.mode.unwrap_or(Mode::Salvage)).map(Planned::Plan)
}

/// Turns a selection into files and costs.
fn finish(
    view: &View<'_>,
    goal: Goal,
    chosen: &Chosen,
    selection: &Selection,
    plan: &mut Plan,
) -> Result<(), RepairError> {
    if leaves_nothing(view, chosen, selection) {
        plan.unresolved.push(Unresolved {
            finding: selection.left_out().next().map_or("", |(_, out)| out.finding.as_str()).to_owned(),
            why: "no whole record is left in it: a cut would make a server start without data; is this the right file?"
                .to_owned(),
        });
        return Ok(());
    }
    files::write(view, goal, chosen, selection, plan);
    costs::add(view, chosen, selection, plan)?;
    rdb::tell(view, chosen, plan);
    remains(view, chosen, plan);
    Ok(())
}

/// Whether a log in one file is two that were joined.
fn is_joined(view: &View<'_>, chosen: &Chosen) -> bool {
    let [file] = chosen.files[..] else { return false };
    let is_joint = |id: FindingId| id == FindingId::AofConcatenated;
    chosen.is_single
        && view.damage().any(|placed| placed.file == Some(file) && is_joint(placed.finding.id))
}

/// Whether a repair would make an empty log out of one that is not.
fn leaves_nothing(view: &View<'_>, chosen: &Chosen, selection: &Selection) -> bool {
    let has_keys = chosen.files.iter().any(|file| match chosen.anew.get(file) {
        Some(anew) => anew.keys() > 0,
        None => view.content(*file).is_some_and(|it| it.keys() > 0),
    });
    let records: u64 = selection.parts.iter().map(aof_log::selection::Selected::records).sum();
    records == 0 && !has_keys && selection.left_out().any(|(_, out)| !out.is_empty())
}

/// The contents of the parts that were chosen, in the order of loading.
fn contents<'v>(view: &'v View<'_>, chosen: &Chosen) -> Vec<&'v Content> {
    let content = |file: &usize| view.content(*file).expect("only files that were read are chosen");
    chosen.files.iter().map(content).collect()
}

/// Damage that only somebody who knows where the files come from can cure.
fn remains(view: &View<'_>, chosen: &Chosen, plan: &mut Plan) {
    let is_split = chosen.is_single && chosen.files.len() > 1;
    for placed in view.damage() {
        let finding = &placed.finding;
        let why = match finding.id {
            FindingId::AofConcatenated if is_split => continue,
            FindingId::AofConcatenated => {
                "two logs stand in one file: which one counts, only you can know; -o DIR writes each into a file of its own"
            }
            FindingId::AofTwoWriters => {
                "two servers wrote into this file: their records are kept as they stand, in each other's way"
            }
            FindingId::AofCmdUnknown | FindingId::AofCmdArity => {
                "no known server takes these records; with --for SERVER, the one that is to load the log, they are left out"
            }
            FindingId::AofTailDuplicated if finding.confidence < aof_log::Confidence::Likely => {
                "it may be a repetition that was meant: nothing in it is written only once"
            }
            FindingId::PartUnreadable => {
                "what cannot be read cannot be repaired: get the file from its source, or copy it with a tool that goes on behind bad places"
            }
            FindingId::InputShortCopy => "the copy is not complete: get the file from its source",
            FindingId::InputEncrypted | FindingId::InputWrongType => {
                "it is no log: give it to the tool it belongs to"
            }
            FindingId::ConfAclDropsExec => {
                "the files are right: what drops the transactions is the configuration of the default user"
            }
            _ => continue,
        };
        let name = placed.file.map(|file| view.name(file));
        let is_left_out = plan.left_out.iter().any(|out| {
            let covers = out.offset <= finding.offset && finding.offset < out.offset + out.length;
            out.finding == finding.id.as_str() || (Some(&out.file) == name.as_ref() && covers)
        });
        let unresolved = Unresolved { finding: finding.id.to_string(), why: why.to_owned() };
        if !is_left_out && !plan.unresolved.contains(&unresolved) {
            plan.unresolved.push(unresolved);
        }
    }
}
