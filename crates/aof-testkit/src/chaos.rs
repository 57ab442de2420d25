//! Clients that stop at nothing: every command that writes, on a few keys that all types share, with arguments that are
//! wrong now and then, in several databases, in transactions and in scripts.
//!
//! They do not know what the server holds, but for what they are told of its replies: payloads, ids, scripts.

mod draw;
mod geo;
mod hashes;
mod keys;
mod lists;
mod recipe;
mod scripts;
mod sets;
mod streams;
mod strings;
mod times;
mod zsets;

use draw::Draw;
use recipe::Recipe;

use crate::argv::{Argv, argv};
use crate::client::Value;
use crate::rng::Rng;
use crate::server::{Row, ServerKind, read_table};

/// Commands that write and are not sent, and why.
pub const NOT_SENT: [(&str, &str); 6] = [
    ("CLUSTER FLUSHSLOT", "it works in clusters only"),
    ("MIGRATE", "it needs a second server"),
    ("SFLUSH", "no server at hand accepts it"),
    ("VADD", "vector sets are data that only a server can make"),
    ("VREM", "vector sets are data that only a server can make"),
    ("VSETATTR", "vector sets are data that only a server can make"),
];

/// So many commands stand in a transaction at the most.
const LONGEST: usize = 8;

const FAMILIES: [&[Recipe]; 9] = [
    geo::RECIPES,
    hashes::RECIPES,
    keys::RECIPES,
    lists::RECIPES,
    scripts::RECIPES,
    sets::RECIPES,
    streams::RECIPES,
    strings::RECIPES,
    zsets::RECIPES,
];

/// One such client, made from a seed.
#[derive(Debug)]
pub struct Chaos {
    draw: Draw,
    recipes: Vec<&'static Recipe>,
}

/// The rows of the command table.
#[must_use]
pub fn table() -> Vec<Row> {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../aof-resp/commands.tsv"));
    read_table(text).unwrap_or_else(|error| panic!("{error}"))
}

impl Chaos {
    /// A client of a server of this kind: it sends what such a server knows.
    #[must_use]
    pub fn new(seed: u64, kind: ServerKind) -> Self {
        let rows = table();
        let known: Vec<&str> =
            rows.iter().filter(|row| row.is_in(kind)).map(|row| &row.name[..]).collect();
        let all = FAMILIES.iter().copied().flatten();
        let recipes = all.filter(|recipe| known.contains(&recipe.name)).collect();
        Self { draw: Draw::new(Rng::new(seed)), recipes }
    }

    /// A client that sends nothing whose effect chance decides, or whether it is executed or loaded. What depends on
    /// the time stays, as long as only times depend on it.
    #[must_use]
    pub fn exact(seed: u64, kind: ServerKind) -> Self {
        let mut client = Self::new(seed, kind);
        client.draw.is_exact = true;
        client.recipes.retain(|recipe| !recipe.is_opaque);
        client
    }

    /// The next commands, `least` or a few more. No transaction is left open.
    pub fn batch(&mut self, least: usize) -> Vec<Argv> {
        let mut batch = Vec::new();
        while batch.len() < least {
            match self.draw.rng.below(100) {
                0..8 => self.transaction(&mut batch),
                8..13 => batch.push(self.draw.select()),
                _ => batch.push(self.single(false)),
            }
        }
        batch
    }

    /// Tells what the server said to a command.
    pub fn learn(&mut self, command: &[Vec<u8>], reply: &Value) {
        let Value::Text(text) = reply else { return };
        let is = |name: &str| command[0].eq_ignore_ascii_case(name.as_bytes());
        match () {
            () if is("DUMP") => self.draw.payloads.keep(text),
            () if is("FUNCTION") && command.len() == 2 => self.draw.libraries.keep(text),
            () if is("SCRIPT") => self.draw.scripts.keep(text),
            () if is("XADD") => self.draw.ids.keep(text),
            () => {}
        }
    }

    fn transaction(&mut self, batch: &mut Vec<Argv>) {
        batch.push(argv!["MULTI"]);
        for _ in 0..self.draw.rng.between(0, LONGEST) {
            let command = match self.draw.rng.below(100) {
                0..5 => self.draw.select(),
                // The server refuses it at once, and then the transaction.
                5 => argv!["SET", "incomplete"],
                _ => self.single(true),
            };
            batch.push(command);
        }
        batch.push(argv![if self.draw.rng.chance(90) { "EXEC" } else { "DISCARD" }]);
    }

    fn single(&mut self, in_transaction: bool) -> Argv {
        let total = self.recipes.iter().map(|recipe| recipe.weight).sum();
        let mut at = self.draw.rng.below(total);
        let chosen = self.recipes.iter().find(|recipe| {
            let is_here = at < recipe.weight;
            at = at.saturating_sub(recipe.weight);
            is_here
        });
        let recipe = chosen.unwrap_or_else(|| panic!("the weights add up"));
        self.draw.may_wait = in_transaction;
        let mut command = self.draw.name(recipe.name);
        command.extend((recipe.make)(&mut self.draw));
        if !recipe.is_rigid && self.draw.rng.chance(6) {
            self.draw.spoil(&mut command);
        }
        command
    }
}

#[cfg(test)]
mod tests;
