//! The handler of SIGBUS: zeros under a fault inside of a map, and everything else to whoever had the signal before.

use std::io;
use std::ptr;
use std::sync::OnceLock;

use libc::{c_int, c_void, sigaction, siginfo_t};

use super::Unmapped;

mod registry;

use registry::{Registry, Slot};

/// How many files can be mapped at a time.
const MOST_MAPS: usize = 1024;

static MAPS: Registry<MOST_MAPS> = Registry::new();

/// Set before the handler is installed, for the handler can neither wait nor fail.
static BEFORE: OnceLock<Before> = OnceLock::new();

/// Whether the handler is installed, or the number of the error that kept it from being.
static INSTALLED: OnceLock<Result<(), i32>> = OnceLock::new();

/// What the handler must know.
struct Before {
    /// Whoever had the signal.
    action: sigaction,
    /// Bytes of a page.
    page: usize,
}

/// Installs the handler that lets [`Map`](super::Map) outlive a file that becomes shorter and a disk that fails.
/// The program calls it once, where it begins; more calls do nothing. Signals that have nothing to do with a map
/// go to the handler that was there before.
///
/// # Errors
/// What the system said. Nothing is mapped then.
pub fn guard_maps() -> io::Result<()> {
    let installed = INSTALLED.get_or_init(|| {
        install().map_err(|error| error.raw_os_error().expect("the system said it"))
    });
    installed.map_err(io::Error::from_raw_os_error)
}

fn install() -> io::Result<()> {
    // SAFETY: all zeros is a value of this plain struct: the default action, no flags, no signals blocked.
    let mut action: sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: without a new action, the call only writes the present one to where it is told.
    checked(unsafe { libc::sigaction(libc::SIGBUS, ptr::null(), &raw mut action) })?;
    // SAFETY: asks for a number.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    let page = usize::try_from(page).map_err(|_| io::Error::last_os_error())?;
    BEFORE.get_or_init(|| Before { action, page });
    let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = on_bus_error;
    action.sa_sigaction = handler as usize;
    // On the other stack, where a thread has one: the one before may need it.
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    // SAFETY: the handler has the shape that SA_SIGINFO asks for, and calls only what may be called in one.
    checked(unsafe { libc::sigaction(libc::SIGBUS, &raw const action, ptr::null_mut()) })
}

fn checked(returned: c_int) -> io::Result<()> {
    if returned == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// A map that the handler knows, for as long as this lives.
#[derive(Debug)]
pub(super) struct Watch(&'static Slot);

/// Tells the handler of a mapping.
pub(super) fn watch(bytes: &[u8]) -> Result<Watch, Unmapped> {
    let (Some(Ok(())), Some(before)) = (INSTALLED.get(), BEFORE.get()) else {
        return Err(Unmapped::Unguarded);
    };
    let start = bytes.as_ptr().addr();
    let end = start + bytes.len().next_multiple_of(before.page);
    MAPS.register(start..end).map(Watch).ok_or(Unmapped::TooMany)
}

impl Watch {
    /// Where in the map the first page lies that was missing, as far as that is known.
    pub(super) fn torn_at(&self) -> Option<usize> {
        self.0.torn_at()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// Runs inside of whatever was interrupted: no locks, no memory, no panics.
extern "C" fn on_bus_error(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    let Some(before) = BEFORE.get() else { return };
    // SAFETY: SA_SIGINFO promises a valid one.
    let (code, address) = unsafe { ((*info).si_code, (*info).si_addr().addr()) };
    // What a process sent has no address.
    let is_fault = code > 0;
    if !(is_fault && lay_zeros(address, before.page)) {
        hand_on(&before.action, is_fault, signal, info, context);
    }
}

/// Puts zeros under a fault, if it lies in a map. The first fault of a map takes one page, and each further one
/// twice as many: the kernel can hold only so many single pages, and the map is worth nothing any more.
fn lay_zeros(address: usize, page: usize) -> bool {
    let Some(slot) = MAPS.find(address) else { return false };
    let start = address & !(page - 1);
    let wanted = page.saturating_mul(1 << slot.tear(start).min(30));
    let len = wanted.min(slot.end() - start);
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
    // SAFETY: the range lies inside of a map that is alive, for the thread that was interrupted reads from it.
    // Nothing but bytes to be read is there, and any value of them is valid.
    let laid = unsafe {
        libc::mmap(ptr::without_provenance_mut(start), len, libc::PROT_READ, flags, -1, 0)
    };
    laid != libc::MAP_FAILED
}

/// Does what would have been done without us.
fn hand_on(
    before: &sigaction,
    is_fault: bool,
    signal: c_int,
    info: *mut siginfo_t,
    context: *mut c_void,
) {
    match before.sa_sigaction {
        libc::SIG_IGN if !is_fault => {}
        // The kernel does not let a fault be ignored.
        libc::SIG_DFL | libc::SIG_IGN => die(signal),
        handler if before.sa_flags & libc::SA_SIGINFO != 0 => {
            // SAFETY: whoever set this flag gave a handler of this shape.
            let handler = unsafe {
                std::mem::transmute::<usize, extern "C" fn(c_int, *mut siginfo_t, *mut c_void)>(
                    handler,
                )
            };
            handler(signal, info, context);
        }
        handler => {
            // SAFETY: without the flag, a handler has this shape.
            let handler = unsafe { std::mem::transmute::<usize, extern "C" fn(c_int)>(handler) };
            handler(signal);
        }
    }
}

/// Ends the process as the signal does by itself, once the handler has returned.
fn die(signal: c_int) {
    // SAFETY: all zeros is the default action; both calls are allowed in a handler.
    unsafe {
        let default: sigaction = std::mem::zeroed();
        libc::sigaction(signal, &raw const default, ptr::null_mut());
        libc::raise(signal);
    }
}
