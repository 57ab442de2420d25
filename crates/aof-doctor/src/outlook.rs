//! What data in memory will come to in a server and on its disk: estimates, before anything is written.

use std::collections::BTreeMap;
use std::time::Duration;

use aof_keyspace::Keyspace;
use aof_rdb::{Key, Room};

/// What a server needs for each record of a log that it loads, and for each byte, in nanoseconds: Redis 7.0, measured
/// on a machine of two cores with simple commands of all types.
const OF_LOG: (u64, f64) = (1_800, 2.5);

/// What stands in an RDB file beside its keys, roughly: its header, what it says of itself, and its end.
const FRAME: u64 = 100;

/// The byte for the type of a key, and the lengths before its name and its value.
const KEY: u64 = 2;

/// What stands before a key that expires.
const EXPIRY: u64 = 9;

/// The files that data come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Files {
    /// Bytes of all of them.
    pub(crate) bytes: u64,
    /// Records of logs.
    pub(crate) commands: u64,
    /// Keys of bases that are RDB files.
    pub(crate) keys: u64,
}

/// What a server will need for the data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outlook {
    /// Keys.
    pub(crate) keys: u64,
    /// Of these, how many expire.
    pub(crate) expiring: u64,
    /// Keys by the names of their types.
    pub(crate) types: BTreeMap<&'static str, u64>,
    /// Bytes of memory, as a Redis 7.0 needs them for its keys.
    pub(crate) memory: u64,
    /// Of the files as they are.
    pub(crate) before: Load,
    /// Of one RDB file, not compressed, with the same data.
    pub(crate) after: Load,
}

/// What loading comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Load {
    /// Bytes to read.
    pub(crate) bytes: u64,
    /// How long a server will take.
    pub(crate) time: Duration,
}

impl Outlook {
    /// What `keyspace` comes to, which was read from `files`.
    pub(crate) fn new(keyspace: &Keyspace<'_>, files: Files) -> Self {
        let mut outlook = Self::default();
        let (mut room, mut value) = (Room::default(), Vec::new());
        for held in keyspace.iter() {
            outlook.add(&held.key(&mut value), &mut room);
        }
        let sources = keyspace.functions().map(|(_, source)| source.len() as u64);
        outlook.after.bytes += FRAME + sources.sum::<u64>();
        outlook.before = Load { bytes: files.bytes, time: time_of_log(files) };
        outlook
    }

    fn add(&mut self, key: &Key<'_>, room: &mut Room) {
        let kind = key.value.value_type().map_or("unknown", aof_rdb::ValueType::name);
        *self.types.entry(kind).or_default() += 1;
        self.keys += 1;
        self.expiring += u64::from(key.expiry.is_some());
        // What was encoded a moment ago can be read.
        let need = key.need(room).unwrap_or_default();
        self.memory += need.memory;
        self.after.time += Duration::from_nanos(need.loading);
        let expiry = if key.expiry.is_some() { EXPIRY } else { 0 };
        self.after.bytes += KEY + expiry + (key.name.len() + key.value.bytes.len()) as u64;
    }
}

fn time_of_log(Files { bytes, commands, keys }: Files) -> Duration {
    let (step, byte) = OF_LOG;
    let nanos = commands.saturating_add(keys).saturating_mul(step);
    Duration::from_nanos(nanos.saturating_add((bytes as f64 * byte) as u64))
}

#[cfg(test)]
mod tests {
    use aof_keyspace::Session;

    use super::*;

    fn data(commands: &[&str]) -> Keyspace<'static> {
        let (mut keyspace, mut session) = (Keyspace::default(), Session::default());
        for command in commands {
            let args: Vec<&[u8]> = command.split(' ').map(str::as_bytes).collect();
            keyspace.apply(&mut session, &args).expect("the command is right");
        }
        keyspace
    }

    #[test]
    fn keys_are_counted_by_type_and_measured() {
        let data = data(&[
            "SET a 1",
            "SET b two PXAT 1900000000000",
            "RPUSH l 1 2 3",
            "SELECT 3",
            "HSET h f v",
        ]);
        let files = Files { bytes: 4_000_000, commands: 5, keys: 0 };
        let outlook = Outlook::new(&data, files);
        assert_eq!((outlook.keys, outlook.expiring), (4, 1));
        let types: Vec<_> = outlook.types.iter().map(|(kind, count)| (*kind, *count)).collect();
        assert_eq!(types, [("hash", 1), ("list", 1), ("string", 2)]);
        assert!((300..1000).contains(&outlook.memory), "{outlook:?}");
        assert!((100..200).contains(&outlook.after.bytes), "{outlook:?}");
        assert_eq!(
            outlook.before,
            Load { bytes: 4_000_000, time: Duration::from_nanos(10_009_000) }
        );
        assert!(outlook.after.time < outlook.before.time);
    }

    #[test]
    fn nothing_needs_nothing() {
        let outlook = Outlook::new(&Keyspace::default(), Files::default());
        assert_eq!((outlook.keys, outlook.memory, outlook.after.bytes), (0, 0, FRAME));
    }
}
