//! One fixture: a damaged log, its near miss, and what is true of them.

use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::account::{Account, Place};

/// How much of a fixture comes out the same when it is made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// Every byte.
    Bytes,
    /// Everything but the digits of clocks and the bytes that chance makes; offsets and lengths do not move.
    Places,
    /// Only what is found: a crash tears where it will.
    Findings,
}

/// A folder below `testdata`.
#[derive(Debug)]
pub(super) struct Fixture {
    pub(super) folder: String,
    /// The finding that it is about.
    pub(super) id: &'static str,
    /// Where the finding is, in decoded bytes.
    pub(super) place: Place,
    /// All ids that are found, in order.
    pub(super) findings: Vec<&'static str>,
    pub(super) near_miss_findings: Vec<&'static str>,
    /// Product and version of the server that wrote the log.
    pub(super) server: String,
    /// One sentence how.
    pub(super) made: String,
    pub(super) again: Again,
    /// The damaged log, decoded; empty if it is no log.
    pub(super) account: Account,
    /// Name and bytes of the damaged file.
    pub(super) damaged: (&'static str, Vec<u8>),
    /// The same of the near miss, where there is one.
    pub(super) near_miss: Option<(&'static str, Vec<u8>)>,
    /// The test that brings about what no bytes show.
    pub(super) test: Option<&'static str>,
}

/// A maker's result.
pub(super) type Made = Result<Fixture, Box<dyn Error>>;

impl Fixture {
    /// A fixture in `aof/<id>` with one finding and a near miss without any.
    pub(super) fn new(
        id: &'static str,
        server: &str,
        account: Account,
        place: Place,
        near_miss: &[u8],
        made: impl Into<String>,
    ) -> Self {
        Self {
            folder: format!("aof/{}", id.to_lowercase()),
            id,
            place,
            findings: vec![id],
            near_miss_findings: Vec::new(),
            server: server.to_owned(),
            made: made.into(),
            again: Again::Bytes,
            damaged: ("damaged.aof", account.bytes.clone()),
            near_miss: Some(("near-miss.aof", near_miss.to_vec())),
            account,
            test: None,
        }
    }

    /// The same in another folder below `aof`.
    pub(super) fn folder(self, name: &str) -> Self {
        let folder = format!("aof/{name}");
        Self { folder, ..self }
    }

    /// The same with these findings, in the order of the log.
    pub(super) fn findings(self, findings: &[&'static str]) -> Self {
        let findings = findings.to_vec();
        Self { findings, ..self }
    }

    /// The same where the near miss is something else.
    pub(super) fn near_miss_findings(self, findings: &[&'static str]) -> Self {
        let near_miss_findings = findings.to_vec();
        Self { near_miss_findings, ..self }
    }

    /// The same, made anew with differences.
    pub(super) fn again(self, again: Again) -> Self {
        Self { again, ..self }
    }

    /// Writes its folder below `testdata`.
    pub(super) fn write(&self, testdata: &Path) -> Result<(), Box<dyn Error>> {
        let folder = testdata.join(&self.folder);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(self.damaged.0), &self.damaged.1)?;
        if let Some((name, bytes)) = &self.near_miss {
            fs::write(folder.join(name), bytes)?;
        }
        let case = serde_json::to_string_pretty(&self.case())? + "\n";
        fs::write(folder.join("case.json"), case)?;
        Ok(())
    }

    fn case(&self) -> Value {
        let mut case = json!({
            "id": self.id,
            "offset": self.place.0,
            "length": self.place.1,
            "findings": self.findings,
            "near_miss_findings": self.near_miss_findings,
            "server": self.server,
            "made": self.made,
            "made_again": match self.again {
                Again::Bytes => "equal bytes",
                Again::Places => "equal places",
                Again::Findings => "equal findings",
            },
            "damaged": self.damaged.0,
            "near_miss": self.near_miss.as_ref().map(|(name, _)| name),
            "commands": self.account.commands,
            "checkpoint": self.account.checkpoint,
            "end_checkpoint": self.account.end_checkpoint,
        });
        if self.account.bytes.is_empty() {
            for field in ["commands", "checkpoint", "end_checkpoint"] {
                case[field] = Value::Null;
            }
        }
        if let Some(test) = self.test {
            case["test"] = test.into();
        }
        case
    }
}
