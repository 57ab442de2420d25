//! Which addresses belong to maps: a fixed row of atomic numbers, which a handler of signals can read.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

/// No page is missing.
const WHOLE: usize = usize::MAX;

/// As many slots as maps can be there at a time.
#[derive(Debug)]
pub(super) struct Registry<const N: usize>([Slot; N]);

/// The place of one map.
#[derive(Debug)]
pub(super) struct Slot {
    is_taken: AtomicBool,
    /// Of the map; 0 while there is none. Written last and cleared first.
    start: AtomicUsize,
    /// Behind its last page.
    end: AtomicUsize,
    /// Faults so far.
    tears: AtomicU32,
    /// The smallest offset of a missing page.
    torn_at: AtomicUsize,
}

impl<const N: usize> Registry<N> {
    pub(super) const fn new() -> Self {
        Self([const { Slot::new() }; N])
    }

    /// Takes a slot for the addresses of a map; `None` if all are taken.
    pub(super) fn register(&self, addresses: Range<usize>) -> Option<&Slot> {
        let slot = self.0.iter().find(|slot| !slot.is_taken.swap(true, Ordering::AcqRel))?;
        // Not relaxed: whoever sees this end must not see the start of the map before it.
        slot.end.store(addresses.end, Ordering::Release);
        slot.tears.store(0, Ordering::Relaxed);
        slot.torn_at.store(WHOLE, Ordering::Relaxed);
        slot.start.store(addresses.start, Ordering::Release);
        Some(slot)
    }

    /// The slot of the map that an address lies in.
    ///
    /// Whoever asks reads from the map at this very address, so it stays where it is. Another slot may meanwhile be
    /// given from one map to the next, and show the start of the one with the end of the other: therefore the start
    /// is read again.
    pub(super) fn find(&self, address: usize) -> Option<&Slot> {
        self.0.iter().find(|slot| {
            let start = slot.start.load(Ordering::Acquire);
            let end = slot.end.load(Ordering::Acquire);
            start != 0
                && (start..end).contains(&address)
                && slot.start.load(Ordering::Acquire) == start
        })
    }
}

impl Slot {
    const fn new() -> Self {
        Self {
            is_taken: AtomicBool::new(false),
            start: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
            tears: AtomicU32::new(0),
            torn_at: AtomicUsize::new(WHOLE),
        }
    }

    /// Gives it back. The map must still be there.
    pub(super) fn release(&self) {
        self.start.store(0, Ordering::Release);
        self.is_taken.store(false, Ordering::Release);
    }

    /// Notes that the page at this address is missing, and returns how many faults there were before.
    pub(super) fn tear(&self, page: usize) -> u32 {
        let offset = page - self.start.load(Ordering::Acquire);
        self.torn_at.fetch_min(offset, Ordering::AcqRel);
        self.tears.fetch_add(1, Ordering::AcqRel)
    }

    /// The address behind the last page.
    pub(super) fn end(&self) -> usize {
        self.end.load(Ordering::Acquire)
    }

    /// The smallest offset of a missing page.
    pub(super) fn torn_at(&self) -> Option<usize> {
        Some(self.torn_at.load(Ordering::Acquire)).filter(|&offset| offset != WHOLE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_in_its_map_and_nowhere_else() {
        let registry = Registry::<3>::new();
        let first = registry.register(0x1000..0x3000).unwrap();
        registry.register(0x8000..0x9000).unwrap();
        for (address, is_found) in [
            (0, false),
            (0xfff, false),
            (0x1000, true),
            (0x2fff, true),
            (0x3000, false),
            (0x8800, true),
            (usize::MAX, false),
        ] {
            assert_eq!(registry.find(address).is_some(), is_found, "{address:x}");
        }
        first.release();
        assert!(registry.find(0x1000).is_none());
    }

    #[test]
    fn a_slot_that_was_given_back_is_taken_again_and_knows_nothing_of_the_map_before() {
        let registry = Registry::<1>::new();
        let slot = registry.register(0x1000..0x9000).unwrap();
        assert!(registry.register(0x9000..0xa000).is_none());
        assert_eq!((slot.torn_at(), slot.tear(0x3000), slot.tear(0x2000)), (None, 0, 1));
        assert_eq!(slot.torn_at(), Some(0x1000));
        slot.release();
        let slot = registry.register(0x9000..0xa000).unwrap();
        assert_eq!((slot.torn_at(), slot.end(), slot.tear(0x9000)), (None, 0xa000, 0));
    }
}
