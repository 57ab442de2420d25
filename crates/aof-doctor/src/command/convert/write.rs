//! Puts what is ready into the output, while the next of it is made.

use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use aof_source::{DraftFolder, Existing, PublishError, PublishOptions, publish, publish_folder};

use super::request::{self, Shape};
use super::sink::{Files, Sink};
use super::{ConvertArgs, Job, refuse, set};
use crate::convert::{Converted, Ends, Inputs, Message, Stop, convert};
use crate::escape;
use crate::failure::Failure;
use crate::signal;
use crate::ui::Progress;

/// So many batches wait to be written at most.
const AHEAD: usize = 1;

/// Buffers that grew beyond this for one large key are not used again, and go away as soon as they are written.
const KEPT: usize = 4 << 20;

/// How often it is asked whether a signal came, where nothing is ready for long.
const GLANCE: Duration = Duration::from_millis(100);

/// What came of it, and how many bytes were written.
type Done = (Converted, u64);

/// Converts into the output; `None` if it is a pipe that was closed early.
pub(super) fn write(args: &ConvertArgs, inputs: Inputs, job: Job) -> Result<Option<Done>, Failure> {
    let mode = mode(args);
    let (form, split) = (job.form, job.route.split.clone());
    let shape = args.shape(form);
    let worker = start(args, inputs, job);
    match shape {
        Shape::Pipe => to_stdout(args, worker),
        Shape::File => to_file(args, mode, worker),
        Shape::Folder => to_folder(args, mode, |folder| {
            let name = |place| request::name(&split, place, form);
            let mut files = Files::new(folder, &name);
            let done = drain(worker, &mut files)?;
            files.finish().map(|()| done)
        }),
        Shape::Set => to_folder(args, mode, |folder| {
            let name = |_| set::base(form);
            let mut files = Files::new(folder, &name);
            let done = drain(worker, &mut files)?;
            files.finish()?;
            set::complete(folder, form).map(|()| done)
        }),
    }
}

fn to_file(args: &ConvertArgs, mode: u32, worker: Worker) -> Result<Option<Done>, Failure> {
    let existing = if args.force { Existing::Replace } else { Existing::Keep };
    let mut stopped = None;
    let published = publish(&args.output, PublishOptions { mode, existing }, |out| {
        drain(worker, out)?.map_err(|stop| unfinished(&mut stopped, stop))
    });
    settle(args, stopped, published)
}

fn to_folder(
    args: &ConvertArgs,
    mode: u32,
    write: impl FnOnce(&DraftFolder) -> io::Result<Result<Done, Stop>>,
) -> Result<Option<Done>, Failure> {
    let mut stopped = None;
    let published = publish_folder(&args.output, mode, |folder| {
        write(folder)?.map_err(|stop| unfinished(&mut stopped, stop))
    });
    settle(args, stopped, published)
}

/// Keeps the reason, which is told instead of the error that undoes what was written.
fn unfinished(stopped: &mut Option<Stop>, stop: Stop) -> io::Error {
    *stopped = Some(stop);
    io::Error::other("not finished")
}

fn settle(
    args: &ConvertArgs,
    stopped: Option<Stop>,
    published: Result<Done, PublishError>,
) -> Result<Option<Done>, Failure> {
    match (stopped, published) {
        (Some(stop), _) => Err(refuse::stopped(stop, args)),
        (None, Ok(done)) => Ok(Some(done)),
        (None, Err(error)) => Err(unpublished(args, &error)),
    }
}

/// Keys are shown to whom all inputs were shown; what came in through a pipe or from several files to their owner.
fn mode(args: &ConvertArgs) -> u32 {
    let mode = |path: &PathBuf| {
        let metadata = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file);
        metadata.map_or(0o600, |metadata| metadata.permissions().mode() & 0o666)
    };
    args.paths.iter().map(mode).fold(0o666, |all, mode| all & mode)
}

fn unpublished(args: &ConvertArgs, error: &PublishError) -> Failure {
    let failure = Failure::operational(escape::sentence(&error.to_string()));
    match error {
        PublishError::Exists { .. } if args.output.is_dir() => {
            failure.hint("a folder that is there is never replaced")
        }
        PublishError::Exists { .. } => failure.hint("--force replaces it"),
        _ => failure,
    }
}

fn to_stdout(args: &ConvertArgs, worker: Worker) -> Result<Option<Done>, Failure> {
    // Not through the buffer of `stdout()`, which ends at every line.
    let out = io::stdout().as_fd().try_clone_to_owned().map(File::from);
    match out.and_then(|mut out| drain(worker, &mut out)) {
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
fn start(args: &ConvertArgs, mut inputs: Inputs, job: Job) -> Worker {
    let (ready_in, ready): (SyncSender<Message>, _) = sync_channel(AHEAD);
    let (written, written_out) = channel();
    let ends = Ends { ready: ready_in.clone(), written: written_out };
    let progress = Progress::new("writing", args.is_bar_wanted(), refuse::length(&mut inputs));
    thread::spawn(move || {
        let done = convert(inputs, &job, &progress, ends);
        progress.done();
        // Whoever does not listen any longer does not want it.
        let _ = ready_in.send(Message::Done(done));
    });
    Worker { ready, written }
}

/// Writes all that becomes ready, and returns what came of it and how many bytes that were.
fn drain(worker: Worker, out: &mut impl Sink) -> io::Result<Result<Done, Stop>> {
    let mut bytes = 0;
    loop {
        match worker.ready.recv_timeout(GLANCE) {
            Ok(Message::Portions(portions)) => {
                let mut buffers = Vec::with_capacity(portions.len());
                for (place, portion) in portions {
                    out.write(place, &portion)?;
                    bytes += portion.len() as u64;
                    buffers.extend(Some(portion).filter(|buffer| buffer.capacity() <= KEPT));
                }
                // It may have ended meanwhile, and needs no buffers then.
                let _ = worker.written.send(buffers);
            }
            Ok(Message::Done(Ok(converted))) => {
                for (place, patch) in &converted.patches {
                    out.patch(*place, patch.at, &patch.bytes)?;
                }
                return Ok(Ok((*converted, bytes)));
            }
            Ok(Message::Done(Err(stop))) => return Ok(Err(stop)),
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
