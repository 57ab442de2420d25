//! The table of `docs/startup.md`: what was seen, the servers that do the same in one row.

use aof_log::forecast::{Change, Changed, Outcome, Start};

use super::Tried;

pub(crate) const HEAD: &str = "\
| situation | servers | first start | second start |
|---|---|---|---|
";

/// The rows, situation by situation.
pub(crate) fn lines(tried: &[Tried]) -> Vec<String> {
    let mut names: Vec<&str> = Vec::new();
    for one in tried {
        if !names.contains(&&*one.name) {
            names.push(&one.name);
        }
    }
    names.into_iter().flat_map(|name| rows(name, tried)).collect()
}

fn rows(name: &str, tried: &[Tried]) -> Vec<String> {
    let mut groups: Vec<(String, Vec<&'static str>)> = Vec::new();
    for one in tried.iter().filter(|one| one.name == name) {
        let cells: Vec<String> = one.told.starts.iter().map(cell).collect();
        let cells =
            if cells.is_empty() { "unknown | unknown".to_owned() } else { cells.join(" | ") };
        match groups.iter_mut().find(|(known, _)| *known == cells) {
            Some((_, servers)) => servers.push(one.kind.name()),
            None => groups.push((cells, vec![one.kind.name()])),
        }
    }
    let count = groups.len();
    let row = |(cells, servers): (String, Vec<&str>)| {
        let servers = if count == 1 { "all".to_owned() } else { servers.join(", ") };
        format!("| {name} | {servers} | {cells} |")
    };
    groups.into_iter().map(row).collect()
}

fn cell(start: &Start) -> String {
    let outcome = match start.outcome {
        Outcome::LoadsEverything => "loads everything",
        Outcome::Truncates => "truncates",
        Outcome::LoadsPart => "**loads part**",
        Outcome::StartsEmpty => "**starts empty**",
        Outcome::Refuses => "refuses",
        Outcome::Crashes => "crashes",
    };
    let lost = (start.lost.commands.max > 0 || start.lost.keys > 0).then(|| {
        let (commands, keys) = (start.lost.commands.max, start.lost.keys);
        format!("leaves out {commands} records, {keys} keys")
    });
    let changes = start.changes.iter().map(changed);
    let words: Vec<String> = [outcome.to_owned()].into_iter().chain(lost).chain(changes).collect();
    words.join("; ")
}

fn changed(change: &Change) -> String {
    let name = String::from_utf8_lossy(&change.name);
    let name = name.strip_prefix("appendonly.aof.").unwrap_or(&name);
    match change.what {
        Changed::Created => format!("`{name}` created"),
        Changed::CutTo(_) => format!("`{name}` cut"),
        Changed::Replaced => format!("`{name}` replaced"),
        Changed::MovedIntoSet => format!("`{name}` moved"),
        Changed::Deleted => format!("`{name}` deleted"),
    }
}
