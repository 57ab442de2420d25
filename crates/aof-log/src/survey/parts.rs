//! The parts in the order of loading, then what lies beside them.

use super::disk::{Disk, State};
use super::names::Kind;
use super::{Role, SetPart};
use crate::manifest::EntryRole;

/// All files that are something to the set, and those that should be there.
pub(super) fn parts(disk: &Disk<'_>) -> Vec<SetPart> {
    let mut parts = loaded(disk);
    let mut taken: Vec<bool> = vec![false; disk.kinds.len()];
    parts.iter().filter_map(|part| part.file).for_each(|file| taken[file] = true);
    let mut add = |file: usize, role: Role, seq: Option<i64>| {
        if !std::mem::replace(&mut taken[file], true) {
            parts.push(SetPart {
                file: Some(file),
                name: disk.inventory.files[file].name.clone(),
                role,
                seq,
            });
        }
    };
    disk.history().into_iter().for_each(|(file, seq)| add(file, Role::History, Some(seq)));
    let unnamed = disk.bases().into_iter().chain(disk.incrs());
    unnamed.for_each(|(seq, file)| add(file, Role::Orphan, Some(seq)));
    for wanted in [Role::Orphan, Role::Temp, Role::Single, Role::Rdb] {
        let all = disk.kinds.iter().enumerate();
        let some = all.filter(|(_, kind)| role_of(kind) == Some(wanted)).map(|(file, _)| file);
        some.for_each(|file| add(file, wanted, None));
    }
    parts
}

fn loaded(disk: &Disk<'_>) -> Vec<SetPart> {
    if let State::Good(..) = disk.state {
        let listed = disk.listed().iter().map(|part| SetPart {
            file: part.file,
            name: part.entry.file.clone(),
            role: if part.entry.role == EntryRole::Base { Role::Base } else { Role::Incr },
            seq: Some(part.entry.seq),
        });
        return listed.collect();
    }
    let by_name = |role: Role| {
        move |(seq, file): (i64, usize)| SetPart {
            file: Some(file),
            name: disk.inventory.files[file].name.clone(),
            role,
            seq: Some(seq),
        }
    };
    let bases = disk.bases().into_iter().map(by_name(Role::Base));
    bases.chain(disk.incrs().into_iter().map(by_name(Role::Incr))).collect()
}

/// What a file is that is no part by number.
fn role_of(kind: &Kind) -> Option<Role> {
    match kind {
        Kind::Base(_) | Kind::Incr(_) | Kind::OtherPart(_) => Some(Role::Orphan),
        Kind::TempManifest | Kind::TempIncr | Kind::TempFile => Some(Role::Temp),
        Kind::Single | Kind::OtherLog => Some(Role::Single),
        Kind::Rdb => Some(Role::Rdb),
        Kind::Manifest | Kind::OtherManifest(_) | Kind::Other => None,
    }
}
