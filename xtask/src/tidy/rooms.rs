//! Who may depend on whom, and that every dependency is accounted for.

use std::error::Error;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::tree::Tree;

/// The table of rooms: each crate of the workspace, and the ones that it may use.
const ROOMS: &[(&str, &[&str])] = &[
    ("aof-resp", &[]),
    ("aof-rdb", &[]),
    ("aof-source", &[]),
    ("aof-log", &["aof-resp", "aof-rdb", "aof-source"]),
    ("aof-keyspace", &["aof-resp", "aof-rdb"]),
    ("aof-repair", &["aof-log", "aof-rdb", "aof-source"]),
    ("aof-replay", &["aof-log", "aof-keyspace", "aof-rdb", "aof-resp", "aof-source"]),
    (
        "aof-doctor",
        &[
            "aof-resp",
            "aof-rdb",
            "aof-source",
            "aof-log",
            "aof-keyspace",
            "aof-repair",
            "aof-replay",
        ],
    ),
    ("aof-testkit", &["aof-resp", "aof-rdb", "aof-source"]),
    ("xtask", &["aof-resp", "aof-rdb", "aof-source", "aof-log", "aof-keyspace", "aof-testkit"]),
];

/// What every crate may use for its tests.
const FOR_TESTS: &str = "aof-testkit";

const DEPENDENCIES: &str = "docs/dependencies.md";

/// A crate of the workspace and what it names in its manifest.
#[derive(Debug)]
pub(super) struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

/// One line of a manifest.
#[derive(Debug)]
struct Dependency {
    name: String,
    in_workspace: bool,
    for_tests: bool,
}

/// Asks cargo.
pub(super) fn packages(root: &Path) -> Result<Vec<Package>, Box<dyn Error>> {
    let options = ["metadata", "--no-deps", "--format-version", "1"];
    let output = Command::new("cargo").args(options).current_dir(root).output()?;
    if !output.status.success() {
        return Err(format!("cargo: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    read_packages(&output.stdout)
}

fn read_packages(metadata: &[u8]) -> Result<Vec<Package>, Box<dyn Error>> {
    let metadata: Value = serde_json::from_slice(metadata)?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let dependency = |value: &Value| Dependency {
        name: text(&value["name"]),
        in_workspace: value["path"].is_string(),
        for_tests: value["kind"] == "dev",
    };
    let package = |value: &Value| Package {
        name: text(&value["name"]),
        dependencies: list(&value["dependencies"]).iter().map(dependency).collect(),
    };
    Ok(list(&metadata["packages"]).iter().map(package).collect())
}

/// No crate uses one that the table does not give it, and each has its row.
pub(super) fn keep_to_the_table(packages: &[Package]) -> Vec<String> {
    packages.iter().flat_map(check_room).collect()
}

fn check_room(package: &Package) -> Vec<String> {
    let name = &package.name;
    let Some((_, allowed)) = ROOMS.iter().find(|(room, _)| room == name) else {
        return vec![format!("{name} has no row in the table of rooms")];
    };
    let rooms = package.dependencies.iter().filter(|dependency| dependency.in_workspace);
    rooms
        .filter(|used| !allowed.contains(&used.name.as_str()))
        .filter(|used| !(used.for_tests && used.name == FOR_TESTS))
        .map(|used| format!("{name} may not use {}", used.name))
        .collect()
}

/// Each stands in the page in backticks, with the reason why it is there.
pub(super) fn tell_every_dependency(packages: &[Package], tree: &Tree) -> Vec<String> {
    let page = match tree.text(DEPENDENCIES) {
        Ok(page) => page,
        Err(problem) => return vec![problem],
    };
    let all = packages.iter().flat_map(|package| &package.dependencies);
    let mut names: Vec<&str> =
        all.filter(|one| !one.in_workspace).map(|one| one.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let untold = names.into_iter().filter(|name| !page.contains(&format!("`{name}`")));
    untold.map(|name| format!("{DEPENDENCIES} does not name `{name}`")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &str = r#"{ "packages": [
        { "name": "aof-log", "dependencies": [
            { "name": "aof-resp", "kind": null, "path": "x" },
            { "name": "aof-keyspace", "kind": null, "path": "x" },
            { "name": "aof-testkit", "kind": "dev", "path": "x" },
            { "name": "memchr", "kind": null } ] },
        { "name": "aof-resp", "dependencies": [
            { "name": "aof-testkit", "kind": null, "path": "x" },
            { "name": "nom", "kind": null } ] },
        { "name": "aof-new", "dependencies": [] } ] }"#;

    fn some_packages() -> Vec<Package> {
        read_packages(METADATA.as_bytes()).expect("JSON")
    }

    #[test]
    fn an_edge_outside_of_the_table_and_a_crate_without_a_row_are_found() {
        assert_eq!(
            keep_to_the_table(&some_packages()),
            [
                "aof-log may not use aof-keyspace",
                "aof-resp may not use aof-testkit",
                "aof-new has no row in the table of rooms",
            ]
        );
    }

    #[test]
    fn a_dependency_without_its_reason_is_found() {
        let tree = Tree::from([(DEPENDENCIES, "- `nom`: the parser\n- memchr\n")]);
        let problems = tell_every_dependency(&some_packages(), &tree);
        assert_eq!(problems, ["docs/dependencies.md does not name `memchr`"]);
    }

    #[test]
    fn the_table_has_no_cycle() {
        let row = |name: &str| ROOMS.iter().position(|(room, _)| *room == name);
        for (index, (name, allowed)) in ROOMS.iter().enumerate() {
            for used in *allowed {
                let at = row(used).expect("every room that is used has a row");
                assert!(at < index, "{name} stands before {used}, which it uses");
            }
        }
    }
}
