//! Streams, and groups that read them.

use super::draw::Draw;
use super::recipe::{Recipe, plain, rigid};
use crate::argv::{Argv, argv};

pub(super) const RECIPES: &[Recipe] = &[
    plain("XACK", 8, |d| [argv![d.key('x'), d.group()], d.ids()].concat()),
    plain("XACKDEL", 6, |d| [argv![d.key('x'), d.group()], references(d), id_block(d)].concat()),
    plain("XADD", 50, add),
    plain("XAUTOCLAIM", 8, |d| {
        let start = if d.rng.chance(60) { b"0".to_vec() } else { d.old_id() };
        let count = if d.rng.chance(30) { argv!["COUNT", d.count()] } else { argv![] };
        let to = argv![d.key('x'), d.group(), d.consumer(), d.word(&["0", "0", "-5", "9999999"])];
        [to, argv![start], count, d.option(30, &["JUSTID"])].concat()
    }),
    plain("XCLAIM", 12, claim),
    plain("XDEL", 8, |d| [argv![d.key('x')], d.ids()].concat()),
    plain("XDELEX", 6, |d| [argv![d.key('x')], references(d), id_block(d)].concat()),
    plain("XGROUP CREATE", 14, |d| {
        let (key, group, id) = (d.key('x'), d.group(), d.group_id());
        [argv![key, group, id], d.option(50, &["MKSTREAM"]), d.entries_read()].concat()
    }),
    plain("XGROUP CREATECONSUMER", 6, |d| argv![d.key('x'), d.group(), d.consumer()]),
    plain("XGROUP DELCONSUMER", 3, |d| argv![d.key('x'), d.group(), d.consumer()]),
    plain("XGROUP DESTROY", 2, |d| argv![d.key('x'), d.group()]),
    plain("XGROUP SETID", 6, |d| {
        let (key, group, id) = (d.key('x'), d.group(), d.group_id());
        [argv![key, group, id], d.entries_read()].concat()
    }),
    rigid("XREADGROUP", 30, read_group),
    plain("XSETID", 6, |d| {
        let id = if d.rng.chance(50) { d.new_id() } else { d.old_id() };
        let more = match d.rng.chance(30) {
            true => argv!["ENTRIESADDED", d.rng.below(50).to_string(), "MAXDELETEDID", d.old_id()],
            false => argv![],
        };
        [argv![d.key('x'), id], more].concat()
    }),
    plain("XTRIM", 6, |d| [argv![d.key('x')], d.trim(), d.option(10, &["KEEPREF"])].concat()),
];

impl Draw {
    fn group(&mut self) -> String {
        self.word(&["g1", "g1", "g1", "g2", ""])
    }

    fn consumer(&mut self) -> String {
        self.word(&["c1", "c2", "c3", ""])
    }

    /// An id above all that were given.
    fn new_id(&mut self) -> Vec<u8> {
        self.entry += 1 + self.rng.below(20);
        let id = format!("{}-{}", 1_000 + self.entry / 8, self.entry % 8).into_bytes();
        self.ids.keep(&id);
        id
    }

    /// An id that was given, or one that is none.
    fn old_id(&mut self) -> Vec<u8> {
        match self.rng.below(30) {
            0 => self.word(&["0", "0-0", "-", "+", "1-2-3", "5", "1-*", "x"]).into_bytes(),
            1 => "18446744073709551615-18446744073709551615".into(),
            2 => self.new_id(),
            _ => self.ids.any(&mut self.rng),
        }
    }

    fn ids(&mut self) -> Argv {
        (0..self.rng.between(1, 4)).map(|_| self.old_id()).collect()
    }

    fn group_id(&mut self) -> Vec<u8> {
        match self.rng.below(3) {
            0 => "0".into(),
            1 => "$".into(),
            _ => self.old_id(),
        }
    }

    /// No more than may have been added: servers differ where it is (`docs/oracle.md`).
    fn entries_read(&mut self) -> Argv {
        self.option(15, &["ENTRIESREAD 0", "ENTRIESREAD -1", "ENTRIESREAD -2", "ENTRIESREAD x"])
    }

    /// Where a stream is trimmed roughly depends on how it is kept, so only servers may do it.
    fn trim(&mut self) -> Argv {
        let words: &[&str] = if self.is_exact { &["=", ""] } else { &["~", "=", "", "~"] };
        let how = self.word(words);
        let bound = match self.rng.below(3) {
            0 => argv!["MINID", how, self.old_id()],
            _ => argv!["MAXLEN", how, self.rng.below(30).to_string()],
        };
        let limit = self.option(10, &["LIMIT 5", "LIMIT -1"]);
        let bound = bound.into_iter().filter(|word| !word.is_empty());
        bound.chain(limit.into_iter().filter(|_| !self.is_exact)).collect()
    }
}

/// What becomes of notes on entries that go: Redis 8.2.
fn references(d: &mut Draw) -> Argv {
    d.option(50, &["KEEPREF", "DELREF", "ACKED", "LOSEREF"])
}

fn id_block(d: &mut Draw) -> Argv {
    let ids = d.ids();
    [argv!["IDS"], d.counted(ids)].concat()
}

fn add(d: &mut Draw) -> Argv {
    let mut command = argv![d.key('x')];
    command.extend(d.option(8, &["NOMKSTREAM"]));
    command.extend(d.option(5, &["KEEPREF", "DELREF", "ACKED"]));
    if d.rng.chance(12) {
        command.extend(d.trim());
    }
    command.push(match d.rng.below(20) {
        0..4 if !d.is_exact => "*".into(),
        4 => d.old_id(),
        5 => format!("{}-*", 1_000 + d.entry / 8).into_bytes(),
        _ => d.new_id(),
    });
    command.extend(d.repeat((1, 3), |d| argv![d.element(), d.value()]));
    command
}

fn claim(d: &mut Draw) -> Argv {
    let to = argv![d.key('x'), d.group(), d.consumer(), d.word(&["0", "0", "0", "-5", "9999999"])];
    let mut command = [to, d.ids()].concat();
    command.extend(d.option(30, &["IDLE 1000", "TIME 1700000000000", "IDLE -5", "TIME -1"]));
    command.extend(d.option(20, &["RETRYCOUNT 3", "RETRYCOUNT 0", "RETRYCOUNT -1"]));
    command.extend(d.option(40, &["FORCE"]));
    command.extend(d.option(30, &["JUSTID"]));
    if d.rng.chance(20) {
        command.extend(argv!["LASTID", d.old_id()]);
    }
    command
}

fn read_group(d: &mut Draw) -> Argv {
    let mut command = argv!["GROUP", d.group(), d.consumer()];
    if d.rng.chance(40) {
        command.extend(argv!["COUNT", d.count()]);
    }
    command.extend(d.option(10, &["BLOCK 1"]));
    command.extend(d.option(15, &["NOACK"]));
    command.extend(argv!["STREAMS"]);
    let number = if d.rng.chance(20) { 2 } else { 1 };
    command.extend(d.repeat((number, number), |d| argv![d.key('x')]));
    command.extend(d.repeat((number, number), |d| {
        if d.rng.chance(80) { argv![">"] } else { argv![d.old_id()] }
    }));
    command
}
