//! Functions in the form of release candidates of Redis 7.0, which every server refuses: what stands behind them can
//! be read only without them.

use super::model::latin;
use crate::cursor::Cursor;
use crate::{BadRecord, DefectKind, crc64, read};

/// The file without them, and their sources; `None` if there are none.
pub(in crate::tests) fn without_old_functions(file: &[u8]) -> Option<(Vec<u8>, Vec<String>)> {
    let (mut file, mut sources) = (file.to_vec(), Vec::new());
    loop {
        let Ok(bad) = read(&mut &file[..], 0, &mut |_| true);
        match bad {
            Err(BadRecord { at, kind: DefectKind::UnknownType(246), .. }) => {
                let (source, behind) = parts(&file, at as usize + 1)?;
                sources.push(latin(&source));
                file.drain(at as usize..behind);
            }
            _ if sources.is_empty() => return None,
            _ => break,
        }
    }
    let checksum = file.len() - 8;
    let computed = crc64(&file[..checksum]).to_le_bytes();
    file[checksum..].copy_from_slice(&computed);
    Some((file, sources))
}

/// A name, an engine, perhaps a description, and the source; the place behind them.
fn parts(file: &[u8], at: usize) -> Option<(Vec<u8>, usize)> {
    let mut cursor = Cursor::new(file.get(at..)?);
    cursor.text().ok()?;
    cursor.text().ok()?;
    if cursor.length().ok()? != 0 {
        cursor.text().ok()?;
    }
    let source = cursor.text().ok()?.kept().ok()?.into_owned();
    Some((source, at + cursor.at))
}
