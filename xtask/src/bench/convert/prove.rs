//! Whether what was written is what the RDB file holds.

mod lines;

use std::error::Error;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use aof_testkit::client::Client;
use aof_testkit::server::Server;

use super::super::dumps::{Dump, WRITER};
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

/// So many keys are sent at once.
const BATCH: usize = 500;

/// A fresh server that is told what every line says must hold what the server held that wrote the RDB file.
pub(super) fn jsonl(file: &Path, dump: &Dump) -> Result<(), Box<dyn Error>> {
    let data = tempfile::tempdir()?;
    let server = Server::start(WRITER, data.path(), &[])?;
    let mut client = server.client()?;
    let (mut waiting, mut keys) = (Vec::new(), 0);
    for (line, number) in BufReader::new(File::open(file)?).split(b'\n').zip(1_u64..) {
        let told = lines::commands(&line?).map_err(|error| format!("line {number}: {error}"))?;
        // All keys of the file are in the first database.
        let (0, commands) = told else {
            return Err(format!("line {number}: another database").into());
        };
        waiting.extend(commands);
        keys += 1;
        if waiting.len() >= BATCH {
            send(&mut client, &mut waiting)?;
        }
    }
    send(&mut client, &mut waiting)?;
    if keys != dump.keys {
        return Err(format!("{keys} of {} keys are named", dump.keys).into());
    }
    match held(&mut client)?.difference(&dump.held) {
        None => Ok(()),
        Some(what) => Err(format!("a server then holds {what}").into()),
    }
}

fn send(client: &mut Client, waiting: &mut Vec<lines::Command>) -> Result<(), Box<dyn Error>> {
    match client.pipeline(waiting)?.iter().find(|reply| reply.is_error()) {
        Some(error) => Err(error.text().into()),
        None => {
            waiting.clear();
            Ok(())
        }
    }
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
    fn lines_are_proven_by_what_a_server_holds_after_what_they_say() {
        if skip_unless(WRITER).is_none() {
            return;
        }
        let data = tempfile::tempdir().unwrap();
        let server = Server::start(WRITER, data.path(), &[]).unwrap();
        for command in [&["SET", "a", "1"][..], &["RPUSH", "b", "x", "y"]] {
            assert!(!server.command(command).unwrap().is_error());
        }
        let dump = dump(2, held(&mut server.client().unwrap()).unwrap());
        let proof = |text: &str| jsonl(written(text.as_bytes()).path(), &dump);
        let one = r#"{"db":0,"key":"a","type":"string","value":"1"}"#;
        let two = r#"{"db":0,"key":"b","type":"list","value":["x","y"]}"#;
        assert!(proof(&format!("{one}\n{two}\n")).is_ok());
        for more in ["", one, &two.replace(r#""x","y""#, r#""y","x""#), &two.replace('}', "")] {
            assert!(proof(&format!("{one}\n{more}\n")).is_err(), "{more}");
        }
    }
}
