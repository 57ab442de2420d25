//! The times at which keys and fields expire, set when everything else is there.

use std::io::IoSlice;

use aof_keyspace::{Held, Keyspace, Value};
use aof_log::Watch;

use super::batch::Origin;
use super::connection::{Connection, LinkError, refusal};
use super::fleet::{LISTED, Rejected};
use aof_resp::request;

/// So many commands are sent at once.
const TOGETHER: usize = 512;

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timed {
    /// Keys that expire.
    pub keys: u64,
    /// Fields of hashes that expire.
    pub fields: u64,
    /// How many of both the target refused.
    pub rejected: u64,
    /// The first of them.
    pub list: Vec<Rejected>,
}

/// Tells the target when the keys and fields of a keyspace expire. Setting a time twice does no harm; what has expired
/// by now vanishes. `shift` is added to each, in milliseconds.
///
/// # Errors
/// The connection cannot be used any longer; `Ok(None)` if whoever watches wants it to end.
pub fn set(
    connection: &mut Connection,
    keyspace: &Keyspace<'_>,
    shift: i64,
    watch: &dyn Watch,
) -> Result<Option<Timed>, LinkError> {
    let mut sending = Sending {
        connection,
        timed: Timed::default(),
        db: 0,
        shift,
        bytes: Vec::new(),
        names: Vec::new(),
    };
    sending.connection.ask(&[b"SELECT", b"0"], |_| ())?;
    for held in keyspace.iter() {
        sending.key(&held)?;
        if watch.is_cancelled() {
            return Ok(None);
        }
    }
    sending.flush()?;
    Ok(Some(sending.timed))
}

struct Sending<'c> {
    connection: &'c mut Connection,
    timed: Timed,
    db: u64,
    shift: i64,
    bytes: Vec<u8>,
    /// The commands that are sent next, and their keys.
    names: Vec<(&'static str, Vec<u8>)>,
}

impl Sending<'_> {
    fn key(&mut self, held: &Held<'_, '_>) -> Result<(), LinkError> {
        if let Some(millis) = held.expiry() {
            self.timed.keys += 1;
            self.push(held, "PEXPIREAT", millis, None)?;
        }
        if !held.is_string()
            && let Value::Hash(hash) = &*held.value()
        {
            for field in hash.iter() {
                if let Some(millis) = field.expiry {
                    self.timed.fields += 1;
                    self.push(held, "HPEXPIREAT", millis, Some(field.name))?;
                }
            }
        }
        Ok(())
    }

    fn push(
        &mut self,
        held: &Held<'_, '_>,
        name: &'static str,
        millis: i64,
        field: Option<&[u8]>,
    ) -> Result<(), LinkError> {
        if self.db != held.db {
            self.flush()?;
            self.db = held.db;
            self.connection.ask(&[b"SELECT", self.db.to_string().as_bytes()], |_| ())?;
        }
        let millis = millis.saturating_add(self.shift).max(1).to_string();
        let mut args: Vec<&[u8]> = vec![name.as_bytes(), held.name(), millis.as_bytes()];
        args.extend(field.into_iter().flat_map(|field| [&b"FIELDS"[..], b"1", field]));
        request(&args, &mut self.bytes);
        self.names.push((name, held.name().to_vec()));
        if self.names.len() >= TOGETHER { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), LinkError> {
        self.connection.send(&mut [IoSlice::new(&self.bytes)])?;
        self.bytes.clear();
        for (name, key) in self.names.drain(..) {
            let refused = self.connection.receive(refusal)?;
            let Some(reply) = refused else { continue };
            self.timed.rejected += 1;
            if self.timed.list.len() < LISTED {
                let origin = Origin::Key { name: name.as_bytes().to_vec(), key };
                self.timed.list.push(Rejected { origin, reply });
            }
        }
        Ok(())
    }
}
