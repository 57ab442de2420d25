//! Small files, byte by byte as the format says.

use crate::crc64;

/// A file that grows.
#[derive(Debug, Clone)]
pub(super) struct Build {
    pub(super) bytes: Vec<u8>,
}

/// A length in its shortest form.
pub(super) fn len(n: u64) -> Vec<u8> {
    match n {
        0..64 => vec![n as u8],
        64..0x4000 => vec![0x40 | (n >> 8) as u8, n as u8],
        0x4000..=0xffff_ffff => [&[0x80][..], &(n as u32).to_be_bytes()].concat(),
        _ => [&[0x81][..], &n.to_be_bytes()].concat(),
    }
}

/// A plain string.
pub(super) fn text(bytes: &[u8]) -> Vec<u8> {
    [len(bytes.len() as u64), bytes.to_vec()].concat()
}

/// Everything in a row.
pub(super) fn row(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

impl Build {
    /// With this header.
    pub(super) fn new(header: &str) -> Self {
        Self { bytes: header.as_bytes().to_vec() }
    }

    pub(super) fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// A key of a type and its value.
    pub(super) fn key(self, code: u8, key: &[u8], value: &[u8]) -> Self {
        self.raw(&[code]).raw(&text(key)).raw(value)
    }

    pub(super) fn aux(self, name: &str, value: &str) -> Self {
        self.raw(&[250]).raw(&text(name.as_bytes())).raw(&text(value.as_bytes()))
    }

    pub(super) fn select(self, db: u64) -> Self {
        self.raw(&[254]).raw(&len(db))
    }

    /// The end with the right checksum.
    pub(super) fn end(self) -> Vec<u8> {
        let whole = self.raw(&[255]).bytes;
        let crc = crc64(&whole);
        [whole, crc.to_le_bytes().to_vec()].concat()
    }
}

/// The value of a stream with a node, and a group with an entry that a consumer has not acknowledged.
/// `version` is 1 to 4.
pub(super) fn stream(version: u8) -> Vec<u8> {
    let big = len(u64::MAX);
    let mut out = row(&[&len(1), &text(&[7; 16]), &text(&[9; 300]), &len(1), &big, &len(0)]);
    if version >= 2 {
        out.extend(row(&[&big, &len(0), &len(0), &len(0), &len(70)]));
    }
    out.extend(row(&[&len(1), &text(b"group"), &big, &len(3)]));
    if version >= 2 {
        out.extend(&big);
    }
    out.extend(row(&[&len(1), &[1; 24], &len(2)]));
    out.extend(row(&[&len(2), &text(b"alice"), &[2; 8]]));
    if version >= 3 {
        out.extend([0xff; 8]);
    }
    out.extend(row(&[&len(1), &[1; 16], &text(b"bob"), &[3; 8]]));
    if version >= 3 {
        out.extend([4; 8]);
    }
    out.extend(len(0));
    if version >= 4 {
        let named = row(&[&text(b"message"), &big, &len(0)]);
        let producer = row(&[&text(b"producer"), &len(2), &named, &named]);
        out.extend(row(&[&len(100), &len(100), &len(1), &producer, &len(2), &len(0)]));
    }
    out
}

/// What a module wrote: every opcode.
pub(super) fn module() -> Vec<u8> {
    let big = len(u64::MAX);
    row(&[&[1], &big, &[2], &len(5), &[3, 0, 0, 0, 0], &[4], &[8; 8], &[5], &text(b"blob"), &[0]])
}

/// Values of all types that both dialects have, with their numbers.
pub(super) fn values() -> Vec<(u8, Vec<u8>)> {
    let (a, b) = (text(b"member"), text(&[b'x'; 100]));
    let id = len(0x0123_4567_89ab_cdef);
    let lzf = [0xC3, 5, 12, 0, b'a', 0xE0, 2, 0];
    let mut values = vec![
        (0, b.clone()),
        (0, vec![0xC0, 200]),
        (0, vec![0xC1, 1, 2]),
        (0, vec![0xC2, 1, 2, 3, 4]),
        (0, lzf.to_vec()),
        (1, row(&[&len(2), &a, &lzf])),
        (2, row(&[&len(1), &a])),
        (3, row(&[&len(3), &a, &[3], b"1.5", &b, &[254], &[0xC0, 1], &[253]])),
        (4, row(&[&len(2), &a, &b, &b, &a])),
        (5, row(&[&len(2), &a, &[0; 8], &b, &[255; 8]])),
        (7, row(&[&id, &module()])),
        (14, row(&[&len(2), &a, &b])),
        (15, stream(1)),
        (18, row(&[&len(2), &len(1), &a, &len(2), &b])),
        (19, stream(2)),
        (21, stream(3)),
    ];
    values.extend([9, 10, 11, 12, 13, 16, 17, 20].map(|code| (code, b.clone())));
    values
}

/// A file of a dialect with everything in it that the dialect has; how many keys, and how many of them expire.
pub(super) fn everything(header: &str) -> (Vec<u8>, u64, u64) {
    let name = if header.starts_with('V') { "valkey-ver" } else { "redis-ver" };
    let mut file = Build::new(header)
        .aux(name, "9.9.9")
        .raw(&row(&[&[247], &len(77), &len(2), &len(1), &module()]))
        .raw(&row(&[&[245], &text(b"#!lua name=lib\n")]))
        .select(0)
        .raw(&row(&[&[251], &len(99), &len(1)]));
    let mut values = values();
    let (a, b) = (text(b"field"), text(b"value"));
    if header.starts_with('V') {
        let slots = row(&[&text(b"job"), &len(2), &len(0), &len(99), &len(100), &len(16383)]);
        file = file.raw(&row(&[&[243], &slots]));
        values.push((22, row(&[&len(2), &a, &b, &[0xff; 8], &b, &a, &[1; 8]])));
    } else {
        let fields = row(&[&len(2), &len(0), &a, &b, &len(70), &b, &a]);
        values.push((22, fields.clone()));
        values.push((24, row(&[&[1; 8], &fields])));
        values.push((25, row(&[&[1; 8], &b])));
    }
    if header == "REDIS0013" {
        file = file.raw(&row(&[&[243], &len(2), &[1; 4], &module(), &[2; 4], &module()]));
        values.push((26, stream(4)));
    }
    let mut expiring = 0;
    for (n, (code, value)) in values.iter().enumerate() {
        match n % 5 {
            0 => file = file.raw(&row(&[&[252], &(n as i64 * 1000).to_le_bytes()])),
            1 => file = file.raw(&row(&[&[253], &7_i32.to_le_bytes(), &[248], &len(1000)])),
            2 => file = file.raw(&[249, 255]).aux("slot-info", "1,2,3"),
            3 => file = file.raw(&row(&[&[244], &len(5), &len(6), &len(7)])).select(n as u64),
            _ => {}
        }
        expiring += u64::from(n % 5 < 2);
        file = file.key(*code, format!("key {n}").as_bytes(), value);
    }
    (file.end(), values.len() as u64, expiring)
}
