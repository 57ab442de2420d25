//! What is written into the server: keys of every type, in every form that the server keeps them in.

use std::error::Error;

use aof_testkit::Rng;
use aof_testkit::client::Client;

/// So many keys are sent at once.
const BATCH: usize = 500;

/// Nothing may expire before the file was loaded again: expiries begin in 2096, in milliseconds.
const FAR_AHEAD: u64 = 4_000_000_000_000;

/// The id of the first entry of every stream, in milliseconds.
const FIRST_ENTRY: u64 = 1_700_000_000_000;

/// What prose is made of: few enough words for LZF to find them again.
const WORDS: [&str; 24] = [
    "order",
    "paid",
    "customer",
    "shipped",
    "to",
    "the",
    "address",
    "in",
    "invoice",
    "number",
    "status",
    "pending",
    "and",
    "returned",
    "from",
    "warehouse",
    "with",
    "total",
    "amount",
    "of",
    "created",
    "by",
    "session",
    "user",
];

/// A command and its arguments.
type Command = Vec<Vec<u8>>;

/// Makes keys, each with the commands that write it.
pub(super) struct Load {
    rng: Rng,
    serial: u64,
}

impl Load {
    pub(super) fn new(seed: u64) -> Self {
        Self { rng: Rng::new(seed), serial: 0 }
    }

    /// Sends keys until the arguments have so many bytes, and returns how many they have.
    pub(super) fn send(&mut self, client: &mut Client, bytes: u64) -> Result<u64, Box<dyn Error>> {
        let mut sent = 0;
        while sent < bytes {
            let commands: Vec<Command> = (0..BATCH).flat_map(|_| self.key()).collect();
            sent += commands.iter().flatten().map(|arg| arg.len() as u64).sum::<u64>();
            if let Some(error) = client.pipeline(&commands)?.iter().find(|reply| reply.is_error()) {
                return Err(error.text().into());
            }
        }
        Ok(sent)
    }

    /// Strings most often; of the collections, those with few members are kept packed.
    fn key(&mut self) -> Vec<Command> {
        self.serial += 1;
        match self.rng.below(200) {
            0..40 => self.string((8, 100), Self::letters),
            40..64 => self.string((100, 1500), Self::prose),
            64..66 => self.string((4000, 40_000), Self::prose),
            66..70 => self.string((100, 1500), Self::bytes),
            70..90 => self.number(),
            90..122 => self.collection("HSET", 24, Self::field),
            122..124 => self.collection("HSET", 2000, Self::field),
            124..140 => self.collection("RPUSH", 30, Self::element),
            140..142 => self.collection("RPUSH", 2000, Self::element),
            142..150 => self.collection("SADD", 20, Self::member),
            150..152 => self.collection("SADD", 1500, Self::member),
            152..164 => self.collection("SADD", 200, Self::integer),
            164..190 => self.collection("ZADD", 30, Self::scored),
            190..192 => self.collection("ZADD", 1000, Self::scored),
            _ => self.stream(),
        }
    }

    /// Every key has a number of its own.
    fn name(&self, kind: &str) -> Vec<u8> {
        format!("{}:{:08}", kind.to_ascii_lowercase(), self.serial).into_bytes()
    }

    /// Some of them with an expiry.
    fn string(
        &mut self,
        (least, most): (usize, usize),
        text: fn(&mut Self, usize) -> Vec<u8>,
    ) -> Vec<Command> {
        let value = self.some(least, most, text);
        let mut command = vec![b"SET".to_vec(), self.name("session"), value];
        if self.rng.chance(35) {
            command.extend([b"PXAT".to_vec(), self.expiry()]);
        }
        vec![command]
    }

    /// Of one byte to eight: the file has forms of its own for those of up to four.
    fn number(&mut self) -> Vec<Command> {
        let bits = self.rng.between(6, 40);
        let number = self.rng.below(1 << bits).to_string().into();
        vec![vec![b"SET".to_vec(), self.name("counter"), number]]
    }

    /// Up to `most` members; a few of the keys have an expiry.
    fn collection(
        &mut self,
        name: &str,
        most: usize,
        member: fn(&mut Self, &mut Command),
    ) -> Vec<Command> {
        let key = self.name(name);
        let mut command = vec![name.as_bytes().to_vec(), key.clone()];
        for _ in 0..self.rng.between(1, most) {
            member(self, &mut command);
        }
        let mut commands = vec![command];
        if self.rng.chance(10) {
            commands.push(vec![b"PEXPIREAT".to_vec(), key, self.expiry()]);
        }
        commands
    }

    /// Entries of the same fields, and a group that has read the first of them and acknowledged fewer.
    fn stream(&mut self) -> Vec<Command> {
        let key = self.name("events");
        let entries = self.rng.between(1, 60);
        let ids: Vec<Vec<u8>> =
            (0..entries).map(|n| format!("{}-0", FIRST_ENTRY + n as u64 * 1250).into()).collect();
        let add = |id: &Vec<u8>| {
            let (who, what) = (self.letters(8), self.prose(40));
            let head = [&b"XADD"[..], &key, id].map(<[u8]>::to_vec);
            Vec::from_iter(head.into_iter().chain([b"user".to_vec(), who, b"event".to_vec(), what]))
        };
        let mut commands: Vec<Command> = ids.iter().map(add).collect();
        if self.rng.chance(50) {
            let read = self.rng.between(1, entries);
            commands.extend(group(&key, read, &ids[self.rng.below(read as u64) as usize]));
        }
        commands
    }

    fn field(&mut self, to: &mut Command) {
        to.extend([self.some(4, 16, Self::letters), self.some(4, 30, Self::prose)]);
    }

    fn element(&mut self, to: &mut Command) {
        let text = if self.rng.chance(50) { Self::prose } else { Self::letters };
        to.push(self.some(4, 60, text));
    }

    fn member(&mut self, to: &mut Command) {
        to.push(self.some(4, 24, Self::letters));
    }

    fn integer(&mut self, to: &mut Command) {
        to.push(self.rng.below(1 << 20).to_string().into());
    }

    /// Halves, quarters and eighths: they are the same in every way of writing them.
    fn scored(&mut self, to: &mut Command) {
        let score = self.rng.below(1_000_000) as f64 / 8.0;
        to.extend([score.to_string().into(), self.some(4, 24, Self::letters)]);
    }

    fn some(
        &mut self,
        least: usize,
        most: usize,
        text: fn(&mut Self, usize) -> Vec<u8>,
    ) -> Vec<u8> {
        let size = self.rng.between(least, most);
        text(self, size)
    }

    fn letters(&mut self, size: usize) -> Vec<u8> {
        let mut text = Vec::new();
        self.rng.text(&mut text, size);
        text
    }

    /// What cannot be compressed.
    fn bytes(&mut self, size: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.rng.binary(&mut bytes, size);
        bytes
    }

    /// What can be compressed, as most of what people keep in servers.
    fn prose(&mut self, size: usize) -> Vec<u8> {
        let mut text = String::new();
        while text.len() < size {
            match self.rng.below(8) {
                0 => text.push_str(&self.rng.below(100_000).to_string()),
                _ => text.push_str(WORDS[self.rng.below(WORDS.len() as u64) as usize]),
            }
            text.push(' ');
        }
        text.truncate(size);
        text.into_bytes()
    }

    fn expiry(&mut self) -> Vec<u8> {
        (FAR_AHEAD + self.rng.below(1_000_000_000)).to_string().into()
    }
}

/// A group whose consumer has read `read` entries and acknowledged one.
fn group(key: &[u8], read: usize, acknowledged: &[u8]) -> [Command; 3] {
    let count = read.to_string();
    let read: [&[u8]; 9] = [
        b"XREADGROUP",
        b"GROUP",
        b"workers",
        b"alice",
        b"COUNT",
        count.as_bytes(),
        b"STREAMS",
        key,
        b">",
    ];
    let owned = |args: &[&[u8]]| args.iter().map(|arg| arg.to_vec()).collect();
    [
        owned(&[b"XGROUP", b"CREATE", key, b"workers", b"0"]),
        owned(&read),
        owned(&[b"XACK", key, b"workers", acknowledged]),
    ]
}
