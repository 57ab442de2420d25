//! What the scan of one log must hold to, whatever the log: laws, random damage, hostile bytes.

#[path = "log/damage.rs"]
mod damage;
#[path = "log/feeding.rs"]
mod feeding;
#[path = "log/hostile.rs"]
mod hostile;
#[path = "log/loader.rs"]
mod loader;
#[path = "log/prefixes.rs"]
mod prefixes;
#[path = "log/selection.rs"]
mod selection;
#[path = "log/storage.rs"]
mod storage;
