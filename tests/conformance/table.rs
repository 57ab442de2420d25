//! The pages `docs/oracle.md` and `docs/startup.md`: they say what was seen, and why servers differ.

use std::fs;
use std::path::{Path, PathBuf};

use crate::law::RULES;

const OPEN: &str = "<!-- what was seen -->\n";
const CLOSE: &str = "<!-- end -->";

const HEAD: &str = "\
| log | redis-6.2 | redis-7.0 | redis-8.2 | valkey-8.1 | valkey-9.1 |
|---|---|---|---|---|---|
";

fn page(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)
}

/// The table of the oracle is what was seen just now.
pub(crate) fn hold_to_the_page(lines: &[String]) {
    hold("oracle.md", HEAD, lines);
}

/// The table of a page is what was seen just now. With `AOF_DOCTOR_BLESS=1` it becomes that.
pub(crate) fn hold(name: &str, head: &str, lines: &[String]) {
    let text = fs::read_to_string(page(name)).unwrap();
    let (before, rest) = text.split_once(OPEN).expect("the page has a table");
    let (table, behind) = rest.split_once(CLOSE).expect("the table has an end");
    let seen = format!("{head}{}\n", lines.join("\n"));
    if std::env::var_os("AOF_DOCTOR_BLESS").is_some() {
        fs::write(page(name), [before, OPEN, &seen, CLOSE, behind].concat()).unwrap();
        return;
    }
    let differing: Vec<(&str, &str)> =
        seen.lines().zip(table.lines()).filter(|(seen, told)| seen != told).collect();
    let lengths = (seen.lines().count(), table.lines().count());
    assert!(
        differing.is_empty() && lengths.0 == lengths.1,
        "seen and told: {differing:#?} {lengths:?}; AOF_DOCTOR_BLESS=1 writes the table anew"
    );
}

#[test]
fn every_difference_that_is_expected_has_its_reason_on_the_page() {
    let text = fs::read_to_string(page("oracle.md")).unwrap();
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let page = words(&text);
    for rule in RULES {
        assert!(page.contains(&words(rule.why)), "docs/oracle.md lacks: {}", rule.why);
    }
}
