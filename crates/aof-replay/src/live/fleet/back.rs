//! The way back, where a target refused something and executed what is behind it.

use std::sync::atomic::Ordering;

use aof_resp::Reply;

use super::super::connection::LinkError;
use super::super::marker;
use super::{Lane, Name};

impl Lane<'_> {
    /// Where something was executed behind what was refused: plain batches are sent once more, so the marker goes back.
    /// With an exact one, or if the marker cannot be changed, nobody may go on from here.
    pub(super) fn step_back(&mut self) -> Result<(), LinkError> {
        let Some(refused) = self.refused.filter(|_| self.is_passed) else { return Ok(()) };
        if self.is_torn || !self.is_back(refused - 1)? {
            self.shared.is_lost.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Sees to it that no more batches count as done in any database, and says whether that is so. A server without
    /// memory may not let a marker be changed, but then it did not let it be changed before.
    fn is_back(&mut self, done: u64) -> Result<bool, LinkError> {
        let Name { run, all, number, databases } = self.name;
        let (name, value) = (marker::name(number), marker::value(run, all, done));
        for db in 0..databases {
            self.connection.refused(&[b"SELECT", db.to_string().as_bytes()])?;
            let said = self.connection.ask(&[b"GET", name.as_bytes()], |reply| match reply {
                Reply::Bulk(value) => marker::done(&String::from_utf8_lossy(value)),
                _ => None,
            })?;
            let set: [&[u8]; 3] = [b"SET", name.as_bytes(), value.as_bytes()];
            let is_ahead = said.is_some_and(|said| said > done);
            if is_ahead && self.connection.refused(&set)?.is_some() {
                let again = marker::renamed(number);
                let rename: [&[u8]; 3] = [b"RENAME", name.as_bytes(), again.as_bytes()];
                // All of it is sent once more then, which transactions must not be.
                if self.has_exact || self.connection.refused(&rename)?.is_some() {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}
