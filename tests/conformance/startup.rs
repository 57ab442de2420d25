//! What the next start would do, foretold and done: two starts in a row of every server in every situation.
//!
//! Nothing is written in between, and SIGKILL ends the first. Compared are how each start ends, the data by
//! DEBUG DIGEST, and every byte of the folder but those of bases that a server makes itself.

#[path = "startup/committed.rs"]
mod committed;
#[path = "startup/folder.rs"]
mod folder;
#[path = "startup/found.rs"]
mod found;
#[path = "startup/page.rs"]
mod page;
#[path = "startup/reference.rs"]
mod reference;
#[path = "startup/repaired.rs"]
mod repaired;
#[path = "startup/situations.rs"]
mod situations;
#[path = "startup/twice.rs"]
mod twice;
#[path = "startup/written.rs"]
mod written;

use aof_log::forecast::{Forecast, Outcome, forecast};
use aof_log::server::{Product, Server};
use aof_testkit::server::{Product as Maker, ServerKind, skip_unless};

use crate::table;
use found::Found;
use reference::Reference;
use situations::{Situation, TWICE, all};
use written::Library;

/// How many situations are tried at a time.
const WORKERS: usize = 4;

/// The server as the library knows it.
fn server(kind: ServerKind) -> Server {
    let (major, minor) = kind.version();
    let product = match kind.product() {
        Maker::Redis => Product::Redis,
        Maker::Valkey => Product::Valkey,
    };
    Server::new(product, major, minor)
}

fn foretold(situation: &Situation, kind: ServerKind) -> (Found, Forecast) {
    let found = Found::in_files(&situation.files);
    let conf = &situation.conf;
    let told = forecast(&found.inventory, server(kind), conf, &mut |ask| found.load(ask, conf));
    (found, told)
}

/// What was foretold of a situation, and every difference from what happened.
struct Tried {
    kind: ServerKind,
    name: String,
    told: Forecast,
    problems: Vec<String>,
}

impl Tried {
    fn is_unknown(&self) -> bool {
        self.told.starts.len() != 2
    }
}

fn try_one(situation: &Situation, kind: ServerKind, reference: &Reference) -> Tried {
    let (found, told) = foretold(situation, kind);
    let problems = twice::compare(situation, kind, &found, &told, reference);
    let place = |problem| format!("{kind}, {}: {problem}\n  foretold: {told:?}", situation.name);
    let problems = problems.into_iter().map(place).collect();
    Tried { kind, name: situation.name.clone(), told, problems }
}

fn try_all(jobs: &[(ServerKind, Situation)]) -> Vec<Tried> {
    let reference = Reference::default();
    std::thread::scope(|scope| {
        let share = |worker: usize| {
            let reference = &reference;
            scope.spawn(move || -> Vec<(usize, Tried)> {
                let own = jobs.iter().enumerate().skip(worker).step_by(WORKERS);
                own.map(|(index, (kind, situation))| (index, try_one(situation, *kind, reference)))
                    .collect()
            })
        };
        let handles: Vec<_> = (0..WORKERS).map(share).collect();
        let mut tried: Vec<(usize, Tried)> = handles
            .into_iter()
            .flat_map(|handle| handle.join().expect("no worker panics"))
            .collect();
        tried.sort_by_key(|(index, _)| *index);
        tried.into_iter().map(|(_, tried)| tried).collect()
    })
}

fn assert_no_problems(tried: &[Tried]) {
    let problems: Vec<&str> =
        tried.iter().flat_map(|tried| tried.problems.iter().map(String::as_str)).collect();
    assert!(problems.is_empty(), "{} differences\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn two_starts_of_every_server_do_what_was_foretold() {
    let kinds: Vec<ServerKind> =
        ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()).collect();
    if kinds.len() < ServerKind::ALL.len() {
        // Situations are made of what all five wrote.
        return;
    }
    let library = Library::new(&kinds);
    let jobs: Vec<(ServerKind, Situation)> = kinds
        .iter()
        .flat_map(|kind| all(&library, *kind).into_iter().map(|situation| (*kind, situation)))
        .collect();
    let tried = try_all(&jobs);
    assert_no_problems(&tried);
    let silent = tried.iter().find(|tried| tried.is_unknown() && tried.name != TWICE);
    assert!(silent.is_none(), "nothing is foretold of {}", silent.unwrap().name);
    table::hold("startup.md", page::HEAD, &page::lines(&tried));
}

/// Forecasts of fixtures that may be unknown: of an RDB file behind other data (`docs/startup.md`), and of a Redis that
/// runs a command with too few arguments (`docs/oracle.md`).
const UNKNOWN: usize = 7;

#[test]
fn two_starts_of_every_server_do_with_every_fixture_what_was_foretold() {
    let kinds = ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some());
    let jobs: Vec<(ServerKind, Situation)> = kinds
        .flat_map(|kind| committed::all().into_iter().map(move |situation| (kind, situation)))
        .collect();
    let tried = try_all(&jobs);
    assert_no_problems(&tried);
    let unknown: Vec<String> = tried
        .iter()
        .filter(|tried| tried.is_unknown())
        .map(|tried| format!("{}, {}: {}", tried.kind, tried.name, tried.told.why))
        .collect();
    let (count, all) = (unknown.len(), tried.len());
    assert!(count <= UNKNOWN, "{count} of {all} are unknown\n{}", unknown.join("\n"));
}

/// Repaired sets whose base only some servers read, and logs of commands that only some of them have, stay what they
/// are; of all others every server that knows parts loads everything.
#[test]
fn every_repaired_fixture_is_loaded_as_it_is_foretold() {
    let kinds: Vec<ServerKind> =
        ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()).collect();
    let repaired = repaired::all();
    let names: Vec<&str> = repaired.iter().map(|situation| situation.name.as_str()).collect();
    assert!(names.len() > 30, "only {} fixtures can be repaired: {names:?}", names.len());
    let jobs: Vec<(ServerKind, Situation)> = kinds
        .iter()
        .flat_map(|kind| repaired.iter().map(|situation| (*kind, situation.clone())))
        .collect();
    let tried = try_all(&jobs);
    assert_no_problems(&tried);
    let is_loaded = |tried: &&Tried| {
        tried.told.starts.first().is_some_and(|start| start.outcome == Outcome::LoadsEverything)
    };
    for name in names {
        let loads = tried.iter().filter(|tried| tried.name == name).filter(is_loaded).count();
        assert!(loads > 0 || kinds.is_empty(), "{name}: no server loads it");
    }
}
