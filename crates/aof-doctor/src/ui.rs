//! The one mouth: results to standard output, talk to standard error, both with or without colour.

use std::io::{self, BufRead, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

use crate::args::Color;
use crate::failure::Failure;

mod progress;

pub(crate) use progress::Progress;

/// What a failure, or a verdict of damage, looks like.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What needs attention.
pub(crate) const DOUBTFUL: Style = AnsiColor::Yellow.on_default().bold();
/// What is right.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// Headings and labels.
pub(crate) const LABEL: Style = Style::new().bold();
/// What matters least.
pub(crate) const FAINT: Style = Style::new().dimmed();

/// Columns where the terminal does not say, or there is none.
const WIDTH: usize = 100;
/// Fewer columns than this are no use, and more are hard to read.
const USABLE: std::ops::RangeInclusive<usize> = 40..=140;

/// Standard output and standard error, and what is known about them.
#[derive(Debug)]
pub(crate) struct Ui {
    color: ColorChoice,
    width: usize,
}

impl Ui {
    /// Looks at the terminal.
    pub(crate) fn new(color: Color) -> Self {
        let color = match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::AlwaysAnsi,
            Color::Never => ColorChoice::Never,
        };
        let columns = terminal_size::terminal_size_of(io::stdout());
        let width = columns.map_or(WIDTH, |(terminal_size::Width(columns), _)| columns.into());
        Self { color, width: width.clamp(*USABLE.start(), *USABLE.end()) }
    }

    /// Columns for a result.
    pub(crate) const fn width(&self) -> usize {
        self.width
    }

    /// Writes a result. Whoever closes the pipe early has seen enough: that is no failure.
    pub(crate) fn result(&mut self, text: &str) -> Result<(), Failure> {
        let mut out = AutoStream::new(io::stdout().lock(), self.color);
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::operational(format!("the result cannot be written: {error}")))
            }
            _ => Ok(()),
        }
    }

    /// Says what is going on, if somebody sits there to read it.
    pub(crate) fn status(&mut self, sentence: &str) {
        if io::stderr().is_terminal() {
            self.talk(&format!("{sentence}\n"));
        }
    }

    /// Says what the result rests on, or why it is what it is.
    pub(crate) fn say(&mut self, sentence: &str) {
        self.talk(&format!("{sentence}\n"));
    }

    /// Tells a result beside standard output, which is taken by something else.
    pub(crate) fn note(&mut self, text: &str) {
        self.talk(text);
    }

    /// Asks, and waits for a yes or a no. There must be a terminal.
    pub(crate) fn agrees(&mut self, question: &str) -> Result<bool, Failure> {
        self.say(&format!("{question} [y/N]"));
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        read.map_err(|error| Failure::operational(format!("no answer can be read: {error}")))?;
        Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }

    /// Says why the work could not be done.
    pub(crate) fn fail(&mut self, failure: &Failure) {
        let mut text = format!("{BAD}error:{BAD:#} {}\n", failure.message);
        for hint in &failure.hints {
            text.push_str(&format!("{LABEL}hint:{LABEL:#} {hint}\n"));
        }
        if let Some(next) = &failure.next {
            text.push_str(&format!("\n  {next}\n"));
        }
        self.talk(&text);
    }

    fn talk(&mut self, text: &str) {
        let mut err = AutoStream::new(io::stderr().lock(), self.color);
        // If standard error is closed there is nobody left to tell.
        let _ = err.write_all(text.as_bytes());
    }
}

/// Says why the process ends, from any thread.
pub(crate) fn last_words(sentence: &str) {
    // If standard error is closed there is nobody left to tell.
    let _ = writeln!(io::stderr(), "{sentence}");
}
