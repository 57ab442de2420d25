//! Tells what a file is from its first bytes, and says why.
//!
//! One rule stands above all others: a damaged log is still a log. Whatever shows records is
//! [`Kind::Resp`], even behind zeros, a byte order mark or the rest of a torn value.

use std::fmt;
use std::path::Path;

mod magic;
mod records;
mod text;

pub(crate) use magic::magic;
pub use records::shows_records;

/// What a file is, and why that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sniff {
    /// What it is.
    pub kind: Kind,
    /// What was seen, and what the name says where that differs.
    pub reason: String,
}

impl fmt::Display for Sniff {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.kind, self.reason)
    }
}

/// The kinds of file that are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// No bytes at all.
    Empty,
    /// Nothing but NUL bytes, as far as the first bytes go.
    NulOnly,
    /// An append-only log of RESP records.
    Resp(Resp),
    /// An RDB file, alone or as the preamble of a log.
    Rdb {
        /// `REDIS` or `VALKEY`.
        magic: &'static str,
        /// The number behind it, where it is one.
        version: Option<u32>,
    },
    /// gzip data.
    Gzip,
    /// zstd data.
    Zstd,
    /// xz data.
    Xz,
    /// bzip2 data.
    Bzip2,
    /// lz4 data.
    Lz4,
    /// A zip archive.
    Zip,
    /// A tar archive.
    Tar,
    /// A 7-Zip archive.
    SevenZip,
    /// An SQLite database.
    Sqlite,
    /// A program.
    Elf,
    /// A web page, often an error page that was saved under the file's name.
    Html,
    /// An XML document.
    Xml {
        /// The error code of a storage service's error document, like `BlobNotFound`.
        code: Option<String>,
    },
    /// A JSON document.
    Json,
    /// What Git leaves where Git LFS would put the file.
    LfsPointer,
    /// The manifest of a multi-part append-only file.
    Manifest,
    /// A server's configuration.
    RedisConf,
    /// A sentinel's configuration.
    SentinelConf,
    /// A cluster node's table of nodes.
    NodesConf,
    /// A server's users.
    AclFile,
    /// Encrypted data.
    Encrypted(Cipher),
    /// Text of no kind in this list.
    Text,
    /// None of these.
    Unknown,
}

/// In what state a RESP log shows itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Resp {
    /// It begins with a record or an annotation.
    Plain,
    /// It begins with a byte order mark, and then with a record or an annotation.
    Bom,
    /// It begins with a record whose lines end in LF without CR.
    LineFeeds,
    /// It does not begin with a record, but holds records.
    Damaged,
}

/// How a file was encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cipher {
    /// age, binary or armoured.
    Age,
    /// `openssl enc`.
    OpenSsl,
    /// GnuPG or another OpenPGP program.
    Gpg,
    /// Ansible Vault.
    AnsibleVault,
    /// A LUKS container.
    Luks,
    /// Evenly spread bytes without any magic, such as libsodium's streams: likely, but only a guess.
    Unrecognised,
}

impl Kind {
    /// Whether this may be a log all the same, since nothing certain speaks against it.
    #[must_use]
    pub fn may_be_log(&self) -> bool {
        matches!(self, Self::Empty | Self::NulOnly | Self::Resp(_) | Self::Unknown)
    }

    /// Whether looking further into the file may tell more.
    pub(crate) fn is_vague(&self) -> bool {
        matches!(
            self,
            Self::NulOnly
                | Self::Unknown
                | Self::Text
                | Self::Json
                | Self::Encrypted(Cipher::Unrecognised)
        )
    }

    /// The ending that a file of this kind usually has, if it has one.
    fn endings(&self) -> &'static [&'static str] {
        match self {
            // A log of older servers may begin with an RDB preamble.
            Self::Rdb { .. } => &["rdb", "aof", "dfs"],
            Self::Resp(_) => &["aof", "resp"],
            Self::Gzip => &["gz", "gzip", "tgz"],
            Self::Zstd => &["zst", "zstd"],
            Self::Xz => &["xz", "txz"],
            Self::Bzip2 => &["bz2"],
            Self::Lz4 => &["lz4"],
            Self::Zip => &["zip"],
            Self::Tar => &["tar"],
            Self::SevenZip => &["7z"],
            Self::Html => &["html", "htm"],
            Self::Xml { .. } => &["xml"],
            Self::Json => &["json", "jsonl"],
            Self::Manifest => &["manifest"],
            Self::RedisConf | Self::SentinelConf | Self::NodesConf => &["conf"],
            Self::AclFile => &["acl"],
            _ => &[],
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Empty => "empty file",
            Self::NulOnly => "nothing but NUL bytes",
            Self::Resp(Resp::Plain) => "RESP log",
            Self::Resp(Resp::Bom) => "RESP log behind a byte order mark",
            Self::Resp(Resp::LineFeeds) => "RESP log with LF in place of CRLF",
            Self::Resp(Resp::Damaged) => "RESP log with a damaged beginning",
            Self::Rdb { magic, version } => return rdb(out, magic, *version),
            Self::Gzip => "gzip data",
            Self::Zstd => "zstd data",
            Self::Xz => "xz data",
            Self::Bzip2 => "bzip2 data",
            Self::Lz4 => "lz4 data",
            Self::Zip => "zip archive",
            Self::Tar => "tar archive",
            Self::SevenZip => "7-Zip archive",
            Self::Sqlite => "SQLite database",
            Self::Elf => "program (ELF)",
            Self::Html => "web page (HTML)",
            Self::Xml { code: None } => "XML document",
            Self::Xml { code: Some(code) } => {
                return write!(out, "error document of a storage service ({code})");
            }
            Self::Json => "JSON document",
            Self::LfsPointer => "Git LFS pointer",
            Self::Manifest => "manifest of a multi-part append-only file",
            Self::RedisConf => "server configuration",
            Self::SentinelConf => "sentinel configuration",
            Self::NodesConf => "cluster node table",
            Self::AclFile => "ACL file",
            Self::Encrypted(cipher) => return write!(out, "encrypted data ({cipher})"),
            Self::Text => "text",
            Self::Unknown => "unknown data",
        })
    }
}

fn rdb(out: &mut fmt::Formatter<'_>, magic: &str, version: Option<u32>) -> fmt::Result {
    match version {
        Some(version) => write!(out, "RDB file (magic {magic}, version {version})"),
        None => write!(out, "RDB file (magic {magic}, version unreadable)"),
    }
}

impl fmt::Display for Cipher {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Age => "age",
            Self::OpenSsl => "openssl enc",
            Self::Gpg => "OpenPGP",
            Self::AnsibleVault => "Ansible Vault",
            Self::Luks => "LUKS",
            Self::Unrecognised => "a guess: its bytes are evenly spread and carry no magic",
        })
    }
}

/// Tells what begins with these bytes. 64 KiB of them ([`FIRST`](crate::FIRST)) are plenty; fewer tell less.
///
/// The content decides; a name that says otherwise is mentioned in the reason and changes nothing.
///
/// ```
/// use std::path::Path;
/// use aof_source::{Kind, sniff};
///
/// let answer = sniff(b"REDIS0011\xfa", Some(Path::new("copy.gz")));
/// assert_eq!(answer.kind, Kind::Rdb { magic: "REDIS", version: Some(11) });
/// assert_eq!(
///     answer.to_string(),
///     "RDB file (magic REDIS, version 11): it begins with \"REDIS0011\\xfa\", \
///      although its name ends in .gz",
/// );
/// ```
#[must_use]
pub fn sniff(first: &[u8], name: Option<&Path>) -> Sniff {
    let (kind, mut reason) = judge(first);
    if let Some(ending) = name.and_then(|name| contradiction(&kind, name)) {
        reason.push_str(&format!(", although its name ends in .{ending}"));
    }
    Sniff { kind, reason }
}

/// The steps, from what is certain to what is a guess.
fn judge(first: &[u8]) -> (Kind, String) {
    let begins = || format!("it begins with \"{}\"", first[..first.len().min(16)].escape_ascii());
    if first.is_empty() {
        return (Kind::Empty, "it has no bytes".into());
    }
    if first.iter().all(|&byte| byte == 0) {
        let len = first.len();
        return (Kind::NulOnly, format!("its first {len} bytes are all NUL"));
    }
    if let Some(form) = records::beginning(first) {
        return (Kind::Resp(form), begins());
    }
    if let Some(kind) = magic(first) {
        return (kind, begins());
    }
    if let Some(kind) = magic::tar(first) {
        return (kind, "it has \"ustar\" at byte 257".into());
    }
    let records = records::count(first);
    let damaged = || {
        let at = records::first(first).unwrap_or_default();
        let reason = format!("{}, but records follow behind byte {at}", begins());
        (Kind::Resp(Resp::Damaged), reason)
    };
    // A document may quote a record or two.
    if records >= 3 {
        return damaged();
    }
    match text::document(first) {
        Some(found) => return found,
        None if records > 0 || records::torn_value(first) => return damaged(),
        None => {}
    }
    if let Some(reason) = magic::evenly_spread(first) {
        return (Kind::Encrypted(Cipher::Unrecognised), reason);
    }
    match text::is_text(first) {
        true => (Kind::Text, format!("it is readable, and {}", begins())),
        false => (Kind::Unknown, begins()),
    }
}

/// The ending of the name, if it stands for another kind than this one.
fn contradiction(kind: &Kind, name: &Path) -> Option<String> {
    const TELLING: [&str; 18] = [
        "aof", "rdb", "gz", "tgz", "zst", "xz", "bz2", "lz4", "zip", "tar", "7z", "html", "xml",
        "json", "manifest", "conf", "acl", "sqlite",
    ];
    let ending = name.extension()?.to_str()?.to_ascii_lowercase();
    let telling = TELLING.contains(&ending.as_str());
    let fits = kind.endings().contains(&ending.as_str());
    // Zeros, or nothing at all, can be what is left of a file of any kind.
    let says_nothing = matches!(kind, Kind::Empty | Kind::NulOnly | Kind::Unknown);
    (telling && !fits && !says_nothing).then_some(ending)
}

#[cfg(test)]
mod tests;
