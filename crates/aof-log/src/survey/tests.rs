//! Folders made by hand, and what they come to.

mod beside;
mod chains;
mod folder;
mod manifest;
mod parts;
mod random;
mod windows;

pub(super) use folder::{Folder, NOW};
