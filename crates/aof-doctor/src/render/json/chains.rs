//! The sets that could be made of the files, for programs.

use aof_log::survey::{Chain, Link};
use serde::Serialize;

use super::role;
use crate::escape;
use crate::render::words::origin;
use crate::report::Report;

#[derive(Serialize)]
pub(super) struct ChainView {
    origin: &'static str,
    parts: Vec<LinkView>,
    bytes: u64,
    commands: u64,
    keys: u64,
    latest: Option<u64>,
    reasons: Vec<String>,
}

#[derive(Serialize)]
struct LinkView {
    file: String,
    r#type: &'static str,
    to: u64,
}

pub(super) fn view(chain: &Chain, report: &Report) -> ChainView {
    ChainView {
        origin: origin(chain.origin),
        parts: chain.links.iter().take(super::MOST).map(|link| self::link(link, report)).collect(),
        bytes: chain.keeps.bytes,
        commands: chain.keeps.commands,
        keys: chain.keeps.keys,
        latest: chain.latest,
        reasons: chain.reasons.iter().map(|reason| escape::sentence(reason)).collect(),
    }
}

fn link(link: &Link, report: &Report) -> LinkView {
    let file = report.subjects.get(link.file).map(|subject| subject.shown.clone());
    LinkView { file: file.unwrap_or_default(), r#type: role(link.role), to: link.to }
}
