//! Rules for source files, and for text in general.

use std::path::Path;

use super::tree::Tree;

/// Longer sources are split by subject.
const MAX_LINES: usize = 400;

/// Sources that may be longer, and why.
const LONG: &[(&str, &str)] = &[];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 2] = ["common", "utils"];

/// Folders that exist on somebody's machine only. Put together so that this file does not break the rule.
const MACHINE_PATHS: [&str; 3] = [concat!("/", "root"), concat!("/", "work"), concat!("/", "home")];

/// The lint that is lifted where `unsafe` stands. Put together so that this file does not name it.
const UNSAFE_LINT: &str = concat!("unsafe", "_code");

/// Where it is lifted, and where it is set.
const MAY_NAME_IT: [&str; 2] = ["crates/aof-source/src/map.rs", "Cargo.toml"];

/// The first line of a source says what it holds.
pub(super) fn begin_with_what_they_are(tree: &Tree) -> Vec<String> {
    let sources = tree.texts_with("rs").into_iter();
    sources
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| format!("{path} does not begin with //!"))
        .collect()
}

/// Sources that one can read in one sitting.
pub(super) fn are_short(tree: &Tree) -> Vec<String> {
    let sources =
        tree.texts_with("rs").into_iter().map(|(path, text)| (path, text.lines().count()));
    sources
        .filter(|(path, lines)| *lines > MAX_LINES && !LONG.iter().any(|(long, _)| long == path))
        .map(|(path, lines)| format!("{path} has {lines} lines, allowed are {MAX_LINES}"))
        .collect()
}

/// What no editor shows should not be there.
pub(super) fn have_no_trailing_blanks(tree: &Tree) -> Vec<String> {
    let written = tree.texts().filter(|(path, _)| !path.starts_with("testdata/"));
    let blank = |(_, line): &(usize, &str)| line.ends_with([' ', '\t', '\r']);
    written
        .flat_map(|(path, text)| {
            // Not `lines()`, which hides a carriage return.
            let lines = (1..).zip(text.split('\n')).filter(blank);
            lines.map(move |(number, _)| format!("{path}:{number} ends with a blank"))
        })
        .collect()
}

/// Neither a file nor a folder.
pub(super) fn are_not_called_common(tree: &Tree) -> Vec<String> {
    let empty = |path: &str| {
        let stem = |part: &std::path::Component<'_>| {
            let stem = Path::new(part.as_os_str()).file_stem();
            stem.is_some_and(|stem| EMPTY_NAMES.iter().any(|name| stem == *name))
        };
        Path::new(path).components().any(|part| stem(&part))
    };
    let paths = tree.paths().filter(|path| empty(path));
    paths.map(|path| format!("{path}: name it after what is inside")).collect()
}

/// What is only there on one machine does not belong into a project.
pub(super) fn name_no_machine_paths(tree: &Tree) -> Vec<String> {
    let lines = tree.texts().flat_map(|(path, text)| {
        (1..).zip(text.lines()).map(move |(number, line)| (path, number, line))
    });
    lines
        .filter_map(|(path, number, line)| {
            let folder = MACHINE_PATHS.into_iter().find(|folder| names_folder(line, folder))?;
            Some(format!("{path}:{number} names a path below {folder}"))
        })
        .collect()
}

/// One module is audited for it. What stands below the module is lifted with it.
pub(super) fn keep_unsafe_in_one_place(tree: &Tree) -> Vec<String> {
    let code = ["rs", "toml"].into_iter().flat_map(|extension| tree.texts_with(extension));
    let lifted =
        code.filter(|(path, text)| text.contains(UNSAFE_LINT) && !MAY_NAME_IT.contains(path));
    lifted.map(|(path, _)| format!("{path} names {UNSAFE_LINT}")).collect()
}

/// `.github/workflows` and `https://host/home` name no folder of a machine.
fn names_folder(line: &str, folder: &str) -> bool {
    let in_word = |letter: char| letter.is_alphanumeric() || "_-.}~)".contains(letter);
    line.match_indices(folder).any(|(at, _)| {
        let (before, behind) = (&line[..at], &line[at + folder.len()..]);
        !before.ends_with(in_word) && !behind.starts_with(|letter| letter != '.' && in_word(letter))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_without_its_first_line_is_found() {
        let tree = Tree::from([("a.rs", "//! Good.\n"), ("b.rs", "fn main() {}\n"), ("c.md", "x")]);
        assert_eq!(begin_with_what_they_are(&tree), ["b.rs does not begin with //!"]);
    }

    #[test]
    fn a_source_of_401_lines_is_found_and_one_of_400_is_not() {
        let (good, bad) = ("//! x\n".repeat(400), "//! x\n".repeat(401));
        let tree = Tree::from([("good.rs", good.as_str()), ("bad.rs", bad.as_str())]);
        assert_eq!(are_short(&tree), ["bad.rs has 401 lines, allowed are 400"]);
    }

    #[test]
    fn blanks_at_line_ends_are_found_outside_of_test_data() {
        let tree =
            Tree::from([("a.md", "x \ny\nz\t\n"), ("testdata/a", "x \n"), ("b.md", "x\r\n")]);
        let found =
            ["a.md:1 ends with a blank", "a.md:3 ends with a blank", "b.md:1 ends with a blank"];
        assert_eq!(have_no_trailing_blanks(&tree), found);
    }

    #[test]
    fn empty_names_are_found_among_files_and_folders() {
        let tree = Tree::from([("a/utils.rs", ""), ("common/x.rs", ""), ("uncommon.rs", "")]);
        assert_eq!(are_not_called_common(&tree).len(), 2);
    }

    #[test]
    fn a_lifted_ban_outside_of_its_module_is_found() {
        let lifted = format!("//! X\n#![expect({UNSAFE_LINT})]\n");
        let set = format!("{UNSAFE_LINT} = \"deny\"");
        let tree = Tree::from([
            (MAY_NAME_IT[0], lifted.as_str()),
            ("crates/aof-log/src/lib.rs", lifted.as_str()),
            ("crates/aof-log/Cargo.toml", set.as_str()),
            ("Cargo.toml", set.as_str()),
        ]);
        let names = |path: &str| format!("{path} names {UNSAFE_LINT}");
        let found = ["crates/aof-log/src/lib.rs", "crates/aof-log/Cargo.toml"].map(names);
        assert_eq!(keep_unsafe_in_one_place(&tree), found);
    }

    #[test]
    fn paths_of_a_machine_are_found_and_look_alikes_are_not() {
        let folder = MACHINE_PATHS[1];
        for line in
            [format!("see {folder}/x"), format!("\"{folder}\""), format!("file://{folder}.")]
        {
            assert!(names_folder(&line, folder), "{line}");
        }
        for line in [
            format!(".github{folder}flows"),
            format!("docs{folder}/x"),
            format!("${{ROOT}}{folder}/x"),
            format!("https://host{folder}"),
            format!("{folder}-around"),
        ] {
            assert!(!names_folder(&line, folder), "{line}");
        }
    }
}
