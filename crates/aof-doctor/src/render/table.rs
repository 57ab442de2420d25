//! All findings, one a row.

use aof_log::{Confidence, Finding, FindingId, Severity};
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
        .set_header(["Severity", "Finding", "Offset", "Length", "Message"]);
    for finding in &shown {
        table.add_row(row(finding));
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

fn row(finding: &Finding) -> Vec<Cell> {
    let (offset, length) = match finding.id {
        FindingId::InputCompressed
        | FindingId::InputEncrypted
        | FindingId::InputInUse
        | FindingId::InputWrongType => ("-".to_owned(), "-".to_owned()),
        _ => (
            format!("{}\n0x{:x}", figures::count(finding.offset), finding.offset),
            figures::count(finding.length),
        ),
    };
    vec![
        Cell::new(format!("{}\n{}", severity(finding.severity), confidence(finding.confidence))),
        Cell::new(finding.id.as_str()),
        Cell::new(offset).set_alignment(CellAlignment::Right),
        Cell::new(length).set_alignment(CellAlignment::Right),
        Cell::new(escape::sentence(&finding.message)),
    ]
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
