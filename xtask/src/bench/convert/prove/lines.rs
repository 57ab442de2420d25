//! Lines of JSON as commands, read by a parser that is not ours, so that a server can say what they hold.

use std::error::Error;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// A command and its arguments.
pub(super) type Command = Vec<Vec<u8>>;

/// What makes a line unlike those that `docs/jsonl.md` describes.
type Wrong = Box<dyn Error>;

/// The commands that make what a line says; the number of its database.
pub(super) fn commands(line: &[u8]) -> Result<(u64, Vec<Command>), Wrong> {
    let line: Map<String, Value> = serde_json::from_slice(line)?;
    let db = line.get("db").and_then(Value::as_u64).ok_or("no database")?;
    let key = bytes(get(&line, "key")?)?;
    let value = get(&line, "value")?;
    let mut commands = match get(&line, "type")?.as_str() {
        Some("string") => vec![vec![b"SET".to_vec(), key.clone(), bytes(value)?]],
        Some("list") => vec![collection("RPUSH", &key, value, item)?],
        Some("set") => vec![collection("SADD", &key, value, item)?],
        Some("hash") => vec![collection("HSET", &key, value, field)?],
        Some("zset") => vec![collection("ZADD", &key, value, scored)?],
        Some("stream") => stream(&key, value)?,
        _ => return Err("a type that is not measured".into()),
    };
    if let Some(millis) = line.get("expires") {
        commands.push(vec![b"PEXPIREAT".to_vec(), key, number(millis)?]);
    }
    Ok((db, commands))
}

fn get<'a>(object: &'a Map<String, Value>, name: &str) -> Result<&'a Value, Wrong> {
    object.get(name).ok_or_else(|| format!("no {name}").into())
}

fn list(value: &Value) -> Result<&[Value], Wrong> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| format!("no list: {value}").into())
}

fn bytes(value: &Value) -> Result<Vec<u8>, Wrong> {
    match (value.as_str(), value.get("base64").and_then(Value::as_str)) {
        (Some(text), _) => Ok(text.as_bytes().to_vec()),
        (None, Some(text)) => Ok(STANDARD.decode(text)?),
        _ => Err(format!("no bytes: {value}").into()),
    }
}

/// The digits as they stand in the line.
fn number(value: &Value) -> Result<Vec<u8>, Wrong> {
    match value {
        Value::Number(number) => Ok(number.to_string().into_bytes()),
        _ => Err(format!("no number: {value}").into()),
    }
}

fn collection(
    name: &str,
    key: &[u8],
    value: &Value,
    add: fn(&Value, &mut Command) -> Result<(), Wrong>,
) -> Result<Command, Wrong> {
    let mut command = vec![name.as_bytes().to_vec(), key.to_vec()];
    list(value)?.iter().try_for_each(|item| add(item, &mut command))?;
    Ok(command)
}

fn item(value: &Value, to: &mut Command) -> Result<(), Wrong> {
    to.push(bytes(value)?);
    Ok(())
}

/// No field of the file that is measured expires.
fn field(value: &Value, to: &mut Command) -> Result<(), Wrong> {
    let [field, value] = list(value)? else { return Err("no field and value".into()) };
    to.extend([bytes(field)?, bytes(value)?]);
    Ok(())
}

fn scored(value: &Value, to: &mut Command) -> Result<(), Wrong> {
    let [member, score] = list(value)? else { return Err("no member and score".into()) };
    to.extend([number(score).or_else(|_| bytes(score))?, bytes(member)?]);
    Ok(())
}

fn stream(key: &[u8], value: &Value) -> Result<Vec<Command>, Wrong> {
    let stream = value.as_object().ok_or("no stream")?;
    let mut commands = Vec::new();
    for entry in list(get(stream, "entries")?)? {
        let mut command = vec![b"XADD".to_vec(), key.to_vec(), bytes(&entry["id"])?];
        list(&entry["fields"])?.iter().try_for_each(|pair| field(pair, &mut command))?;
        commands.push(command);
    }
    let words = |words: [&[u8]; 4]| words.map(<[u8]>::to_vec);
    let mut set = vec![b"XSETID".to_vec(), key.to_vec(), bytes(get(stream, "last")?)?];
    set.extend([b"ENTRIESADDED".to_vec(), number(get(stream, "added")?)?]);
    set.extend([b"MAXDELETEDID".to_vec(), bytes(get(stream, "max_deleted")?)?]);
    commands.push(set);
    for group in list(get(stream, "groups")?)? {
        let name = bytes(&group["name"])?;
        let mut create = words([b"XGROUP", b"CREATE", key, &name]).to_vec();
        create.extend([bytes(&group["last"])?, b"ENTRIESREAD".to_vec(), number(&group["read"])?]);
        commands.push(create);
        for consumer in list(&group["consumers"])? {
            let mut create = words([b"XGROUP", b"CREATECONSUMER", key, &name]).to_vec();
            create.push(bytes(&consumer["name"])?);
            commands.push(create);
        }
        for pending in list(&group["pending"])? {
            commands.push(claim(key, &name, pending)?);
        }
    }
    Ok(commands)
}

fn claim(key: &[u8], group: &[u8], pending: &Value) -> Result<Command, Wrong> {
    Ok(vec![
        b"XCLAIM".to_vec(),
        key.to_vec(),
        group.to_vec(),
        bytes(&pending["consumer"])?,
        b"0".to_vec(),
        bytes(&pending["id"])?,
        b"TIME".to_vec(),
        number(&pending["delivered"])?,
        b"RETRYCOUNT".to_vec(),
        number(&pending["count"])?,
        b"JUSTID".to_vec(),
        b"FORCE".to_vec(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> Result<String, String> {
        let (db, commands) = commands(line.as_bytes()).map_err(|error| error.to_string())?;
        let words = |command: &Command| {
            command.iter().map(|word| word.escape_ascii().to_string()).collect::<Vec<_>>().join(" ")
        };
        let commands: Vec<String> = commands.iter().map(words).collect();
        Ok(format!("{db}: {}", commands.join("; ")))
    }

    #[test]
    fn a_line_is_the_commands_that_make_its_key() {
        for (line, expected) in [
            (
                r#"{"db":0,"key":"k","type":"string","expires":7,"value":{"base64":"/w=="}}"#,
                "0: SET k \\xff; PEXPIREAT k 7",
            ),
            (r#"{"db":3,"key":"k","type":"list","value":["a","2"]}"#, "3: RPUSH k a 2"),
            (
                r#"{"db":0,"key":"k","type":"zset","value":[["a",1.5],["b","inf"]]}"#,
                "0: ZADD k 1.5 a inf b",
            ),
            (r#"{"db":0,"key":"k","type":"hash","value":[["f","v"]]}"#, "0: HSET k f v"),
            (
                r#"{"db":0,"key":"k","type":"stream","value":{"entries":[{"id":"1-1","fields":[["f","v"]]}],"length":1,"last":"1-1","first":"1-1","max_deleted":"0-0","added":1,"groups":[{"name":"g","last":"1-1","read":1,"consumers":[{"name":"a","seen":5}],"pending":[{"id":"1-1","delivered":6,"count":2,"consumer":"a"}]}]}}"#,
                "0: XADD k 1-1 f v; XSETID k 1-1 ENTRIESADDED 1 MAXDELETEDID 0-0; XGROUP CREATE k g 1-1 ENTRIESREAD 1; XGROUP CREATECONSUMER k g a; XCLAIM k g a 0 1-1 TIME 6 RETRYCOUNT 2 JUSTID FORCE",
            ),
        ] {
            assert_eq!(told(line).as_deref(), Ok(expected));
        }
        for wrong in [
            "[]",
            r#"{"db":0,"key":"k","type":"string"}"#,
            r#"{"db":0,"key":"k","type":"string","value":1}"#,
            r#"{"db":0,"key":"k","type":"hash","value":[["f"]]}"#,
            r#"{"db":0,"key":"k","type":"string","value":"v""#,
        ] {
            assert!(told(wrong).is_err(), "{wrong}");
        }
    }
}
