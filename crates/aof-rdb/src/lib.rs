//! Reads and verifies RDB files: every version and dialect, without knowing that append-only logs exist.
//!
//! ```
//! let file = b"REDIS0011\xfe\x00\x00\x03key\x05value\xff\0\0\0\0\0\0\0\0";
//! let summary = aof_rdb::walk(&mut &file[..], 0, &mut |_reached| true)?;
//! assert_eq!(summary.keys, 1);
//! assert_eq!(summary.checksum, aof_rdb::Checksum::Disabled);
//! assert!(summary.defect.is_none());
//! # Ok::<(), std::convert::Infallible>(())
//! ```

mod crc;
mod header;
mod kept;
mod layout;
mod length;
mod program;
mod records;
mod source;
mod stop;
mod summary;
mod tally;
mod walk;

#[cfg(test)]
mod tests;

pub use crc::{Crc, crc64};
pub use summary::{
    Aux, Census, Checksum, Db, Defect, DefectKind, Dialect, Header, Remark, Said, Source, Step,
    Summary,
};
pub use walk::walk;
