//! Which arguments of a command are keys, for the commands that the testkit writes.
//!
//! Written apart from the product's command table on purpose: one can show that the other is wrong.

/// The keys of a command, or `None` if the testkit does not know the command.
#[must_use]
pub fn keys_of<A: AsRef<[u8]>>(argv: &[A]) -> Option<Vec<Vec<u8>>> {
    let name = argv.first()?.as_ref().to_ascii_uppercase();
    let from = |first: usize, last: usize, step: usize| -> Vec<Vec<u8>> {
        let last = last.min(argv.len());
        let picked = argv.get(first..last).unwrap_or_default();
        picked.iter().step_by(step).map(|key| key.as_ref().to_vec()).collect()
    };
    Some(match name.as_slice() {
        b"SET" | b"SETNX" | b"SETRANGE" | b"SETBIT" | b"APPEND" | b"INCR" | b"INCRBY" | b"DECR"
        | b"DECRBY" | b"HSET" | b"HSETNX" | b"HDEL" | b"HINCRBY" | b"LPUSH" | b"RPUSH"
        | b"LPUSHX" | b"RPUSHX" | b"LPOP" | b"RPOP" | b"LREM" | b"LTRIM" | b"LSET" | b"LINSERT"
        | b"SADD" | b"SREM" | b"ZADD" | b"ZREM" | b"ZINCRBY" | b"ZPOPMIN" | b"ZPOPMAX"
        | b"ZREMRANGEBYRANK" | b"ZREMRANGEBYSCORE" | b"XADD" | b"XDEL" | b"XTRIM" | b"XACK"
        | b"XCLAIM" | b"XSETID" | b"PEXPIREAT" | b"PERSIST" | b"PFADD" | b"MOVE" => from(1, 2, 1),
        b"DEL" | b"UNLINK" | b"SINTERSTORE" | b"SUNIONSTORE" | b"SDIFFSTORE" | b"PFMERGE" => {
            from(1, usize::MAX, 1)
        }
        b"MSET" | b"MSETNX" => from(1, usize::MAX, 2),
        b"RENAME" | b"RENAMENX" | b"COPY" | b"LMOVE" | b"RPOPLPUSH" | b"SMOVE" => from(1, 3, 1),
        b"BITOP" => from(2, usize::MAX, 1),
        b"ZUNIONSTORE" | b"ZINTERSTORE" => {
            let count = std::str::from_utf8(argv.get(2)?.as_ref()).ok()?.parse().unwrap_or(0);
            let sources = from(3, 3usize.saturating_add(count), 1);
            from(1, 2, 1).into_iter().chain(sources).collect()
        }
        b"XGROUP" => from(2, 3, 1),
        b"SELECT" | b"MULTI" | b"EXEC" | b"FLUSHALL" | b"FLUSHDB" | b"SWAPDB" => Vec::new(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(line: &str) -> Option<String> {
        let argv: Vec<&str> = line.split(' ').collect();
        let keys = keys_of(&argv)?;
        Some(String::from_utf8(keys.join(&b' ')).expect("ASCII went in"))
    }

    #[test]
    fn every_shape_of_command_gives_its_keys() {
        assert_eq!(keys("set k v").as_deref(), Some("k"));
        assert_eq!(keys("MSET a 1 b 2").as_deref(), Some("a b"));
        assert_eq!(keys("DEL a b c").as_deref(), Some("a b c"));
        assert_eq!(keys("COPY a b DB 3").as_deref(), Some("a b"));
        assert_eq!(keys("BITOP AND d a b").as_deref(), Some("d a b"));
        assert_eq!(keys("ZUNIONSTORE d 2 a b WEIGHTS 1 2").as_deref(), Some("d a b"));
        assert_eq!(keys("XGROUP CREATE s g $").as_deref(), Some("s"));
        assert_eq!(keys("MULTI").as_deref(), Some(""));
        assert_eq!(keys("JSON.SET k $ 1"), None);
    }

    #[test]
    fn a_command_without_its_arguments_has_no_keys() {
        assert_eq!(keys("SET").as_deref(), Some(""));
        assert_eq!(keys_of::<&[u8]>(&[]), None);
    }
}
