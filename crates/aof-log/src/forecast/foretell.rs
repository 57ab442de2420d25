//! Two starts in a row, put into words.

use std::collections::BTreeMap;

use super::disk::Disk;
use super::stake::{LeftOut, has_data, left_out};
use super::start::{Begun, Loaded, Machine, Stop, shown};
use super::{Ask, Change, Changed, Conf, Forecast, Outcome, Piece, Start, StartLoss};
use crate::content::Format;
use crate::inventory::{File, Inventory, Place, Scope};
use crate::loader::Loading;
use crate::manifest::Manifest;
use crate::names::Named;
use crate::server::{Basis, Server};

/// The folder of the set, unless the configuration says otherwise.
const SET_FOLDER: &[u8] = b"appendonlydir";

/// The single file, and what the names of a set begin with, unless the configuration says otherwise.
const PREFIX: &[u8] = b"appendonly.aof";

/// What the first start of a server would do to what was found, and the second, with nothing written in between.
///
/// `loader` answers what the server does with one file; it is asked at most once for the same thing. A folder that the
/// server cannot write to is not foreseen: with `appendonly yes` every server then refuses to start.
pub fn forecast(
    inventory: &Inventory,
    server: Server,
    conf: &Conf,
    loader: &mut dyn FnMut(Ask) -> Loading,
) -> Forecast {
    let basis = server.basis();
    let unknown = |why: String| Forecast { server, basis: Basis::Unknown, starts: Vec::new(), why };
    if basis == Basis::Unknown {
        return unknown("No server of this version was looked at.".to_owned());
    }
    let (prefix, mut disk) = begin(inventory, conf);
    let has_log = reads_log(inventory, conf);
    let asked = BTreeMap::new();
    let mut machine = Machine { inventory, server, conf, prefix, has_log, loader, asked };
    let starts = once(&mut machine, &mut disk)
        .and_then(|first| once(&mut machine, &mut disk).map(|second| (first, second)));
    let (first, second) = match starts {
        Ok(starts) => starts,
        Err(why) => return unknown(format!("Nobody foretells this: {why}.")),
    };
    let why = sentences(&machine, &first, &second);
    Forecast { server, basis, starts: vec![first, second], why }
}

/// What the server takes for the name of its log, and what it finds on the disk.
fn begin(inventory: &Inventory, conf: &Conf) -> (Vec<u8>, Disk) {
    if let (Scope::File, [file]) = (inventory.scope, &inventory.files[..]) {
        let prefix = conf.append_filename.clone().unwrap_or_else(|| PREFIX.to_vec());
        let name = if is_snapshot(file) { &conf.db_filename } else { &prefix };
        let disk = Disk::alone(file, name);
        return (prefix, disk);
    }
    let prefix = conf.append_filename.clone().unwrap_or_else(|| inventory.prefix.clone());
    let there = inventory.set_folder.as_deref().unwrap_or(SET_FOLDER);
    let sees_set = conf.append_dirname.as_deref().is_none_or(|folder| folder == there);
    (prefix, Disk::found(inventory, sees_set))
}

/// A file without a byte is what its name says.
fn is_snapshot(file: &File) -> bool {
    let format = file.content.as_ref().map_or(Format::Empty, |content| content.format);
    format == Format::Rdb || (format == Format::Empty && file.name.ends_with(b".rdb"))
}

/// Whether the server is taken to run with `appendonly yes`: as configured, or because there is a log.
pub fn reads_log(inventory: &Inventory, conf: &Conf) -> bool {
    let prefix = conf.append_filename.as_ref().unwrap_or(&inventory.prefix);
    conf.appendonly.unwrap_or_else(|| has_log(inventory, prefix))
}

/// Whether there is a log, so that `appendonly yes` is likely.
fn has_log(inventory: &Inventory, prefix: &[u8]) -> bool {
    let is_log = |file: &File| match (inventory.scope, Named::of(&file.name)) {
        (Scope::File, _) => !is_snapshot(file),
        (_, Named::Base { .. } | Named::Incr { .. } | Named::Manifest { .. }) => {
            file.place == Place::Set
        }
        _ => file.name == prefix,
    };
    inventory.files.iter().any(is_log)
}

/// One start, or why nobody knows.
fn once(machine: &mut Machine<'_>, disk: &mut Disk) -> Result<Start, String> {
    let before = disk.clone();
    let mut begun = Begun::default();
    let stop = machine.start(disk, &mut begun).err();
    let changes = disk.changes(&before);
    let manifest = begun.manifest.take();
    let (outcome, why) = match stop {
        None => return Ok(up(machine, begun, changes, manifest)),
        Some(Stop::Refuses(why)) => (Outcome::Refuses, why),
        Some(Stop::Crashes(why)) => (Outcome::Crashes, why),
        Some(Stop::Unknown(why)) => return Err(why),
    };
    let lost = StartLoss::default();
    Ok(Start { outcome, loads: Vec::new(), changes, manifest, lost, why })
}

/// A start after which the server runs.
fn up(
    machine: &Machine<'_>,
    mut begun: Begun,
    changes: Vec<Change>,
    manifest: Option<Manifest>,
) -> Start {
    let mut left_out = left_out(machine, &begun.loaded);
    if let Some(note) = denied(machine, &begun.loaded, &mut left_out) {
        begun.notes.push(note);
    }
    begun.notes.extend(ignored(machine.inventory, &left_out.ignored));
    let is_cut = changes.iter().any(|change| matches!(change.what, Changed::CutTo(_)));
    let has_loaded = begun
        .loaded
        .iter()
        .any(|one| one.loading.effective > 0 && has_data(machine.inventory, one.file));
    let outcome = match (left_out.loss.is_nothing(), has_loaded) {
        _ if is_cut => Outcome::Truncates,
        (true, _) => Outcome::LoadsEverything,
        (false, true) => Outcome::LoadsPart,
        (false, false) => Outcome::StartsEmpty,
    };
    let piece = |one: &Loaded| Piece { file: one.file, to: one.loading.effective };
    Start {
        outcome,
        loads: begun.loaded.iter().map(piece).collect(),
        changes,
        manifest,
        lost: left_out.loss,
        why: begun.notes.join("; "),
    }
}

/// A default user who may not do everything has commands of transactions denied to the loader as well, by the servers
/// that [`Conf::loads_as_default_user`] names. Where nobody looked, they may be dropped.
fn denied(machine: &Machine<'_>, loaded: &[Loaded], left_out: &mut LeftOut) -> Option<String> {
    let conf = machine.conf;
    let restricted = conf.restricted_user.as_ref().or(conf.partly_restricted_user.as_ref())?;
    let verb = match Conf::loads_as_default_user(machine.server) {
        Some(false) => return None,
        Some(true) if conf.restricted_user.is_none() => "some commands of transactions are dropped",
        Some(true) => "the commands of transactions are dropped",
        None => "commands of transactions may be dropped",
    };
    let has_transactions = |one: &&Loaded| {
        let content = machine.inventory.files[one.file].content.as_ref();
        content.and_then(|content| content.log.as_ref()).is_some_and(|log| log.transactions > 0)
    };
    let records: u64 = loaded.iter().filter(has_transactions).map(|one| one.loading.commands).sum();
    left_out.loss.commands.max += records;
    (records > 0).then(|| format!("{verb} because {restricted}"))
}

/// Which files with data are not loaded.
fn ignored(inventory: &Inventory, files: &[usize]) -> Option<String> {
    let names: Vec<String> =
        files.iter().take(3).map(|file| shown(&inventory.files[*file].name)).collect();
    let more = files.len().checked_sub(3).filter(|more| *more > 0);
    let more = more.map_or(String::new(), |more| format!(" and {more} more"));
    let names = names.join(", ");
    match files.len() {
        0 => None,
        1 => Some(format!("{names} stays out although it holds data")),
        _ => Some(format!("{names}{more} stay out although they hold data")),
    }
}

/// Both starts, and what the configuration adds.
fn sentences(machine: &Machine<'_>, first: &Start, second: &Start) -> String {
    let mut sentences = vec![sentence("", first)];
    if (first.outcome, &first.why) != (second.outcome, &second.why) {
        sentences.push(sentence("the second start: ", second));
    }
    sentences.extend(of_conf(machine, first));
    sentences.retain(|sentence| !sentence.is_empty());
    sentences.join(" ")
}

fn sentence(before: &str, start: &Start) -> String {
    match (before, start.why.is_empty()) {
        ("", true) => String::new(),
        (_, true) => format!("{}.", capital("the second start loads everything")),
        _ => format!("{}.", capital(&format!("{before}{}", start.why))),
    }
}

/// A name of a file stays as it is.
fn capital(text: &str) -> String {
    let word = text.split(' ').next().unwrap_or_default();
    let is_word = word.bytes().all(|byte| byte.is_ascii_lowercase()) && word != "appendonly";
    let (head, tail) = text.split_at(usize::from(is_word && !text.is_empty()));
    format!("{}{tail}", head.to_ascii_uppercase())
}

fn of_conf(machine: &Machine<'_>, first: &Start) -> Vec<String> {
    let conf = machine.conf;
    let mut notes = Vec::new();
    if !matches!(first.outcome, Outcome::Refuses | Outcome::Crashes) {
        if let Some(primary) = &conf.replica_of {
            notes.push(format!(
                "It is a replica of {primary}: once connected, it throws its data away and takes those of its primary."
            ));
        }
        let memory = first.loads.iter().filter_map(|piece| {
            let content = machine.inventory.files[piece.file].content.as_ref()?;
            content.rdb.as_ref()?.aux.used_memory
        });
        if let Some(used) = memory.max().filter(|used| conf.maxmemory > 0 && *used > conf.maxmemory)
        {
            let limit = conf.maxmemory;
            notes.push(format!(
                "The data took {used} bytes of memory, and maxmemory is {limit}: loading ignores that, but afterwards keys may be evicted or writes refused."
            ));
        }
    }
    let has_snapshot = machine.inventory.files.iter().any(|file| file.name == conf.db_filename);
    if first.outcome == Outcome::StartsEmpty && has_snapshot && conf.saves {
        let name = shown(&conf.db_filename);
        notes.push(format!("Sooner or later it saves, and then {name} is overwritten."));
    }
    notes
}
