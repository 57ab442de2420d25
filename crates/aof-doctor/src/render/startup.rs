//! What servers would do at their next start, for people.

use aof_log::forecast::{Change, Changed, Forecast, Outcome, Start};
use aof_log::server::Basis;
use comfy_table::{Cell, ContentArrangement, LineStyle, Table, TableStyle};

use super::text::View;
use super::words::{lost, outcome};
use super::wrap::lines_of;
use crate::report::Report;
use crate::ui::BAD;
use crate::{escape, figures};

/// The line that stands before everything else where a start would lose data.
pub(super) fn warning(report: &Report, width: usize) -> String {
    let Some(why) = &report.do_not_start else { return String::new() };
    let sentence = format!("DO NOT START a server here: {}", escape::sentence(why));
    let lines = lines_of(&sentence, width);
    let mut text = format!("{BAD}{}{BAD:#}\n", lines.join("\n"));
    text.push('\n');
    text
}

/// One row for all servers that do the same; nothing where all load everything, unless it was asked for.
pub(super) fn table(report: &Report, view: &View) -> String {
    let is_plain = |forecast: &Forecast| {
        forecast.starts.iter().all(|start| start.outcome == Outcome::LoadsEverything)
    };
    if report.startup.is_empty() || (report.startup.iter().all(is_plain) && !view.is_verbose) {
        return String::new();
    }
    table_of(&report.startup, view.width)
}

/// What servers would do after a repair.
pub(super) fn after(startup: &[Forecast], width: usize) -> String {
    match startup {
        [] => String::new(),
        startup => format!("\nAfterwards:\n{}", table_of(startup, width)),
    }
}

fn table_of(startup: &[Forecast], width: usize) -> String {
    let mut table = Table::new();
    table
        .load_style(TableStyle::new().header_separator(LineStyle::none().fill('-').junction('-')))
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width).unwrap_or(u16::MAX))
        .set_header(["Server", "Its next start", "The start after that"]);
    for (servers, forecast) in grouped(startup) {
        table.add_row([
            Cell::new(servers),
            Cell::new(start(forecast.starts.first(), forecast)),
            Cell::new(start(forecast.starts.get(1), forecast)),
        ]);
    }
    format!("\n{}\n", table.trim_fmt())
}

/// Servers that do the same, by name.
fn grouped(startup: &[Forecast]) -> Vec<(String, &Forecast)> {
    let mut groups: Vec<(String, &Forecast)> = Vec::new();
    for forecast in startup {
        let same = |known: &&mut (String, &Forecast)| {
            known.1.starts == forecast.starts && known.1.basis == forecast.basis
        };
        match groups.iter_mut().find(same) {
            Some((servers, _)) => servers.push_str(&format!("\n{}", forecast.server)),
            None => groups.push((forecast.server.to_string(), forecast)),
        }
    }
    groups
}

fn start(start: Option<&Start>, forecast: &Forecast) -> String {
    let Some(start) = start else {
        return match forecast.basis {
            Basis::Unknown => "unknown".to_owned(),
            _ => "-".to_owned(),
        };
    };
    let mut text = format!("{}: {}", outcome(start.outcome), escape::sentence(&start.why));
    if start.why.is_empty() {
        text = outcome(start.outcome).to_owned();
    }
    if !start.lost.is_nothing() {
        text.push_str(&format!("; leaves out {}", lost(start)));
    }
    if !start.changes.is_empty() {
        let changes: Vec<String> = start.changes.iter().map(change).collect();
        text.push_str(&format!("; {}", changes.join(", ")));
    }
    text
}

fn change(change: &Change) -> String {
    let name = escape::bytes(&change.name);
    match change.what {
        Changed::Created => format!("creates {name}"),
        Changed::CutTo(to) => format!("cuts {name} to {}", figures::of(to, "byte")),
        Changed::Replaced => format!("replaces {name}"),
        Changed::MovedIntoSet => format!("moves {name} into the set"),
        Changed::Deleted => format!("deletes {name}"),
    }
}
