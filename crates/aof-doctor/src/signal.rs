//! Signals that end the work.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use crate::exit::Exit;
use crate::ui;

/// Set once, when the first signal arrives.
static CANCELLED: AtomicBool = AtomicBool::new(false);

/// What is being done: 0 a check, 1 a repair, 2 a conversion into a file, 3 one into standard output, 4 what comes before
/// that, 5 a replay into a server.
static PHASE: AtomicU8 = AtomicU8::new(0);

/// How long the work has to end by itself. Longer only where a read hangs, on a pipe or a dead network disk.
const GRACE: Duration = Duration::from_secs(1);

/// A conversion removes what it has written so far, and may have to wait for a flush of it.
const GRACE_OF_WRITERS: Duration = Duration::from_secs(30);

/// From now on SIGINT, SIGTERM and SIGHUP ask the work to end. Where one of them is ignored, as under
/// `nohup`, all of them keep the meaning they have.
///
/// Nothing is ever half written by a check, so ending at once is safe if it does not end by itself. A repair may be ended
/// at any step: the next one ends what it began. A conversion is given time to take its temporary file away.
pub(crate) fn listen() {
    // Without a handler a signal ends the process the usual way.
    let _ = ctrlc::try_set_handler(|| {
        if !CANCELLED.swap(true, Ordering::Relaxed) {
            std::thread::sleep(match PHASE.load(Ordering::Relaxed) {
                2 | 5 => GRACE_OF_WRITERS,
                _ => GRACE,
            });
        }
        ui::last_words(match PHASE.load(Ordering::Relaxed) {
            2 => {
                "cancelled: nothing was put in place, but a temporary file may be left beside the output"
            }
            3 => "cancelled: what was written so far is not whole",
            4 => "cancelled: nothing was put in place",
            5 => "cancelled: a part was sent; the same command with --resume goes on with it",
            0 => "cancelled: the check did not come to its end, and nothing was changed",
            _ => {
                "cancelled while files were being repaired: run aof-doctor repair --apply, or undo, once more; it ends \
                  what was begun"
            }
        });
        std::process::exit(Exit::CANCELLED.code().into());
    });
}

/// From now on files are changed.
pub(crate) fn repairing() {
    PHASE.store(1, Ordering::Relaxed);
}

/// From now on what is to be converted is read, and nothing is written yet.
pub(crate) fn reading() {
    PHASE.store(4, Ordering::Relaxed);
}

/// From now on something new is written: a file, or standard output.
pub(crate) fn converting(is_file: bool) {
    PHASE.store(if is_file { 2 } else { 3 }, Ordering::Relaxed);
}

/// From now on a server is written to.
#[cfg(feature = "live")]
pub(crate) fn replaying() {
    PHASE.store(5, Ordering::Relaxed);
}

/// From now on files are only read.
pub(crate) fn checking() {
    PHASE.store(0, Ordering::Relaxed);
}

/// Whether the work should end.
pub(crate) fn is_cancelled() -> bool {
    CANCELLED.load(Ordering::Relaxed)
}
