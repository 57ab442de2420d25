//! Libraries of functions, by their sources.

use aof_keyspace::diff::Difference;
use aof_keyspace::{Keyspace, Session};
use aof_resp::Reply;

use super::super::connection::{Connection, LinkError, refusal};
use super::{Check, Found};

/// What stands before the source of a library in the list of them.
const SOURCE: &[u8] = b"library_code";

/// Compares the libraries of a keyspace with those of a target.
pub(super) fn compare<'k>(
    connection: &mut Connection,
    keyspace: &'k Keyspace<'static>,
    check: &Check,
    found: &mut Found<'k>,
) -> Result<(), LinkError> {
    let listed = connection.ask(&[b"FUNCTION", b"LIST", b"WITHCODE"], sources)?;
    let sources = match listed {
        Ok(sources) => sources,
        // Servers before 7.0 have none, and not everybody may ask.
        Err(refused) => {
            keyspace.functions().for_each(|_| found.note_unread(refused.clone()));
            return Ok(());
        }
    };
    let mut there = Keyspace::default();
    for source in sources {
        let load: [&[u8]; 3] = [b"FUNCTION", b"LOAD", &source];
        if let Err(fail) = there.apply(&mut Session::default(), &load) {
            found.note_unread(format!("a library of functions cannot be read: {fail}"));
        }
    }
    check.how.functions(keyspace, &there, &mut |difference| {
        let here = keyspace.functions().find(|(name, _)| *name == difference.name);
        match here {
            Some((name, _)) => {
                match difference.second {
                    Some(_) => found.differ += 1,
                    None => found.missing += 1,
                }
                found.differs(Difference { name, ..difference });
            }
            None if check.seeks_extras => found.note_extra(None, difference.name.to_vec()),
            None => {}
        }
    });
    Ok(())
}

/// The sources of all libraries, or why they are not told.
fn sources(reply: &Reply<'_>) -> Result<Vec<Vec<u8>>, String> {
    let Reply::Array(libraries) = reply else {
        return Err(refusal(reply).unwrap_or_default());
    };
    let source = |library: &Reply<'_>| {
        let Reply::Array(parts) = library else { return None };
        let mut parts = parts.iter().skip_while(|part| !matches!(part, Reply::Bulk(SOURCE)));
        match parts.nth(1)? {
            Reply::Bulk(source) => Some(source.to_vec()),
            _ => None,
        }
    };
    Ok(libraries.iter().filter_map(source).collect())
}
