//! `cargo xtask testdata`: makes the damaged logs and folders below `testdata/` from what real servers write.
//!
//! The committed files are the truth: they are what the tests read. `--check` makes all of them anew in
//! another folder and compares what comes out the same every time; names as arguments restrict the work to
//! these folders, `--folders` to those that hold data folders. Every fixture says in its `case.json` how it was made.

mod account;
mod clock;
mod crashed;
mod demo;
mod fixture;
mod groups;
mod inputs;
mod meaning;
mod middle;
mod session;
mod sets;
mod tails;
mod text;

mod workload;

use std::error::Error;
use std::fs;
use std::path::Path;

use aof_testkit::server::ServerKind;
use fixture::{Fixture, Made};
use serde_json::Value;

use crate::{Outcome, root, servers};

/// What makes each fixture.
const MAKERS: &[fn() -> Made] = &[
    demo::demo,
    tails::torn,
    tails::torn_annotation,
    tails::torn_nested,
    tails::nul,
    tails::garbage,
    tails::duplicated,
    tails::ttl_pair,
    groups::open,
    groups::dangling,
    groups::dangling_to_the_end,
    groups::exec_stray,
    middle::gap,
    middle::hole,
    middle::frame_bad,
    middle::frame_bad_too_long,
    middle::frame_bad_beyond_the_end,
    middle::frame_loose,
    middle::value_zeroed,
    middle::db_assumed,
    text::crlf_stripped,
    text::crlf_added,
    text::bom,
    text::concatenated,
    text::concatenated_by_clock,
    clock::two_writers,
    clock::backwards,
    clock::glued,
    clock::annotation_unknown,
    meaning::cmd_unknown,
    meaning::cmd_arity,
    meaning::cmd_fails,
    meaning::select_range,
    meaning::flush,
    meaning::nondeterministic,
    inputs::compressed,
    inputs::short_copy,
    inputs::encrypted,
    inputs::wrong_type,
    in_use,
    unreadable,
    crashed::full_disk,
    crashed::file_limit,
    crashed::killed,
    crashed::lost_write,
    tails::nul_behind_a_record,
];

fn in_use() -> Made {
    let test = "a_record_that_is_still_being_written_is_no_damage";
    tails::state("INPUT-IN-USE", test, ServerKind::Redis82)
}

fn unreadable() -> Made {
    let test = "a_compressed_log_with_wrong_bytes_is_unreadable_from_there_on";
    tails::state("PART-UNREADABLE", test, ServerKind::Valkey81)
}

/// Makes the fixtures, in place or for a comparison.
pub(crate) fn run(args: &[String]) -> Outcome {
    if !servers::run(&[])? {
        return Ok(false);
    }
    let is_check = args.iter().any(|arg| arg == "--check");
    let wanted: Vec<&String> = args.iter().filter(|arg| !arg.starts_with("--")).collect();
    let (testdata, fresh) = (root().join("testdata"), tempfile::tempdir()?);
    let is_wanted =
        |folder: &str| wanted.is_empty() || wanted.iter().any(|name| folder.ends_with(*name));
    let only_folders = args.iter().any(|arg| arg == "--folders");
    let logs = if only_folders { &[] } else { MAKERS };
    let logs = logs.iter().map(|make| {
        make().and_then(|fixture| match (is_wanted(&fixture.folder), is_check) {
            (false, _) => Ok(()),
            (true, true) => compare(&fixture, &testdata, fresh.path()),
            (true, false) => write(&fixture, &testdata),
        })
    });
    let folders = sets::MAKERS.iter().map(|make| {
        make().and_then(|fixture| match (is_wanted(&fixture.folder), is_check) {
            (false, _) => Ok(()),
            (true, true) => fixture.compare(&testdata),
            (true, false) => write_folders(&fixture, &testdata),
        })
    });
    let mut all_well = true;
    for problem in logs.chain(folders).filter_map(Result::err) {
        all_well = false;
        eprintln!("{problem}");
    }
    Ok(all_well)
}

fn write_folders(fixture: &sets::Folders, testdata: &Path) -> Result<(), Box<dyn Error>> {
    fixture.write(testdata)?;
    println!("{:<32} {} bytes", fixture.folder, fixture.bytes());
    Ok(())
}

fn write(fixture: &Fixture, testdata: &Path) -> Result<(), Box<dyn Error>> {
    fixture.write(testdata)?;
    println!("{:<32} {} bytes", fixture.folder, fixture.damaged.1.len());
    Ok(())
}

/// Whether a fixture that was made anew is the committed one, as far as it says that it is.
fn compare(fixture: &Fixture, testdata: &Path, fresh: &Path) -> Result<(), Box<dyn Error>> {
    fixture.write(fresh)?;
    let folder = &fixture.folder;
    let read = |root: &Path, name: &str| fs::read(root.join(folder).join(name));
    let case = |root: &Path| -> Result<Value, Box<dyn Error>> {
        let mut case: Value = serde_json::from_slice(&read(root, "case.json")?)?;
        if fixture.again == fixture::Again::Findings {
            let moving = ["offset", "length", "commands", "checkpoint", "end_checkpoint"];
            moving.iter().for_each(|field| case[*field] = Value::Null);
        }
        Ok(case)
    };
    if case(testdata)? != case(fresh)? {
        return Err(format!(
            "{folder}/case.json: now it would be {:#}",
            fixture_case(fresh, folder)?
        )
        .into());
    }
    let names = [Some(fixture.damaged.0), fixture.near_miss.as_ref().map(|(name, _)| *name)];
    for name in names.into_iter().flatten() {
        let (old, new) = (read(testdata, name)?, read(fresh, name)?);
        let is_same = match fixture.again {
            fixture::Again::Bytes => old == new,
            fixture::Again::Places => old.len() == new.len(),
            fixture::Again::Findings => true,
        };
        if !is_same {
            return Err(format!("{folder}/{name} is not what it was").into());
        }
    }
    println!("{folder:<32} as before");
    Ok(())
}

fn fixture_case(root: &Path, folder: &str) -> Result<Value, Box<dyn Error>> {
    Ok(serde_json::from_slice(&fs::read(root.join(folder).join("case.json"))?)?)
}
