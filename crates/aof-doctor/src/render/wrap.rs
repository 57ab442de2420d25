//! Sentences broken into lines.

use unicode_width::UnicodeWidthStr;

/// Columns of the label and the space before and behind it.
const LABEL: usize = 10;

/// A label and a text beside it, in lines of at most `width` columns. Words are not broken.
pub(super) fn labelled(label: &str, text: &str, width: usize) -> String {
    let mut lines = String::new();
    for (number, line) in lines_of(text, width.saturating_sub(LABEL)).iter().enumerate() {
        let style = crate::ui::LABEL;
        let label = if number == 0 { label } else { "" };
        lines.push_str(&format!("  {style}{label:<8}{style:#}{line}\n"));
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
    fn words_are_never_broken_and_lines_never_too_long() {
        assert_eq!(lines_of("one two three", 7), ["one two", "three"]);
        assert_eq!(lines_of("incomprehensibilities are", 5), ["incomprehensibilities", "are"]);
        assert_eq!(lines_of("日本 日本", 5), ["日本", "日本"]);
    }
}
