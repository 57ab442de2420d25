//! What a log came to when it was executed, for programs.

use aof_replay::{Failure, Rate};
use serde::Serialize;

use super::MOST;
use super::executed::FailureView;
use super::outlook::{self, OutlookView};
use crate::command::check::Deep;
use crate::report::Report;

/// The execution of a log.
#[derive(Serialize)]
pub(super) struct DeepView {
    loaded_keys: u64,
    keys_not_loaded: u64,
    commands: u64,
    changed: u64,
    without_effect: u64,
    failed: u64,
    not_executable: u64,
    failures: Vec<FailureView>,
    rise: Option<RiseView>,
    digest: DigestView,
    outlook: OutlookView,
}

/// Where commands without an effect become frequent.
#[derive(Serialize)]
struct RiseView {
    file: String,
    offset: u64,
    before: RateView,
    within: RateView,
}

#[derive(Serialize)]
struct RateView {
    without_effect: u64,
    commands: u64,
}

#[derive(Serialize)]
struct DigestView {
    redis_7_0: String,
    redis_7_2: String,
    valkey: String,
}

/// What there is to say of it.
pub(super) fn view(deep: &Deep, report: &Report) -> DeepView {
    let (replayed, digests) = (&deep.replayed, &deep.digests);
    let total = replayed.effects.total();
    let file = |part: usize| {
        let subject = report.subjects.get(part);
        subject.map_or_else(|| report.shown_path(), |subject| subject.shown.clone())
    };
    let failure = |it: &Failure| FailureView::new(file(it.part), it);
    DeepView {
        loaded_keys: replayed.loaded,
        keys_not_loaded: replayed.not_loaded,
        commands: total.commands,
        changed: replayed.changed,
        without_effect: total.idle.saturating_sub(replayed.failed),
        failed: replayed.failed,
        not_executable: replayed.opaque,
        failures: replayed.failures.iter().take(MOST).map(failure).collect(),
        rise: replayed.effects.rise().map(|rise| RiseView {
            file: file(rise.part),
            offset: rise.offset,
            before: rate(rise.before),
            within: rate(rise.within),
        }),
        digest: DigestView {
            redis_7_0: digests.redis_7_0.to_string(),
            redis_7_2: digests.redis_7_2.to_string(),
            valkey: digests.valkey.to_string(),
        },
        outlook: outlook::view(&deep.outlook),
    }
}

fn rate(rate: Rate) -> RateView {
    RateView { without_effect: rate.idle, commands: rate.commands }
}
