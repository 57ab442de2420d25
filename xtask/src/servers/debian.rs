//! Redis 7.0 as Debian 12 ships it.
//!
//! The binary lives in `redis-tools` (`redis-server` only adds a service and a link), so that package is
//! what is asked for: installing it starts nothing.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{publish, quietly, version_of};

/// The names under which the binary is installed.
const INSTALLED: [&str; 2] = ["/usr/bin/redis-server", "/usr/bin/redis-check-rdb"];

/// What brings the binary and its shared libraries.
const PACKAGE: &str = "redis-tools";

/// Copies the installed binary if it is of the wanted version, else asks apt for it.
pub(super) fn bring(target: &Path, pin: &str) -> Result<(), Box<dyn Error>> {
    if copy_installed(target, pin)? {
        return Ok(());
    }
    let installing = install();
    if installing.is_ok() && copy_installed(target, pin)? {
        return Ok(());
    }
    unpack(target).map_err(|unpacking| {
        let installing = installing
            .err()
            .map_or_else(|| format!("it is not Redis {pin}x"), |error| error.to_string());
        format!("apt could neither install {PACKAGE} ({installing}) nor download it ({unpacking})")
    })?;
    let version = version_of(target)
        .map_err(|error| format!("{error}; its libraries come with: apt-get install {PACKAGE}"))?;
    if version.starts_with(pin) {
        return Ok(());
    }
    Err(format!("apt offers Redis {version}; version {pin}x is in Debian 12").into())
}

/// The binary decides by its name what it is, so the copy is asked, not the original.
fn copy_installed(target: &Path, pin: &str) -> Result<bool, Box<dyn Error>> {
    for name in INSTALLED {
        let Ok(binary) = fs::canonicalize(name) else {
            continue;
        };
        publish(&binary, target)?;
        if version_of(target).is_ok_and(|version| version.starts_with(pin)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn install() -> Result<(), Box<dyn Error>> {
    // A fresh machine knows no packages yet; whether it does now, the installation tells.
    let _ = quietly(Command::new("apt-get").args(["update", "--quiet"]));
    let options = ["install", "--yes", "--quiet", "--no-install-recommends", PACKAGE];
    quietly(Command::new("apt-get").args(options).env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Without the right to install, the package can still be unpacked; its libraries must be there.
fn unpack(target: &Path) -> Result<(), Box<dyn Error>> {
    let folder = target.with_extension("deb");
    fs::create_dir_all(&folder)?;
    let result = unpack_through(&folder, target);
    fs::remove_dir_all(&folder)?;
    result
}

fn unpack_through(folder: &Path, target: &Path) -> Result<(), Box<dyn Error>> {
    quietly(Command::new("apt-get").args(["download", "--quiet", PACKAGE]).current_dir(folder))?;
    let package = downloaded(folder)?;
    quietly(Command::new("dpkg-deb").arg("-x").arg(package).arg(folder))?;
    publish(&folder.join("usr/bin/redis-check-rdb"), target)?;
    Ok(())
}

fn downloaded(folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .ok_or_else(|| "apt-get left no package".into())
}
