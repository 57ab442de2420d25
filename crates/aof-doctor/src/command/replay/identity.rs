//! Which replay it is: what is sent, and how.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use aof_rdb::Target as Format;
use aof_replay::live::marker;

use super::ReplayArgs;
use crate::escape;
use crate::execute::Opened;
use crate::failure::Failure;
use crate::live::Mode;
use crate::report::Report;

/// Of a file so many bytes at both ends say which file it is.
const TELLING: u64 = 4096;

/// A name that is the same if the same is sent in the same way.
pub(super) fn run(
    args: &ReplayArgs,
    report: &Report,
    opened: &Opened<'_>,
    (format, mode): (Format, Mode),
) -> Result<String, Failure> {
    let mut words = vec![format.name().as_bytes().to_vec(), args.choice().into_bytes()];
    for ((file, content), selected) in opened.rows.iter().zip(&opened.selection.parts) {
        words.push(format!("{} {:?}", content.bytes, selected.kept).into_bytes());
        let path = &report.subjects[*file].path;
        let ends = ends(path).map_err(|error| {
            Failure::operational(format!("{} cannot be read: {error}", escape::path(path)))
        })?;
        words.extend(ends);
    }
    let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
    Ok(marker::run(mode.letter(), &words))
}

/// The first and the last bytes of a file, as it is.
fn ends(path: &Path) -> io::Result<[Vec<u8>; 2]> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut part = |from: u64| {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(from))?;
        file.by_ref().take(TELLING).read_to_end(&mut bytes)?;
        Ok::<_, io::Error>(bytes)
    };
    Ok([part(0)?, part(length.saturating_sub(TELLING))?])
}
