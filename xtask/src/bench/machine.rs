//! What the figures were measured on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use super::peers::Tools;

/// A line for each thing that a reader must know to compare figures.
pub(super) fn describe(tools: &Tools) -> Vec<String> {
    let mut lines = describe_ours(&tools.ours);
    lines.push(format!("redis-check-{}: {}", tools.format, peer(&tools.redis)));
    lines.push(format!("valkey-check-{}: {}", tools.format, peer(&tools.valkey)));
    lines
}

/// The same where ours runs against itself.
pub(super) fn describe_ours(ours: &Path) -> Vec<String> {
    let mut lines = hardware();
    lines.push(format!("ours: {}", version(ours)));
    lines
}

fn hardware() -> Vec<String> {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    vec![
        format!("cores: {cores} of {}", field(&cpu, "model name").unwrap_or("an unknown CPU")),
        format!("memory: {} GiB", gib(&memory).unwrap_or_default()),
        format!("kernel: {}", kernel.trim()),
        format!("load before: {}", load.split(' ').next().unwrap_or_default()),
    ]
}

/// Not every checker tells its version; the server behind the link does.
fn peer(tool: &Option<PathBuf>) -> String {
    match tool {
        Some(link) => version(&fs::canonicalize(link).unwrap_or_default()),
        None => "not there (`cargo xtask servers` brings it)".to_owned(),
    }
}

/// The value behind the first `name` of a file of `name: value` lines.
fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(known, _)| known.trim() == name).map(|(_, value)| value.trim())
}

/// All memory, from the text of `/proc/meminfo`, to the next GiB.
fn gib(meminfo: &str) -> Option<u64> {
    let kib: u64 = field(meminfo, "MemTotal")?.strip_suffix(" kB")?.parse().ok()?;
    Some((kib + (1 << 19)) >> 20)
}

/// What a tool says about itself, up to the details of its build.
pub(super) fn version(tool: &Path) -> String {
    let output = Command::new(tool).arg("--version").output();
    let text =
        output.map_or(String::new(), |output| String::from_utf8_lossy(&output.stdout).into_owned());
    let line = text.lines().next().unwrap_or("says no version");
    line.split(" sha=").next().unwrap_or(line).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let text = "model\t\t: 1\nmodel name\t: Fast One\nmodel name\t: Fast Two\n";
        assert_eq!(field(text, "model name"), Some("Fast One"));
        assert_eq!(field(text, "name"), None);
        assert_eq!(gib("MemTotal:       24684096 kB\n"), Some(24));
    }
}
