//! Every row of the corpus' index is looked at in the way of its kind.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::corpus::{Row, folder, rows};
use super::published::{Compared, UNLIKE, commands, compare, files, without_old_functions};
use super::summary;
use crate::{Checksum, Commands, DefectKind, Dump, RecordKind, Room, read};

/// What was seen of a row, or what is not as it should be.
type Seen = Result<&'static str, String>;

/// What is wrong with a file, however it is found: by the walk, the checksum, the reader, a value, or the commands.
fn finding(file: &[u8]) -> Option<String> {
    let found = summary(file);
    if let Some(defect) = found.defect {
        return Some(format!("{:?} at {}", defect.kind, defect.offset));
    }
    let (mut room, mut commands, mut keys) = (Room::default(), Commands::default(), 0);
    let mut wrong = None;
    let bad = read(&mut &file[..], 0, &mut |records| {
        for record in records {
            if let RecordKind::Key(key) = &record.kind {
                keys += 1;
                let verified = key.value.verify(&mut room).map(|_| ());
                let written = commands.write(&record.kind, &mut Vec::new());
                wrong = wrong.or(verified.and(written).err());
            }
        }
        true
    });
    if let Some(fault) = wrong {
        return Some(fault.to_string());
    }
    let Ok(bad) = bad.map(Result::err);
    match (bad, found.checksum) {
        (Some(bad), _) => Some(bad.to_string()),
        (None, Checksum::Wrong { .. }) => Some("the checksum is wrong".to_owned()),
        (None, Checksum::Unread) => Some("the checksum is not there".to_owned()),
        (None, _) if keys != found.keys => Some(format!("{keys} keys instead of {}", found.keys)),
        (None, _) => None,
    }
}

fn expect(is_so: bool, seen: &'static str, otherwise: impl FnOnce() -> String) -> Seen {
    if is_so { Ok(seen) } else { Err(otherwise()) }
}

fn rdb(row: &Row, file: &[u8]) -> Seen {
    let found = finding(file);
    match (row.validity.as_str(), row.stops()) {
        ("valid", None) => {
            let otherwise = || format!("{found:?} is wrong with it");
            expect(found.is_none(), "valid RDB files, sound", otherwise)
        }
        ("valid", Some(DefectKind::UnknownType(246))) => {
            let rest = without_old_functions(file).and_then(|(file, _)| finding(&file));
            let otherwise = || format!("{rest:?} is wrong with what stands beside functions");
            let is_so = found.is_some() && rest.is_none();
            expect(
                is_so,
                "RDB files that servers refuse for one opcode, otherwise sound",
                otherwise,
            )
        }
        ("valid", Some(kind)) => {
            let is_told = summary(file).defect.is_some_and(|it| it.kind == kind);
            expect(is_told, "RDB files that no server loads, told so", || format!("no {kind:?}"))
        }
        _ => {
            expect(found.is_some(), "damaged RDB files, found", || "it passes for sound".to_owned())
        }
    }
}

fn payload(row: &Row, bytes: &[u8]) -> Seen {
    let Ok(dump) = Dump::new(bytes) else { return Err("it is too short".to_owned()) };
    let (verified, is_wrong) = (dump.value.verify(&mut Room::default()), |checksum| {
        matches!(checksum, Checksum::Wrong { .. })
    });
    match row.validity.as_str() {
        "valid" => {
            let is_sound = verified.is_ok() && dump.checksum == Checksum::Valid;
            expect(is_sound, "valid payloads, sound", || format!("{verified:?}"))
        }
        // The value must be refused whatever the checksum says.
        _ if verified.is_ok() => Err("its value passes for sound".to_owned()),
        _ if is_wrong(dump.checksum) => Ok("damaged payloads, found by value and checksum"),
        _ => Ok("damaged payloads, found by value"),
    }
}

/// Of logs only what stands in them in this format: they are for others to read.
fn log(file: &[u8]) -> Seen {
    if file.starts_with(b"REDIS") {
        let found = finding(file);
        return expect(found.is_none(), "RDB files before a log, sound", || format!("{found:?}"));
    }
    let mut payloads = 0;
    for command in commands(file).unwrap_or_default() {
        if command[0].eq_ignore_ascii_case(b"RESTORE") {
            let dump = Dump::new(command[3]).map_err(|it| it.to_string())?;
            dump.value.verify(&mut Room::default()).map_err(|it| it.to_string())?;
            payloads += 1;
        }
    }
    Ok(if payloads > 0 { "logs with payloads, sound" } else { "logs without any" })
}

fn look(row: &Row, folder: &Path, all: &[PathBuf]) -> Seen {
    let path = folder.join(&row.path);
    let file = fs::read(&path).map_err(|error| error.to_string())?;
    match row.kind.as_str() {
        "expected" => match compare(&path, all) {
            Compared::Same(_) => Ok("published values, the same"),
            Compared::Unlike(why) => Err(why),
        },
        _ if row.is_output() => match compare(&path, all) {
            Compared::Same(_) => Ok("logs made of RDB files, the same keys"),
            Compared::Unlike(why) => Err(why),
        },
        "rdb" if row.is_file() => rdb(row, &file),
        "rdb" => {
            let inner = format!("{}.unzipped/", row.path.trim_end_matches(".zip"));
            let is_there = all.iter().any(|it| it.to_string_lossy().contains(&inner));
            expect(is_there, "archives, their files are rows too", || {
                "nothing is unpacked".to_owned()
            })
        }
        "payload" => payload(row, &file),
        "aof" => log(&file),
        "manifest" => Ok("manifests, which have nothing of this format"),
        kind => Err(format!("nobody looks at {kind}")),
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "whoever wants the counts asks for what tests print")]
fn every_row_of_the_index_is_looked_at_and_is_as_it_should_be() {
    let Some(folder) = folder() else { return };
    let mut all = Vec::new();
    files(&folder, &mut all);
    all.sort();
    let (mut seen, mut unlike) = (BTreeMap::new(), Vec::new());
    let rows = rows(&folder);
    for row in &rows {
        match look(row, &folder, &all) {
            Ok(kind) => *seen.entry(kind).or_insert(0) += 1,
            Err(why) => {
                let reason = UNLIKE.iter().find(|(path, _)| *path == row.path);
                match reason {
                    Some((_, reason)) => println!("{}: {reason} ({why})", row.path),
                    None => unlike.push(format!("{}: {why}", row.path)),
                }
                *seen.entry("exceptions").or_insert(0) += 1;
            }
        }
    }
    for (kind, count) in &seen {
        println!("{count:4} {kind}");
    }
    assert!(unlike.is_empty(), "{unlike:#?}");
    assert_eq!(seen.values().sum::<usize>(), rows.len());
    assert_eq!(seen.get("exceptions"), Some(&UNLIKE.len()), "some are none any more");
}
