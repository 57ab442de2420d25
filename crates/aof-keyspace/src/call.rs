//! One command at work.

use std::borrow::Cow;

use crate::db::Db;
use crate::fail::Fail;
use crate::lane::Lane;
use crate::links::Links;
use crate::space::Space;
use crate::value::{Kind, Value};

/// What a command is given.
pub(crate) struct Call<'c, 'i> {
    /// All lanes; or one alone, in which all keys are that the command names.
    pub(crate) lanes: &'c mut [Lane<'i>],
    pub(crate) ground: &'c Ground<'i>,
    /// The selected database.
    pub(crate) db: u64,
    /// The name first.
    pub(crate) args: &'c [&'c [u8]],
    /// When the log says that it is, in milliseconds since the Unix epoch.
    pub(crate) now: Option<i64>,
}

/// What all commands stand on.
#[derive(Debug, Clone)]
pub(crate) struct Ground<'i> {
    pub(crate) space: Space<'i>,
    pub(crate) links: Links,
    /// How many databases there may be.
    pub(crate) databases: u64,
    /// Fields whose time comes before this moment are hidden from commands that ask for them.
    pub(crate) hidden_before: Option<i64>,
}

/// Whether the data changed, or why they cannot.
pub(crate) type Outcome = Result<bool, Fail>;

/// Executes one command. Where it fails, it has changed nothing.
pub(crate) type Handler = fn(&mut Call<'_, '_>) -> Outcome;

impl<'i> Ground<'i> {
    /// The number of a database that there may be.
    pub(crate) fn number_of_db(&self, text: &[u8]) -> Result<u64, Fail> {
        let number =
            u64::try_from(crate::arguments::integer(text)?).map_err(|_| Fail::OutOfRange)?;
        if number < self.databases { Ok(number) } else { Err(Fail::OutOfRange) }
    }
}

impl<'c, 'i> Call<'c, 'i> {
    /// The first argument behind the name, which is mostly a key.
    pub(crate) fn key(&self) -> &'c [u8] {
        self.args[1]
    }

    fn lane(&self, key: &[u8]) -> usize {
        if self.lanes.len() == 1 { 0 } else { self.ground.links.lane(key) }
    }

    /// Where a key of a database is, or would be.
    pub(crate) fn db_of(&mut self, number: u64, key: &[u8]) -> &mut Db<'i> {
        let lane = self.lane(key);
        self.lanes[lane].db(number)
    }

    /// Where a key of the selected database is, or would be.
    pub(crate) fn db(&mut self, key: &[u8]) -> &mut Db<'i> {
        self.db_of(self.db, key)
    }

    fn seen(&self, key: &[u8]) -> Option<&Db<'i>> {
        self.lanes[self.lane(key)].dbs.get(&self.db)
    }

    /// Whether the key is there.
    pub(crate) fn contains(&self, key: &[u8]) -> bool {
        self.seen(key).is_some_and(|db| db.contains(key))
    }

    /// See [`Db::get`].
    pub(crate) fn get<T: Kind<'i>>(&self, key: &[u8]) -> Result<Option<&T>, Fail> {
        self.seen(key).map_or(Ok(None), |db| db.get(key))
    }

    /// See [`Db::any`].
    pub(crate) fn any(&self, key: &[u8]) -> Option<Cow<'_, Value<'i>>> {
        self.seen(key)?.any(key)
    }

    /// See [`Db::string`].
    pub(crate) fn string(&self, key: &[u8]) -> Result<Option<Cow<'_, [u8]>>, Fail> {
        self.seen(key).map_or(Ok(None), |db| db.string(key))
    }

    /// See [`Db::get_mut`].
    pub(crate) fn get_mut<T: Kind<'i>>(&mut self, key: &[u8]) -> Result<Option<&mut T>, Fail> {
        self.db(key).get_mut(key)
    }

    /// See [`Db::get_or_new`].
    pub(crate) fn get_or_new<T: Kind<'i>>(&mut self, key: &[u8]) -> Result<&mut T, Fail> {
        self.db(key).get_or_new(key)
    }

    /// See [`Db::put`].
    pub(crate) fn put(&mut self, key: &[u8], value: Value<'i>) {
        self.db(key).put(key, value);
    }

    /// See [`Db::settle`].
    pub(crate) fn settle(&mut self, key: &[u8]) {
        self.db(key).settle(key);
    }

    /// See [`Db::remove`].
    pub(crate) fn remove(&mut self, key: &[u8]) -> bool {
        self.db(key).remove(key)
    }

    /// When it is, for lifetimes that count from now.
    pub(crate) fn now(&self) -> Result<i64, Fail> {
        self.now.ok_or(Fail::NoClock)
    }

    /// The moment that a number of units means, which are so many milliseconds, counted from now or from the Unix epoch.
    pub(crate) fn moment(&self, number: i64, unit: i64, from_now: bool) -> Result<i64, Fail> {
        let base = if from_now { self.now()? } else { 0 };
        let at = number.checked_mul(unit).and_then(|at| at.checked_add(base));
        at.ok_or(Fail::OutOfRange)
    }
}
