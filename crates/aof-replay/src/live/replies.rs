//! What a target says to a batch.

use aof_resp::Reply;

use super::batch::Sent;
use super::connection::{Connection, LinkError, refusal};

/// Beginnings of replies that are about the target, and not about a command.
const HALTING: [&str; 15] = [
    "OOM",
    "READONLY",
    "MISCONF",
    "LOADING",
    "MASTERDOWN",
    "NOPERM",
    "NOAUTH",
    "CLUSTERDOWN",
    "MOVED",
    "ASK",
    "TRYAGAIN",
    "NOREPLICAS",
    "BUSY",
    "UNKILLABLE",
    "EXECABORT",
];

/// What a target says to a batch.
#[derive(Debug)]
pub(super) enum Answer {
    /// All of it was executed, but for these: their places, and why.
    Executed { rejected: Vec<(usize, String)> },
    /// The target takes nothing any longer since this place.
    Refused { place: usize, reply: String },
}

/// Whether the target will say so to everything.
fn is_halting(reply: &str) -> bool {
    let code = reply.split(' ').next().unwrap_or_default();
    HALTING.contains(&code)
}

/// Reads the replies to a batch.
pub(super) fn read(connection: &mut Connection, sent: &Sent) -> Result<Answer, LinkError> {
    if sent.is_exact { exact(connection, sent) } else { plain(connection, sent) }
}

fn plain(connection: &mut Connection, sent: &Sent) -> Result<Answer, LinkError> {
    let (mut rejected, mut halting) = (Vec::new(), None);
    for place in 0..sent.origins.len() {
        match connection.receive(refusal)? {
            Some(reply) if is_halting(&reply) => {
                halting.get_or_insert((place, reply));
            }
            Some(reply) => rejected.push((place, reply)),
            None => {}
        }
    }
    Ok(match halting {
        Some((place, reply)) => Answer::Refused { place, reply },
        None => Answer::Executed { rejected },
    })
}

/// `OK`, `QUEUED` for each, and all replies at the end.
fn exact(connection: &mut Connection, sent: &Sent) -> Result<Answer, LinkError> {
    let mut halting = connection.receive(refusal)?.map(|reply| (0, reply));
    for place in 0..sent.origins.len() {
        if let Some(reply) = connection.receive(refusal)? {
            halting.get_or_insert((place, reply));
        }
    }
    let executed = connection.receive(|reply| match reply {
        Reply::Array(replies) => {
            let places = replies.iter().enumerate();
            Ok(places.filter_map(|(place, reply)| Some((place, refusal(reply)?))).collect())
        }
        other => {
            Err(refusal(other).unwrap_or_else(|| "the transaction was not executed".to_owned()))
        }
    })?;
    Ok(match (halting, executed) {
        (Some((place, reply)), _) => Answer::Refused { place, reply },
        (None, Err(reply)) => Answer::Refused { place: 0, reply },
        // Commands in a transaction are executed whatever others come to.
        (None, Ok(rejected)) => Answer::Executed { rejected },
    })
}
