//! Files to be damaged.

use aof_testkit::Rng;

use crate::tests::build::{Build, len, row, text};
use crate::tests::pack::{intset, listpack, lzf};

/// Keys of all types in several databases, small and large.
pub(in crate::tests) fn varied(header: &str, seed: u64) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    let mut file = Build::new(header)
        .aux("redis-ver", "7.2.4")
        .aux("redis-bits", "64")
        .raw(&row(&[&[245], &text(b"#!lua name=lib\nreturn 1")]));
    for db in [0, 1, 4, 9] {
        let keys = 150;
        let times: Vec<Option<i64>> = (0..keys)
            .map(|_| rng.chance(33).then(|| 1_700_000_000_000 + rng.below(1 << 36) as i64))
            .collect();
        let expiring = times.iter().flatten().count() as u64;
        file = file.select(db).raw(&row(&[&[251], &len(keys), &len(expiring)]));
        for (n, expiry) in times.iter().enumerate() {
            if let Some(expiry) = expiry {
                file = file.raw(&row(&[&[252], &expiry.to_le_bytes()]));
            }
            let name = format!("{}:{db}:{n}", rng.pick(&["user", "session", "cart"]));
            let (code, value) = value(&mut rng);
            file = file.key(code, name.as_bytes(), &value);
        }
    }
    file.end()
}

/// Nothing but small strings.
pub(super) fn small_keys(header: &str, keys: u64) -> Vec<u8> {
    let mut file = Build::new(header).aux("redis-ver", "7.2.4").select(0);
    file = file.raw(&row(&[&[251], &len(keys), &len(0)]));
    for n in 0..keys {
        file = file.key(0, format!("key:{n}").as_bytes(), &text(format!("value-{n}").as_bytes()));
    }
    file.end()
}

fn words(rng: &mut Rng, most: u64) -> Vec<Vec<u8>> {
    let count = 1 + rng.below(most);
    (0..count).map(|n| format!("{n}-{:x}", rng.word() >> rng.below(60)).into_bytes()).collect()
}

fn texts(words: &[Vec<u8>]) -> Vec<u8> {
    words.iter().flat_map(|word| text(word)).collect()
}

fn value(rng: &mut Rng) -> (u8, Vec<u8>) {
    let most = if rng.chance(5) { 400 } else { 12 };
    let words = words(rng, most);
    let count = len(words.len() as u64);
    let scored = |score: &dyn Fn(usize) -> Vec<u8>| -> Vec<u8> {
        words.iter().enumerate().flat_map(|(n, word)| [text(word), score(n)].concat()).collect()
    };
    let mut pairs = Vec::new();
    for (n, word) in words.iter().enumerate() {
        pairs.extend([word.clone(), n.to_string().into_bytes()]);
    }
    match rng.below(14) {
        0 => (0, text(format!("{:x}", rng.word()).as_bytes())),
        1 => (0, vec![0xC1, rng.word() as u8, rng.word() as u8]),
        2 => {
            let mut bytes = Vec::new();
            let len = rng.between(1, 3000);
            rng.binary(&mut bytes, len);
            (0, text(&bytes))
        }
        3 => {
            let long = words.concat().repeat(1 + rng.below(40) as usize);
            let packed = lzf(&long, rng);
            (0, row(&[&[0xC3], &len(packed.len() as u64), &len(long.len() as u64), &packed]))
        }
        4 => (1, row(&[&count, &texts(&words)])),
        5 => (2, row(&[&count, &texts(&words)])),
        6 => (4, row(&[&count, &scored(&|n| text(format!("{n}.5").as_bytes()))])),
        7 => (5, row(&[&count, &scored(&|n| (n as f64 * 1.5).to_le_bytes().to_vec())])),
        8 => (16, text(&listpack(&pairs, None))),
        9 => (17, text(&listpack(&pairs, None))),
        10 => (20, text(&listpack(&words, None))),
        11 => (11, text(&intset(&(0..words.len() as i64).map(|n| n * 77).collect::<Vec<_>>()))),
        12 => {
            let nodes: Vec<u8> = words
                .chunks(8)
                .flat_map(|words| row(&[&len(2), &text(&listpack(words, None))]))
                .collect();
            (18, row(&[&len(words.len().div_ceil(8) as u64), &nodes]))
        }
        _ => (0, text(&words.concat().repeat(1 + rng.below(100) as usize))),
    }
}

/// Twenty hashes, the last of a file.
pub(super) fn and_hashes(mut file: Build) -> Vec<u8> {
    let hash = text(&listpack(&[b"field".to_vec(), b"value".to_vec()], None));
    for n in 10..30 {
        file = file.key(16, format!("key:{n}").as_bytes(), &hash);
    }
    file.end()
}
