//! Keys that only the target has.

use aof_keyspace::Keyspace;
use aof_resp::Reply;

use super::super::connection::{Connection, LinkError};
use super::super::{marker, server};
use super::Found;

/// Counts the keys that only the target has.
pub(super) fn find(
    connection: &mut Connection,
    keyspace: &Keyspace<'static>,
    found: &mut Found<'_>,
) -> Result<(), LinkError> {
    let info = connection.ask(&[b"INFO", b"keyspace"], server::text)?;
    for db in server::keys(&info.unwrap_or_default()).into_keys() {
        connection.ask(&[b"SELECT", db.to_string().as_bytes()], |_| ())?;
        let mut cursor = b"0".to_vec();
        loop {
            let (next, names) = connection.ask(&[b"SCAN", &cursor, b"COUNT", b"1000"], page)?;
            for name in names {
                let is_marker = name.starts_with(marker::PREFIX.as_bytes());
                if keyspace.get(db, &name).is_none() && !is_marker {
                    found.note_extra(Some(db), name);
                }
            }
            if next == b"0" || next.is_empty() {
                break;
            }
            cursor = next;
        }
    }
    Ok(())
}

fn page(reply: &Reply<'_>) -> (Vec<u8>, Vec<Vec<u8>>) {
    let Reply::Array(parts) = reply else { return (Vec::new(), Vec::new()) };
    let [Reply::Bulk(cursor), Reply::Array(names)] = &parts[..] else {
        return (Vec::new(), Vec::new());
    };
    let names = names.iter().filter_map(|name| match name {
        Reply::Bulk(name) => Some(name.to_vec()),
        _ => None,
    });
    (cursor.to_vec(), names.collect())
}
