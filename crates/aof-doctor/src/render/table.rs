//! All findings, one a row.

use aof_log::survey::Placed;
use aof_log::{Confidence, Severity};
use comfy_table::{Cell, CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

use crate::report::Report;
use crate::{escape, figures};

/// The table of the findings that are shown, and a line below it if there are more.
pub(super) fn findings(report: &Report, width: usize) -> String {
    let shown = report.shown();
    let mut table = Table::new();
    table
        .load_style(TableStyle::new().header_separator(LineStyle::none().fill('-').junction('-')))
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width).unwrap_or(u16::MAX))
        .set_header(header(report));
    for placed in &shown {
        table.add_row(row(placed, report));
    }
    let mut text = table.trim_fmt();
    text.push('\n');
    if shown.len() as u64 != report.total_findings {
        text.push_str(&format!(
            "{} of {} findings are shown, the gravest.\n",
            figures::count(shown.len() as u64),
            figures::count(report.total_findings)
        ));
    }
    text
}

/// Where a folder was checked, each finding names its file.
fn header(report: &Report) -> Vec<&'static str> {
    let file = report.is_folder().then_some("File");
    ["Severity", "Finding"].into_iter().chain(file).chain(["Offset", "Length", "Message"]).collect()
}

fn row(placed: &Placed, report: &Report) -> Vec<Cell> {
    let finding = &placed.finding;
    let (offset, length) = match placed.has_place() {
        false => ("-".to_owned(), "-".to_owned()),
        true => (
            format!("{}\n0x{:x}", figures::count(finding.offset), finding.offset),
            figures::count(finding.length),
        ),
    };
    let severity = format!("{}\n{}", severity(finding.severity), confidence(finding.confidence));
    let mut row = vec![Cell::new(severity), Cell::new(finding.id.as_str())];
    if report.is_folder() {
        row.push(Cell::new(report.place(placed)));
    }
    row.extend([
        Cell::new(offset).set_alignment(CellAlignment::Right),
        Cell::new(length).set_alignment(CellAlignment::Right),
        Cell::new(escape::sentence(&finding.message)),
    ]);
    row
}

/// How sure it is, in the word that scripts rely on.
pub(super) const fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Guess => "guess",
        Confidence::Likely => "likely",
        Confidence::Certain => "certain",
    }
}

/// The word that scripts rely on.
pub(super) const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Attention => "attention",
        Severity::Damage => "damage",
    }
}
