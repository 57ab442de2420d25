//! The RDB file that a part begins with: read by one thread, taken in by all.

use aof_keyspace::{Session, Spot};
use aof_log::{RdbWindows, Watch};
use aof_rdb::{Corrected, Flip, Key, Losses, Lost, Record, RecordKind};
use aof_source::{Feed, prefetch};
use rayon::prelude::*;

use crate::doubt::{Doubt, Doubter};
use crate::frames::ReplayError;
use crate::replay::Replay;

/// For so many keys at once it is said where they will stand before they are taken in.
const TOGETHER: usize = 64;

/// How the RDB file is read that a part begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// From its first byte to its end, or to what cannot be read: that was told when it was checked.
    Whole,
    /// The same, with one bit turned back.
    Flipped(Flip),
    /// Whatever can be read, on both sides of damage.
    Damaged {
        /// How many bytes it has.
        len: u64,
    },
}

/// Shows the records of the RDB file that a part begins with, and returns what of it is lost.
pub(crate) fn each<F: Feed>(
    mut windows: RdbWindows<F>,
    how: Base,
    see: &mut dyn FnMut(&[Record<'_>]) -> bool,
) -> Result<Losses, ReplayError> {
    match how {
        Base::Whole => {
            let _ = aof_rdb::read(&mut windows, 0, see)?;
            Ok(Losses::default())
        }
        Base::Flipped(flip) => {
            let mut corrected = Corrected::new(windows, 0, flip);
            let _ = aof_rdb::read(&mut corrected, 0, see)?;
            Ok(Losses::default())
        }
        Base::Damaged { len } => {
            let found = aof_rdb::salvage(&mut windows, 0..len)?;
            found.read(&mut windows, see)?;
            Ok(found.losses)
        }
    }
}

impl Replay<'_> {
    /// Loads the RDB file that a part begins with, and returns what of it is lost.
    ///
    /// # Errors
    /// The part cannot be read.
    pub fn base<F: Feed + ?Sized>(
        &mut self,
        feed: &mut F,
        how: Base,
        watch: &dyn Watch,
    ) -> Result<Losses, ReplayError> {
        let losses = each(RdbWindows(feed), how, &mut |records| self.load(records, watch))?;
        for Lost { db, key, .. } in &losses.list {
            key.iter().for_each(|name| self.doubt(Some(*db), name, Doubt::Unread));
        }
        if watch.is_cancelled() {
            return Err(ReplayError::Cancelled);
        }
        if losses.total > 0 {
            self.waves.doubters().for_each(Doubter::gap);
        }
        Ok(losses)
    }

    fn load(&mut self, records: &[Record<'_>], watch: &dyn Watch) -> bool {
        records.iter().take(1).for_each(|first| watch.reached(first.at));
        self.keys(records);
        for record in records {
            match &record.kind {
                RecordKind::Function(source) => {
                    // A library that does not say its name cannot be in a file that a server wrote.
                    let load: [&[u8]; 4] = [b"FUNCTION", b"LOAD", b"REPLACE", source];
                    let _ = self.keyspace.apply(&mut Session::default(), &load);
                }
                RecordKind::ModuleAux { id, bytes } => self.keyspace.load_module_data(*id, bytes),
                _ => {}
            }
        }
        !watch.is_cancelled()
    }

    /// Each lane takes in its own keys, in order.
    fn keys(&mut self, records: &[Record<'_>]) {
        let keys: Vec<&Key<'_>> = records.iter().filter_map(key).collect();
        let links = self.keyspace.links();
        let spots: Vec<Spot> = keys.par_iter().map(|key| links.spot(&key.name)).collect();
        let workers = self.keyspace.workers().into_iter().zip(&mut self.rooms).enumerate();
        let served = self.waves.served.clone();
        let workers: Vec<_> = workers.filter(|(lane, _)| served.contains(lane)).collect();
        let refused = workers.into_par_iter().with_max_len(1).map(|(lane, (mut worker, room))| {
            let own = keys.iter().zip(&spots).filter(|(_, spot)| spot.lane == lane);
            let own: Vec<(&&Key<'_>, &Spot)> = own.collect();
            let mut refused = Vec::new();
            for next in own.chunks(TOGETHER) {
                worker.ahead(next.iter().map(|(key, spot)| (key.db, spot.hash)), &mut prefetch);
                let is_refused = |key: &&&Key<'_>| worker.load(key, room).is_err();
                refused.extend(next.iter().map(|(key, _)| *key).filter(is_refused));
            }
            refused
        });
        let refused: Vec<&&Key<'_>> = refused.flatten().collect();
        self.waves.report.not_loaded += refused.len() as u64;
        self.waves.report.loaded += (keys.len() - refused.len()) as u64;
        for key in refused {
            self.doubt(Some(key.db), &key.name, Doubt::Unread);
        }
    }
}

fn key<'r, 'b>(record: &'r Record<'b>) -> Option<&'r Key<'b>> {
    if let RecordKind::Key(key) = &record.kind { Some(key) } else { None }
}
