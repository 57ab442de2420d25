//! Tables and documents that must agree with the code.

use aof_testkit::server::read_table;

use super::tree::Tree;

/// Clean, and the bits of the mask.
const EXIT_CODES: [u8; 7] = [0, 1, 2, 4, 8, 16, 32];

const EXIT_PAGE: &str = "docs/exit-codes.md";
const COMMANDS: &str = "crates/aof-resp/commands.tsv";

/// Each code begins a row of the page's table.
pub(super) fn tell_every_exit_code(tree: &Tree) -> Vec<String> {
    let page = match tree.text(EXIT_PAGE) {
        Ok(page) => page,
        Err(problem) => return vec![problem],
    };
    let first_cell =
        |line: &str| Some(line.strip_prefix('|')?.split('|').next()?.trim().to_owned());
    let told: Vec<String> = page.lines().filter_map(first_cell).collect();
    let is_told = |code: &u8| told.iter().any(|cell| cell.trim_matches('`') == code.to_string());
    let missing = EXIT_CODES.iter().filter(|code| !is_told(code));
    missing.map(|code| format!("{EXIT_PAGE} has no row for {code}")).collect()
}

/// Sorted by name, each name once, so that a row has one place.
pub(super) fn keep_commands_sorted(tree: &Tree) -> Vec<String> {
    let rows = match tree.text(COMMANDS).and_then(read_table) {
        Ok(rows) => rows,
        Err(problem) => return vec![problem],
    };
    let disorder = rows.windows(2).filter(|pair| pair[0].name >= pair[1].name);
    disorder
        .map(|pair| format!("{COMMANDS}: {} stands behind {}", pair[1].name, pair[0].name))
        .collect()
}

/// A subcommand is looked up through its container.
pub(super) fn give_containers_a_row(tree: &Tree) -> Vec<String> {
    let rows = tree.text(COMMANDS).and_then(read_table).unwrap_or_default();
    let containers = rows.iter().filter_map(|row| row.name.split_once(' '));
    let missing = containers.filter(|(name, _)| !rows.iter().any(|row| row.name == *name));
    missing
        .map(|(name, sub)| format!("{COMMANDS}: {name} has no row, but {name} {sub} has"))
        .collect()
}

/// Schemas and everything else that calls itself JSON.
pub(super) fn hold_valid_json(tree: &Tree) -> Vec<String> {
    let files = tree.texts_with("json").into_iter();
    files
        .filter_map(|(path, text)| {
            let error = serde_json::from_str::<serde_json::Value>(text).err()?;
            Some(format!("{path}: {error}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_code_without_a_row_is_found() {
        let page = "| code | meaning |\n| 0 | clean |\n| `1` | x |\n|2|x|\n| 4 | 8 |\n| 16 | x |\n| 32 | x |\n";
        let tree = Tree::from([(EXIT_PAGE, page)]);
        assert_eq!(tell_every_exit_code(&tree), ["docs/exit-codes.md has no row for 8"]);
    }

    #[test]
    fn commands_out_of_order_and_twice_are_found() {
        let row = |name: &str| format!("{name}\t1.0\t7.2\t2\t1\tsingle\tverbatim\texact\n");
        let table = ["head\n".to_owned(), row("GET"), row("DEL"), row("SET"), row("SET")].concat();
        let problems = keep_commands_sorted(&Tree::from([(COMMANDS, table.as_str())]));
        assert_eq!(problems.len(), 2, "{problems:?}");
    }

    #[test]
    fn a_subcommand_without_its_container_is_found() {
        let table = "head\nXGROUP CREATE\t5.0\t7.2\t-5\t2\tsingle\tverbatim\texact\n";
        let problems = give_containers_a_row(&Tree::from([(COMMANDS, table)]));
        assert_eq!(problems.len(), 1);
        assert!(problems[0].ends_with("XGROUP has no row, but XGROUP CREATE has"), "{problems:?}");
    }

    #[test]
    fn broken_json_is_found_with_its_place() {
        let tree = Tree::from([("a.json", "{}"), ("b.json", "{\"a\": }")]);
        let problems = hold_valid_json(&tree);
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0].starts_with("b.json: ") && problems[0].contains("line 1"),
            "{problems:?}"
        );
    }
}
