//! The twin of the loaders beside the loaders themselves: outcome, bytes left, the start after it, and the data.

use std::sync::LazyLock;

use aof_log::forecast::Conf;
use aof_log::loader::{Ending, Loading, PartView, load};
use aof_log::server::{Product, Server};
use aof_log::{Diagnosis, Policy, diagnose};
use aof_testkit::server::{self, ServerKind};

use crate::trial::{Data, Layout, Loaded, Start};

/// A server that nobody configured.
static USUAL: LazyLock<Conf> = LazyLock::new(Conf::default);

/// A log, and how it is given to a server.
#[derive(Clone, Copy)]
pub(crate) struct Trial<'a> {
    pub(crate) kind: ServerKind,
    pub(crate) layout: Layout,
    pub(crate) bytes: &'a [u8],
    pub(crate) log: &'a Diagnosis,
    /// The bytes of an RDB preamble.
    pub(crate) records_from: u64,
    /// How the server is configured, in its own words and in ours.
    pub(crate) args: &'a [&'a str],
    pub(crate) conf: &'a Conf,
}

pub(crate) fn server_of(kind: ServerKind) -> Server {
    let product = match kind.product() {
        server::Product::Redis => Product::Redis,
        server::Product::Valkey => Product::Valkey,
    };
    let (major, minor) = kind.version();
    Server::new(product, major, minor)
}

impl<'a> Trial<'a> {
    pub(crate) fn of(
        kind: ServerKind,
        layout: Layout,
        bytes: &'a [u8],
        log: &'a Diagnosis,
    ) -> Self {
        Self { kind, layout, bytes, log, records_from: 0, args: &[], conf: &USUAL }
    }

    pub(crate) fn foretell(&self, len: u64, is_last: bool) -> Loading {
        let part = PartView { len, records_from: self.records_from, is_last, log: self.log };
        let mut bytes = self.bytes;
        load(&mut bytes, &part, server_of(self.kind), self.conf).unwrap()
    }

    /// Starts the server, and once more if it cuts; returns what the first start did, and what is not as foretold.
    pub(crate) fn run(&self) -> (Loaded, String) {
        let mut problems = String::new();
        let data = Data::with(self.kind, self.layout, self.bytes);
        let (mut len, mut first) = (self.bytes.len() as u64, None);
        for number in 0..2 {
            let told = self.foretell(len, data.is_last(number));
            let start = data.start(self.args);
            if !self.is_as_told(&told, &start) {
                problems += &format!("{}: start {number}: {start:?}, not {told:?}\n", self.kind);
            }
            len = start.left;
            let loaded = first.get_or_insert(start.loaded);
            if !matches!(loaded, Loaded::Cut(_)) || !problems.is_empty() {
                break;
            }
        }
        (first.expect("there was a first start"), problems)
    }

    fn is_as_told(&self, told: &Loading, start: &Start) -> bool {
        let loaded = match told.ending {
            Ending::Unknown => return true,
            _ if !told.goes_on && told.ending != Ending::Crashes => Loaded::Refuses,
            Ending::Whole => Loaded::All,
            Ending::Cut { to } => Loaded::Cut(to),
            Ending::Refuses => Loaded::Refuses,
            Ending::Crashes => Loaded::Crashes,
        };
        let is_same = start.loaded == loaded && start.left == told.left;
        is_same && (!told.goes_on || told.ending == Ending::Whole || self.has_data(told, start))
    }

    /// Whether the data are those of the bytes that take effect.
    fn has_data(&self, told: &Loading, start: &Start) -> bool {
        let effective = &self.bytes[..told.effective as usize];
        let fresh = Data::with(self.kind, Layout::Increment, effective).start(self.args);
        fresh.loaded == Loaded::All && fresh.digest == start.digest
    }
}

/// As [`Trial::run`], with bytes that are records alone; fails if the server does otherwise.
#[track_caller]
pub(crate) fn is_foretold(kind: ServerKind, bytes: &[u8], log: &Diagnosis, place: &str) -> Loaded {
    let (loaded, problems) = Trial::of(kind, Layout::Increment, bytes, log).run();
    assert!(problems.is_empty(), "{place}: {problems}{:#?}", log.findings);
    loaded
}

pub(crate) fn judged(bytes: &[u8]) -> Diagnosis {
    diagnose(bytes, &Policy::default(), &())
}
