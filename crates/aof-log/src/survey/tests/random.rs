//! Any inventory at all: nothing panics, and no chain uses what is not there.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::Folder;
use crate::finding::FindingId as Id;
use crate::inventory::Scope;

const NAMES: [&str; 20] = [
    "{}",
    "{}.1.base.rdb",
    "{}.1.base.aof",
    "{}.2.base.rdb",
    "{}.9.base.rdb",
    "{}.1.incr.aof",
    "{}.2.incr.aof",
    "{}.3.incr.aof",
    "{}.5.incr.aof",
    "{}.9223372036854775807.incr.aof",
    "{}.9223372036854775807.base.rdb",
    "temp-{}.incr",
    "temp-{}.manifest",
    "temp-rewriteaof-1.aof",
    "temp-7.rdb",
    "dump.rdb",
    "other.1.incr.aof",
    "other.manifest",
    "redis.conf",
    "{}.0.incr.aof",
];

const LINES: [&str; 10] =
    ["b 1", "b 2", "b 1 {}", "i 1", "i 2", "i 5", "h 1", "i -3 x", "i 9223372036854775807", "i 3"];

const TAILS: [Id; 4] = [Id::AofTailTorn, Id::AofMultiOpen, Id::AofTailNul, Id::AofGap];

/// A name, a shape, and three numbers for it.
type Spec = (usize, u8, u64, u64, u64);

fn add(folder: Folder, (name, shape, size, first, last): Spec) -> Folder {
    let name = NAMES[name];
    let folder = match shape % 8 {
        0 => folder.empty(name),
        1 => folder.rdb(name, size, first).written(last),
        2 => folder.rdb(name, size, first).cut(),
        3 => folder.log(name, size).clock(first, last),
        4 => folder.log(name, size).written(last).packed(),
        5 => folder.log(name, size).ends_in(TAILS[last as usize % TAILS.len()], first),
        6 => folder.log(name, size).closed(),
        _ => folder.file(name, size, None),
    };
    if shape & 8 == 0 { folder } else { folder.in_data() }
}

fn folder() -> impl Strategy<Value = Folder> {
    let file = (0..NAMES.len(), any::<u8>(), 0..40_u64, 0..5000_u64, 0..5000_u64);
    let files = prop::collection::vec(file, 0..14);
    let lines = prop::collection::vec(0..LINES.len(), 0..5);
    let offsets = (any::<i64>(), any::<i64>());
    (files, lines, offsets, 0..6_u8).prop_map(|(files, lines, offsets, manifest)| {
        let folder = files.into_iter().fold(Folder::new(), add);
        let lines: Vec<&str> = lines.into_iter().map(|line| LINES[line]).collect();
        let mut folder = match manifest {
            0 => folder,
            1 => folder.faulty_manifest(&[(3, u64::MAX)]),
            2 => in_scope(folder, Scope::SetFolder),
            _ => folder.manifest(&lines),
        };
        if manifest > 2 && !lines.is_empty() {
            folder.entry(1).start_offset = Some(offsets.0);
            folder.entry(1).end_offset = Some(offsets.1);
        }
        folder
    })
}

fn in_scope(mut folder: Folder, scope: Scope) -> Folder {
    folder.inventory.scope = scope;
    folder
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_chain_lists_a_file_twice_or_bytes_behind_its_end(folder in folder()) {
        let survey = folder.survey();
        prop_assert!(survey.chains.len() <= 16);
        for chain in &survey.chains {
            let files: BTreeSet<usize> = chain.links.iter().map(|link| link.file).collect();
            prop_assert_eq!(files.len(), chain.links.len());
            for link in &chain.links {
                let content = folder.inventory.files[link.file].content.as_ref();
                prop_assert!(content.is_some_and(|content| link.to <= content.bytes));
            }
            prop_assert!(!chain.reasons.is_empty());
        }
    }

    #[test]
    fn every_file_is_one_part_at_most_and_every_sentence_can_be_printed(folder in folder()) {
        let survey = folder.survey();
        let files: Vec<usize> = survey.parts.iter().filter_map(|part| part.file).collect();
        let manifest = folder.inventory.manifest.as_ref();
        let listed = manifest.map_or(0, |(_, read)| read.manifest.entries.len());
        let distinct: BTreeSet<usize> = files.iter().copied().collect();
        prop_assert!(files.len() <= distinct.len() + listed);
        for placed in &survey.findings {
            let message = &placed.finding.message;
            let is_safe = message.chars().all(|char| (' '..='~').contains(&char));
            prop_assert!(is_safe && !message.is_empty());
            prop_assert!(placed.file.is_none_or(|file| file < folder.inventory.files.len()));
        }
    }
}
