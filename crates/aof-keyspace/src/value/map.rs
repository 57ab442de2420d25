//! Names, each with bytes beside it: few of them packed one behind the other, many in a table.

use super::{show_all, show_end};
use crate::item::{self, Exact, Items};
use crate::space::Space;
use crate::table::{Dict, hash};
use crate::text::is_same;

/// So many names are packed, unless they and what is beside them need more bytes than this.
const MANY: u32 = 64;
const LARGE: usize = 4096;

/// So many packed bytes are brought into the cache before they are looked through; more the processor foresees.
const AHEAD: usize = 128;

/// Names, each with bytes beside it.
#[derive(Debug, Clone)]
pub(super) struct Map<'i>(Form<'i>);

#[derive(Debug, Clone)]
enum Form<'i> {
    Small(Pack<'i>),
    Large(Box<Dict<'i>>),
}

/// By turns a name and what is beside it.
#[derive(Debug, Clone)]
struct Pack<'i> {
    space: Space<'i>,
    bytes: Vec<u8>,
    names: u32,
    marks: Marks,
}

/// One of 64 bits for each name that is or was there: most commands on small values add names, and are told without
/// a look at the others that they are new.
#[derive(Debug, Clone, Copy, Default)]
struct Marks(u64);

impl Marks {
    const fn bit(hash: u64) -> u64 {
        1 << (hash % 64)
    }

    fn add(&mut self, name: &[u8]) {
        self.0 |= Self::bit(hash(name));
    }

    /// Whether the name may be there.
    fn allow(self, name: &[u8]) -> bool {
        self.0 & Self::bit(hash(name)) != 0
    }
}

/// Where a name is packed, and where what is beside it.
struct Place {
    at: usize,
    beside: usize,
    end: usize,
}

impl<'i> Map<'i> {
    /// Nothing yet; what will be beside names may point into `space`.
    pub(super) const fn new(space: Space<'i>) -> Self {
        Self(Form::Small(Pack { space, bytes: Vec::new(), names: 0, marks: Marks(0) }))
    }

    pub(super) const fn len(&self) -> usize {
        match &self.0 {
            Form::Small(pack) => pack.names as usize,
            Form::Large(dict) => dict.len(),
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether looking all of it through is no trouble.
    pub(super) const fn is_small(&self) -> bool {
        matches!(self.0, Form::Small(_))
    }

    pub(super) fn get(&self, name: &[u8]) -> Option<&[u8]> {
        match &self.0 {
            Form::Small(pack) => pack.get(name),
            Form::Large(dict) => dict.get(name),
        }
    }

    pub(super) fn contains(&self, name: &[u8]) -> bool {
        self.get(name).is_some()
    }

    /// See [`super::Value::weight`].
    pub(super) const fn weight(&self) -> usize {
        match &self.0 {
            Form::Small(pack) => pack.bytes.len(),
            Form::Large(dict) => dict.weight(),
        }
    }

    /// See [`super::Value::ahead`].
    pub(super) fn ahead(&self, show: &mut impl FnMut(*const u8, usize)) {
        match &self.0 {
            Form::Small(pack) => {
                show(pack.bytes.as_ptr(), pack.bytes.len().min(AHEAD));
                show_end(&pack.bytes, show);
            }
            Form::Large(dict) => show_all(&**dict, show),
        }
    }

    /// Brings into the cache where names stand or will, if they are several: each of them alone would be waited for.
    pub(super) fn touch<'n>(&self, names: impl ExactSizeIterator<Item = &'n [u8]>) {
        if let Form::Large(dict) = &self.0
            && names.len() > 1
        {
            dict.touch(names);
        }
    }

    /// Puts bytes beside a name; whether the name is new.
    pub(super) fn insert(&mut self, name: &[u8], beside: &[u8]) -> bool {
        let is_new = match &mut self.0 {
            Form::Small(pack) => pack.insert(name, beside),
            Form::Large(dict) => return dict.insert(name, beside),
        };
        if let Form::Small(pack) = &self.0
            && (pack.names > MANY || pack.bytes.len() > LARGE)
        {
            self.0 = Form::Large(Box::new(pack.spread()));
        }
        is_new
    }

    /// Removes a name; whether it was there.
    pub(super) fn remove(&mut self, name: &[u8]) -> bool {
        match &mut self.0 {
            Form::Small(pack) => pack.remove(name),
            Form::Large(dict) => dict.remove(name),
        }
    }

    /// Names and what is beside them. The order depends on what was done to them alone.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> + Clone {
        let (pack, dict) = match &self.0 {
            Form::Small(pack) => (Some(pack.pairs()), None),
            Form::Large(dict) => (None, Some(dict.iter())),
        };
        let all = pack.into_iter().flatten().chain(dict.into_iter().flatten());
        Exact { all, left: self.len() }
    }
}

impl PartialEq for Map<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.iter().all(|(name, beside)| other.get(name) == Some(beside))
    }
}

impl<'i> Pack<'i> {
    fn items(&self) -> Items<'_> {
        Items { packed: &self.bytes, space: self.space }
    }

    fn pairs(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> + Clone {
        self.items().pairs(self.names as usize)
    }

    fn get(&self, name: &[u8]) -> Option<&[u8]> {
        if !self.marks.allow(name) {
            return None;
        }
        self.pairs().find(|(other, _)| is_same(other, name)).map(|(_, beside)| beside)
    }

    fn find(&self, name: &[u8]) -> Option<Place> {
        if !self.marks.allow(name) {
            return None;
        }
        let mut items = self.items();
        let at = |items: Items<'_>| self.bytes.len() - items.packed.len();
        loop {
            let start = at(items);
            let other = items.next()?;
            let beside = at(items);
            items.next();
            if is_same(other, name) {
                return Some(Place { at: start, beside, end: at(items) });
            }
        }
    }

    fn insert(&mut self, name: &[u8], beside: &[u8]) -> bool {
        if let Some(place) = self.find(name) {
            item::replace(&mut self.bytes, place.beside..place.end, beside, self.space);
            return false;
        }
        item::push_pair(&mut self.bytes, name, beside, self.space);
        self.names += 1;
        self.marks.add(name);
        true
    }

    fn remove(&mut self, name: &[u8]) -> bool {
        let Some(place) = self.find(name) else { return false };
        item::remove(&mut self.bytes, place.at..place.end);
        self.names -= 1;
        if self.names == 0 {
            self.marks = Marks::default();
        }
        true
    }

    /// The same in a table.
    fn spread(&self) -> Dict<'i> {
        let mut dict = Dict::new(self.space);
        for (name, beside) in self.pairs() {
            dict.insert(name, beside);
        }
        dict
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use aof_testkit::Rng;

    use super::*;
    use crate::space::Inputs;

    fn sorted<'m>(map: &'m Map<'_>) -> BTreeMap<&'m [u8], &'m [u8]> {
        map.iter().collect()
    }

    #[test]
    fn a_map_holds_what_was_put_in_last_whether_it_is_small_or_large() {
        let input: Vec<u8> = (0..=255).cycle().take(1000).collect();
        let inputs = Inputs::new(vec![&input[..]]);
        for names in [8, 60, 2000] {
            let (mut map, mut twin) = (Map::new(Space::new(&inputs)), BTreeMap::new());
            let mut rng = Rng::new(names);
            for _ in 0..5000 {
                let name = format!("name:{}", rng.below(names)).into_bytes();
                if rng.chance(30) {
                    assert_eq!(map.remove(&name), twin.remove(&name).is_some());
                } else {
                    let (at, length) = (rng.between(0, 500), rng.between(0, 100));
                    let beside = &input[at..at + length];
                    assert_eq!(map.insert(&name, beside), twin.insert(name, beside).is_none());
                }
            }
            let twin: BTreeMap<&[u8], &[u8]> =
                twin.iter().map(|(name, it)| (&name[..], *it)).collect();
            assert_eq!(sorted(&map), twin);
            assert_eq!((map.len(), map.iter().len()), (twin.len(), twin.len()));
            assert_eq!(map.is_small(), names < 64);
            assert!(twin.iter().all(|(name, beside)| map.get(name) == Some(*beside)));
        }
    }

    #[test]
    fn maps_are_equal_whatever_was_done_before() {
        let (mut one, mut other) = (Map::new(Space::default()), Map::new(Space::default()));
        for n in 0..100_u8 {
            one.insert(&[n], b"x");
            other.insert(&[99 - n], b"x");
        }
        assert_eq!(one, other);
        for n in 10..100 {
            one.remove(&[n]);
        }
        let mut small = Map::new(Space::default());
        for n in (0..10).rev() {
            small.insert(&[n], b"x");
        }
        assert_eq!(one, small);
        small.insert(&[3], b"y");
        assert_ne!(one, small);
    }
}
