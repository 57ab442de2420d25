//! `cargo xtask test`: brings what the tests need and runs them all.

use std::fs;
use std::process::Command;

use aof_testkit::server::ServerKind;

use crate::{Outcome, root, servers};

/// Arguments go to the runner, for instance a filter. The runner comes last, so that what it says about success
/// or failure closes the output.
pub(crate) fn run(args: &[String]) -> Outcome {
    if !servers::run(&[])? {
        eprintln!("some servers could not be had; their tests will be skipped");
    }
    let documented = cargo(&["test", "--workspace", "--doc"]).status()?.success();
    let ledger = root().join("target/skipped-tests.tsv");
    fs::create_dir_all(root().join("target"))?;
    fs::write(&ledger, "")?;
    let missing = ServerKind::ALL.iter().filter(|kind| kind.find().is_none()).count();
    println!("kinds of servers whose tests are skipped: {missing} of {}", ServerKind::ALL.len());

    let mut tests = cargo(runner());
    tests.args(args).env("AOF_DOCTOR_SKIPPED", &ledger);
    let passed = tests.status()?.success();
    Ok(passed && is_complete(&fs::read_to_string(&ledger)?, is_ci()) && documented)
}

/// nextest if it is installed: it runs the tests of all crates side by side.
fn runner() -> &'static [&'static str] {
    let nextest = Command::new("cargo").args(["nextest", "--version"]).output();
    if nextest.is_ok_and(|output| output.status.success()) {
        &["nextest", "run", "--workspace"]
    } else {
        &["test", "--workspace", "--all-targets"]
    }
}

fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(args).current_dir(root());
    command
}

fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

/// Says how many server tests were skipped, if any were; false if that must not be.
fn is_complete(ledger: &str, ci: bool) -> bool {
    if ledger.is_empty() {
        return true;
    }
    println!("skipped server tests: {}", ledger.lines().count());
    for line in ledger.lines() {
        println!("  {}", line.replace('\t', ": "));
    }
    if ci {
        eprintln!("with CI=true every server test must run");
    }
    !ci
}

#[cfg(test)]
mod tests {
    use super::is_complete;

    #[test]
    fn a_skipped_test_fails_in_ci_only() {
        assert!(is_complete("", true));
        assert!(is_complete("valkey-9.1\tsome_test\n", false));
        assert!(!is_complete("valkey-9.1\tsome_test\n", true));
    }
}
