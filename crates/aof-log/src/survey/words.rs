//! Names, numbers and lists in the sentences of a survey.

/// A name, safe to print.
pub(super) fn shown(name: &[u8]) -> String {
    name.escape_ascii().to_string()
}

/// A number with its noun.
pub(super) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// The first of several things by name, and how many more there are.
pub(super) fn list(items: &[String]) -> String {
    /// As many as one can read in a sentence.
    const MOST: usize = 4;
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] if items.len() <= MOST => format!("{} and {last}", most.join(", ")),
        _ => format!("{} and {} more", items[..MOST - 1].join(", "), items.len() - (MOST - 1)),
    }
}
