//! Whether files that are put together in the place of a manifest lack something that nobody can measure.

use aof_log::manifest::{EntryRole, Manifest};
use aof_log::names::Named;
use aof_log::survey::{Chain, Origin, Role};

use super::View;

/// Whether something may be missing: before the first increment, between two of them, or what the manifest names.
pub(super) fn lacks_something(view: &View<'_>, chain: &Chain) -> bool {
    let named = view.inventory.manifest.as_ref().map(|(_, read)| &read.manifest);
    let has_base = chain.links.first().is_some_and(|link| link.role != Role::Incr);
    let is_temporary = chain.origin == Origin::Temp;
    !has_base || is_temporary || has_gap(view, chain) || lacks_named(view, chain, named)
}

/// The numbers of its increments, in the order of loading.
fn numbers(view: &View<'_>, chain: &Chain) -> Vec<i64> {
    let incrs = chain.links.iter().filter(|link| link.role == Role::Incr);
    let number = |file: usize| match Named::of(&view.inventory.files[file].name) {
        Named::Incr { seq, .. } => Some(seq),
        _ => None,
    };
    incrs.filter_map(|link| number(link.file)).collect()
}

fn has_gap(view: &View<'_>, chain: &Chain) -> bool {
    numbers(view, chain).windows(2).any(|pair| pair[0].checked_add(1) != Some(pair[1]))
}

/// Whether data that the manifest names are not used, unless they are used under another name: an older base needs the
/// increments that the later one superseded.
fn lacks_named(view: &View<'_>, chain: &Chain, named: Option<&Manifest>) -> bool {
    let Some(named) = named else { return false };
    let is_used =
        |name: &[u8]| chain.links.iter().any(|link| view.inventory.files[link.file].name == name);
    let lacks_incr = named.incrs().any(|entry| !is_used(&entry.file));
    let uses_base = named.base().is_none_or(|base| is_used(&base.file));
    if uses_base || lacks_incr {
        return lacks_incr;
    }
    // The base is another one: what was logged before the named one began must be there, back to that other one.
    let history = named.entries.iter().filter(|entry| entry.role == EntryRole::History);
    let is_incr = |file: &[u8]| matches!(Named::of(file), Named::Incr { .. });
    let mut superseded = history.filter(|entry| is_incr(&entry.file)).peekable();
    let first = chain.links.first().map(|link| view.inventory.files[link.file].name.as_slice());
    let is_history = named
        .entries
        .iter()
        .any(|entry| entry.role == EntryRole::History && Some(entry.file.as_slice()) == first);
    let has_all = superseded.peek().is_some() && superseded.all(|entry| is_used(&entry.file));
    !(is_history && has_all)
}
