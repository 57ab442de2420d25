//! Whether what was written is what the RDB file holds.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use aof_testkit::server::Server;
use serde_json::{Map, Value};

use super::super::dumps::{Dump, WRITER, serial};
use super::super::held::held;

/// Says why an output is not what it must be.
pub(super) type Proof = fn(&Path, &Dump) -> Result<(), Box<dyn Error>>;

/// A fresh server that is sent all of it must hold what the server held that wrote the RDB file.
pub(super) fn resp(file: &Path, dump: &Dump) -> Result<(), Box<dyn Error>> {
    let data = tempfile::tempdir()?;
    let server = Server::start(WRITER, data.path(), &[])?;
    pipe(file, &server)?;
    match held(&mut server.client()?)?.difference(&dump.held) {
        None => Ok(()),
        Some(what) => Err(format!("a server then holds {what}").into()),
    }
}

fn pipe(file: &Path, server: &Server) -> Result<(), Box<dyn Error>> {
    let mut redis_cli = Command::new("redis-cli");
    redis_cli.arg("-s").arg(server.socket()).arg("--pipe").stdin(File::open(file)?);
    let output = redis_cli
        .stderr(Stdio::null())
        .output()
        .map_err(|error| format!("redis-cli, which is in redis-tools, does not run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stdout);
    Err(format!("redis-cli: {}", said.lines().last().unwrap_or_default()).into())
}

/// Every line must be an object, and every key must be named by one: as a field or as the text of a field.
pub(super) fn jsonl(file: &Path, dump: &Dump) -> Result<(), Box<dyn Error>> {
    let mut seen = BTreeSet::new();
    for (line, number) in BufReader::new(File::open(file)?).split(b'\n').zip(1_u64..) {
        let object: Map<String, Value> =
            serde_json::from_slice(&line?).map_err(|error| format!("line {number}: {error}"))?;
        let texts = object.iter().flat_map(|(name, value)| [Some(name.as_str()), value.as_str()]);
        seen.extend(texts.flatten().filter_map(serial));
    }
    if !seen.iter().copied().eq(1..=dump.keys) {
        return Err(format!("{} of {} keys are named", seen.len(), dump.keys).into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use aof_testkit::client::encode;
    use aof_testkit::server::skip_unless;

    use super::super::super::held::Held;
    use super::*;

    fn written(bytes: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), bytes).unwrap();
        file
    }

    fn dump(keys: u64, held: Held) -> Dump {
        Dump { path: "x.rdb".into(), bytes: 1, keys, held }
    }

    #[test]
    fn commands_are_proven_by_what_a_server_holds_after_them() {
        if skip_unless(WRITER).is_none() {
            return;
        }
        let data = tempfile::tempdir().unwrap();
        let server = Server::start(WRITER, data.path(), &[]).unwrap();
        assert!(!server.command(&["SET", "k", "v"]).unwrap().is_error());
        let dump = dump(1, held(&mut server.client().unwrap()).unwrap());
        let proof = |command: &[&str]| {
            let mut bytes = Vec::new();
            encode(command, &mut bytes);
            resp(written(&bytes).path(), &dump).map_err(|error| error.to_string())
        };
        if proof(&["SET", "k", "v"]).is_err_and(|problem| problem.contains("does not run")) {
            // Not `eprintln!`, which the harness would swallow.
            let _ = writeln!(std::io::stderr(), "skipped: no redis-cli");
            return;
        }
        assert_eq!(proof(&["SET", "k", "v"]), Ok(()));
        assert!(proof(&["SET", "k", "w"]).unwrap_err().contains("other values"));
        assert!(proof(&["SET", "k"]).unwrap_err().contains("errors: 1"));
    }

    #[test]
    fn lines_prove_nothing_unless_they_are_objects_that_name_every_key() {
        let proof = |text: &str| jsonl(written(text.as_bytes()).path(), &dump(2, Held::default()));
        let (one, two) = (r#"{"key":"set:00000001"}"#, r#"{"set:00000002":[]}"#);
        assert!(proof(&format!("{one}\n{two}\n")).is_ok());
        for more in ["", one, r#"["set:00000002"]"#, r#"{"set:00000002":"#, r#"{"set:00000003":1}"#]
        {
            assert!(proof(&format!("{one}\n{more}\n")).is_err(), "{more}");
        }
    }
}
