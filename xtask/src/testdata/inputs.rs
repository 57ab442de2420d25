//! Files that are no plain log: packed, cut, encrypted, or something else.

use std::error::Error;
use std::io::Write as _;
use std::process::{Command, Stdio};

use aof_testkit::server::ServerKind;
use flate2::{Compression, GzBuilder};

use super::account::Account;
use super::fixture::{Again, Fixture, Made};
use super::session::log;
use super::workload::{orders, say_with, sessions};

fn gzip(bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut packed = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    packed.write_all(bytes)?;
    Ok(packed.finish()?)
}

pub(super) fn compressed() -> Made {
    let kind = ServerKind::Redis82;
    let whole = log(kind, &[], &[sessions(1, 5), orders(1, 10)].concat())?;
    let mut account = Account::default();
    let place = account.good(&whole.bytes)?;
    let packed = gzip(&whole.bytes)?;
    let commands = [orders(1, 5), vec![say_with("SET archive.gz", &packed)], orders(6, 5)].concat();
    let near_miss = log(kind, &[], &commands)?;
    let made = "packed with gzip; the near miss holds gzip data as a value";
    let mut fixture =
        Fixture::new("INPUT-COMPRESSED", &whole.server, account, place, &near_miss.bytes, made);
    fixture.damaged = ("damaged.aof.gz", packed);
    Ok(fixture)
}

/// Two members, so that what can be decoded does not depend on the decoder.
pub(super) fn short_copy() -> Made {
    let kind = ServerKind::Valkey91;
    let whole = log(kind, &[], &orders(1, 14))?;
    let index = whole.len() / 2;
    let middle = whole.start(index) + 25;
    let (first, second) = (gzip(&whole.bytes[..middle])?, gzip(&whole.bytes[middle..])?);
    let mut account = Account::default();
    account.good(&whole.bytes[..whole.start(index)])?;
    let place = account.bad(&whole.bytes[whole.start(index)..middle]);
    let made = "packed with gzip in two members and cut inside the header of the second; \
                the near miss has both whole";
    let mut fixture = Fixture::new("INPUT-SHORT-COPY", &whole.server, account, place, &[], made)
        .findings(&["INPUT-COMPRESSED", "INPUT-SHORT-COPY"])
        .near_miss_findings(&["INPUT-COMPRESSED"]);
    fixture.damaged = ("damaged.aof.gz", [&first[..], &second[..7]].concat());
    fixture.near_miss = Some(("near-miss.aof.gz", [first, second].concat()));
    Ok(fixture)
}

pub(super) fn encrypted() -> Made {
    let kind = ServerKind::Redis62;
    let whole = log(kind, &[], &orders(1, 8))?;
    let encrypted = openssl(&whole.bytes)?;
    let place = (0, encrypted.len() as u64);
    let commands = [orders(1, 4), vec![say_with("SET vault", &encrypted)], orders(5, 2)].concat();
    let near_miss = log(kind, &[], &commands)?;
    let made =
        "encrypted with openssl enc -aes-256-cbc; the near miss holds the same bytes as a value";
    let account = Account::default();
    let mut fixture =
        Fixture::new("INPUT-ENCRYPTED", &whole.server, account, place, &near_miss.bytes, made);
    fixture.damaged = ("damaged.aof.enc", encrypted);
    Ok(fixture.again(Again::Places))
}

fn openssl(bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut child = Command::new("openssl")
        .args(["enc", "-aes-256-cbc", "-pbkdf2", "-pass", "pass:lamp"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    child.stdin.take().ok_or("no pipe")?.write_all(bytes)?;
    let output = child.wait_with_output()?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err("openssl failed".into()),
    }
}

/// The base of a multi-part log, under the name of a log.
/// What a download leaves under the name of a file that is not there.
const PAGE: &[u8] = b"<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head>\n\
    <body><h1>Not Found</h1></body></html>\n";

pub(super) fn wrong_type() -> Made {
    let commands = [vec![say_with("SET page", PAGE)], orders(1, 5)].concat();
    let near_miss = log(ServerKind::Redis70, &[], &commands)?;
    let made =
        "a web page under the name of a log; the near miss holds a web page as its first value";
    let place = (0, PAGE.len() as u64);
    let account = Account::default();
    let mut fixture =
        Fixture::new("INPUT-WRONG-TYPE", &near_miss.server, account, place, &near_miss.bytes, made);
    fixture.damaged.1 = PAGE.to_vec();
    Ok(fixture)
}
