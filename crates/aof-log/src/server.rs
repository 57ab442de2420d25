//! Servers whose next start is foretold: product, version, how sure we are of their rules, and the rules.
//!
//! Each rule was seen on the five servers of [`Server::MEASURED`] (`tests/conformance`). What other versions do
//! follows from the servers around them, or from the change that brought a rule, which is then named.

mod name;

pub use name::UnknownServer;

use std::fmt;
use std::ops::RangeInclusive;

use aof_rdb::{Dialect, Header};
use aof_resp::{Command, LogForm};

/// Who makes a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Product {
    /// Redis.
    Redis,
    /// Valkey.
    Valkey,
}

/// A server of one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Server {
    /// Who makes it.
    pub product: Product,
    /// Major version.
    pub major: u16,
    /// Minor version.
    pub minor: u16,
}

/// How a statement about a server is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// A server of this version was seen to do it.
    Measured,
    /// Servers of the versions around it were, and agree.
    Derived,
    /// Nobody looked.
    Unknown,
}

impl Server {
    /// The servers that every statement is tried on, the older first.
    pub const MEASURED: [Self; 5] = [
        Self::new(Product::Redis, 6, 2),
        Self::new(Product::Redis, 7, 0),
        Self::new(Product::Redis, 8, 2),
        Self::new(Product::Valkey, 8, 1),
        Self::new(Product::Valkey, 9, 1),
    ];

    /// The servers whose rules follow from measured ones.
    ///
    /// Redis 5.0 and 6.0 have the loader of 6.2 (one file, lines of 127 bytes, no annotations, a `MULTI` without
    /// `EXEC` is reverted since 5.0). Redis 7.2, 7.4 and 8.0 stand between 7.0 and 8.2, which agree in everything
    /// but their commands and RDB versions. Redis 8.4 and 8.6 are 8.2 with `aof-load-corrupt-tail-max-size`. Valkey
    /// 7.2 and 8.0 are Redis 7.2 with Valkey's commands: the count of arguments came with 8.1. Valkey 9.0 stands
    /// between 8.1 and 9.1, and where these differ nothing is said of it.
    const DERIVED: [Self; 10] = [
        Self::new(Product::Redis, 5, 0),
        Self::new(Product::Redis, 6, 0),
        Self::new(Product::Redis, 7, 2),
        Self::new(Product::Redis, 7, 4),
        Self::new(Product::Redis, 8, 0),
        Self::new(Product::Redis, 8, 4),
        Self::new(Product::Redis, 8, 6),
        Self::new(Product::Valkey, 7, 2),
        Self::new(Product::Valkey, 8, 0),
        Self::new(Product::Valkey, 9, 0),
    ];

    /// A server of this product and version.
    pub const fn new(product: Product, major: u16, minor: u16) -> Self {
        Self { product, major, minor }
    }

    /// How its rules are known. Patch levels of one version are taken for alike; the five were 6.2.14, 7.0.15,
    /// 8.2.3 (Redis), 8.1.8 and 9.1.2 (Valkey).
    pub fn basis(self) -> Basis {
        if Self::MEASURED.contains(&self) {
            Basis::Measured
        } else if Self::DERIVED.contains(&self) {
            Basis::Derived
        } else {
            Basis::Unknown
        }
    }

    /// Whether its log is a folder of parts under a manifest; before 7.0 it was one file.
    pub const fn has_parts(self) -> bool {
        self.major >= 7
    }

    /// Whether it passes over lines that begin with `#`; before 7.0 they were no part of the format.
    pub const fn accepts_annotations(self) -> bool {
        self.has_parts()
    }

    /// The most bytes of a header line that it reads at once, line end included: one less than its buffer.
    pub const fn line_limit(self) -> usize {
        if self.has_parts() { 1023 } else { 127 }
    }

    /// Whether it looks a subcommand up when it reads a record, or leaves that to the command.
    pub const fn looks_up_subcommands(self) -> bool {
        self.has_parts()
    }

    /// Whether it refuses a command with a wrong number of arguments before it runs it: Valkey since 8.1 (its
    /// change 1614). The others run it.
    pub const fn checks_arity(self) -> bool {
        matches!(self.product, Product::Valkey) && self.is_from(8, 1)
    }

    /// Whether it cuts a record that is torn inside an open transaction away together with the transaction, or
    /// leaves what is whole of it in the file. Valkey 9.1.2 does the former (its change 4342, of 2026); of 9.0
    /// nobody knows.
    pub const fn cuts_open_group_with_torn_record(self) -> Option<bool> {
        self.has_careful_cut()
    }

    /// Whether it remembers where an RDB preamble ends, if it must cut before any record behind it was whole.
    /// Others then cut the whole file away; came with the same change.
    pub const fn keeps_preamble(self) -> Option<bool> {
        self.has_careful_cut()
    }

    /// Whether commands that it executes while it loads a log do not see fields of hashes whose time has passed by then:
    /// Redis since 7.4, which has such fields. Valkey sees them.
    pub const fn hides_expired_fields_at_load(self) -> bool {
        matches!(self.product, Product::Redis) && self.is_from(7, 4)
    }

    const fn has_careful_cut(self) -> Option<bool> {
        match self.product {
            Product::Valkey if self.is_from(9, 1) => Some(true),
            Product::Valkey if self.major == 9 => None,
            _ => Some(false),
        }
    }

    /// Whether it has `aof-load-corrupt-tail-max-size`: Redis since 8.4.
    pub const fn has_corrupt_tail_option(self) -> bool {
        matches!(self.product, Product::Redis) && self.is_from(8, 4)
    }

    /// Whether it reads what this module wrote, without loading any: Redis has vector sets built in.
    pub fn has_module(self, name: &str) -> bool {
        matches!(self.product, Product::Redis) && self.is_from(8, 0) && name == "vectorset"
    }

    const fn is_from(self, major: u16, minor: u16) -> bool {
        self.major > major || (self.major == major && self.minor >= minor)
    }

    /// Whether it has a command of the table, which it need not have in a log.
    pub fn knows(self, command: &Command) -> bool {
        let (since, redis) = match self.product {
            Product::Redis => (command.since_redis(), true),
            Product::Valkey => (command.since_valkey(), false),
        };
        let is_there = match command.name() {
            // `LCS` replaced it in 7.0.
            "STRALGO" => !self.has_parts(),
            // It was no command, but something that the connection looked for.
            "QUIT" => !redis || self.has_parts(),
            // It is compiled in, and not accepted.
            "SFLUSH" => false,
            _ => true,
        };
        is_there && since.and_then(name::version).is_some_and(|(a, b)| self.is_from(a, b))
    }

    /// Whether its loader reads an RDB file that begins so, as a base or as a preamble: never what is newer than
    /// itself, and never the other family's numbers. Default configuration: Valkey's `rdb-version-check relaxed`
    /// tries more.
    pub fn accepts(self, header: &Header) -> bool {
        match header.dialect {
            Dialect::Redis => (1..=self.rdb_version_max()).contains(&header.version),
            Dialect::Valkey => {
                self.valkey_rdb_versions().is_some_and(|known| known.contains(&header.version))
            }
        }
    }

    /// The newest version behind the magic `REDIS` that it reads.
    pub const fn rdb_version_max(self) -> u16 {
        match (self.product, self.major, self.minor) {
            (Product::Valkey, ..) => 11,
            (Product::Redis, 0..=6, _) => 9,
            (Product::Redis, 7, 0..=1) => 10,
            (Product::Redis, 7, 2..=3) => 11,
            (Product::Redis, 7, _) | (Product::Redis, 8, 0..=5) => 12,
            (Product::Redis, 8, 6..=7) => 13,
            (Product::Redis, 8, 8..=9) => 14,
            (Product::Redis, ..) => 15,
        }
    }

    /// The versions behind the magic `VALKEY` that it reads, if it knows this magic. Valkey 8.1 knows it, and none of
    /// the versions that are written with it.
    pub const fn valkey_rdb_versions(self) -> Option<RangeInclusive<u16>> {
        match (self.product, self.major, self.minor) {
            (Product::Valkey, 8, 1) => Some(1..=11),
            (Product::Valkey, 9, 0..=1) => Some(80..=80),
            (Product::Valkey, 9.., _) => Some(80..=81),
            _ => None,
        }
    }
}

/// Whether a command, which no server logs, may do anything to the loader that runs it. Those that only read do
/// nothing.
pub(crate) fn is_hazardous(command: &Command) -> bool {
    /// What stands in no log, and does more than to read: connections, replication, administration.
    const HAZARDOUS: &str = "ACL ASKING AUTH BGREWRITEAOF BGSAVE CLIENT CLUSTER CLUSTERSCAN COMMANDLOG CONFIG DEBUG \
         FAILOVER FUNCTION HELLO LATENCY MEMORY MODULE MONITOR PFDEBUG PFSELFTEST PSUBSCRIBE PSYNC PUBLISH \
         PUNSUBSCRIBE QUIT READONLY READWRITE REPLCONF REPLICAOF RESET ROLE SAVE SCRIPT SHUTDOWN SLAVEOF SLOWLOG \
         SPUBLISH SSUBSCRIBE SUBSCRIBE SUNSUBSCRIBE SYNC UNSUBSCRIBE UNWATCH WAIT WAITAOF WATCH";
    let container = command.name().split(' ').next();
    command.log_form() == LogForm::Never
        && container.is_some_and(|name| HAZARDOUS.split(' ').any(|one| one == name))
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let product = match self.product {
            Product::Redis => "redis",
            Product::Valkey => "valkey",
        };
        write!(f, "{product}:{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use aof_resp::Table;

    use super::*;

    fn row(name: &str) -> &'static Command {
        Table::get().lookup(name.as_bytes()).expect("a row")
    }

    #[test]
    fn a_server_has_the_commands_of_its_family_up_to_its_version() {
        let server = |text: &str| text.parse::<Server>().expect("a server");
        for (text, name, known) in [
            ("redis:6.2", "COPY", true),
            ("redis:6.0", "COPY", false),
            ("redis:7.0", "FUNCTION LOAD", true),
            ("redis:7.2", "HPEXPIREAT", false),
            ("redis:7.4", "HPEXPIREAT", true),
            ("valkey:8.1", "HPEXPIREAT", false),
            ("valkey:9.1", "HPEXPIREAT", true),
            ("valkey:9.1", "VADD", false),
            ("redis:8.4", "GCRA", false),
            ("redis:8.10", "GCRA", true),
            ("redis:6.2", "STRALGO", true),
            ("redis:7.0", "STRALGO", false),
            ("redis:6.2", "QUIT", false),
        ] {
            assert_eq!(server(text).knows(row(name)), known, "{text} {name}");
        }
    }

    #[test]
    fn an_rdb_file_is_taken_by_the_servers_of_its_time_and_family() {
        let takers = |dialect, version| -> Vec<String> {
            let header = Header { dialect, version };
            let all = Server::MEASURED.iter().filter(|server| server.accepts(&header));
            all.map(ToString::to_string).collect()
        };
        let all = ["redis:6.2", "redis:7.0", "redis:8.2", "valkey:8.1", "valkey:9.1"];
        assert_eq!(takers(Dialect::Redis, 9), all);
        assert_eq!(takers(Dialect::Redis, 10), all[1..]);
        assert_eq!(takers(Dialect::Redis, 11), all[2..]);
        assert_eq!(takers(Dialect::Redis, 12), ["redis:8.2"]);
        assert_eq!(takers(Dialect::Valkey, 80), ["valkey:9.1"]);
        assert_eq!(takers(Dialect::Valkey, 81), [""; 0]);
        assert_eq!(takers(Dialect::Redis, 0), [""; 0]);
    }

    #[test]
    fn vector_sets_need_a_module_everywhere_but_in_redis_8() {
        for (text, has) in [("redis:7.4", false), ("redis:8.0", true), ("valkey:9.1", false)] {
            let server: Server = text.parse().unwrap();
            assert_eq!(server.has_module("vectorset"), has, "{text}");
            assert!(!server.has_module("graphdata"), "{text}");
        }
    }
}
