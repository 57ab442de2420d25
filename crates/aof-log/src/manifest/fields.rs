//! What the words of one line say.

use std::borrow::Cow;

use super::words::words;
use super::{Dialect, Entry, EntryRole};

/// A rule that a line breaks, and what servers say then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) rule: String,
    pub(super) server_says: &'static str,
}

/// What servers say of a line that they cannot take apart.
const NO_FORMAT: &str = "Invalid AOF manifest file format";

/// What a copy through an editor may put before the first line.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl Broken {
    pub(super) fn new(rule: impl Into<String>, server_says: &'static str) -> Self {
        Self { rule: rule.into(), server_says }
    }
}

/// The values that a line names; of repeated keys the last.
#[derive(Default)]
struct Fields {
    file: Option<Vec<u8>>,
    seq: i64,
    /// The first byte of the type; 0 is none.
    role: u8,
    start_offset: Option<i64>,
    end_offset: Option<i64>,
}

/// Reads a line without its line end. The number is left for the caller to fill in.
pub(super) fn entry(line: &[u8], dialect: Dialect) -> Result<Entry, Broken> {
    named(line, dialect).map_err(|broken| match line.starts_with(BYTE_ORDER_MARK) {
        true => Broken { rule: "the line begins with a byte order mark".into(), ..broken },
        false => broken,
    })
}

fn named(line: &[u8], dialect: Dialect) -> Result<Entry, Broken> {
    let words = words(line, dialect).ok_or_else(|| match dialect.goes_on_behind_quotes() {
        true => Broken::new("a quote is not closed", NO_FORMAT),
        false => Broken::new("a quote is not closed, or text follows one that is", NO_FORMAT),
    })?;
    let fields = fields(&words)?;
    let missing = |what: &str| Broken::new(format!("the line has no {what}"), NO_FORMAT);
    let Fields { file, seq, role, start_offset, end_offset } = fields;
    let file = file.ok_or_else(|| missing("file"))?;
    if seq == 0 {
        return Err(missing("seq other than 0"));
    }
    let role = match role {
        0 => return Err(missing("type")),
        b'b' => EntryRole::Base,
        b'h' => EntryRole::History,
        b'i' => EntryRole::Incr,
        other => {
            let rule = format!("the type begins with {}, not with b, h or i", other.escape_ascii());
            return Err(Broken::new(rule, "Unknown AOF file type"));
        }
    };
    Ok(Entry { line: 0, file, seq, role, start_offset, end_offset })
}

fn fields(words: &[Cow<'_, [u8]>]) -> Result<Fields, Broken> {
    let (pairs, single) = words.as_chunks::<2>();
    if words.is_empty() {
        return Err(Broken::new("the line is blank", NO_FORMAT));
    }
    if !single.is_empty() || pairs.len() < 3 {
        let rule = format!("the line has {} words, not three pairs or more", words.len());
        return Err(Broken::new(rule, NO_FORMAT));
    }
    let mut fields = Fields::default();
    for [key, value] in pairs {
        let value = c_string(value);
        match c_string(key).to_ascii_lowercase().as_slice() {
            b"file" if value.iter().any(|byte| b"/\\".contains(byte)) => {
                let rule = "the name of the file is a path";
                return Err(Broken::new(rule, "File can't be a path, just a filename"));
            }
            b"file" => fields.file = Some(value.to_vec()),
            b"seq" => fields.seq = atoll(value),
            b"type" => fields.role = value.first().copied().unwrap_or(0),
            b"startoffset" => fields.start_offset = offset(value),
            b"endoffset" => fields.end_offset = offset(value),
            _ => {}
        }
    }
    Ok(fields)
}

/// What C takes for the text: an escape can bring a zero byte.
fn c_string(word: &[u8]) -> &[u8] {
    word.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// -1 is how servers say that they do not know.
fn offset(text: &[u8]) -> Option<i64> {
    Some(atoll(text)).filter(|offset| *offset != -1)
}

/// C's `atoll`, as the GNU library has it: blanks, a sign, digits, anything; what is too large is the largest.
fn atoll(text: &[u8]) -> i64 {
    let blank = |byte: &&u8| byte.is_ascii_whitespace() || **byte == b'\x0b';
    let text = &text[text.iter().take_while(blank).count()..];
    let (is_negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let digits = digits.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0_i64, |number, digit| {
        let digit = i64::from(digit - b'0');
        let tens = number.saturating_mul(10);
        if is_negative { tens.saturating_sub(digit) } else { tens.saturating_add(digit) }
    })
}
