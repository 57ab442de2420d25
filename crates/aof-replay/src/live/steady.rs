//! Which commands may be sent twice.

/// Whether the command leaves the same behind if it, and all such commands behind it on the same keys, are executed
/// once more: it says what is, not what changes.
pub(super) fn is_steady(name: &str, args: &[&[u8]]) -> bool {
    match name {
        "SETEX" | "PSETEX" | "DEL" | "UNLINK" | "HSET" | "HMSET" | "HDEL" | "SADD" | "SREM"
        | "ZREM" | "SETBIT" | "PERSIST" | "PFADD" => true,
        "MSET" => args.len() % 2 == 1,
        "SET" => args.len() == 3 || args.iter().skip(3).all(|arg| is_plain_option(arg)),
        // Options stand before the first score.
        "ZADD" => {
            args.len() > 3
                && args[2]
                    .first()
                    .is_some_and(|byte| !byte.is_ascii_alphabetic() || is_infinite(args[2]))
        }
        "PEXPIREAT" | "EXPIREAT" => args.len() == 3,
        "RESTORE" | "RESTORE-ASKING" => {
            args.iter().skip(4).any(|arg| arg.eq_ignore_ascii_case(b"REPLACE"))
                && (args[2] == b"0"
                    || args.iter().skip(4).any(|arg| arg.eq_ignore_ascii_case(b"ABSTTL")))
        }
        _ => false,
    }
}

fn is_infinite(score: &[u8]) -> bool {
    score.eq_ignore_ascii_case(b"inf") || score.eq_ignore_ascii_case(b"infinity")
}

/// Options of SET that do not ask what is there, and the numbers behind them.
fn is_plain_option(arg: &[u8]) -> bool {
    let words: [&[u8]; 5] = [b"PXAT", b"EXAT", b"PX", b"EX", b"KEEPTTL"];
    words.iter().any(|word| arg.eq_ignore_ascii_case(word)) || arg.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> bool {
        let args: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        is_steady(&line[..line.find(' ').unwrap_or(line.len())], &args)
    }

    #[test]
    fn what_asks_or_adds_is_not_steady() {
        for steady in [
            "SET k v",
            "SET k v PXAT 12",
            "SET k v KEEPTTL",
            "HSET k f v",
            "DEL k",
            "ZADD k 1 a",
            "ZADD k -inf a",
            "ZADD k inf a",
            "RESTORE k 0 x REPLACE",
            "RESTORE k 5 x REPLACE ABSTTL",
        ] {
            assert!(of(steady), "{steady}");
        }
        for other in [
            "SET k v NX",
            "SET k v GET",
            "SET k v IFEQ 1",
            "INCR k",
            "APPEND k v",
            "LPUSH k v",
            "ZADD k NX 1 a",
            "ZADD k INCR 1 a",
            "HINCRBY k f 1",
            "RENAME a b",
            "RESTORE k 0 x",
            "RESTORE k 5 x REPLACE",
            "XADD k 1-1 a b",
            "PEXPIREAT k 5 NX",
            "HSETNX k f v",
            "SPOP k",
        ] {
            assert!(!of(other), "{other}");
        }
    }
}
