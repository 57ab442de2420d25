//! From what is kept of a part to the pieces of a new file.

use aof_log::selection::Kept;

use crate::name::Name;
use crate::plan::Piece;

/// The pieces of a file that holds what was kept of another.
pub(super) fn of(file: &Name, kept: &[Kept]) -> Vec<Piece> {
    let mut recipe = Vec::new();
    for kept in kept {
        if let Some(db) = kept.select {
            recipe.push(put(select(db)));
        }
        if kept.is_reopened {
            recipe.push(put(b"*1\r\n$5\r\nMULTI\r\n".to_vec()));
        }
        recipe.push(piece(file, kept));
        if kept.is_left_open {
            recipe.push(put(b"*1\r\n$4\r\nEXEC\r\n".to_vec()));
        }
    }
    recipe
}

fn piece(file: &Name, kept: &Kept) -> Piece {
    let (file, start, end) = (file.clone(), kept.start, kept.end);
    match kept.is_loose {
        true => Piece::Form { file, start, end },
        false => Piece::Copy { file, start, end },
    }
}

fn put(bytes: Vec<u8>) -> Piece {
    Piece::Put { bytes: Name(bytes) }
}

/// A `SELECT` as servers write it.
fn select(db: u32) -> Vec<u8> {
    let db = db.to_string();
    format!("*2\r\n$6\r\nSELECT\r\n${}\r\n{db}\r\n", db.len()).into_bytes()
}
