//! What came of the records.

use aof_keyspace::Fail;

use crate::doubt::Doubts;
use crate::effects::Effects;

/// So many failures are listed.
const LISTED: usize = 100;

/// A record that did nothing, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The part that it stands in, as it was numbered by whoever replays.
    pub part: usize,
    /// The byte where it begins.
    pub offset: u64,
    /// How many bytes it has; 0 for one that does not stand in the log.
    pub length: u64,
    /// The command, in the letters of the log.
    pub name: Vec<u8>,
    /// Why a server would refuse it, or why it cannot be executed here.
    pub why: Fail,
}

/// Commands of one part that servers refuse as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// How many there are.
    pub count: u64,
    /// The first.
    pub first: Failure,
}

/// Counts of what was replayed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Keys of bases.
    pub loaded: u64,
    /// Keys of bases whose values cannot be read.
    pub not_loaded: u64,
    /// Records.
    pub commands: u64,
    /// Commands that changed the data.
    pub changed: u64,
    /// Commands that were executed and changed nothing; selections of a database are not among them.
    pub no_ops: u64,
    /// The first failures.
    pub failures: Vec<Failure>,
    /// How many there are.
    pub failed: u64,
    /// Of these, how many only a server can execute.
    pub opaque: u64,
    /// All of them by reason, in the order in which reasons came up.
    pub reasons: Vec<(Fail, u64)>,
    /// Those that servers refuse as well, part by part, but for the `SELECT` of a database that there is not.
    pub refused: Vec<Refused>,
    /// Which commands had an effect. One that failed had none.
    pub effects: Effects,
    /// How many operations each lane had: records, of which several lanes may have had one.
    pub lanes: Vec<u64>,
    /// Keys that may not be as they were.
    pub doubts: Doubts,
}

impl Report {
    /// The part of all operations that one lane had, if it is more than half although there are others: what commands
    /// connect is one core's work.
    #[must_use]
    pub fn crowded(&self) -> Option<f64> {
        let (all, most) = (self.lanes.iter().sum::<u64>(), self.lanes.iter().max()?);
        (self.lanes.len() > 1 && most * 2 > all).then(|| *most as f64 / all as f64)
    }

    pub(crate) fn fail(&mut self, failure: Failure) {
        self.failed += 1;
        self.opaque += u64::from(failure.why == Fail::Opaque);
        match self.reasons.iter_mut().find(|(reason, _)| *reason == failure.why) {
            Some((_, count)) => *count += 1,
            None => self.reasons.push((failure.why, 1)),
        }
        if failure.why.is_of_servers() && !failure.name.eq_ignore_ascii_case(b"SELECT") {
            self.refuse(&failure);
        }
        if self.failures.len() < LISTED {
            self.failures.push(failure);
        }
    }

    fn refuse(&mut self, failure: &Failure) {
        match self.refused.last_mut().filter(|refused| refused.first.part == failure.part) {
            Some(refused) => refused.count += 1,
            None => self.refused.push(Refused { count: 1, first: failure.clone() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_that_has_more_than_half_of_the_work_is_told_unless_it_is_alone() {
        let of = |lanes: &[u64]| Report { lanes: lanes.to_vec(), ..Report::default() }.crowded();
        assert_eq!(of(&[3, 0, 1]), Some(0.75));
        assert_eq!((of(&[2, 1, 1]), of(&[4]), of(&[0, 0]), of(&[])), (None, None, None, None));
    }
}
