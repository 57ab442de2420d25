//! What a command makes of what its keys held before.

use aof_resp::Command;

/// What becomes of the keys of a command that changed the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// They hold something that does not depend on what they held.
    Replaces,
    /// They hold what they held, with a change.
    Adds,
    /// The key at this place holds what follows from the others.
    Derives {
        /// Its place among the arguments.
        target: usize,
        /// Its database, if that is another one.
        target_db: Option<u64>,
    },
    /// What the first key held is under the name at this place now.
    Moves {
        /// Its place among the arguments.
        to: usize,
        /// Its database, if that is another one.
        to_db: Option<u64>,
    },
    /// A database is empty, or all of them are.
    Empties {
        /// Whether it is all of them.
        all: bool,
    },
    /// These two databases were exchanged.
    Exchanges(u64, u64),
}

/// The effect of a command, the first of whose arguments is its name.
pub(crate) fn effect(row: &Command, args: &[&[u8]]) -> Effect {
    let first = || row.key_positions(args).next();
    let last = || row.key_positions(args).last();
    let derives = |target: Option<usize>| match target {
        Some(target) => Effect::Derives { target, target_db: None },
        None => Effect::Adds,
    };
    match row.name() {
        "SET" if has(args, b"KEEPTTL") => Effect::Adds,
        "SET" | "SETEX" | "PSETEX" | "GETSET" | "MSET" | "MSETNX" | "DEL" | "UNLINK" | "GETDEL"
        | "RESTORE" | "RESTORE-ASKING" => Effect::Replaces,
        "RENAME" | "RENAMENX" => Effect::Moves { to: 2, to_db: None },
        "MOVE" => Effect::Moves { to: 1, to_db: args.get(2).and_then(|db| number(db)) },
        "COPY" => Effect::Derives { target: 2, target_db: behind(args, b"DB") },
        "SORT" | "GEORADIUS" | "GEORADIUSBYMEMBER" => derives(last()),
        "BITOP" | "SINTERSTORE" | "SUNIONSTORE" | "SDIFFSTORE" | "ZINTERSTORE" | "ZUNIONSTORE"
        | "ZDIFFSTORE" | "ZRANGESTORE" | "GEOSEARCHSTORE" => derives(first()),
        "FLUSHALL" => Effect::Empties { all: true },
        "FLUSHDB" => Effect::Empties { all: false },
        "SWAPDB" => match [1, 2].map(|at| args.get(at).and_then(|db| number(db))) {
            [Some(one), Some(other)] => Effect::Exchanges(one, other),
            _ => Effect::Adds,
        },
        _ => Effect::Adds,
    }
}

fn has(args: &[&[u8]], word: &[u8]) -> bool {
    args.iter().skip(3).any(|arg| arg.eq_ignore_ascii_case(word))
}

fn behind(args: &[&[u8]], word: &[u8]) -> Option<u64> {
    let at = args.iter().skip(3).position(|arg| arg.eq_ignore_ascii_case(word))?;
    args.get(at + 4).and_then(|db| number(db))
}

fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use aof_resp::Table;

    use super::*;

    fn of(line: &str) -> Effect {
        let args: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        effect(Table::get().resolve_args(&args).expect("a known command"), &args)
    }

    #[test]
    fn what_a_key_held_before_matters_or_does_not() {
        assert_eq!([of("SET k v"), of("MSET a 1 b 2"), of("DEL a")], [Effect::Replaces; 3]);
        assert_eq!([of("SET k v KEEPTTL"), of("INCR k"), of("SMOVE a b m")], [Effect::Adds; 3]);
        let derives = |target, target_db| Effect::Derives { target, target_db };
        assert_eq!(of("COPY a b DB 3"), derives(2, Some(3)));
        assert_eq!(of("SORT a BY x STORE b"), derives(5, None));
        assert_eq!(of("ZUNIONSTORE d 2 a b"), derives(1, None));
        assert_eq!(of("BITOP AND d a b"), derives(2, None));
        assert_eq!(of("RENAME a b"), Effect::Moves { to: 2, to_db: None });
        assert_eq!(of("MOVE a 3"), Effect::Moves { to: 1, to_db: Some(3) });
        assert_eq!(of("FLUSHDB"), Effect::Empties { all: false });
        assert_eq!(of("SWAPDB 0 3"), Effect::Exchanges(0, 3));
    }
}
