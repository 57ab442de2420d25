//! What servers write into their logs, tried out: the proof behind the `log` column of the command table.
//!
//! A line of `trials.tsv` names a command, what happens before it, the call, the records that must then
//! stand in the log, and the servers that write something else. In a call `\s` is a blank, `\n` a line
//! feed and `{DUMP_a}` the reply to `DUMP a`; in a record `…` stands for any one argument; `-` is nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io;

use aof_resp::Reply;

use super::kind::ServerKind;
use super::process::Server;
use super::table::Row;
use crate::client::{Client, Value};

const TRIALS: &str = include_str!("trials.tsv");

/// What a trial expects where the server refuses the call or what comes before it.
const REFUSED: &str = "refused";

/// One line of `trials.tsv`.
#[derive(Debug)]
struct Trial {
    command: &'static str,
    before: &'static str,
    call: &'static str,
    logged: &'static str,
    exceptions: BTreeMap<ServerKind, &'static str>,
}

/// Starts a server of this kind, makes every call that it knows, and compares what it logs with what the
/// trials and the table expect. Each line of the result is a difference. A command that can stand in a log
/// and has no trial is one as well.
///
/// # Errors
/// The server did not start, the connection broke, or the log is no log.
pub fn compare_logs(rows: &[Row], kind: ServerKind) -> io::Result<Vec<String>> {
    let data = tempfile::tempdir()?;
    let args = ["--appendonly", "yes", "--appendfsync", "always"];
    let server = Server::start(kind, data.path(), &args).map_err(io::Error::other)?;
    let trials = read_trials();
    let mut differences = Vec::new();
    for row in rows.iter().filter(|row| row.is_in(kind) && !is_exempt(row)) {
        let of_row: Vec<_> = trials.iter().filter(|trial| trial.command == row.name).collect();
        if of_row.is_empty() {
            differences.push(format!("{kind}: {} has no trial", row.name));
        }
        for trial in of_row {
            differences.extend(trial.compare(row, &server)?);
        }
    }
    Ok(differences)
}

/// Rows that no trial can make a server log.
fn is_exempt(row: &Row) -> bool {
    match row.name.as_str() {
        // It needs a second server and a port.
        "MIGRATE" => true,
        // They work in cluster mode only.
        "SFLUSH" | "CLUSTER FLUSHSLOT" => true,
        _ => row.log == "never",
    }
}

fn read_trials() -> Vec<Trial> {
    let lines = TRIALS.lines().skip(1);
    lines.map(|line| read_trial(line).unwrap_or_else(|| panic!("no trial: {line}"))).collect()
}

fn read_trial(line: &'static str) -> Option<Trial> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [command, before, call, logged, except] = cells[..] else {
        return None;
    };
    let exceptions = except.split(" | ").filter(|one| *one != "-").map(|one| {
        let (server, logged) = one.split_once('=')?;
        Some((ServerKind::by_name(&server.replace(':', "-"))?, logged))
    });
    Some(Trial { command, before, call, logged, exceptions: exceptions.collect::<Option<_>>()? })
}

impl Trial {
    fn compare(&self, row: &Row, server: &Server) -> io::Result<Option<String>> {
        let kind = server.kind();
        let expected = self.exceptions.get(&kind).copied().unwrap_or(self.logged);
        let observed = self.observe(server)?;
        let call = self.call;
        if !matches(expected, &observed) {
            let observed = observed.map_or(REFUSED.to_owned(), |records| show(&records));
            return Ok(Some(format!("{kind}: {call}: logged {observed}, expected {expected}")));
        }
        let named = observed.iter().flatten().any(|record| is_called(record, &row.name));
        if named && row.log == "rewritten" && kind.has_parts() {
            return Ok(Some(format!("{kind}: {call}: {} stands in the log", row.name)));
        }
        Ok(None)
    }

    /// The records that the call leaves behind, or `None` when it or what comes before is refused.
    fn observe(&self, server: &Server) -> io::Result<Option<Vec<Record>>> {
        let mut client = server.client()?;
        // Libraries survive FLUSHALL; 6.2 has none, and its refusal does no harm.
        client.pipeline(&[
            vec!["FUNCTION", "FLUSH"],
            vec!["FLUSHALL"],
            vec!["SET", "other", "1"],
        ])?;
        for line in calls(self.before) {
            if call(&mut client, line)?.is_error() {
                return Ok(None);
            }
        }
        let log = server.kind().first_log(server.data());
        let start = fs::read(&log)?.len();
        for line in calls(self.call) {
            if call(&mut client, line)?.is_error() {
                return Ok(None);
            }
        }
        read_records(&fs::read(&log)?[start..]).map(Some)
    }
}

/// The arguments of one record.
type Record = Vec<Vec<u8>>;

fn calls(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.split(';').filter(|line| *line != "-")
}

fn call(client: &mut Client, line: &str) -> io::Result<Value> {
    let args =
        line.split(' ').map(|word| argument(client, word)).collect::<io::Result<Vec<_>>>()?;
    client.command(&args)
}

/// `{DUMP_a}` is replaced by a server's answer; `{}` is an argument as it stands.
fn argument(client: &mut Client, word: &str) -> io::Result<Vec<u8>> {
    let question = word.strip_prefix('{').and_then(|word| word.strip_suffix('}'));
    let Some(question) = question.filter(|question| !question.is_empty()) else {
        return Ok(unescaped(word));
    };
    match client.command(&question.split('_').collect::<Vec<_>>())? {
        Value::Text(answer) => Ok(answer),
        other => Err(io::Error::other(format!("{question}: {other:?}"))),
    }
}

fn unescaped(word: &str) -> Vec<u8> {
    word.replace("\\s", " ").replace("\\n", "\n").into_bytes()
}

/// A record has the shape of a reply: an array of bulks.
fn read_records(mut log: &[u8]) -> io::Result<Vec<Record>> {
    let mut records = Vec::new();
    while !log.is_empty() {
        let (rest, reply) =
            aof_resp::reply(log).map_err(|error| io::Error::other(error.to_string()))?;
        let Reply::Array(args) = reply else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        records.push(args.iter().map(bytes).collect());
        log = rest;
    }
    Ok(records)
}

fn bytes(argument: &Reply<'_>) -> Vec<u8> {
    match argument {
        Reply::Bulk(text) => text.to_vec(),
        _ => Vec::new(),
    }
}

fn matches(expected: &str, observed: &Option<Vec<Record>>) -> bool {
    let Some(records) = observed else {
        return expected == REFUSED;
    };
    let wanted: Vec<&str> = expected.split(';').filter(|record| *record != "-").collect();
    wanted.len() == records.len()
        && wanted.iter().zip(records).all(|(one, record)| fits(one, record))
}

fn fits(wanted: &str, record: &Record) -> bool {
    let words: Vec<&str> = wanted.split(' ').collect();
    let same = |(word, argument): (&&str, &Vec<u8>)| *word == "…" || unescaped(word) == *argument;
    words.len() == record.len() && words.iter().zip(record).all(same)
}

fn is_called(record: &Record, name: &str) -> bool {
    let words = name.split(' ');
    words.clone().count() <= record.len()
        && words.zip(record).all(|(word, argument)| argument.eq_ignore_ascii_case(word.as_bytes()))
}

fn show(records: &[Record]) -> String {
    let records =
        records.iter().map(|record| String::from_utf8_lossy(&record.join(&b' ')).into_owned());
    records.collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(line: &str) -> Record {
        line.split(' ').map(|word| word.as_bytes().to_vec()).collect()
    }

    #[test]
    fn a_record_fits_word_by_word_and_the_ellipsis_fits_any_one() {
        assert!(fits("SET a …", &record("SET a 1")));
        assert!(!fits("SET a …", &record("SET a 1 NX")));
        assert!(!fits("SET a …", &record("SET b 1")));
        assert!(!fits("SET a …", &record("set a 1")));
        assert!(fits("SCRIPT LOAD a\\sb", &vec![b"SCRIPT".into(), b"LOAD".into(), b"a b".into()]));
    }

    #[test]
    fn nothing_and_a_refusal_are_told_apart() {
        assert!(matches("-", &Some(vec![])));
        assert!(!matches("-", &None));
        assert!(matches(REFUSED, &None));
        assert!(!matches("MULTI;EXEC", &Some(vec![record("MULTI")])));
    }

    #[test]
    fn a_subcommand_is_called_by_both_words() {
        assert!(is_called(&record("xgroup create s g 0"), "XGROUP CREATE"));
        assert!(!is_called(&record("XGROUP DESTROY s g"), "XGROUP CREATE"));
        assert!(!is_called(&record("XGROUP"), "XGROUP CREATE"));
    }

    #[test]
    fn what_the_table_calls_verbatim_is_logged_by_some_server() {
        let table = concat!(env!("CARGO_MANIFEST_DIR"), "/../aof-resp/commands.tsv");
        let table = fs::read_to_string(table).expect("the table");
        let rows = crate::server::read_table(&table).expect("rows");
        for trials in read_trials().chunk_by(|one, next| one.command == next.command) {
            let row = rows.iter().find(|row| row.name == trials[0].command).expect("a row");
            let logged = trials
                .iter()
                .flat_map(|trial| trial.exceptions.values().copied().chain([trial.logged]));
            let mut records = logged.flat_map(|records| records.split(';')).map(record);
            let stands = records.any(|record| is_called(&record, &row.name));
            assert!(stands || row.log != "verbatim", "{} never stands in a log", row.name);
        }
    }

    #[test]
    fn every_line_is_a_trial_and_they_are_sorted() {
        let trials = read_trials();
        assert!(trials.is_sorted_by_key(|trial| trial.command));
        assert!(trials.len() > 100);
    }
}
