//! What a server says of itself.

use std::collections::BTreeMap;

use aof_rdb::Target;
use aof_resp::Reply;

use super::connection::{Connection, LinkError, refusal};

/// More databases than any server is asked for.
const MOST_DATABASES: u64 = 1 << 20;

/// What a server says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Server {
    /// `redis` or `valkey`, or what else it is.
    pub product: String,
    /// Its version, as it tells it.
    pub version: String,
    /// How many databases it has.
    pub databases: u64,
    /// How many keys are in which database.
    pub keys: BTreeMap<u64, u64>,
    /// Bytes of memory in use.
    pub used_memory: u64,
    /// Bytes of memory that it may use; 0 for no limit.
    pub max_memory: u64,
    /// What it does when it has no more.
    pub eviction: String,
    /// Whether it copies another server.
    pub is_replica: bool,
    /// Whether it is loading its own files.
    pub is_loading: bool,
    /// Whether it is a part of a cluster.
    pub is_clustered: bool,
    /// Which commands it has, and how many arguments these take, as `COMMAND` tells it.
    commands: BTreeMap<Vec<u8>, i64>,
}

/// How many arguments a command takes, as `COMMAND` tells it: exactly so many, or if it is negative at least; `None` if
/// there is no such command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arity(Option<i64>);

impl Arity {
    /// Whether it takes so many, the name included.
    #[must_use]
    pub fn takes(self, count: usize) -> bool {
        self.0.is_some_and(|arity| match usize::try_from(arity) {
            Ok(exactly) => count == exactly,
            Err(_) => count as u64 >= arity.unsigned_abs(),
        })
    }
}

/// Why a server does not say what it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// The connection cannot be used any longer.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// It refuses to answer, in these words.
    #[error("the server refuses {0}: {1}")]
    Refused(&'static str, String),
}

impl Server {
    /// Asks a server.
    ///
    /// # Errors
    /// See [`AskError`].
    pub fn ask(connection: &mut Connection) -> Result<Self, AskError> {
        let info = connection.ask(&[b"INFO"], text)?;
        let info = info.map_err(|refused| AskError::Refused("INFO", refused))?;
        let mut server = Self::of_info(&info);
        if server.is_loading {
            return Ok(server);
        }
        let commands = connection.ask(&[b"COMMAND"], |reply| match refusal(reply) {
            Some(refused) => Err(refused),
            None => Ok(commands(reply)),
        })?;
        server.commands = commands.map_err(|refused| AskError::Refused("COMMAND", refused))?;
        server.databases = databases(connection)?;
        Ok(server)
    }

    fn of_info(info: &str) -> Self {
        let lines = info.lines().filter_map(|line| line.trim_end().split_once(':'));
        let fields: BTreeMap<&str, &str> = lines.collect();
        let field = |name: &str| fields.get(name).copied().unwrap_or_default();
        let number = |name| field(name).parse().unwrap_or_default();
        let product = ["valkey", "dragonfly", "redis"]
            .into_iter()
            .find(|name| fields.contains_key(&format!("{name}_version")[..]));
        let product = product.unwrap_or("unknown").to_owned();
        Self {
            version: field(&format!("{product}_version")).to_owned(),
            keys: keys(info),
            used_memory: number("used_memory"),
            max_memory: number("maxmemory"),
            eviction: field("maxmemory_policy").to_owned(),
            is_replica: field("role") == "slave",
            is_loading: field("loading") == "1",
            is_clustered: field("cluster_enabled") == "1",
            product,
            ..Self::default()
        }
    }

    /// Its name, with its version.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}:{}", self.product, self.version)
    }

    /// How many keys it has.
    #[must_use]
    pub fn key_count(&self) -> u64 {
        self.keys.values().sum()
    }

    /// The version as two numbers.
    fn number(&self) -> (u32, u32) {
        let mut parts = self.version.split('.').map(|part| part.parse().unwrap_or_default());
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
    }

    /// The format in which it takes values, if that is known.
    #[must_use]
    pub fn format(&self) -> Option<Target> {
        let name = match (&self.product[..], self.number()) {
            ("redis", (5 | 6, _)) => "redis:6.2",
            ("redis", (7, 0..2)) => "redis:7.0",
            ("redis", (7, 2..4)) => "redis:7.2",
            ("redis", (7, 4..) | (8, 0..2)) => "redis:7.4",
            ("redis", (8.., _)) => "redis:8.2",
            ("valkey", (7 | 8, _)) => "valkey:8.1",
            ("valkey", (9.., _)) => "valkey:9.1",
            _ => return None,
        };
        name.parse().ok()
    }

    /// Whether it has a command, under the name and with the number of arguments of these.
    #[must_use]
    pub fn takes(&self, args: &[&[u8]]) -> bool {
        let Some(name) = args.first() else { return false };
        let mut name = String::from_utf8_lossy(name).into_owned();
        if let Some(sub) = args.get(1).filter(|_| self.has_subcommands(&name)) {
            name = format!("{name} {}", String::from_utf8_lossy(sub));
        }
        self.arity(&name).takes(args.len())
    }

    /// How many arguments it takes for a command; a subcommand is named with its command before it.
    #[must_use]
    pub fn arity(&self, name: &str) -> Arity {
        let name = name.to_ascii_lowercase();
        let arity = self.commands.get(name.replace(' ', "|").as_bytes());
        // Servers before 7.0 do not tell their subcommands.
        let whole = name.split(' ').next().filter(|whole| !self.has_subcommands(whole));
        let arity = arity.or_else(|| self.commands.get(whole?.as_bytes()));
        Arity(arity.copied())
    }

    /// Whether it has a command of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.commands.contains_key(name.to_ascii_lowercase().as_bytes())
    }

    fn has_subcommands(&self, name: &str) -> bool {
        let prefix = format!("{}|", name.to_ascii_lowercase()).into_bytes();
        let first = self.commands.range(prefix.clone()..).next();
        first.is_some_and(|(next, _)| next.starts_with(&prefix))
    }

    /// Bytes of memory that are left, if there is a limit.
    #[must_use]
    pub fn free_memory(&self) -> Option<u64> {
        (self.max_memory > 0).then(|| self.max_memory.saturating_sub(self.used_memory))
    }
}

/// How many keys are in which database, by what `INFO` says.
pub(super) fn keys(info: &str) -> BTreeMap<u64, u64> {
    let of = |line: &str| {
        let (db, keys) = line.strip_prefix("db")?.split_once(":keys=")?;
        Some((db.parse().ok()?, keys.split(',').next()?.parse().ok()?))
    };
    info.lines().filter_map(of).collect()
}

pub(super) fn text(reply: &Reply<'_>) -> Result<String, String> {
    match reply {
        Reply::Bulk(text) | Reply::Simple(text) | Reply::Verbatim { text, .. } => {
            Ok(String::from_utf8_lossy(text).into_owned())
        }
        other => Err(refusal(other).unwrap_or_default()),
    }
}

/// Names, in small letters, and numbers of arguments; subcommands as `function|load`.
fn commands(reply: &Reply<'_>) -> BTreeMap<Vec<u8>, i64> {
    let mut all = BTreeMap::new();
    let mut lists = vec![reply];
    while let Some(list) = lists.pop() {
        let (Reply::Array(rows) | Reply::Set(rows)) = list else { continue };
        for row in rows {
            let Reply::Array(cells) = row else { continue };
            if let [Reply::Bulk(name) | Reply::Simple(name), Reply::Integer(arity), ..] = &cells[..]
            {
                all.insert(name.to_ascii_lowercase(), *arity);
            }
            lists.extend(cells.get(9));
        }
    }
    all
}

/// How many databases there are. Where the configuration may not be read, they are counted by selecting them.
fn databases(connection: &mut Connection) -> Result<u64, LinkError> {
    let told = connection.ask(&[b"CONFIG", b"GET", b"databases"], |reply| match reply {
        Reply::Array(pair) => match &pair[..] {
            [_, Reply::Bulk(number)] => std::str::from_utf8(number).ok()?.parse().ok(),
            _ => None,
        },
        _ => None,
    })?;
    if let Some(count) = told {
        return Ok(count);
    }
    // The first is there, the last is not.
    let (mut there, mut absent) = (0, MOST_DATABASES);
    while there + 1 < absent {
        let middle = (there + absent) / 2;
        let is_there = connection
            .ask(&[b"SELECT", middle.to_string().as_bytes()], |reply| refusal(reply).is_none())?;
        if is_there { there = middle } else { absent = middle }
    }
    connection.ask(&[b"SELECT", b"0"], |_| ())?;
    Ok(absent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_known_by_what_it_says() {
        let info = "# Server\r\nredis_version:7.2.4\r\nvalkey_version:9.1.2\r\nloading:0\r\n\
            used_memory:100\r\nmaxmemory:1000\r\nmaxmemory_policy:noeviction\r\nrole:slave\r\n\
            cluster_enabled:0\r\n# Keyspace\r\ndb0:keys=3,expires=0,avg_ttl=0\r\ndb11:keys=4,expires=1\r\n";
        let server = Server::of_info(info);
        assert_eq!((server.name().as_str(), server.key_count()), ("valkey:9.1.2", 7));
        assert_eq!(server.format().map(Target::name), Some("valkey:9.1"));
        assert_eq!(server.free_memory(), Some(900));
        assert!(server.is_replica && !server.is_clustered && !server.is_loading);
        let of = |product: &str, version: &str| {
            let server =
                Server { product: product.into(), version: version.into(), ..Server::default() };
            server.format().map(Target::name)
        };
        assert_eq!(of("redis", "6.2.22"), Some("redis:6.2"));
        assert_eq!(of("redis", "7.0.15"), Some("redis:7.0"));
        assert_eq!(of("redis", "8.0.1"), Some("redis:7.4"));
        assert_eq!(of("redis", "8.4.0"), Some("redis:8.2"));
        assert_eq!(of("valkey", "8.1.3"), Some("valkey:8.1"));
        assert_eq!((of("redis", "4.0.14"), of("dragonfly", "1.0")), (None, None));
    }

    #[test]
    fn commands_are_known_by_name_and_number_of_arguments() {
        let row = |name: &'static str, arity, subs| {
            let mut cells = vec![Reply::Bulk(name.as_bytes()), Reply::Integer(arity)];
            cells.extend((0..7).map(|_| Reply::Null));
            cells.push(Reply::Array(subs));
            Reply::Array(cells)
        };
        let list = Reply::Array(vec![
            row("get", 2, vec![]),
            row("set", -3, vec![]),
            row("function", -2, vec![row("function|load", -3, vec![])]),
        ]);
        let server = Server { commands: commands(&list), ..Server::default() };
        let takes =
            |line: &str| server.takes(&line.split(' ').map(str::as_bytes).collect::<Vec<_>>());
        assert!(takes("GET k") && takes("set k v px 1") && takes("FUNCTION LOAD x"));
        assert!(
            !takes("GET") && !takes("SET k") && !takes("FUNCTION NONE x") && !takes("JSON.SET a b")
        );
        assert!(server.has("SET") && !server.has("FUNCTION LOAD"));
    }
}
