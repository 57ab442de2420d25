//! What becomes of transactions that are loaded as a user with limits.

use aof_resp::{Class, Table};

use super::selector::{Selector, logged};

/// How many commands a sentence names.
const NAMED: usize = 4;

/// Categories whose commands seldom stand in a transaction.
const RARE: [&str; 3] = ["dangerous", "scripting", "admin"];

/// What a loader that runs transactions as the default user makes of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Every command runs.
    Nothing,
    /// Some commands do not, or not with every key.
    Part {
        /// Why: a clause with the default user as its subject.
        why: String,
        /// Whether only commands that seldom stand in a transaction are left out.
        rare: bool,
    },
    /// None that touches a key runs.
    Everything {
        /// Why: a clause with the default user as its subject.
        why: String,
    },
}

/// The effect of these selectors, each of which is enough by itself.
pub(super) fn of(selectors: &[&Selector]) -> Effect {
    let full = |name: &str| {
        let allowed = |selector: &&&Selector| selector.allows(name);
        let keys = |selector: &Selector| !has_keys(name) || selector.allows_every_key();
        selectors.iter().filter(allowed).any(|selector| keys(selector))
    };
    let some = |name: &str| {
        selectors.iter().any(|selector| selector.allows(name) && selector.allows_some_keys())
    };
    let (whole, rest): (Vec<&str>, Vec<&str>) = logged().keys().partition(|name| full(name));
    let (limited, denied): (Vec<&str>, Vec<&str>) = rest.into_iter().partition(|name| some(name));
    if limited.is_empty() && denied.is_empty() {
        return Effect::Nothing;
    }
    if !limited.iter().chain(&whole).any(|name| has_keys(name) && is_write(name)) {
        let no_key = !selectors.iter().any(|selector| selector.allows_some_keys());
        let why = if no_key { "may write no key" } else { "may run no command that writes a key" };
        return Effect::Everything { why: why.to_owned() };
    }
    let rare = limited.is_empty() && denied.iter().all(|name| is_rare(name));
    let mut reasons = Vec::new();
    if !denied.is_empty() {
        reasons.push(format!("may not run {}", listed(&denied)));
    }
    if !limited.is_empty() {
        reasons.push("may not read and write every key".to_owned());
    }
    Effect::Part { why: reasons.join(" and "), rare }
}

fn has_keys(name: &str) -> bool {
    let row = Table::get().lookup(name.as_bytes());
    row.is_some_and(|row| !matches!(row.class(), Class::Global | Class::Control | Class::Inert))
}

/// PFCOUNT is logged, and is none.
fn is_write(name: &str) -> bool {
    is_of(name, &["write"])
}

fn is_rare(name: &str) -> bool {
    is_of(name, &RARE)
}

fn is_of(name: &str, categories: &[&str]) -> bool {
    logged().get(name).is_some_and(|known| known.iter().any(|known| categories.contains(known)))
}

/// The common ones first, for they say most.
fn listed(names: &[&str]) -> String {
    let (rare, common): (Vec<&str>, Vec<&str>) = names.iter().partition(|name| is_rare(name));
    let ordered: Vec<&str> = common.into_iter().chain(rare).collect();
    let shown = ordered.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match ordered.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
