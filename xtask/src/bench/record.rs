//! The dated page that keeps the tables.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::table::{Section, goals};

/// Writes `docs/benchmarks/DATE-NAME.md`, in place of an earlier one of the same day. `command` stands behind
/// `cargo xtask bench`.
pub(super) fn write(
    root: &Path,
    name: &str,
    command: &str,
    machine: &[String],
    sections: &[Section],
) -> Result<PathBuf, Box<dyn Error>> {
    let date = today()?;
    let folder = root.join("docs/benchmarks");
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{date}-{name}.md"));
    fs::write(&path, page(&date, name, command, machine, sections))?;
    Ok(path)
}

/// In UTC, so that the page does not depend on where it was made.
fn today() -> Result<String, Box<dyn Error>> {
    let output = Command::new("date").args(["-u", "+%F"]).output()?;
    let date = String::from_utf8(output.stdout)?.trim().to_owned();
    if date.is_empty() {
        return Err("date says nothing".into());
    }
    Ok(date)
}

fn page(date: &str, name: &str, command: &str, machine: &[String], sections: &[Section]) -> String {
    let machine: String = machine.iter().map(|line| format!("* {line}\n")).collect();
    let (met, missed) = goals(sections);
    let sections: Vec<String> = sections.iter().map(Section::markdown).collect();
    format!(
        "# `{name}` on {date}\n\n```\ncargo xtask bench {command}\n```\n\n{machine}\nGoals: {met} met, {missed} missed.\n\n{}",
        sections.join("\n"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::table::{Cell, Table};
    use super::*;

    #[test]
    fn a_page_says_how_to_repeat_it_and_on_what_it_ran() {
        let mut table = Table::new(&["log"]);
        table.add(vec![Cell::new("set64").judged("≥ 2: met", true)]);
        let section = Section { title: "Title", notes: Vec::new(), table, has_failures: false };
        let text = page("2026-01-31", "rdb", "rdb --runs 3", &["cores: 2".to_owned()], &[section]);
        for part in [
            "# `rdb` on 2026-01-31\n",
            "cargo xtask bench rdb --runs 3\n",
            "* cores: 2\n",
            "Goals: 1 met, 0 missed.\n",
            "| set64 (≥ 2: met) |",
        ] {
            assert!(text.contains(part), "{part:?} in {text}");
        }
    }

    #[test]
    fn today_is_a_date() {
        let date = today().unwrap();
        let digits = date.chars().filter(char::is_ascii_digit).count();
        assert_eq!((date.len(), digits), (10, 8), "{date}");
    }
}
