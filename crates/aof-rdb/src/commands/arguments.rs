//! Commands as clients send them: arrays of strings with their lengths.

use crate::text::Str;

/// Appends one command.
pub(crate) fn command(out: &mut Vec<u8>, arguments: &[&[u8]]) {
    head(out, b'*', arguments.len());
    for argument in arguments {
        bulk(out, argument);
    }
}

/// Appends one argument behind the head of its command.
#[inline]
pub(crate) fn bulk(out: &mut Vec<u8>, text: &[u8]) {
    out.reserve(text.len() + 16);
    head(out, b'$', text.len());
    out.extend_from_slice(text);
    out.extend_from_slice(b"\r\n");
}

/// Appends the head of a command of so many arguments, or that of an argument of so many bytes.
#[inline]
pub(crate) fn head(out: &mut Vec<u8>, kind: u8, count: usize) {
    // Most are that short, and one copy is cheaper than three.
    let digit = |number: usize| b'0' + (number % 10) as u8;
    match count {
        0..10 => out.extend_from_slice(&[kind, digit(count), b'\r', b'\n']),
        10..100 => out.extend_from_slice(&[kind, digit(count / 10), digit(count), b'\r', b'\n']),
        _ => {
            out.push(kind);
            out.extend_from_slice(itoa::Buffer::new().format(count).as_bytes());
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// Shows a number as servers read it: the shortest digits that give it back.
pub(crate) fn number(number: f64, mut see: impl FnMut(&[u8])) {
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
    /// Where the command begins that is being written, and where its arguments do: how many they are is not known
    /// before the last one, so its head is written again then.
    start: usize,
    first: usize,
    items: usize,
    arguments: usize,
}

impl<'a> Batch<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>, name: &'a [u8], key: &'a [u8], most: usize) -> Self {
        Self { out, name, key, most, start: 0, first: 0, items: 0, arguments: 0 }
    }

    #[inline]
    pub(super) fn item(&mut self, arguments: &[Str<'_>]) {
        if self.items == 0 {
            self.begin();
        }
        let mut digits = itoa::Buffer::new();
        for argument in arguments {
            bulk(self.out, argument.text(&mut digits));
        }
        self.items += 1;
        self.arguments += arguments.len();
        if self.items == self.most {
            self.finish();
        }
    }

    /// Guesses that there will be as many arguments as in the command before, or else some ten.
    fn begin(&mut self) {
        self.start = self.out.len();
        head(self.out, b'*', self.arguments.max(10));
        self.first = self.out.len();
        self.arguments = 2;
        bulk(self.out, self.name);
        bulk(self.out, self.key);
    }

    /// Ends the command that is being written.
    pub(super) fn finish(&mut self) {
        if self.items == 0 {
            return;
        }
        let end = self.out.len();
        head(self.out, b'*', self.arguments);
        if self.out.len() - end == self.first - self.start {
            self.out.copy_within(end.., self.start);
            self.out.truncate(end);
        } else {
            let right = self.out.split_off(end);
            self.out.splice(self.start..self.first, right);
        }
        self.items = 0;
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

    #[test]
    fn a_command_has_the_right_head_whatever_the_number_of_its_arguments() {
        for items in [1, 7, 8, 9, 60, 97, 98, 99, 130, 998, 1500] {
            let mut out = b"before".to_vec();
            let mut batch = Batch::new(&mut out, b"SADD", b"k", 998);
            (0..items).for_each(|number| batch.item(&[Str::Int(number)]));
            batch.finish();
            let mut expected = b"before".to_vec();
            let numbers: Vec<String> = (0..items).map(|number| number.to_string()).collect();
            for numbers in numbers.chunks(998) {
                let words = ["SADD", "k"].into_iter().chain(numbers.iter().map(String::as_str));
                command(&mut expected, &words.map(str::as_bytes).collect::<Vec<_>>());
            }
            assert!(out == expected, "{items} items");
        }
    }
}
