//! Whether all of many hashes differ.

/// Up to so many are compared each with each.
const FEW: usize = 12;

/// For more than so many no table is made, which needs two to four times the memory of the hashes.
const MANY: usize = 1 << 18;

/// Whether two of `hashes` are equal, the order of which may change. `table` is room that is used again.
pub(crate) fn are_some_equal(hashes: &mut [u64], table: &mut Vec<u64>) -> bool {
    if hashes.len() > MANY {
        hashes.sort_unstable();
        return hashes.windows(2).any(|pair| pair[0] == pair[1]);
    }
    if hashes.len() <= FEW {
        return (1..hashes.len()).any(|at| hashes[..at].contains(&hashes[at]));
    }
    // At most half of the places are taken, so the way to a free one is short.
    let places = (2 * hashes.len()).next_power_of_two();
    table.clear();
    table.resize(places, FREE);
    !hashes.iter().all(|&hash| insert(table, hash))
}

/// What stands at a place that is not taken.
const FREE: u64 = 0;

/// Whether there was no such hash. One that looks like a free place counts as its neighbour.
#[inline]
fn insert(table: &mut [u64], hash: u64) -> bool {
    let (hash, mask) = (hash.max(1), table.len() - 1);
    let mut place = hash as usize & mask;
    loop {
        match table[place] {
            FREE => break,
            held if held == hash => return false,
            _ => place = (place + 1) & mask,
        }
    }
    table[place] = hash;
    true
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
