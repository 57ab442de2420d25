//! Walks through a configuration and the files that it includes, as a starting server does.

use std::io;
use std::path::{Path, PathBuf};

use aof_log::forecast::Conf;

use super::directive::Next;
use super::rename::Names;
use super::source::{self, Line, Place};
use super::users::Users;
use super::value::Value;
use super::{Start, Warning, line};
use crate::escape;
use crate::failure::Failure;

/// How deep files may include each other. A server has no limit, and crashes where a file includes itself.
const DEEPEST: usize = 16;

/// How many files are read.
const MOST: usize = 1000;

/// What was read so far.
pub(super) struct Reader {
    pub(super) conf: Conf,
    /// Where the server would be in the file system: `None` as long as no `dir` was read.
    pub(super) folder: Option<PathBuf>,
    /// What the first relative path was taken from.
    pub(super) start: Option<Start>,
    pub(super) warnings: Vec<Warning>,
    pub(super) sources: Vec<PathBuf>,
    pub(super) users: Users,
    pub(super) names: Names,
    pub(super) replica_of: Option<(String, Place)>,
    pub(super) acl_file: Option<(PathBuf, Place)>,
    pub(super) nodes_file: (PathBuf, Place),
    pub(super) saves_said: bool,
    /// The line that is being read.
    pub(super) place: Place,
    /// The name of its directive, or nothing.
    name: String,
    /// The folder that the server is taken to be started in; empty for the current one.
    current: PathBuf,
    /// The folder of the configuration itself.
    home: PathBuf,
}

impl Reader {
    pub(super) fn new(path: &Path, current: &Path) -> Self {
        let place = Place { file: path.to_owned(), line: 0 };
        Self {
            conf: Conf::default(),
            folder: None,
            start: None,
            warnings: Vec::new(),
            sources: Vec::new(),
            users: Users::default(),
            names: Names::default(),
            replica_of: None,
            acl_file: None,
            nodes_file: (PathBuf::from("nodes.conf"), place.clone()),
            saves_said: false,
            place,
            name: String::new(),
            current: current.to_owned(),
            home: path.parent().map(Path::to_owned).unwrap_or_default(),
        }
    }

    /// Reads these files as one, and what they include.
    pub(super) fn read(&mut self, paths: &[PathBuf], depth: usize) -> Result<(), Failure> {
        if self.sources.len() + paths.len() > MOST {
            return Err(self.too_much(&format!("more than {MOST} files are included")));
        }
        let lines = source::lines(paths).map_err(|error| self.unreadable(paths, &error))?;
        self.sources.extend_from_slice(paths);
        for line in lines {
            match self.read_line(&line) {
                Next::Go => {}
                Next::Include(_) if depth >= DEEPEST => {
                    return Err(self.too_much(&format!("files include each other {depth} deep")));
                }
                Next::Include(name) => {
                    let paths = self.included(&name);
                    self.read(&paths, depth + 1)?;
                }
            }
        }
        Ok(())
    }

    fn read_line(&mut self, line: &Line) -> Next {
        self.place = line.place.clone();
        self.name.clear();
        let text = line::trim(&line.text);
        if text.is_empty() || text[0] == b'#' {
            return Next::Go;
        }
        let Some(words) = line::split(text) else {
            // The line is not shown: it may hold a password.
            self.refuse("a quotation mark is not closed");
            return Next::Go;
        };
        self.name = words.all.first().map(|name| escape::bytes(name)).unwrap_or_default();
        if words.glued {
            self.note("text follows a closing quotation mark: Valkey 9.1 alone starts with it");
        }
        let applied: Value<Next> = self.apply(&words.all);
        applied.unwrap_or_else(|reason| {
            self.refuse(&reason);
            Next::Go
        })
    }

    /// The files that `include` names.
    fn included(&mut self, name: &Path) -> Vec<PathBuf> {
        if source::is_pattern(name) {
            return source::matching(&self.resolve(name));
        }
        let path = self.resolve(name);
        if path.is_dir() {
            self.note("it names a folder, from which servers read nothing");
            return Vec::new();
        }
        vec![path]
    }

    /// `dir`: servers go there at once, so that it counts for every relative path behind it.
    pub(super) fn change_folder(&mut self, name: &Path) -> Value<()> {
        if name.as_os_str().is_empty() {
            return Err("the name is empty".to_owned());
        }
        let folder = self.resolve(name);
        if !folder.is_dir() {
            self.note(&format!(
                "{} is no folder here; where it is none, no server starts",
                escape::path(&folder)
            ));
        }
        self.folder = Some(folder);
        Ok(())
    }

    /// Where a path leads: from `dir` on if there was one, else from where the server is started. That is
    /// taken to be the current folder, and the folder of the configuration if nothing is there.
    fn resolve(&mut self, name: &Path) -> PathBuf {
        if name.is_absolute() {
            return name.to_owned();
        }
        if let Some(folder) = &self.folder {
            return folder.join(name);
        }
        let there = |path: &Path| match source::is_pattern(name) {
            true => !source::matching(path).is_empty(),
            false => path.exists(),
        };
        let (current, home) = (self.current.join(name), self.home.join(name));
        let start = *self.start.get_or_insert_with(|| {
            if !there(&current) && there(&home) { Start::HomeOfConf } else { Start::CurrentFolder }
        });
        match start {
            Start::HomeOfConf => home,
            Start::CurrentFolder => current,
        }
    }

    pub(super) fn name_acl_file(&mut self, name: &[u8]) {
        let named = (PathBuf::from(os(name)), self.place.clone());
        self.acl_file = Some(named).filter(|_| !name.is_empty());
    }

    pub(super) fn name_nodes_file(&mut self, name: &[u8]) {
        if name.is_empty() {
            self.note("the name is empty: no server starts as a node of a cluster with it");
        }
        self.nodes_file = (PathBuf::from(os(name)), self.place.clone());
    }

    /// What must hold of the whole configuration.
    pub(super) fn check_whole(&mut self) {
        if let Some((_, place)) = self.replica_of.clone().filter(|_| self.conf.cluster) {
            self.place = place;
            self.name = "replicaof".to_owned();
            self.refuse("it is not allowed together with cluster-enabled");
        }
        if let Some((_, place)) = self.acl_file.clone().filter(|_| self.users.any()) {
            self.place = place;
            self.name = "aclfile".to_owned();
            self.refuse("it is not allowed together with lines of `user`");
        }
    }

    /// The line is taken, and something about it should be known.
    pub(super) fn note(&mut self, message: &str) {
        self.warn(message, false);
    }

    /// No server starts with the line.
    fn refuse(&mut self, reason: &str) {
        self.warn(reason, true);
    }

    fn warn(&mut self, message: &str, refused: bool) {
        let message = match self.name.as_str() {
            "" => message.to_owned(),
            name => format!("{name}: {message}"),
        };
        self.warnings.push(Warning { place: self.place.clone(), message, refused });
    }

    fn unreadable(&self, paths: &[PathBuf], error: &io::Error) -> Failure {
        let shown: Vec<String> = paths.iter().map(|path| escape::path(path)).collect();
        let message = format!("cannot read the configuration {}: {error}", shown.join(", "));
        let failure = Failure::operational(message);
        if self.place.line == 0 {
            return failure.hint("name the file that the server is started with");
        }
        let (file, line) = (escape::path(&self.place.file), self.place.line);
        failure.hint(format!(
            "line {line} of {file} includes it; a server takes the path from the folder that it is in"
        ))
    }

    fn too_much(&self, what: &str) -> Failure {
        let (file, line) = (escape::path(&self.place.file), self.place.line);
        Failure::operational(format!("{what}, at line {line} of {file}"))
            .hint("a server would crash where a file includes itself")
    }
}

fn os(name: &[u8]) -> &std::ffi::OsStr {
    std::os::unix::ffi::OsStrExt::from_bytes(name)
}
