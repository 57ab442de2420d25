//! One module for each verb.

pub(crate) mod check;
pub(crate) mod connect;
pub(crate) mod convert;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod keys;
pub(crate) mod reading;
pub(crate) mod repair;
pub(crate) mod replay;
pub(crate) mod route;
pub(crate) mod undo;
pub(crate) mod verify;
