//! From RDB files to other ones, commands or lines: read once, rendered on all threads, written in the order of the file.
//!
//! One thread reads records and has them rendered in pieces; the thread that asked writes what is ready meanwhile. What
//! is in memory at once is a few windows of the file, or its largest key, and what is made of them.

mod bodies;
mod chunk;
mod duplicates;
mod expired;
mod filter;
mod glob;
mod held;
mod json;
mod lines;
mod outputs;
mod reading;
mod restores;
mod route;
mod slot;
mod source;
mod tally;
mod work;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};

use aof_keyspace::Keyspace;
use aof_log::Watch;
use aof_rdb::{Aux, Checksum, Flip, Header, Patch};
use aof_source::{Input, ReadError};

use crate::execute::Maps;

pub(crate) use chunk::{Form, RdbForm};
pub(crate) use duplicates::Duplicates;
pub(crate) use expired::{Expired, millis};
pub(crate) use filter::Filter;
pub(crate) use glob::Glob;
pub(crate) use route::{Place, Route, Split};
pub(crate) use slot::SLOTS;
pub(crate) use tally::{Named, NamedKeys, Tally};

use outputs::Portion;
use work::Work;

/// What is to be done.
#[derive(Debug)]
pub(crate) struct Job {
    /// What records are written as.
    pub(crate) form: Form,
    /// Which are.
    pub(crate) filter: Filter,
    /// What becomes of those whose time has come.
    pub(crate) expired: Expired,
    /// When that is: milliseconds since the Unix epoch.
    pub(crate) now: i64,
    /// Under which names and where they are written.
    pub(crate) route: Route,
    /// Which of several keys of one name is written; `None` if nobody looks for such.
    pub(crate) duplicates: Option<Duplicates>,
    /// Whether what the target cannot hold is left out, instead of ending the work.
    pub(crate) allows_loss: bool,
    /// Whether the outputs can be gone back in.
    pub(crate) has_counts: bool,
    /// Whether what cannot be read is left out, instead of ending the work.
    pub(crate) salvages: bool,
    /// Threads; 0 for one on each core.
    pub(crate) jobs: usize,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Converted {
    /// What was carried over, and what was not.
    pub(crate) tally: Tally,
    /// What is known of each of the inputs.
    pub(crate) originals: Vec<Original>,
    /// What is to be filled in where room was left for it.
    pub(crate) patches: Vec<(Place, Patch)>,
}

/// An input, as it was read.
#[derive(Debug, Default)]
pub(crate) struct Original {
    /// Whether it is a log that was executed.
    pub(crate) is_log: bool,
    /// What the checksum says.
    pub(crate) checksum: Checksum,
    /// The format of the keys, if there is one.
    pub(crate) header: Option<Header>,
    /// What the file says of itself.
    pub(crate) aux: Aux,
    /// So many milliseconds were added to every expiry.
    pub(crate) shift: i64,
    /// The bit that was turned back, which is all that was wrong.
    pub(crate) corrected: Option<Flip>,
    /// Where bytes begin that nothing could be read of, and how many there are in all.
    pub(crate) unread: Option<Unread>,
    /// Bytes behind the end of the file.
    pub(crate) has_more: bool,
    /// Behind the last record that was read.
    pub(crate) end: u64,
}

/// A part of the file that no record could be read from.
#[derive(Debug)]
pub(crate) struct Unread {
    /// Where it begins.
    pub(crate) at: u64,
    /// How many bytes it has, where that is known.
    pub(crate) bytes: Option<u64>,
    /// What is wrong.
    pub(crate) why: String,
}

/// Why the work ended without a result. The numbers of inputs count from 0.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The storage failed.
    Storage(ReadError),
    /// A record of this input cannot be read.
    Record(usize, String),
    /// The value of a key cannot be read.
    Value(Named),
    /// The checksum is not that of the bytes.
    Checksum {
        /// Of which input.
        input: usize,
        /// As it stands in the file.
        stored: u64,
        /// Of the bytes.
        computed: u64,
    },
    /// This input goes on as a log behind this byte.
    Log(usize, u64),
    /// The file does not say when it was written.
    NoCreation,
    /// Names occur more than once.
    Duplicates(NamedKeys),
    /// The target cannot hold all of it.
    Unheld {
        /// Of these keys not everything.
        keys: NamedKeys,
        /// So many libraries of functions not at all.
        functions: u64,
    },
    /// No threads can be had.
    Threads(String),
    /// A signal came, or whoever asked does not listen any longer.
    HungUp,
}

/// What passes from the thread that reads to the one that writes.
#[derive(Debug)]
pub(crate) enum Message {
    /// What comes next in the outputs.
    Portions(Vec<Portion>),
    /// There is no more.
    Done(Result<Box<Converted>, Stop>),
}

/// The ends of two channels: what is ready goes out, buffers that were written come back.
#[derive(Debug)]
pub(crate) struct Ends {
    pub(crate) ready: SyncSender<Message>,
    pub(crate) written: Receiver<Vec<Vec<u8>>>,
}

/// What is converted.
#[derive(Debug)]
pub(crate) enum Given {
    /// An RDB file.
    File(Box<Input>),
    /// What a log came to.
    Data(Arc<Keyspace<'static>>, Maps),
}

/// What is read: twice, where names are to be compared.
#[derive(Debug)]
pub(crate) struct Inputs {
    /// To be carried over, in this order.
    pub(crate) carried: Vec<Given>,
    /// The same once more, if names are to be compared before.
    pub(crate) compared: Option<Vec<Given>>,
}

/// Converts, and returns what came of it when all was sent.
///
/// # Errors
/// Why there is no result; what was sent is not whole then.
pub(crate) fn convert(
    inputs: Inputs,
    job: &Job,
    watch: &(dyn Watch + Sync),
    ends: Ends,
) -> Result<Box<Converted>, Stop> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(job.jobs).build();
    let pool = pool.map_err(|error| Stop::Threads(error.to_string()))?;
    pool.install(|| {
        let mut work = Work::new(job, watch, ends);
        if let Some((inputs, which)) = inputs.compared.zip(job.duplicates) {
            work.compare(inputs, which)?;
        }
        work.run(inputs.carried)
    })
}
