//! History: every record that is kept, sent as it stands in the log.
//!
//! Records on keys that nothing connects may be exchanged; all others keep their order. Each connection has its own
//! keys. What reaches further, such as FLUSHALL or a script, is sent when all connections have done what is before it.

mod base;
mod route;
mod send;
mod walk;
mod wave;

use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use aof_keyspace::Links;
use aof_log::Watch;
use aof_log::selection::Kept;
use aof_rdb::Target;
use aof_resp::{Class, Table};

use crate::base::Base;
use crate::frames::ReplayError;

use super::fleet::{Fleet, Halt};
use super::pace::Rate;
use super::server::Server;
use route::{Item, Router};
use send::Sender;
use walk::{Unit, arguments, walk};

pub use route::Unknown;

/// A part of a log.
#[derive(Debug, Clone)]
pub struct Part<'s> {
    /// What failures call it.
    pub number: usize,
    /// All of it.
    pub bytes: &'s [u8],
    /// How the RDB file is read that it begins with, if it does.
    pub base: Option<Base>,
    /// What is kept of the records behind that.
    pub kept: Vec<Kept>,
}

/// How a log is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Whether the times at which keys and fields expire are left out, to be set at the end.
    pub defers: bool,
    /// How many databases the server of the log has.
    pub databases: u64,
    /// The format in which the target takes values.
    pub format: Target,
    /// So many commands a second and no more.
    pub rate: Option<u64>,
}

/// Is told, as soon as it is known, that times must be set at the end.
pub type Times = AtomicBool;

/// What was read of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Keys of bases.
    pub keys: u64,
    /// Keys of bases whose values cannot be read, or that the target cannot hold in full.
    pub reduced: u64,
    /// Records that say when something expires, which was left out.
    pub deferred: u64,
    /// Records whose commands the target does not have.
    pub unknown: u64,
    /// The first of them.
    pub unknown_list: Vec<Unknown>,
}

impl From<ReplayError> for Halt {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Cancelled => Self::Cancelled,
            error => Self::Source(error.to_string()),
        }
    }
}

/// Which keys must stay together: those that commands connect, and those of a transaction.
///
/// # Errors
/// The log cannot be read.
pub fn connect(parts: &[Part<'_>], lanes: usize) -> Result<Links, ReplayError> {
    let mut links = Links::new(lanes);
    let table = Table::get();
    let mut tie = |records: &[Vec<&[u8]>]| {
        let keys = records.iter().flat_map(|args| {
            let row = table.resolve_args(args);
            row.into_iter().flat_map(|row| row.key_positions(args)).map(|at| args[at])
        });
        links.tie(&keys.collect::<Vec<_>>());
    };
    for part in parts {
        for kept in &part.kept {
            walk::<ReplayError>(part.bytes, kept, &mut |unit| {
                match unit {
                    Unit::One(_, args) => {
                        let row = table.resolve_args(args).filter(|row| row.class() == Class::Tie);
                        row.iter().for_each(|_| tie(&[args.to_vec()]));
                    }
                    Unit::Together(records) => {
                        tie(&records.iter().map(arguments).collect::<Vec<_>>());
                    }
                }
                Ok(())
            })?;
        }
    }
    Ok(links)
}

/// Sends a log. `links` must know which of its keys belong together, and have a lane for each connection.
///
/// # Errors
/// See [`Halt`].
pub fn send<'s>(
    parts: &[Part<'s>],
    links: &Links,
    options: &Options,
    server: &Server,
    fleet: &mut Fleet<'_, 's>,
    (watch, times): (&(dyn Watch + Sync), &Times),
) -> Result<Told, Halt> {
    let mut told = Told::default();
    let rate = options.rate.map(Rate::new);
    let mut sender = Sender { links, fleet, rate, watch, bytes: 0 };
    for part in parts {
        if let Some(base) = part.base {
            base::send(part, base, options, &mut sender, &mut told)?;
        }
    }
    // The next wave is gathered while one is sent.
    thread::scope(|scope| {
        let (emit, items) = sync_channel(0);
        let reader = scope.spawn(move || {
            read(parts, links, options, server, times, &mut |item| {
                emit.send(item).map_err(|_| Halt::Cancelled)
            })
        });
        let sent = forward(&items, &mut sender);
        drop(items);
        let read = reader.join().unwrap_or(Err(Halt::Cancelled));
        match (sent, read) {
            (Err(halt), _) => Err(halt),
            (Ok(()), Err(error)) => Err(error),
            (Ok(()), Ok(read)) => Ok(Told { keys: told.keys, reduced: told.reduced, ..read }),
        }
    })
}

fn forward<'s>(items: &Receiver<Item<'s>>, sender: &mut Sender<'_, '_, 's>) -> Result<(), Halt> {
    items.iter().try_for_each(|item| sender.take(&item))
}

/// Reads all records and distributes them.
fn read<'s>(
    parts: &[Part<'s>],
    links: &Links,
    options: &Options,
    server: &Server,
    times: &Times,
    emit: &mut dyn FnMut(Item<'s>) -> Result<(), Halt>,
) -> Result<Told, Halt> {
    let mut router = Router::new(links, options, server, times, emit);
    for part in parts {
        router.begin(part.number, part.bytes, part.kept.first().map_or(0, |kept| kept.start));
        for kept in &part.kept {
            kept.select.into_iter().for_each(|db| router.select(db));
            walk::<Halt>(part.bytes, kept, &mut |unit| router.unit(unit))?;
        }
        router.flush(part.bytes.len() as u64)?;
    }
    Ok(router.told)
}
