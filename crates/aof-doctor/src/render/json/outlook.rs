//! What data will come to in a server, for programs.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::outlook::{Load, Outlook};

/// Estimates but for the keys, and the bytes of the files as they are.
#[derive(Serialize)]
pub(super) struct OutlookView {
    keys: u64,
    expiring: u64,
    types: BTreeMap<&'static str, u64>,
    memory_estimate: u64,
    before: LoadView,
    after: LoadView,
}

#[derive(Serialize)]
struct LoadView {
    bytes: u64,
    load_ms: u64,
}

/// What there is to say of it.
pub(super) fn view(outlook: &Outlook) -> OutlookView {
    OutlookView {
        keys: outlook.keys,
        expiring: outlook.expiring,
        types: outlook.types.clone(),
        memory_estimate: outlook.memory,
        before: load(outlook.before),
        after: load(outlook.after),
    }
}

fn load(load: Load) -> LoadView {
    LoadView { bytes: load.bytes, load_ms: load.time.as_millis() as u64 }
}
