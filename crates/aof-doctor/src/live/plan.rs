//! What a target holds before, and which replay goes on in it.

use aof_keyspace::{Held, Keyspace, Share};
use aof_rdb::Room;
use aof_replay::live::marker::{self, Progress};
use rayon::prelude::*;

use super::Target;
use crate::failure::Failure;
use crate::figures;

/// What a target holds, and what is to become of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) merges: bool,
    pub(crate) flushes: bool,
    pub(crate) resumes: bool,
}

impl Plan {
    /// Refuses a target that holds something, unless that was thought of. Returns how far an earlier replay came, if it
    /// is to be gone on with.
    pub(crate) fn allows(self, target: &mut Target) -> Result<Option<Progress>, Failure> {
        let databases: Vec<u64> = target.server.keys.keys().copied().collect();
        let found = marker::read(&mut target.connection, &databases);
        let found = found.map_err(|error| target.lost(&error))?;
        match (found, self.resumes) {
            (Some(found), true) => Ok(Some(found)),
            (None, true) => {
                let message = format!("nothing in {} was interrupted", target.shown());
                Err(Failure::operational(message)
                    .hint("a replay leaves its markers in the target until it is done; without --resume it begins anew"))
            }
            (_, false) if self.flushes => Ok(None),
            (Some(_), false) => {
                let message = format!("a replay into {} was interrupted", target.shown());
                Err(Failure::operational(message)
                    .hint("--resume goes on with it; --flush-target deletes everything there and begins anew"))
            }
            (None, false) if target.server.key_count() > 0 && !self.merges => {
                let keys = figures::of(target.server.key_count(), "key");
                let message = format!("{} holds {keys}", target.shown());
                Err(Failure::operational(message)
                    .hint("--merge adds to them, and replaces those of the same names; --flush-target deletes them first"))
            }
            (None, false) => Ok(None),
        }
    }

    /// Deletes everything in a target.
    pub(crate) fn flush(target: &mut Target) -> Result<(), Failure> {
        let refused = target.connection.refused(&[b"FLUSHALL"]);
        match refused.map_err(|error| target.lost(&error))? {
            None => Ok(()),
            Some(reply) => {
                let reply = crate::escape::sentence(&reply);
                Err(Failure::operational(format!("{} cannot be emptied: {reply}", target.shown())))
            }
        }
    }
}

/// Bytes of memory that a Redis 7.0 needs for the keys.
pub(crate) fn needed(keyspace: &Keyspace<'static>) -> u64 {
    let of = |share: &Share<'_, 'static>| {
        let (mut room, mut value) = (Room::default(), Vec::new());
        let need = |held: Held<'_, 'static>| {
            held.key(&mut value).need(&mut room).map_or(0, |need| need.memory)
        };
        share.keys().into_iter().map(need).sum::<u64>()
    };
    keyspace.shares().par_iter().map(of).sum()
}
