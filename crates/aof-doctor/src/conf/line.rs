//! Lines of a configuration, taken apart as servers do: what C reads of a file, and the words of a line.

/// What a server reads at once with `fgets`, in bytes.
const CHUNK: usize = 1024;

/// The words of one line.
#[derive(Default)]
pub(super) struct Words {
    /// The words, quotation marks and escapes resolved; any bytes.
    pub(super) all: Vec<Vec<u8>>,
    /// Whether text follows a closing quotation mark: Valkey 9.1 takes it for the same word, others refuse.
    pub(super) glued: bool,
}

/// The bytes of a file as servers see them: they read lines into C strings, so a NUL byte hides what
/// follows it up to the end of the line, the line end included.
pub(super) fn as_read(file: &[u8]) -> Vec<u8> {
    let mut seen = Vec::with_capacity(file.len());
    for chunk in file.split_inclusive(|byte| *byte == b'\n').flat_map(|line| line.chunks(CHUNK)) {
        seen.extend_from_slice(c_string(chunk));
    }
    seen
}

/// What a C string of these bytes holds.
pub(super) fn c_string(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A line without the blanks around it.
pub(super) fn trim(line: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let from = line.iter().position(|byte| !blank(byte)).unwrap_or(line.len());
    let to = line.iter().rposition(|byte| !blank(byte)).map_or(from, |last| last + 1);
    &line[from..to]
}

/// Splits a line into words; `None` if a quotation mark is not closed.
///
/// `"…"` knows `\xHH`, `\n`, `\r`, `\t`, `\b`, `\a` and takes any other escaped byte as it is; `'…'` knows
/// `\'` alone; outside of both nothing is escaped. This is `sdssplitargs` of the servers.
pub(super) fn split(line: &[u8]) -> Option<Words> {
    let mut words = Words::default();
    let mut rest = line;
    loop {
        rest = without_leading_space(rest);
        if rest.is_empty() {
            return Some(words);
        }
        let mut word = Vec::new();
        rest = take_word(rest, &mut word, &mut words.glued)?;
        words.all.push(word);
    }
}

fn take_word<'a>(mut rest: &'a [u8], word: &mut Vec<u8>, glued: &mut bool) -> Option<&'a [u8]> {
    while let Some((first, behind)) = rest.split_first() {
        rest = match first {
            b' ' | b'\n' | b'\r' | b'\t' => return Some(behind),
            b'"' | b'\'' => {
                let behind = take_quoted(*first, behind, word)?;
                match behind.first() {
                    Some(next) if is_space(*next) => return Some(behind),
                    Some(_) => *glued = true,
                    None => {}
                }
                behind
            }
            _ => {
                word.push(*first);
                behind
            }
        };
    }
    Some(rest)
}

fn take_quoted<'a>(quote: u8, mut rest: &'a [u8], word: &mut Vec<u8>) -> Option<&'a [u8]> {
    loop {
        rest = match rest {
            [] => return None,
            [b'\\', b'x', high, low, behind @ ..]
                if quote == b'"' && high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                word.push(digit(*high) << 4 | digit(*low));
                behind
            }
            [b'\\', escaped, behind @ ..] if quote == b'"' || *escaped == b'\'' => {
                word.push(if quote == b'"' { unescaped(*escaped) } else { *escaped });
                behind
            }
            [first, behind @ ..] if *first == quote => return Some(behind),
            [first, behind @ ..] => {
                word.push(*first);
                behind
            }
        };
    }
}

fn unescaped(byte: u8) -> u8 {
    match byte {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'a' => 7,
        _ => byte,
    }
}

fn digit(hex: u8) -> u8 {
    match hex {
        b'0'..=b'9' => hex - b'0',
        _ => (hex | 0x20) - b'a' + 10,
    }
}

/// `isspace` of C, which counts the vertical tab too.
pub(super) fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0b
}

fn without_leading_space(line: &[u8]) -> &[u8] {
    let from = line.iter().position(|byte| !is_space(*byte)).unwrap_or(line.len());
    &line[from..]
}
