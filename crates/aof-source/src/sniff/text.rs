//! Documents in words: pages, configurations and what else is found in place of a log.

use super::Kind;

/// The kind of document that these bytes begin, and why.
pub(super) fn document(first: &[u8]) -> Option<(Kind, String)> {
    let bytes = first.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(first);
    let (text, _) = valid_prefix(bytes)?;
    let text = text.trim_start();
    markup(text).or_else(|| json(text)).or_else(|| in_lines(text))
}

/// The bytes as text, if at most their last character is cut; and what is left of that one.
fn valid_prefix(bytes: &[u8]) -> Option<(&str, usize)> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some((text, 0)),
        Err(error) => {
            let valid = error.valid_up_to();
            let text = std::str::from_utf8(&bytes[..valid]).ok()?;
            // A document in another encoding, or with damage behind its head, is told by its head.
            let enough = error.error_len().is_none() || valid >= 64;
            enough.then_some((text, bytes.len() - valid))
        }
    }
}

/// Whether all of it is text: UTF-8 but for a cut character at the end, without control characters; or
/// UTF-16 with a byte order mark, as PowerShell writes what is redirected.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let utf16 = bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF");
    let readable = |text: &str| {
        text.chars().all(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\x1B' | '\x0C'))
    };
    utf16 || valid_prefix(bytes).is_some_and(|(text, rest)| rest < 4 && readable(text))
}

fn markup(text: &str) -> Option<(Kind, String)> {
    let head: String = text.chars().take(15).collect();
    let head = head.to_ascii_lowercase();
    let begins = format!("it begins with \"{}\"", head.escape_debug());
    if head.starts_with("<!doctype html") || head.starts_with("<html") {
        return Some((Kind::Html, begins));
    }
    if !head.starts_with("<?xml") && !head.starts_with("<error>") {
        return None;
    }
    let code = between(text, "<Code>", "</Code>")
        .filter(|code| code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric()))
        .map(str::to_owned);
    let reason = match &code {
        Some(code) => format!("{begins} and holds the error code {code}"),
        None => begins,
    };
    Some((Kind::Xml { code }, reason))
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let (_, behind) = text.split_once(open)?;
    behind.split_once(close).map(|(inside, _)| inside)
}

fn json(text: &str) -> Option<(Kind, String)> {
    let mut chars = text.chars();
    let open = chars.next().filter(|c| matches!(c, '{' | '['))?;
    let next = chars.find(|c| !c.is_ascii_whitespace())?;
    let fits = match open {
        '{' => matches!(next, '"' | '}'),
        _ => matches!(next, '"' | '{' | '[' | ']' | '-' | '0'..='9'),
    };
    fits.then(|| (Kind::Json, format!("it begins with \"{open}\" and \"{}\"", next.escape_debug())))
}

/// Files of servers: each line is a statement or a comment.
fn in_lines(text: &str) -> Option<(Kind, String)> {
    let lines =
        || text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let line = lines().next()?;
    let found = |kind, line: &str| {
        // No more than the beginning: the line may hold a password.
        let words: Vec<&str> = line.split_whitespace().take(1).collect();
        Some((kind, format!("its first statement is \"{} …\"", words.concat().escape_debug())))
    };
    if is_manifest_line(line) {
        return found(Kind::Manifest, line);
    }
    if lines().take(200).any(is_node_line) {
        return Some((Kind::NodesConf, "it lists cluster nodes by their 40 hex digits".into()));
    }
    if lines().take(50).all(is_user_line) {
        return found(Kind::AclFile, line);
    }
    if let Some(line) = lines().find(|line| line.starts_with("sentinel ")) {
        return found(Kind::SentinelConf, line);
    }
    let directives: Vec<&str> = lines().filter(|line| is_directive(line)).take(3).collect();
    let few = directives.len() == lines().take(3).count();
    match directives.first() {
        Some(line) if few || directives.len() == 3 => found(Kind::RedisConf, line),
        _ => None,
    }
}

fn is_manifest_line(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    words.first() == Some(&"file") && words.contains(&"seq") && words.contains(&"type")
}

fn is_node_line(line: &str) -> bool {
    let mut words = line.split(' ');
    let id = words.next().unwrap_or_default();
    let hex = id.len() == 40 && id.bytes().all(|b| b.is_ascii_hexdigit());
    (hex && words.next().is_some_and(|address| address.contains(':')))
        || line.starts_with("vars currentEpoch ")
}

fn is_user_line(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().take(4).collect();
    words.len() > 2
        && words[0] == "user"
        && words[2..].iter().any(|w| matches!(*w, "on" | "off" | "reset"))
}

/// Directives that a server's configuration is sure to have some of.
const DIRECTIVES: [&str; 28] = [
    "acl",
    "aclfile",
    "activerehashing",
    "always-show-logo",
    "aof-load-truncated",
    "aof-use-rdb-preamble",
    "appenddirname",
    "appendfilename",
    "appendfsync",
    "appendonly",
    "bind",
    "cluster-enabled",
    "daemonize",
    "databases",
    "dbfilename",
    "dir",
    "include",
    "logfile",
    "loglevel",
    "maxclients",
    "maxmemory",
    "maxmemory-policy",
    "pidfile",
    "port",
    "protected-mode",
    "requirepass",
    "save",
    "tcp-backlog",
];

fn is_directive(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let name = words.next().unwrap_or_default().to_ascii_lowercase();
    DIRECTIVES.contains(&name.as_str()) && words.next().is_some()
}
