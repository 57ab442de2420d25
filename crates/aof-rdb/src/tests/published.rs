//! What other projects say is in the files and payloads that they published, where these are at hand.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::corpus::folder;
use crate::{Dump, Item, Key, RecordKind, Room, Str, ValueType, read};

/// Values by key, in the order of names; a key that several databases have is there several times.
type Values = BTreeMap<String, Vec<Value>>;

/// All files below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            files(&entry.path(), found);
        } else {
            found.push(entry.path());
        }
    }
}

/// The value of a key in one form for all: numbers and members as text, scores as numbers, sets in order. `text` is
/// how bytes become text.
fn value_of(key: &Key<'_>, text: fn(&[u8]) -> String) -> Value {
    let text = |string: Str<'_>| text(&string.to_vec());
    let (mut list, mut map, mut single) = (Vec::new(), Map::new(), Value::Null);
    key.value
        .items(&mut Room::default(), &mut |item| match item {
            Item::String(it) => single = json!(text(it)),
            Item::Element(it) | Item::Member(it) => list.push(json!(text(it))),
            Item::Scored(member, score) => {
                map.insert(text(member), json!(score.to_string()));
            }
            Item::Field(field, value, _) => {
                map.insert(text(field), json!(text(value)));
            }
            _ => {}
        })
        .unwrap();
    match key.value.value_type() {
        Some(ValueType::String) => single,
        Some(ValueType::List) => json!(list),
        Some(ValueType::Set) => sorted(list),
        _ => Value::Object(map),
    }
}

fn sorted(mut list: Vec<Value>) -> Value {
    list.sort_by_key(ToString::to_string);
    json!(list)
}

fn is_comparable(key: &Key<'_>) -> bool {
    !matches!(key.value.value_type(), Some(ValueType::Stream | ValueType::Module) | None)
}

fn found(file: &Path, text: fn(&[u8]) -> String) -> Values {
    let (bytes, mut values) = (fs::read(file).unwrap(), Values::new());
    let _whole_or_not = read(&mut &bytes[..], 0, &mut |records| {
        for record in records {
            match &record.kind {
                RecordKind::Key(key) if is_comparable(key) => {
                    values.entry(text(&key.name)).or_default().push(value_of(key, text));
                }
                _ => {}
            }
        }
        true
    });
    values
}

/// Every byte stands for the character of its number.
fn latin(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn utf8(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a published file says. Sets look like lists there, so `as_found` tells them apart.
fn published(text: &str) -> Option<Vec<(String, Value)>> {
    let whole =
        serde_json::from_str(text).or_else(|_| serde_json::from_str(&format!("{{{text}}}")));
    let databases = match whole.ok()? {
        Value::Array(databases) => databases,
        one => vec![one],
    };
    let mut values = Vec::new();
    for database in databases {
        let Value::Object(database) = database else { return None };
        match database.get("type").and_then(Value::as_str) {
            Some(kind) if database.contains_key("key") => {
                values.extend(described(kind, &database));
            }
            _ => values.extend(database.into_iter().filter(|(key, _)| !key.starts_with("__"))),
        }
    }
    Some(values)
}

/// A key in an object of its own.
fn described(kind: &str, key: &Map<String, Value>) -> Option<(String, Value)> {
    let value = match kind {
        "string" => key.get("value")?.clone(),
        "list" => key.get("values")?.clone(),
        "set" => key.get("members")?.clone(),
        "hash" => key.get("hash")?.clone(),
        "zset" => {
            let entries = key.get("entries")?.as_array()?;
            let pair = |entry: &Value| {
                Some((entry.get("member")?.as_str()?.to_owned(), entry.get("score")?.clone()))
            };
            Value::Object(entries.iter().map(pair).collect::<Option<_>>()?)
        }
        _ => return None,
    };
    Some((key.get("key")?.as_str()?.to_owned(), value))
}

/// Whether a value is the published one: scores may be written in any way, sets in any order.
fn is_same(found: &Value, published: &Value) -> bool {
    match (found, published) {
        (Value::Array(found), Value::Array(published)) => {
            found == published || sorted(found.clone()) == sorted(published.clone())
        }
        (Value::Object(found), Value::Object(published)) => {
            found.len() == published.len()
                && found.iter().all(|(name, value)| {
                    published.get(name).is_some_and(|other| is_same(value, other))
                })
        }
        (Value::String(found), other) => match other {
            Value::String(text) if found == text => true,
            Value::String(text) => is_same_number(found, text),
            Value::Number(number) => is_same_number(found, &number.to_string()),
            _ => false,
        },
        _ => found == published,
    }
}

fn is_same_number(found: &str, published: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    number(found).is_some_and(|it| Some(it) == number(published))
}

/// Whether it describes a stream or what a module wrote.
fn is_other_type(published: &Value) -> bool {
    let is_module = |text: &str| text.starts_with("<Content of Module");
    published.get("entries").is_some() || published.as_str().is_some_and(is_module)
}

/// The RDB files that a file of values may be about: those of the same name, here or in another project.
fn candidates<'f>(name: &str, files: &'f [PathBuf]) -> Vec<&'f PathBuf> {
    let name = name.trim_end_matches("_data");
    let is_of = |file: &&PathBuf| {
        file.extension().is_some_and(|it| it == "rdb")
            && file.file_stem().is_some_and(|stem| {
                let stem = stem.to_string_lossy();
                let before = stem.strip_suffix(name);
                before.is_some_and(|it| it.is_empty() || it.ends_with(['.', '-']))
            })
    };
    files.iter().filter(is_of).collect()
}

/// Whether all published values are in one of the files; `None` if there is nothing to compare.
fn agrees(file: &Path, files: &[PathBuf]) -> Option<bool> {
    let (name, path) = (file.file_stem()?.to_str()?, file.to_str()?);
    // Other files of JSON say how values are stored, or only some of them.
    if !name.ends_with("_data") && !["/json/", "/cases/"].iter().any(|it| path.contains(it)) {
        return None;
    }
    let expected = published(&fs::read_to_string(file).ok()?)?;
    let candidates = candidates(name, files);
    if expected.is_empty() || candidates.is_empty() {
        return None;
    }
    Some(candidates.iter().any(|rdb| {
        [latin, utf8].into_iter().any(|text| {
            let found = found(rdb, text);
            expected.iter().all(|(key, value)| match found.get(key) {
                Some(values) => values.iter().any(|found| is_same(found, value)),
                // Of a type that is not compared here.
                None => is_other_type(value),
            })
        })
    }))
}

/// Published values that are not what is in the file, and why.
const UNLIKE: [&str; 1] = [
    // The file that it is about is not at hand under this name, and others are.
    "redis+librdb/test/dumps/ziplist_data.json",
];

#[test]
fn files_of_other_projects_hold_the_values_that_these_say() {
    let Some(folder) = folder() else { return };
    let mut all = Vec::new();
    files(&folder, &mut all);
    all.sort();
    let (mut same, mut unlike) = (0, Vec::new());
    for file in all.iter().filter(|file| file.extension().is_some_and(|it| it == "json")) {
        match agrees(file, &all) {
            Some(true) => same += 1,
            Some(false) => unlike.push(file.strip_prefix(&folder).unwrap().display().to_string()),
            None => {}
        }
    }
    assert_eq!(unlike, UNLIKE);
    assert!(same > 40, "{same} files of values were compared");
}

#[test]
fn payloads_of_other_projects_are_sound_or_not_as_these_say() {
    let Some(folder) = folder() else { return };
    let mut all = Vec::new();
    files(&folder, &mut all);
    all.sort();
    let (mut sound, mut taken, mut broken) = (0, Vec::new(), 0);
    for file in &all {
        let bytes = fs::read(file).unwrap();
        let is_one = |extension| file.extension().is_some_and(|it| it == extension);
        let Ok(dump) = Dump::new(&bytes) else { continue };
        let verified = dump.value.verify(&mut Room::default());
        if is_one("dump") && file.parent().is_some_and(|it| it.ends_with("flow/dumps")) {
            assert!(verified.is_ok(), "{}: {verified:?}", file.display());
            sound += 1;
        } else if is_one("payload") && verified.is_ok() {
            taken.push(file.file_name().unwrap().to_str().unwrap().to_owned());
        } else if is_one("payload") {
            broken += 1;
        }
    }
    assert!(taken.is_empty(), "{taken:?}");
    assert!(sound >= 4 && broken >= 20, "{sound} were sound, {broken} broken");
}
