//! Libraries of functions.

use std::collections::BTreeMap;

use aof_rdb::crc64;

use super::Family;
use crate::arguments::is;
use crate::call::{Call, Outcome};
use crate::fail::Fail;

pub(super) const COMMANDS: Family = &[
    ("FUNCTION DELETE", delete),
    ("FUNCTION FLUSH", flush),
    ("FUNCTION LOAD", load),
    ("FUNCTION RESTORE", restore),
];

fn load(call: &mut Call<'_, '_>) -> Outcome {
    let (source, words) = call.args[2..].split_last().ok_or(Fail::Arity)?;
    // Servers take the word as often as it comes.
    if !words.iter().all(|word| is(word, "REPLACE")) {
        return Err(Fail::Syntax);
    }
    let name = name(source)?;
    let there = &mut call.lanes[0].functions;
    if there.contains_key(name) && words.is_empty() {
        return Err(Fail::Exists);
    }
    there.insert(name.to_vec(), source.to_vec());
    Ok(true)
}

/// What the first line says: `#!lua name=mylib`. Whether the code is sound only a server can tell.
fn name(source: &[u8]) -> Result<&[u8], Fail> {
    let bad = Fail::Invalid("the library does not say its name");
    let line = source.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let words = line.strip_prefix(b"#!").ok_or(bad)?.split(u8::is_ascii_whitespace);
    let mut names = words.filter_map(|word| word.strip_prefix(b"name="));
    names.next().filter(|name| !name.is_empty()).ok_or(bad)
}

fn delete(call: &mut Call<'_, '_>) -> Outcome {
    let name = call.args[2];
    call.lanes[0].functions.remove(name).map(|_| true).ok_or(Fail::Missing)
}

fn flush(call: &mut Call<'_, '_>) -> Outcome {
    match call.args {
        [_, _] => {}
        [_, _, mode] if is(mode, "SYNC") || is(mode, "ASYNC") => {}
        _ => return Err(Fail::Syntax),
    }
    call.lanes[0].functions.clear();
    Ok(true)
}

/// Opcodes for libraries, a version and a checksum, as in a payload of a key.
fn restore(call: &mut Call<'_, '_>) -> Outcome {
    let libraries = libraries(call.args[2])?;
    let policy = call.args.get(3).copied().unwrap_or(b"APPEND");
    let there = &mut call.lanes[0].functions;
    match () {
        () if is(policy, "FLUSH") => there.clear(),
        () if is(policy, "REPLACE") => {}
        () if is(policy, "APPEND") => {
            if libraries.keys().any(|name| there.contains_key(name)) {
                return Err(Fail::Exists);
            }
        }
        () => return Err(Fail::Syntax),
    }
    there.extend(libraries);
    Ok(true)
}

fn libraries(payload: &[u8]) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, Fail> {
    let bad = Fail::Invalid("this is no sound payload");
    let (records, footer) = payload.split_last_chunk::<10>().ok_or(bad)?;
    let (_, stored) = footer.split_last_chunk::<8>().ok_or(bad)?;
    let stored = u64::from_le_bytes(*stored);
    if stored != 0 && stored != crc64(&payload[..payload.len() - 8]) {
        return Err(bad);
    }
    // The records of a file of the same version, without its end.
    let file = [b"REDIS0010", records, &[255], &[0; 8]].concat();
    let (mut libraries, mut is_sound) = (BTreeMap::new(), true);
    let read = aof_rdb::read(&mut &file[..], 0, &mut |records| {
        for record in records {
            match &record.kind {
                aof_rdb::RecordKind::Function(source) => match name(source) {
                    Ok(name) => drop(libraries.insert(name.to_vec(), source.to_vec())),
                    Err(_) => is_sound = false,
                },
                aof_rdb::RecordKind::End(_) => {}
                _ => is_sound = false,
            }
        }
        true
    });
    if matches!(read, Ok(Ok(_))) && is_sound { Ok(libraries) } else { Err(bad) }
}
