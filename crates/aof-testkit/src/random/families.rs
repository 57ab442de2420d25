//! The commands of random logs, by the type of their keys.

use super::values::{SizeProfile, value};
use crate::argv::{Argv, argv};
use crate::rng::Rng;

/// 2100-01-01 in milliseconds: no test waits for it.
const FAR: u64 = 4_102_444_800_000;

/// Makes records. Keys begin with a letter that stands for their type, so that no command meets a wrong one.
pub(super) struct Families {
    pub(super) rng: Rng,
    dbs: u64,
    db: u64,
    sizes: SizeProfile,
    nested: bool,
    entry: u64,
    groups: u64,
}

impl Families {
    pub(super) fn new(rng: Rng, dbs: u64, sizes: SizeProfile, nested: bool) -> Self {
        Self { rng, dbs, db: 0, sizes, nested, entry: 0, groups: 0 }
    }

    /// Another database is selected.
    pub(super) fn enter(&mut self, db: u64) {
        self.db = db;
    }

    /// The records of one step, one or two, `left` at the most.
    pub(super) fn step(&mut self, left: usize) -> Vec<Argv> {
        if left >= 2 && self.rng.chance(8) {
            return self.pair();
        }
        vec![match self.rng.below(10) {
            0..3 => self.string(),
            3 => self.counter(),
            4 => self.hash(),
            5 => self.list(),
            6 => self.set(),
            7 => self.zset(),
            8 => self.stream(),
            _ => self.any_key(),
        }]
    }

    fn key(&mut self, kind: char) -> String {
        format!("{kind}:{}", self.rng.below(30))
    }

    /// Two keys of one type that differ.
    fn two(&mut self, kind: char) -> (String, String) {
        let n = self.rng.below(30);
        let other = (n + 1 + self.rng.below(29)) % 30;
        (format!("{kind}:{n}"), format!("{kind}:{other}"))
    }

    fn value(&mut self) -> Vec<u8> {
        value(&mut self.rng, self.sizes, self.nested)
    }

    fn number(&mut self, below: u64) -> String {
        self.rng.below(below).to_string()
    }

    /// One to five arguments more.
    fn many(&mut self, mut argv: Argv, make: impl Fn(&mut Self) -> Argv) -> Argv {
        for _ in 0..self.rng.between(1, 5) {
            let more = make(self);
            argv.extend(more);
        }
        argv
    }

    fn string(&mut self) -> Argv {
        let (key, value) = (self.key('s'), self.value());
        match self.rng.below(10) {
            0..4 => argv!["SET", key, value],
            4 => {
                let at = (FAR + self.rng.below(1_000_000)).to_string();
                argv!["SET", key, value, "PXAT", at]
            }
            5 => argv!["SET", key, value, "KEEPTTL"],
            6 => self.many(argv!["MSET", key, value], |it| argv![it.key('s'), it.value()]),
            7 => argv!["APPEND", key, value],
            8 => argv!["SETRANGE", key, self.number(500), value],
            _ => {
                let (to, from) = self.two('b');
                let op = *self.rng.pick(&["AND", "OR", "XOR"]);
                match self.rng.below(3) {
                    0 => argv!["BITOP", op, to, from, key],
                    _ => argv!["SETBIT", to, self.number(1000), self.number(2)],
                }
            }
        }
    }

    fn counter(&mut self) -> Argv {
        let key = self.key('n');
        match self.rng.below(4) {
            0 => argv!["INCRBY", key, self.number(1000)],
            1 => argv!["DECR", key],
            // As some client typed it.
            2 => argv!["incr", key],
            _ => argv!["INCR", key],
        }
    }

    fn hash(&mut self) -> Argv {
        let key = self.key('h');
        let field = |it: &mut Self| format!("f{}", it.rng.below(20));
        match self.rng.below(6) {
            0..4 => self.many(argv!["HSET", key], |it| argv![field(it), it.value()]),
            4 => self.many(argv!["HDEL", key], |it| argv![field(it)]),
            _ => argv!["HINCRBY", key, format!("n{}", self.rng.below(5)), self.number(100)],
        }
    }

    fn list(&mut self) -> Argv {
        let (key, other) = self.two('l');
        match self.rng.below(9) {
            0..3 => self.many(argv!["LPUSH", key], |it| argv![it.value()]),
            3..5 => self.many(argv!["RPUSH", key], |it| argv![it.value()]),
            5 => argv!["RPOP", key],
            6 => argv!["LREM", key, "1", self.value()],
            7 => argv!["LTRIM", key, "0", self.number(50)],
            _ => argv!["LMOVE", key, other, "LEFT", "RIGHT"],
        }
    }

    fn set(&mut self) -> Argv {
        let (key, other) = self.two('e');
        match self.rng.below(7) {
            0..3 => self.many(argv!["SADD", key], |it| argv![it.value()]),
            3 => self.many(argv!["SADD", key], |it| argv![it.number(1000)]),
            4 => self.many(argv!["SREM", key], |it| argv![it.number(1000)]),
            5 => argv!["SMOVE", key, other, self.number(1000)],
            _ => argv!["SUNIONSTORE", key, other, self.key('e')],
        }
    }

    fn zset(&mut self) -> Argv {
        let (key, other) = self.two('z');
        let member = |it: &mut Self| format!("m{}", it.rng.below(200));
        match self.rng.below(7) {
            0..3 => self.many(argv!["ZADD", key], |it| {
                argv![format!("{}.{}", it.rng.below(100), it.rng.below(100)), member(it)]
            }),
            3 => argv!["ZADD", key, "-inf", self.value()],
            4 => argv!["ZINCRBY", key, self.number(10), member(self)],
            5 => argv!["ZREM", key, member(self)],
            _ => argv!["ZUNIONSTORE", key, "2", other, self.key('z')],
        }
    }

    /// The next entry id: they rise over all streams.
    fn next_id(&mut self) -> String {
        self.entry += 1 + self.rng.below(50);
        format!("{}-{}", 1_700_000_000_000 + self.entry / 8, self.entry % 8)
    }

    fn stream(&mut self) -> Argv {
        let (key, id) = (self.key('x'), self.next_id());
        match self.rng.below(10) {
            0..6 => self.many(argv!["XADD", key, id], |it| {
                argv![format!("f{}", it.rng.below(4)), it.value()]
            }),
            6 => argv!["XADD", key, "MAXLEN", "=", self.number(100), id, "f", self.value()],
            7 => argv!["XDEL", key, id],
            8 => argv!["XTRIM", key, "MAXLEN", "=", self.number(100)],
            _ => {
                self.groups += 1;
                argv!["XGROUP", "CREATE", key, format!("g{}", self.groups), "0-0", "MKSTREAM"]
            }
        }
    }

    /// What works on a key of any type. Strings are left out of `PEXPIREAT`: a `SET` right before one is how
    /// old servers wrote a value with an expiry.
    fn any_key(&mut self) -> Argv {
        let kind = *self.rng.pick(&['h', 'l', 'e', 'z', 'x', 'n']);
        let (key, other) = self.two(kind);
        match self.rng.below(7) {
            0 => argv!["PEXPIREAT", key, (FAR + self.rng.below(1_000_000)).to_string()],
            1 => argv!["PERSIST", key],
            2 => argv!["DEL", self.key('s')],
            3 => self.many(argv!["DEL", key], |it| argv![it.key('h')]),
            4 => argv!["UNLINK", key, other],
            5 if self.dbs > 1 => {
                let db = (self.db + 1 + self.rng.below(self.dbs - 1)) % self.dbs;
                match self.rng.below(2) {
                    0 => argv!["COPY", key, other, "DB", db.to_string(), "REPLACE"],
                    _ => argv!["MOVE", key, db.to_string()],
                }
            }
            _ => argv!["COPY", key, other, "REPLACE"],
        }
    }

    /// Two records of which the second needs the first.
    fn pair(&mut self) -> Vec<Argv> {
        match self.rng.below(3) {
            0 => {
                let (key, other) = self.two('s');
                vec![argv!["SET", key.clone(), self.value()], argv!["RENAME", key, other]]
            }
            1 => {
                let key = self.key('l');
                let value = self.value();
                vec![argv!["RPUSH", key.clone(), "x"], argv!["LSET", key, "-1", value]]
            }
            _ => self.claimed_entry(),
        }
    }

    /// A new group, and an entry that one of its consumers took.
    fn claimed_entry(&mut self) -> Vec<Argv> {
        let (key, id) = (self.key('x'), self.next_id());
        self.groups += 1;
        let group = format!("g{}", self.groups);
        let created = argv!["XGROUP", "CREATE", key.clone(), group.clone(), "$", "MKSTREAM"];
        if self.rng.chance(30) {
            return vec![created, argv!["XACK", key, group, id]];
        }
        let claimed = argv![
            "XCLAIM",
            key,
            group,
            "alice",
            "0",
            id.clone(),
            "TIME",
            "1700000000000",
            "RETRYCOUNT",
            "1",
            "FORCE",
            "JUSTID",
            "LASTID",
            id,
        ];
        vec![created, claimed]
    }
}
