//! Which servers read the words of a line alike.

use crate::server::{Product, Server};

/// How a server splits a line into words. The dialects differ in odd lines only, which no server writes.
///
/// Format: `docs/formats.md`, "Manifests".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// Redis, and Valkey up to 8.0: a quoted word ends at its closing quote, behind which a blank must follow.
    Redis,
    /// Valkey 8.1: as before, but bytes FF are dropped, unless they are written as `\xff`.
    Valkey8,
    /// Valkey 9.0 and later: as Valkey 8.1, but a word goes on behind a closing quote.
    Valkey9,
}

impl Dialect {
    /// All of them, the older first.
    pub const ALL: [Self; 3] = [Self::Redis, Self::Valkey8, Self::Valkey9];

    /// That of a server.
    pub fn of(server: Server) -> Self {
        match (server.product, server.major, server.minor) {
            (Product::Redis, ..) | (Product::Valkey, ..8, _) | (Product::Valkey, 8, 0) => {
                Self::Redis
            }
            (Product::Valkey, 8, _) => Self::Valkey8,
            (Product::Valkey, 9.., _) => Self::Valkey9,
        }
    }

    pub(super) fn drops_ff(self) -> bool {
        self != Self::Redis
    }

    pub(super) fn goes_on_behind_quotes(self) -> bool {
        self == Self::Valkey9
    }
}
