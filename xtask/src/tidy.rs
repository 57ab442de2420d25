//! `cargo xtask tidy`: checks what no compiler checks. One file a subject, one function a rule; a rule looks
//! at the [`Tree`] and returns a line for every place that breaks it.

mod documents;
mod findings;
mod rooms;
mod sources;
mod tree;

use tree::Tree;

use crate::{Outcome, root};

/// A rule: what it is called, and what finds the places that break it.
type Rule = (&'static str, fn(&Tree) -> Vec<String>);

const RULES: &[Rule] = &[
    ("sources begin with what they are", sources::begin_with_what_they_are),
    ("sources are short", sources::are_short),
    ("no blanks at line ends", sources::have_no_trailing_blanks),
    ("nothing is called common or utils", sources::are_not_called_common),
    ("no machine's paths", sources::name_no_machine_paths),
    ("unsafe code stands in one place", sources::keep_unsafe_in_one_place),
    ("every finding has its page", findings::have_a_page),
    ("every finding has its fixture", findings::have_a_fixture),
    ("every finding has its test", findings::have_a_test),
    ("every exit code is documented", documents::tell_every_exit_code),
    ("the command table is sorted", documents::keep_commands_sorted),
    ("every container has its row", documents::give_containers_a_row),
    ("JSON files parse", documents::hold_valid_json),
];

/// Looks at everything that git tracks or would track.
pub(crate) fn run(_args: &[String]) -> Outcome {
    let tree = Tree::load(&root())?;
    let packages = rooms::packages(&root())?;
    let mut broken = 0;
    let mut report = |rule: &str, problems: Vec<String>| {
        broken += problems.len();
        for problem in problems {
            println!("{problem}  ({rule})");
        }
    };
    for (name, rule) in RULES {
        report(name, rule(&tree));
    }
    report("the table of rooms", rooms::keep_to_the_table(&packages));
    report("every dependency is documented", rooms::tell_every_dependency(&packages, &tree));
    println!("tidy: {} files, {broken} problems", tree.len());
    Ok(broken == 0)
}
