//! Words that text, JSON and the gate share.

use aof_log::forecast::{Outcome, Start};
use aof_log::server::{Basis, Server};
use aof_log::survey::Origin;
use aof_rdb::{Payload, Summary, ValueType};

use crate::figures;

/// How a start ends, in the word that scripts rely on.
pub(crate) const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::LoadsEverything => "loads everything",
        Outcome::Truncates => "truncates",
        Outcome::LoadsPart => "loads a part",
        Outcome::StartsEmpty => "starts empty",
        Outcome::Refuses => "refuses",
        Outcome::Crashes => "crashes",
    }
}

/// How a forecast is known, in the word that scripts rely on.
pub(crate) const fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Measured => "measured",
        Basis::Derived => "derived",
        Basis::Unknown => "unknown",
    }
}

/// Where a chain comes from, in the word that scripts rely on.
pub(crate) const fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Manifest => "manifest",
        Origin::Names => "names",
        Origin::Single => "single log",
        Origin::History => "history",
        Origin::Temp => "unfinished rewrite",
        Origin::Snapshot => "RDB file",
    }
}

/// The type of a key whose type has this number in an RDB file, in the word that scripts rely on.
pub(crate) fn type_of(rdb: &Summary, code: u8) -> &'static str {
    let of = |header| Payload { header, code, bytes: &[] }.value_type();
    rdb.header.and_then(of).map_or("unknown", ValueType::name)
}

/// The servers that were looked at and can open an RDB file without further modules.
pub(crate) fn opens_in(rdb: &Summary) -> impl Iterator<Item = Server> {
    let takes = |server: &Server| {
        let has_modules = rdb.modules.iter().all(|module| server.has_module(module));
        rdb.header.is_some_and(|header| server.accepts(&header)) && has_modules
    };
    Server::MEASURED.into_iter().filter(takes)
}

/// What a start leaves out.
pub(crate) fn lost(start: &Start) -> String {
    let lost = &start.lost;
    let mut parts = Vec::new();
    if lost.commands.max > 0 {
        parts.push(figures::range(lost.commands.min, lost.commands.max, "command"));
    }
    if lost.keys > 0 {
        parts.push(figures::of(lost.keys, "key"));
    }
    parts.push(figures::bytes(lost.bytes));
    parts.join(", ")
}
