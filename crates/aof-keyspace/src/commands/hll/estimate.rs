//! How many elements there were: Ertl's estimator, "New cardinality estimation algorithms for HyperLogLog sketches",
//! computed in the order in which servers compute it, since the last bit matters.

use super::{REGISTERS, STALE};

/// The longest run that can be told from the end of the hash.
const LONGEST: usize = 50;

/// 1 / (2 ln 2).
const ALPHA: f64 = 0.721_347_520_444_481_7;

pub(super) fn estimate(registers: &[u8]) -> u64 {
    let mut counts = [0_u32; 256];
    registers.iter().for_each(|register| counts[usize::from(*register)] += 1);
    let all = REGISTERS as f64;
    let mut sum = all * tau((all - f64::from(counts[LONGEST + 1])) / all);
    for count in counts[1..=LONGEST].iter().rev() {
        sum = (sum + f64::from(*count)) * 0.5;
    }
    sum += all * sigma(f64::from(counts[0]) / all);
    let estimate = (ALPHA * all * all / sum).round();
    // Registers that no element sets add up to 0: what servers make of the infinity is a number that is out of date.
    if estimate.is_finite() { estimate as u64 } else { u64::from(STALE) << 56 }
}

fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut sum) = (1.0, x);
    loop {
        x *= x;
        let before = sum;
        sum += x * y;
        y += y;
        if sum == before {
            return sum;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut sum) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = sum;
        y *= 0.5;
        sum -= (1.0 - x) * (1.0 - x) * y;
        if sum == before {
            return sum / 3.0;
        }
    }
}
