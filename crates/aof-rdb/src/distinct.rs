//! Whether all of many hashes differ.

/// For more than so many no table is made, which needs two to four times the memory of the hashes.
const MANY: usize = 1 << 18;

/// What stands at a place that is not taken.
const FREE: u64 = 0;

/// Whether two of `hashes` are equal, none of which are left. `table` is room that is used again.
pub(crate) fn are_some_equal(hashes: &mut [u64], table: &mut Vec<u64>) -> bool {
    let (mut left, mut turn) = (hashes, 0);
    while (2..=MANY).contains(&left.len()) {
        let Some(displaced) = displace(left, turn, table) else { return true };
        if displaced > left.len() / 2 {
            // They want the same places: somebody made them so.
            left = &mut left[..displaced];
            break;
        }
        left = &mut left[..displaced];
        turn += 1;
    }
    left.sort_unstable();
    left.windows(2).any(|pair| pair[0] == pair[1])
}

/// Gives every hash a place in a table, from which it displaces one that came before. Those are put to the front, and
/// how many they are is returned; `None` if two are equal, one of which was not displaced. There is no branch that
/// depends on a hash, as the processor would guess many wrong.
fn displace(hashes: &mut [u64], turn: u32, table: &mut Vec<u64>) -> Option<usize> {
    table.clear();
    table.resize((2 * hashes.len()).next_power_of_two(), FREE);
    let mask = table.len() - 1;
    // Those that wanted one place do not want one place again.
    let place = |hash: u64| hash.rotate_right(turn * 13) as usize & mask;
    let (mut displaced, mut are_some_equal) = (0, false);
    for at in 0..hashes.len() {
        // One that looks like a free place counts as its neighbour.
        let hash = hashes[at].max(FREE + 1);
        let held = std::mem::replace(&mut table[place(hash)], hash);
        are_some_equal |= held == hash;
        hashes[displaced] = held;
        displaced += usize::from(held != FREE);
    }
    are_some_equal |= hashes[..displaced].iter().any(|&hash| table[place(hash)] == hash);
    (!are_some_equal).then_some(displaced)
}

#[cfg(test)]
mod tests {
    use aof_testkit::Rng;

    use super::*;

    #[test]
    fn equal_ones_are_found_however_many_there_are() {
        let (mut rng, mut table) = (Rng::new(7), Vec::new());
        for len in (0..100).chain([1000, 4096, 10_000, 300_000]) {
            let mut hashes: Vec<u64> = (0..len).map(|_| rng.word()).collect();
            assert!(!are_some_equal(&mut hashes, &mut table), "{len}");
            if len >= 2 {
                let from = rng.below(len - 1) as usize;
                hashes[len as usize - 1] = hashes[from];
                assert!(are_some_equal(&mut hashes, &mut table), "{len}, {from}");
            }
        }
    }

    #[test]
    fn hashes_that_want_the_same_place_are_no_trouble() {
        let mut hashes: Vec<u64> = (0..1000).map(|upper| upper << 40).collect();
        assert!(!are_some_equal(&mut hashes, &mut Vec::new()));
        hashes.push(77 << 40);
        assert!(are_some_equal(&mut hashes, &mut Vec::new()));
    }
}
