//! What other projects say is in the files that they published, where these are at hand.

mod functions;
mod model;
mod objects;
mod resp;
mod tables;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

pub(super) use functions::without_old_functions;
use model::{Found, is_same, utf8};
pub(super) use model::{latin, meaning};
pub(super) use resp::commands;
use resp::{Keys, Made};

use serde_json::{Value, json};

use super::corpus::{folder, rows};
use crate::{RecordKind, Room, read};

/// What a file of expected values came to.
#[derive(Debug, PartialEq)]
pub(super) enum Compared {
    /// All that it says is in a file at hand; so many streams among it.
    Same(usize),
    /// It says something else, or is about no file at hand.
    Unlike(String),
}

/// Files of expected values that go by another name than what they are about.
const ABOUT: [(&str, &str); 26] = [
    ("hash.json", "dictionary"),
    ("memory_regex.aof", "memory"),
    ("42b8fe1b.memory_regex.aof", "memory"),
    ("single_list_data.json", "quicklist2_v11"),
    ("single_list_raw.json", "quicklist2_v11"),
    ("single_list_struct.json", "quicklist2_v11"),
    ("hash_data.json", "hash_v3"),
    ("hash_raw.json", "hash_v3"),
    ("hash_ex_v12_data.json", "hash_with_expire_v12"),
    ("hash_lp_ex_v12_data.json", "hash_lp_with_hexpire_v12"),
    ("largest.csv", "memory"),
    ("memory_expired.csv", "memory"),
    ("memory_regex.csv", "memory"),
    ("memory_regex.biggest.csv", "memory"),
    ("memory_regex.json", "memory"),
    ("tree2.csv", "tree"),
    ("multiple_lists_strings_2filters.json", "multiple_lists_strings"),
    ("multiple_lists_strings_no_aux.json", "multiple_lists_strings"),
    ("multiple_lists_strings_subset_list.json", "multiple_lists_strings"),
    ("multiple_lists_strings_subset_str.json", "multiple_lists_strings"),
    ("stream_data_with_meta.json", "stream_v11"),
    ("stream_data.json", "stream_v11"),
    ("set_not_expired.json", "set_not_expired_v11"),
    ("ziplist_data.json", "ziplist_that_compresses_easily"),
    ("ziplist_raw.json", "ziplist_that_compresses_easily"),
    ("ziplist_struct.json", "ziplist_that_compresses_easily"),
];

/// Published values that are not what is in a file at hand, or cannot be compared, and why.
pub(super) const UNLIKE: [(&str, &str); 8] = [
    (
        "HDT3213+rdb/cases/1939a2dc.memory.aof",
        "that version made keys expire of which the file says no expiry",
    ),
    (
        "HDT3213+rdb/cases/42b8fe1b.memory_regex.aof",
        "that version made keys expire of which the file says no expiry",
    ),
    (
        "HDT3213+rdb/cases/zipmap_big_len.json",
        "the count in its zipmap is one that servers from 6.2 on refuse, and so is it here",
    ),
    (
        "leonchen83+redis-rdb-cli/src/test/resources/rct/all.rdb.keyval",
        "what all.rdb.resp has, printed so that values cannot be told apart again",
    ),
    (
        "leonchen83+redis-rdb-cli/src/test/resources/rct/all.rdb.text",
        "what all.rdb.resp has, printed so that values cannot be told apart again",
    ),
    (
        "redis+librdb/test/dumps/stream_v13.json",
        "it is about another version of the file, whose entries have other ids; the shape is compared",
    ),
    (
        "redis+librdb/test/dumps/stream_v13_target_ver_8.4.resp",
        "it is about another version of the file, whose entries have other ids",
    ),
    (
        "redis+librdb/test/dumps/stream_v13_target_ver_8.6.resp",
        "it is about another version of the file, whose entries have other ids",
    ),
];

/// All files below a folder.
pub(super) fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            files(&entry.path(), found);
        } else {
            found.push(entry.path());
        }
    }
}

/// The name of what a file of values is about.
fn subject(name: &str) -> &str {
    if let Some((_, about)) = ABOUT.iter().find(|(file, _)| *file == name) {
        return about;
    }
    let stem = name.trim_end_matches(char::is_alphanumeric).trim_end_matches('.');
    let stem = stem.split("_target_ver_").next().unwrap().trim_end_matches(".rdb");
    ["_data", "_raw", "_struct"].iter().find_map(|it| stem.strip_suffix(it)).unwrap_or(stem)
}

/// The RDB files that a file of values may be about: those of the same name, here or in another project. Some were
/// published in several versions, with what tells them apart before their names.
fn candidates<'f>(file: &Path, all: &'f [PathBuf]) -> Vec<&'f PathBuf> {
    let subject = subject(file.file_name().unwrap().to_str().unwrap());
    let subject = match subject.split_once('.') {
        Some((digest, name)) if digest.len() == 8 => name,
        _ => subject,
    };
    let is_of = |file: &&PathBuf| {
        file.extension().is_some_and(|it| it == "rdb")
            && file.file_stem().is_some_and(|stem| {
                let stem = stem.to_string_lossy();
                let before = stem.strip_suffix(subject);
                before.is_some_and(|it| it.is_empty() || it.ends_with(['.', '-']))
            })
    };
    all.iter().filter(is_of).collect()
}

/// Compares a file of expected values with the files that it may be about.
pub(super) fn compare(file: &Path, all: &[PathBuf]) -> Compared {
    let candidates = candidates(file, all);
    let text = fs::read(file).unwrap();
    let mut last = Compared::Unlike("it is about no file at hand".to_owned());
    for rdb in candidates {
        let rdb = fs::read(rdb).unwrap();
        let (rdb, functions) = without_old_functions(&rdb).unwrap_or((rdb, Vec::new()));
        if !is_read(&rdb) {
            last = Compared::Unlike("the file that it is about cannot be read".to_owned());
            continue;
        }
        last = compare_with(file, &text, &rdb, functions);
        if matches!(last, Compared::Same(_)) {
            return last;
        }
    }
    last
}

/// Whether all records and values can be read.
fn is_read(rdb: &[u8]) -> bool {
    let mut is_read = true;
    let bad = read(&mut &rdb[..], 0, &mut |records| {
        for record in records {
            if let RecordKind::Key(key) = &record.kind {
                is_read &= key.value.verify(&mut Room::default()).is_ok();
            }
        }
        true
    });
    is_read && matches!(bad, Ok(Ok(_)))
}

fn compare_with(file: &Path, text: &[u8], rdb: &[u8], functions: Vec<String>) -> Compared {
    let unlike = match file.extension().and_then(|it| it.to_str()).unwrap_or_default() {
        "json" | "jsonl" => return compare_objects(text, rdb),
        "resp" | "protocol" | "aof" | "dump" | "dump7" => unlike_commands(text, rdb, functions),
        extension => tables::unlike(extension, text, rdb),
    };
    unlike.map_or(Compared::Same(0), Compared::Unlike)
}

fn compare_objects(text: &[u8], rdb: &[u8]) -> Compared {
    let Some(published) = objects::read(&utf8(text)) else {
        return Compared::Unlike("it is no JSON".to_owned());
    };
    let mut unlike = None;
    for text in [latin, utf8] {
        match published.unlike(&Found::in_file(rdb, text)) {
            None => return Compared::Same(published.streams()),
            first => unlike = first,
        }
    }
    Compared::Unlike(unlike.unwrap_or_default())
}

/// The first key that published commands make and that is not so in the file, as it is read and as the commands
/// written for it make it.
fn unlike_commands(text: &[u8], rdb: &[u8], old: Vec<String>) -> Option<String> {
    let Some(published) = Made::by(text).or_else(|| Made::by(&with_both_ends(text))) else {
        return Some("these are no commands".to_owned());
    };
    let mut here = Made::here(rdb);
    here.functions.extend(old);
    let functions = published.functions.iter().find(|it| !here.functions.contains(it)).cloned();
    functions
        .or_else(|| unlike_keys(&published.keys, &here.keys))
        .or_else(|| unlike_keys(&published.keys, &resp::read(rdb)))
}

/// Commands say less of a stream than a payload does, and old payloads less than new ones: what both say is compared.
fn is_alike(found: &Value, published: &Value) -> bool {
    match published.get("entries") {
        Some(_) => is_alike_where_told(found, published),
        None => is_same(found, published),
    }
}

fn is_alike_where_told(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => one
            .iter()
            .filter_map(|(name, it)| Some((it, other.get(name)?)))
            .all(|(it, other)| is_alike_where_told(it, other)),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(it, other)| is_alike_where_told(it, other))
        }
        (Value::Null, _) | (_, Value::Null) => true,
        _ => one == other,
    }
}

/// Some logs have lost one of the two bytes that end their lines.
fn with_both_ends(text: &[u8]) -> Vec<u8> {
    text.split(|&byte| byte == b'\n').collect::<Vec<_>>().join(&b"\r\n"[..])
}

fn unlike_keys(published: &Keys, found: &Keys) -> Option<String> {
    let unlike = published.iter().find(|(key, (value, expiry))| {
        found.get(key).is_none_or(|(it, at)| !is_alike(it, value) || at != expiry)
    });
    unlike.map(|(key, _)| format!("{key:?}"))
}

#[test]
#[expect(clippy::print_stdout, reason = "whoever wants the counts asks for what tests print")]
fn files_of_other_projects_hold_what_these_say() {
    let Some(folder) = folder() else { return };
    let mut all = Vec::new();
    files(&folder, &mut all);
    all.sort();
    let (mut same, mut streams, mut unlike) = (BTreeMap::new(), 0, Vec::new());
    for row in rows(&folder).iter().filter(|row| row.kind == "expected" || row.is_output()) {
        let file = folder.join(&row.path);
        match compare(&file, &all) {
            Compared::Same(found) => {
                streams += found;
                let extension = file.extension().unwrap().to_str().unwrap().to_owned();
                *same.entry(extension).or_insert(0) += 1;
            }
            Compared::Unlike(why) => {
                println!("{}: {why}", row.path);
                unlike.push(row.path.clone());
            }
        }
    }
    println!("the same: {same:?}, with {streams} streams in JSON");
    assert_eq!(unlike, UNLIKE.map(|(path, _)| path));
    assert!(same.values().sum::<i32>() > 160 && streams >= 10, "{same:?} {streams}");
}

/// Entries by their place instead of their id, and nothing that is a setting.
fn shape(stream: &Value) -> Value {
    let entries = stream["entries"].as_array().unwrap();
    let place = |id: &Value| entries.iter().position(|entry| entry["id"] == *id);
    let message = |it: &Value| json!([it["name"], place(&it["id"])]);
    let producer = |it: &Value| {
        let messages: Vec<_> = it["messages"].as_array().unwrap().iter().map(message).collect();
        json!([it["name"], messages])
    };
    let producers: Vec<_> = stream["producers"].as_array().unwrap().iter().map(producer).collect();
    let fields: Vec<_> = entries.iter().map(|entry| &entry["fields"]).collect();
    json!({ "entries": fields, "producers": producers })
}

#[test]
fn a_stream_with_named_messages_has_the_published_shape() {
    let Some(folder) = folder() else { return };
    let dumps = folder.join("redis+librdb/test/dumps");
    let text = fs::read_to_string(dumps.join("stream_v13.json")).unwrap();
    let found = Found::in_file(&fs::read(dumps.join("stream_v13.rdb")).unwrap(), latin);
    let published = objects::read(&text).unwrap();
    let (name, stream) = &published.keys[0];
    let found: Vec<_> = found.forms(name).take(1).map(shape).collect();
    assert_eq!((published.keys.len(), found), (1, vec![shape(stream)]));
}
