//! Data in memory, cut into runs of keys that are rendered side by side.

use aof_keyspace::{Held, Keyspace, Share, ahead};
use aof_rdb::{Record, RecordKind};
use aof_source::prefetch;
use rayon::prelude::*;

/// So many bytes are a run, roughly, unless one key has more.
const RUN: usize = 256 << 10;

/// So many runs are rendered at once for each thread, unless they are more than so many bytes: large keys take memory
/// twice while they are.
const AT_ONCE: usize = 4;
const ROOM: usize = 16 << 20;

/// For so many keys at once it is said what memory will be read to write them.
const TOGETHER: usize = 64;

/// Libraries of functions and data of modules, as the records of a file would be. None of them has a place.
pub(super) fn beside_keys<'k>(keyspace: &'k Keyspace<'static>) -> Vec<Record<'k>> {
    let functions = keyspace.functions().map(|(_, source)| RecordKind::Function(source.into()));
    let modules = keyspace.module_data().map(|(id, bytes)| RecordKind::ModuleAux { id, bytes });
    functions.chain(modules).map(|kind| Record { at: 0, end: 0, kind }).collect()
}

/// Keys one behind the other, and the number of the first of them. Numbers go on from run to run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run<'r, 'k> {
    pub(super) first: u64,
    keys: &'r [Held<'k, 'static>],
    /// Bytes that they will take in a file, roughly.
    weight: usize,
}

/// Shows all keys in runs, some of them at a time, as long as `see` returns no error. The runs depend on the data alone.
pub(super) fn runs<E>(
    keyspace: &Keyspace<'static>,
    see: &mut dyn FnMut(&[Run<'_, '_>]) -> Result<(), E>,
) -> Result<(), E> {
    let threads = rayon::current_num_threads();
    let (mut keys, mut first) = (Vec::new(), 0);
    let mut shares = keyspace.shares();
    while !shares.is_empty() {
        let next = shares.drain(..threads.min(shares.len())).collect::<Vec<_>>();
        next.par_iter()
            .map(Share::keys)
            .collect::<Vec<_>>()
            .into_iter()
            .for_each(|of| keys.extend(of));
        let runs = cut(&keys, first);
        let is_last = shares.is_empty();
        // More may follow what the last one ends with.
        let ready = runs.len().saturating_sub(usize::from(!is_last));
        let mut left = &runs[..ready];
        while left.len() >= threads || is_last && !left.is_empty() {
            let (next, behind) = left.split_at(at_once(left, threads));
            see(next)?;
            left = behind;
        }
        let rest = runs.get(ready - left.len());
        let done = rest.map_or(keys.len(), |rest| (rest.first - first) as usize);
        keys.drain(..done);
        first += done as u64;
    }
    Ok(())
}

/// How many of these are rendered at once, one at least.
fn at_once(runs: &[Run<'_, '_>], threads: usize) -> usize {
    let mut bytes = 0;
    let fits = |run: &&Run<'_, '_>| {
        bytes += run.weight;
        bytes <= threads * ROOM
    };
    runs.iter().take(threads * AT_ONCE).take_while(fits).count().max(1)
}

/// The runs of keys, the first of which has this number.
fn cut<'r, 'k>(keys: &'r [Held<'k, 'static>], first: u64) -> Vec<Run<'r, 'k>> {
    let (mut runs, mut from, mut weight) = (Vec::new(), 0, 0);
    for (at, held) in keys.iter().enumerate() {
        weight += held.weight();
        if weight >= RUN || at + 1 == keys.len() {
            runs.push(Run { first: first + from as u64, keys: &keys[from..=at], weight });
            (from, weight) = (at + 1, 0);
        }
    }
    runs
}

impl Run<'_, '_> {
    /// Shows the keys with their values as the records of a file would be, in order. The place of each is its number.
    pub(super) fn each(&self, mut see: impl FnMut(&Record<'_>)) {
        let (mut value, mut at) = (Vec::new(), self.first);
        for keys in self.keys.chunks(TOGETHER) {
            ahead(keys, &mut prefetch);
            for held in keys {
                let key = held.key(&mut value);
                see(&Record { at, end: at + 1, kind: RecordKind::Key(key) });
                at += 1;
            }
        }
    }
}
