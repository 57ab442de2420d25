//! Memory that is read in no order, many places at once: the processor waits for all of them together, and for what is
//! looked at afterwards not at all.

use std::hint::black_box;

/// So many places are read at once: about as many as a processor waits for together.
const TOGETHER: usize = 32;

/// Reads these bytes for no other reason than that they are in the cache afterwards.
pub(crate) fn touch(bytes: impl Iterator<Item = u8>) {
    black_box(bytes.fold(0, |seen, byte| seen ^ byte));
}

/// All of a row, for some of which at a time `byte` reads what they lead to before they come.
pub(crate) fn touched<T>(
    all: &[T],
    byte: impl Fn(&T) -> u8 + Clone,
) -> impl Iterator<Item = &T> + Clone {
    all.chunks(TOGETHER).flat_map(move |some| {
        touch(some.iter().map(&byte));
        some
    })
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn all_of_a_row_comes_in_order_and_what_it_leads_to_is_read_before() {
        for length in [0, 1, TOGETHER, 3 * TOGETHER + 5] {
            let (row, read) = ((0..length).collect::<Vec<usize>>(), RefCell::new(0));
            let byte = |at: &usize| {
                *read.borrow_mut() = at + 1;
                0
            };
            for (expected, at) in touched(&row, byte).enumerate() {
                let together = (at / TOGETHER + 1) * TOGETHER;
                assert_eq!((*at, *read.borrow()), (expected, together.min(length)));
            }
            assert_eq!(*read.borrow(), length);
        }
    }
}
