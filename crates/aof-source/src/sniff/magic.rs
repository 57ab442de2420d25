//! Magic numbers at the beginning of a file, and bytes that look like no format at all.

use super::{Cipher, Kind};

/// First bytes that belong to one kind only.
const MAGICS: [(&[u8], Kind); 23] = [
    (&[0x1F, 0x8B, 0x08], Kind::Gzip),
    (&[0x28, 0xB5, 0x2F, 0xFD], Kind::Zstd),
    (&[0xFD, b'7', b'z', b'X', b'Z', 0], Kind::Xz),
    (&[0x04, 0x22, 0x4D, 0x18], Kind::Lz4),
    (&[0x02, 0x21, 0x4C, 0x18], Kind::Lz4),
    (b"PK\x03\x04", Kind::Zip),
    (b"PK\x05\x06", Kind::Zip),
    (b"7z\xBC\xAF\x27\x1C", Kind::SevenZip),
    (b"SQLite format 3\0", Kind::Sqlite),
    (b"\x7FELF", Kind::Elf),
    (b"version https://git-lfs.github.com/spec/", Kind::LfsPointer),
    (b"age-encryption.org/", Kind::Encrypted(Cipher::Age)),
    (b"-----BEGIN AGE ENCRYPTED FILE-----", Kind::Encrypted(Cipher::Age)),
    (b"Salted__", Kind::Encrypted(Cipher::OpenSsl)),
    // The same in base64, as `openssl enc -a` writes it.
    (b"U2FsdGVkX1", Kind::Encrypted(Cipher::OpenSsl)),
    (b"-----BEGIN PGP MESSAGE-----", Kind::Encrypted(Cipher::Gpg)),
    (b"$ANSIBLE_VAULT;", Kind::Encrypted(Cipher::AnsibleVault)),
    (b"LUKS\xBA\xBE", Kind::Encrypted(Cipher::Luks)),
    // An OpenPGP session key encrypted with a passphrase: packet tag 3, version 4 or 5, a cipher, salted.
    (b"\x8C\x0D\x04\x07\x03", Kind::Encrypted(Cipher::Gpg)),
    (b"\x8C\x0D\x04\x08\x03", Kind::Encrypted(Cipher::Gpg)),
    (b"\x8C\x0D\x04\x09\x03", Kind::Encrypted(Cipher::Gpg)),
    (b"\xC3\x0D\x04\x09\x03", Kind::Encrypted(Cipher::Gpg)),
    (b"\xC3\x0D\x04\x07\x03", Kind::Encrypted(Cipher::Gpg)),
];

/// The kind whose magic number these bytes begin with.
pub(crate) fn magic(first: &[u8]) -> Option<Kind> {
    let listed = MAGICS.iter().find(|(magic, _)| first.starts_with(magic));
    if let Some((_, kind)) = listed {
        return Some(kind.clone());
    }
    match first {
        [b'R', b'E', b'D', b'I', b'S', rest @ ..] => Some(rdb("REDIS", rest, 4)),
        [b'V', b'A', b'L', b'K', b'E', b'Y', rest @ ..] => Some(rdb("VALKEY", rest, 3)),
        // A skippable frame, with which parallel and seekable zstd writers begin.
        [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Some(Kind::Zstd),
        [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..]
            if rest.starts_with(b"1AY&SY") || rest.starts_with(b"\x17rE8P\x90") =>
        {
            Some(Kind::Bzip2)
        }
        // An OpenPGP session key for somebody's public key: two bytes of length, version 3.
        [0x85, 0..=4, _, 3, ..] | [0x84 | 0xC1, 0x5E..=0xFF, 3, ..] => {
            Some(Kind::Encrypted(Cipher::Gpg))
        }
        _ => None,
    }
}

fn rdb(magic: &'static str, rest: &[u8], digits: usize) -> Kind {
    let version = rest
        .get(..digits)
        .filter(|digits| digits.iter().all(u8::is_ascii_digit))
        .and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    Kind::Rdb { magic, version }
}

/// tar has its magic far behind, where a log may have it in a value: ask this last.
pub(super) fn tar(first: &[u8]) -> Option<Kind> {
    (first.get(257..262) == Some(b"ustar")).then_some(Kind::Tar)
}

/// Fewer bytes than this cannot show how evenly they are spread.
const ENOUGH: usize = 2048;

/// For bytes that are spread as evenly as chance would: chi squared over the 256 values. Evenly spread
/// ones give 255 with a standard deviation of 23; compressed formats, with their headers and tables,
/// usually give far more.
pub(super) fn evenly_spread(first: &[u8]) -> Option<String> {
    if first.len() < ENOUGH {
        return None;
    }
    let mut counts = [0u32; 256];
    for &byte in first {
        counts[usize::from(byte)] += 1;
    }
    let expected = first.len() as f64 / 256.0;
    let deviation = |&count: &u32| (f64::from(count) - expected).powi(2) / expected;
    let chi_squared: f64 = counts.iter().map(deviation).sum();
    (chi_squared < 360.0).then(|| {
        let len = first.len();
        format!(
            "its first {len} bytes hold no record and no magic, and are spread as evenly as chance would"
        )
    })
}
