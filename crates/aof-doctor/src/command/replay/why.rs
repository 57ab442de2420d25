//! Why a replay does not come to its end.

use aof_replay::live::fleet::Halt;

use super::ReplayArgs;
use crate::convert::Stop;
use crate::failure::Failure;
use crate::live::{Target, halted};
use crate::{escape, figures};

/// Why sending ended before everything was there, and whether it can be gone on with.
pub(super) fn interrupted(
    args: &ReplayArgs,
    target: &Target,
    (halt, is_resumable): (&Halt, bool),
    files: &[String],
) -> Failure {
    let file = |number: usize| files.get(number).cloned().unwrap_or_default();
    let failure = halted(target, halt, &file);
    match is_resumable {
            true => Failure { next: Some(args.again()), ..failure.hint("a part was sent; this goes on with it:") },
            false => failure.hint(
                "commands behind the refused ones were executed already, so this cannot be gone on with: \
                 --flush-target begins anew",
            ),
        }
}

/// The markers are of another replay.
pub(super) fn another(target: &Target) -> Failure {
    let message = format!("what was interrupted in {} is another replay", target.shown());
    Failure::operational(message).hint(
            "it goes on only with the same log and the same choices; --flush-target deletes everything there and begins anew",
        )
}

/// Not even the markers can be written.
pub(super) fn unwritable(target: &Target, reply: &str) -> Failure {
    let message = format!("{} cannot be written to: {}", target.shown(), escape::sentence(reply));
    let failure = Failure::operational(message);
    match reply.split(' ').next() {
            Some("NOPERM") => failure.hint("the user needs SET and DEL of keys that begin with aof-doctor:replay:, and what the log consists of"),
            Some("OOM") => failure.hint("a larger `maxmemory` of the server"),
            _ => failure,
        }
}

/// Why nothing is rendered.
pub(super) fn stopped(stop: &Stop) -> Failure {
    match stop {
        Stop::HungUp => Failure::cancelled("cancelled"),
        Stop::Duplicates(named) => Failure::operational(format!(
            "{} would meet under one name",
            figures::of(named.total, "key")
        ))
        .hint("--rename-prefix or --map-db bring keys of the same names together: change them"),
        Stop::Storage(error) => Failure::operational(escape::sentence(&error.to_string())),
        other => Failure::operational(format!(
            "the data cannot be rendered: {}",
            escape::sentence(&format!("{other:?}"))
        )),
    }
}

/// A server that copies another one takes no writes.
pub(super) fn replica(target: &Target) -> Failure {
    let message = format!("{} copies another server, and takes no writes", target.shown());
    Failure::operational(message).hint("-h and -p of the server that it copies")
}
