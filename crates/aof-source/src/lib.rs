//! Where the bytes of a log live and how they are read; and the one place that publishes files.
//!
//! Five nouns:
//!
//! * A **part** is one file of a log with a fixed length and random access. [`FilePart`] is one, and so is a
//!   slice of bytes. Several threads read a [`Part`] at the same time, each through a feed of its own.
//! * A **feed** hands out the bytes of one part, or of a stream, to one thread. [`Feed`] is the face that
//!   every scanner works with; whoever wants to test how a scanner bears a failing storage implements it.
//! * A **window** is what a feed hands out: the bytes from some offset on, as many as it holds, and at least
//!   as many as were wanted unless the end comes before. Nothing is copied for it.
//! * An **input** is what a user named: a path or standard input. [`Input`] opens it read-only, tells what it
//!   is, and gives either a part or, where bytes only come in order, a [`StreamFeed`].
//! * A **container** is how an input wraps its content: not at all, or in gzip or zstd, which are decoded on
//!   the fly. Offsets are always those of the content.
//!
//! ```
//! use aof_source::{Access, Feed, Input, Part, ReadError};
//!
//! /// Counts the lines of anything that has a feed, one window at a time.
//! fn lines(feed: &mut impl Feed) -> Result<usize, ReadError> {
//!     let (mut at, mut lines) = (0, 0);
//!     loop {
//!         feed.keep_from(at);
//!         let window = feed.window(at, 1)?;
//!         if window.is_empty() {
//!             return Ok(lines);
//!         }
//!         lines += window.iter().filter(|&&byte| byte == b'\n').count();
//!         at += window.len() as u64;
//!     }
//! }
//!
//! let file = tempfile::NamedTempFile::new()?;
//! std::fs::write(file.path(), b"*1\r\n$4\r\nPING\r\n")?;
//!
//! let mut input = Input::open(file.path())?;
//! let lines = match input.access()? {
//!     Access::Random(part) => lines(&mut part.feed())?,
//!     Access::Stream(stream) => lines(stream)?,
//! };
//! assert_eq!(lines, 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A **folder** is a place with several parts in it. [`Folder`] lists its names and opens its files as inputs, and
//! nothing in it, no name and no link, leads out of it.
//!
//! A **map** is a file in memory, for work that jumps about in it. [`Map`] is read-only, and tells whether what was
//! read is what the file held.
//!
//! Beside reading: [`sniff()`] tells a log from everything that is found in its place, [`holders()`] tells who is
//! writing to a file, [`Spool`] keeps a stream that must be read in any order, and [`publish()`] and
//! [`publish_folder()`] put a finished file or folder in place, whole or not at all.
//!
//! What this crate never does: write to an input, print, or read the clock or the environment. It maps files only
//! for a program that has called [`guard_maps`].

mod error;
mod feed;

mod file;
mod map;
mod stream;

mod decode;
mod folder;
mod input;
mod sniff;

mod holders;
mod publish;
mod spool;

pub use error::{OpenError, ReadError};
pub use feed::{Feed, Part};
pub use file::{FileFeed, FilePart, WINDOW};
pub use folder::{Entry, EntryKind, Folder, Listing, MAX_ENTRIES};
pub use holders::{Holder, Holders, holders, holders_of};
pub use input::{Access, Container, FIRST, Input, Meta};
pub use map::{Advice, Changed, Map, Unmapped, guard_maps, prefetch};
pub use publish::{
    Draft, DraftFolder, Existing, PublishError, PublishOptions, publish, publish_folder,
};
pub use sniff::{Cipher, Kind, Resp, Sniff, shows_records, sniff};
pub use spool::{Spool, SpoolError};
pub use stream::{LOOK_BACK, StreamFeed};
