//! Every finding id has a page, a fixture and a test.

use super::tree::Tree;

/// Where the table of findings stands, one row a line: `AofGap "AOF-GAP" Damage Certain Salvage;`.
const TABLE: &str = "crates/aof-log/src/finding.rs";

/// Where a heading per id explains it.
const PAGES: &str = "docs/findings.md";

/// Where fixtures stand below `testdata`: single logs, data folders, and RDB files in data folders.
const SHELVES: [&str; 3] = ["aof", "set", "rdb"];

/// A heading `## ID` or `### ID`.
pub(super) fn have_a_page(tree: &Tree) -> Vec<String> {
    let pages = match tree.text(PAGES) {
        Ok(pages) => pages,
        Err(problem) => return vec![problem],
    };
    check(tree, |id| {
        let heading = |line: &str| {
            let title = line.strip_prefix("### ").or_else(|| line.strip_prefix("## "));
            title.is_some_and(|title| title.trim_matches('`') == id)
        };
        let found = pages.lines().any(heading);
        (!found).then(|| format!("{PAGES} has no heading {id}"))
    })
}

/// A folder named after the id, with a `case.json` that says what must be found.
pub(super) fn have_a_fixture(tree: &Tree) -> Vec<String> {
    check(tree, |id| {
        let case = |shelf: &str| format!("testdata/{shelf}/{}/case.json", id.to_lowercase());
        let found = SHELVES.iter().any(|shelf| tree.has(&case(shelf)));
        (!found).then(|| format!("{} is missing, and so on the other shelves", case(SHELVES[0])))
    })
}

/// The id stands in some test.
pub(super) fn have_a_test(tree: &Tree) -> Vec<String> {
    let sources = tree.texts_with("rs");
    let tests: Vec<&str> =
        sources.into_iter().filter_map(|(path, text)| tests_in(path, text)).collect();
    check(tree, |id| {
        let found = tests.iter().any(|text| text.contains(id));
        (!found).then(|| format!("{id} is named in no test"))
    })
}

/// All of a file that holds tests only, and of other sources what stands behind their first test module.
fn tests_in<'a>(path: &str, text: &'a str) -> Option<&'a str> {
    if path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs") {
        return Some(text);
    }
    let inner = path.starts_with("crates/").then(|| text.find("#[cfg(test)]")).flatten();
    inner.map(|at| &text[at..])
}

/// Runs `problem` for every id of the table.
fn check(tree: &Tree, problem: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let table = match tree.text(TABLE) {
        Ok(table) => table,
        Err(problem) => return vec![problem],
    };
    let ids: Vec<&str> = table.lines().filter_map(id_of_row).collect();
    if ids.is_empty() {
        return vec![format!("{TABLE} holds no table of findings")];
    }
    ids.into_iter().filter_map(problem).collect()
}

fn id_of_row(line: &str) -> Option<&str> {
    let words: Vec<&str> = line.strip_suffix(';')?.split_whitespace().collect();
    match words.as_slice() {
        [_, id, _, _, _] => id.strip_prefix('"')?.strip_suffix('"'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &str = "//! x
        AofGap \"AOF-GAP\" Damage Certain Salvage;
        AofBom \"AOF-BOM\" Damage Certain Rewrite;
";

    #[test]
    fn a_finding_without_page_fixture_or_test_is_found() {
        let tree = Tree::from([
            (TABLE, ROWS),
            (PAGES, "# Findings\n## AOF-GAP\nmore than AOF-BOM\n"),
            ("testdata/aof/aof-gap/case.json", "{}"),
            ("tests/fixtures.rs", "//! x\nfn test() { check(\"AOF-GAP\") }\n"),
            ("crates/aof-log/src/words.rs", "//! x\nconst ID: &str = \"AOF-BOM\";\n#[cfg(test)]\n"),
        ]);
        assert_eq!(have_a_page(&tree), ["docs/findings.md has no heading AOF-BOM"]);
        let missing = "testdata/aof/aof-bom/case.json is missing, and so on the other shelves";
        assert_eq!(have_a_fixture(&tree), [missing]);
        assert_eq!(have_a_test(&tree), ["AOF-BOM is named in no test"]);
    }

    #[test]
    fn a_fixture_may_stand_on_any_shelf() {
        let row = "AofGap \"AOF-GAP\" Damage Certain Salvage;\n";
        for shelf in SHELVES {
            let case = format!("testdata/{shelf}/aof-gap/case.json");
            let tree = Tree::from([(TABLE, row), (case.as_str(), "{}")]);
            assert_eq!(have_a_fixture(&tree), Vec::<String>::new(), "{shelf}");
        }
    }

    #[test]
    fn a_missing_table_is_a_problem_and_no_silence() {
        assert_eq!(have_a_fixture(&Tree::default()), [format!("{TABLE} is missing")]);
    }
}
