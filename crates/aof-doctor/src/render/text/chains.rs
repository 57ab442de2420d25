//! The sets that could be made of the files, where the one that the manifest names will not do.

use aof_log::survey::Chain;

use super::View;
use crate::render::words::origin;
use crate::render::wrap::lines_of;
use crate::report::Report;
use crate::{escape, figures};

/// Chains that are shown.
const SHOWN: usize = 5;

/// The candidates, best first; nothing where the manifest's own chain is the best, unless asked for.
pub(super) fn list(report: &Report, view: &View) -> String {
    let chains = &report.survey.chains;
    let needed = report.damage().any(|placed| {
        let id = placed.finding.id.as_str();
        ["MANIFEST-", "PART-", "SET-", "SNAPSHOT-", "SERVER-"]
            .iter()
            .any(|kind| id.starts_with(kind))
    });
    if !report.is_folder() || chains.is_empty() || !(needed || view.is_verbose) {
        return String::new();
    }
    let mut text = String::from("\nData on this disk that could be used, the best first:\n");
    for (number, chain) in chains.iter().take(SHOWN).enumerate() {
        let lines = lines_of(&sentence(chain, report), view.width.saturating_sub(5));
        text.push_str(&format!("  {}. {}\n", number + 1, lines.join("\n     ")));
    }
    text
}

fn sentence(chain: &Chain, report: &Report) -> String {
    let names: Vec<String> = chain
        .links
        .iter()
        .filter_map(|link| report.subjects.get(link.file).map(|subject| subject.shown.clone()))
        .collect();
    let keeps = &chain.keeps;
    let mut facts = vec![figures::bytes(keeps.bytes)];
    if keeps.keys > 0 {
        facts.push(figures::of(keeps.keys, "key"));
    }
    if keeps.commands > 0 {
        facts.push(figures::of(keeps.commands, "command"));
    }
    if let Some(time) = chain.latest.and_then(figures::utc) {
        facts.push(format!("up to {time}"));
    }
    let reasons: Vec<String> =
        chain.reasons.iter().map(|reason| escape::sentence(reason)).collect();
    format!(
        "{}: {} ({}); {}",
        origin(chain.origin),
        names.join(" + "),
        facts.join(", "),
        reasons.join("; ")
    )
}
