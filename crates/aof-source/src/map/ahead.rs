//! Memory that will be read soon.

/// Bytes that come into the cache together.
const LINE: usize = 64;

/// Has the processor bring these bytes into its cache while it goes on. Whatever the address, nothing else happens: it
/// may be one that nothing is at.
#[inline]
pub fn prefetch(at: *const u8, bytes: usize) {
    let misaligned = at.addr() % LINE;
    for line in 0..(misaligned + bytes).div_ceil(LINE) {
        prefetch_line(at.wrapping_add(line * LINE));
    }
}

#[cfg(target_arch = "x86_64")]
#[inline]
fn prefetch_line(at: *const u8) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: the instruction is a hint, and does nothing where the address is none that can be read.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) };
}

#[cfg(target_arch = "aarch64")]
#[inline]
fn prefetch_line(at: *const u8) {
    // SAFETY: as above; it reads and writes nothing that the program can see.
    unsafe {
        std::arch::asm!("prfm pldl1keep, [{}]", in(reg) at, options(nostack, preserves_flags, readonly));
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
#[inline]
fn prefetch_line(_: *const u8) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_address_may_be_asked_for() {
        let bytes = vec![1; 1000];
        prefetch(bytes.as_ptr(), bytes.len());
        prefetch(std::ptr::null(), 1);
        prefetch(std::ptr::without_provenance(usize::MAX - 200), 100);
        assert_eq!(bytes, vec![1; 1000]);
    }
}
