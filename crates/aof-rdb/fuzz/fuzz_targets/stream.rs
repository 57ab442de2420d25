//! Streams that are built as servers build them come back; what is changed in them makes nothing panic.

#![no_main]

use aof_rdb::{Dialect, Header, Payload, Room, Str, StreamId};
use aof_rdb_fuzz::{check, len, listpack, text, words};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((&code, bytes)) = input.split_first() else { return };
    let code = [15, 19, 21, 26][usize::from(code % 4)];
    let _sound_or_not = check(value(code, bytes));
    let mut feed = Feed(bytes);
    let (mut built, told) = build(code, &mut feed);
    assert!(check(value(code, &built)).is_ok());
    assert_eq!(items(value(code, &built)), told);
    let at = (usize::from(feed.byte()) << 8 | usize::from(feed.byte())) % built.len();
    built[at] = feed.byte();
    let _sound_or_not = check(value(code, &built));
    let _sound_or_not = check(value(code, &built[..at]));
});

fn value(code: u8, bytes: &[u8]) -> Payload<'_> {
    Payload { header: Header { dialect: Dialect::Redis, version: 13 }, code, bytes }
}

/// Everything is decided by the bytes of the input, and by zeros behind them.
struct Feed<'a>(&'a [u8]);

impl<'a> Feed<'a> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    fn below(&mut self, most: u8) -> u8 {
        self.byte() % most
    }

    fn string(&mut self) -> &'a [u8] {
        let len = usize::from(self.below(20)).min(self.0.len());
        let (string, rest) = self.0.split_at(len);
        self.0 = rest;
        string
    }

    fn number(&mut self) -> u64 {
        let word = [self.byte(), self.byte(), 0, 0, 0, 0, 0, self.byte()];
        u64::from_le_bytes(word)
    }

    fn id(&mut self) -> StreamId {
        StreamId { millis: self.number(), seq: self.number() }
    }
}

/// A length in eight bytes.
fn wide(value: u64) -> Vec<u8> {
    [&[0x81], &value.to_be_bytes()[..]].concat()
}

fn pair(id: StreamId) -> Vec<u8> {
    [wide(id.millis), wide(id.seq)].concat()
}

fn raw(id: StreamId) -> Vec<u8> {
    [id.millis.to_be_bytes(), id.seq.to_be_bytes()].concat()
}

/// A stream, and what it should be told as.
fn build(code: u8, feed: &mut Feed<'_>) -> (Vec<u8>, Vec<String>) {
    let (mut out, mut told) = (Vec::new(), Vec::new());
    let nodes = feed.below(4);
    out.extend(len(nodes.into()));
    for _ in 0..nodes {
        let first = feed.id();
        out.extend(text(&raw(first)));
        out.extend(text(&node(first, feed, &mut told)));
    }
    let (length, last) = (feed.number(), feed.id());
    out.extend([wide(length), pair(last)].concat());
    let mut stream = format!("{length} {last}");
    if code >= 19 {
        let (first, deleted, added) = (feed.id(), feed.id(), feed.number());
        out.extend([pair(first), pair(deleted), wide(added)].concat());
        stream += &format!(" {first} {deleted} {added}");
    }
    told.push(stream);
    let groups = feed.below(3);
    out.extend(len(groups.into()));
    for _ in 0..groups {
        out.extend(group(code, feed, &mut told));
    }
    if code >= 26 {
        out.extend(producers(feed, &mut told));
    }
    (out, told)
}

/// A listpack with entries, some of them deleted.
fn node<'a>(first: StreamId, feed: &mut Feed<'a>, told: &mut Vec<String>) -> Vec<u8> {
    let fields: Vec<&[u8]> = (0..feed.below(4)).map(|_| feed.string()).collect();
    let (mut items, mut deleted) = (Vec::new(), 0);
    let count = i64::from(feed.below(5));
    for _ in 0..count {
        let flags = i64::from(feed.below(4));
        let (millis, seq) = (feed.number() as i64, i64::from(feed.byte()) - 100);
        items.extend([flags, millis, seq].map(Str::Int));
        let before = items.len();
        let own: Vec<&[u8]> = match flags & 2 {
            0 => (0..feed.below(3)).map(|_| feed.string()).collect(),
            _ => fields.clone(),
        };
        if flags & 2 == 0 {
            items.push(Str::Int(own.len() as i64));
        }
        let mut words = Vec::new();
        for field in own {
            let value = feed.string();
            items.extend((flags & 2 == 0).then_some(Str::Bytes(field)));
            items.push(Str::Bytes(value));
            words.extend([field, value]);
        }
        items.push(Str::Int((items.len() - before) as i64 + 3));
        let millis = first.millis.wrapping_add_signed(millis);
        let id = StreamId { millis, seq: first.seq.wrapping_add_signed(seq) };
        deleted += flags & 1;
        told.extend((flags & 1 == 0).then(|| format!("{id} {words:?}")));
    }
    let mut all = vec![Str::Int(count - deleted), Str::Int(deleted), Str::Int(fields.len() as i64)];
    all.extend(fields.into_iter().map(Str::Bytes));
    all.push(Str::Int(0));
    all.extend(items);
    listpack(&all)
}

fn group(code: u8, feed: &mut Feed<'_>, told: &mut Vec<String>) -> Vec<u8> {
    let (name, last, read) = (feed.string(), feed.id(), feed.number());
    let mut out = [text(name), pair(last)].concat();
    out.extend((code >= 19).then(|| wide(read)).unwrap_or_default());
    let read = (code >= 19).then_some(read);
    let (pending, consumers) = (feed.below(4), feed.below(3));
    let pending = if consumers == 0 { 0 } else { pending };
    let mut owned = vec![Vec::new(); consumers.into()];
    let mut words = Vec::new();
    out.extend(len(pending.into()));
    for n in 0..pending {
        let id = StreamId { millis: feed.number(), seq: n.into() };
        let (delivered, times, owner) =
            (feed.number() as i64, feed.number(), feed.below(consumers));
        out.extend([&raw(id)[..], &delivered.to_le_bytes(), &wide(times)].concat());
        owned[usize::from(owner)].extend(raw(id));
        words.push(format!("{id} {delivered} {times} {:?}", Some(owner)));
    }
    out.extend(len(consumers.into()));
    for (n, owned) in owned.iter().enumerate() {
        let name = [feed.string(), &[n as u8]].concat();
        let (seen, active) = (feed.number() as i64, i64::from(feed.byte()) - 1);
        out.extend([&text(&name)[..], &seen.to_le_bytes()].concat());
        if code >= 21 {
            out.extend(active.to_le_bytes());
        }
        let active = Some(active).filter(|&it| code >= 21 && it != -1);
        out.extend([&len(owned.len() / 16), &owned[..]].concat());
        words.push(format!("{name:?} {seen} {active:?}"));
    }
    told.push(format!("{name:?} {last} {read:?} {words:?}"));
    out
}

fn producers(feed: &mut Feed<'_>, told: &mut Vec<String>) -> Vec<u8> {
    let (duration, most, count) = (feed.number(), feed.number(), feed.below(3));
    let mut out = [wide(duration), wide(most), len(count.into())].concat();
    for _ in 0..count {
        let (name, messages) = (feed.string(), feed.below(3));
        let mut words = Vec::new();
        out.extend([text(name), len(messages.into())].concat());
        for _ in 0..messages {
            let (message, id) = (feed.string(), feed.id());
            out.extend([text(message), pair(id)].concat());
            words.push(format!("{message:?} {id}"));
        }
        told.push(format!("{name:?} {words:?}"));
    }
    let (added, repeated) = (feed.number(), feed.number());
    out.extend([wide(added), wide(repeated)].concat());
    told.push(format!("{duration} {most} {added} {repeated}"));
    out
}

/// What the stream is told as.
fn items(value: Payload<'_>) -> Vec<String> {
    let mut told = Vec::new();
    let read = value.items(&mut Room::default(), &mut |item| told.push(words(&item)));
    assert_eq!(read, Ok(()));
    told
}
