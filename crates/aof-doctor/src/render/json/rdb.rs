//! What an RDB file holds, for programs.

use std::collections::BTreeMap;

use aof_rdb::{Checksum, Db, LargeKey, Summary, Values};
use serde::Serialize;

use super::MOST;
use crate::escape;
use crate::render::words::{opens_in, type_of};

/// An RDB file.
#[derive(Serialize)]
pub(super) struct View {
    version: Option<u16>,
    written_by: Option<String>,
    created: Option<u64>,
    keys: u64,
    expiring: u64,
    functions: u64,
    modules: Vec<String>,
    checksum: &'static str,
    databases: Vec<DbView>,
    total_databases: u64,
    types: BTreeMap<&'static str, u64>,
    first_expiry: Option<i64>,
    last_expiry: Option<i64>,
    expired: Option<u64>,
    used_memory: Option<u64>,
    memory_estimate: Option<u64>,
    largest: Vec<LargeView>,
    bad_values: Option<u64>,
    unchecked_values: Option<u64>,
    duplicate_keys: Option<u64>,
    compared_one_of: Option<u64>,
    opens_in: Vec<String>,
}

#[derive(Serialize)]
struct DbView {
    db: u64,
    keys: u64,
    expiring: u64,
    announced: Option<u64>,
}

#[derive(Serialize)]
struct LargeView {
    db: u64,
    key: String,
    r#type: &'static str,
    offset: u64,
    bytes: u64,
    items: Option<u64>,
    memory_estimate: u64,
}

/// What there is to say of it.
pub(super) fn view(rdb: &Summary) -> View {
    let values = rdb.values.as_ref();
    let of = |figure: fn(&Values) -> u64| values.map(figure);
    View {
        version: rdb.header.map(|header| header.version),
        written_by: rdb.aux.server.as_ref().map(|name| escape::bytes(name.as_bytes())),
        created: rdb.aux.created,
        keys: rdb.keys,
        expiring: rdb.expiring,
        functions: rdb.functions,
        modules: rdb.modules.iter().take(MOST).map(|name| escape::sentence(name)).collect(),
        checksum: checksum(rdb.checksum),
        databases: rdb.dbs.iter().take(MOST).map(db).collect(),
        total_databases: rdb.dbs.len() as u64,
        types: types(rdb),
        first_expiry: rdb.census.earliest_expiry,
        last_expiry: rdb.census.latest_expiry,
        expired: of(|values| values.expired),
        used_memory: rdb.aux.used_memory,
        memory_estimate: of(|values| values.memory),
        largest: values.iter().flat_map(|it| &it.largest).map(|key| large(rdb, key)).collect(),
        bad_values: of(|values| values.total_bad),
        unchecked_values: of(|values| values.passed),
        duplicate_keys: of(|values| values.total_twins),
        compared_one_of: of(|values| values.compared_one_of),
        opens_in: opens_in(rdb).map(|server| server.to_string()).collect(),
    }
}

/// The word that scripts rely on.
pub(super) const fn checksum(checksum: Checksum) -> &'static str {
    match checksum {
        Checksum::Valid => "valid",
        Checksum::Disabled => "disabled",
        Checksum::Wrong { .. } => "wrong",
        Checksum::None => "none",
        Checksum::Unread => "unread",
    }
}

fn db(db: &Db) -> DbView {
    let Db { number, keys, expiring, announced } = *db;
    DbView { db: number, keys, expiring, announced }
}

fn types(rdb: &Summary) -> BTreeMap<&'static str, u64> {
    rdb.census.types.iter().fold(BTreeMap::new(), |mut types, (code, count)| {
        *types.entry(type_of(rdb, *code)).or_default() += count;
        types
    })
}

fn large(rdb: &Summary, key: &LargeKey) -> LargeView {
    LargeView {
        db: key.db,
        key: escape::bytes(&key.key),
        r#type: type_of(rdb, key.code),
        offset: key.record,
        bytes: key.bytes,
        items: key.items,
        memory_estimate: key.memory,
    }
}
