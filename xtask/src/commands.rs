//! `cargo xtask commands`: checks every row of the command table against what the servers' COMMAND says,
//! and against what they write into their logs.

use aof_testkit::server::{ServerKind, compare_logs, compare_table, read_table};

use crate::{Outcome, root, servers};

/// Needs all servers: a table that was checked against some of them is not checked.
pub(crate) fn run(_args: &[String]) -> Outcome {
    if !servers::run(&[])? {
        return Ok(false);
    }
    let rows = read_table(&std::fs::read_to_string(root().join(TABLE))?)?;
    let mut agree = true;
    for kind in ServerKind::ALL {
        let known = rows.iter().filter(|row| row.is_in(kind)).count();
        let mut differences = compare_table(&rows, kind)?;
        differences.extend(compare_logs(&rows, kind)?);
        agree &= differences.is_empty();
        differences.iter().for_each(|line| println!("{line}"));
        println!("{:<12} {known} rows, {} differences", kind.name(), differences.len());
    }
    Ok(agree)
}

/// The one command table of the project.
const TABLE: &str = "crates/aof-resp/commands.tsv";
