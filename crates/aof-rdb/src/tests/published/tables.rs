//! Published lists of keys and values: CSV, plain text, names, counts, and values as they are dumped.

use std::collections::BTreeMap;

use super::model::{latin, utf8};
use crate::tests::each;
use crate::{Item, Key, RecordKind, Room, Str, ValueType};

/// The first line of a published list that is not so in the file.
pub(super) fn unlike(extension: &str, text: &[u8], file: &[u8]) -> Option<String> {
    let lossy = utf8(text);
    match extension {
        "csv" if lossy.starts_with("database,prefix") => {
            not_in(lossy.lines().skip(1), |line| has_prefix(line, file))
        }
        "csv" => {
            let rows = rows(file);
            not_in(lossy.lines().skip(1), |line| is_row(line, &rows))
        }
        "plain" => differ(latin(text).split('\n').map(str::to_owned).collect(), plain(file)),
        "key" => differ(lossy.lines().map(str::to_owned).collect(), names(file)),
        "count" => not_in([lossy.as_str()], |it| is_count(it, file)),
        // Functions in their old form cannot be read.
        "diff" => differ(
            lossy.lines().filter(|it| !it.starts_with("function,")).map(str::to_owned).collect(),
            dumps(file),
        ),
        _ => Some("it cannot be taken apart".to_owned()),
    }
}

fn not_in<'t>(
    lines: impl IntoIterator<Item = &'t str>,
    is_so: impl Fn(&str) -> bool,
) -> Option<String> {
    lines.into_iter().find(|line| !is_so(line)).map(str::to_owned)
}

/// Compares lines in any order, but for empty ones.
fn differ(mut published: Vec<String>, mut found: Vec<String>) -> Option<String> {
    published.retain(|line| !line.is_empty());
    published.sort();
    found.sort();
    let pair = published.iter().zip(&found).find(|(published, found)| published != found);
    match pair {
        Some((published, found)) => Some(format!("{published:?} is {found:?}")),
        None if published.len() == found.len() => None,
        None => Some(format!("{} lines are {}", published.len(), found.len())),
    }
}

fn keys(file: &[u8], mut see: impl FnMut(&Key<'_>)) {
    each(file, &mut |record| {
        if let RecordKind::Key(key) = &record.kind {
            see(key);
        }
    });
}

/// By name, in one database: type, elements, and whether it expires.
fn rows(file: &[u8]) -> BTreeMap<String, (&'static str, u64, bool)> {
    let mut rows = BTreeMap::new();
    keys(file, |key| {
        let kind = key.value.value_type().unwrap();
        let count = match kind {
            // These are not counted there.
            ValueType::String | ValueType::Stream => 0,
            _ => key.value.verify(&mut Room::default()).unwrap().items,
        };
        rows.insert(utf8(&key.name), (kind.name(), count, key.expiry.is_some()));
    });
    rows
}

/// Sizes in memory are not compared.
fn is_row(line: &str, rows: &BTreeMap<String, (&'static str, u64, bool)>) -> bool {
    let cells: Vec<_> = line.split(',').collect();
    let row = rows.get(cells[1]).copied();
    let is_expiring = cells.get(7).map(|it| !it.is_empty());
    row.is_some_and(|(kind, count, expires)| {
        (kind, count.to_string().as_str()) == (cells[2], cells[5])
            && is_expiring.is_none_or(|it| it == expires)
    })
}

/// How many keys begin with a prefix.
fn has_prefix(line: &str, file: &[u8]) -> bool {
    let (cells, mut count) = (line.split(',').collect::<Vec<_>>(), 0);
    keys(file, |key| count += usize::from(key.name.starts_with(cells[1].as_bytes())));
    cells[4] == count.to_string()
}

fn names(file: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    keys(file, |key| names.push(format!("\"{}\"", utf8(&key.name))));
    names
}

/// A line of types, and one of how many keys have them.
fn is_count(text: &str, file: &[u8]) -> bool {
    let mut found = BTreeMap::new();
    keys(file, |key| {
        let name = match key.value.value_type().unwrap() {
            ValueType::SortedSet => "sortedset",
            kind => kind.name(),
        };
        *found.entry(name).or_insert(0) += 1;
        *found.entry("summary").or_insert(0) += 1;
    });
    let mut lines = text.lines().map(|line| line.split(','));
    let (kinds, counts) = (lines.next().unwrap(), lines.next().unwrap());
    kinds.zip(counts.map(|it| it.parse().unwrap())).collect::<BTreeMap<&str, i32>>() == found
}

/// Names and payloads, with all that is not printed as `\x` and two digits.
fn dumps(file: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    keys(file, |key| {
        let dump = key.value.to_dump();
        let expiry = key.expiry.map(|millis| format!("MS,{millis},")).unwrap_or_default();
        lines.push(format!("{},{expiry}{}", utf8(&key.name), escaped(&dump)));
    });
    lines
}

fn escaped(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|&byte| match byte {
            b'\n' => "\\n".to_owned(),
            b'\r' => "\\r".to_owned(),
            b'\t' => "\\t".to_owned(),
            7 => "\\a".to_owned(),
            8 => "\\b".to_owned(),
            b'!'..=b'~' if !b"\"',\\".contains(&byte) => char::from(byte).to_string(),
            _ => format!("\\x{byte:02x}"),
        })
        .collect()
}

/// A line for each item.
fn plain(file: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    each(file, &mut |record| match &record.kind {
        RecordKind::Aux { name, value } => {
            lines.push(format!("aux {} -> {}", latin(name), latin(value)));
        }
        RecordKind::End(Some(checksum)) => {
            lines.push(format!("checksum {:016x}", checksum.swap_bytes()));
        }
        RecordKind::Key(key) => plain_items(key, &mut lines),
        _ => {}
    });
    lines
}

fn plain_items(key: &Key<'_>, lines: &mut Vec<String>) {
    let (start, mut place) = (format!("db={} {}", key.db, latin(&key.name)), 0);
    let text = |text: Str<'_>| latin(&text.to_vec());
    let see = &mut |item: Item<'_>| {
        let line = match item {
            Item::String(it) => format!("{start} -> {}", text(it)),
            Item::Element(it) => format!("{start}[{place}] -> {}", text(it)),
            Item::Member(it) => format!("{start} {{ {} }} ", text(it)),
            Item::Scored(it, score) => {
                format!("{start}[{place}] -> {{{}, score={score}}}", text(it))
            }
            Item::Field(name, it, _) => format!("{start} . {} -> {}", text(name), text(it)),
            other => panic!("{other:?}"),
        };
        lines.extend(line.split('\n').map(str::to_owned));
        place += 1;
    };
    key.value.items(&mut Room::default(), see).unwrap();
}
