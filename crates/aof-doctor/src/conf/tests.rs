//! Configurations as written by hand and by chance: ours beside what servers read of them.

mod acl_at_load;
mod cluster;
mod lines;
mod random;
mod secrets;
mod servers;
mod users;

use std::path::Path;

use tempfile::TempDir;

use super::{Settings, read_for};
use crate::failure::Failure;

/// A folder with `redis.conf` and other files in it; a name that ends in `/` is a folder.
fn folder(conf: &[u8], files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        if name.ends_with('/') {
            std::fs::create_dir_all(path).unwrap();
        } else {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }
    std::fs::write(folder.path().join("redis.conf"), conf).unwrap();
    folder
}

/// What we read of it, for a server that is started in its folder, the data folder included.
fn settings_in(folder: &Path) -> Result<Settings, Failure> {
    let mut settings = read_for(&folder.join("redis.conf"), folder)?;
    let data = settings.folder.clone().unwrap_or_else(|| folder.to_owned());
    settings.look_into(&data);
    Ok(settings)
}

/// The settings of a configuration alone in its folder.
fn settings(conf: &str) -> Settings {
    settings_in(folder(conf.as_bytes(), &[]).path()).unwrap()
}

/// What is said of the lines of a configuration, without the name of the file.
fn warnings(conf: &str) -> Vec<String> {
    let all = settings(conf).warnings;
    all.iter()
        .map(|warning| warning.to_string().split_once("redis.conf").unwrap().1.to_owned())
        .collect()
}
