//! The configuration of a server, read as the server reads it: what of it changes the next start.

mod directive;
mod line;
mod nodes;
mod reader;
mod rename;
mod source;
mod users;
mod value;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

use aof_log::forecast::Conf;
use aof_log::{Confidence, Finding, FindingId, Severity};

use crate::escape;
use crate::failure::Failure;
use reader::Reader;
use source::Place;
use users::{Effect, Users};

/// What a configuration says. No password is in it, and nothing that it shows holds one.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// What changes a start.
    pub(crate) conf: Conf,
    /// Where `dir` leads; `None` if it is not set: then the data lie where the server is started.
    pub(crate) folder: Option<PathBuf>,
    /// What relative paths were taken from; `None` if there was none.
    pub(crate) start: Option<Start>,
    /// What should be known about single lines.
    pub(crate) warnings: Vec<Warning>,
    /// The files that were read, in their order.
    pub(crate) sources: Vec<PathBuf>,
    users: Users,
    acl_file: Option<(PathBuf, Place)>,
    nodes_file: (PathBuf, Place),
}

/// What a path that is not absolute was taken from, before any `dir`.
///
/// Servers take it from the folder that they are started in, which no file tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// The folder that this program was started in, as a start script starts both.
    CurrentFolder,
    /// The folder of the configuration, because the current folder has no such file.
    HomeOfConf,
}

/// Something about one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Warning {
    place: Place,
    message: String,
    /// Whether none of the servers that were tried starts with this line.
    pub(crate) refused: bool,
}

/// Reads a configuration and everything that it includes.
///
/// What lies in the data folder is read later, by [`Settings::look_into`].
///
/// # Errors
/// A file cannot be read, or the files include each other without end.
pub(crate) fn read(path: &Path) -> Result<Settings, Failure> {
    read_for(path, Path::new(""))
}

/// The same for a server that is started in this folder.
fn read_for(path: &Path, current: &Path) -> Result<Settings, Failure> {
    let mut reader = Reader::new(path, current);
    reader.read(&[path.to_owned()], 0)?;
    reader.check_whole();
    let mut settings = Settings {
        conf: reader.conf,
        folder: reader.folder,
        start: reader.start,
        warnings: reader.warnings,
        sources: reader.sources,
        users: reader.users,
        acl_file: reader.acl_file,
        nodes_file: reader.nodes_file,
    };
    settings.conf.renamed = reader.names.renamed();
    settings.conf.replica_of = reader.replica_of.map(|(whom, place)| format!("{whom} ({place})"));
    settings.restrict();
    Ok(settings)
}

impl Settings {
    /// Reads what the configuration leaves to files in the data folder: the ACL file, and in a cluster the
    /// role of this node.
    pub(crate) fn look_into(&mut self, folder: &Path) {
        if let Some((name, place)) = self.acl_file.clone() {
            self.read_users(&folder.join(name), &place);
        }
        if self.conf.cluster {
            let (name, place) = self.nodes_file.clone();
            self.read_role(&folder.join(name), &place);
        }
    }

    fn read_users(&mut self, path: &Path, named: &Place) {
        let lines = match source::lines(&[path.to_owned()]) {
            Ok(lines) => lines,
            Err(error) => {
                let shown = escape::path(path);
                let message = format!("cannot read the ACL file {shown}: {error}");
                return self.warn(named, message, true);
            }
        };
        self.sources.push(path.to_owned());
        for line in lines {
            if let Err(bad) = self.users.add_line(&line.text) {
                self.warn(&line.place, directive::bad_user(bad), true);
            }
        }
        self.restrict();
    }

    fn read_role(&mut self, path: &Path, named: &Place) {
        let file = match source::read_whole(path) {
            Ok(file) => file,
            // A node that was never started has none.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => {
                let message = format!("cannot read {}: {error}", escape::path(path));
                return self.warn(named, message, true);
            }
        };
        self.sources.push(path.to_owned());
        match nodes::primary_of_myself(&file) {
            Ok(Some(primary)) => {
                self.conf.replica_of = Some(format!("{primary} ({})", escape::path(path)));
            }
            Ok(None) => {}
            Err(nodes::BadLine(line)) => {
                let message = "it does not say which node of the cluster this is".to_owned();
                self.warn(&Place { file: path.to_owned(), line }, message, true);
            }
        }
    }

    /// Carries what the default user may do over to the forecast.
    fn restrict(&mut self) {
        let (all, part) = match self.users.effect() {
            Effect::Nothing => (None, None),
            Effect::Part { why, .. } => (None, Some(format!("the default user {why}"))),
            Effect::Everything { why } => (Some(format!("the default user {why}")), None),
        };
        self.conf.restricted_user = all;
        self.conf.partly_restricted_user = part;
    }

    fn warn(&mut self, place: &Place, message: String, refused: bool) {
        self.warnings.push(Warning { place: place.clone(), message, refused });
    }

    /// What the configuration does to a log with this many transactions.
    pub(crate) fn findings(&self, transactions: u64) -> Vec<Finding> {
        self.acl_finding(transactions).into_iter().chain(self.resync_finding()).collect()
    }

    /// Transactions are loaded as the default user, and it has limits.
    pub(crate) fn acl_finding(&self, transactions: u64) -> Option<Finding> {
        let (why, dropped, severity, confidence) = match self.users.effect() {
            Effect::Nothing => return None,
            Effect::Everything { why } => (why, "all", Severity::Damage, Confidence::Certain),
            Effect::Part { why, rare } => {
                let severity = if rare { Severity::Note } else { Severity::Attention };
                (why, "those commands", severity, Confidence::Likely)
            }
        };
        let how_many = match transactions {
            0 => return None,
            1 => "1 transaction".to_owned(),
            many => format!("{many} transactions"),
        };
        let message = format!(
            "the default user {why}, and Redis 7.0 to 8.2 and Valkey 8.1 load transactions as that user: of the \
             {how_many} in this log they leave out {dropped}, and start"
        );
        let finding = Finding::new(FindingId::ConfAclDropsExec, 0, 0, message);
        let cause = "the rules of `user default` were narrowed after the log was written";
        Some(finding.severity(severity).confidence(confidence).cause(cause))
    }

    /// The server is a replica.
    pub(crate) fn resync_finding(&self) -> Option<Finding> {
        let primary = self.conf.replica_of.as_ref()?;
        let message = format!(
            "this server is a replica of {primary}: once it reaches its primary, it replaces what it loaded by the \
             data of that one"
        );
        Some(Finding::new(FindingId::ServerWillResync, 0, 0, message))
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stops = if self.refused { "; no server starts with it" } else { "" };
        write!(f, "{}: {}{stops}", self.place, self.message)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = escape::path(&self.file);
        match self.line {
            0 => write!(f, "{file}"),
            line => write!(f, "{file}, line {line}"),
        }
    }
}
