//! `aof-doctor explain`: the long text on one kind of finding.

use aof_log::FindingId;
use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::ui::{LABEL, Ui};

/// One section for each kind of finding; the same page that the project publishes.
const PAGE: &str = include_str!("../../../../docs/findings.md");

/// Explain a finding: what it means, what a server does with it, what to do about it
#[derive(Debug, Args)]
#[command(
    after_help = "EXIT STATUS\n  0   explained\n  8   the text could not be written\n  16  no such finding"
)]
pub(crate) struct ExplainArgs {
    /// The id of the finding, as `check` prints it
    #[arg(value_name = "FINDING-ID", ignore_case = true)]
    #[arg(value_parser = PossibleValuesParser::new(FindingId::ALL.iter().map(|id| id.as_str())))]
    id: String,
}

/// Prints the section on a finding.
pub(crate) fn run(args: &ExplainArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let id = args.id.to_ascii_uppercase();
    let Some(section) = section(&id) else {
        return Err(Failure::operational(format!("this build has no text on {id}")));
    };
    ui.result(&format!("{LABEL}{id}{LABEL:#}\n\n{section}\n"))?;
    Ok(Exit::CLEAN)
}

/// What stands below the heading of a finding, up to the next one.
fn section(id: &str) -> Option<&'static str> {
    let sections = PAGE.split("\n## ").skip(1);
    let mut found = sections.filter_map(|section| section.split_once('\n'));
    found.find(|(heading, _)| heading.trim() == id).map(|(_, text)| {
        let end = text.find("\n# ").unwrap_or(text.len());
        text[..end].trim()
    })
}
