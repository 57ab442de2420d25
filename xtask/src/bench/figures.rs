//! The arithmetic of the tables: medians, ratios, goals, and how they are written.

/// The value in the middle; of an even number of values, the mean of the two in the middle.
pub(super) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

/// The smallest value.
pub(super) fn best(values: &[f64]) -> Option<f64> {
    values.iter().copied().min_by(f64::total_cmp)
}

/// How far the values lie apart, as a share of their median: 0.1 is 10 %.
pub(super) fn spread(values: &[f64]) -> Option<f64> {
    let most = values.iter().copied().max_by(f64::total_cmp)?;
    ratio(most - best(values)?, median(values)?)
}

/// `a` / `b`, if that is a number.
pub(super) fn ratio(a: f64, b: f64) -> Option<f64> {
    Some(a / b).filter(|ratio| ratio.is_finite())
}

/// What a figure should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Goal {
    /// As much as this, or more.
    AtLeast(f64),
    /// As much as this, or less.
    AtMost(f64),
}

impl Goal {
    pub(super) fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(limit) => value >= limit,
            Self::AtMost(limit) => value <= limit,
        }
    }

    /// The goal and whether `value` reaches it: `≥ 40: met`.
    pub(super) fn verdict(self, value: f64) -> String {
        let (sign, limit) = match self {
            Self::AtLeast(limit) => ("≥", limit),
            Self::AtMost(limit) => ("≤", limit),
        };
        format!("{sign} {limit}: {}", word(self.is_met(value)))
    }
}

/// Whether a goal is reached.
pub(super) fn word(is_met: bool) -> &'static str {
    if is_met { "met" } else { "missed" }
}

/// Seconds with three to four digits that mean something.
pub(super) fn seconds(value: f64) -> String {
    match value {
        ..1.0 => format!("{value:.4}"),
        _ => format!("{value:.2}"),
    }
}

/// A factor: `1.52×`, `41.3×`.
pub(super) fn times(value: f64) -> String {
    match value {
        ..10.0 => format!("{value:.2}×"),
        _ => format!("{value:.1}×"),
    }
}

/// A count in groups of three digits.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_whatever_the_order() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 9.0, 2.0]), Some(3.0));
    }

    #[test]
    fn the_best_is_the_smallest_and_the_spread_a_share_of_the_median() {
        assert_eq!(best(&[2.0, 1.0, 4.0]), Some(1.0));
        assert_eq!(spread(&[2.0, 1.0, 4.0]), Some(1.5));
        assert_eq!((best(&[]), spread(&[])), (None, None));
    }

    #[test]
    fn a_ratio_by_nothing_is_no_ratio() {
        assert_eq!(ratio(3.0, 2.0), Some(1.5));
        assert_eq!(ratio(3.0, 0.0), None);
        assert_eq!(ratio(0.0, 0.0), None);
    }

    #[test]
    fn a_goal_is_met_at_its_limit() {
        assert!(Goal::AtLeast(40.0).is_met(40.0) && !Goal::AtLeast(40.0).is_met(39.9));
        assert!(Goal::AtMost(2.5).is_met(2.5) && !Goal::AtMost(2.5).is_met(2.6));
        assert_eq!(Goal::AtLeast(40.0).verdict(41.0), "≥ 40: met");
        assert_eq!(Goal::AtMost(2.5).verdict(3.0), "≤ 2.5: missed");
    }

    #[test]
    fn figures_are_written_with_the_digits_that_matter() {
        assert_eq!((seconds(0.07), seconds(3.987)), ("0.0700".into(), "3.99".into()));
        assert_eq!((times(1.516), times(41.26)), ("1.52×".into(), "41.3×".into()));
        assert_eq!((grouped(999), grouped(5_317_204)), ("999".into(), "5,317,204".into()));
    }
}
