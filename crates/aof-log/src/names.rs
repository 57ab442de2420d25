//! What the name of a file in a data folder says about it.
//!
//! Names are convention: servers trust the manifest and the first bytes of a file. But where there is no
//! manifest, they are what is left. Format: `docs/formats.md`, "Names of files".

/// What a name says. Prefixes (`appendfilename`) are never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Named<'a> {
    /// `<prefix>.manifest`
    Manifest {
        /// What the names of the set begin with.
        prefix: &'a [u8],
    },
    /// `<prefix>.<seq>.base.rdb` or `<prefix>.<seq>.base.aof`
    Base {
        /// What the names of the set begin with.
        prefix: &'a [u8],
        /// The sequence number.
        seq: i64,
        /// Whether it is to be an RDB file.
        is_rdb: bool,
    },
    /// `<prefix>.<seq>.incr.aof`
    Incr {
        /// What the names of the set begin with.
        prefix: &'a [u8],
        /// The sequence number.
        seq: i64,
    },
    /// `temp-<prefix>.manifest`: a manifest that was not put in its place.
    TempManifest {
        /// What the names of the set begin with.
        prefix: &'a [u8],
    },
    /// `temp-<prefix>.incr`: records since the log was switched on, before its first base was done.
    TempIncr {
        /// What the names of the set begin with.
        prefix: &'a [u8],
    },
    /// `temp-rewriteaof-<pid>.aof` while the child writes the base of a rewrite, `temp-rewriteaof-bg-<pid>.aof`
    /// when it is done.
    TempRewrite {
        /// The child that wrote it.
        pid: u64,
        /// Whether all of it was written.
        is_done: bool,
    },
    /// `temp-<pid>.rdb`: a snapshot that was not put in its place.
    TempRdb {
        /// The server or the child that wrote it.
        pid: u64,
    },
    /// `temp-<time>.<pid>.rdb`: data that a replica received from its primary.
    TempTransfer {
        /// When the transfer began, in seconds since the Unix epoch.
        time: u64,
        /// The replica.
        pid: u64,
    },
    /// Any other `*.rdb`.
    Rdb,
    /// Any other `*.aof`.
    Aof,
    /// `nodes.conf`, in which a server of a cluster keeps its role.
    NodesConf,
    /// Nothing of this, or a number that no server counts up to.
    Other,
}

/// A number in a name: digits, the first of which is 0 in no name that servers write.
enum Number {
    Fits(u64),
    TooLarge,
}

impl<'a> Named<'a> {
    /// What `name` says; see [`strip_container`] for names in an archive.
    ///
    /// ```
    /// use aof_log::names::Named;
    ///
    /// let named = Named::of(b"appendonly.aof.7.incr.aof");
    /// assert_eq!(named, Named::Incr { prefix: b"appendonly.aof", seq: 7 });
    /// assert_eq!(Named::of(b"temp-4711.rdb"), Named::TempRdb { pid: 4711 });
    /// ```
    pub fn of(name: &'a [u8]) -> Self {
        if name == b"nodes.conf" {
            return Self::NodesConf;
        }
        temporary(name).or_else(|| part(name)).unwrap_or_else(|| plain(name))
    }

    /// What the names of its set begin with, if it belongs to a set.
    pub fn prefix(self) -> Option<&'a [u8]> {
        match self {
            Self::Manifest { prefix }
            | Self::Base { prefix, .. }
            | Self::Incr { prefix, .. }
            | Self::TempManifest { prefix }
            | Self::TempIncr { prefix } => Some(prefix),
            _ => None,
        }
    }

    /// Whether it was left by something that was not finished.
    pub fn is_temporary(self) -> bool {
        matches!(
            self,
            Self::TempManifest { .. }
                | Self::TempIncr { .. }
                | Self::TempRewrite { .. }
                | Self::TempRdb { .. }
                | Self::TempTransfer { .. }
        )
    }
}

/// The name without the `.gz` or `.zst` of an archive, and whether it had one.
pub fn strip_container(name: &[u8]) -> (&[u8], bool) {
    let stem = name.strip_suffix(b".gz").or_else(|| name.strip_suffix(b".zst"));
    match stem {
        Some(stem) if !stem.is_empty() => (stem, true),
        _ => (name, false),
    }
}

fn temporary(name: &[u8]) -> Option<Named<'_>> {
    let rest = name.strip_prefix(b"temp-")?;
    if let Some(prefix) = stem(rest, b".manifest") {
        return Some(Named::TempManifest { prefix });
    }
    if let Some(prefix) = stem(rest, b".incr") {
        return Some(Named::TempIncr { prefix });
    }
    if let Some(rest) = rest.strip_prefix(b"rewriteaof-") {
        let digits = rest.strip_suffix(b".aof")?;
        let (digits, is_done) = match digits.strip_prefix(b"bg-") {
            Some(digits) => (digits, true),
            None => (digits, false),
        };
        return Some(match number(digits)? {
            Number::Fits(pid) => Named::TempRewrite { pid, is_done },
            Number::TooLarge => Named::Other,
        });
    }
    let digits = rest.strip_suffix(b".rdb")?;
    let Some((time, pid)) = split_last(digits) else {
        return Some(match number(digits)? {
            Number::Fits(pid) => Named::TempRdb { pid },
            Number::TooLarge => Named::Other,
        });
    };
    Some(match (number(time)?, number(pid)?) {
        (Number::Fits(time), Number::Fits(pid)) => Named::TempTransfer { time, pid },
        _ => Named::Other,
    })
}

fn part(name: &[u8]) -> Option<Named<'_>> {
    if let Some(prefix) = stem(name, b".manifest") {
        return Some(Named::Manifest { prefix });
    }
    let (stem, of) =
        [(&b".base.rdb"[..], Some(true)), (b".base.aof", Some(false)), (b".incr.aof", None)]
            .into_iter()
            .find_map(|(ending, is_rdb)| Some((stem(name, ending)?, is_rdb)))?;
    let (prefix, digits) = split_last(stem)?;
    let seq = match number(without_repair(digits))? {
        Number::Fits(seq) => i64::try_from(seq).ok(),
        Number::TooLarge => None,
    };
    if prefix.is_empty() {
        return None;
    }
    Some(match (seq, of) {
        (Some(seq), Some(is_rdb)) => Named::Base { prefix, seq, is_rdb },
        (Some(seq), None) => Named::Incr { prefix, seq },
        (None, _) => Named::Other,
    })
}

/// The number of a part that a repair wrote: `2r1` is the first repair of part 2.
fn without_repair(digits: &[u8]) -> &[u8] {
    let Some(at) = memchr::memchr(b'r', digits) else { return digits };
    match number(&digits[at + 1..]) {
        Some(Number::Fits(_)) => &digits[..at],
        _ => digits,
    }
}

fn plain(name: &[u8]) -> Named<'_> {
    match () {
        () if name.ends_with(b".rdb") => Named::Rdb,
        () if name.ends_with(b".aof") => Named::Aof,
        () => Named::Other,
    }
}

/// What stands before an ending, if anything does.
fn stem<'a>(name: &'a [u8], ending: &[u8]) -> Option<&'a [u8]> {
    name.strip_suffix(ending).filter(|stem| !stem.is_empty())
}

/// Before and behind the last dot.
fn split_last(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let dot = memchr::memrchr(b'.', name)?;
    Some((&name[..dot], &name[dot + 1..]))
}

fn number(digits: &[u8]) -> Option<Number> {
    let is_plain = digits.iter().all(u8::is_ascii_digit) && !digits.starts_with(b"0");
    let digits = std::str::from_utf8(digits).ok().filter(|text| is_plain && !text.is_empty())?;
    Some(digits.parse().map_or(Number::TooLarge, Number::Fits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_that_servers_give_say_what_the_files_are() {
        let prefix: &[u8] = b"appendonly.aof";
        for (name, named) in [
            (&b"appendonly.aof.manifest"[..], Named::Manifest { prefix }),
            (b"appendonly.aof.1.base.rdb", Named::Base { prefix, seq: 1, is_rdb: true }),
            (b"appendonly.aof.12.base.aof", Named::Base { prefix, seq: 12, is_rdb: false }),
            (b"appendonly.aof.3.incr.aof", Named::Incr { prefix, seq: 3 }),
            (b"temp-appendonly.aof.manifest", Named::TempManifest { prefix }),
            (b"temp-appendonly.aof.incr", Named::TempIncr { prefix }),
            (b"temp-rewriteaof-17.aof", Named::TempRewrite { pid: 17, is_done: false }),
            (b"temp-rewriteaof-bg-17.aof", Named::TempRewrite { pid: 17, is_done: true }),
            (b"temp-17.rdb", Named::TempRdb { pid: 17 }),
            (b"temp-1700000000.17.rdb", Named::TempTransfer { time: 1_700_000_000, pid: 17 }),
            (b"dump.rdb", Named::Rdb),
            (b"appendonly.aof", Named::Aof),
            (b"nodes.conf", Named::NodesConf),
        ] {
            assert_eq!(Named::of(name), named, "{}", name.escape_ascii());
            let is_temporary = name.starts_with(b"temp-");
            assert_eq!(named.is_temporary(), is_temporary, "{}", name.escape_ascii());
        }
    }

    #[test]
    fn a_prefix_may_be_anything_that_is_not_empty() {
        for prefix in [&b"a"[..], b"a b", b"\xff\x00", b"x.1.base.rdb", b"temp-x", b".", b"1"] {
            let name = |ending: &str| [prefix, ending.as_bytes()].concat();
            assert_eq!(Named::of(&name(".5.incr.aof")), Named::Incr { prefix, seq: 5 });
            assert_eq!(
                Named::of(&name(".manifest")).prefix(),
                Some(match prefix {
                    b"temp-x" => b"x",
                    other => other,
                })
            );
        }
        assert_eq!(Named::of(b".manifest"), Named::Other);
        assert_eq!(Named::of(b".1.incr.aof"), Named::Aof);
        assert_eq!(Named::of(b"temp-.manifest"), Named::Manifest { prefix: b"temp-" });
        assert_eq!(Named::of(b"temp-.incr"), Named::Other);
    }

    #[test]
    fn parts_that_a_repair_wrote_have_the_number_of_what_they_replace() {
        let prefix: &[u8] = b"a";
        assert_eq!(Named::of(b"a.2r1.incr.aof"), Named::Incr { prefix, seq: 2 });
        assert_eq!(Named::of(b"a.7r12.base.rdb"), Named::Base { prefix, seq: 7, is_rdb: true });
        for name in
            [&b"a.2r.incr.aof"[..], b"a.r1.incr.aof", b"a.2r01.incr.aof", b"a.2r1r1.incr.aof"]
        {
            assert_eq!(Named::of(name), Named::Aof, "{}", name.escape_ascii());
        }
    }

    #[test]
    fn numbers_that_no_server_writes_are_none() {
        for name in [
            &b"a.9223372036854775808.incr.aof"[..],
            b"a.99999999999999999999999999.base.rdb",
            b"temp-99999999999999999999.rdb",
            b"temp-1.99999999999999999999.rdb",
            b"temp-rewriteaof-99999999999999999999.aof",
        ] {
            assert_eq!(Named::of(name), Named::Other, "{}", name.escape_ascii());
        }
        let most = Named::Incr { prefix: b"a", seq: i64::MAX };
        assert_eq!(Named::of(b"a.9223372036854775807.incr.aof"), most);
        for name in [&b"a.01.incr.aof"[..], b"a.-1.incr.aof", b"a..incr.aof", b"a.x.base.aof"] {
            assert_eq!(Named::of(name), Named::Aof, "{}", name.escape_ascii());
        }
        for name in [&b"temp-.rdb"[..], b"temp-x.rdb", b"temp-1.2.3.rdb", b"temp-+1.rdb"] {
            assert_eq!(Named::of(name), Named::Rdb, "{}", name.escape_ascii());
        }
        assert_eq!(Named::of(b"temp-rewriteaof-bg-.aof"), Named::Aof);
        assert_eq!(Named::of(b""), Named::Other);
    }

    #[test]
    fn one_container_is_stripped_and_a_name_never_becomes_empty() {
        assert_eq!(strip_container(b"dump.rdb.gz"), (&b"dump.rdb"[..], true));
        assert_eq!(strip_container(b"dump.rdb.zst"), (&b"dump.rdb"[..], true));
        assert_eq!(strip_container(b"dump.rdb.gz.zst"), (&b"dump.rdb.gz"[..], true));
        assert_eq!(strip_container(b"dump.rdb"), (&b"dump.rdb"[..], false));
        assert_eq!(strip_container(b".gz"), (&b".gz"[..], false));
    }
}
