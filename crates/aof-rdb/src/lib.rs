//! Reads, verifies and writes RDB files: every version and dialect, without knowing that append-only logs exist.
//!
//! ```
//! let file = b"REDIS0011\xfe\x00\x00\x03key\x05value\xff\0\0\0\0\0\0\0\0";
//! let summary = aof_rdb::walk(&mut &file[..], 0, &mut |_reached| true)?;
//! assert_eq!(summary.keys, 1);
//! assert_eq!(summary.checksum, aof_rdb::Checksum::Disabled);
//! assert!(summary.defect.is_none());
//! # Ok::<(), std::convert::Infallible>(())
//! ```

mod attribute;
mod bitflip;
pub mod blob;
mod commands;
mod crc;
mod cursor;
mod deep;
mod distinct;
mod dump;
pub mod encode;
mod fault;
mod header;
mod item;
mod kept;
mod layout;
mod length;
mod lzf;
mod memory;
mod mend;
mod payload;
mod program;
mod reader;
mod record;
mod records;
mod salvage;
mod skip;
mod source;
mod stop;
mod stream;
mod summary;
mod tally;
mod text;
mod twin;
mod values;
mod verify;
mod walk;
mod write;

#[cfg(test)]
mod tests;

pub use bitflip::{Corrected, Flip, find_flip, flipped_bit};
pub use commands::{Commands, Expiries};
pub use crc::{Crc, crc64};
pub use deep::Depth;
pub use dump::{Dump, NoDump};
pub use fault::{ValueFault, ValueFaultKind};
pub use item::{
    Consumer, Group, History, Item, Module, Naming, Pending, Producer, StreamId, StreamInfo,
    ValueType,
};
pub use lzf::{LzfFault, decompress};
pub use memory::Need;
pub use mend::{Cause, Gone, Mended, Stretch, salvage_examined};
pub use payload::{Packing, Part, Payload, Room};
pub use reader::{BadRecord, read};
pub use record::{Key, Record, RecordKind};
pub use salvage::{Kept, Losses, Lost, Salvaged, Why, salvage};
pub use summary::{
    Aux, BadValue, Census, Checksum, Db, Defect, DefectKind, Dialect, Header, LargeKey, Remark,
    Said, Source, Step, Summary, Twin, Values,
};
pub use text::Str;
pub use verify::Contents;
pub use walk::{examine, walk};
pub use write::{Assembly, Basis, Ending, LeftOut, NoTarget, Patch, Piece, Target, Writer};
