//! What a server holds, in so few words that they can be kept and compared.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;

use aof_testkit::client::{Client, Value};
use sha2::{Digest as _, Sha256};

/// Two servers for which this is the same hold the same.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Held {
    /// The server's own digest of its data.
    digest: String,
    /// A hash of what that digest passes over: when keys expire, and how far the groups of streams have come.
    beside: String,
}

impl Held {
    /// What [`Display`](fmt::Display) has written.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (digest, beside) = text.split_once('-')?;
        Some(Self { digest: digest.to_owned(), beside: beside.to_owned() })
    }

    /// What this has that `other` has not, if there is something.
    pub(super) fn difference(&self, other: &Self) -> Option<&'static str> {
        if self.digest != other.digest {
            return Some("other values");
        }
        (self.beside != other.beside).then_some("other expiries, groups or consumers")
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.digest, self.beside)
    }
}

/// Asks the server.
pub(super) fn held(client: &mut Client) -> Result<Held, Box<dyn Error>> {
    let digest = client.command(&["DEBUG", "DIGEST"])?;
    if digest.is_error() {
        return Err(digest.text().into());
    }
    Ok(Held { digest: digest.text(), beside: beside(client)? })
}

/// In the order of keys, since every server has an order of its own.
fn beside(client: &mut Client) -> Result<String, Box<dyn Error>> {
    let mut lines = BTreeSet::new();
    let mut cursor = b"0".to_vec();
    loop {
        let page = client.command(&[b"SCAN", &cursor[..], b"COUNT", b"1000"])?;
        let [Value::Text(next), keys] = page.list() else {
            return Err(format!("SCAN: {page:?}").into());
        };
        lines.extend(lines_of(client, keys.list())?);
        cursor.clone_from(next);
        if cursor == b"0" {
            break;
        }
    }
    let mut hash = Sha256::new();
    lines.iter().for_each(|line: &String| hash.update(line));
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A line for each key; one without groups says so in its own way.
fn lines_of(client: &mut Client, keys: &[Value]) -> Result<Vec<String>, Box<dyn Error>> {
    let asked = |key: &Value| {
        let key = key.text();
        [vec!["PEXPIRETIME".to_owned(), key.clone()], vec!["XINFO".into(), "GROUPS".into(), key]]
    };
    let commands: Vec<Vec<String>> = keys.iter().flat_map(asked).collect();
    let replies = client.pipeline(&commands)?;
    let lines = keys.iter().zip(replies.chunks(2));
    Ok(lines.map(|(key, replies)| format!("{} {replies:?}\n", key.text())).collect())
}

#[cfg(test)]
mod tests {
    use aof_testkit::server::{Server, ServerKind, skip_unless};

    use super::*;

    /// What a fresh server holds after these commands.
    fn after(commands: &[&str]) -> Held {
        let data = tempfile::tempdir().unwrap();
        let server = Server::start(ServerKind::Redis70, data.path(), &[]).unwrap();
        let mut client = server.client().unwrap();
        for command in commands {
            let args: Vec<&str> = command.split(' ').collect();
            assert!(!client.command(&args).unwrap().is_error(), "{command}");
        }
        held(&mut client).unwrap()
    }

    #[test]
    fn a_value_an_expiry_and_the_state_of_a_group_are_told_apart_and_the_order_is_not() {
        if skip_unless(ServerKind::Redis70).is_none() {
            return;
        }
        let mut seen = BTreeSet::new();
        let base = ["SET a 1", "SET b 2", "XADD s 1-1 f v"];
        assert_eq!(after(&base), after(&["XADD s 1-1 f v", "SET b 2", "SET a 1"]));
        seen.insert(after(&base));
        for more in ["SET a 2", "PEXPIREAT a 4000000000000", "XGROUP CREATE s g 0", "DEL b"] {
            let held = after(&[&base[..], &[more]].concat());
            assert_eq!(Held::read(&held.to_string()).as_ref(), Some(&held));
            assert!(seen.insert(held), "{more}");
        }
    }
}
