//! Which files make up the repaired log.

use std::collections::BTreeMap;

use aof_log::inventory::Scope;
use aof_log::survey::{Chain, Origin, Role};
use aof_log::{FindingId, Format, Severity};
use aof_rdb::Checksum;

use super::View;
use super::rdb::{self, Anew};
use crate::plan::{Plan, Unresolved};

mod complete;
pub(super) mod snapshot;

/// The files that make up the repaired log, in the order of loading.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) files: Vec<usize>,
    /// What each is.
    pub(crate) roles: Vec<Role>,
    /// Whether the manifest must be written anew because it does not name them.
    pub(crate) is_rebuilt: bool,
    /// Whether it is a log in one file.
    pub(crate) is_single: bool,
    /// Whether something is missing of which nobody knows how much it was.
    pub(crate) is_incomplete: bool,
    /// RDB files among them that are made anew.
    pub(crate) anew: BTreeMap<usize, Anew>,
    /// The file whose place the only one takes.
    pub(crate) stands_in_for: Option<usize>,
}

/// Damage that another choice of files can cure.
const OF_SETS: [FindingId; 9] = [
    FindingId::ManifestMissing,
    FindingId::ManifestEmpty,
    FindingId::ManifestSyntax,
    FindingId::ManifestStale,
    FindingId::PartMissing,
    FindingId::PartOrphan,
    FindingId::SnapshotInconsistent,
    FindingId::ServerStartsEmpty,
    FindingId::PartRdbInIncr,
];

/// Damage to an RDB file that makes every server refuse it.
const OF_BASES: [FindingId; 4] =
    [FindingId::RdbEmpty, FindingId::RdbTruncated, FindingId::RdbCrc, FindingId::RdbValueBad];

/// Chooses: as the manifest says, unless that is what is damaged.
pub(super) fn choose(view: &View<'_>, plan: &mut Plan) -> Chosen {
    if view.inventory.scope == Scope::File {
        return single(view, 0, plan);
    }
    let chains = &view.survey.chains;
    let named = chains.iter().find(|chain| chain.origin == Origin::Manifest);
    let is_good = |chain: &&Chain| !is_set_damaged(view, chain) && is_loadable(view, chain);
    if let Some(chain) = named.filter(is_good) {
        return of_chain(chain);
    }
    match best(view, named) {
        Some(chain) if chain.origin == Origin::Single => single(view, chain.links[0].file, plan),
        Some(chain) if is_same(Some(chain), named) => unchanged(view, chain, plan),
        Some(chain) if needs_rebuild(view) || named.is_some() => rebuilt(view, chain, plan),
        Some(_) => Chosen::default(),
        None => nothing(view, plan),
    }
}

/// What the manifest names, if its base is all that keeps servers from loading it, and no other set holds as much.
pub(super) fn with_base_anew(view: &View<'_>) -> Option<Chosen> {
    let chains = &view.survey.chains;
    let named = chains.iter().find(|chain| chain.origin == Origin::Manifest)?;
    let base = named.links.first().filter(|link| link.role != Role::Incr)?.file;
    let is_set_right = view.inventory.scope != Scope::File && !needs_rebuild(view);
    let is_needed =
        is_set_right && !is_loadable(view, named) && rdb::is_damaged(view.content(base)?);
    let is_whole = |chain: &&Chain| !complete::lacks_something(view, chain);
    let other = best(view, Some(named)).filter(is_whole);
    (is_needed && other.is_none()).then(|| of_chain(named))
}

/// The best chain that can be loaded; one with the parts that the manifest forgot, if there is one.
fn best<'v>(view: &View<'v>, named: Option<&Chain>) -> Option<&'v Chain> {
    let forgotten: Vec<usize> = view
        .damage()
        .filter(|placed| placed.finding.id == FindingId::PartOrphan)
        .filter_map(|placed| placed.file)
        .collect();
    let mut loadable: Vec<&Chain> =
        view.survey.chains.iter().filter(|chain| is_loadable(view, chain)).collect();
    let lacks = |chain: &Chain| {
        let has = |file: &&usize| chain.links.iter().any(|link| link.file == **file);
        forgotten.len() - forgotten.iter().filter(has).count()
    };
    if !forgotten.is_empty() && named.is_some() {
        loadable.sort_by_key(|chain| lacks(chain));
    }
    loadable.first().copied()
}

fn is_same(one: Option<&Chain>, other: Option<&Chain>) -> bool {
    let files = |chain: &Chain| chain.links.iter().map(|link| link.file).collect::<Vec<_>>();
    one.map(files) == other.map(files)
}

/// The manifest names all that can be used; what else is wrong with the set stays as it is.
fn unchanged(view: &View<'_>, chain: &Chain, plan: &mut Plan) -> Chosen {
    // Lines that only some servers take, and offsets, are written as all of them take them.
    let is_malformed = view.damage().any(|placed| placed.finding.id == FindingId::ManifestSyntax);
    for placed in view.damage().filter(|placed| OF_SETS.contains(&placed.finding.id)) {
        if placed.finding.id != FindingId::ManifestSyntax {
            plan.unresolved.push(Unresolved {
                finding: placed.finding.id.to_string(),
                why: "no better set can be made of the files that are here: look for the rest of them in a backup"
                    .to_owned(),
            });
        }
    }
    Chosen { is_rebuilt: is_malformed, ..of_chain(chain) }
}

fn single(view: &View<'_>, file: usize, plan: &mut Plan) -> Chosen {
    // What is neither a log nor an RDB file is left alone.
    let Some(content) = view.content(file) else { return Chosen::default() };
    if content.log.is_none() && (content.rdb.is_some() || content.format == Format::Empty) {
        return snapshot::by_itself(view, file, plan);
    }
    alone(file)
}

/// A file that is all there is.
fn alone(file: usize) -> Chosen {
    Chosen { files: vec![file], roles: vec![Role::Single], is_single: true, ..Chosen::default() }
}

fn of_chain(chain: &Chain) -> Chosen {
    Chosen {
        files: chain.links.iter().map(|link| link.file).collect(),
        roles: chain.links.iter().map(|link| link.role).collect(),
        ..Chosen::default()
    }
}

fn rebuilt(view: &View<'_>, chain: &Chain, plan: &mut Plan) -> Chosen {
    plan.notes.extend(chain.reasons.iter().cloned());
    let first = chain.links.first().map(|link| link.role);
    if first == Some(Role::Incr) {
        plan.notes.push(
            "no base was found: the data will be incomplete, and records that build on the base may fail"
                .to_owned(),
        );
    }
    let is_incomplete = complete::lacks_something(view, chain);
    if is_incomplete {
        plan.notes.push(
            "something is missing between the files that are used, or before them: nothing tells how much it was"
                .to_owned(),
        );
    }
    Chosen { is_rebuilt: true, is_incomplete, ..of_chain(chain) }
}

fn nothing(view: &View<'_>, plan: &mut Plan) -> Chosen {
    let has_snapshot = snapshot::choose(view).is_some();
    for placed in view.damage().filter(|_| !has_snapshot).take(1) {
        plan.unresolved.push(Unresolved {
            finding: placed.finding.id.to_string(),
            why: "nothing can be made of the files that are here: look for others in a backup"
                .to_owned(),
        });
    }
    Chosen::default()
}

/// Whether the manifest, or what it names, is what is damaged.
fn is_set_damaged(view: &View<'_>, named: &Chain) -> bool {
    let is_in = |file: usize| named.links.iter().any(|link| link.file == file);
    view.damage().any(|placed| {
        let id = placed.finding.id;
        OF_SETS.contains(&id) || OF_BASES.contains(&id) && placed.file.is_some_and(is_in)
    })
}

fn needs_rebuild(view: &View<'_>) -> bool {
    view.damage().any(|placed| OF_SETS.contains(&placed.finding.id))
}

/// Whether every server that knows the versions of its RDB files can load all of it but its torn ends.
fn is_loadable(view: &View<'_>, chain: &Chain) -> bool {
    chain.links.iter().all(|link| {
        let Some(content) = view.content(link.file) else { return false };
        let is_empty_snapshot = link.role != Role::Incr
            && content.bytes == 0
            && content.findings.iter().any(|found| found.severity == Severity::Damage);
        let is_sound = content.rdb.as_ref().is_none_or(|rdb| {
            rdb.defect.is_none() && !matches!(rdb.checksum, Checksum::Wrong { .. })
        });
        is_sound && !is_empty_snapshot
    })
}
