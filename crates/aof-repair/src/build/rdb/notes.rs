//! What a person should know of an RDB file that is made anew.

use aof_rdb::{Cause, Gone, Mended};

use crate::name::Name;
use crate::plan::Plan;

/// Adds a sentence for each thing that is not certain.
pub(super) fn add(file: &Name, mended: &Mended, is_doubtful: bool, plan: &mut Plan) {
    let is_damaged = mended.gone.iter().any(|gone| matches!(gone.cause, Cause::Lost(_)));
    let mut say = |sentence: String| plan.notes.push(sentence);
    match (is_doubtful, is_damaged) {
        (true, false) => say(format!(
            "every record of {file} can be read, and the checksum is wrong: it gets one that is right, and a value may \
             be another than was written (guess); a backup is better, if there is one"
        )),
        (true, true) => say(format!(
            "with what is left out, the checksum of {file} can no longer tell whether the rest is as it was written \
             (likely)"
        )),
        (false, _) => {}
    }
    if mended.assumed > 0 {
        say(format!(
            "keys of {file} whose database is a guess, since its number may be among what is lost: {}; they are put \
             into the one before (likely)",
            mended.assumed
        ));
    }
    if mended.gone.iter().any(|gone| gone.cause == Cause::Torn) {
        let known = match mended.is_bounded {
            true => {
                "the numbers of keys that it announces tell how much that is, if no further database followed"
            }
            false => "nothing tells how much that is",
        };
        say(format!("{file} ends before its end: what stood behind is lost, and {known}"));
    }
    twins(file, mended, &mut say);
    if mended.gone.iter().any(|gone| gone.cause == Cause::NextFile) {
        say(format!(
            "another RDB file stands behind the end of {file}, which no server reads: it goes into quarantine; if it is \
             the one that counts, take it out first"
        ));
    }
}

fn twins(file: &Name, mended: &Mended, say: &mut dyn FnMut(String)) {
    let of = |is_same: bool| {
        let is_one = |gone: &&Gone| gone.cause == Cause::Twin { is_same };
        mended.gone.iter().filter(is_one).count() as u64
    };
    match of(true) {
        0 => {}
        same => say(format!(
            "keys of {file} that come twice and are the same both times: {same}; the first is kept"
        )),
    }
    match of(false) {
        0 => {}
        different => say(format!(
            "keys of {file} that come twice with different values: {different}; the last one is kept, as if both were \
             written one after the other (guess)"
        )),
    }
}
