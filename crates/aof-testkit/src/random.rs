//! Random logs as a server would write them: known commands, strict frames, the right SELECTs.

mod families;
mod values;

use families::Families;
pub use values::SizeProfile;

use crate::builder::LogBuilder;
use crate::ledger::Ledger;
use crate::rng::Rng;

/// The clock of the first record: 2023-11-14.
const FIRST_SECOND: u64 = 1_700_000_000;

/// Makes a log from a seed. A real server loads it without an error: every key keeps its type, what must
/// exist was made before.
#[derive(Clone, Debug)]
pub struct RandomLog {
    seed: u64,
    records: usize,
    dbs: u64,
    timestamps: bool,
    transactions: bool,
    nested: bool,
    sizes: SizeProfile,
}

impl RandomLog {
    /// A log of this seed, with everything that is on by default.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            records: 200,
            dbs: 4,
            timestamps: true,
            transactions: true,
            nested: true,
            sizes: SizeProfile::Varied,
        }
    }

    /// How many records, `SELECT`, `MULTI` and `EXEC` not counted. Default: 200.
    #[must_use]
    pub fn records(mut self, records: usize) -> Self {
        self.records = records;
        self
    }

    /// How many databases are written to, from 0 on; 16 at most. Default: 4.
    #[must_use]
    pub fn dbs(mut self, dbs: u64) -> Self {
        self.dbs = dbs.clamp(1, 16);
        self
    }

    /// Whether `#TS` lines are written. Default: yes.
    #[must_use]
    pub fn timestamps(mut self, on: bool) -> Self {
        self.timestamps = on;
        self
    }

    /// Whether some records stand in `MULTI` … `EXEC`. Default: yes.
    #[must_use]
    pub fn transactions(mut self, on: bool) -> Self {
        self.transactions = on;
        self
    }

    /// Whether some values are RESP themselves: whole logs, torn ones, single headers. Default: yes.
    #[must_use]
    pub fn nested(mut self, on: bool) -> Self {
        self.nested = on;
        self
    }

    /// How long the values are. Default: [`SizeProfile::Varied`].
    #[must_use]
    pub fn sizes(mut self, sizes: SizeProfile) -> Self {
        self.sizes = sizes;
        self
    }

    /// Writes the log.
    #[must_use]
    pub fn build(&self) -> Ledger {
        let mut run = Run {
            log: LogBuilder::new(),
            families: Families::new(Rng::new(self.seed), self.dbs, self.sizes, self.nested),
            db: None,
            clock: FIRST_SECOND,
            stamped: 0,
        };
        let mut left = self.records;
        while left > 0 {
            if self.timestamps {
                run.stamp();
            }
            left -= if self.transactions && run.families.rng.chance(12) {
                run.group(left, self.dbs)
            } else {
                run.single(left, self.dbs)
            };
        }
        run.log.finish()
    }
}

/// A log in the making.
struct Run {
    log: LogBuilder,
    families: Families,
    db: Option<u64>,
    clock: u64,
    stamped: u64,
}

impl Run {
    /// Lets some time pass, and writes the clock if it shows another second.
    fn stamp(&mut self) {
        if self.families.rng.chance(25) {
            self.clock += self.families.rng.below(40);
        }
        if self.clock > self.stamped {
            self.stamped = self.clock;
            self.log.timestamp(self.clock);
        }
    }

    /// Stays with the database most of the time.
    fn choose_db(&mut self, dbs: u64) -> u64 {
        match self.db {
            Some(db) if !self.families.rng.chance(15) => db,
            _ => self.families.rng.below(dbs),
        }
    }

    fn switch_to(&mut self, db: u64) {
        if self.db != Some(db) {
            self.log.select(db);
            self.db = Some(db);
            self.families.enter(db);
        }
    }

    /// One step outside of a transaction; returns the number of its records.
    fn single(&mut self, left: usize, dbs: u64) -> usize {
        let db = self.choose_db(dbs);
        self.switch_to(db);
        self.step(left)
    }

    /// Writes the records of one step.
    fn step(&mut self, left: usize) -> usize {
        let records = self.families.step(left);
        for argv in &records {
            self.log.command(argv);
        }
        records.len()
    }

    /// `MULTI`, a `SELECT` if the database changes, records, `EXEC`.
    fn group(&mut self, left: usize, dbs: u64) -> usize {
        let size = self.families.rng.between(1, left.min(8));
        let db = self.choose_db(dbs);
        self.log.multi();
        let mut written = 0;
        self.switch_to(db);
        while written < size {
            written += self.step(size - written);
            // A client may select another database inside of its transaction.
            if written < size && self.families.rng.chance(4) {
                let db = self.families.rng.below(dbs);
                self.switch_to(db);
            }
        }
        self.log.exec();
        written
    }
}

#[cfg(test)]
mod tests;
