//! Which commands did something, along the log.
//!
//! A server logs a command because it changed something, so that hardly any command of a whole log does nothing. Where
//! records are missing, those behind the gap that build on them do nothing: fields that are deleted are not there, lists
//! that are popped from are empty.

/// Windows that are kept; when there are more, each two become one.
const MOST: usize = 4096;

/// Commands without an effect are expected no less often than once in so many commands.
const LEAST_EXPECTED: f64 = 1.0 / 2000.0;

/// In a stretch that counts as a rise, they are so many times as frequent as elsewhere.
const TIMES: f64 = 10.0;

/// A rise has at least so many of them.
const LEAST: u64 = 10;

/// How much more likely a rise must be than chance, as the logarithm of the ratio: one in half a thousand million.
const EVIDENCE: f64 = 20.0;

/// Commands, and how many of them had no effect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rate {
    /// Commands without an effect.
    pub idle: u64,
    /// All commands.
    pub commands: u64,
}

impl Rate {
    /// The share of commands without an effect.
    #[must_use]
    pub fn share(self) -> f64 {
        if self.commands == 0 { 0.0 } else { self.idle as f64 / self.commands as f64 }
    }

    fn add(&mut self, other: Self) {
        self.idle += other.idle;
        self.commands += other.commands;
    }
}

/// A stretch of the log in which many more commands have no effect than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rise {
    /// The part that it begins in.
    pub part: usize,
    /// The byte where the first command without an effect begins.
    pub offset: u64,
    /// What there is before it.
    pub before: Rate,
    /// What there is from there on, up to where it is as before.
    pub within: Rate,
}

/// Counts of commands with and without an effect, window by window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effects {
    windows: Vec<Window>,
    /// Commands of a whole window.
    size: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Window {
    rate: Rate,
    /// The part and the byte of the first command without an effect.
    first: Option<(usize, u64)>,
}

impl Default for Effects {
    fn default() -> Self {
        Self { windows: Vec::new(), size: 64 }
    }
}

impl Effects {
    /// Counts commands in of which so many had no effect; the first of those begins at this byte.
    pub(crate) fn note(&mut self, part: usize, first: Option<u64>, rate: Rate) {
        if self.windows.last().is_none_or(|last| last.rate.commands >= self.size) {
            self.begin();
        }
        if let Some(last) = self.windows.last_mut() {
            last.rate.add(rate);
            last.first = last.first.or(first.map(|offset| (part, offset)));
        }
    }

    fn begin(&mut self) {
        if self.windows.len() >= MOST {
            self.windows = self.windows.chunks(2).map(joined).collect();
            self.size *= 2;
        }
        self.windows.push(Window::default());
    }

    /// All commands.
    #[must_use]
    pub fn total(&self) -> Rate {
        sum(&self.windows)
    }

    /// Where commands without an effect become frequent, if they do.
    ///
    /// Each window is weighed: for having commands at ten times the usual rate, against having them at the usual one,
    /// which is the median of all windows. The stretch that has the most weight is a rise if its weight is no chance.
    #[must_use]
    pub fn rise(&self) -> Option<Rise> {
        let usual = self.usual();
        let raised = (usual * TIMES).min(0.9);
        let for_idle = (raised / usual).ln();
        let for_other = ((1.0 - raised) / (1.0 - usual)).ln();
        let weight = |window: &Window| {
            let Rate { idle, commands } = window.rate;
            idle as f64 * for_idle + (commands - idle) as f64 * for_other
        };
        let (stretch, weight) = heaviest(self.windows.iter().map(weight))?;
        let within = sum(&self.windows[stretch.clone()]);
        let (part, offset) = self.windows[stretch.clone()].iter().find_map(|it| it.first)?;
        let before = sum(&self.windows[..stretch.start]);
        let is_rise = weight >= EVIDENCE && within.idle >= LEAST;
        is_rise.then_some(Rise { part, offset, before, within })
    }

    /// The share of commands without an effect in the middle window of all.
    fn usual(&self) -> f64 {
        let mut shares: Vec<f64> = self.windows.iter().map(|window| window.rate.share()).collect();
        shares.sort_by(f64::total_cmp);
        let middle = shares.get(shares.len() / 2).copied().unwrap_or_default();
        middle.clamp(LEAST_EXPECTED, 0.5)
    }
}

fn sum(windows: &[Window]) -> Rate {
    windows.iter().fold(Rate::default(), |mut all, window| {
        all.add(window.rate);
        all
    })
}

fn joined(pair: &[Window]) -> Window {
    Window { rate: sum(pair), first: pair.iter().find_map(|window| window.first) }
}

/// The stretch with the largest sum, and the sum.
fn heaviest(weights: impl Iterator<Item = f64>) -> Option<(std::ops::Range<usize>, f64)> {
    let (mut best, mut start, mut sum) = (None, 0, 0.0);
    for (at, weight) in weights.enumerate() {
        if sum <= 0.0 {
            (start, sum) = (at, 0.0);
        }
        sum += weight;
        if best.as_ref().is_none_or(|(_, most)| sum > *most) {
            best = Some((start..at + 1, sum));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Commands at 10 bytes each; whether the nth has no effect.
    fn effects(commands: u64, is_idle: impl Fn(u64) -> bool) -> Effects {
        let mut effects = Effects::default();
        for n in 0..commands {
            let rate = Rate { idle: u64::from(is_idle(n)), commands: 1 };
            effects.note(0, is_idle(n).then_some(n * 10), rate);
        }
        effects
    }

    #[test]
    fn a_log_with_few_or_evenly_spread_commands_without_effect_has_no_rise() {
        assert_eq!(effects(100_000, |_| false).rise(), None);
        assert_eq!(effects(100_000, |n| n % 5000 == 17).rise(), None);
        assert_eq!(effects(100_000, |n| n % 10 == 3).rise(), None);
        assert_eq!(effects(50, |n| n < 9).rise(), None, "too few to say anything");
        assert_eq!(Effects::default().rise(), None);
    }

    #[test]
    fn a_rise_is_placed_at_its_first_command_without_effect() {
        for commands in [2_000, 100_000, 1_000_000] {
            let gap = commands / 3;
            let found = effects(commands, |n| n >= gap && n < gap + 200 && n % 5 == 0);
            let rise = found.rise().expect("there is one");
            assert_eq!(rise.offset / 10, gap.next_multiple_of(5), "{commands}");
            assert_eq!((rise.before.idle, rise.within.idle), (0, 40), "{commands}");
        }
    }

    #[test]
    fn a_rise_stands_out_among_commands_without_effect_that_are_usual() {
        let found =
            effects(100_000, |n| n % 50 == 0 || (70_000..72_000).contains(&n) && n % 3 == 0);
        let rise = found.rise().expect("there is one");
        assert!((69_950..70_100).contains(&(rise.offset / 10)), "{rise:?}");
    }

    #[test]
    fn a_log_that_begins_without_what_it_builds_on_has_its_rise_at_the_beginning() {
        let rise = effects(5_000, |n| n < 300 && n % 2 == 0).rise().expect("there is one");
        assert_eq!((rise.offset, rise.before), (0, Rate::default()));
    }

    #[test]
    fn windows_are_joined_and_nothing_is_lost() {
        let found = effects(1_000_000, |n| n % 1000 == 0);
        assert!(found.windows.len() <= MOST);
        assert_eq!(found.total(), Rate { idle: 1000, commands: 1_000_000 });
    }
}
