//! Tables in aligned text and in Markdown, with a count of the goals in them.

use super::figures::{Goal, word};

/// What stands in one place of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    text: String,
    /// Whether the goal is met, where there is one.
    is_met: Option<bool>,
}

impl Cell {
    /// No goal beside it.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_met: None }
    }

    /// What `write` makes of the value, and a dash where there is none.
    pub(super) fn of(value: Option<f64>, write: impl Fn(f64) -> String) -> Self {
        Self::new(value.map_or("–".to_owned(), write))
    }

    /// As [`Cell::of`], with the goal in words where there is one. A value that is missing misses it.
    pub(super) fn with(
        value: Option<f64>,
        goal: Option<Goal>,
        write: impl Fn(f64) -> String,
    ) -> Self {
        let cell = Self::of(value, write);
        match (goal, value) {
            (None, _) => cell,
            (Some(_), None) => cell.judged(word(false), false),
            (Some(goal), Some(value)) => cell.judged(&goal.verdict(value), goal.is_met(value)),
        }
    }

    /// With a verdict in words behind it.
    pub(super) fn judged(mut self, verdict: &str, is_met: bool) -> Self {
        self.text = format!("{} ({verdict})", self.text);
        self.is_met = Some(is_met);
        self
    }
}

/// Rows of cells under a head; the first column stands left, numbers right.
#[derive(Debug, Default)]
pub(super) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    pub(super) fn new(head: &[&str]) -> Self {
        Self { head: head.iter().map(|&name| name.to_owned()).collect(), rows: Vec::new() }
    }

    pub(super) fn add(&mut self, row: Vec<Cell>) {
        assert_eq!(row.len(), self.head.len(), "every cell has its column");
        self.rows.push(row);
    }

    /// The row that was added last, under the head, for a terminal.
    pub(super) fn latest(&self) -> String {
        let rows = self.rows.last().cloned().into_iter().collect();
        Self { head: self.head.clone(), rows }.plain()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// As GitHub shows it.
    fn markdown(&self) -> String {
        let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
        let rule: Vec<&str> =
            (0..self.head.len()).map(|column| if column == 0 { "---" } else { "---:" }).collect();
        let mut lines = self.lines();
        let head = lines.remove(0);
        line(head) + &line(rule) + &lines.into_iter().map(line).collect::<String>()
    }

    /// Aligned with blanks.
    fn plain(&self) -> String {
        let lines = self.lines();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
        let widths: Vec<usize> = (0..self.head.len()).filter_map(width).collect();
        let line = |cells: &Vec<&str>| {
            let aligned =
                cells.iter().zip(&widths).enumerate().map(
                    |(column, (cell, &width))| match column {
                        0 => format!("{cell:<width$}"),
                        _ => format!("{cell:>width$}"),
                    },
                );
            aligned.collect::<Vec<_>>().join("  ") + "\n"
        };
        lines.iter().map(line).collect()
    }

    /// The head and all rows as text.
    fn lines(&self) -> Vec<Vec<&str>> {
        let head = self.head.iter().map(String::as_str).collect();
        let rows = self.rows.iter().map(|row| row.iter().map(|cell| cell.text.as_str()).collect());
        std::iter::once(head).chain(rows).collect()
    }
}

/// A table with its title and what a reader must know.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) notes: Vec<String>,
    pub(super) table: Table,
    /// Whether something of ours failed, or a peer that is there.
    pub(super) has_failures: bool,
}

impl Section {
    /// For a terminal.
    pub(super) fn plain(&self) -> String {
        let notes: String = self.notes.iter().map(|note| format!("{note}\n")).collect();
        format!("{}\n\n{}\n{}", self.title, self.table.plain(), notes.trim_end())
    }

    /// For a page.
    pub(super) fn markdown(&self) -> String {
        let notes: String = self.notes.iter().map(|note| format!("* {note}\n")).collect();
        format!("## {}\n\n{}\n{notes}", self.title, self.table.markdown())
    }
}

/// How many goals are met and missed.
pub(super) fn goals(sections: &[Section]) -> (usize, usize) {
    let rows = sections.iter().flat_map(|section| &section.table.rows);
    let judged: Vec<bool> = rows.flatten().filter_map(|cell| cell.is_met).collect();
    let met = judged.iter().filter(|&&is_met| is_met).count();
    (met, judged.len() - met)
}

#[cfg(test)]
mod tests {
    use super::super::figures::times;
    use super::*;

    fn section() -> Section {
        let mut table = Table::new(&["log", "ratio"]);
        table.add(vec![
            Cell::new("set64"),
            Cell::with(Some(41.0), Some(Goal::AtLeast(40.0)), times),
        ]);
        table.add(vec![Cell::new("a"), Cell::with(None, Some(Goal::AtMost(1.0)), times)]);
        table.add(vec![Cell::new("b"), Cell::with(Some(2.0), None, times)]);
        Section { title: "Ratios", notes: vec!["Quiet.".to_owned()], table, has_failures: false }
    }

    #[test]
    fn plain_columns_are_aligned_by_characters_not_bytes() {
        let text = section().plain();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[2], "log                ratio");
        assert_eq!(lines[3], "set64  41.0× (≥ 40: met)");
        assert_eq!(lines[4], "a             – (missed)");
        assert_eq!(lines.last(), Some(&"Quiet."));
        assert_eq!(section().table.latest(), "log  ratio\nb    2.00×\n");
    }

    #[test]
    fn markdown_has_a_rule_and_a_row_a_line() {
        let text = section().markdown();
        assert!(text.starts_with("## Ratios\n\n| log | ratio |\n| --- | ---: |\n| set64 |"));
        assert!(text.ends_with("| b | 2.00× |\n\n* Quiet.\n"), "{text}");
    }

    #[test]
    fn goals_are_counted_and_a_missing_figure_misses_its_goal() {
        assert_eq!(goals(&[section()]), (1, 1));
    }
}
