//! Commands as clients send them: arrays of strings with their lengths.

use crate::text::Str;

/// Appends one command.
pub(super) fn command(out: &mut Vec<u8>, arguments: &[&[u8]]) {
    head(out, b'*', arguments.len());
    for argument in arguments {
        bulk(out, argument);
    }
}

fn bulk(out: &mut Vec<u8>, text: &[u8]) {
    head(out, b'$', text.len());
    out.extend_from_slice(text);
    out.extend_from_slice(b"\r\n");
}

fn head(out: &mut Vec<u8>, kind: u8, count: usize) {
    out.push(kind);
    out.extend_from_slice(itoa::Buffer::new().format(count).as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// Shows a number as servers read it: the shortest digits that give it back.
pub(super) fn number(number: f64, mut see: impl FnMut(&[u8])) {
    const EXACT: f64 = 9e15;
    if number.is_infinite() {
        see(if number > 0.0 { b"inf" } else { b"-inf" });
    } else if number.trunc() == number && number.abs() < EXACT && !is_negative_zero(number) {
        see(itoa::Buffer::new().format(number as i64).as_bytes());
    } else {
        see(zmij::Buffer::new().format(number).as_bytes());
    }
}

fn is_negative_zero(number: f64) -> bool {
    number == 0.0 && number.is_sign_negative()
}

/// A command that takes any number of items, as often as there are enough of them.
pub(super) struct Batch<'a> {
    out: &'a mut Vec<u8>,
    name: &'a [u8],
    key: &'a [u8],
    most: usize,
    /// The items that are not yet written, and how many they and their arguments are.
    waiting: Vec<u8>,
    items: usize,
    arguments: usize,
}

impl<'a> Batch<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>, name: &'a [u8], key: &'a [u8], most: usize) -> Self {
        Self { out, name, key, most, waiting: Vec::new(), items: 0, arguments: 0 }
    }

    pub(super) fn item(&mut self, arguments: &[Str<'_>]) {
        let mut digits = itoa::Buffer::new();
        for argument in arguments {
            bulk(&mut self.waiting, argument.text(&mut digits));
        }
        self.items += 1;
        self.arguments += arguments.len();
        if self.items == self.most {
            self.finish();
        }
    }

    /// Writes what is waiting.
    pub(super) fn finish(&mut self) {
        if self.items > 0 {
            head(self.out, b'*', 2 + self.arguments);
            bulk(self.out, self.name);
            bulk(self.out, self.key);
            self.out.append(&mut self.waiting);
            (self.items, self.arguments) = (0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_in_their_shortest_form() {
        let text = |value| {
            let mut found = String::new();
            number(value, |text| found = String::from_utf8(text.to_vec()).unwrap());
            found
        };
        for (value, expected) in [
            (0.0, "0"),
            (-7.0, "-7"),
            (2.5, "2.5"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(text(value), expected);
        }
        for value in [0.1, -0.0, 1e300, f64::MIN_POSITIVE, 9_007_199_254_740_993.0, 1.0 / 3.0] {
            assert_eq!(text(value).parse::<f64>().unwrap().to_bits(), value.to_bits());
        }
    }

    #[test]
    fn items_are_spread_over_commands() {
        let mut out = Vec::new();
        let mut batch = Batch::new(&mut out, b"RPUSH", b"k", 2);
        for number in [1, 2, 3] {
            batch.item(&[Str::Int(number)]);
        }
        batch.finish();
        let head = "$5\r\nRPUSH\r\n$1\r\nk\r\n";
        let expected = format!("*4\r\n{head}$1\r\n1\r\n$1\r\n2\r\n*3\r\n{head}$1\r\n3\r\n");
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
