//! The sentences of findings. Everything that comes out of a log is escaped here or before.

use crate::finding::{Confidence, Finding, FindingId as Id, Loss, Severity};
use crate::mark::{Oddity, Tail, TailKind};

pub(crate) fn select_range(
    start: u64,
    end: u64,
    db: Option<u32>,
    databases: u32,
    kept: u32,
) -> Finding {
    let named = db.map_or("something that is no number".to_owned(), |db| format!("database {db}"));
    let message = format!(
        "SELECT names {named}, but the server has {databases}: it logs an error and keeps database {kept}, \
         where the records that follow land"
    );
    Finding::new(Id::AofSelectRange, start, end - start, message)
        .cause("the log comes from a server with more databases, or its bytes were changed")
}

pub(crate) fn exec_stray(start: u64, end: u64, has_gap: bool) -> Finding {
    let finding = |message: &str| Finding::new(Id::AofExecStray, start, end - start, message);
    if has_gap {
        finding("EXEC without MULTI: its MULTI may have stood in the gap before")
            .confidence(Confidence::Likely)
            .cause("the damage before took the MULTI")
    } else {
        finding("EXEC without MULTI: a server logs an error and goes on")
            .cause("a part of the log was removed, or it was edited by hand")
    }
}

pub(crate) fn dangling(start: u64, seam: u64, crossed_gap: bool, loss: Loss) -> Finding {
    let records = counted(loss.commands.max, "record");
    let message = format!(
        "a transaction of {records} is never closed, and a new session begins at byte {seam}: a server \
         queues everything from here to the next EXEC, and drops it if there is none"
    );
    let finding = Finding::new(Id::AofMultiDangling, start, seam - start, message).loss(loss);
    if crossed_gap {
        return finding
            .confidence(Confidence::Guess)
            .cause("its EXEC may have stood in the gap inside it");
    }
    finding.cause(
        "a server cut a torn record off inside the transaction, and went on writing behind it",
    )
}

pub(crate) fn open(start: u64, length: u64, crossed_gap: bool, loss: Loss) -> Finding {
    let records = counted(loss.commands.max, "record");
    let message = format!("the log ends inside a transaction: {records} never committed");
    let finding = Finding::new(Id::AofMultiOpen, start, length, message).loss(loss);
    if crossed_gap {
        return finding
            .confidence(Confidence::Guess)
            .cause("its EXEC may have stood in the gap inside it");
    }
    finding.cause("the server stopped while it wrote the transaction")
}

pub(crate) fn rdb_inside(offset: u64, length: u64) -> Finding {
    let message = "an RDB file begins here, inside the log";
    Finding::new(Id::AofConcatenated, offset, length, message)
        .confidence(Confidence::Certain)
        .cause("two files were joined")
}

pub(crate) fn second_log(offset: u64, length: u64, seconds: u64) -> Finding {
    let message =
        format!("a second log seems to begin here: the clock goes back {}", span(seconds));
    Finding::new(Id::AofConcatenated, offset, length, message).cause("two files were joined")
}

pub(crate) fn backwards(offset: u64, length: u64, from: u64, to: u64) -> Finding {
    let message = format!(
        "the clock goes back {}, from {from} to {to}: a point in time may stand for two places",
        span(from - to)
    );
    Finding::new(Id::AofTsBackwards, offset, length, message)
        .cause("the clock of the machine was set back, or parts were joined out of order")
}

pub(crate) fn two_writers(offset: u64, length: u64, reversals: u64) -> Finding {
    let message =
        format!("the clock goes back {reversals} times: two servers seem to write into one file");
    Finding::new(Id::AofTwoWriters, offset, length, message)
        .cause("two processes share one data folder")
}

pub(crate) fn hole(offset: u64, length: u64) -> Finding {
    let message = format!("{length} zero bytes stand where records should");
    let aligned = offset.is_multiple_of(512) && length.is_multiple_of(512);
    Finding::new(Id::AofHoleNul, offset, length, message).cause(if aligned {
        "blocks that were never written: power loss, a sparse copy, or a network file system"
    } else {
        "blocks that were never written, or were wiped"
    })
}

pub(crate) fn bad_frame(offset: u64, length: u64, detail: &str) -> Finding {
    Finding::new(Id::AofFrameBad, offset, length, format!("a record is broken: {detail}"))
        .cause("flipped or missing bytes: bad memory, a bad disk, an interrupted or edited copy")
}

pub(crate) fn gap(offset: u64, length: u64, loss: Loss) -> Finding {
    let message = format!(
        "{length} bytes yield no command; whole records follow at byte {}",
        offset + length
    );
    Finding::new(Id::AofGap, offset, length, message).loss(loss)
}

pub(crate) fn tail(offset: u64, length: u64, tail: &Tail, loss: Loss) -> Finding {
    let detail = &tail.detail;
    let (id, message, cause) = match tail.kind {
        TailKind::Torn => (
            Id::AofTailTorn,
            format!("the log ends inside a record: {detail}"),
            "the server was killed, or the disk was full, while it wrote",
        ),
        TailKind::TornAnnotation => (
            Id::AofTailTorn,
            format!(
                "the log ends inside an annotation: {detail}, and a server would glue its next record to it"
            ),
            "the server was killed, or the disk was full, while it wrote",
        ),
        TailKind::Nul => (
            Id::AofTailNul,
            format!("the log ends in {detail}"),
            "power loss or a crash of the machine before the data reached the disk, or padding of the storage",
        ),
        TailKind::Garbage | TailKind::Rdb => (
            Id::AofTailGarbage,
            format!("the last {length} bytes are no record: {detail}, and no record follows"),
            "something else wrote into the file, or its end was damaged",
        ),
    };
    Finding::new(id, offset, length, message).cause(cause).loss(loss)
}

pub(crate) fn flush(offset: u64, length: u64, db: Option<u32>, writes: u64, most: bool) -> Finding {
    let what = db.map_or("FLUSHALL removes all data".to_owned(), |db| {
        format!("FLUSHDB removes all data of database {db}")
    });
    let message = format!("{what}; {} before it", counted(writes, "record"));
    let severity = if most { Severity::Attention } else { Severity::Note };
    Finding::new(Id::AofFlush, offset, length, message)
        .severity(severity)
        .cause("somebody, or some program, asked for it")
}

pub(crate) fn assumed(offset: u64, length: u64, records: u64, db: u32) -> Finding {
    let message = format!(
        "{} behind a gap are taken to belong to database {db}: a SELECT may have stood in the gap",
        counted(records, "record")
    );
    Finding::new(Id::AofDbAssumed, offset, length, message)
        .cause("the log uses several databases, and names one only when it changes")
}

pub(crate) fn duplicated(offset: u64, length: u64, sure: bool) -> Finding {
    let message = format!("the last {length} bytes repeat the {length} bytes before them");
    let confidence = if sure { Confidence::Likely } else { Confidence::Guess };
    Finding::new(Id::AofTailDuplicated, offset, length, message)
        .confidence(confidence)
        .cause("a write or a copy was repeated")
}

pub(crate) fn ttl_pair(offset: u64, length: u64, torn: bool) -> Finding {
    let evidence = if torn {
        "the record torn off behind it is its PEXPIREAT"
    } else {
        "every other SET in this part of the log has its PEXPIREAT behind it"
    };
    let message = format!("a SET lost its expiry: {evidence}, so the key would live for ever");
    let confidence = if torn { Confidence::Likely } else { Confidence::Guess };
    Finding::new(Id::AofTtlPairTorn, offset, length, message)
        .confidence(confidence)
        .cause("servers up to 6.0 log a value and its expiry as two records")
}

pub(crate) fn unreadable(offset: u64, length: u64, why: &str) -> Finding {
    Finding::new(Id::PartUnreadable, offset, length, why)
        .cause("a failing disk or network storage, or a file that was truncated while it was read")
}

/// The sentence for something odd that may occur often.
pub(crate) fn oddity(oddity: &Oddity) -> Finding {
    let Oddity { id, label, offset, length, count, end } = oddity;
    let records = counted(*count, "record");
    let (message, cause, spans) = match id {
        Id::AofFrameLoose => (
            format!("{records} not strictly formed: servers load them, redis-check-aof may refuse"),
            "another program wrote them, or a byte between two arguments was changed",
            false,
        ),
        Id::AofCrlfStripped => (
            format!("{records} whose line ends lost their CR; all can be read"),
            "the file was copied or edited in text mode",
            true,
        ),
        Id::AofCrlfAdded => (
            format!("{records} whose values got a CR before each LF; all can be read"),
            "the file was copied or edited in text mode",
            true,
        ),
        Id::AofBom => (
            "a byte order mark stands before the first record".to_owned(),
            "a text editor saved the file",
            false,
        ),
        Id::AofTsGlued => (
            format!("{records} glued to a torn clock line: a server skips the header with it"),
            "a server was killed while it wrote the clock, and went on writing behind it",
            false,
        ),
        Id::AofAnnotationUnknown if !label.is_empty() => (
            format!(
                "{} with a wrong byte: the time of what follows is lost",
                counted(*count, "clock line")
            ),
            "a byte of it was changed",
            false,
        ),
        Id::AofAnnotationUnknown => (
            format!("{} of an unknown kind; servers skip them", counted(*count, "annotation")),
            "",
            false,
        ),
        Id::AofValueZeroed => (
            format!("{records} with a value of nothing but zero bytes, the first of {length}"),
            "that may be meant, or blocks that were never written",
            false,
        ),
        Id::AofCmdUnknown if label.contains('.') => (
            format!("{records} of {label}: a server needs the module that has it"),
            "the server that wrote the log had a module loaded",
            false,
        ),
        Id::AofCmdUnknown => (
            format!("{records} of {label}, which no known server has: a server will not start"),
            "a newer or renamed command, or flipped bytes in its name",
            false,
        ),
        Id::AofCmdArity => (
            format!(
                "{records} of {label} with a number of arguments that no server accepts: it crashes on it or will not start"
            ),
            "another program wrote them, or bytes were lost",
            false,
        ),
        _ => (
            format!("{records} of {label} whose replay depends on chance or on the clock"),
            "an old server, a script, or another program wrote them",
            false,
        ),
    };
    let length = if spans { end - offset } else { *length };
    Finding::new(*id, *offset, length, message).severity(oddity.severity()).cause(cause)
}

/// A number with its noun.
fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Seconds, roughly, for people.
fn span(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
