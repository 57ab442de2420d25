//! A table against a map.

use std::collections::BTreeMap;

use super::piece::Kind;
use super::*;

fn value(table: &Table, key: &[u8]) -> Option<(u64, Option<i64>)> {
    let slot = table.slot(table.find(key, hash(key))?);
    assert_eq!(table.name(slot), key);
    Some((slot.value, table.expiry(slot)))
}

fn put(table: &mut Table, key: &[u8], number: u64, expiry: Option<i64>) {
    let place = table.find(key, hash(key));
    let place = place.unwrap_or_else(|| table.add(key, hash(key), None));
    table.set_expiry(place, expiry);
    table.slot_mut(place).set(Kind::Int, number);
}

#[test]
fn a_table_holds_what_a_map_holds_whatever_was_added_and_removed() {
    let (mut table, mut map) = (Table::default(), BTreeMap::new());
    let mut random = 1_u64;
    for step in 0..200_000_u64 {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let key = (random >> 33) % 5000;
        let key = if key < 100 { vec![b'k'; key as usize] } else { key.to_string().into_bytes() };
        match random >> 60 {
            0..5 => {
                let place = table.find(&key, hash(&key));
                assert_eq!(place.is_some(), map.remove(&key).is_some());
                place.into_iter().for_each(|place| table.remove(place));
            }
            kind => {
                let expiry = (kind > 10).then_some(step as i64);
                put(&mut table, &key, step, expiry);
                map.insert(key, (step, expiry));
            }
        }
        if table.arena.is_wasteful() {
            table.compact();
        }
    }
    assert_eq!(table.len(), map.len());
    assert!(map.iter().all(|(key, held)| value(&table, key) == Some(*held)));
    let slots = (0..PIECES).flat_map(|piece| table.slots(piece));
    let all: BTreeMap<Vec<u8>, u64> =
        slots.map(|slot| (table.name(slot).to_vec(), slot.value)).collect();
    assert!(all.into_iter().eq(map.into_iter().map(|(key, (number, _))| (key, number))));
}

#[test]
fn names_that_were_chosen_to_collide_are_found_in_a_few_steps() {
    // All of them are at home in the first slot of one piece, up to a size of a thousand.
    let is_chosen = |name: &Vec<u8>| hash(name) >> 36 & 63 == 0 && hash(name) >> 13 & 0x3ff == 0;
    let names = (0_u64..).map(|n| n.to_le_bytes().to_vec()).filter(is_chosen);
    let names: Vec<Vec<u8>> = names.take(80).collect();
    let mut table = Table::default();
    names.iter().zip(0..).for_each(|(name, number)| put(&mut table, name, number, None));
    assert!(names.iter().zip(0..).all(|(name, n)| value(&table, name) == Some((n, None))));
}
