//! Which files make up the repaired log.

use aof_log::inventory::Scope;
use aof_log::survey::{Chain, Origin, Role};
use aof_log::{FindingId, Severity};
use aof_rdb::Checksum;

use super::View;
use crate::plan::{Plan, Unresolved};

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
        return Chosen { is_rebuilt: false, ..of_chain(chain) };
    }
    let best = chains.iter().find(|chain| is_loadable(view, chain));
    match best {
        Some(chain) if chain.origin == Origin::Single => single(view, chain.links[0].file, plan),
        Some(chain) if needs_rebuild(view) || named.is_some() => rebuilt(chain, plan),
        Some(_) => Chosen::default(),
        None => nothing(view, plan),
    }
}

fn single(view: &View<'_>, file: usize, plan: &mut Plan) -> Chosen {
    // What is neither a log nor an RDB file is left alone.
    let Some(content) = view.content(file) else { return Chosen::default() };
    if content.log.is_none() && content.rdb.is_some() {
        for placed in view.damage().filter(|placed| OF_BASES.contains(&placed.finding.id)) {
            plan.unresolved.push(Unresolved {
                finding: placed.finding.id.to_string(),
                why: "RDB files are not repaired by this release".to_owned(),
            });
        }
    }
    Chosen { files: vec![file], roles: vec![Role::Single], is_single: true, ..Chosen::default() }
}

fn of_chain(chain: &Chain) -> Chosen {
    Chosen {
        files: chain.links.iter().map(|link| link.file).collect(),
        roles: chain.links.iter().map(|link| link.role).collect(),
        ..Chosen::default()
    }
}

fn rebuilt(chain: &Chain, plan: &mut Plan) -> Chosen {
    let first = chain.links.first().map(|link| link.role);
    let has_base = first.is_some_and(|role| role != Role::Incr);
    let has_gap = chain.reasons.iter().any(|reason| reason.starts_with("nothing is there of"));
    plan.notes.extend(chain.reasons.iter().cloned());
    if !has_base {
        plan.notes.push(
            "no base was found: the data will be incomplete, and records that build on the base may fail"
                .to_owned(),
        );
    }
    Chosen { is_rebuilt: true, is_incomplete: !has_base || has_gap, ..of_chain(chain) }
}

fn nothing(view: &View<'_>, plan: &mut Plan) -> Chosen {
    for placed in view.damage().take(1) {
        plan.unresolved.push(Unresolved {
            finding: placed.finding.id.to_string(),
            why: "no file here can be loaded as it is; RDB files are not repaired by this release"
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
