//! What concerns a whole database, or all of them.

use super::Family;
use crate::call::{Call, Outcome};
use crate::fail::Fail;

pub(super) const COMMANDS: Family = &[
    ("FLUSHALL", flush_all),
    ("FLUSHDB", flush_db),
    ("SCRIPT FLUSH", script),
    ("SCRIPT LOAD", script),
    ("SELECT", select),
    ("SWAPDB", swap_db),
];

/// Redis 6.2 logs scripts before what they did. Which of them it remembers is no data.
fn script(_: &mut Call<'_, '_>) -> Outcome {
    Ok(false)
}

/// Which database is selected is kept elsewhere; here it is only asked whether there is such a one.
fn select(call: &mut Call<'_, '_>) -> Outcome {
    call.ground.number_of_db(call.args[1]).map(|_| false)
}

/// Functions stay.
fn flush_all(call: &mut Call<'_, '_>) -> Outcome {
    check_flush(call)?;
    call.lanes.iter_mut().for_each(|lane| lane.dbs.clear());
    Ok(true)
}

fn flush_db(call: &mut Call<'_, '_>) -> Outcome {
    check_flush(call)?;
    let number = call.db;
    call.lanes.iter_mut().for_each(|lane| lane.db(number).clear());
    Ok(true)
}

fn check_flush(call: &Call<'_, '_>) -> Result<(), Fail> {
    use crate::arguments::is;
    match call.args {
        [_] => Ok(()),
        [_, mode] if is(mode, "SYNC") || is(mode, "ASYNC") => Ok(()),
        _ => Err(Fail::Syntax),
    }
}

fn swap_db(call: &mut Call<'_, '_>) -> Outcome {
    let (one, other) =
        (call.ground.number_of_db(call.args[1])?, call.ground.number_of_db(call.args[2])?);
    if one != other {
        call.lanes.iter_mut().for_each(|lane| lane.swap(one, other));
    }
    // Servers log it also where it changes nothing.
    Ok(true)
}
