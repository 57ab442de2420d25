//! Lets contestants run in turns, so that noise of the machine meets each of them.

use std::fmt::Display;

use super::figures::{median, ratio, seconds};
use super::table::Cell;

/// One run: the seconds that it took, or why it does not count.
pub(super) type Run<'a> = Box<dyn FnMut() -> Result<f64, String> + 'a>;

/// Somebody who runs in every round, or in the first few.
pub(super) struct Contestant<'a> {
    rounds: usize,
    run: Run<'a>,
}

impl<'a> Contestant<'a> {
    /// Runs in the first `rounds` rounds. `run` measures itself.
    pub(super) fn new<E: Display>(
        rounds: usize,
        mut run: impl FnMut() -> Result<f64, E> + 'a,
    ) -> Self {
        Self { rounds, run: Box::new(move || run().map_err(|error| error.to_string())) }
    }
}

/// What came of a contestant: the seconds of all its runs, or why one of them failed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mark(pub(super) Result<Vec<f64>, String>);

impl Mark {
    /// The median of all runs in seconds; `None` if one failed, for a failure is never fast.
    pub(super) fn seconds(&self) -> Option<f64> {
        self.0.as_ref().ok().and_then(|runs| median(runs))
    }

    /// How many times as long as `other` this one takes; `None` if one of them failed.
    pub(super) fn by(&self, other: &Self) -> Option<f64> {
        ratio(self.seconds()?, other.seconds()?)
    }

    /// The median, or why there is none.
    pub(super) fn cell(&self) -> Cell {
        match &self.0 {
            Ok(_) => Cell::of(self.seconds(), seconds),
            Err(problem) => Cell::new(format!("failed: {problem}")),
        }
    }
}

/// Runs them all, round by round. Whoever fails once does not run again.
pub(super) fn race(mut contestants: Vec<Contestant<'_>>) -> Vec<Mark> {
    let mut marks = vec![Mark(Ok(Vec::new())); contestants.len()];
    let rounds = contestants.iter().map(|one| one.rounds).max().unwrap_or_default();
    for round in 0..rounds {
        for (one, mark) in contestants.iter_mut().zip(&mut marks) {
            let Ok(runs) = &mut mark.0 else { continue };
            if round >= one.rounds {
                continue;
            }
            match (one.run)() {
                Ok(seconds) => runs.push(seconds),
                Err(problem) => mark.0 = Err(problem),
            }
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn contestants_take_turns_and_stop_after_their_rounds() {
        let order = RefCell::new(String::new());
        let runner = |name: char, rounds| {
            let order = &order;
            Contestant::new(rounds, move || {
                order.borrow_mut().push(name);
                Ok::<_, String>(1.0)
            })
        };
        let marks = race(vec![runner('a', 3), runner('b', 1), runner('c', 3)]);
        assert_eq!(*order.borrow(), "abcacac");
        assert_eq!(marks[2].0.as_ref().map(Vec::len), Ok(3));
    }

    #[test]
    fn one_failure_fails_the_contestant_and_ends_its_runs() {
        let mut runs = 0;
        let marks = race(vec![Contestant::new(5, || {
            runs += 1;
            if runs == 2 { Err("exit 1") } else { Ok(0.001) }
        })]);
        assert_eq!(marks[0], Mark(Err("exit 1".to_owned())));
        assert_eq!(marks[0].seconds(), None);
        assert_eq!(runs, 2);
    }

    #[test]
    fn a_failed_mark_has_no_ratio_and_its_cell_says_why() {
        let (good, twice) = (Mark(Ok(vec![2.0])), Mark(Ok(vec![3.0, 4.0, 5.0])));
        let failed = Mark(Err("exit status: 1".to_owned()));
        assert_eq!((twice.by(&good), good.by(&failed), failed.by(&good)), (Some(2.0), None, None));
        assert_eq!(good.cell(), Cell::new("2.00"));
        assert_eq!(failed.cell(), Cell::new("failed: exit status: 1"));
    }
}
