//! librdb's `rdb-cli`: where it is, and how somebody gets it who has none.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names the program, where it is not on the path.
const VARIABLE: &str = "AOF_DOCTOR_RDB_CLI";

/// There is no package of it.
const HOW: &str = "not there: clone https://github.com/redis/librdb with its submodule deps/hiredis, run `make BUILD_TLS=no` in it, and put its bin folder on the path or name bin/rdb-cli in AOF_DOCTOR_RDB_CLI";

/// What the variable names, or what is on the path.
pub(super) fn find() -> Option<PathBuf> {
    env::var_os(VARIABLE).map(PathBuf::from).or_else(|| {
        let folders = env::var_os("PATH")?;
        env::split_paths(&folders).map(|folder| folder.join("rdb-cli")).find(|it| it.is_file())
    })
}

/// Its version, or how it is had.
pub(super) fn describe(rdb_cli: Option<&Path>) -> String {
    let Some(rdb_cli) = rdb_cli else {
        return HOW.to_owned();
    };
    // Without arguments it ends with an error, and shows how it is used.
    match Command::new(rdb_cli).output() {
        Ok(output) => version(&String::from_utf8_lossy(&output.stdout)),
        Err(error) => format!("does not run: {error}"),
    }
}

/// `[v2.1.0] Usage: …` is librdb 2.1.0.
fn version(usage: &str) -> String {
    let version = usage.strip_prefix("[v").and_then(|rest| rest.split_once(']'));
    version.map_or("says no version".to_owned(), |(version, _)| format!("librdb {version}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_version_is_read_from_its_usage_and_who_has_none_learns_how_to_build_it() {
        assert_eq!(version("[v2.1.0] Usage: rdb-cli /path"), "librdb 2.1.0");
        assert_eq!(version("rdb-cli"), "says no version");
        assert!(describe(None).contains("make") && describe(None).contains(VARIABLE));
        assert!(describe(Some("no/such/program".as_ref())).starts_with("does not run"));
    }
}
