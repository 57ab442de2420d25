//! Results as text, as JSON and as bytes.

pub(crate) mod convert;
pub(crate) mod diff;
pub(crate) mod executed;
pub(crate) mod hexdump;
pub(crate) mod json;
pub(crate) mod outlook;
pub(crate) mod repair;
#[cfg(feature = "live")]
pub(crate) mod replay;
mod startup;
mod table;
pub(crate) mod text;
#[cfg(feature = "live")]
pub(crate) mod verify;
pub(crate) mod words;
mod wrap;
