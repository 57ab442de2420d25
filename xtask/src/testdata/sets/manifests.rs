//! Manifests that are gone, empty, malformed or too old.

use aof_testkit::server::ServerKind;

use super::{Folders, MANIFEST, Made, in_set, length, manifest_lines, set, unname};

pub(super) fn missing() -> Made {
    let kind = ServerKind::Redis70;
    let whole = set(kind, 1)?;
    let mut damaged = whole.clone();
    damaged.remove(&in_set(MANIFEST));
    let made = "the manifest was deleted; the near miss has it";
    Folders::new("MANIFEST-MISSING", kind, damaged, whole, made)
}

pub(super) fn empty() -> Made {
    let kind = ServerKind::Redis82;
    let whole = set(kind, 1)?;
    let (mut damaged, mut near_miss) = (whole.clone(), whole);
    damaged.insert(in_set(MANIFEST), Vec::new());
    near_miss.entry(in_set(MANIFEST)).or_default().splice(0..0, *b"# by hand\n");
    let made = "the manifest was cut to no byte; the near miss has a comment before its first line";
    Ok(Folders::new("MANIFEST-EMPTY", kind, damaged, near_miss, made)?
        .at(&in_set(MANIFEST), (0, 0)))
}

pub(super) fn syntax() -> Made {
    let kind = ServerKind::Valkey81;
    let whole = set(kind, 1)?;
    let (mut damaged, mut near_miss) = (whole.clone(), whole);
    let last = manifest_lines(&damaged).pop().ok_or("no line")?;
    damaged.entry(in_set(MANIFEST)).or_default().pop();
    let text: String =
        manifest_lines(&near_miss).iter().map(|line| format!("{line} size 5\r\n")).collect();
    near_miss.insert(in_set(MANIFEST), text.into_bytes());
    let place = (length(&damaged, &in_set(MANIFEST)) - last.len() as u64, last.len() as u64);
    let made = "the line end of the last line was cut off; \
                the near miss has line ends with CR and a key that nobody knows";
    Ok(Folders::new("MANIFEST-SYNTAX", kind, damaged, near_miss, made)?
        .at(&in_set(MANIFEST), place))
}

pub(super) fn stale() -> Made {
    let kind = ServerKind::Valkey91;
    let mut damaged = set(kind, 2)?;
    let last = "appendonly.aof.3.incr.aof";
    unname(&mut damaged, last);
    let mut near_miss = damaged.clone();
    near_miss.insert(in_set(last), Vec::new());
    let bytes = length(&damaged, &in_set(MANIFEST));
    let made = "the manifest is the one before increment 3 was begun; \
                in the near miss nothing was written to increment 3 yet";
    Ok(Folders::new("MANIFEST-STALE", kind, damaged, near_miss, made)?
        .at(&in_set(MANIFEST), (0, bytes))
        .findings(&["MANIFEST-STALE", "PART-ORPHAN"])
        .near_miss_findings(&["PART-ORPHAN"]))
}
