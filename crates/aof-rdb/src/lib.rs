//! Reads and verifies RDB files: every version and dialect, without knowing that append-only logs exist.

mod summary;

pub use summary::{
    Aux, Checksum, Db, Defect, DefectKind, Dialect, Header, Source, Summary,
};
