//! What a log came to when it was executed.

use aof_replay::{Rate, Rise};

use super::View;
use crate::command::check::{Deep, Digests};
use crate::figures;
use crate::render::outlook;
use crate::render::wrap::labelled;
use crate::report::Report;

/// What was executed, the digest of the data, and what a server needs for them; nothing without `--deep`.
pub(super) fn of(report: &Report, view: &View) -> String {
    let Some(deep) = &report.deep else { return String::new() };
    let mut rows = vec![("Executed", executed(deep))];
    rows.extend(deep.replayed.effects.rise().map(|rise| ("", self::rise(&rise, report))));
    rows.extend(digests(&deep.digests));
    rows.extend(outlook::rows(&deep.outlook));
    let rows = rows.iter().map(|(label, text)| labelled(label, text, view.width));
    format!("\n{}", rows.collect::<String>())
}

/// `1,234 commands: 1,200 changed the data, 3 had no effect, 1 failed`
fn executed(deep: &Deep) -> String {
    let replayed = &deep.replayed;
    let total = replayed.effects.total();
    let idle = total.idle.saturating_sub(replayed.failed);
    let failed = replayed.failed.saturating_sub(replayed.opaque);
    let parts = [
        (replayed.changed, "changed the data"),
        (idle, "had no effect"),
        (failed, "failed"),
        (
            replayed.opaque,
            "can be executed by a server alone, so that the data may be others there",
        ),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> =
        parts.map(|(count, what)| format!("{} {what}", figures::count(*count))).collect();
    let base = match replayed.loaded {
        0 => String::new(),
        keys => format!("{} loaded, ", figures::of(keys, "key")),
    };
    let commands = figures::of(total.commands, "command");
    let what = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
    format!("{base}{commands}{what}")
}

/// Where commands without an effect become frequent.
fn rise(rise: &Rise, report: &Report) -> String {
    let file = report.subjects.get(rise.part).filter(|_| report.is_folder());
    let file = file.map_or(String::new(), |subject| format!(" of {}", subject.shown));
    let Rate { idle, commands } = rise.within;
    format!(
        "from byte {}{file} on {} of {} have no effect ({}), before that {}: records may be missing before it",
        figures::offset(rise.offset),
        figures::count(idle),
        figures::of(commands, "command"),
        percent(rise.within),
        percent(rise.before),
    )
}

fn percent(rate: Rate) -> String {
    format!("{:.1} %", 100.0 * rate.share())
}

fn digests(digests: &Digests) -> Vec<(&'static str, String)> {
    let Digests { redis_7_0, redis_7_2, valkey } = *digests;
    let servers = match (redis_7_0 == redis_7_2, redis_7_2 == valkey) {
        (true, true) => vec![(redis_7_0, "in every server")],
        (true, false) => vec![(redis_7_0, "in Redis"), (valkey, "in Valkey")],
        (false, true) => {
            vec![(redis_7_0, "in Redis up to 7.0"), (redis_7_2, "in later ones and Valkey")]
        }
        (false, false) => vec![
            (redis_7_0, "in Redis up to 7.0"),
            (redis_7_2, "in later ones"),
            (valkey, "in Valkey"),
        ],
    };
    let labels = std::iter::once("Digest").chain(std::iter::repeat(""));
    labels.zip(servers).map(|(label, (it, who))| (label, format!("{it} {who}"))).collect()
}
