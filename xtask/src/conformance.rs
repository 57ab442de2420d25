//! `cargo xtask conformance`: the suites that need real servers; with `--all` every trial, not only the sample that
//! `cargo xtask test` takes.

use std::process::Command;

use crate::{Outcome, root, servers};

const USAGE: &str = "usage: cargo xtask conformance [--all] [FILTER]";

/// Brings the servers and runs the suite.
pub(crate) fn run(args: &[String]) -> Outcome {
    let (all, filter) = match args {
        [option, filter @ ..] if option == "--all" => (true, filter),
        filter => (false, filter),
    };
    if filter.len() > 1 || filter.iter().any(|word| word.starts_with('-')) {
        return Err(USAGE.into());
    }
    servers::run(&[])?;
    let mut tests = Command::new("cargo");
    tests
        .args(["test", "--package", "aof-doctor", "--test", "conformance", "--"])
        .args(filter)
        .current_dir(root());
    if all {
        tests.env("AOF_DOCTOR_ALL", "1");
    }
    Ok(tests.status()?.success())
}
