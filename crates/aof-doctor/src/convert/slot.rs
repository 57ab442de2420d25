//! The slot of a cluster that a key belongs to.

/// How many slots a cluster has.
pub(crate) const SLOTS: u16 = 16_384;

/// CRC-16 of XMODEM over the name, or over what stands in its first braces if that is not empty (source: the
/// specification of Redis Cluster).
pub(crate) fn slot(name: &[u8]) -> u16 {
    let crc = hashed(name).iter().fold(0_u16, |crc, &byte| {
        (0..8).fold(crc ^ u16::from(byte) << 8, |crc, _| {
            crc << 1 ^ if crc & 0x8000 == 0 { 0 } else { 0x1021 }
        })
    });
    crc % SLOTS
}

fn hashed(name: &[u8]) -> &[u8] {
    let at = |name: &[u8], brace: u8| name.iter().position(|&byte| byte == brace);
    let within = at(name, b'{').map(|open| &name[open + 1..]);
    let tag = within.and_then(|rest| at(rest, b'}').map(|close| &rest[..close]));
    tag.filter(|tag| !tag.is_empty()).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_specification() {
        // The check value of CRC-16/XMODEM.
        assert_eq!(slot(b"123456789"), 0x31C3 % SLOTS);
        assert_eq!(slot(b"foo"), 12_182);
        assert_eq!(slot(b""), 0);
    }

    #[test]
    fn only_what_stands_in_the_first_braces_counts() {
        assert_eq!(slot(b"{user1000}.following"), slot(b"user1000"));
        assert_eq!(slot(b"foo{{bar}}zap"), slot(b"{bar"));
        assert_eq!(slot(b"foo{bar}{zap}"), slot(b"bar"));
        for whole in [&b"foo{}{bar}"[..], b"foo{bar", b"foo}bar{"] {
            assert_eq!(hashed(whole), whole);
        }
    }
}
