//! A checker's reading of one part, step by step as redis-check-aof 7.0 does it.
//!
//! It is neither our grammar nor the loader's: a checker takes `*0`, blanks in front of a number and annotations
//! without an end, and insists on CR and LF where a loader looks away. It reads numbers as C's `strtol` does, from
//! lines that C's `fgets` cuts at 127 bytes, and takes words for what stands in them before a NUL.

use aof_source::{Feed, ReadError};

/// How a part is called in what is said about it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names<'a> {
    /// The name in its folder.
    pub(super) file: &'a str,
    /// The path as it was opened.
    pub(super) path: &'a str,
    /// `AOF`, `BASE AOF` or `INCR AOF`.
    pub(super) role: &'a str,
}

/// What a reading comes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// What stopped it, in the checker's words; nothing is said of an end behind a record's header.
    pub(super) stop: Option<String>,
    /// The last place where no transaction was open.
    pub(super) ok_up_to: u64,
    /// Lines of the protocol that ended in CRLF.
    pub(super) lines: u64,
}

/// Bytes that `fgets` takes of a line with a number, and of an annotation.
const NUMBER: usize = 127;
const ANNOTATION: usize = 1023;

/// Reads a part of `len` bytes, whose records begin at `from`.
///
/// # Errors
/// The storage failed.
pub(super) fn read<F: Feed>(
    feed: &mut F,
    len: u64,
    from: u64,
    names: &Names,
) -> Result<Reading, ReadError> {
    let mut reader = Reader { feed, len, at: from, lines: 0, step: from, open: 0 };
    let mut ok_up_to = from;
    let stop = loop {
        if reader.open == 0 {
            ok_up_to = reader.at;
        }
        match reader.next() {
            Ok(()) => {}
            Err(stop) => break stop,
        }
    };
    let stop = match stop {
        Stop::Read(error) => return Err(error),
        Stop::End if reader.open == 0 => None,
        Stop::End => Some(reader.error("Reached EOF before reading EXEC for MULTI")),
        Stop::Format => Some(format!("AOF {} format error", names.file)),
        Stop::Said(text) => Some(reader.error(&text)),
        Stop::Word(word) => Some(reader.error(&format!("Unexpected {word} in AOF {}", names.path))),
    };
    Ok(Reading { stop, ok_up_to, lines: reader.lines })
}

/// How many bytes the line has that these begin with, its end included; all of them if it has no end here.
pub(super) fn line_len(bytes: &[u8]) -> usize {
    bytes.iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |end| end + 1)
}

/// Why the reading stops.
enum Stop {
    /// Nothing is left.
    End,
    /// Neither a record nor an annotation begins here.
    Format,
    /// Something else than a checker expects.
    Said(String),
    /// A `MULTI` or `EXEC` in the wrong place.
    Word(&'static str),
    Read(ReadError),
}

struct Reader<'a, F> {
    feed: &'a mut F,
    len: u64,
    at: u64,
    lines: u64,
    /// Where the last step began.
    step: u64,
    /// How many transactions are open.
    open: u32,
}

impl<F: Feed> Reader<'_, F> {
    /// Passes over an annotation or a record.
    fn next(&mut self) -> Result<(), Stop> {
        match self.window(1)?.first() {
            None => Err(Stop::End),
            Some(b'#') => {
                self.step = self.at;
                self.line(ANNOTATION)?;
                Ok(())
            }
            Some(b'*') => self.record(),
            Some(_) => Err(Stop::Format),
        }
    }

    fn record(&mut self) -> Result<(), Stop> {
        let count = self.number(b'*')?;
        for index in 0..count {
            let word = self.argument(index == 0)?;
            match (word, self.open) {
                (None, _) => {}
                (Some("MULTI"), 0) => self.open = 1,
                (Some("EXEC"), 1) => self.open = 0,
                (Some(word), _) => return Err(Stop::Word(word)),
            }
        }
        Ok(())
    }

    /// Passes over an argument; `MULTI` or `EXEC` if it is the first and one of them.
    fn argument(&mut self, is_first: bool) -> Result<Option<&'static str>, Stop> {
        let length = self.number(b'$')?;
        let claimed = match u64::try_from(length) {
            Ok(length) if i64::MAX - 2 >= length as i64 => length + 2,
            _ => {
                return Err(Stop::Said(format!(
                    "Expected to read string of {length} bytes, which is not in the suitable range"
                )));
            }
        };
        self.step = self.at;
        let left = self.len.saturating_sub(self.at);
        if left < claimed {
            let text = format!("Expected to read {claimed} bytes, got {left} bytes");
            self.at = self.len;
            return Err(Stop::Said(text));
        }
        let word = if is_first { self.word(claimed - 2)? } else { None };
        self.at += claimed - 2;
        let end = self.window(2)?;
        let end = [end.first(), end.get(1)].map(|byte| byte.copied().unwrap_or(0));
        self.line_end(end)?;
        self.at += 2;
        Ok(word)
    }

    fn word(&mut self, length: u64) -> Result<Option<&'static str>, Stop> {
        let window = self.window(6)?;
        let payload = &window[..window.len().min(6).min(length as usize)];
        let text = payload.split(|&byte| byte == 0).next().unwrap_or_default();
        let words = ["MULTI", "EXEC"].into_iter();
        Ok(words.into_iter().find(|word| text.eq_ignore_ascii_case(word.as_bytes())))
    }

    /// Reads a line with a number behind a sign of one byte.
    fn number(&mut self, sign: u8) -> Result<i64, Stop> {
        self.step = self.at;
        let line = self.line(NUMBER)?;
        if line[0] != sign {
            let sign = char::from(sign);
            let found = match line[0] {
                // The checker's own text ends at a NUL.
                0 => String::new(),
                byte if byte.is_ascii_graphic() => format!("{}'", char::from(byte)),
                byte => format!("{}'", byte.escape_ascii()),
            };
            return Err(Stop::Said(format!("Expected prefix '{sign}', got: '{found}")));
        }
        let (number, end) = strtol(&line[1..]);
        self.line_end([line[end + 1], line[end + 2]])?;
        Ok(number)
    }

    /// Takes the rest of a line, at most `most` bytes of it; with room for two NUL bytes behind.
    fn line(&mut self, most: usize) -> Result<[u8; NUMBER + 2], Stop> {
        let window = self.window(most)?;
        let line = &window[..window.len().min(most)];
        let line = &line[..line_len(line)];
        if line.is_empty() {
            return Err(Stop::End);
        }
        let mut taken = [0; NUMBER + 2];
        let kept = line.len().min(NUMBER);
        taken[..kept].copy_from_slice(&line[..kept]);
        self.at += line.len() as u64;
        Ok(taken)
    }

    fn line_end(&mut self, found: [u8; 2]) -> Result<(), Stop> {
        if found != *b"\r\n" {
            // C prints bytes as signed numbers.
            let hex = found.map(|byte| format!("{:02x}", i32::from(byte.cast_signed())));
            return Err(Stop::Said(format!("Expected \\r\\n, got: {}{}", hex[0], hex[1])));
        }
        self.lines += 1;
        Ok(())
    }

    fn window(&mut self, want: usize) -> Result<&[u8], Stop> {
        self.feed.window(self.at, want).map_err(Stop::Read)
    }

    fn error(&self, text: &str) -> String {
        format!("0x{:16x}: {text}", self.step)
    }
}

/// The number that a text begins with, and where it ends; 0 and 0 if there is none.
pub(super) fn strtol(text: &[u8]) -> (i64, usize) {
    let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let blanks = text.iter().take_while(is_blank).count();
    let sign = text.get(blanks).filter(|byte| matches!(byte, b'-' | b'+'));
    let begin = blanks + usize::from(sign.is_some());
    let digits = text[begin..].iter().take_while(|byte| byte.is_ascii_digit());
    let mut end = begin;
    let mut number = 0_i64;
    for digit in digits {
        let digit = i64::from(digit - b'0');
        let tens = number.saturating_mul(10);
        number = match sign {
            Some(b'-') => tens.saturating_sub(digit),
            _ => tens.saturating_add(digit),
        };
        end += 1;
    }
    if end == begin { (0, 0) } else { (number, end) }
}

#[cfg(test)]
mod tests;
