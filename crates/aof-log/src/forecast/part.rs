//! What a server does with one file: with the RDB file at its beginning, and with the records behind it.

use aof_rdb::{BadValue, Checksum, DefectKind, Summary, ValueFaultKind, Values};

use super::Ask;
use super::start::Machine;
use crate::content::{Content, Format};
use crate::loader::{Ending, Loading};

impl Machine<'_> {
    /// What the server does with a part of its log, of which `len` bytes are there.
    pub(super) fn part(&mut self, file: usize, len: u64, is_last: bool) -> Loading {
        let found = &self.inventory.files[file];
        let Some(content) = &found.content else {
            return match found.unreadable {
                Some(_) => unknown(),
                None => refuses("it is neither a log nor an RDB file"),
            };
        };
        if let Some(stop) = content.rdb.as_ref().and_then(|rdb| self.stops_at(rdb, len)) {
            return stop;
        }
        match (&content.log, &content.rdb) {
            (Some(_), _) => self.ask(file, len, is_last),
            (None, Some(rdb)) if rdb.end == len => whole(len),
            (None, Some(rdb)) => {
                let at = rdb.end;
                refuses(&format!("the bytes behind its RDB file, from {at} on, are no record"))
            }
            (None, None) => unknown(),
        }
    }

    /// What the server does with the RDB file that it starts from without a log. What stands behind the checksum is
    /// not looked at.
    pub(super) fn snapshot(&mut self, file: usize) -> Loading {
        let found = &self.inventory.files[file];
        let Some(content) = &found.content else {
            return match found.unreadable {
                Some(_) => unknown(),
                None => refuses("it is no RDB file"),
            };
        };
        match (content, &content.rdb) {
            (Content { format: Format::Empty, .. }, _) => refuses("it is empty"),
            (Content { bytes, .. }, Some(rdb)) => {
                self.stops_at(rdb, *bytes).unwrap_or_else(|| whole(rdb.end))
            }
            (_, None) => refuses("it is a log, no RDB file"),
        }
    }

    fn ask(&mut self, file: usize, len: u64, is_last: bool) -> Loading {
        let ask = Ask { server: self.server, file, len, is_last };
        let loader = &mut self.loader;
        self.asked.entry(ask).or_insert_with(|| loader(ask)).clone()
    }

    /// What keeps the server from reading on behind an RDB file.
    fn stops_at(&self, rdb: &Summary, len: u64) -> Option<Loading> {
        let Some(header) = rdb.header else {
            return Some(refuses("its header is none that the server knows"));
        };
        if !self.server.accepts(&header) {
            let version = header.version;
            return Some(refuses(&format!(
                "the server does not read RDB files of version {version}"
            )));
        }
        let is_lacking = |module: &&String| !self.conf.modules && !self.server.has_module(module);
        if let Some(module) = rdb.modules.iter().find(is_lacking) {
            let module = module.escape_default();
            return Some(refuses(&format!("the module that reads {module} is not there")));
        }
        if let Some(loading) = rdb.values.as_ref().and_then(|values| at_values(values, rdb)) {
            return Some(loading);
        }
        match (&rdb.defect, rdb.checksum) {
            (Some(defect), _) if defect.kind == DefectKind::Truncated => Some(refuses(&format!(
                "its RDB file ends inside a record, at byte {}",
                defect.offset
            ))),
            (Some(defect), _) => {
                Some(refuses(&format!("its RDB file cannot be read at byte {}", defect.offset)))
            }
            (None, Checksum::Wrong { .. }) => {
                Some(refuses("the checksum of its RDB file is wrong"))
            }
            (None, Checksum::Unread) => Some(unknown()),
            (None, _) if len < rdb.end => Some(refuses("its RDB file ends too early")),
            (None, _) => None,
        }
    }
}

/// What a server does at the first key that it cannot take.
///
/// It looks into values less deeply than we do, and not all look equally deep, so it may load a broken one and crash
/// when that is used. Of keys that have expired the first of two is not kept.
fn at_values(values: &Values, rdb: &Summary) -> Option<Loading> {
    let twin = values.twins.first().map(|twin| twin.second);
    let is_fatal = |bad: &&BadValue| bad.fault.kind != ValueFaultKind::Empty;
    let bad = values.bad.iter().find(is_fatal);
    let is_read_to_the_end =
        rdb.defect.is_none() && !matches!(rdb.checksum, Checksum::Wrong { .. });
    match (twin, bad) {
        (Some(twin), None) if values.expired == 0 => Some(stop(
            Ending::Crashes,
            &format!("its RDB file holds a key for the second time at byte {twin}"),
        )),
        (Some(_), _) => Some(unknown()),
        (None, Some(bad)) if bad.fault.kind == ValueFaultKind::Compression => {
            let at = bad.record;
            Some(refuses(&format!("a value of its RDB file cannot be decompressed at byte {at}")))
        }
        // If it loads the value, it stops later.
        (None, Some(_)) if !is_read_to_the_end => None,
        (None, Some(_)) => Some(stop(
            Ending::Unknown,
            "a value of its RDB file is broken: it refuses it, or loads it and crashes when it is used",
        )),
        (None, None) => None,
    }
}

fn whole(len: u64) -> Loading {
    let why = String::new();
    Loading { ending: Ending::Whole, effective: len, commands: 0, left: len, goes_on: true, why }
}

fn refuses(why: &str) -> Loading {
    stop(Ending::Refuses, why)
}

fn unknown() -> Loading {
    stop(Ending::Unknown, "nobody looked into it")
}

fn stop(ending: Ending, why: &str) -> Loading {
    let why = why.to_owned();
    Loading { ending, effective: 0, commands: 0, left: 0, goes_on: false, why }
}
