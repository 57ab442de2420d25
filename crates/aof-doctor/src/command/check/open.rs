//! From a path as it was typed to an input.

use std::path::Path;

use aof_source::{Input, OpenError};

use super::folder;
use crate::failure::Failure;

/// Opens the input, `-` being standard input.
pub(super) fn open(path: &Path) -> Result<Input, Failure> {
    let is_stdin = path.as_os_str() == "-";
    let opened = if is_stdin { Input::stdin() } else { Input::open(path) };
    opened.map_err(|error| match error {
        OpenError::Folder { .. } if !is_stdin => folder::failure(path),
        error => Failure::operational(crate::escape::sentence(&error.to_string())),
    })
}
