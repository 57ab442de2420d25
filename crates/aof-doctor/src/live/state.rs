//! Data in memory, rendered and sent key by key.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread;

use aof_keyspace::Keyspace;
use aof_replay::live::fleet::{Fleet, Halt};
use aof_replay::live::{Batch, Rate};
use aof_resp::frame;

use crate::convert::{Ends, Given, Inputs, Job, Message, Stop, Tally, convert};
use crate::execute::Maps;
use crate::signal;
use crate::ui::Progress;

/// So many batches of portions are rendered ahead.
const AHEAD: usize = 2;

/// What is sent, and how.
pub(crate) struct StateJob {
    pub(crate) keyspace: Arc<Keyspace<'static>>,
    pub(crate) maps: Maps,
    pub(crate) job: Arc<Job>,
    /// Whether it matters that nothing is sent twice.
    pub(crate) is_exact: bool,
    pub(crate) rate: Option<u64>,
    pub(crate) is_bar_wanted: bool,
}

/// What came of it, or why it is not rendered.
type Rendered = Result<Tally, Stop>;

impl StateJob {
    /// Renders everything, and sends it through all connections in turn.
    pub(crate) fn send(&self, fleet: &mut Fleet<'_, 'static>) -> Result<Rendered, Halt> {
        let (ready, written) = self.start();
        let mut rate = self.rate.map(Rate::new);
        let mut next = 0;
        loop {
            if signal::is_cancelled() {
                return Err(Halt::Cancelled);
            }
            match ready.recv() {
                Ok(Message::Portions(portions)) => {
                    for (_, bytes) in portions {
                        let count = commands(&bytes);
                        if count == 0 {
                            continue;
                        }
                        rate.iter_mut().for_each(|rate| rate.wait(count as u64));
                        fleet.send(next, Batch::rendered(bytes, count, self.is_exact))?;
                        next = (next + 1) % fleet.len();
                    }
                    // Nothing comes back: what is sent is kept until it is answered.
                    let _ = written.send(Vec::new());
                }
                Ok(Message::Done(Err(Stop::HungUp))) => return Err(Halt::Cancelled),
                Ok(Message::Done(done)) => return Ok(done.map(|converted| converted.tally)),
                Err(_) => return Err(Halt::Source("the rendering ended unexpectedly".to_owned())),
            }
        }
    }

    fn start(&self) -> (Receiver<Message>, Sender<Vec<Vec<u8>>>) {
        let (ready_in, ready) = sync_channel(AHEAD);
        let (written, written_out) = channel();
        let ends = Ends { ready: ready_in.clone(), written: written_out };
        let given = || Given::Data(Arc::clone(&self.keyspace), self.maps);
        let compared = self.job.duplicates.map(|_| vec![given()]);
        let inputs = Inputs { carried: vec![given()], compared };
        let job = Arc::clone(&self.job);
        let total = Some(self.keyspace.len() as u64);
        let progress = Progress::new("sending", self.is_bar_wanted, total).of_keys();
        thread::spawn(move || {
            let done = convert(inputs, &job, &progress, ends);
            progress.done();
            // Whoever does not listen any longer does not want it.
            let _ = ready_in.send(Message::Done(done));
        });
        (ready, written)
    }
}

/// How many commands there are.
fn commands(mut bytes: &[u8]) -> usize {
    let mut count = 0;
    while let Ok((rest, _)) = frame(bytes) {
        (bytes, count) = (rest, count + 1);
    }
    count
}
