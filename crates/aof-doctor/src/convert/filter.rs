//! Which keys are carried over.

use aof_rdb::{Key, ValueType};
use regex::bytes::Regex;

use super::glob::Glob;

/// What is asked for; of each kind, one that holds is enough, and every kind that is there must hold.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    /// Patterns of whole names.
    pub(crate) globs: Vec<Glob>,
    /// Patterns of something within a name.
    pub(crate) regexes: Vec<Regex>,
    /// Databases.
    pub(crate) dbs: Vec<u64>,
    /// Types.
    pub(crate) types: Vec<ValueType>,
}

impl Filter {
    /// Whether the key goes along.
    pub(crate) fn takes(&self, key: &Key<'_>) -> bool {
        self.takes_key(key.db, &key.name, key.value.value_type())
    }

    /// The same for a key of this database, name and type.
    pub(crate) fn takes_key(&self, db: u64, name: &[u8], kind: Option<ValueType>) -> bool {
        self.takes_db(db)
            && holds(&self.types, |&asked| kind == Some(asked))
            && holds(&self.globs, |glob| glob.matches(name))
            && holds(&self.regexes, |regex| regex.is_match(name))
    }

    /// Whether keys of this database may go along.
    pub(crate) fn takes_db(&self, db: u64) -> bool {
        holds(&self.dbs, |&asked| asked == db)
    }

    /// Whether everything goes along, functions too.
    pub(crate) fn takes_all(&self) -> bool {
        let Self { globs, regexes, dbs, types } = self;
        globs.is_empty() && regexes.is_empty() && dbs.is_empty() && types.is_empty()
    }
}

fn holds<T>(asked: &[T], holds: impl Fn(&T) -> bool) -> bool {
    asked.is_empty() || asked.iter().any(holds)
}

#[cfg(test)]
mod tests {
    use aof_rdb::{Dialect, Header, Payload};

    use super::*;

    fn takes(filter: &Filter, name: &str, db: u64) -> bool {
        let header = Header { dialect: Dialect::Redis, version: 11 };
        filter.takes(&Key {
            db,
            name: name.as_bytes().into(),
            expiry: None,
            idle: None,
            frequency: None,
            has_metadata: false,
            value: Payload { header, code: 0, bytes: b"\x01v" },
        })
    }

    #[test]
    fn one_of_each_kind_must_hold() {
        let all = Filter::default();
        assert!(all.takes_all() && takes(&all, "k", 7));
        let filter = Filter {
            globs: vec![Glob::new(b"user:*"), Glob::new(b"x")],
            regexes: vec![Regex::new("[0-9]$").unwrap()],
            dbs: vec![0, 3],
            types: vec![ValueType::String, ValueType::Hash],
        };
        assert!(!filter.takes_all());
        assert!(takes(&filter, "user:1", 0) && takes(&filter, "user:2", 3));
        assert!(!takes(&filter, "x", 0), "the regular expression does not hold");
        assert!(!takes(&filter, "user:1", 1) && !takes(&filter, "order:1", 0));
        let streams = Filter { types: vec![ValueType::Stream], ..Filter::default() };
        assert!(!takes(&streams, "k", 0));
    }
}
