//! Commands, as others publish them and as they are written here: what keys they make.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::model::{Found, Name, Names, latin, meaning, sorted};
use crate::tests::each;
use crate::{Commands, Dump, Key};

/// The value of each key, and when it expires.
pub(super) type Keys = BTreeMap<Name, (Value, Option<i64>)>;

/// The commands that stand in a row of bytes, with nothing between them; `None` if it is something else.
pub(in crate::tests) fn commands(mut bytes: &[u8]) -> Option<Vec<Vec<&[u8]>>> {
    fn number(bytes: &mut &[u8], kind: u8) -> Option<usize> {
        let rest = bytes.strip_prefix(&[kind])?;
        let end = rest.windows(2).position(|it| it == b"\r\n")?;
        *bytes = &rest[end + 2..];
        std::str::from_utf8(&rest[..end]).ok()?.parse().ok()
    }
    let mut commands = Vec::new();
    while !bytes.is_empty() {
        // A note about the time.
        if let Some(note) = bytes.strip_prefix(b"#") {
            bytes = &note[note.iter().position(|&byte| byte == b'\n')? + 1..];
            continue;
        }
        let mut words = Vec::new();
        for _ in 0..number(&mut bytes, b'*')? {
            let len = number(&mut bytes, b'$')?;
            words.push(bytes.get(..len)?);
            bytes = bytes.get(len..)?.strip_prefix(b"\r\n")?;
        }
        commands.push(words);
    }
    Some(commands)
}

/// The keys that commands make on an empty server.
#[derive(Default)]
pub(super) struct Made {
    db: u64,
    names: Names,
    pub(super) keys: Keys,
    pub(super) functions: Vec<String>,
    /// Commands that say what is not compared.
    pub(super) others: usize,
}

impl Made {
    pub(super) fn by(bytes: &[u8]) -> Option<Self> {
        let mut made = Self::default();
        for command in commands(bytes)? {
            made.apply(&command);
        }
        Some(made)
    }

    /// By the commands that are written for a file.
    pub(super) fn here(file: &[u8]) -> Self {
        let (mut commands, mut out) = (Commands::default(), Vec::new());
        each(file, &mut |record| commands.write(&record.kind, &mut out).unwrap());
        Self::by(&out).unwrap()
    }

    fn apply(&mut self, words: &[&[u8]]) {
        let name = latin(words[0]).to_uppercase();
        let text = |place: usize| latin(words[place]);
        match name.as_str() {
            "SELECT" => self.db = text(1).parse().unwrap(),
            "FUNCTION" if text(1).eq_ignore_ascii_case("LOAD") => {
                self.functions.push(latin(words.last().unwrap()));
            }
            // All of them in one payload.
            "FUNCTION" => self.others += 1,
            "XGROUP" | "XCLAIM" | "XSETID" | "XADD" | "XDEL" | "XTRIM" => self.stream(&name, words),
            "XCFGSET" | "XIDMPRECORD" => self.others += 1,
            "RESTORE" => {
                let value = Dump::new(words[3]).unwrap().value;
                let key = words[1].into();
                let (db, expiry, idle, frequency) = (self.db, None, None, None);
                let meant = meaning(
                    &Key { db, name: key, expiry, idle, frequency, has_metadata: false, value },
                    latin,
                );
                self.at(words[1]).0 = meant;
                let millis = text(2).parse().unwrap();
                self.at(words[1]).1 = Some(millis).filter(|&it| it != 0);
            }
            "PEXPIREAT" => self.at(words[1]).1 = Some(text(2).parse().unwrap()),
            "SET" => self.at(words[1]).0 = json!(text(2)),
            "HPEXPIREAT" => {
                let (millis, field): (i64, _) = (text(2).parse().unwrap(), text(5));
                let hash = &mut self.at(words[1]).0;
                if hash.get("fields").is_none() {
                    *hash = json!({ "fields": hash.take(), "expire": {} });
                }
                hash["expire"][field] = json!(millis);
            }
            "HPERSIST" => {}
            _ => self.add(&name, words),
        }
    }

    fn at(&mut self, key: &[u8]) -> &mut (Value, Option<i64>) {
        self.keys.entry(self.names.name(self.db, latin(key))).or_default()
    }

    /// Adds to a collection.
    fn add(&mut self, name: &str, words: &[&[u8]]) {
        let value = &mut self.at(words[1]).0;
        let items = words[2..].iter().map(|it| latin(it));
        match name {
            "RPUSH" | "SADD" => {
                let mut list = value.as_array().cloned().unwrap_or_default();
                list.extend(items.map(Value::from));
                *value = if name == "SADD" { sorted(list) } else { json!(list) };
            }
            "HSET" | "HMSET" | "ZADD" => {
                let items: Vec<_> = items.collect();
                for pair in items.chunks(2) {
                    let is_scored = name == "ZADD";
                    let (name, item) =
                        (&pair[usize::from(is_scored)], &pair[usize::from(!is_scored)]);
                    let score = item.parse::<f64>().map(|it| it.to_string());
                    value[name] = json!(score.ok().filter(|_| is_scored).as_ref().unwrap_or(item));
                }
            }
            other => panic!("{other} is not expected"),
        }
    }

    /// Of a stream: entries, what it remembers, groups, and what is pending.
    fn stream(&mut self, name: &str, words: &[&[u8]]) {
        let key = if name == "XGROUP" { words[2] } else { words[1] };
        let stream = &mut self.at(key).0;
        if stream.is_null() {
            *stream = json!({ "entries": [], "groups": [] });
        }
        let words: Vec<_> = words.iter().map(|it| latin(it)).collect();
        match name {
            "XADD" | "XDEL" | "XTRIM" => entries(&mut stream["entries"], name, &words),
            "XSETID" => {
                stream["last"] = json!(words[2]);
                if let [_, _, _, _, added, _, deleted] = &words[..] {
                    (stream["added"], stream["deleted"]) = (number(added), json!(deleted));
                }
            }
            _ => groups(&mut stream["groups"], &words),
        }
    }
}

fn number(text: &str) -> Value {
    json!(text.parse::<u64>().unwrap())
}

fn push(list: &mut Value, item: Value) {
    list.as_array_mut().unwrap().push(item);
}

fn entries(entries: &mut Value, name: &str, words: &[String]) {
    let all = entries.as_array_mut().unwrap();
    match (name, words[2].as_str()) {
        ("XADD", "MAXLEN") => {}
        ("XTRIM", "MAXLEN") => all.clear(),
        ("XTRIM", "MINID") => {
            all.retain(|it| order(it["id"].as_str().unwrap()) >= order(&words[3]));
        }
        ("XDEL", _) => all.retain(|it| !words[2..].iter().any(|gone| it["id"] == *gone)),
        _ => {
            let pairs = words[3..].chunks(2).map(|it| (it[0].clone(), json!(it[1])));
            let fields = Value::Object(pairs.collect());
            push(entries, json!({ "id": words[2], "fields": fields }));
        }
    }
}

fn groups(groups: &mut Value, words: &[String]) {
    match words {
        [_, create, _, ..] if create == "CREATECONSUMER" => {}
        [_, create, _, name, last, read @ ..] if create == "CREATE" => {
            let read = read.get(1).map(|it| number(it));
            push(groups, json!({ "name": name, "last": last, "read": read, "pending": [] }));
        }
        _ => {
            let (id, sent, count) = (&words[5], number(&words[7]), number(&words[9]));
            let mut all = groups.as_array_mut().unwrap().iter_mut();
            let group = all.find(|it| it["name"] == words[2]).unwrap();
            let pending = json!({ "id": id, "sent": sent, "count": count, "owner": words[3] });
            push(&mut group["pending"], pending);
        }
    }
}

/// An id as it is compared.
fn order(id: &str) -> Vec<u64> {
    id.split('-').map(|it| it.parse().unwrap()).collect()
}

/// The keys of a file as it is read, without commands.
pub(super) fn read(file: &[u8]) -> Keys {
    let found = Found::in_file(file, latin);
    found.keys.into_iter().map(|(key, (forms, expiry))| (key, (forms[0].clone(), expiry))).collect()
}
