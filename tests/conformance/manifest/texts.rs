//! Manifests that are right, odd and broken, one of each sort.

const BASE: &[u8] = b"file b seq 1 type b\n";
const INCR: &[u8] = b"file i seq 1 type i\n";

/// Whole manifests.
const WHOLE: &[(&str, &[u8])] = &[
    ("empty", b""),
    ("a line end", b"\n"),
    ("a comment", b"# nothing\n"),
    ("a comment without its end", b"# nothing"),
    ("base alone", BASE),
    ("increment alone", INCR),
    ("history alone", b"file h seq 1 type h\n"),
    (
        "increments before the base",
        b"file i seq 1 type i\nfile j seq 2 type i\nfile b seq 9 type b\n",
    ),
    ("two bases", b"file b seq 1 type b\nfile c seq 2 type b\n"),
    ("equal increments", b"file i seq 1 type i\nfile j seq 1 type i\n"),
    ("falling increments", b"file i seq 3 type i\nfile j seq 2 type i\n"),
    ("a gap in the increments", b"file i seq 3 type i\nfile j seq 30 type i\n"),
    ("falling history", b"file b seq 1 type b\nfile i seq 3 type h\nfile j seq 2 type h\n"),
    ("one file twice", b"file b seq 1 type b\nfile b seq 1 type i\nfile b seq 2 type i\n"),
    ("CR LF", b"file b seq 1 type b\r\nfile i seq 1 type i\r\n"),
    ("CR alone", b"file b seq 1 type b\rfile i seq 1 type i\r"),
    ("no last line end", b"file b seq 1 type b\nfile i seq 1 type i"),
    ("blank line between", b"file b seq 1 type b\n\nfile i seq 1 type i\n"),
    ("blank line at the end", b"file b seq 1 type b\n\n"),
    ("blanks at the end", b"file b seq 1 type b\n  \t"),
    ("byte order mark", b"\xef\xbb\xbffile b seq 1 type b\n"),
    ("byte order mark before a comment", b"\xef\xbb\xbf# x\nfile b seq 1 type b\n"),
    ("UTF-16", b"\xff\xfef\0i\0l\0e\0 \0b\0\n\0"),
    ("comment behind blanks", b"file b seq 1 type b\n # x\n"),
    ("comment with a zero byte", b"#\0x\nfile b seq 1 type b\n"),
    ("zero byte first", b"\0\nfile b seq 1 type b\n"),
    (
        "largest numbers",
        b"file b seq 99999999999999999999 type b\nfile i seq 99999999999999999999 type i\n",
    ),
    (
        "beyond the largest number",
        b"file i seq 9223372036854775807 type i\nfile j seq 9223372036854775808 type i\n",
    ),
];

/// Lines; an increment follows each.
const LINES: &[(&str, &[u8])] = &[
    ("tabs", b"file\tb\tseq\t1\ttype\tb"),
    ("many blanks", b"  \t file   b seq \t 1  type   b  \t"),
    ("vertical tab first", b"\x0bfile b seq 1 type b"),
    ("vertical tab between words", b"file\x0bb seq 1 type b"),
    ("form feed last", b"file b seq 1 type b\x0c"),
    ("form feed in a name", b"type b seq 1 file b\x0c"),
    ("only a vertical tab", b"\x0b"),
    ("zero byte", b"file b\0 seq 1 type b"),
    ("upper case", b"FILE b SEQ 1 TYPE b"),
    ("mixed case", b"fiLe b Seq 1 tYpe b"),
    ("upper-case type", b"file b seq 1 type B"),
    ("another order", b"type b seq 1 file b"),
    ("keys unknown", b"file b seq 1 type b size 5 crc x"),
    ("keys unknown first", b"x y file b seq 1 type b"),
    ("offsets", b"file b seq 1 type b startoffset 5 endoffset 9"),
    ("offsets of no number", b"file b seq 1 type b startoffset x endoffset -1"),
    ("repeated keys", b"file x seq 0 type q file b seq 1 type b"),
    ("repeated with a path", b"file x/y file b seq 1 type b"),
    ("five words", b"file b seq 1 type"),
    ("seven words", b"file b seq 1 type b x"),
    ("four words", b"file b seq 1"),
    ("file missing", b"fil b seq 1 type b"),
    ("seq missing", b"file b sequ 1 type b"),
    ("type missing", b"file b seq 1 types b"),
    ("seq zero", b"file b seq 0 type b"),
    ("seq of no number", b"file b seq x type b"),
    ("seq with letters behind", b"file b seq 1x type b"),
    ("seq with a plus", b"file b seq +1 type b"),
    ("seq negative", b"file b seq -1 type b"),
    ("seq negative of an increment", b"file j seq -1 type i"),
    ("seq hexadecimal", b"file b seq 0x10 type b"),
    ("seq quoted with blanks", b"file b seq \" \\t1 \" type b"),
    ("seq empty", b"file b seq \"\" type b"),
    ("type in full", b"file b seq 1 type base"),
    ("type history in full", b"file b seq 1 type history"),
    ("type unknown", b"file b seq 1 type x"),
    ("type empty", b"file b seq 1 type \"\""),
    ("type quoted", b"file b seq 1 type \"b\""),
    ("path", b"file ../b seq 1 type b"),
    ("path from the root", b"file /b seq 1 type b"),
    ("backslash", b"file a\\b seq 1 type b"),
    ("backslash quoted", b"file \"a\\\\b\" seq 1 type b"),
    ("path of history", b"file a/b seq 1 type h"),
    ("name empty", b"file \"\" seq 1 type b"),
    ("name dot", b"file . seq 1 type b"),
    ("name dots", b"file .. seq 1 type b"),
    ("name dots of an increment", b"file .. seq 9 type i"),
    ("name dots of history", b"file .. seq 9 type h"),
    ("name empty, then worse", b"file \"\" seq 1 type b\nx"),
    ("double quotes", b"file \"a b\" seq 1 type b"),
    ("single quotes", b"file 'a b' seq 1 type b"),
    ("single quote escaped", b"file 'it\\'s' seq 1 type b"),
    ("other escape in single quotes", b"file 'a\\nb' seq 1 type b"),
    ("hex escapes", b"file \"\\x61\\x20\\xE9\\xff\" seq 1 type b"),
    ("hex escape too short", b"file \"\\x6\" seq 1 type b"),
    ("zero escape", b"file \"b\\x00/c\" seq 1 type b"),
    ("zero escape in a key", b"\"file\\x00x\" b \"seq\" \"1\\x002\" type \"b\\x00\""),
    ("zero escape as type", b"file b seq 1 type \"\\x00b\""),
    ("control escapes", b"file \"\\a\\b\\n\\r\\t\\q\" seq 1 type b"),
    ("quote behind letters", b"fi\"le\" \"b\" seq 1 type b"),
    ("text behind a quote", b"file \"b\"x seq 1 type b"),
    ("quotes side by side", b"file \"a\"'b' seq 1 type b"),
    ("empty quotes before a word", b"file \"\"b seq 1 type b"),
    ("vertical tab behind a quote", b"file \"b\"\x0bseq 1 type b"),
    ("words only for some", b"file \"b\"\x0b\"x\" \"y\"\x0b\"z\" q seq 1 type b"),
    ("quote open", b"file \"b seq 1 type b"),
    ("single quote open", b"file b seq 1 type 'b"),
    ("single quote in a name", b"file it's seq 1 type b"),
    ("backslash before the last quote", b"file \"b\\\" seq 1 type b"),
    ("byte E9", b"file caf\xe9 seq 1 type b"),
    ("byte FF", b"file a\xffb seq 1 type b"),
    ("byte FF in quotes", b"file \"a\xff\\\xffb\" seq 1 type b"),
    ("byte FF in a key", b"fi\xffle b seq 1 type b"),
    ("byte FF as a word", b"file b seq 1 type b \xff \xff"),
    ("equals signs", b"file=b seq=1 type=b"),
    ("a comment behind", b"file b seq 1 type b # x"),
];

/// All of them, by name.
pub(crate) fn all() -> Vec<(String, Vec<u8>)> {
    let whole = WHOLE.iter().map(|(name, text)| ((*name).to_owned(), text.to_vec()));
    let lines = LINES
        .iter()
        .map(|(name, line)| ((*name).to_owned(), [line, &b"\nfile i seq 1 type i\n"[..]].concat()));
    whole.chain(lines).chain(long()).collect()
}

/// Around the longest line.
fn long() -> Vec<(String, Vec<u8>)> {
    let mut texts = Vec::new();
    for bytes in [1023, 1024, 1025, 2048, 3000] {
        let line = b"file b seq 1 type b";
        let padded = [line, &b" ".repeat(bytes - line.len() - 1)[..], b"\n", INCR].concat();
        texts.push((format!("a line of {bytes} bytes"), padded));
        let comment = [&b"#".repeat(bytes - 1)[..], b"\n", BASE].concat();
        texts.push((format!("a comment of {bytes} bytes, all #"), comment));
        let comment = [b"#", &b"x".repeat(bytes - 2)[..], b"\n", BASE].concat();
        texts.push((format!("a comment of {bytes} bytes"), comment));
        let endless = [BASE, b"#", &b"x".repeat(bytes - 1)[..]].concat();
        texts.push((format!("a last comment of {bytes} bytes"), endless));
        let endless = [BASE, b"file i seq 1 type i", &b" ".repeat(bytes - 19)[..]].concat();
        texts.push((format!("a last line of {bytes} bytes without its end"), endless));
    }
    let glued = [b"#", &b"x".repeat(1023)[..], BASE, INCR].concat();
    texts.push(("a line behind 1024 bytes of a comment".to_owned(), glued));
    texts
}
