//! A command to type, as a line for people and as words for programs.

use std::path::Path;

use crate::shell;

/// A command that can be typed, or run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    /// As it is typed into a shell, safe to print.
    pub(crate) line: String,
    /// Program and arguments; `None` where a path in it is no text.
    pub(crate) argv: Option<Vec<String>>,
}

impl Command {
    /// A program and its arguments, none of which needs quoting.
    pub(crate) fn program(words: &[&str]) -> Self {
        let argv = words.iter().map(|&word| word.to_owned()).collect();
        Self { line: words.join(" "), argv: Some(argv) }
    }

    /// A line that only a shell understands.
    pub(crate) fn shell(line: String) -> Self {
        let argv = ["sh", "-c", &line].map(str::to_owned).to_vec();
        Self { line, argv: Some(argv) }
    }

    /// A line with `{}` for the path of a file.
    pub(crate) fn on_file(line: &str, path: &Path) -> Self {
        Self::on_files(line, &[path])
    }

    /// A line with `{}` for each of these paths.
    pub(crate) fn on_files(line: &str, paths: &[&Path]) -> Self {
        let mut pieces = line.split("{}");
        let mut typed = pieces.next().unwrap_or_default().to_owned();
        for (piece, path) in pieces.zip(paths) {
            typed.push_str(&shell::quoted(path));
            typed.push_str(piece);
        }
        let argv = words(line, paths);
        Self { line: typed, argv }
    }
}

/// The words of a line; a shell's words where it needs a shell.
fn words(line: &str, paths: &[&Path]) -> Option<Vec<String>> {
    let mut texts = Vec::with_capacity(paths.len());
    for path in paths {
        texts.push(shell::unmistakable(path.as_os_str()).into_string().ok()?);
    }
    if line.contains(['|', '>', '\'', '"']) {
        let quoted = texts.iter().map(|text| format!("'{}'", text.replace('\'', r"'\''")));
        let line = quoted.fold(line.to_owned(), |line, path| line.replacen("{}", &path, 1));
        return Command::shell(line).argv;
    }
    let mut texts = texts.into_iter();
    line.split(' ')
        .map(|word| if word == "{}" { texts.next() } else { Some(word.to_owned()) })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn a_line_without_a_shells_signs_is_run_without_a_shell() {
        let command = Command::on_file("aof-doctor check {}", Path::new("it's"));
        assert_eq!(command.line, r"aof-doctor check 'it'\''s'");
        assert_eq!(command.argv.expect("the paths are text"), ["aof-doctor", "check", "it's"]);
    }

    #[test]
    fn a_line_with_a_pipe_is_run_by_a_shell() {
        let command = Command::on_files("head -c 5 {} > {}", &[Path::new("a b"), Path::new("-c")]);
        assert_eq!(command.line, "head -c 5 'a b' > './-c'");
        assert_eq!(
            command.argv.expect("the paths are text"),
            ["sh", "-c", "head -c 5 'a b' > './-c'"]
        );
    }

    #[test]
    fn a_path_that_is_no_text_has_a_line_and_no_words() {
        let path = Path::new(std::ffi::OsStr::from_bytes(b"a\xff"));
        let command = Command::on_file("aof-doctor check {}", path);
        assert_eq!(command.line, r"aof-doctor check $'a\377'");
        assert_eq!(command.argv, None);
    }
}
