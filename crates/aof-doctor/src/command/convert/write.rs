//! Puts what is ready into the output, while the next of it is made.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use aof_source::{Existing, Input, PublishError, PublishOptions, publish};

use super::{ConvertArgs, Job, refuse};
use crate::convert::{Converted, Ends, Message, Stop, convert};
use crate::escape;
use crate::failure::Failure;
use crate::signal;
use crate::ui::Progress;

/// So many batches wait to be written at most.
const AHEAD: usize = 1;

/// How often it is asked whether a signal came, where nothing is ready for long.
const GLANCE: Duration = Duration::from_millis(100);

/// Converts into the output; `None` if it is a pipe that was closed early.
pub(super) fn write(
    args: &ConvertArgs,
    input: Input,
    job: Job,
) -> Result<Option<(Converted, u64)>, Failure> {
    if args.is_to_stdout() {
        return to_stdout(args, input, job);
    }
    let options = PublishOptions {
        mode: mode(&input),
        existing: if args.force { Existing::Replace } else { Existing::Keep },
    };
    let mut stopped = None;
    let written =
        publish(&args.output, options, |out| match drain(start(args, input, job), out)? {
            Ok(done) => Ok(done),
            Err(stop) => {
                stopped = Some(stop);
                Err(io::Error::other("not finished"))
            }
        });
    match (stopped, written) {
        (Some(stop), _) => Err(refuse::stopped(stop, args)),
        (None, Ok(done)) => Ok(Some(done)),
        (None, Err(error)) => Err(unpublished(&error)),
    }
}

/// Keys are shown to whom the input was shown, and what came in through a pipe to its owner.
fn mode(input: &Input) -> u32 {
    let metadata = input.path().and_then(|path| std::fs::metadata(path).ok());
    metadata.map_or(0o600, |metadata| metadata.permissions().mode() & 0o666)
}

fn unpublished(error: &PublishError) -> Failure {
    let failure = Failure::operational(escape::sentence(&error.to_string()));
    match error {
        PublishError::Exists { .. } => failure.hint("--force replaces it"),
        _ => failure,
    }
}

fn to_stdout(
    args: &ConvertArgs,
    input: Input,
    job: Job,
) -> Result<Option<(Converted, u64)>, Failure> {
    // Not through the buffer of `stdout()`, which ends at every line.
    let out = io::stdout().as_fd().try_clone_to_owned().map(File::from);
    match out.and_then(|mut out| drain(start(args, input, job), &mut out)) {
        Ok(Ok(done)) => Ok(Some(done)),
        Ok(Err(stop)) => Err(refuse::stopped(stop, args)),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(None),
        Err(error) => Err(Failure::operational(format!("the output cannot be written: {error}"))),
    }
}

/// What the thread that converts is heard through, and told through.
struct Worker {
    ready: Receiver<Message>,
    written: Sender<Vec<Vec<u8>>>,
}

/// Starts to convert. The thread is not waited for: it may hang in a read, and ends with the process.
fn start(args: &ConvertArgs, mut input: Input, job: Job) -> Worker {
    let (ready_in, ready): (SyncSender<Message>, _) = sync_channel(AHEAD);
    let (written, written_out) = channel();
    let ends = Ends { ready: ready_in.clone(), written: written_out };
    let progress = Progress::new(args.is_bar_wanted(), refuse::length(&mut input));
    thread::spawn(move || {
        let done = convert(input, &job, &progress, ends);
        progress.done();
        // Whoever does not listen any longer does not want it.
        let _ = ready_in.send(Message::Done(done));
    });
    Worker { ready, written }
}

/// Writes all that becomes ready, and returns what came of it and how many bytes that were.
fn drain(worker: Worker, out: &mut dyn Write) -> io::Result<Result<(Converted, u64), Stop>> {
    let mut bytes = 0;
    loop {
        match worker.ready.recv_timeout(GLANCE) {
            Ok(Message::Pieces(pieces)) => {
                for piece in &pieces {
                    out.write_all(piece)?;
                    bytes += piece.len() as u64;
                }
                // It may have ended meanwhile, and needs no buffers then.
                let _ = worker.written.send(pieces);
            }
            Ok(Message::Done(done)) => return Ok(done.map(|converted| (*converted, bytes))),
            Err(RecvTimeoutError::Timeout) if signal::is_cancelled() => {
                return Ok(Err(Stop::HungUp));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(io::Error::other("the conversion ended unexpectedly"));
            }
        }
    }
}
