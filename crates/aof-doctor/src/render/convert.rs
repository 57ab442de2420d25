//! A conversion for people: what was written first, the next command to type last.

use aof_rdb::{Basis, Checksum, Flip};

use super::executed;
use super::wrap::labelled;
use crate::command::convert::{Forecast, Outcome};
use crate::convert::{Expired, Form, Named, NamedKeys, Original, Split, Tally};
use crate::ui::{BAD, DOUBTFUL, GOOD};
use crate::{escape, figures, shell};

/// Lost keys that are named; all are counted.
const NAMED: usize = 10;

/// What was written, and what was not.
pub(crate) fn outcome(outcome: &Outcome, width: usize) -> String {
    let mut text = head(outcome);
    text.push('\n');
    let mut say = |label: &str, sentence: &str| text.push_str(&labelled(label, sentence, width));
    let keys_in = outcome.converted.tally.keys_in();
    if keys_in != outcome.converted.tally.keys {
        say("Read", &figures::of(keys_in, "key"));
    }
    say("Written", &written(outcome));
    for (label, sentence) in logs(outcome) {
        say(label, &sentence);
    }
    if let Some(sentence) = forecast(outcome) {
        say("Forecast", &sentence);
    }
    for sentence in left_out(&outcome.converted.tally) {
        say("Left out", &sentence);
    }
    for sentence in unheld(outcome) {
        say("Not held", &sentence);
    }
    for sentence in lost(outcome) {
        say("Lost", &sentence);
    }
    for sentence in notes(outcome) {
        say("Note", &sentence);
    }
    text.push_str(&next(outcome));
    text
}

/// `CONVERTED  dump.rdb  (12 keys in 3 ms)`
fn head(outcome: &Outcome) -> String {
    let (style, word) = match (outcome.has_lost(), outcome.is_doubtful()) {
        (true, _) => (BAD, "SALVAGED"),
        _ if outcome.is_corrected() => (GOOD, "CORRECTED"),
        (_, true) => (DOUBTFUL, "CONVERTED, IN DOUBT"),
        _ if outcome.is_uncertain() => (DOUBTFUL, "CONVERTED, IN DOUBT"),
        _ if outcome.is_reduced() => (DOUBTFUL, "CONVERTED, NOT ALL"),
        _ => (GOOD, "CONVERTED"),
    };
    let keys = figures::of(outcome.converted.tally.keys, "key");
    let took = figures::took(outcome.took);
    let inputs: Vec<String> = outcome.inputs.iter().map(|path| escape::path(path)).collect();
    format!("{style}{word}{style:#}  {}  ({keys} in {took})\n", inputs.join(", "))
}

fn written(outcome: &Outcome) -> String {
    let tally = &outcome.converted.tally;
    let form = form(outcome);
    let to = match outcome.output.as_os_str() == "-" {
        true => "standard output".to_owned(),
        false => escape::path(&outcome.output),
    };
    let mut held = vec![figures::of(tally.keys, "key")];
    if tally.functions > 0 {
        held.push(libraries(tally.functions));
    }
    let dbs = figures::of(tally.dbs.len() as u64, "database");
    format!("{to}, as {form}: {} of {dbs}, {}", held.join(" and "), figures::bytes(outcome.bytes))
}

fn form(outcome: &Outcome) -> String {
    let kind = match outcome.form {
        Form::Resp | Form::Restore(_) => "commands".to_owned(),
        Form::Jsonl => "lines of JSON".to_owned(),
        Form::Rdb(form) => {
            let basis = match form.target.basis() {
                Basis::Proven => "",
                Basis::Derived => ", which was not run: servers with that format were",
            };
            let what = match (outcome.is_log, &outcome.split) {
                (true, _) => "a log",
                (_, Split::None) => "an RDB file",
                _ => "RDB files",
            };
            format!("{what} for {}{basis}", form.target)
        }
    };
    match &outcome.split {
        Split::None => kind,
        Split::Dbs => format!("{kind}, one file for each database"),
        Split::Slots(ranges) => {
            format!("{kind}, one file for each of {}", figures::of(ranges.len() as u64, "range"))
        }
    }
}

fn libraries(number: u64) -> String {
    match number {
        1 => "1 library of functions".to_owned(),
        _ => format!("{} libraries of functions", figures::count(number)),
    }
}

/// What came of the records of logs.
fn logs(outcome: &Outcome) -> Vec<(&'static str, String)> {
    let logs = outcome.logs.iter().enumerate();
    let logs = logs.filter_map(|(input, log)| Some((of(outcome, input), log.as_ref()?)));
    let sentences = |(of, log)| {
        let sentences = executed::sentences(log).into_iter();
        sentences.map(move |(label, sentence)| (label, format!("{of}{sentence}")))
    };
    logs.flat_map(sentences).collect()
}

/// What a server will make of what came of logs.
fn forecast(outcome: &Outcome) -> Option<String> {
    let Forecast { memory, loading, log_bytes } = outcome.forecast()?;
    let (logs, written) = (figures::rough(log_bytes), figures::rough(outcome.bytes));
    let percent = 100.0 * outcome.bytes as f64 / (log_bytes as f64).max(1.0);
    let (memory, loading) = (figures::rough(memory), figures::took(loading));
    let loading = if loading.starts_with("under") { loading } else { format!("about {loading}") };
    Some(format!(
        "a server will need about {memory} of memory for the keys and {loading} to load them, which are \
         estimates; {logs} of log became {written} ({percent:.1} %)"
    ))
}

/// A sentence for each reason.
fn left_out(tally: &Tally) -> Vec<String> {
    let left_out = tally.left_out;
    let keys = |number| figures::of(number, "key");
    [
        (left_out.filtered, format!("{} that the filter does not take", keys(left_out.filtered))),
        (
            left_out.functions,
            format!("{}, because there is a filter", libraries(left_out.functions)),
        ),
        (left_out.expired, format!("{} that expired", keys(left_out.expired))),
        (
            left_out.expired_fields,
            format!("{} of hashes that expired", figures::of(left_out.expired_fields, "field")),
        ),
        (left_out.empty, format!("{} with nothing in it, as servers do", keys(left_out.empty))),
        (
            left_out.module_data,
            format!("{} of modules beside their keys", figures::of(left_out.module_data, "record")),
        ),
        (
            tally.duplicates.total,
            format!(
                "{} of which another one of that name was written",
                keys(tally.duplicates.total)
            ),
        ),
    ]
    .into_iter()
    .filter_map(|(number, sentence)| (number > 0).then_some(sentence))
    .collect()
}

/// What the target cannot hold, and does without.
fn unheld(outcome: &Outcome) -> Vec<String> {
    let tally = &outcome.converted.tally;
    let functions = (tally.unheld_functions > 0)
        .then(|| format!("{}: the target has none", libraries(tally.unheld_functions)));
    let keys = named(&tally.unheld, |key| {
        let (of, name) = (of(outcome, key.input), escape::name(&key.name));
        format!("{of}of key {name} (db {}): {}", key.db, escape::sentence(&key.why))
    });
    functions.into_iter().chain(keys).collect()
}

/// A sentence for each of the first keys, and one for the rest.
fn named(keys: &NamedKeys, sentence: impl Fn(&Named) -> String) -> Vec<String> {
    let rest = keys.total.saturating_sub(NAMED as u64);
    let more = (rest > 0).then(|| format!("and {} more", figures::of(rest, "such key")));
    keys.first.iter().take(NAMED).map(sentence).chain(more).collect()
}

/// Which of the inputs it is about, where there are several.
fn of(outcome: &Outcome, input: usize) -> String {
    match outcome.inputs.get(input).filter(|_| outcome.inputs.len() > 1) {
        Some(path) => format!("{}: ", escape::path(path)),
        None => String::new(),
    }
}

/// What could not be read.
fn lost(outcome: &Outcome) -> Vec<String> {
    let converted = &outcome.converted;
    let keys = named(&converted.tally.lost, |key| {
        let (of, name, why) =
            (of(outcome, key.input), escape::name(&key.name), escape::sentence(&key.why));
        format!("{of}key {name} (db {}) at byte {}: {why}", key.db, figures::offset(key.at))
    });
    let unread = converted.originals.iter().enumerate().filter_map(|(input, original)| {
        let unread = original.unread.as_ref()?;
        let bytes = match unread.bytes {
            Some(bytes) => format!("the {} from byte", figures::of(bytes, "byte")),
            None => "everything from byte".to_owned(),
        };
        let (at, why) = (figures::offset(unread.at), escape::sentence(&unread.why));
        Some(format!("{}{bytes} {at} on: {why}", of(outcome, input)))
    });
    keys.into_iter().chain(unread).collect()
}

/// What somebody should know.
fn notes(outcome: &Outcome) -> Vec<String> {
    let tally = &outcome.converted.tally;
    let originals = outcome.converted.originals.iter().enumerate();
    let mut notes: Vec<String> = originals
        .flat_map(|(input, original)| {
            let of = of(outcome, input);
            of_original(original, outcome.expired)
                .into_iter()
                .map(move |note| format!("{of}{note}"))
        })
        .collect();
    if tally.expired > 0 {
        notes.push(format!(
            "{} of those written expired before now, and will vanish when loaded; --expired shift gives back the \
             time that was left when the file was written",
            figures::of(tally.expired, "key")
        ));
    }
    if tally.stream_history > 0 {
        notes.push(format!(
            "{} without what they say of entries that are gone, how far groups have read and when consumers were \
             active, which the target does not know; all entries, groups and pending entries are there",
            figures::of(tally.stream_history, "stream")
        ));
    }
    notes
}

/// What somebody should know of one input.
fn of_original(original: &Original, expired: Expired) -> Vec<String> {
    let mut notes = Vec::new();
    match original.checksum {
        Checksum::Wrong { stored, computed } => notes.push(format!(
            "the checksum is wrong ({stored:016x} stands in the file, its bytes have {computed:016x}): values may be \
             altered"
        )),
        Checksum::Disabled => notes.push(
            "the file was saved without a checksum: a flip inside a value cannot be excluded".to_owned(),
        ),
        _ => {}
    }
    if let Some(Flip { at, bit }) = original.corrected {
        notes.push(format!(
            "bit {bit} of byte {} was flipped, and was turned back: with that, the checksum is right and every value is \
             sound",
            figures::offset(at)
        ));
    }
    if let Expired::Shift(_) = expired {
        let moved = std::time::Duration::from_millis(original.shift.unsigned_abs());
        let way = if original.shift < 0 { "back" } else { "on" };
        notes.push(format!("all expiries were moved {way} by {}", figures::took(moved)));
    }
    if original.has_more {
        let end = figures::offset(original.end);
        notes.push(format!("the file goes on behind its end at byte {end}; servers do not read that, and it was left out"));
    }
    notes
}

/// What is typed next, on a line of its own.
fn next(outcome: &Outcome) -> String {
    if outcome.output.as_os_str() == "-" {
        return String::new();
    }
    let output = shell::quoted(&outcome.output);
    let (what, command) = match outcome.form {
        _ if outcome.is_log || outcome.split != Split::None => {
            ("look at it once more:", format!("aof-doctor check {output}"))
        }
        Form::Rdb(_) => ("look at it once more:", format!("aof-doctor check --deep {output}")),
        Form::Resp | Form::Restore(_) => {
            ("send it to a server without these keys:", format!("redis-cli --pipe < {output}"))
        }
        Form::Jsonl => ("look at it:", format!("head -n 3 {output}")),
    };
    format!("\n  Next    {what}\n\n          {command}\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::convert::{Converted, Unread};

    fn outcome_of(converted: Converted) -> Outcome {
        Outcome {
            inputs: vec!["dump.rdb".into()],
            output: "out.resp".into(),
            form: Form::Resp,
            is_log: false,
            split: Split::None,
            logs: vec![None],
            expired: Expired::Keep,
            converted,
            bytes: 1234,
            took: Duration::from_millis(3),
        }
    }

    fn plain(of: &Outcome) -> String {
        anstream::adapter::strip_str(&outcome(of, 100)).to_string()
    }

    #[test]
    fn what_was_written_comes_first_and_the_next_command_last() {
        let mut converted = Converted::default();
        converted.tally.keys = 2;
        converted.tally.functions = 1;
        converted.tally.dbs.insert(0);
        let text = plain(&outcome_of(converted));
        let expected = "CONVERTED  dump.rdb  (2 keys in 3 ms)

  Written out.resp, as commands: 2 keys and 1 library of functions of 1 database, 1,234 bytes (1.2
          KiB)

  Next    send it to a server without these keys:

          redis-cli --pipe < 'out.resp'
";
        assert_eq!(text, expected);
    }

    #[test]
    fn what_is_lost_is_named_up_to_ten_keys_and_escaped() {
        let mut converted = Converted::default();
        let key =
            |at| Named { input: 0, db: 0, name: b"\x1b[2J".to_vec(), at, why: "why".to_owned() };
        converted.tally.lost = NamedKeys { first: (0..12).map(key).collect(), total: 12 };
        converted.originals.push(Original {
            unread: Some(Unread { at: 99, bytes: Some(5), why: "torn".to_owned() }),
            checksum: Checksum::Wrong { stored: 1, computed: 2 },
            ..Original::default()
        });
        let text = plain(&outcome_of(converted));
        assert!(text.starts_with("SALVAGED  dump.rdb"), "{text}");
        assert_eq!(text.matches("key \"\\x1b[2J\" (db 0) at byte").count(), NAMED, "{text}");
        assert!(text.contains("and 2 such keys more"), "{text}");
        assert!(text.contains("the 5 bytes from byte 99 (0x63) on: torn"), "{text}");
        assert!(text.contains("values may be"), "{text}");
    }
}
