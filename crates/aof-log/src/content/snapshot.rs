//! The RDB file at the start of a file, in the words of findings.

use aof_rdb::{Checksum, Defect, DefectKind, Depth, Summary};
use aof_source::{Feed, ReadError, shows_records};

use super::{Content, Format, RdbWindows, Usage, values};
use crate::finding::{CommandRange, Confidence, Finding, FindingId, Keys, Loss, Severity};
use crate::scan::Watch;
use crate::words;

/// Bytes that are looked at behind an RDB file to tell what follows.
const BEHIND: usize = 64 << 10;

/// Looks into the RDB file that a file begins with; `None` if it does not begin with one.
pub(super) fn read<F: Feed>(
    feed: &mut F,
    usage: Usage,
    depth: Depth,
    watch: &dyn Watch,
) -> Option<Content> {
    let first = feed.window(0, 9).ok()?;
    let is_rdb = first.starts_with(b"REDIS") || first.starts_with(b"VALKEY");
    if first.is_empty() && usage == Usage::Snapshot {
        return Some(empty());
    }
    if !is_rdb {
        return None;
    }
    let mut content = Content::new(Format::Rdb, 0);
    let examined = aof_rdb::examine(&mut RdbWindows(feed), 0, depth, &mut |at| {
        watch.reached(at);
        !watch.is_cancelled()
    });
    match examined {
        Ok(rdb) => {
            content.bytes = rdb.end;
            findings(&rdb, &mut content);
            content.rdb = Some(rdb);
        }
        Err(error) => unreadable(&error, &mut content),
    }
    Some(content)
}

fn empty() -> Content {
    let mut content = Content::new(Format::Empty, 0);
    let found = Finding::new(FindingId::RdbEmpty, 0, 0, "the RDB file has no byte");
    content.add(found.cause("the disk was full, or the server was killed, when it was saved"));
    content
}

fn unreadable(error: &ReadError, content: &mut Content) {
    content.bytes = error.offset();
    content.add(words::unreadable(error.offset(), 0, &error.to_string()));
}

/// What is wrong with the RDB file itself.
fn findings(rdb: &Summary, content: &mut Content) {
    version(rdb, content);
    if !rdb.modules.is_empty() {
        let message = format!(
            "it holds data of modules ({}): a server without them refuses the file",
            rdb.modules.join(", ")
        );
        content.add(Finding::new(FindingId::RdbModule, 0, rdb.end, message));
    }
    values::findings(rdb, content);
    if let Some(defect) = &rdb.defect {
        content.add(of_defect(rdb, defect));
    }
    match rdb.checksum {
        Checksum::Wrong { stored, computed } => {
            let message = format!(
                "the checksum is wrong: {stored:016x} stands in the file, {computed:016x} is that of its {} bytes",
                rdb.end.saturating_sub(8)
            );
            let found = Finding::new(FindingId::RdbCrc, rdb.end.saturating_sub(8), 8, message);
            content.add(found.cause("bytes were changed behind the server's back: a bad disk, bad memory, or a copy that went wrong"));
        }
        Checksum::Disabled => {
            let message = "it carries no checksum, so changed bytes in it cannot be excluded";
            let found =
                Finding::new(FindingId::RdbCrcDisabled, rdb.end.saturating_sub(8), 8, message);
            content.add(found.cause("the server was told not to compute one (rdbchecksum no)"));
        }
        Checksum::Valid | Checksum::None | Checksum::Unread => {}
    }
}

fn version(rdb: &Summary, content: &mut Content) {
    let is_unknown = rdb.defect.as_ref().is_some_and(|d| d.kind == DefectKind::UnknownVersion);
    let Some(header) = rdb.header.filter(|_| is_unknown) else { return };
    let message = format!(
        "RDB version {} is newer than any that is known here, so it was not read",
        header.version
    );
    content.add(
        Finding::new(FindingId::RdbVersion, 0, 9, message)
            .cause("a newer server wrote it, or its first bytes were changed"),
    );
}

fn of_defect(rdb: &Summary, defect: &Defect) -> Finding {
    let at = defect.offset;
    let (id, message, cause) = match defect.kind {
        DefectKind::Truncated => (
            FindingId::RdbTruncated,
            format!(
                "the RDB file ends at byte {at}, inside a record; {} keys before it are whole{}",
                rdb.keys,
                announced(rdb)
            ),
            "the server was killed, or the disk was full, while it was saved; or a copy was interrupted",
        ),
        DefectKind::BadHeader => (
            FindingId::RdbValueBad,
            format!("byte {at} does not belong to the header of an RDB file"),
            "its first bytes were overwritten",
        ),
        DefectKind::UnknownVersion => (
            FindingId::RdbValueBad,
            "nothing behind the header was read".to_owned(),
            "the layout of this version is not known",
        ),
        DefectKind::UnknownType(code) => (
            FindingId::RdbValueBad,
            format!(
                "no record begins at byte {at}: type {code} is not known; {} keys before it are whole{}",
                rdb.keys,
                announced(rdb)
            ),
            "bytes before it were changed or lost, or a newer or foreign server wrote it",
        ),
        DefectKind::BadLength(byte) => (
            FindingId::RdbValueBad,
            format!(
                "byte {at} (0x{byte:02x}) is no length; {} keys before it are whole{}",
                rdb.keys,
                announced(rdb)
            ),
            "bytes before it were changed or lost",
        ),
    };
    let length = rdb.end.max(at).saturating_sub(defect.record);
    let mut keys = Keys::default();
    if let Some(key) = &defect.key {
        keys.add(u32::try_from(defect.db).ok(), key);
    }
    let loss = Loss { bytes: length, commands: CommandRange::default(), keys, seconds: None };
    Finding::new(id, defect.record, length, message).cause(cause).loss(loss)
}

/// How many keys the databases were announced to hold.
fn announced(rdb: &Summary) -> String {
    let announced: u64 = rdb.dbs.iter().filter_map(|db| db.announced).sum();
    if announced > rdb.keys {
        return format!(" of the {announced} that its databases announce");
    }
    String::new()
}

/// What stands behind the RDB file: where its records begin, if there are any.
pub(super) fn records_behind<F: Feed>(
    feed: &mut F,
    usage: Usage,
    length: u64,
    content: &mut Content,
) -> Option<u64> {
    let rdb = content.rdb.as_ref().filter(|rdb| rdb.defect.is_none())?;
    let (start, is_base) = (rdb.end, rdb.aux.is_base == Some(true) || usage == Usage::Log);
    let behind = match feed.window(start, BEHIND) {
        Ok(window) => &window[..window.len().min(BEHIND)],
        Err(error) => {
            unreadable(&error, content);
            return None;
        }
    };
    if behind.is_empty() {
        return None;
    }
    let end = if length == u64::MAX { start + behind.len() as u64 } else { length };
    let found = if behind.starts_with(b"REDIS0") || behind.starts_with(b"VALKEY") {
        let message =
            format!("a second RDB file begins at byte {start}; servers ignore it, or refuse");
        Finding::new(FindingId::RdbConcatenated, start, end - start, message)
            .cause("two files were joined, or a copy was appended to an older one")
    } else if is_base || shows_records(behind) {
        return Some(start);
    } else if behind.iter().all(|byte| *byte == 0) {
        let message = format!("{} NUL bytes follow the RDB file; servers ignore them", end - start);
        Finding::new(FindingId::RdbTrailingNul, start, end - start, message)
            .cause("storage that keeps files in whole pages, such as page blobs")
    } else {
        let message = format!("{} bytes that are no record follow the RDB file", end - start);
        Finding::new(FindingId::RdbValueBad, start, end - start, message)
            .severity(Severity::Attention)
            .confidence(Confidence::Likely)
            .cause(
                "something was appended to it; servers ignore what follows the end of an RDB file",
            )
    };
    content.bytes = end;
    content.add(found);
    None
}
