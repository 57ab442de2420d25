//! Natural numbers of any length, as far as reading and printing other numbers needs them.

use std::cmp::Ordering;

/// Its digits of 32 bits, the lowest first, without zeros at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Big(Vec<u32>);

impl Big {
    pub(super) fn new(mut number: u128) -> Self {
        let mut digits = Vec::new();
        while number != 0 {
            digits.push(number as u32);
            number >>= 32;
        }
        Self(digits)
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// How many bits it has.
    pub(super) fn bits(&self) -> i64 {
        let top = self.0.last().map_or(0, |top| top.leading_zeros());
        self.0.len() as i64 * 32 - i64::from(top)
    }

    /// Becomes itself times `factor`, and `more`.
    pub(super) fn scale(&mut self, factor: u32, more: u32) {
        let mut carry = u64::from(more);
        for digit in &mut self.0 {
            carry += u64::from(*digit) * u64::from(factor);
            *digit = carry as u32;
            carry >>= 32;
        }
        if carry != 0 {
            self.0.push(carry as u32);
        }
    }

    /// Becomes itself times 10 to this power.
    pub(super) fn scale_by_ten(&mut self, power: u32) {
        for _ in 0..power / 9 {
            self.scale(1_000_000_000, 0);
        }
        self.scale(10u32.pow(power % 9), 0);
    }

    /// Becomes itself times 2 to this power.
    pub(super) fn scale_by_two(&mut self, power: usize) {
        if !self.is_zero() {
            self.scale(1 << (power % 32), 0);
            self.0.splice(0..0, std::iter::repeat_n(0, power / 32));
        }
    }

    /// Loses as much as it has of `other`, which is not more.
    pub(super) fn subtract(&mut self, other: &Self) {
        let mut borrow = 0;
        for (place, digit) in self.0.iter_mut().enumerate() {
            let take = u64::from(other.0.get(place).copied().unwrap_or(0)) + borrow;
            borrow = u64::from(u64::from(*digit) < take);
            *digit = ((borrow << 32) + u64::from(*digit) - take) as u32;
        }
        self.trim();
    }

    /// Becomes its quotient; the remainder.
    fn divide(&mut self, by: u32) -> u32 {
        let mut rest = 0;
        for digit in self.0.iter_mut().rev() {
            let number = rest << 32 | u64::from(*digit);
            *digit = (number / u64::from(by)) as u32;
            rest = number % u64::from(by);
        }
        self.trim();
        rest as u32
    }

    fn trim(&mut self) {
        let length = self.0.iter().rposition(|digit| *digit != 0).map_or(0, |last| last + 1);
        self.0.truncate(length);
    }

    /// Its decimal digits.
    pub(super) fn print(mut self) -> String {
        let mut groups = Vec::new();
        while !self.is_zero() {
            groups.push(self.divide(1_000_000_000));
        }
        let first = groups.pop().unwrap_or(0).to_string();
        groups.iter().rev().fold(first, |text, group| text + &format!("{group:09}"))
    }
}

impl PartialOrd for Big {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Big {
    fn cmp(&self, other: &Self) -> Ordering {
        let (one, two) = (&self.0, &other.0);
        one.len().cmp(&two.len()).then_with(|| one.iter().rev().cmp(two.iter().rev()))
    }
}
