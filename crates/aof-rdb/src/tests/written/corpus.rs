//! Files that other projects published, for every target that can hold them.

use std::fs;

use crate::tests::corpus::{folder, rows};
use crate::tests::summary;
use crate::{Checksum, LeftOut, Target};

use super::compare;

#[test]
fn every_valid_file_of_the_corpus_means_the_same_when_it_is_written_for_a_target() {
    let Some(folder) = folder() else { return };
    let (mut files, mut whole) = (0, [0; Target::ALL.len()]);
    for row in rows(&folder).iter().filter(|row| row.is_file() && row.validity == "valid") {
        let file = fs::read(folder.join(&row.path)).unwrap();
        let found = summary(&file);
        let is_sound = found.defect.is_none() && !matches!(found.checksum, Checksum::Wrong { .. });
        // Some are made of several files in a row, which have keys of the same names.
        if !is_sound || found.end < file.len() as u64 {
            continue;
        }
        files += 1;
        for (target, whole) in Target::ALL.into_iter().zip(&mut whole) {
            for compresses in [false, true] {
                let left_out = compare(&file, target, compresses);
                *whole += usize::from(!compresses && !left_out.iter().any(LeftOut::is_data));
            }
        }
    }
    assert!(files > 150, "{files} files");
    // Newer servers hold more.
    assert!(whole[0] < whole[4] && whole.iter().all(|whole| *whole > 150), "{whole:?} of {files}");
}
