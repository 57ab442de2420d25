//! What the program itself says about a data folder.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The document of `check --json`.
pub(crate) fn check(folder: &Path, args: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_aof-doctor"))
        .args(["check", "--json"])
        .args(args)
        .arg(folder)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code().is_some_and(|code| code < 64), "{:?}", output.status);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The verdict, and the findings above a note, for a message.
pub(crate) fn shown(document: &Value) -> String {
    let findings = document["findings"].as_array().unwrap();
    let grave = findings.iter().filter(|found| found["severity"] != "note");
    let lines: Vec<String> = grave
        .map(|found| format!("{} {} {}", found["id"], found["file"], found["message"]))
        .collect();
    format!("{} {lines:#?}", document["verdict"])
}
