//! What concerns a whole database, or all of them.

use super::Family;
use crate::call::{Call, Outcome};
use crate::fail::Fail;

pub(super) const COMMANDS: Family = &[
    ("FLUSHALL", flush_all),
    ("FLUSHDB", flush_db),
    ("SCRIPT FLUSH", script),
    ("SCRIPT LOAD", script),
    ("SWAPDB", swap_db),
];

/// Redis 6.2 logs scripts before what they did. Which of them it remembers is no data.
fn script(_: &mut Call<'_>) -> Outcome {
    Ok(false)
}

/// Functions stay.
fn flush_all(call: &mut Call<'_>) -> Outcome {
    check_flush(call)?;
    call.keyspace.dbs.clear();
    Ok(true)
}

fn flush_db(call: &mut Call<'_>) -> Outcome {
    check_flush(call)?;
    call.db().keys.clear();
    Ok(true)
}

fn check_flush(call: &Call<'_>) -> Result<(), Fail> {
    use crate::arguments::is;
    match call.args {
        [_] => Ok(()),
        [_, mode] if is(mode, "SYNC") || is(mode, "ASYNC") => Ok(()),
        _ => Err(Fail::Syntax),
    }
}

fn swap_db(call: &mut Call<'_>) -> Outcome {
    let (one, other) =
        (call.keyspace.number_of_db(call.args[1])?, call.keyspace.number_of_db(call.args[2])?);
    if one != other {
        let first = std::mem::take(call.keyspace.db_mut(one));
        let second = std::mem::replace(call.keyspace.db_mut(other), first);
        *call.keyspace.db_mut(one) = second;
    }
    // Servers log it also where it changes nothing.
    Ok(true)
}
