//! The patterns of `KEYS` and `SCAN … MATCH`, as servers match them (`stringmatchlen`): over bytes, and with what they
//! make of patterns that are not whole.

/// A pattern of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glob(Vec<u8>);

impl Glob {
    /// Every string of bytes is a pattern.
    pub(crate) fn new(pattern: &[u8]) -> Self {
        Self(pattern.to_vec())
    }

    /// Whether the whole name is one that the pattern describes.
    ///
    /// Of the stars before, only the last one is tried again: if what stands behind it is nowhere in the rest of the
    /// name, no other choice of an earlier star puts it there. So no pattern takes more than the product of lengths.
    pub(crate) fn matches(&self, name: &[u8]) -> bool {
        let pattern = &self.0[..];
        // KEYS asks nobody then; otherwise a star is not even tried on a name without bytes.
        if name.is_empty() {
            return pattern.is_empty() || pattern == b"*";
        }
        let (mut place, mut at) = (0, 0);
        // Where the pattern goes on behind the last star, and from where in the name that was tried.
        let mut star: Option<(usize, usize)> = None;
        while at < name.len() {
            if pattern.get(place) == Some(&b'*') {
                place += stars(&pattern[place..]);
                if place == pattern.len() {
                    return true;
                }
                star = Some((place, at));
            } else if let Some(behind) = one(pattern, place, name[at]) {
                (place, at) = (behind, at + 1);
            } else if let Some((behind, from)) = &mut star {
                *from += 1;
                (place, at) = (*behind, *from);
            } else {
                return false;
            }
        }
        place + stars(&pattern[place..]) == pattern.len()
    }
}

/// How many stars it begins with.
fn stars(pattern: &[u8]) -> usize {
    pattern.iter().take_while(|&&byte| byte == b'*').count()
}

/// The place behind what describes one byte, if it describes this one.
fn one(pattern: &[u8], place: usize, byte: u8) -> Option<usize> {
    let (is_it, behind) = match pattern.get(place..)? {
        [b'?', ..] => (true, place + 1),
        [b'[', ..] => class(pattern, place + 1, byte),
        [b'\\', escaped, ..] => (*escaped == byte, place + 2),
        [plain, ..] => (*plain == byte, place + 1),
        [] => return None,
    };
    is_it.then_some(behind)
}

/// Whether a class that begins behind its bracket has this byte in it, and the place behind the class. One that is
/// not closed reaches to the end of the pattern.
fn class(pattern: &[u8], mut place: usize, byte: u8) -> (bool, usize) {
    let is_inverted = pattern.get(place) == Some(&b'^');
    place += usize::from(is_inverted);
    let mut is_in = false;
    loop {
        place += match &pattern[place..] {
            [b'\\', escaped, ..] => {
                is_in |= *escaped == byte;
                2
            }
            [b']', ..] => break (is_in != is_inverted, place + 1),
            [first, b'-', last, ..] => {
                is_in |= is_between(*first, *last, byte);
                3
            }
            [plain, ..] => {
                is_in |= *plain == byte;
                1
            }
            [] => break (is_in != is_inverted, place),
        };
    }
}

/// Whether a byte lies in a range, which may be written backwards. Servers compare `char`, which has a sign on most
/// machines.
fn is_between(first: u8, last: u8, byte: u8) -> bool {
    let [first, last, byte] = [first, last, byte].map(|byte| byte as i8);
    (first.min(last)..=first.max(last)).contains(&byte)
}

#[cfg(test)]
mod tests {
    use aof_testkit::Rng;
    use aof_testkit::server::{Server, ServerKind, skip_unless};

    use super::*;

    fn is_match(pattern: &[u8], name: &[u8]) -> bool {
        Glob::new(pattern).matches(name)
    }

    #[test]
    fn patterns_describe_what_the_manual_says() {
        for (pattern, yes, no) in [
            ("h?llo", &["hello", "hallo", "h*llo"][..], &["hllo", "heello", "hello "][..]),
            ("h*llo", &["hllo", "heeeello", "h*llo"], &["hell", "ahllo"]),
            ("h[ae]llo", &["hello", "hallo"], &["hillo", "h[llo"]),
            ("h[^e]llo", &["hallo", "hbllo", "h^llo"], &["hello"]),
            ("h[a-b]llo", &["hallo", "hbllo"], &["hcllo", "h-llo"]),
            ("h[b-a]llo", &["hallo", "hbllo"], &["hcllo"]),
            ("h\\*llo", &["h*llo"], &["hello", "h\\*llo"]),
            ("h\\[a]", &["h[a]"], &["ha"]),
            ("[\\]a]x", &["]x", "ax"], &["\\x"]),
            ("a**b*", &["ab", "axxbyy"], &["axx", "bab"]),
            ("*a*b", &["ab", "xaxbxb"], &["abx"]),
            ("*", &["", "x"], &[]),
            ("", &[""], &["x"]),
            ("**", &["x"], &[""]),
        ] {
            for name in yes {
                assert!(is_match(pattern.as_bytes(), name.as_bytes()), "{pattern} {name}");
            }
            for name in no {
                assert!(!is_match(pattern.as_bytes(), name.as_bytes()), "{pattern} {name}");
            }
        }
    }

    #[test]
    fn patterns_that_are_not_whole_are_taken_as_servers_take_them() {
        for (pattern, name, expected) in [
            ("[", "[", false),
            ("[^", "x", true),
            ("[ab", "b", true),
            ("[a-", "-", true),
            ("[a-]", "]", true),
            ("[a-]", "^", true),
            ("[a-]", "b", false),
            ("a\\", "a\\", true),
            ("[]", "x", false),
            ("[^]", "x", true),
        ] {
            assert_eq!(is_match(pattern.as_bytes(), name.as_bytes()), expected, "{pattern} {name}");
        }
        assert!(is_match(b"k\xff?", b"k\xff\x00") && !is_match(b"[a-\xfe]", b"b"));
    }

    #[test]
    fn no_pattern_takes_for_ever() {
        let name = vec![b'a'; 20_000];
        assert!(!is_match("a*".repeat(40).as_bytes().strip_suffix(b"*").unwrap(), &[b'b'; 9]));
        assert!(!is_match(format!("{}b", "*a".repeat(40)).as_bytes(), &name));
    }

    #[test]
    fn a_server_finds_the_same_keys() {
        const BYTES: &[u8] = b"abc]-^[\\*?\xff\x80z";
        let kind = ServerKind::Redis70;
        if skip_unless(kind).is_none() {
            return;
        }
        let data = tempfile::tempdir().unwrap();
        let server = Server::start(kind, data.path(), &[]).unwrap();
        let mut client = server.client().unwrap();
        let mut rng = Rng::new(7);
        let mut text = |most| {
            let size = rng.between(1, most);
            Vec::from_iter((0..size).map(|_| BYTES[rng.below(BYTES.len() as u64) as usize]))
        };
        let mut names: Vec<Vec<u8>> = (0..300).map(|_| text(4)).collect();
        names.sort();
        names.dedup();
        for name in &names {
            client.command(&[&b"SET"[..], name, b"v"]).unwrap();
        }
        for _ in 0..3000 {
            let pattern = text(7);
            let reply = client.command(&[&b"KEYS"[..], &pattern]).unwrap();
            let mut found: Vec<String> =
                reply.list().iter().map(|key| format!("{key:?}")).collect();
            found.sort();
            let ours = names.iter().filter(|name| is_match(&pattern, name));
            let mut ours: Vec<String> = ours
                .map(|name| format!("{:?}", aof_testkit::client::Value::Text(name.clone())))
                .collect();
            ours.sort();
            assert_eq!(ours, found, "{}", pattern.escape_ascii());
        }
    }
}
