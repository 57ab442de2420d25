//! One module for each verb.

pub(crate) mod check;
#[cfg(feature = "live")]
pub(crate) mod connect;
pub(crate) mod convert;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod keys;
#[cfg(feature = "live")]
pub(crate) mod reading;
pub(crate) mod repair;
#[cfg(feature = "live")]
pub(crate) mod replay;
pub(crate) mod route;
pub(crate) mod undo;
#[cfg(feature = "live")]
pub(crate) mod verify;
