//! The servers that a file can be written for.

use std::fmt;
use std::str::FromStr;

use crate::summary::{Dialect, Header};

/// A server that is to load what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    name: &'static str,
    header: Header,
    basis: Basis,
}

/// How it is known what a server takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// It was run.
    Proven,
    /// One with the same version of the format was run.
    Derived,
}

/// Name, dialect, version of the format.
const fn target(name: &'static str, dialect: Dialect, version: u16, basis: Basis) -> Target {
    Target { name, header: Header { dialect, version }, basis }
}

impl Target {
    /// All of them, the oldest of each dialect first.
    pub const ALL: [Self; 7] = [
        target("redis:6.2", Dialect::Redis, 9, Basis::Proven),
        target("redis:7.0", Dialect::Redis, 10, Basis::Proven),
        target("redis:7.2", Dialect::Redis, 11, Basis::Derived),
        target("redis:7.4", Dialect::Redis, 12, Basis::Derived),
        target("redis:8.2", Dialect::Redis, 12, Basis::Proven),
        // It kept the version of Redis 7.2, and its magic.
        target("valkey:8.1", Dialect::Redis, 11, Basis::Proven),
        target("valkey:9.1", Dialect::Valkey, 80, Basis::Proven),
    ];

    /// As it is called: `redis:7.0`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }

    /// What its files begin with.
    #[must_use]
    pub fn header(self) -> Header {
        self.header
    }

    /// How it is known what it takes.
    #[must_use]
    pub fn basis(self) -> Basis {
        self.basis
    }

    /// Whether it has libraries of functions.
    #[must_use]
    pub fn has_functions(self) -> bool {
        self.header.version >= 10
    }

    /// Whether it reads values of type `code` of files with this header as they are. Types that it no longer writes it
    /// still reads.
    #[must_use]
    pub fn takes(self, from: Header, code: u8) -> bool {
        let to = self.header;
        match code {
            0..=5 | 7 | 9..=15 => true,
            16..=19 => to.version >= 10,
            20 | 21 => to.version >= 11,
            22..=25 => to.dialect == from.dialect && to.version >= 12,
            _ => false,
        }
    }

    /// Whether fields of a hash can expire by themselves.
    pub(crate) fn has_field_expiries(self) -> bool {
        self.header.version >= 12
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// There is no such target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoTarget;

impl fmt::Display for NoTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Target::ALL.map(Target::name).join(", ");
        write!(f, "no such target: there are {names}")
    }
}

impl std::error::Error for NoTarget {}

impl FromStr for Target {
    type Err = NoTarget;

    fn from_str(name: &str) -> Result<Self, NoTarget> {
        Self::ALL.into_iter().find(|target| target.name == name).ok_or(NoTarget)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_found_by_its_name() {
        for target in Target::ALL {
            assert_eq!(target.name().parse(), Ok(target));
        }
        let told = "redis:5.0".parse::<Target>().map_err(|error| error.to_string());
        assert!(told.is_err_and(|told| told.contains("redis:6.2") && told.contains("valkey:9.1")));
    }

    #[test]
    fn numbers_that_mean_other_things_in_the_other_dialect_are_not_taken() {
        let [redis, valkey] =
            ["redis:8.2", "valkey:9.1"].map(|name| name.parse::<Target>().unwrap());
        for (from, to, takes) in [
            (redis, redis, true),
            (valkey, valkey, true),
            (redis, valkey, false),
            (valkey, redis, false),
        ] {
            assert_eq!(to.takes(from.header(), 22), takes, "{from} to {to}");
            assert!(to.takes(from.header(), 21), "{from} to {to}");
        }
    }
}
