//! One form for values, whoever tells them: JSON, with bytes as text, scores as they are printed, sets in order.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::tests::each;
use crate::{Group, Item, Key, Part, RecordKind, Room, Str, StreamId, StreamInfo, ValueType};

/// How bytes become text.
pub(in crate::tests) type Text = fn(&[u8]) -> String;

/// Every byte stands for the character of its number.
pub(in crate::tests) fn latin(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

pub(super) fn utf8(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A key of a database, and how many of that name came before it: some files are several in a row.
pub(super) type Name = (u64, String, usize);

/// Tells keys of one name apart by their order.
#[derive(Default)]
pub(super) struct Names {
    last: Option<(u64, String)>,
    seen: BTreeMap<(u64, String), usize>,
}

impl Names {
    /// The key that is told now; the same as before unless others came between.
    pub(super) fn name(&mut self, db: u64, key: String) -> Name {
        let now = (db, key.clone());
        let count = self.seen.entry(now.clone()).or_insert(0);
        *count += usize::from(self.last.as_ref() != Some(&now));
        self.last = Some(now);
        (db, key, *count - 1)
    }
}

/// What is in a file: for each key of each database its value in all forms that are published, and its expiry; what
/// stands beside the keys.
#[derive(Default)]
pub(super) struct Found {
    pub(super) keys: BTreeMap<Name, (Vec<Value>, Option<i64>)>,
    pub(super) aux: BTreeMap<String, String>,
    pub(super) functions: Vec<String>,
}

impl Found {
    pub(super) fn in_file(file: &[u8], text: Text) -> Self {
        let (mut found, mut names) = (Self::default(), Names::default());
        each(file, &mut |record| match &record.kind {
            RecordKind::Key(key) => {
                let forms = (forms(key, text), key.expiry);
                found.keys.insert(names.name(key.db, text(&key.name)), forms);
            }
            RecordKind::Aux { name, value } => {
                found.aux.insert(text(name), text(value));
            }
            RecordKind::Function(source) => found.functions.push(text(source)),
            _ => {}
        });
        found
    }

    /// All that a database with any number says of a key.
    pub(super) fn forms(&self, name: &str) -> impl Iterator<Item = &Value> {
        let keys = self.keys.iter().filter(move |((_, key, _), _)| key == name);
        keys.flat_map(|(_, (forms, _))| forms)
    }
}

/// What it means, what is packed inside of it, and the bytes that stand for it in the file.
fn forms(key: &Key<'_>, text: Text) -> Vec<Value> {
    let mut packed = Vec::new();
    let parts = &mut |part: Part<'_>| {
        if let Part::Packed(_, bytes) = part {
            packed.push(json!(text(bytes)));
        }
    };
    key.value.parts(&mut Room::default(), parts).unwrap();
    let raw = text(&[&[key.value.code], key.value.bytes].concat());
    let meaning = meaning(key, text);
    let without_expiries = meaning.get("fields").cloned();
    [meaning, json!(packed), json!(raw)].into_iter().chain(without_expiries).collect()
}

/// The value of a key, as it is meant.
pub(in crate::tests) fn meaning(key: &Key<'_>, text: Text) -> Value {
    let mut stream = json!({ "entries": [], "groups": [], "producers": [] });
    let string = |string: Str<'_>| text(&string.to_vec());
    let (mut list, mut map, mut expiries) = (Vec::new(), Map::new(), Map::new());
    key.value
        .items(&mut Room::default(), &mut |item| match item {
            Item::String(it) | Item::Element(it) | Item::Member(it) => list.push(json!(string(it))),
            Item::Scored(member, score) => {
                map.insert(string(member), json!(score.to_string()));
            }
            Item::Field(field, value, expiry) => {
                map.insert(string(field), json!(string(value)));
                expiries.extend(expiry.map(|millis| (string(field), json!(millis))));
            }
            other => add_to_stream(&mut stream, &other, text),
        })
        .unwrap();
    match key.value.value_type() {
        Some(ValueType::String) => list.remove(0),
        Some(ValueType::List) => json!(list),
        Some(ValueType::Set) => sorted(list),
        Some(ValueType::SortedSet) => json!(map),
        Some(ValueType::Hash) if expiries.is_empty() => json!(map),
        Some(ValueType::Hash) => json!({ "fields": map, "expire": expiries }),
        Some(ValueType::Stream) => stream,
        _ => json!(format!("<a module's {} bytes>", key.value.bytes.len())),
    }
}

pub(super) fn sorted(mut list: Vec<Value>) -> Value {
    list.sort_by_key(ToString::to_string);
    json!(list)
}

fn push(stream: &mut Value, list: &str, item: Value) {
    stream[list].as_array_mut().unwrap().push(item);
}

fn add_to_stream(stream: &mut Value, item: &Item<'_>, text: Text) {
    match item {
        Item::Entry(id, fields) => {
            let string = |string: Str<'_>| text(&string.to_vec());
            let fields: Map<_, _> =
                fields.iter().map(|&(name, value)| (string(name), json!(string(value)))).collect();
            push(stream, "entries", json!({ "id": id.to_string(), "fields": fields }));
        }
        Item::Stream(info) => add_info(stream, info),
        Item::Group(it) => push(stream, "groups", group(it, text)),
        Item::Producer(producer) => {
            let messages: Vec<_> = producer
                .messages
                .iter()
                .map(|(name, id)| json!({ "name": text(name), "id": id.to_string() }))
                .collect();
            let producer = json!({ "name": text(&producer.name), "messages": messages });
            push(stream, "producers", producer);
        }
        Item::Naming(naming) => {
            stream["duration"] = json!(naming.duration);
            stream["most"] = json!(naming.most);
        }
        _ => {}
    }
}

fn add_info(stream: &mut Value, info: &StreamInfo) {
    let id = |id: StreamId| json!(id.to_string());
    stream["length"] = json!(info.length);
    stream["last"] = id(info.last);
    if let Some(history) = info.history {
        stream["first"] = id(history.first);
        stream["deleted"] = id(history.max_deleted);
        stream["added"] = json!(history.added);
    }
}

fn group(group: &Group<'_>, text: Text) -> Value {
    let pending: Vec<_> = group
        .pending
        .iter()
        .map(|it| {
            let owner = text(&group.consumers[it.owner.unwrap() as usize].name);
            let (id, sent, count) = (it.id.to_string(), it.delivered, it.count);
            json!({ "id": id, "sent": sent, "count": count, "owner": owner })
        })
        .collect();
    let consumers: Vec<_> = group
        .consumers
        .iter()
        .map(|it| json!({ "name": text(&it.name), "seen": it.seen, "active": it.active }))
        .collect();
    let (name, last, read) = (text(&group.name), group.last.to_string(), group.read);
    json!({ "name": name, "last": last, "read": read, "pending": pending, "consumers": consumers })
}

/// Whether a value is the published one: scores may be printed in any way, sets come in any order, and what is not
/// published of a stream may be anything.
pub(super) fn is_same(found: &Value, published: &Value) -> bool {
    match (found, published) {
        (Value::Object(found), Value::Object(published)) if found.contains_key("entries") => {
            published.iter().all(|(name, it)| found.get(name).is_some_and(|at| covers(at, it)))
        }
        (Value::Array(found), Value::Array(published)) => {
            found == published || sorted(found.clone()) == sorted(published.clone())
        }
        (Value::Object(found), Value::Object(published)) => {
            let is_there = |(name, value)| published.get(name).is_some_and(|it| is_same(value, it));
            found.len() == published.len() && found.iter().all(is_there)
        }
        (Value::String(found), Value::String(text)) if found == text => true,
        (Value::String(found), Value::String(text)) => is_same_number(found, text),
        // Numbers lose their last bit when JSON is parsed.
        (Value::String(found), Value::Number(number)) => {
            let (found, number) = (found.parse::<f64>(), number.as_f64());
            found.is_ok_and(|it| number.is_some_and(|at| it.to_bits().abs_diff(at.to_bits()) <= 1))
        }
        _ => found == published,
    }
}

/// All that is published of a part of a stream is found, item by item.
fn covers(found: &Value, published: &Value) -> bool {
    match (found, published) {
        (Value::Object(found), Value::Object(published)) => {
            published.iter().all(|(name, it)| found.get(name).is_some_and(|at| covers(at, it)))
        }
        (Value::Array(found), Value::Array(published)) => {
            found.len() == published.len()
                && found.iter().zip(published).all(|(found, it)| covers(found, it))
        }
        _ => found == published,
    }
}

fn is_same_number(found: &str, published: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    number(found).is_some_and(|it| Some(it) == number(published))
}
