//! Inputs that are neither a log nor an RDB file: what they are, and how they may have come to be in its place.

use aof_log::{Finding, FindingId};
use aof_source::{Kind, Sniff};

/// The finding on an input that is neither a log nor an RDB file, or nothing where it is or may be one.
pub(super) fn finding(sniff: &Sniff, length: u64) -> Option<Finding> {
    if sniff.kind.may_be_log() || matches!(sniff.kind, Kind::Rdb { .. }) {
        return None;
    }
    let id = match sniff.kind {
        Kind::Encrypted(_) => FindingId::InputEncrypted,
        _ => FindingId::InputWrongType,
    };
    let message = format!("{}, neither a log nor an RDB file: {}", sniff.kind, sniff.reason);
    Some(Finding::new(id, 0, length, message).cause(cause(&sniff.kind)))
}

fn cause(kind: &Kind) -> &'static str {
    match kind {
        Kind::Html => "a download that failed leaves the error page under the file's name",
        Kind::Xml { code: Some(_) } => {
            "a download from a storage service failed, and left its answer under the file's name"
        }
        Kind::LfsPointer => {
            "the repository was cloned without Git LFS, so the file itself is not here"
        }
        Kind::Manifest => "a manifest under the name of a part: it only names the files of a log",
        Kind::Encrypted(_) => "backups are often encrypted on their way out of the house",
        Kind::Gzip | Kind::Zstd | Kind::Xz | Kind::Bzip2 | Kind::Lz4 => {
            "it was packed, perhaps more than once"
        }
        Kind::Zip | Kind::Tar | Kind::SevenZip => {
            "an archive, which may hold a log among other files"
        }
        Kind::RedisConf | Kind::SentinelConf | Kind::NodesConf | Kind::AclFile => {
            "another file of the server; they often lie in one folder"
        }
        _ => "another file under this name, or the wrong path",
    }
}
