//! What each workload consists of. Keys begin with their type, so that no record meets a wrong one.

use std::collections::VecDeque;
use std::io;

use super::frames::Frames;
use crate::rng::{Rng, splitmix};

/// The clock of the first record, in milliseconds: 2023-11-14.
const FIRST_MS: u64 = 1_700_000_000_000;

/// 2100-01-01 in milliseconds: no bench waits for it.
const FAR: u64 = 4_102_444_800_000;

/// `SET key:nnnnnn value`, a million keys.
pub(super) fn sets(out: &mut Frames, mut rng: Rng, size: u64, len: usize) -> io::Result<()> {
    while !out.reached(size)? {
        let key = rng.below(1_000_000);
        out.record(3).arg(b"SET").key(b"key:", key, 6).text(&mut rng, len);
    }
    Ok(())
}

/// Tiny values; the keys are distinct because `splitmix` maps no two numbers to one.
pub(super) fn many_keys(out: &mut Frames, seed: u64, size: u64) -> io::Result<()> {
    let mut n = seed;
    while !out.reached(size)? {
        out.record(3).arg(b"SET").key(b"k", splitmix(n), 1).number(n % 1000);
        n = n.wrapping_add(1);
    }
    Ok(())
}

/// Jobs that are put into and taken out of 100 queues, with 10 waiting in each.
pub(super) fn queue(out: &mut Frames, mut rng: Rng, size: u64) -> io::Result<()> {
    let mut waiting = 0;
    while !out.reached(size)? {
        let queue = if waiting < 1000 { waiting % 100 } else { rng.below(100) };
        let len = rng.between(40, 200);
        out.record(3).arg(b"LPUSH").key(b"queue:", queue, 1).text(&mut rng, len);
        if waiting < 1000 {
            waiting += 1;
        } else {
            out.record(2).arg(b"RPOP").key(b"queue:", queue, 1);
        }
    }
    Ok(())
}

/// Groups of 3 to 10 records.
pub(super) fn multi(out: &mut Frames, mut rng: Rng, size: u64) -> io::Result<()> {
    let mut clock = FIRST_MS;
    while !out.reached(size)? {
        out.record(1).arg(b"MULTI");
        for _ in 0..rng.between(3, 10) {
            one_of_many(out, &mut rng, &mut clock);
        }
        out.record(1).arg(b"EXEC");
    }
    Ok(())
}

/// All types.
pub(super) fn mixed(out: &mut Frames, mut rng: Rng, size: u64) -> io::Result<()> {
    let mut clock = FIRST_MS;
    while !out.reached(size)? {
        one_of_many(out, &mut rng, &mut clock);
    }
    Ok(())
}

fn one_of_many(out: &mut Frames, rng: &mut Rng, clock: &mut u64) {
    match rng.below(100) {
        0..34 => string(out, rng),
        34..50 => hash(out, rng),
        50..62 => list(out, rng),
        62..70 => set(out, rng),
        70..80 => zset(out, rng),
        80..85 => {
            *clock += 1 + rng.below(3);
            let (key, len) = (rng.below(1000), rng.between(5, 60));
            out.record(5).arg(b"XADD").key(b"x:", key, 1).id((*clock, 0));
            out.arg(b"event").text(rng, len);
        }
        85..93 => {
            out.record(2).arg(b"INCR").key(b"n:", rng.below(100_000), 1);
        }
        93..97 => {
            let (key, when) = (rng.below(50_000), FAR + rng.below(1_000_000_000));
            out.record(3).arg(b"PEXPIREAT").key(b"h:", key, 1).number(when);
        }
        _ => {
            out.record(2).arg(b"DEL").key(b"s:", rng.below(1_000_000), 1);
        }
    }
}

/// Most values are small; one of 500 has up to 16 KiB.
fn length(rng: &mut Rng) -> usize {
    match rng.below(500) {
        0 => rng.between(4096, 16_384),
        1..60 => rng.between(200, 1000),
        _ => rng.between(3, 120),
    }
}

fn string(out: &mut Frames, rng: &mut Rng) {
    let (key, len) = (rng.below(1_000_000), length(rng));
    match rng.below(8) {
        0 => {
            let when = FAR + rng.below(1_000_000_000);
            out.record(5).arg(b"SET").key(b"s:", key, 1).text(rng, len);
            out.arg(b"PXAT").number(when);
        }
        1 => {
            out.record(3).arg(b"APPEND").key(b"a:", key % 10_000, 1).text(rng, len % 32);
        }
        _ => {
            out.record(3).arg(b"SET").key(b"s:", key, 1).text(rng, len);
        }
    }
}

fn hash(out: &mut Frames, rng: &mut Rng) {
    let key = rng.below(50_000);
    match rng.below(10) {
        0 => {
            out.record(3).arg(b"HDEL").key(b"h:", key, 1).key(b"field", rng.below(40), 1);
        }
        1 => {
            out.record(4).arg(b"HINCRBY").key(b"h:", key, 1).arg(b"visits").number(1);
        }
        _ => {
            let fields = 1 + rng.below(4);
            out.record(2 + 2 * fields).arg(b"HSET").key(b"h:", key, 1);
            for _ in 0..fields {
                let len = rng.between(2, 40);
                out.key(b"field", rng.below(40), 1).text(rng, len);
            }
        }
    }
}

fn list(out: &mut Frames, rng: &mut Rng) {
    let key = rng.below(20_000);
    match rng.below(10) {
        0..2 => {
            out.record(2).arg(b"LPOP").key(b"l:", key, 1);
        }
        2 => {
            out.record(4).arg(b"LTRIM").key(b"l:", key, 1).number(0).number(99);
        }
        n => {
            let name: &[u8] = if n.is_multiple_of(2) { b"LPUSH" } else { b"RPUSH" };
            let len = rng.between(5, 100);
            out.record(3).arg(name).key(b"l:", key, 1).text(rng, len);
        }
    }
}

fn set(out: &mut Frames, rng: &mut Rng) {
    let (key, member) = (rng.below(20_000), rng.below(5000));
    let name: &[u8] = if rng.chance(25) { b"SREM" } else { b"SADD" };
    out.record(3).arg(name).key(b"e:", key, 1);
    // Even keys hold integers, which servers store in another way.
    if key.is_multiple_of(2) {
        out.number(member)
    } else {
        out.key(b"member:", member, 1)
    };
}

fn zset(out: &mut Frames, rng: &mut Rng) {
    let (key, member, score) = (rng.below(20_000), rng.below(5000), rng.below(1_000_000));
    match rng.below(10) {
        0 => {
            out.record(3).arg(b"ZREM").key(b"z:", key, 1).key(b"user:", member, 1);
        }
        1 => {
            out.record(4).arg(b"ZINCRBY").key(b"z:", key, 1).number(1 + score % 9);
            out.key(b"user:", member, 1);
        }
        _ => {
            out.record(4).arg(b"ZADD").key(b"z:", key, 1).number(score);
            out.key(b"user:", member, 1);
        }
    }
}

/// Few keys with many members, and a huge value now and then: half of the bytes each.
pub(super) fn big_keys(out: &mut Frames, mut rng: Rng, size: u64) -> io::Result<()> {
    const MIB: usize = 1 << 20;
    let cap = usize::try_from(size / 8).unwrap_or(usize::MAX).clamp(1, 64 * MIB);
    let mut member = 0;
    while !out.reached(size)? {
        let longest = cap >> rng.below(7);
        let len = rng.between(longest.min(MIB), longest.max(MIB).min(cap).max(longest.min(MIB)));
        out.record(3).arg(b"SET").key(b"big:", rng.below(8), 1);
        out.long_text(&mut rng, len)?;
        for _ in 0..len / 3000 {
            members(out, &mut rng, &mut member);
            out.reached(size)?;
        }
    }
    Ok(())
}

/// One record with 32 members more, about 3000 bytes at all.
fn members(out: &mut Frames, rng: &mut Rng, member: &mut u64) {
    const MEMBERS: u64 = 32;
    let key = rng.below(4);
    let kind = rng.below(4);
    match kind {
        0 => {
            out.record(2 + 2 * MEMBERS).arg(b"HSET").key(b"bighash:", key, 1);
        }
        1 => {
            out.record(2 + 2 * MEMBERS).arg(b"ZADD").key(b"bigzset:", key, 1);
        }
        2 => {
            out.record(2 + MEMBERS).arg(b"SADD").key(b"bigset:", key, 1);
        }
        _ => {
            out.record(2 + MEMBERS).arg(b"RPUSH").key(b"biglist:", key, 1);
        }
    }
    for _ in 0..MEMBERS {
        *member += 1;
        match kind {
            0 => {
                out.key(b"f:", splitmix(*member), 1).text(rng, 48);
            }
            1 => {
                out.number(rng.below(1_000_000)).key(b"m:", splitmix(*member), 1);
            }
            2 => {
                out.key(b"m:", splitmix(*member), 1);
            }
            _ => {
                out.text(rng, 80);
            }
        }
    }
}

/// One of the streams, with a group of three consumers.
struct Stream {
    waiting: VecDeque<(u64, u64)>,
    taken: VecDeque<(u64, u64)>,
}

/// 64 streams: entries come, are taken by consumers, and acknowledged.
pub(super) fn streams(out: &mut Frames, mut rng: Rng, size: u64) -> io::Result<()> {
    let mut streams = Vec::new();
    for key in 0..64 {
        out.record(6).arg(b"XGROUP").arg(b"CREATE").key(b"stream:", key, 1);
        out.arg(b"workers").arg(b"$").arg(b"MKSTREAM");
        for consumer in 0..3 {
            out.record(5).arg(b"XGROUP").arg(b"CREATECONSUMER").key(b"stream:", key, 1);
            out.arg(b"workers").key(b"worker:", consumer, 1);
        }
        streams.push(Stream { waiting: VecDeque::new(), taken: VecDeque::new() });
    }
    let mut clock = (FIRST_MS, 0);
    while !out.reached(size)? {
        let key = rng.below(64);
        stream_step(out, &mut rng, key, &mut streams[key as usize], &mut clock);
    }
    Ok(())
}

fn stream_step(
    out: &mut Frames,
    rng: &mut Rng,
    key: u64,
    stream: &mut Stream,
    clock: &mut (u64, u64),
) {
    if stream.taken.len() > 8 || (!stream.taken.is_empty() && rng.chance(30)) {
        let id = stream.taken.pop_front().expect("one was taken");
        out.record(4).arg(b"XACK").key(b"stream:", key, 1).arg(b"workers").id(id);
    } else if stream.waiting.len() > 8 || (!stream.waiting.is_empty() && rng.chance(40)) {
        let id = stream.waiting.pop_front().expect("one waits");
        claim(out, key, rng.below(3), id, clock.0);
        stream.taken.push_back(id);
    } else if rng.chance(1) {
        out.record(5).arg(b"XTRIM").key(b"stream:", key, 1);
        out.arg(b"MAXLEN").arg(b"=").number(1000);
    } else {
        *clock = if rng.chance(30) { (clock.0, clock.1 + 1) } else { (clock.0 + 1, 0) };
        let len = rng.between(10, 80);
        out.record(7).arg(b"XADD").key(b"stream:", key, 1).id(*clock);
        out.arg(b"user").number(rng.below(100_000)).arg(b"payload").text(rng, len);
        stream.waiting.push_back(*clock);
    }
}

/// What a server logs when a consumer reads one entry.
fn claim(out: &mut Frames, key: u64, consumer: u64, id: (u64, u64), ms: u64) {
    out.record(14).arg(b"XCLAIM").key(b"stream:", key, 1).arg(b"workers");
    out.key(b"worker:", consumer, 1).number(0).id(id);
    out.arg(b"TIME").number(ms).arg(b"RETRYCOUNT").number(1);
    out.arg(b"FORCE").arg(b"JUSTID").arg(b"LASTID").id(id);
}
