//! What the default user may do, by the rules of `user` lines: as whom servers load transactions.
//!
//! Passwords are passed over: nothing here keeps one, and no message shows a rule.

mod effect;
mod selector;

use std::collections::BTreeSet;

use super::line;
pub(super) use effect::Effect;
use selector::Selector;
#[cfg(test)]
pub(super) use selector::logged;

/// All users, as far as they matter.
#[derive(Debug, Clone, Default)]
pub(super) struct Users {
    /// What the default user may do; `None` if no line names it: then everything.
    default: Option<User>,
    /// The names seen, for no name may be given twice.
    names: BTreeSet<Vec<u8>>,
}

/// What one user may do. Whether it is on, and which passwords it has, does not matter to loaders.
#[derive(Debug, Clone, Default)]
struct User {
    /// The rules outside of parentheses.
    root: Selector,
    /// The selectors: rules in parentheses, each of them enough by itself.
    others: Vec<Selector>,
}

/// Why servers refuse a rule. It never says what the rule is: it may be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It has no known form.
    Syntax,
    /// A pattern behind the one that allows everything.
    NeedlessPattern,
    /// A command or category that is unknown; a module may have it.
    Unknown,
    /// The first argument of a subcommand.
    TooDeep,
    /// A hash that is none.
    Hash,
    /// A parenthesis that is not closed.
    Parenthesis,
}

/// What is wrong with a user's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadUser {
    /// The rule of this number, from 1.
    Rule(usize, Wrong),
    /// The name has been given before.
    Twice,
    /// The name holds a blank.
    Name,
    /// The line does not begin with `user` and a name.
    NoUser,
}

impl Users {
    /// Takes the words behind `user`: a name and rules. Users are made from nothing, the default one too.
    pub(super) fn add(&mut self, words: &[Vec<u8>]) -> Result<(), BadUser> {
        let (name, rules) = words.split_first().ok_or(BadUser::NoUser)?;
        if name.iter().any(|byte| line::is_space(*byte) || *byte == 0) {
            return Err(BadUser::Name);
        }
        if !self.names.insert(name.clone()) {
            return Err(BadUser::Twice);
        }
        let mut user = User::default();
        for (number, rule) in (1..).zip(merged(rules)?) {
            user.apply(&rule).map_err(|wrong| BadUser::Rule(number, wrong))?;
        }
        if name == b"default" {
            self.default = Some(user);
        }
        Ok(())
    }

    /// Takes a line of an ACL file, whose words are separated by single blanks and never quoted.
    pub(super) fn add_line(&mut self, text: &[u8]) -> Result<(), BadUser> {
        let text = line::trim(text);
        if text.is_empty() {
            return Ok(());
        }
        let mut words = text.split(|byte| *byte == b' ');
        if words.next() != Some(b"user") {
            return Err(BadUser::NoUser);
        }
        let name = words.next().map(<[u8]>::to_vec);
        let rules = words.map(|rule| line::trim(rule).to_vec());
        self.add(&name.into_iter().chain(rules).collect::<Vec<_>>())
    }

    /// Whether any line was taken.
    pub(super) fn any(&self) -> bool {
        !self.names.is_empty()
    }

    /// What becomes of transactions that are loaded as the default user.
    pub(super) fn effect(&self) -> Effect {
        match &self.default {
            Some(user) => effect::of(&user.all()),
            None => Effect::Nothing,
        }
    }
}

impl User {
    fn all(&self) -> Vec<&Selector> {
        [&self.root].into_iter().chain(&self.others).collect()
    }

    fn apply(&mut self, rule: &[u8]) -> Result<(), Wrong> {
        match rule {
            [] => return Ok(()),
            [b'>' | b'<', ..] => return Ok(()),
            [b'#' | b'!', hash @ ..] => return is_hash(hash).then_some(()).ok_or(Wrong::Hash),
            [b'(', inner @ .., b')'] => {
                self.others.push(Selector::read(inner)?);
                return Ok(());
            }
            _ => {}
        }
        match rule.to_ascii_lowercase().as_slice() {
            b"on"
            | b"off"
            | b"nopass"
            | b"resetpass"
            | b"sanitize-payload"
            | b"skip-sanitize-payload" => {}
            b"clearselectors" => self.others.clear(),
            b"reset" => *self = Self::default(),
            _ => self.root.apply(rule)?,
        }
        Ok(())
    }
}

/// SHA-256 in lower-case hexadecimal digits.
fn is_hash(hash: &[u8]) -> bool {
    hash.len() == 64 && hash.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The rules, those between parentheses joined to one.
fn merged(words: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, BadUser> {
    let mut rules: Vec<Vec<u8>> = Vec::new();
    let mut open: Option<Vec<u8>> = None;
    for word in words {
        let closes = word.last() == Some(&b')');
        let rule = match open.take() {
            Some(begun) => [begun.as_slice(), b" ", word].concat(),
            None => word.clone(),
        };
        let begun = rule.first() == Some(&b'(');
        if begun && !closes {
            open = Some(rule);
        } else {
            rules.push(rule);
        }
    }
    match open {
        Some(_) => Err(BadUser::Rule(rules.len() + 1, Wrong::Parenthesis)),
        None => Ok(rules),
    }
}
