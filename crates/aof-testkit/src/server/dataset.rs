//! Keys of every type in every encoding, as trials of whole files need them.

use std::io;

use super::{Server, ServerKind};
use crate::client::Client;

/// What every server takes, small.
const SMALL: [&str; 22] = [
    "SET plain value",
    "SET number 12",
    "SET thousand 1234",
    "SET million -12345678",
    "SET 77 big-enough-to-be-text-not-number",
    "SETBIT bits 20000 1",
    "PFADD hll a b c",
    "RPUSH list 1 two 3",
    "SADD ints 1 2 3000000000",
    "SADD set a b c",
    "HSET hash field value",
    "ZADD zset 1 a 2.5 b inf c",
    "GEOADD geo 13.361389 38.115556 Palermo",
    "SET soon value EX 100000",
    "EXPIRE hash 100000",
    "XADD stream 1-1 field value",
    "XADD stream 2-1 field value other 7",
    "XDEL stream 1-1",
    "XGROUP CREATE stream group 0",
    "XREADGROUP GROUP group alice COUNT 1 STREAMS stream >",
    "XGROUP CREATECONSUMER stream group bob",
    "XADD gone MAXLEN 0 1-1 field value",
];

/// What is done to large streams, and what leaves traces in small ones.
const TRACES: [&str; 25] = [
    "XGROUP CREATE bigstream readers 0",
    "XGROUP CREATE bigstream late $",
    "XREADGROUP GROUP readers carol COUNT 50 STREAMS bigstream >",
    "XREADGROUP GROUP readers dave COUNT 50 STREAMS bigstream >",
    "XCLAIM bigstream readers dave 0 7-0",
    "XDEL bigstream 1-0 3-0 60-0 1500-0",
    "XACK bigstream readers 5-0 6-0",
    "XGROUP CREATE empty group $ MKSTREAM",
    "XADD trimmed 1-0 n 1",
    "XADD trimmed 2-0 n 2",
    "XADD trimmed 3-0 n 3",
    "XADD trimmed 4-0 n 4",
    "XADD trimmed 5-0 n 5",
    "XGROUP CREATE trimmed group 0",
    "XREADGROUP GROUP group alice COUNT 4 STREAMS trimmed >",
    "XACK trimmed group 1-0 2-0 4-0",
    "XTRIM trimmed MAXLEN 1",
    "XADD bare 1-0 n 1",
    "XADD bare 2-0 n 2",
    "XGROUP CREATE bare group 0",
    "XREADGROUP GROUP group alice COUNT 2 STREAMS bare >",
    "XDEL bare 1-0",
    "XTRIM bare MAXLEN 0",
    "EXPIRE bigstream 200000",
    "ZADD geo -inf low 0.1 tenth 3.0e-300 tiny -17 less",
];

/// So many elements make a value large.
const LARGE: usize = 1500;

/// Writes every type in every encoding that the server has, small and large, into three databases. Nothing expires
/// within a day.
///
/// # Errors
/// The server hung up, or refused a command, which the error names.
pub fn fill(server: &Server) -> io::Result<()> {
    let mut client = server.client()?;
    let client = &mut client;
    lines(client, &SMALL)?;
    for n in 0..LARGE {
        line(client, &format!("RPUSH biglist element-{n}"))?;
        line(client, &format!("SADD bigset member-{n}"))?;
        line(client, &format!("HSET bighash field-{n} value-{n}"))?;
        line(client, &format!("ZADD bigzset {n}.25 member-{n}"))?;
        line(client, &format!("XADD bigstream {}-0 n {n}", n + 1))?;
    }
    lines(client, &TRACES)?;
    let long = "abcdefgh".repeat(5000);
    line(client, &format!("SET compressed {long}"))?;
    line(client, &format!("RPUSH hugelist {long} small"))?;
    line(client, &format!("HSET hugehash {} {long}", &long[..300]))?;
    newer(client, server.kind())?;
    for db in ["3", "15"] {
        line(client, &format!("SELECT {db}"))?;
        line(client, &format!("SET elsewhere {db}"))?;
        line(client, &format!("SET later {db} PX 100000000"))?;
    }
    Ok(())
}

/// What only some servers have.
fn newer(client: &mut Client, kind: ServerKind) -> io::Result<()> {
    if kind.version() >= (7, 0) {
        let code = "#!lua name=lib\nredis.register_function('f', function() return 1 end)";
        command(client, &["FUNCTION", "LOAD", code])?;
    }
    if matches!(kind, ServerKind::Redis82 | ServerKind::Valkey91) {
        line(client, "HSET fields a 1 b 2")?;
        line(client, "HPEXPIREAT fields 4102444800000 FIELDS 1 a")?;
        line(client, "HPEXPIREAT bighash 4102444800000 FIELDS 1 field-7")?;
    }
    Ok(())
}

fn lines(client: &mut Client, lines: &[&str]) -> io::Result<()> {
    lines.iter().try_for_each(|text| line(client, text))
}

fn line(client: &mut Client, line: &str) -> io::Result<()> {
    command(client, &line.split(' ').collect::<Vec<_>>())
}

fn command(client: &mut Client, words: &[&str]) -> io::Result<()> {
    let reply = client.command(words)?;
    match reply.is_error() {
        true => Err(io::Error::other(format!("{}: {}", words.join(" "), reply.text()))),
        false => Ok(()),
    }
}
