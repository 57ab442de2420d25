//! The writing half: records for a server that is to load them.
//!
//! What a record becomes depends on it and on the [`Target`] alone, so pieces of a file can be written on all threads
//! and put together behind that: [`Writer`] writes into a [`Piece`], [`Assembly`] puts pieces in a row.

mod assembly;
mod compress;
mod hash;
pub(crate) mod listpack;
mod pack;
mod piece;
pub(crate) mod put;
mod restore;
mod stream;
mod target;
mod value;
mod writer;
mod ziplist;

pub use assembly::{Assembly, Ending, Patch};
pub use piece::Piece;
pub use target::{Basis, NoTarget, Target};
pub use writer::{LeftOut, Writer};
