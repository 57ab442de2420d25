//! What a repair would do, as data.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::name::Name;
use crate::seen::Seen;

/// The name of the form that a plan is written in.
pub(crate) const SCHEMA: &str = "aof-doctor/repair-plan/1";

/// What a repair would do to the files of one folder. Names are paths below that folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// `aof-doctor/repair-plan/1`.
    pub schema: String,
    /// The release that made it.
    pub tool_version: String,
    /// The folder, as it was named when the plan was made.
    pub root: Name,
    /// What the plan relies on: it is applied only if all of it is still so.
    pub inputs: Vec<Seen>,
    /// What is done, in order.
    pub actions: Vec<Action>,
    /// What is not carried over.
    pub left_out: Vec<Out>,
    /// What that costs.
    pub loss: Lost,
    /// Whole records that are carried over.
    pub kept_commands: u64,
    /// Keys of RDB files that are carried over.
    #[serde(default)]
    pub kept_keys: u64,
    /// What a person should know, a sentence each.
    pub notes: Vec<String>,
    /// Damage that this plan does not cure.
    pub unresolved: Vec<Unresolved>,
}

impl Plan {
    /// One that does nothing yet.
    pub(crate) fn new(root: &Path, tool_version: &str) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            tool_version: tool_version.to_owned(),
            root: Name::from(root.as_os_str().as_bytes()),
            inputs: Vec::new(),
            actions: Vec::new(),
            left_out: Vec::new(),
            loss: Lost::default(),
            kept_commands: 0,
            kept_keys: 0,
            notes: Vec::new(),
            unresolved: Vec::new(),
        }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Action {
    /// Make a folder.
    Folder {
        /// Its name.
        folder: Name,
    },
    /// Write a new file under a name that nothing has.
    Write {
        /// Its name.
        file: Name,
        /// What goes into it, in order.
        recipe: Vec<Piece>,
        /// The file whose place it takes, which is moved away when all is done.
        replaces: Option<Name>,
        /// The file whose owner and permissions it gets.
        like: Option<Name>,
    },
    /// Put a new manifest in the place of the old one, if there is one.
    Manifest {
        /// Its name.
        file: Name,
        /// What stands in it.
        text: Name,
        /// The file whose owner and permissions it gets.
        like: Option<Name>,
    },
    /// Put a new file in the place of a log that is one file.
    Replace {
        /// Its name.
        file: Name,
        /// What goes into it, in order.
        recipe: Vec<Piece>,
    },
    /// Move a file away, when all is done, of which nothing is carried over.
    Retire {
        /// The file.
        file: Name,
    },
    /// Cut the end off in place.
    Cut {
        /// The file.
        file: Name,
        /// Its length before.
        from: u64,
        /// Its length afterwards.
        to: u64,
    },
}

impl Action {
    /// The file or folder that is made or changed.
    pub const fn target(&self) -> &Name {
        match self {
            Self::Folder { folder: target }
            | Self::Write { file: target, .. }
            | Self::Manifest { file: target, .. }
            | Self::Replace { file: target, .. }
            | Self::Retire { file: target }
            | Self::Cut { file: target, .. } => target,
        }
    }
}

/// A piece of a file that is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "piece", rename_all = "kebab-case")]
pub enum Piece {
    /// Bytes of another file, as they stand there.
    Copy {
        /// The file.
        file: Name,
        /// The first byte.
        start: u64,
        /// The byte behind the last.
        end: u64,
    },
    /// Records of another file, each as servers write it.
    Form {
        /// The file.
        file: Name,
        /// The first byte.
        start: u64,
        /// The byte behind the last.
        end: u64,
    },
    /// These bytes.
    Put {
        /// The bytes.
        bytes: Name,
    },
}

/// Bytes of a file that are not carried over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Out {
    /// The file.
    pub file: Name,
    /// The first byte.
    pub offset: u64,
    /// How many.
    pub length: u64,
    /// Of the bytes.
    pub sha256: String,
    /// The finding that is the reason.
    pub finding: String,
    /// At least so many commands are lost with them.
    pub min_commands: u64,
    /// At most so many.
    pub max_commands: u64,
    /// Bytes of them that are not NUL.
    pub bytes: u64,
    /// How many keys these commands name, as far as is known.
    pub keys: u64,
    /// The first of these keys.
    pub key_sample: Vec<Name>,
    /// Seconds of writes, at the most, where clock lines tell.
    pub seconds: Option<u64>,
    /// Whether they are whole records that stand behind damage.
    pub is_readable: bool,
}

/// What is lost. Of an RDB file, each key counts as a command.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// Bytes that are not carried over and are not NUL.
    pub bytes: u64,
    /// At least so many commands.
    pub min_commands: u64,
    /// At most so many.
    pub max_commands: u64,
    /// Keys that they name, as far as is known.
    pub keys: u64,
    /// Seconds of writes, at the most; `None` if that cannot be told.
    pub seconds: Option<u64>,
    /// Commands of the torn last record, or of the transaction that it ends: what every server would drop too.
    pub torn_commands: u64,
    /// Whether more may be lost than anything on the disk tells, as where a part is missing.
    pub is_unbounded: bool,
    /// Whether a value that is kept may be another than was written, and nothing tells which.
    #[serde(default)]
    pub is_doubtful: bool,
}

impl Lost {
    /// Whether nothing is lost that a server would keep.
    pub const fn is_torn_end_only(&self) -> bool {
        !self.is_unbounded && self.max_commands <= self.torn_commands
    }
}

/// Damage that a plan does not cure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unresolved {
    /// The finding.
    pub finding: String,
    /// Why, and what to do, in a sentence.
    pub why: String,
}
