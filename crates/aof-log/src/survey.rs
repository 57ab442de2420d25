//! What the files of a data folder come to: parts in order, what is wrong between them, and the sets that could be
//! made of them.

mod beside;
mod candidates;
mod disk;
mod listed;
mod manifest;
mod moment;
mod names;
mod pairing;
mod parts;
mod rank;
mod seam;
mod stray;
mod usable;
mod words;

#[cfg(test)]
mod tests;

use crate::finding::{Finding, FindingId};
use crate::inventory::{Inventory, Scope};
use disk::{Disk, State};

/// A finding, and the file that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The file's place in the inventory; `None` if it is about the folder.
    pub file: Option<usize>,
    /// What was found.
    pub finding: Finding,
}

impl Placed {
    /// A finding about a file.
    pub const fn in_file(file: usize, finding: Finding) -> Self {
        Self { file: Some(file), finding }
    }

    /// A finding about the folder.
    pub const fn in_folder(finding: Finding) -> Self {
        Self { file: None, finding }
    }

    /// Whether it is about certain bytes, and not about a file or the folder as a whole.
    pub fn has_place(&self) -> bool {
        use FindingId::{
            InputCompressed, InputEncrypted, InputInUse, InputWrongType, PartMissing, PartOrphan,
            PartSeqGap, PartTempLeftover,
        };
        let is_whole = matches!(
            self.finding.id,
            InputCompressed
                | InputEncrypted
                | InputInUse
                | InputWrongType
                | PartMissing
                | PartOrphan
                | PartSeqGap
                | PartTempLeftover
        );
        self.file.is_some() && !is_whole
    }
}

/// What a file is for the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The data as of the last rewrite.
    Base,
    /// Records since.
    Incr,
    /// Superseded by a base.
    History,
    /// Not named by the manifest.
    Orphan,
    /// Left by something that was not finished.
    Temp,
    /// A log in one file.
    Single,
    /// An RDB file of the data folder.
    Rdb,
}

/// A part of the set, or a file beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetPart {
    /// Its place in the inventory; `None` if it is not there.
    pub file: Option<usize>,
    /// Its name.
    pub name: Vec<u8>,
    /// What it is for the set.
    pub role: Role,
    /// Its sequence number.
    pub seq: Option<i64>,
}

/// Files that could make up a set, in the order of loading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Where the idea comes from.
    pub origin: Origin,
    /// Its files.
    pub links: Vec<Link>,
    /// What it keeps.
    pub keeps: Kept,
    /// The latest moment it is known to hold: the clock of its log, or when its last file was written; in seconds
    /// since the Unix epoch.
    pub latest: Option<u64>,
    /// Why it stands where it stands in the order, a clause each.
    pub reasons: Vec<String>,
}

/// Where the idea of a chain comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The manifest says so.
    Manifest,
    /// The names of the files say so.
    Names,
    /// A log in one file.
    Single,
    /// Superseded parts that are still there.
    History,
    /// A rewrite that was not finished.
    Temp,
    /// An RDB file of the data folder.
    Snapshot,
}

/// One file of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Its place in the inventory.
    pub file: usize,
    /// What it is.
    pub role: Role,
    /// The byte up to which it can be used: its length, or its last checkpoint.
    pub to: u64,
}

/// What a chain keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// Bytes of its files up to where they can be used.
    pub bytes: u64,
    /// Commands in them.
    pub commands: u64,
    /// Keys in its RDB files.
    pub keys: u64,
}

/// What the files of a data folder come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// The parts in the order of loading, then what lies beside them.
    pub parts: Vec<SetPart>,
    /// What is wrong between and beside the parts; what is wrong in one of them stands in its content.
    pub findings: Vec<Placed>,
    /// The sets that could be made of the files, the best first.
    pub chains: Vec<Chain>,
}

/// What the files come to: a pure function of what was found, without I/O and without a clock.
pub fn survey(inventory: &Inventory) -> Survey {
    let disk = Disk::of(inventory);
    let chains = candidates::chains(&disk);
    let order = order(&disk, &chains);
    let (strays, newer) = stray::findings(&disk);
    let unnamed = stray::unnamed(&disk, disk.bases());
    let unnamed: Vec<usize> =
        unnamed.into_iter().map(|(_, index)| index).chain(newer.iter().copied()).collect();

    let mut findings = manifest::findings(&disk);
    findings.extend(manifest::stale(&disk, &newer));
    findings.extend(seam::torn_copy(&disk, &unnamed));
    findings.extend(listed::entries(&disk));
    findings.extend(listed::loaded(&disk, &order));
    findings.extend(seam::findings(&disk, &order));
    findings.extend(strays);
    findings.extend(beside::ambiguous(&disk));
    findings.extend(beside::temporary(&disk));
    findings.extend(beside::unreadable(&disk));
    findings.extend(beside::nothing(&disk));
    Survey { parts: parts::parts(&disk), findings, chains }
}

/// The files in the order in which they are loaded: as the manifest says, and without one as names do.
fn order(disk: &Disk<'_>, chains: &[Chain]) -> Vec<usize> {
    if disk.inventory.scope == Scope::File {
        return Vec::new();
    }
    if let State::Good(..) = disk.state {
        return disk.listed().iter().filter_map(|part| part.file).collect();
    }
    let by_name = chains.iter().find(|chain| chain.origin == Origin::Names);
    by_name.map(|chain| chain.links.iter().map(|link| link.file).collect()).unwrap_or_default()
}
