//! Commands without the times that they give to keys and fields: a target that is up expires by its clock, and the
//! commands behind would meet what is gone. The times are set at the end. And commands as clients may say them, where
//! only a server that loads a log takes them as they stand there.

use std::borrow::Cow;

use aof_rdb::{Dump, Target, Writer};

/// Hashes whose fields expire, as DUMP gives them.
const TIMED_HASHES: std::ops::RangeInclusive<u8> = 22..=25;

/// What is sent instead of a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Deferred<'a> {
    /// The command: it gives no time.
    Same,
    /// Nothing: it does nothing else.
    Nothing,
    /// These arguments.
    Other(Vec<Cow<'a, [u8]>>),
}

/// What to send of a command, the first of whose arguments is its name, here in capital letters as well.
pub(super) fn defer<'a>(name: &str, args: &[&'a [u8]]) -> Deferred<'a> {
    match name {
        "EXPIRE" | "PEXPIRE" | "EXPIREAT" | "PEXPIREAT" | "PERSIST" | "HEXPIRE" | "HPEXPIRE"
        | "HEXPIREAT" | "HPEXPIREAT" | "HPERSIST" | "GETEX" | "HGETEX" => Deferred::Nothing,
        "SETEX" | "PSETEX" if args.len() == 4 => other([b"SET", args[1], args[3]]),
        "SET" if args.len() > 3 => without(args, 3, args.len()),
        "HSETEX" => {
            let fields = args.iter().position(|arg| arg.eq_ignore_ascii_case(b"FIELDS"));
            without(args, 2, fields.unwrap_or(args.len()))
        }
        "MSETEX" => {
            let pairs = number(args.get(1)).map_or(args.len(), |keys| 2 + 2 * keys);
            without(args, pairs, args.len())
        }
        "RESTORE" | "RESTORE-ASKING" if args.len() > 3 => restore(args),
        _ => Deferred::Same,
    }
}

fn other<'a>(args: impl IntoIterator<Item = &'a [u8]>) -> Deferred<'a> {
    Deferred::Other(args.into_iter().map(Cow::Borrowed).collect())
}

/// What to send of a command that clients must say otherwise than it stands in a log: servers log how many entries a
/// stream is cut to, and leave what the client said of the effort that this may take.
pub(super) fn as_client<'a>(name: &str, args: &[&'a [u8]]) -> Deferred<'a> {
    let is = |arg: &[u8], words: &[&str]| {
        words.iter().any(|word| arg.eq_ignore_ascii_case(word.as_bytes()))
    };
    if !matches!(name, "XADD" | "XTRIM") {
        return Deferred::Same;
    }
    // Options stand before the id: KEEPREF MAXLEN = 5 LIMIT 10
    let flags = args
        .iter()
        .skip(2)
        .take_while(|arg| is(arg, &["NOMKSTREAM", "KEEPREF", "DELREF", "ACKED"]));
    let at = 2 + flags.count();
    let limit = match args.get(at..at + 4) {
        Some([kind, b"=", _, limit]) if is(kind, &["MAXLEN", "MINID"]) && is(limit, &["LIMIT"]) => {
            Some(at + 3)
        }
        _ => None,
    };
    match limit {
        Some(at) => other(args[..at].iter().chain(args.get(at + 2..).unwrap_or_default()).copied()),
        None => Deferred::Same,
    }
}

fn restore<'a>(args: &[&'a [u8]]) -> Deferred<'a> {
    let plain = without_times(args[3]);
    if args[2] == b"0" && plain.is_none() {
        return Deferred::Same;
    }
    let options = args[4..].iter().filter(|arg| !arg.eq_ignore_ascii_case(b"ABSTTL"));
    let mut all: Vec<Cow<'a, [u8]>> = vec![args[0].into(), args[1].into(), b"0".into()];
    all.push(plain.map_or(Cow::Borrowed(args[3]), Cow::Owned));
    all.extend(options.map(|option| Cow::Borrowed(*option)));
    Deferred::Other(all)
}

/// A hash whose fields expire, without these times, in a form that every server of its kind reads.
fn without_times(dump: &[u8]) -> Option<Vec<u8>> {
    let value = Dump::new(dump).ok()?.value;
    let plain = has_times(value.code).then(plain_writer)?.dump(&value);
    plain.ok().map(|(dump, _)| dump)
}

/// One for servers that have no times of fields.
pub(super) fn plain_writer() -> Writer {
    let plain = Target::ALL.into_iter().rfind(|target| target.header().version < 12);
    Writer::new(plain.unwrap_or(Target::ALL[0]))
}

/// Whether a value is a hash whose fields expire.
pub(super) fn has_times(code: u8) -> bool {
    TIMED_HASHES.contains(&code)
}

fn number(arg: Option<&&[u8]>) -> Option<usize> {
    std::str::from_utf8(arg?).ok()?.parse().ok().filter(|number: &usize| *number < 1 << 20)
}

/// The arguments without times among those from one place on and before another.
fn without<'a>(args: &[&'a [u8]], from: usize, to: usize) -> Deferred<'a> {
    let is_time = |arg: &[u8]| {
        let words: [&[u8]; 4] = [b"EX", b"PX", b"EXAT", b"PXAT"];
        words.iter().any(|word| arg.eq_ignore_ascii_case(word))
    };
    let (mut rest, mut at) = (Vec::with_capacity(args.len()), 0);
    while at < args.len() {
        if (from..to).contains(&at) && is_time(args[at]) {
            at += 2;
        } else {
            rest.push(args[at]);
            at += 1;
        }
    }
    if rest.len() == args.len() { Deferred::Same } else { other(rest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> String {
        let args: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        match defer(&line[..line.find(' ').unwrap_or(line.len())], &args) {
            Deferred::Same => line.to_owned(),
            Deferred::Nothing => String::new(),
            Deferred::Other(args) => {
                let words: Vec<_> = args.iter().map(|arg| String::from_utf8_lossy(arg)).collect();
                words.join(" ")
            }
        }
    }

    #[test]
    fn what_is_set_is_sent_and_when_it_expires_is_not() {
        assert_eq!(of("SET k v PXAT 4102444800000"), "SET k v");
        assert_eq!(of("SET k v EX 10 NX GET"), "SET k v NX GET");
        assert_eq!(of("SET k px"), "SET k px");
        assert_eq!(of("SET px ex"), "SET px ex");
        assert_eq!(of("SET k v KEEPTTL"), "SET k v KEEPTTL");
        assert_eq!(of("PSETEX k 10 v"), "SET k v");
        assert_eq!(of("HSETEX h FNX PXAT 12 FIELDS 1 px v"), "HSETEX h FNX FIELDS 1 px v");
        assert_eq!(of("MSETEX 1 px v EX 10 NX"), "MSETEX 1 px v NX");
        assert_eq!(
            of("RESTORE k 12 dump REPLACE ABSTTL FREQ 3"),
            "RESTORE k 0 dump REPLACE FREQ 3"
        );
        assert_eq!(of("RESTORE k 0 dump REPLACE"), "RESTORE k 0 dump REPLACE");
        for nothing in
            ["PEXPIREAT k 12", "PERSIST k", "HPEXPIREAT h 12 FIELDS 1 f", "GETEX k PXAT 12"]
        {
            assert_eq!(of(nothing), "", "{nothing}");
        }
        assert_eq!(of("INCR k"), "INCR k");
    }

    #[test]
    fn a_stream_is_cut_as_clients_may_say_it() {
        let of = |line: &str| {
            let args: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
            match as_client(&line[..line.find(' ').unwrap_or(line.len())], &args) {
                Deferred::Other(args) => {
                    let words: Vec<_> =
                        args.iter().map(|arg| String::from_utf8_lossy(arg)).collect();
                    words.join(" ")
                }
                _ => line.to_owned(),
            }
        };
        assert_eq!(of("XTRIM s MAXLEN = 5 LIMIT 10"), "XTRIM s MAXLEN = 5");
        assert_eq!(
            of("XADD s NOMKSTREAM MINID = 5-1 LIMIT 10 6-1 f v"),
            "XADD s NOMKSTREAM MINID = 5-1 6-1 f v"
        );
        for same in [
            "XADD s MAXLEN ~ 5 LIMIT 10 6-1 f v",
            "XADD s 6-1 MAXLEN = 5 LIMIT v",
            "XADD s 6-1 = a LIMIT 10",
        ] {
            assert_eq!(of(same), same);
        }
    }
}
