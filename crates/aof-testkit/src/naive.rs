//! A naive, obviously right, slow reader of a whole strict log: the twin that the real one must agree with.
//!
//! Strict is: `*argc\r\n`, then `argc` times `$len\r\n`, `len` bytes, `\r\n`. Numbers are plain decimals
//! without sign and without leading zero; `argc` is at least 1. Between records stand annotations, `#` up
//! to and including the next `\n`, [`MAX_LINE`] bytes at the most.

/// The longest annotation in bytes, `#` and `\n` included: a server's line buffer holds no more.
pub const MAX_LINE: usize = 1023;

/// The highest number of arguments: servers count them in a C `int`. More is a fault, not an incomplete frame.
pub const MAX_ARGC: u64 = i32::MAX as u64;

/// The longest argument, in bytes. More is a fault, not an incomplete frame.
pub const MAX_BULK: u64 = 1 << 48;

/// The most digits that such a number has; with more it is a fault before its line end is seen.
pub(crate) const MAX_DIGITS: usize = 15;

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Offset of its `*`.
    pub offset: usize,
    /// Length in bytes.
    pub len: usize,
    /// Its arguments, the command's name first.
    pub argv: Vec<Vec<u8>>,
}

/// One `#` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// Offset of its `#`.
    pub offset: usize,
    /// Length in bytes, the line end included.
    pub len: usize,
    /// What stands between the `#` and the line end.
    pub text: Vec<u8>,
}

/// How the reading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The last record or annotation ends where the log ends.
    Clean,
    /// The log ends inside the record or annotation that begins here.
    Incomplete {
        /// Where it begins.
        offset: usize,
    },
    /// What begins here is neither record nor annotation.
    Fault {
        /// Where it begins.
        offset: usize,
        /// The first byte that is wrong.
        at: usize,
    },
}

/// Everything up to the first failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The records, in order.
    pub frames: Vec<Frame>,
    /// The annotations, in order.
    pub annotations: Vec<Annotation>,
    /// How it ended.
    pub end: End,
}

/// Why one frame could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The bytes ended before the frame did, and were right so far.
    Incomplete,
    /// The byte at this offset is wrong.
    Fault(usize),
}

/// Reads a log up to the first failure.
#[must_use]
pub fn parse(bytes: &[u8]) -> Parsed {
    let mut parsed = Parsed { frames: Vec::new(), annotations: Vec::new(), end: End::Clean };
    let mut at = 0;
    while at < bytes.len() {
        let step = if bytes[at] == b'#' {
            annotation(bytes, at).map(|it| (it.len, parsed.annotations.push(it)))
        } else {
            frame(bytes, at).map(|it| (it.len, parsed.frames.push(it)))
        };
        match step {
            Ok((len, ())) => at += len,
            Err(Stop::Incomplete) => {
                parsed.end = End::Incomplete { offset: at };
                break;
            }
            Err(Stop::Fault(wrong)) => {
                parsed.end = End::Fault { offset: at, at: wrong };
                break;
            }
        }
    }
    parsed
}

/// Where a log may be cut, as far as it can be read: 0, and the end of every record and annotation with no
/// `MULTI` open. A `MULTI` is open up to the next `EXEC`, whatever stands between.
#[must_use]
pub fn checkpoints(bytes: &[u8]) -> Vec<usize> {
    let parsed = parse(bytes);
    let mut ends: Vec<(usize, &[u8])> = Vec::new();
    ends.extend(parsed.frames.iter().map(|it| (it.offset + it.len, it.argv[0].as_slice())));
    ends.extend(parsed.annotations.iter().map(|it| (it.offset + it.len, b"#".as_slice())));
    ends.sort_unstable();
    let mut open = false;
    let mut places = vec![0];
    for (end, name) in ends {
        if name.eq_ignore_ascii_case(b"MULTI") {
            open = true;
        } else if name.eq_ignore_ascii_case(b"EXEC") {
            open = false;
        }
        if !open {
            places.push(end);
        }
    }
    places
}

/// Reads the record that begins at `offset`.
///
/// # Errors
/// [`Stop`], with the offset in `bytes`.
pub fn frame(bytes: &[u8], offset: usize) -> Result<Frame, Stop> {
    let mut at = offset;
    let argc = number(bytes, &mut at, b'*')?;
    if argc == 0 || argc > MAX_ARGC {
        return Err(Stop::Fault(offset + 1));
    }
    let mut argv = Vec::new();
    for _ in 0..argc {
        let header = at;
        let len = number(bytes, &mut at, b'$')?;
        if len > MAX_BULK {
            return Err(Stop::Fault(header + 1));
        }
        let len = usize::try_from(len).map_err(|_| Stop::Incomplete)?;
        let end = at.checked_add(len).ok_or(Stop::Incomplete)?;
        argv.push(bytes.get(at..end).ok_or(Stop::Incomplete)?.to_vec());
        at = end;
        expect(bytes, &mut at, b'\r')?;
        expect(bytes, &mut at, b'\n')?;
    }
    Ok(Frame { offset, len: at - offset, argv })
}

/// Reads the annotation that begins at `offset`.
///
/// # Errors
/// [`Stop`], with the offset in `bytes`.
pub fn annotation(bytes: &[u8], offset: usize) -> Result<Annotation, Stop> {
    let mut at = offset;
    expect(bytes, &mut at, b'#')?;
    let line = &bytes[offset..bytes.len().min(offset + MAX_LINE)];
    let Some(newline) = line.iter().position(|&byte| byte == b'\n') else {
        let full = line.len() == MAX_LINE;
        return Err(if full { Stop::Fault(offset + MAX_LINE) } else { Stop::Incomplete });
    };
    let text = &line[1..newline];
    let text = text.strip_suffix(b"\r").unwrap_or(text).to_vec();
    Ok(Annotation { offset, len: newline + 1, text })
}

fn expect(bytes: &[u8], at: &mut usize, wanted: u8) -> Result<(), Stop> {
    match bytes.get(*at) {
        None => Err(Stop::Incomplete),
        Some(&byte) if byte == wanted => {
            *at += 1;
            Ok(())
        }
        Some(_) => Err(Stop::Fault(*at)),
    }
}

fn number(bytes: &[u8], at: &mut usize, sign: u8) -> Result<u64, Stop> {
    expect(bytes, at, sign)?;
    let first = *at;
    let digits = bytes[first..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 && first == bytes.len() {
        return Err(Stop::Incomplete);
    }
    let leading_zero = digits > 1 && bytes[first] == b'0';
    if digits == 0 || digits > MAX_DIGITS || leading_zero {
        return Err(Stop::Fault(first));
    }
    *at += digits;
    expect(bytes, at, b'\r')?;
    expect(bytes, at, b'\n')?;
    Ok(bytes[first..first + digits].iter().fold(0, |n, digit| n * 10 + u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_read_frame_by_frame() {
        let log =
            b"#TS:1\r\n*1\r\n$5\r\nMULTI\r\n*2\r\n$4\r\nINCR\r\n$0\r\n\r\n*1\r\n$4\r\nexec\r\n";
        let parsed = parse(log);
        assert_eq!(parsed.end, End::Clean);
        assert_eq!(parsed.annotations[0].text, b"TS:1");
        let argv: Vec<_> = parsed.frames.iter().map(|frame| frame.argv.concat()).collect();
        assert_eq!(argv, [b"MULTI".to_vec(), b"INCR".to_vec(), b"exec".to_vec()]);
        assert_eq!(checkpoints(log), [0, 7, log.len()]);
    }

    #[test]
    fn every_prefix_of_a_frame_is_incomplete() {
        let frame = b"*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n";
        for end in 1..frame.len() {
            assert_eq!(parse(&frame[..end]).end, End::Incomplete { offset: 0 }, "{end} bytes");
        }
        assert_eq!(parse(b"#TS:17").end, End::Incomplete { offset: 0 });
        assert_eq!(parse(b"").end, End::Clean);
    }

    #[test]
    fn whatever_is_not_strict_is_a_fault_at_the_byte_that_is_wrong() {
        let cases: [(&[u8], usize); 14] = [
            (b"*0\r\n", 1),
            (b"*-1\r\n", 1),
            (b"*2147483648\r\n", 1),
            (b"*1\r\n$281474976710657\r\n", 5),
            (b"*01\r\n", 1),
            (b"*1\n", 2),
            (b"*1 \r\n", 2),
            (b"*\r\n", 1),
            (b"SET k v\r\n", 0),
            (b"*1\r\n#TS:1\r\n", 4),
            (b"*1\r\n$1\r\nkX\r\n", 9),
            (b"*1\r\n$1\r\nk\rX", 10),
            (b"*1\r\n$04\r\n", 5),
            (b"*1\r\n$99999999999999999999\r\n", 5),
        ];
        for (bytes, at) in cases {
            let text = String::from_utf8_lossy(bytes);
            assert_eq!(parse(bytes).end, End::Fault { offset: 0, at }, "{text:?}");
        }
    }

    #[test]
    fn an_annotation_is_as_long_as_a_servers_line_buffer() {
        let mut line = vec![b'#'; MAX_LINE - 1];
        assert_eq!(parse(&line).end, End::Incomplete { offset: 0 });
        line.push(b'\n');
        assert_eq!(parse(&line).end, End::Clean);
        line.insert(1, b'x');
        assert_eq!(parse(&line).end, End::Fault { offset: 0, at: MAX_LINE });
    }
}
