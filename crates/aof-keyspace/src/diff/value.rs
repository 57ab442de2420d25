//! Two values of one key.

use super::join::{Held as _, SHOWN, join};
use super::{Change, Comparison, Datum, Example, Place, What};
use crate::held::Held;
use crate::stream::{Group, Stream};
use crate::value::{Hash, Value};

/// What differs; nothing if they are the same.
pub(super) fn changes<'i>(
    first: &Held<'_, 'i>,
    second: &Held<'_, 'i>,
    how: &Comparison,
) -> Vec<Change> {
    let (here, there) = (first.value(), second.value());
    if first.expiry() == second.expiry() && here == there {
        return Vec::new();
    }
    let mut changes = match (&*here, &*there) {
        (here, there) if here.string().is_some() && there.string().is_some() => {
            let [here, there] = [here, there].map(|value| value.string().unwrap_or_default());
            text(here, there).into_iter().collect()
        }
        (Value::List(here), Value::List(there)) => {
            let [here, there] = [here, there].map(|list| list.iter().collect());
            elements(here, there).into_iter().collect()
        }
        (Value::Set(here), Value::Set(there)) => {
            let [here, there] =
                [here, there].map(|set| set.iter().map(|member| (member, ())).collect());
            join(What::Members, here, there, how).into_iter().collect()
        }
        (Value::SortedSet(here), Value::SortedSet(there)) => {
            let [here, there] = [here, there].map(|set| set.iter().collect());
            join(What::Scores, here, there, how).into_iter().collect()
        }
        (Value::Hash(here), Value::Hash(there)) => fields(here, there, how),
        (Value::Stream(here), Value::Stream(there)) => streams(here, there, how),
        (Value::Module(here), Value::Module(there)) => {
            text(&here.bytes, &there.bytes).into_iter().collect()
        }
        (here, there) => {
            let [here, there] = [here, there].map(|value| Datum::Type(value.kind().name()));
            one(What::Type, here, there).into_iter().collect()
        }
    };
    if !first.expiry().is_same(second.expiry(), how) {
        changes.extend(one(
            What::Expiry,
            Datum::Time(first.expiry()),
            Datum::Time(second.expiry()),
        ));
    }
    changes
}

/// Two texts from the first byte on that differs.
pub(super) fn text(here: &[u8], there: &[u8]) -> Option<Change> {
    if here == there {
        return None;
    }
    let at = here.iter().zip(there).take_while(|(here, there)| here == there).count();
    let rest = |text: &[u8]| Some(Datum::Bytes(text[at..].iter().take(SHOWN).copied().collect()));
    let place = Place::Offset(at as u64);
    let example = Some(Example { place, first: rest(here), second: rest(there) });
    let bytes = (here.len().max(there.len()) - at) as u64;
    Some(Change { differ: 1, bytes, example, ..Change::of(What::Text) })
}

/// Lists without what is the same at both ends.
fn elements(here: Vec<&[u8]>, there: Vec<&[u8]>) -> Option<Change> {
    let same = |(here, there): &(&&[u8], &&[u8])| here == there;
    let head = here.iter().zip(&there).take_while(same).count();
    let (here, there) = (&here[head..], &there[head..]);
    let tail = here.iter().rev().zip(there.iter().rev()).take_while(same).count();
    let (here, there) = (&here[..here.len() - tail], &there[..there.len() - tail]);
    let bytes = |list: &[&[u8]]| list.iter().map(|element| element.len() as u64).sum::<u64>();
    let shown = |list: &[&[u8]]| list.first().and_then(|element| element.datum());
    let (first, second) = (shown(here), shown(there));
    let change = Change {
        differ: here.len().min(there.len()) as u64,
        only_first: here.len().saturating_sub(there.len()) as u64,
        only_second: there.len().saturating_sub(here.len()) as u64,
        bytes: bytes(here).max(bytes(there)),
        example: Some(Example { place: Place::Index(head as u64), first, second }),
        ..Change::of(What::Elements)
    };
    change.is_any().then_some(change)
}

/// Fields and their values, and the expiries of those that both have.
fn fields(here: &Hash<'_>, there: &Hash<'_>, how: &Comparison) -> Vec<Change> {
    let [mine, theirs] =
        [here, there].map(|hash| hash.iter().map(|field| (field.name, field.value)).collect());
    let values = join(What::Fields, mine, theirs, how);
    let mut expiries = (Vec::new(), Vec::new());
    for field in here.iter().filter(|field| there.get(field.name).is_some()) {
        expiries.0.push((field.name, field.expiry));
        expiries.1.push((field.name, there.expiry(field.name)));
    }
    let expiries = join(What::FieldExpiries, expiries.0, expiries.1, how);
    values.into_iter().chain(expiries).collect()
}

fn streams(here: &Stream<'_>, there: &Stream<'_>, how: &Comparison) -> Vec<Change> {
    let [mine, theirs] = [here, there].map(|stream| stream.entries.iter().collect());
    let mut changes: Vec<Change> = join(What::Entries, mine, theirs, how).into_iter().collect();
    changes.extend(one(What::LastId, Datum::Id(here.last), Datum::Id(there.last)));
    if how.has_history {
        let [mine, theirs] = [here, there].map(|stream| Datum::Id(stream.max_deleted));
        changes.extend(one(What::MaxDeleted, mine, theirs));
        let [mine, theirs] = [here, there].map(|stream| Datum::Number(Some(stream.added)));
        changes.extend(one(What::Added, mine, theirs));
    }
    let [mine, theirs] =
        [here, there].map(|stream| stream.groups.keys().map(|name| (&name[..], ())).collect());
    changes.extend(join(What::Groups, mine, theirs, how));
    for (name, group) in &here.groups {
        let other = there.groups.get(name).into_iter();
        let found = other.flat_map(|other| groups(group, other, how));
        changes.extend(found.map(|change| Change { group: Some(name.clone()), ..change }));
    }
    changes
}

fn groups(here: &Group, there: &Group, how: &Comparison) -> Vec<Change> {
    let mut changes = Vec::new();
    changes.extend(one(What::Delivered, Datum::Id(here.last), Datum::Id(there.last)));
    if how.has_history {
        changes.extend(one(What::Read, Datum::Number(here.read), Datum::Number(there.read)));
    }
    let [mine, theirs] =
        [here, there].map(|group| group.pending.iter().map(|(id, it)| (*id, it)).collect());
    changes.extend(join(What::Pending, mine, theirs, how));
    let [mine, theirs] =
        [here, there].map(|group| group.consumers.keys().map(|name| (&name[..], ())).collect());
    changes.extend(join(What::Consumers, mine, theirs, how));
    changes
}

/// Something that there is one of.
fn one(what: What, here: Datum, there: Datum) -> Option<Change> {
    if here == there {
        return None;
    }
    let example = Example { place: Place::Whole, first: Some(here), second: Some(there) };
    Some(Change { differ: 1, bytes: 8, example: Some(example), ..Change::of(what) })
}
