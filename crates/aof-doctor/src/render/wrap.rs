//! Sentences broken into lines.

use unicode_width::UnicodeWidthStr;

/// Columns of the label and the space before and behind it.
const LABEL: usize = 10;

/// A label and a text beside it, in lines of at most `width` columns. Words are not broken. A label that is too long for
/// its column still stands apart from the text.
pub(super) fn labelled(label: &str, text: &str, width: usize) -> String {
    let mut lines = String::new();
    for (number, line) in lines_of(text, width.saturating_sub(LABEL)).iter().enumerate() {
        let style = crate::ui::LABEL;
        let label = if number == 0 { label } else { "" };
        let gap = if label.len() < LABEL - 2 { "" } else { "  " };
        lines.push_str(&format!("  {style}{label:<8}{style:#}{gap}{line}\n"));
    }
    lines
}

/// The lines of a text, each at most `width` columns unless one word is wider.
pub(super) fn lines_of(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_label_stands_apart_from_its_text() {
        let plain = |label| anstream::adapter::strip_str(&labelled(label, "two", 80)).to_string();
        assert_eq!(plain("Why"), "  Why     two\n");
        assert_eq!(plain("--salvage"), "  --salvage  two\n");
    }

    #[test]
    fn words_are_never_broken_and_lines_never_too_long() {
        assert_eq!(lines_of("one two three", 7), ["one two", "three"]);
        assert_eq!(lines_of("incomprehensibilities are", 5), ["incomprehensibilities", "are"]);
        assert_eq!(lines_of("日本 日本", 5), ["日本", "日本"]);
    }
}
