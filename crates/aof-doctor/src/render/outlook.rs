//! What data will come to in a server, for people.

use std::time::Duration;

use crate::figures;
use crate::outlook::Outlook;

/// Labels, and what to say under them.
pub(crate) fn rows(outlook: &Outlook) -> Vec<(&'static str, String)> {
    vec![("Forecast", keys(outlook)), ("Loading", loading(outlook))]
}

/// `512.0 MiB as it is, in about 9.0 s; about 80.1 MiB as one RDB file, not compressed, in about 1.2 s`
fn loading(outlook: &Outlook) -> String {
    let Outlook { before, after, .. } = outlook;
    format!(
        "{} as it is, in {}; about {} as one RDB file, not compressed, in {}",
        figures::rough(before.bytes),
        time(before.time),
        figures::rough(after.bytes),
        time(after.time)
    )
}

fn time(time: Duration) -> String {
    let about = if time < Duration::from_millis(1) { "" } else { "about " };
    format!("{about}{}", figures::took(time))
}

/// `452,500 keys (string 203,200, list 40,707), 12 with an expiry; about 1.1 GiB in a Redis 7.0`
fn keys(outlook: &Outlook) -> String {
    let mut types: Vec<(&str, u64)> =
        outlook.types.iter().map(|(name, count)| (*name, *count)).collect();
    types.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let each = types.iter().map(|(name, count)| format!("{name} {}", figures::count(*count)));
    let mut text = figures::of(outlook.keys, "key");
    if !types.is_empty() {
        text.push_str(&format!(" ({})", each.collect::<Vec<_>>().join(", ")));
    }
    if outlook.expiring > 0 {
        text.push_str(&format!(", {} with an expiry", figures::count(outlook.expiring)));
    }
    text.push_str(&format!("; about {} in a Redis 7.0", figures::rough(outlook.memory)));
    text
}
