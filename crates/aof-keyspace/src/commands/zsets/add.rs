//! Adding members and changing scores.

use crate::arguments::is;
use crate::call::{Call, Outcome};
use crate::fail::Fail;
use crate::floats::float;
use crate::value::SortedSet;

/// When a score is taken, and how.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::commands) struct When {
    /// Only new members.
    pub(in crate::commands) nx: bool,
    /// Only members that are there.
    pub(in crate::commands) xx: bool,
    /// Of members that are there, only greater scores.
    gt: bool,
    /// Of members that are there, only lower scores.
    lt: bool,
    /// The score is added to the old one.
    incr: bool,
}

pub(super) fn zadd(call: &mut Call<'_, '_>) -> Outcome {
    add_scores(call, When::default())
}

/// Servers take options also here, although no valid command has room for one.
pub(super) fn zincr_by(call: &mut Call<'_, '_>) -> Outcome {
    add_scores(call, When { incr: true, ..When::default() })
}

fn add_scores(call: &mut Call<'_, '_>, mut when: When) -> Outcome {
    let mut rest = &call.args[2..];
    while let [word, behind @ ..] = rest {
        match () {
            () if is(word, "NX") => when.nx = true,
            () if is(word, "XX") => when.xx = true,
            () if is(word, "GT") => when.gt = true,
            () if is(word, "LT") => when.lt = true,
            () if is(word, "INCR") => when.incr = true,
            () if is(word, "CH") => {}
            () => break,
        }
        rest = behind;
    }
    let (pairs, odd) = rest.as_chunks::<2>();
    if !odd.is_empty() || pairs.is_empty() || when.incr && pairs.len() > 1 {
        return Err(Fail::Syntax);
    }
    let mut scores = Vec::with_capacity(pairs.len());
    for [score, member] in pairs {
        scores.push((float(score)?, *member));
    }
    add(call, when, &scores)
}

/// Gives members of the set at the first key scores. There is a pair at least, and only one with INCR.
pub(in crate::commands) fn add(
    call: &mut Call<'_, '_>,
    when: When,
    pairs: &[(f64, &[u8])],
) -> Outcome {
    let When { nx, xx, gt, lt, .. } = when;
    if nx && (xx || gt || lt) || gt && lt {
        return Err(Fail::Syntax);
    }
    let key = call.key();
    if call.get::<SortedSet>(key)?.is_none() && xx {
        return Ok(false);
    }
    let set = call.get_or_new::<SortedSet>(key)?;
    set.touch(pairs.iter().map(|(_, member)| *member));
    let mut is_changed = false;
    for (score, member) in pairs {
        is_changed |= when.add(set, *score, member)?;
    }
    Ok(is_changed)
}

impl When {
    fn add(self, set: &mut SortedSet, score: f64, member: &[u8]) -> Result<bool, Fail> {
        let old = set.score(member);
        let score = old.filter(|_| self.incr && !self.nx).map_or(score, |old| old + score);
        if score.is_nan() {
            return Err(Fail::NotFloat);
        }
        let is_taken = match old {
            None => !self.xx,
            Some(old) => {
                !self.nx && score != old && !(self.gt && score < old || self.lt && score > old)
            }
        };
        if is_taken {
            set.insert(member, score);
        }
        Ok(is_taken)
    }
}
