//! Published JSON, in the forms of three projects.

use serde_json::{Map, Value, json};

use super::model::{Found, is_same};

/// Keys and their values, and what is said beside them.
#[derive(Default)]
pub(super) struct Published {
    pub(super) keys: Vec<(String, Value)>,
    aux: Vec<(String, Value)>,
    functions: Vec<Value>,
    /// Values that are only named and not shown.
    hidden: Vec<String>,
}

/// What a published file says; `None` if it is no JSON.
pub(super) fn read(text: &str) -> Option<Published> {
    let whole =
        serde_json::from_str(text).or_else(|_| serde_json::from_str(&format!("{{{text}}}")));
    let Ok(whole) = whole else { return read_lines(text) };
    let databases = match whole {
        Value::Array(databases) => databases,
        one => vec![one],
    };
    let mut published = Published::default();
    for database in databases {
        let Value::Object(database) = database else { return None };
        match database.get("type").and_then(Value::as_str) {
            Some(kind) if database.contains_key("key") => published.add(kind, &database)?,
            _ => database.into_iter().for_each(|(name, value)| published.add_plain(name, value)),
        }
    }
    Some(published)
}

/// A key in each line. Streams and what modules wrote are payloads there, with bytes that no JSON can have.
fn read_lines(text: &str) -> Option<Published> {
    let mut published = Published::default();
    for line in text.lines() {
        let line = line.trim_start_matches('[').trim_end_matches([',', ']']);
        match serde_json::from_str::<Map<String, Value>>(line) {
            Ok(key) => published.add(key.get("type")?.as_str()?, &key)?,
            Err(_) => {
                let name = line.strip_prefix("{\"key\":\"")?.split('"').next()?;
                let is_payload = ["stream", "module"].iter().any(|it| line.contains(it));
                published.hidden.extend(is_payload.then(|| name.to_owned()));
                is_payload.then_some(())?;
            }
        }
    }
    Some(published)
}

impl Published {
    /// The first that is not so in a file.
    pub(super) fn unlike(&self, found: &Found) -> Option<String> {
        let has = |name: &str, value| found.forms(name).any(|form| is_same(form, value));
        let keys = self.keys.iter().filter(|(name, value)| !has(name, value));
        let aux = self.aux.iter().filter(|(name, value)| {
            found.aux.get(name).is_none_or(|it| Some(it.as_str()) != value.as_str())
        });
        let is_there = |source: &Value| found.functions.iter().any(|it| source == it);
        let functions = self.functions.iter().filter(|it| !is_there(it)).map(ToString::to_string);
        let hidden = self.hidden.iter().filter(|name| found.forms(name).next().is_none());
        let names = keys.chain(aux).map(|(name, _)| name.clone());
        names.chain(functions).chain(hidden.cloned()).next()
    }

    /// How many streams there are among the values.
    pub(super) fn streams(&self) -> usize {
        self.keys.iter().filter(|(_, value)| value.get("entries").is_some()).count()
    }

    /// Of a database as an object of its keys.
    fn add_plain(&mut self, name: String, value: Value) {
        let is_module = |it: &str| it.starts_with("<Content of Module");
        match (name.as_str(), value) {
            ("__aux__", Value::Object(aux)) => self.aux.extend(aux),
            ("__func__", Value::Object(all)) => {
                self.functions.extend(all.into_iter().map(|(_, it)| it));
            }
            (_, value) if value.as_str().is_some_and(is_module) => self.hidden.push(name),
            (_, value) if value.get("entries").is_some() => {
                self.keys.push((name, stream(&value).unwrap()));
            }
            (name, _) if name.starts_with("__") => {}
            (_, value) => self.keys.push((name, value)),
        }
    }

    /// Of a key in an object of its own.
    fn add(&mut self, kind: &str, key: &Map<String, Value>) -> Option<()> {
        let value = match kind {
            "aux" | "string" => key.get("value")?.clone(),
            "functions" => {
                self.functions.push(key.get("functionsLua")?.clone());
                return Some(());
            }
            "list" => key.get("values").or(key.get("value"))?.clone(),
            "set" => key.get("members").or(key.get("value"))?.clone(),
            "hash" => hash(key)?,
            "zset" | "sortedset" => scores(key)?,
            "stream" => stream_of_nodes(key)?,
            _ => return None,
        };
        let name = key.get("key")?.as_str()?.to_owned();
        let to = if kind == "aux" { &mut self.aux } else { &mut self.keys };
        to.push((name, value));
        Some(())
    }
}

fn hash(key: &Map<String, Value>) -> Option<Value> {
    let fields = key.get("hash").or(key.get("value"))?;
    let Some(Value::Object(expire)) = key.get("expire") else { return Some(fields.clone()) };
    let mut expire = expire.clone();
    expire.retain(|_, millis| *millis != json!(0));
    Some(json!({ "fields": fields, "expire": expire }))
}

fn scores(key: &Map<String, Value>) -> Option<Value> {
    let entries = match key.get("entries") {
        Some(entries) => entries.as_array()?,
        None => return key.get("value").cloned(),
    };
    let pair = |entry: &Value| {
        Some((entry.get("member")?.as_str()?.to_owned(), entry.get("score")?.clone()))
    };
    entries.iter().map(pair).collect::<Option<Map<_, _>>>().map(Value::Object)
}

/// Takes over what has one of the names, under another.
fn renamed(from: &Value, names: &[(&str, &str)]) -> Value {
    let taken =
        names.iter().filter_map(|&(old, new)| Some((new.to_owned(), from.get(old)?.clone())));
    Value::Object(taken.collect())
}

fn list<'v>(of: &'v Value, name: &str) -> &'v [Value] {
    of.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Entries by themselves, and perhaps groups and producers.
fn stream(value: &Value) -> Option<Value> {
    let mut stream = renamed(
        value,
        &[
            ("length", "length"),
            ("entriesAdded", "added"),
            ("firstID", "first"),
            ("lastID", "last"),
            ("maxDelEntryID", "deleted"),
        ],
    );
    let entry = |it: &Value| renamed(it, &[("id", "id"), ("items", "fields")]);
    stream["entries"] = list(value, "entries").iter().map(entry).collect();
    if value.get("groups").is_some() {
        stream["groups"] = list(value, "groups").iter().map(group).collect();
    }
    if let Some(naming) = value.get("idmp") {
        stream["duration"] = naming.get("duration")?.clone();
        stream["most"] = naming.get("maxEntries")?.clone();
        let producer = |it: &Value| {
            let message = |it: &Value| renamed(it, &[("iid", "name"), ("streamId", "id")]);
            let messages: Value = list(it, "entries").iter().map(message).collect();
            json!({ "name": it["pid"], "messages": messages })
        };
        stream["producers"] = list(naming, "producers").iter().map(producer).collect();
    }
    Some(stream)
}

/// The owners of pending entries are told where the consumers are.
fn group(value: &Value) -> Value {
    let of_consumer = [("name", "name"), ("seenTime", "seen"), ("activeTime", "active")];
    let of_pending = [("id", "id"), ("sent", "sent"), ("count", "count")];
    let others = [("deliveryTime", "sent"), ("deliveryCount", "count")];
    let mut group = renamed(value, &[("name", "name"), ("entriesRead", "read")]);
    group["last"] = value.get("lastid").or(value.get("lastId")).cloned().unwrap();
    let pending = |it: &Value| {
        let mut pending = renamed(it, &[&of_pending[..], &others].concat());
        let has = |consumer: &&Value| {
            list(consumer, "pending").iter().any(|at| *at == it["id"] || at["id"] == it["id"])
        };
        let owner = list(value, "consumers").iter().find(has).unwrap();
        pending["owner"] = owner["name"].clone();
        pending
    };
    group["pending"] = list(value, "pending").iter().map(pending).collect();
    group["consumers"] =
        list(value, "consumers").iter().map(|it| renamed(it, &of_consumer)).collect();
    group
}

/// Entries in nodes, the deleted ones among them.
fn stream_of_nodes(key: &Map<String, Value>) -> Option<Value> {
    let value = Value::Object(key.clone());
    let mut stream = renamed(
        &value,
        &[
            ("len", "length"),
            ("addedEntriesCount", "added"),
            ("firstId", "first"),
            ("lastId", "last"),
            ("maxDeletedId", "deleted"),
        ],
    );
    let entries = list(&value, "entries").iter().flat_map(|node| list(node, "msgs"));
    let live = entries.filter(|it| it["deleted"] == json!(false));
    stream["entries"] = live.map(|it| renamed(it, &[("id", "id"), ("fields", "fields")])).collect();
    if value.get("groups").is_some() {
        stream["groups"] = list(&value, "groups").iter().map(group).collect();
        // Before the third form of streams, what is shown as this is when the consumer was seen.
        if key.get("version").is_none_or(|it| *it != json!(3)) {
            let groups = stream["groups"].as_array_mut()?.iter_mut();
            for consumer in groups.flat_map(|it| it["consumers"].as_array_mut().unwrap()) {
                consumer.as_object_mut()?.remove("active");
            }
        }
    }
    Some(stream)
}
