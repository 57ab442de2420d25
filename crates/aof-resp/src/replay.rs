//! Whether a command gives the same result whenever it is replayed.
//!
//! Servers rewrite what depends on chance or on the clock before they log it (`SPOP` becomes `SREM`,
//! `EXPIRE` becomes `PEXPIREAT`). The source forms stand in old, foreign and hand-made logs.

/// What the result of replaying a record depends on, besides the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// Nothing: the same result every time.
    Exact,
    /// The time of the replay.
    Clock,
    /// Chance, or code that does not stand in the log.
    Chance,
}

/// Decides for the commands where it depends on the arguments, the first of which is the name.
pub(crate) fn of_arguments<'a>(name: &str, args: impl Iterator<Item = &'a [u8]> + Clone) -> Replay {
    let behind = |count| args.clone().skip(count);
    let is_fields = |arg: &&[u8]| arg.eq_ignore_ascii_case(b"FIELDS");
    let by_clock = match name {
        "SET" => is_relative(behind(3)),
        "GETEX" | "MSETEX" => is_relative(behind(2)),
        "HGETEX" | "HSETEX" => is_relative(behind(2).take_while(|arg| !is_fields(arg))),
        "RESTORE" | "RESTORE-ASKING" => {
            behind(2).next().is_some_and(|ttl| ttl != b"0") && !any(behind(4), &["ABSTTL"])
        }
        "XADD" => stream_id(behind(2)).is_some_and(|id| id == b"*" || id.ends_with(b"-*")),
        "XCLAIM" => !any(behind(5), &["TIME"]),
        _ => false,
    };
    if by_clock { Replay::Clock } else { Replay::Exact }
}

/// Whether a lifetime is given that counts from the time of the replay.
fn is_relative<'a>(args: impl Iterator<Item = &'a [u8]>) -> bool {
    any(args, &["EX", "PX"])
}

/// The id of an `XADD`: the first argument that is no option.
fn stream_id<'a>(args: impl Iterator<Item = &'a [u8]>) -> Option<&'a [u8]> {
    let mut args = args.peekable();
    loop {
        let first = args.next()?;
        let is =
            |words: &[&str]| words.iter().any(|word| first.eq_ignore_ascii_case(word.as_bytes()));
        if is(&["MAXLEN", "MINID"]) {
            args.next_if(|sign| *sign == b"=" || *sign == b"~");
            args.next();
        } else if is(&["LIMIT"]) {
            args.next();
        } else if !is(&["NOMKSTREAM", "KEEPREF", "DELREF", "ACKED"]) {
            return Some(first);
        }
    }
}

fn any<'a>(mut args: impl Iterator<Item = &'a [u8]>, words: &[&str]) -> bool {
    args.any(|arg| words.iter().any(|word| arg.eq_ignore_ascii_case(word.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Table;

    #[track_caller]
    fn replays(line: &str, expected: Replay) {
        let args: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let command = Table::get().resolve_args(&args).expect("a known command");
        assert_eq!(command.replay(args.iter().copied()), expected, "{line}");
    }

    #[test]
    fn relative_times_depend_on_the_clock_and_absolute_ones_do_not() {
        replays("SET k v EX 10", Replay::Clock);
        replays("SET k v PXAT 1700000000000", Replay::Exact);
        replays("SET px ex", Replay::Exact);
        replays("SETEX k 10 v", Replay::Clock);
        replays("EXPIRE k 10", Replay::Clock);
        replays("PEXPIREAT k 1700000000000", Replay::Exact);
        replays("RESTORE k 0 payload", Replay::Exact);
        replays("RESTORE k 1000 payload REPLACE", Replay::Clock);
        replays("RESTORE k 1700000000000 payload ABSTTL", Replay::Exact);
        replays("HSETEX h EX 10 FIELDS 1 f v", Replay::Clock);
        replays("HSETEX h PXAT 10 FIELDS 1 ex v", Replay::Exact);
    }

    #[test]
    fn stream_ids_that_the_server_would_make_up_depend_on_the_clock() {
        replays("XADD s * f v", Replay::Clock);
        replays("XADD s 7-* f v", Replay::Clock);
        replays("XADD s NOMKSTREAM MAXLEN = 10 LIMIT 5 7-1 f *", Replay::Exact);
        replays("XADD s MAXLEN ~ 10 * f v", Replay::Clock);
    }

    #[test]
    fn source_forms_of_random_commands_depend_on_chance() {
        replays("SPOP s", Replay::Chance);
        replays("EVAL return 0", Replay::Chance);
        replays("SREM s m", Replay::Exact);
    }
}
