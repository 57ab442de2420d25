//! The obvious loop over one record: no allocation, no table, no tricks. What a careful programmer writes
//! first, and what a parser with better manners must not be much slower than.

use aof_testkit::naive::{MAX_ARGC, MAX_BULK};

/// More digits are no length.
const MAX_DIGITS: usize = 15;

/// Steps over one strict record: what follows it, and how many arguments it has. `None` if it is broken or
/// cut off.
pub(super) fn skip(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let mut at = 0;
    let argc = number(bytes, &mut at, b'*')?;
    if argc == 0 || argc > MAX_ARGC {
        return None;
    }
    for _ in 0..argc {
        let length = number(bytes, &mut at, b'$')?;
        if length > MAX_BULK {
            return None;
        }
        at += length as usize;
        line_end(bytes, &mut at)?;
    }
    Some((&bytes[at..], argc as usize))
}

/// `sign`, digits without a leading zero, and the end of the line.
fn number(bytes: &[u8], at: &mut usize, sign: u8) -> Option<u64> {
    if *bytes.get(*at)? != sign {
        return None;
    }
    *at += 1;
    let first = *at;
    let mut value = 0;
    while let Some(digit @ b'0'..=b'9') = bytes.get(*at) {
        if *at - first == MAX_DIGITS {
            return None;
        }
        value = value * 10 + u64::from(digit - b'0');
        *at += 1;
    }
    let digits = *at - first;
    if digits == 0 || (digits > 1 && bytes[first] == b'0') {
        return None;
    }
    line_end(bytes, at)?;
    Some(value)
}

fn line_end(bytes: &[u8], at: &mut usize) -> Option<()> {
    if *bytes.get(*at)? != b'\r' || *bytes.get(*at + 1)? != b'\n' {
        return None;
    }
    *at += 2;
    Some(())
}

#[cfg(test)]
mod tests {
    use aof_testkit::{Rng, naive};

    use super::*;

    fn agree(bytes: &[u8]) {
        let naive = naive::frame(bytes, 0).ok();
        let naive = naive.map(|frame| (&bytes[frame.len..], frame.argv.len()));
        assert_eq!(skip(bytes), naive, "{}", bytes.escape_ascii());
    }

    #[test]
    fn it_agrees_with_the_naive_reader_on_every_prefix_and_on_changed_bytes() {
        let frame = b"*3\r\n$3\r\nSET\r\n$10\r\n0123456789\r\n$0\r\n\r\n+";
        let mut rng = Rng::new(7);
        for end in 0..=frame.len() {
            agree(&frame[..end]);
            for _ in 0..50 {
                let mut changed = frame[..end].to_vec();
                if end > 0 {
                    let at = rng.between(0, end - 1);
                    changed[at] = *rng.pick(b"0129*$\r\n#x-");
                }
                agree(&changed);
            }
        }
    }

    #[test]
    fn claims_beyond_all_bounds_are_refused() {
        for bytes in [
            b"*2147483648\r\n".as_slice(),
            b"*1\r\n$281474976710657\r\n",
            b"*1\r\n$999999999999999\r\nx\r\n",
            b"*1\r\n$9999999999999999999999\r\nx\r\n",
            b"*0\r\n",
        ] {
            agree(bytes);
            assert_eq!(skip(bytes), None);
        }
    }
}
