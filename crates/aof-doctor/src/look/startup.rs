//! What the next start of a server would do to what was checked.

use aof_log::Finding;
use aof_log::forecast::{Ask, Conf, Forecast, forecast, loses_data, reads_log};
use aof_log::inventory::{Inventory, Scope};
use aof_log::loader::{self, Ending, Loading, PartView};
use aof_log::server::Server;
use aof_log::survey::Placed;
use aof_repair::{Plan, View};
use aof_source::{Access, Part};

use super::target::Candidate;
use crate::conf::{Settings, Start};
use crate::render::words::{lost, outcome};

/// Whose start is foretold, and with which configuration.
#[derive(Debug)]
pub(crate) struct Asked {
    servers: Vec<Server>,
    /// Whether these servers were named, and not just all that are known.
    is_narrowed: bool,
    /// What the configuration says, besides what it means for a start.
    settings: Option<Settings>,
    /// How the server is configured, as far as that is known.
    pub(crate) conf: Conf,
}

impl Asked {
    /// These servers; all measured ones if none is named.
    pub(crate) fn new(
        servers: &[Server],
        gate: Option<Server>,
        settings: Option<Settings>,
    ) -> Self {
        let named: Vec<Server> = servers.iter().copied().chain(gate).collect();
        let is_narrowed = !named.is_empty();
        let servers = if is_narrowed { named } else { Server::MEASURED.to_vec() };
        let conf = settings.as_ref().map_or_else(Conf::default, |settings| settings.conf.clone());
        Self { servers, is_narrowed, settings, conf }
    }

    /// What the configuration does to a log with this many transactions.
    pub(super) fn of_settings(&self, transactions: u64) -> Vec<Finding> {
        self.settings.as_ref().map(|settings| settings.findings(transactions)).unwrap_or_default()
    }

    /// Whether it matters to the verdict what this server would do: nobody gives a folder of parts to a server that
    /// knows none, unless he says so.
    fn is_in_question(&self, server: Server, inventory: &Inventory) -> bool {
        self.is_narrowed || server.has_parts() || inventory.set_folder.is_none()
    }

    /// What had to be taken for granted to foretell.
    pub(super) fn assumptions(&self, inventory: &Inventory) -> Vec<String> {
        let conf = &self.conf;
        let is_guess = conf.appendonly.is_none() && inventory.scope != Scope::File;
        let word = if reads_log(inventory, conf) { "yes" } else { "no" };
        let log = is_guess.then(|| format!("the server is configured with appendonly {word}"));
        let start = self.settings.as_ref().and_then(|settings| settings.start);
        let home = (start == Some(Start::HomeOfConf))
            .then(|| "paths in the configuration begin in its own folder".to_owned());
        log.into_iter().chain(home).collect()
    }
}

/// What each of the servers would do.
pub(super) fn foretell(
    inventory: &Inventory,
    files: &mut [Candidate],
    asked: &Asked,
) -> Vec<Forecast> {
    let has_data = inventory.files.iter().any(|file| file.content.is_some());
    if !has_data && inventory.scope == Scope::File {
        return Vec::new();
    }
    let conf = &asked.conf;
    let mut one = |server: &Server| {
        forecast(inventory, *server, conf, &mut |ask| loading(inventory, files, asked, ask))
    };
    asked.servers.iter().map(&mut one).collect()
}

/// What each of the servers would do after a plan. Files that are written anew hold nothing but sound records.
pub(crate) fn after(view: &View<'_>, plan: &Plan, is_copy: bool, asked: &Asked) -> Vec<Forecast> {
    if plan.is_empty() {
        return Vec::new();
    }
    let inventory = aof_repair::afterwards(view, plan, is_copy);
    let conf = &asked.conf;
    let mut load = |ask: Ask| {
        let content = inventory.files.get(ask.file).and_then(|file| file.content.as_ref());
        let Some(content) = content else { return unknown(ask.len) };
        let Some(log) = &content.log else { return whole(ask.len) };
        let records_from = content.records_from();
        let part = PartView { len: ask.len, records_from, is_last: ask.is_last, log };
        // Nothing of it is read: all of it is known to be sound.
        loader::load(&mut &[][..], &part, ask.server, conf).unwrap_or_else(|_| unknown(ask.len))
    };
    let one = |server: &Server| forecast(&inventory, *server, conf, &mut load);
    asked.servers.iter().map(one).collect()
}

/// What a server does with the records of one file.
fn loading(inventory: &Inventory, files: &mut [Candidate], asked: &Asked, ask: Ask) -> Loading {
    let content = inventory.files.get(ask.file).and_then(|file| file.content.as_ref());
    let loaded = content.zip(files.get_mut(ask.file)).and_then(|(content, file)| {
        let Some(log) = &content.log else { return Some(whole(ask.len)) };
        let part = PartView {
            len: ask.len,
            records_from: content.records_from(),
            is_last: ask.is_last,
            log,
        };
        let (server, conf) = (ask.server, &asked.conf);
        match file.input.as_mut().ok()?.access().ok()? {
            Access::Random(random) => loader::load(&mut random.feed(), &part, server, conf),
            Access::Stream(stream) => loader::load(stream, &part, server, conf),
        }
        .ok()
    });
    loaded.unwrap_or_else(|| unknown(ask.len))
}

/// An RDB file without records.
const fn whole(len: u64) -> Loading {
    Loading {
        ending: Ending::Whole,
        effective: len,
        commands: 0,
        left: len,
        goes_on: true,
        why: String::new(),
    }
}

/// A part that cannot be read once more.
fn unknown(len: u64) -> Loading {
    let why = "it could not be read once more".to_owned();
    Loading { ending: Ending::Unknown, effective: 0, commands: 0, left: len, goes_on: false, why }
}

/// Why no server should be started, if that would lose data.
pub(super) fn warning(
    startup: &[Forecast],
    inventory: &Inventory,
    asked: &Asked,
) -> Option<String> {
    let lossy = |forecast: &&Forecast| {
        asked.is_in_question(forecast.server, inventory) && loses_data(forecast)
    };
    let all: Vec<&Forecast> = startup.iter().filter(lossy).collect();
    let first = all.first()?;
    let (turn, start) =
        first.starts.iter().enumerate().find(|(_, start)| !start.lost.is_nothing())?;
    let servers: Vec<String> = all.iter().map(|forecast| forecast.server.to_string()).collect();
    let which = if turn == 0 { "the next start" } else { "the start after the next" };
    Some(format!(
        "{which} {}, which leaves out {} that can be read now ({}): {}",
        outcome(start.outcome),
        lost(start),
        servers.join(", "),
        start.why
    ))
}

/// What is to be found in the forecasts and in the configuration.
pub(super) fn findings(startup: &[Forecast], inventory: &Inventory, asked: &Asked) -> Vec<Placed> {
    let in_question: Vec<Forecast> = startup
        .iter()
        .filter(|forecast| asked.is_in_question(forecast.server, inventory))
        .cloned()
        .collect();
    let mut all = aof_log::forecast::findings(&in_question, inventory);
    all.extend(asked.of_settings(transactions(inventory)).into_iter().map(Placed::in_folder));
    all
}

/// Transactions in all logs.
fn transactions(inventory: &Inventory) -> u64 {
    let logs = inventory.files.iter().filter_map(|file| file.content.as_ref()?.log.as_ref());
    logs.map(|log| log.transactions).sum()
}
