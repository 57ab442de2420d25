//! Looking at a path: which files it leads to, what is in them, what they come to, and what servers would do.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use aof_log::{Finding, FindingId};
use aof_rdb::Depth;

use crate::command::repair;
use crate::conf::{self, Settings};
use crate::failure::Failure;
use crate::report::Report;
use crate::ui::Ui;

mod conclude;
mod examine;
mod flight;
mod kind;
mod recheck;
mod startup;
mod target;

pub(crate) use examine::Job;
pub(crate) use recheck::after_cut;
pub(crate) use startup::{Asked, after};
pub(crate) use target::Candidate;

/// Scans at the most of files that are moved under our hands.
const SCANS: usize = 4;

/// What was found, and the files, which are still open.
#[derive(Debug)]
pub(crate) struct Looked {
    pub(crate) report: Report,
    pub(crate) files: Vec<Candidate>,
}

/// Looks at a path; again, up to three times, if a server moves its files meanwhile.
pub(crate) fn look(path: &Path, job: &Job, asked: &Asked, ui: &mut Ui) -> Result<Looked, Failure> {
    let mut scans = 0;
    loop {
        let (mut looked, is_moving) = once(path, job, asked, ui)?;
        scans += 1;
        if is_moving && scans < SCANS {
            continue;
        }
        if is_moving {
            looked.report.is_moving(moving_target(scans));
        }
        for finding in interrupted(path) {
            looked.report.is_interrupted(finding);
        }
        return Ok(looked);
    }
}

/// How deep RDB files are looked into: keys have expired or not at this moment.
pub(crate) fn depth() -> Depth {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Depth { now: i64::try_from(since.as_millis()).ok(), is_exhaustive: false }
}

/// The configuration, and what it leaves to files of the data folder.
pub(crate) fn settings(
    conf: Option<&Path>,
    path: &Path,
    ui: &mut Ui,
) -> Result<Option<Settings>, Failure> {
    let Some(conf) = conf else { return Ok(None) };
    let mut settings = conf::read(conf)?;
    let folder = settings.folder.clone().unwrap_or_else(|| path.to_path_buf());
    settings.look_into(if path.is_dir() { path } else { &folder });
    for warning in &settings.warnings {
        ui.say(&warning.to_string());
    }
    Ok(Some(settings))
}

/// One scan; whether the manifest changed meanwhile.
fn once(path: &Path, job: &Job, asked: &Asked, ui: &mut Ui) -> Result<(Looked, bool), Failure> {
    let mut target = target::resolve(path, &asked.conf)?;
    let waits = |file: &Candidate| file.input.as_ref().is_ok_and(aof_source::Input::waits);
    if target.files.iter().any(waits) {
        ui.status("waiting for the log to come in");
    }
    let manifest = target.manifest;
    let before = manifest.and_then(|index| conclude::manifest_bytes(&mut target.files[index]));
    let examined = examine::all(&mut target.files, job)?;
    let writers = flight::look(&target.files, &examined);
    let (report, files) = conclude::conclude(path, target, examined, writers, asked);
    let is_moving = match manifest {
        Some(index) => files[index].bytes_now() != before,
        None => false,
    };
    Ok((Looked { report, files }, is_moving))
}

/// Repairs beside the path that were begun and not ended.
fn interrupted(path: &Path) -> Vec<Finding> {
    // A room that cannot be read tells nothing; whoever repairs is told why.
    let root = repair::Root::of(path).ok();
    let pending = root.and_then(|root| aof_repair::pending(&root.folder).ok()).unwrap_or_default();
    let finding = |repair: &aof_repair::Repair| {
        let message = format!(
            "repair {} was begun and neither finished nor taken back: the files are either what they were before, or \
             what it makes of them",
            repair.id.escape_debug()
        );
        Finding::new(FindingId::RepairInterrupted, 0, 0, message)
            .cause("aof-doctor repair or undo was killed, or the machine went down")
    };
    pending.iter().map(finding).collect()
}

fn moving_target(scans: usize) -> Finding {
    let message = format!(
        "moving target: the manifest was changed during each of {scans} scans, so what was found may be out of date"
    );
    Finding::new(FindingId::InputInUse, 0, 0, message).cause(
        "a server is rewriting its log; check a snapshot of the folder, or stop the rewrites",
    )
}
