//! How forgiving the reader of a record is.
//!
//! Servers write strict frames. Their loader accepts more, and copies made in text mode come out in two
//! shapes that nobody accepts but that can be read without doubt. All rows of the tests below were run
//! against servers; the tables stand in `docs/formats.md`, "What loaders accept".

use std::borrow::Cow;

use nom::{Err, IResult, Needed};

use crate::{Fault, FaultKind, Head, MAX_ARGC, MAX_BULK, frame};

/// A reading of records more forgiving than the strict one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grammar {
    /// What a server's loader swallows: blanks, `+`, leading zeros and trailing junk in numbers, headers that end
    /// in a bare LF, any two bytes in place of the CRLF behind a payload. `redis-check-aof` refuses all but the
    /// sign and the zeros.
    Loader,
    /// Line ends that lost their CR (or kept it).
    LineFeed,
    /// A text-mode copy that put a CR before every LF: payloads are longer than their lengths say.
    AddedCr,
}

impl Grammar {
    /// Reads one record and returns its first two arguments.
    ///
    /// For [`AddedCr`](Self::AddedCr) arguments are shown as they stand, added CRs included.
    ///
    /// # Errors
    /// `Incomplete` where the input ends before the record does, otherwise a [`Fault`].
    pub fn frame<'a>(self, input: &'a [u8]) -> IResult<&'a [u8], Head<'a>, Fault> {
        let mut head = Head::default();
        let (rest, argc) = self.frame_with(input, |index, payload| match index {
            0 => head.name = payload,
            1 => head.second = payload,
            _ => {}
        })?;
        Ok((rest, Head { argc, ..head }))
    }

    /// Reads one record, shows each argument to `visit`, and returns their number.
    ///
    /// # Errors
    /// As [`frame`](Self::frame).
    pub fn frame_with<'a>(
        self,
        input: &'a [u8],
        mut visit: impl FnMut(u32, &'a [u8]),
    ) -> IResult<&'a [u8], u32, Fault> {
        let (mut rest, argc) = self.header(input, b'*', FaultKind::Star)?;
        let argc = u32::try_from(argc).ok().filter(|&n| n > 0 && u64::from(n) <= MAX_ARGC);
        let argc = argc.ok_or(Err::Error(Fault::at(input, FaultKind::NoArguments)))?;
        for index in 0..argc {
            let payload;
            (rest, payload) = self.argument(rest)?;
            visit(index, payload);
        }
        Ok((rest, argc))
    }

    /// An argument as it was before the copy, which [`frame_with`](Self::frame_with) shows as it stands.
    pub fn original(self, argument: &[u8]) -> Cow<'_, [u8]> {
        if self != Self::AddedCr || !argument.contains(&b'\n') {
            return Cow::Borrowed(argument);
        }
        let is_added = |at: &usize| argument[*at..].starts_with(b"\r\n");
        let kept = (0..argument.len()).filter(|at| !is_added(at)).map(|at| argument[at]);
        Cow::Owned(kept.collect())
    }

    /// Whether strict frames and these can follow each other without doubt: what stands at the start of
    /// `rest` must be the end of the log, a strict record, a clock line, or one more record of this grammar.
    pub fn may_precede(self, rest: &[u8]) -> bool {
        rest.is_empty()
            || rest.starts_with(b"#TS:")
            || !matches!(frame(rest), Err(Err::Error(_)))
            || !matches!(self.frame(rest), Err(Err::Error(_)))
    }

    fn header(self, input: &[u8], marker: u8, missing: FaultKind) -> IResult<&[u8], u64, Fault> {
        let Some((first, line)) = input.split_first() else {
            return Err(Err::Incomplete(Needed::new(4)));
        };
        if *first != marker {
            return Err(Err::Error(Fault::at(input, missing)));
        }
        let Some(end) = memchr::memchr(b'\n', &line[..line.len().min(1023)]) else {
            return if line.len() < 1023 {
                Err(Err::Incomplete(Needed::new(1)))
            } else {
                Err(Err::Error(Fault::at(line, FaultKind::HeaderEnd)))
            };
        };
        let (text, rest) = (&line[..end], &line[end + 1..]);
        let number = match self {
            Self::Loader => leading_number(text),
            Self::LineFeed => whole_number(text.strip_suffix(b"\r").unwrap_or(text)),
            Self::AddedCr => whole_number(
                text.strip_suffix(b"\r\r").or(text.strip_suffix(b"\r")).unwrap_or(b"x"),
            ),
        };
        let number = number.filter(|&n| n <= MAX_BULK);
        number.map(|n| (rest, n)).ok_or(Err::Error(Fault::at(line, FaultKind::Number)))
    }

    fn argument(self, input: &[u8]) -> IResult<&[u8], &[u8], Fault> {
        let (rest, length) = self.header(input, b'$', FaultKind::Dollar)?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let stored = match self {
            Self::AddedCr => stored_length(rest, length),
            _ => (length <= rest.len()).then_some(length),
        };
        let Some(stored) = stored else {
            return Err(Err::Incomplete(Needed::new(length.saturating_sub(rest.len()).max(1))));
        };
        let (payload, rest) = rest.split_at(stored);
        let is_odd = match self {
            Self::Loader | Self::LineFeed => !rest.starts_with(b"\r\n"),
            Self::AddedCr => stored > length,
        };
        if is_odd && shows_header(payload) {
            return Err(Err::Error(Fault::at(rest, FaultKind::PayloadEnd)));
        }
        self.payload_end(rest).map(|(rest, ())| (rest, payload))
    }

    fn payload_end(self, rest: &[u8]) -> IResult<&[u8], (), Fault> {
        match (self, rest) {
            (Self::Loader, [_, _, rest @ ..])
            | (Self::LineFeed, [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..])
            | (Self::AddedCr, [b'\r', b'\r', b'\n', rest @ ..] | [b'\r', b'\n', rest @ ..]) => {
                Ok((rest, ()))
            }
            (Self::Loader, [] | [_])
            | (Self::LineFeed, [] | [b'\r'])
            | (Self::AddedCr, [] | [b'\r'] | [b'\r', b'\r']) => {
                Err(Err::Incomplete(Needed::new(1)))
            }
            _ => Err(Err::Error(Fault::at(rest, FaultKind::PayloadEnd))),
        }
    }
}

/// Digits and nothing else.
fn whole_number(text: &[u8]) -> Option<u64> {
    let strict = !text.is_empty() && (text.len() == 1 || text[0] != b'0');
    (strict && text.iter().all(u8::is_ascii_digit)).then(|| leading_number(text)).flatten()
}

/// C's `atoi`: blanks, a sign, digits, anything. Negative numbers are none: they crash the loader.
fn leading_number(text: &[u8]) -> Option<u64> {
    let text = text.trim_ascii_start();
    let text = text.strip_prefix(b"+").unwrap_or(text);
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&text[..digits]).ok()?.parse().ok()
}

/// Whether a record or an argument seems to begin inside a payload: then its length is wrong in another way.
fn shows_header(payload: &[u8]) -> bool {
    payload.windows(4).any(|bytes| matches!(bytes, [b'\r', b'\n', b'*' | b'$', b'0'..=b'9']))
}

/// How many stored bytes hold `length` original ones when every LF got a CR put before it.
fn stored_length(stored: &[u8], length: usize) -> Option<usize> {
    if length > stored.len() {
        return None;
    }
    let end = (0..length)
        .fold(0, |at, _| at + if stored.get(at..at + 2) == Some(b"\r\n") { 2 } else { 1 });
    (end <= stored.len()).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(grammar: Grammar, input: &[u8], name: &[u8]) {
        let (rest, head) = grammar.frame(input).expect("the grammar reads this record");
        assert_eq!((head.name, rest), (name, &b""[..]));
        assert!(frame(input).is_err(), "the strict grammar must not read it");
    }

    #[test]
    fn the_loader_swallows_what_no_server_writes() {
        for input in [
            &b"*03abc\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n"[..],
            b"*3 \r\n$3x\r\nSETXX$1\r\nk\r\n$1\r\nv\r\n",
            b"*+3\r\n$03\r\nSET\r\n$ 1\r\nk\r\n$1\nv\r\n",
        ] {
            reads(Grammar::Loader, input, b"SET");
        }
    }

    #[test]
    fn line_feeds_alone_end_the_lines_of_a_text_mode_copy() {
        reads(Grammar::LineFeed, b"*2\n$4\nINCR\n$1\nn\n", b"INCR");
    }

    #[test]
    fn added_carriage_returns_make_payloads_longer_than_their_length() {
        reads(Grammar::AddedCr, b"*2\r\n$4\r\nINCR\r\n$3\r\na\r\nb\r\n", b"INCR");
        reads(Grammar::AddedCr, b"*2\r\r\n$4\r\r\nINCR\r\r\n$1\r\r\nn\r\r\n", b"INCR");
    }

    #[test]
    fn an_added_carriage_return_is_taken_out_and_one_that_was_there_stays() {
        let grammar = Grammar::AddedCr;
        assert_eq!(&*grammar.original(b"a\r\nb"), b"a\nb");
        assert_eq!(&*grammar.original(b"\r\r\n\r\n\r"), b"\r\n\n\r");
        assert_eq!(&*Grammar::LineFeed.original(b"a\r\nb"), b"a\r\nb");
    }

    #[test]
    fn negative_and_huge_lengths_are_never_read() {
        for input in
            [&b"*1\r\n$-1\r\n"[..], b"*0\r\n", b"*-1\r\n", b"*1\r\n$99999999999999999999\r\n"]
        {
            assert!(matches!(Grammar::Loader.frame(input), Err(Err::Error(_))), "{input:?}");
        }
    }
}
