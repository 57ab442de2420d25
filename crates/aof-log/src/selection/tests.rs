//! What is carried over of damaged logs, and what is not.

use super::*;
use crate::content::{Usage, examine};
use crate::scan::Policy;

const SALVAGE: Choice = Choice { mode: Mode::Salvage, keeps_uncommitted: false };
const CUT: Choice = Choice { mode: Mode::Cut, keeps_uncommitted: false };

fn record(line: &str) -> Vec<u8> {
    let words: Vec<&str> = line.split(' ').collect();
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend(format!("${}\r\n{word}\r\n", word.len()).bytes());
    }
    bytes
}

fn log(lines: &[&str]) -> Vec<u8> {
    let pieces = lines.iter().map(|line| match line.strip_prefix('!') {
        Some(raw) => raw.replace("\\r\\n", "\r\n").replace("\\0", "\0").into_bytes(),
        None => record(line),
    });
    pieces.collect::<Vec<_>>().concat()
}

fn content(bytes: &[u8]) -> Content {
    let policy = Policy { outline: true, ..Policy::default() };
    examine(bytes, Usage::Log, &policy, &())
}

/// What is carried over, as text, with what is put in between.
fn kept(bytes: &[u8], choice: Choice) -> String {
    let content = content(bytes);
    let selection = select(&[&content], choice);
    let mut text = String::new();
    for kept in &selection.parts[0].kept {
        if let Some(db) = kept.select {
            text.push_str(&format!("<SELECT {db}>"));
        }
        if kept.is_reopened {
            text.push_str("<MULTI>");
        }
        let bytes = &bytes[kept.start as usize..kept.end as usize];
        text.push_str(&words(bytes));
        if kept.is_left_open {
            text.push_str("<EXEC>");
        }
    }
    covers(&selection.parts[0], bytes.len() as u64);
    text
}

fn words(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut rest = bytes;
    while let Ok((next, frame)) = aof_resp::frame(rest) {
        let args: Vec<_> = frame.args().map(|arg| arg.escape_ascii().to_string()).collect();
        text.push_str(&format!("[{}]", args.join(" ")));
        rest = next;
    }
    text + &rest.escape_ascii().to_string()
}

/// Every byte is either carried over or not.
fn covers(selected: &Selected, len: u64) {
    let kept = selected.kept.iter().map(|kept| (kept.start, kept.end));
    let out = selected.left_out.iter().map(|out| (out.start, out.end));
    let mut all: Vec<(u64, u64)> = kept.chain(out).collect();
    all.sort_unstable();
    let mut at = 0;
    for (start, end) in all {
        assert_eq!(start, at, "{selected:?}");
        at = end;
    }
    assert_eq!(at, len, "{selected:?}");
}

const FOUR: [&str; 4] = ["SET a 1", "SET b 2", "SET c 3", "SET d 4"];

#[test]
fn a_sound_log_is_carried_over_as_it_stands() {
    let bytes = log(&FOUR);
    let content = content(&bytes);
    let selection = select(&[&content], SALVAGE);
    assert!(selection.parts[0].is_untouched());
    assert_eq!(selection.parts[0].kept.len(), 1);
    assert_eq!(selection.parts[0].records(), 4);
    assert!(selection.reaches_end());
}

#[test]
fn a_torn_tail_is_cut_and_nothing_else() {
    let bytes = [log(&FOUR), b"*3\r\n$3\r\nSE".to_vec()].concat();
    let content = content(&bytes);
    let selection = select(&[&content], SALVAGE);
    assert_eq!(selection.parts[0].cut_at(), Some(log(&FOUR).len() as u64));
    assert!(selection.reaches_end());
    assert_eq!(selection.left_out().map(|(_, out)| out.commands.max).sum::<u64>(), 1);
}

#[test]
fn records_on_both_sides_of_a_gap_are_kept_and_the_database_is_named() {
    let mut lines = vec!["SELECT 3", "SET x 1", "!what is this?"];
    lines.extend(FOUR);
    assert_eq!(
        kept(&log(&lines), SALVAGE),
        "[SELECT 3][SET x 1]<SELECT 3>[SET a 1][SET b 2][SET c 3][SET d 4]"
    );
    assert_eq!(kept(&log(&lines), CUT), "[SELECT 3][SET x 1]");
    let selection = select(&[&content(&log(&lines))], SALVAGE);
    assert!(!selection.reaches_end());
    assert!(selection.parts[0].cut_at().is_none());
}

#[test]
fn a_transaction_ends_where_a_later_session_begins() {
    let lines =
        ["SELECT 2", "SET x 1", "MULTI", "SET y 2", "SELECT 5", "SET z 3", "SELECT 5", "SET w 4"];
    assert_eq!(kept(&log(&lines), SALVAGE), "[SELECT 2][SET x 1]<SELECT 2>[SELECT 5][SET w 4]");
}

#[test]
fn an_open_transaction_goes_with_the_torn_record_in_it() {
    let bytes = [log(&["SET x 1", "MULTI", "SET y 2"]), b"*3\r\n$3\r\nSE".to_vec()].concat();
    assert_eq!(kept(&bytes, SALVAGE), "[SET x 1]");
    let selection = select(&[&content(&bytes)], SALVAGE);
    assert_eq!(selection.parts[0].cut_at(), Some(log(&["SET x 1"]).len() as u64));
}

#[test]
fn a_transaction_that_is_committed_behind_a_gap_is_kept_and_a_cut_takes_all_of_it() {
    let mut lines = vec!["SET x 1", "MULTI", "SET y 2", "!garbage"];
    lines.extend(FOUR);
    lines.extend(["EXEC", "SET e 5"]);
    assert_eq!(
        kept(&log(&lines), SALVAGE),
        "[SET x 1][MULTI][SET y 2]<EXEC><SELECT 0><MULTI>\
         [SET a 1][SET b 2][SET c 3][SET d 4][EXEC][SET e 5]"
    );
    assert_eq!(kept(&log(&lines), CUT), "[SET x 1]");
}

#[test]
fn a_transaction_whose_exec_may_lie_in_a_gap_is_left_out_unless_wanted() {
    let mut lines = vec!["SET x 1", "MULTI", "SET y 2", "!garbage"];
    lines.extend(FOUR);
    let behind = "<SELECT 0>[SET a 1][SET b 2][SET c 3][SET d 4]";
    assert_eq!(kept(&log(&lines), SALVAGE), format!("[SET x 1]{behind}"));
    let wanted = Choice { keeps_uncommitted: true, ..SALVAGE };
    assert_eq!(kept(&log(&lines), wanted), format!("[SET x 1][MULTI][SET y 2]<EXEC>{behind}"));
}

#[test]
fn a_stray_exec_is_left_out_without_a_seam() {
    let bytes = log(&["SET x 1", "EXEC", "SET y 2"]);
    assert_eq!(kept(&bytes, SALVAGE), "[SET x 1][SET y 2]");
    let selection = select(&[&content(&bytes)], SALVAGE);
    assert!(selection.reaches_end(), "nothing that takes effect is left out");
}

#[test]
fn only_what_is_not_strictly_formed_is_to_be_formed_anew() {
    let bytes = log(&["SET a 1", "SET b 2", "!*01\\r\\n$5\\r\\nMULTI\\r\\n", "EXEC", "SET c 3"]);
    let content = content(&bytes);
    let selection = select(&[&content], SALVAGE);
    let kept = &selection.parts[0].kept;
    assert_eq!(kept.iter().map(|kept| kept.is_loose).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!(selection.parts[0].records(), 5);
    assert!(!selection.parts[0].is_untouched());
}

#[test]
fn a_cut_in_one_part_leaves_out_the_parts_behind_it() {
    let mut lines = vec!["SET x 1", "!garbage"];
    lines.extend(FOUR);
    let (damaged, sound) = (content(&log(&lines)), content(&log(&FOUR)));
    let selection = select(&[&sound, &damaged, &sound], CUT);
    assert!(selection.parts[0].is_untouched());
    assert_eq!(selection.parts.iter().map(Selected::records).collect::<Vec<_>>(), [4, 1, 0]);
    let readable = selection.left_out().filter(|(_, out)| out.is_readable);
    assert_eq!(readable.map(|(_, out)| out.commands.max).sum::<u64>(), 8);
    let salvaged = select(&[&sound, &damaged, &sound], SALVAGE);
    assert!(!salvaged.reaches_end());
}

#[test]
fn a_torn_part_that_is_not_the_last_does_not_reach_the_end() {
    let torn = content(&[log(&FOUR), b"*3\r\n$3".to_vec()].concat());
    let sound = content(&log(&FOUR));
    assert!(!select(&[&torn, &sound], SALVAGE).reaches_end());
    let empty = content(b"");
    assert!(select(&[&torn, &empty], SALVAGE).reaches_end());
}
