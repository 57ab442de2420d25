//! Parts that are missing, not named, torn, or something else than they should be.

use std::path::PathBuf;

use aof_testkit::server::ServerKind;
use aof_testkit::set::{SetBuilder, snapshot};

use super::{
    Folders, MANIFEST, Made, builder, in_set, length, manifest_lines, set, set_manifest,
    set_with_history, tear, unname, without_history,
};
use crate::testdata::workload::orders;

fn incr(seq: u32) -> String {
    format!("appendonly.aof.{seq}.incr.aof")
}

pub(super) fn missing() -> Made {
    let kind = ServerKind::Redis70;
    let mut damaged = set(kind, 2)?;
    damaged.remove(&in_set(&incr(2)));
    let mut near_miss = set_with_history(kind, 1)?;
    near_miss.remove(&in_set(&incr(1)));
    let made =
        "increment 2 was deleted; in the near miss a part that the manifest calls history was";
    Ok(Folders::new("PART-MISSING", kind, damaged, near_miss, made)?.at(&in_set(MANIFEST), (0, 0)))
}

pub(super) fn orphan() -> Made {
    let kind = ServerKind::Redis82;
    let mut damaged = set(kind, 3)?;
    unname(&mut damaged, &incr(3));
    let place = (0, length(&damaged, &in_set(&incr(3))));
    let made = "the line of increment 3, between two others, was taken out of the manifest; \
                the near miss has superseded parts that the manifest calls history";
    let near_miss = set_with_history(kind, 1)?;
    Ok(Folders::new("PART-ORPHAN", kind, damaged, near_miss, made)?.at(&in_set(&incr(3)), place))
}

pub(super) fn seq_gap() -> Made {
    let kind = ServerKind::Valkey81;
    let mut damaged = set(kind, 3)?;
    unname(&mut damaged, &incr(3));
    damaged.remove(&in_set(&incr(3)));
    let failed = builder(kind).write(&orders(1, 3)).increment().write(&orders(4, 3));
    let failed = failed.increment().rewrite().write(&orders(7, 3)).build();
    let failed = failed.map_err(|error| error.to_string())?;
    let near_miss = without_history(snapshot(failed.path())?);
    let made = "increment 3 and its line were removed; \
                in the near miss two rewrites failed before one made base 2, which increment 4 follows";
    Ok(Folders::new("PART-SEQ-GAP", kind, damaged, near_miss, made)?.at(&in_set(MANIFEST), (0, 0)))
}

pub(super) fn not_last_torn() -> Made {
    let kind = ServerKind::Valkey91;
    let whole = set(kind, 2)?;
    let (mut damaged, mut near_miss) = (whole.clone(), whole);
    let place = tear(&mut damaged, &in_set(&incr(2)))?;
    tear(&mut near_miss, &in_set(&incr(3)))?;
    let made =
        "increment 2 was cut inside its last record; in the near miss increment 3, the last, was";
    Ok(Folders::new("PART-NOT-LAST-TORN", kind, damaged, near_miss, made)?
        .at(&in_set(&incr(2)), place)
        .findings(&["AOF-TAIL-TORN", "PART-NOT-LAST-TORN"])
        .near_miss_findings(&["AOF-TAIL-TORN"]))
}

pub(super) fn temp_leftover() -> Made {
    let kind = ServerKind::Redis70;
    let whole = set(kind, 1)?;
    let base = whole.get(&in_set("appendonly.aof.2.base.rdb")).cloned().ok_or("no base")?;
    let (mut damaged, mut near_miss) = (whole.clone(), whole);
    let left = PathBuf::from("temp-rewriteaof-bg-4711.aof");
    damaged.insert(left.clone(), base.clone());
    near_miss.insert(PathBuf::from("nightly.rdb"), base);
    let place = (0, length(&damaged, &left));
    let made = "a copy of the base stands for a rewrite that was finished and not put in place; \
                in the near miss it has the name of a backup";
    Ok(Folders::new("PART-TEMP-LEFTOVER", kind, damaged, near_miss, made)?.at(&left, place))
}

pub(super) fn offset_range() -> Made {
    let kind = ServerKind::Redis82;
    let whole = set(kind, 2)?;
    let mut damaged = whole.clone();
    let mut lines = manifest_lines(&damaged);
    let last = lines.last_mut().ok_or("no line")?;
    let (start, _) = last.split_once(" endoffset ").ok_or("the server wrote no endoffset")?;
    *last = format!("{start} endoffset 1");
    set_manifest(&mut damaged, &lines);
    let made = "endoffset of the last part was set to 1, below its startoffset; \
                the near miss is as the server left it";
    Ok(Folders::new("PART-OFFSET-RANGE", kind, damaged, whole, made)?.at(&in_set(MANIFEST), (0, 0)))
}

pub(super) fn rdb_in_incr() -> Made {
    let kind = ServerKind::Redis70;
    let mut damaged = set(kind, 1)?;
    let (base, first) = ("appendonly.aof.2.base.rdb", incr(2));
    let lines = [format!("file {first} seq 2 type b"), format!("file {base} seq 2 type i")];
    set_manifest(&mut damaged, &lines);
    let place = (0, length(&damaged, &in_set(base)));
    let records = SetBuilder::new(kind).setting("aof-use-rdb-preamble", "no").write(&orders(1, 3));
    let records = records.rewrite().write(&orders(4, 3)).build();
    let near_miss = without_history(snapshot(records.map_err(|error| error.to_string())?.path())?);
    let made = "the manifest names the base an increment and the increment the base; \
                the near miss has a base of records";
    Ok(Folders::new("PART-RDB-IN-INCR", kind, damaged, near_miss, made)?.at(&in_set(base), place))
}
