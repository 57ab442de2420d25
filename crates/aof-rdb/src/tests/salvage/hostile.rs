//! Files that are made to keep a salvage busy.

use super::files::small_keys;
use crate::salvage::effort;

/// So many bytes of each kind; `AOF_DOCTOR_ALL` asks for many.
fn size() -> usize {
    if std::env::var_os("AOF_DOCTOR_ALL").is_some() { 16 << 20 } else { 1 << 20 }
}

/// Records, damage, the bytes, and more records behind them.
fn hidden(bytes: &[u8]) -> Vec<u8> {
    let mut file = small_keys("REDIS0011", 1000);
    let behind = file.split_off(10_000);
    [&file[..], &[0xF0; 9], bytes, &behind].concat()
}

/// A long string in which each byte could begin a list, and short ones behind it.
fn long_and_short() -> Vec<u8> {
    let mut out = vec![0, 1, 1, 0x80, 0, 0, 0xF0, 0];
    out.resize(8 + 0xF000, 1);
    out.extend([0, 1, 1, 0].repeat(63));
    out
}

fn file_in_a_string(size: usize) -> Vec<u8> {
    let file = small_keys("REDIS0011", size as u64 / 24);
    [&[0, 1, b'f', 0x80], &(file.len() as u32).to_be_bytes()[..], &file].concat()
}

/// Twelve kinds of bytes that can be taken for records at many places.
fn kinds(size: usize) -> Vec<(&'static str, Vec<u8>)> {
    let filled = |pattern: &[u8]| pattern.iter().copied().cycle().take(size).collect();
    let lists = b"\x01\x01k\x08\x01a\x01b\x01\x00\x01\x02\x01\x00\x01\x02\x01\x05\x01\x09";
    vec![
        ("NUL", filled(&[0])),
        ("0x01", filled(&[1])),
        ("0x02", filled(&[2])),
        ("0x40", filled(&[0x40])),
        ("0xFF", filled(&[0xFF])),
        ("seconds", filled(&[0xFD, 0, 0, 0, 0, 1, 1, 0, 0])),
        ("small keys", filled(b"\0\x01k\x01v")),
        ("odd small keys", filled(b"\0\x01\x01\x01v")),
        ("small lists", filled(lists)),
        ("large lists", filled(b"\x01\x01k\x7f\xff")),
        ("long and short", filled(&long_and_short())),
        ("a file in a string", file_in_a_string(size)),
    ]
}

#[test]
#[expect(clippy::print_stdout, reason = "figures are the result")]
fn what_a_salvage_takes_grows_with_the_file_and_no_faster() {
    for (name, bytes) in kinds(size()) {
        let file = hidden(&bytes);
        let (len, start) = (file.len() as u64, std::time::Instant::now());
        let [work, looked_at, compared] = effort(&file);
        let took = start.elapsed();
        println!("{name}: {work} bytes, {looked_at} places, {compared} steps, {took:?}");
        assert!(work <= (1 << 30) + 257 * len, "{name}: {work} bytes");
        assert!(looked_at <= 8 * len, "{name}: {looked_at} places");
        assert!(compared <= (1 << 24) + 4 * len, "{name}: {compared} steps");
    }
}
