//! One fixture of folders: a damaged one, its near miss, and what is true of them.

use std::error::Error;
use std::fs;
use std::path::Path;

use aof_testkit::server::ServerKind;
use aof_testkit::set::Snapshot;
use serde_json::{Value, json};

use crate::testdata::session;

/// A folder below `testdata` with two data folders in it.
#[derive(Debug)]
pub(in crate::testdata) struct Folders {
    /// Where it lies, below `testdata`.
    pub(in crate::testdata) folder: String,
    id: &'static str,
    /// The file that the finding is about, by its path in the data folder; none if it is the folder.
    file: Option<String>,
    place: (u64, u64),
    findings: Vec<&'static str>,
    near_miss_findings: Vec<&'static str>,
    server: String,
    made: &'static str,
    conf: Option<&'static str>,
    damaged: Snapshot,
    near_miss: Snapshot,
}

/// A maker's result.
pub(in crate::testdata) type Made = Result<Folders, Box<dyn Error>>;

impl Folders {
    /// A fixture in `set/<id>` with one finding about the folder, and a near miss without any.
    pub(super) fn new(
        id: &'static str,
        kind: ServerKind,
        damaged: Snapshot,
        near_miss: Snapshot,
        made: &'static str,
    ) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            folder: format!("set/{}", id.to_lowercase()),
            id,
            file: None,
            place: (0, 0),
            findings: vec![id],
            near_miss_findings: Vec::new(),
            server: session::version(kind)?,
            made,
            conf: None,
            damaged,
            near_miss,
        })
    }

    /// The same about a file, at an offset and of a length.
    pub(super) fn at(self, file: &Path, place: (u64, u64)) -> Self {
        Self { file: Some(file.to_string_lossy().into_owned()), place, ..self }
    }

    /// The same below `rdb`.
    pub(super) fn among_rdb_files(self) -> Self {
        Self { folder: format!("rdb/{}", self.id.to_lowercase()), ..self }
    }

    /// The same with these findings, sorted by id.
    pub(super) fn findings(self, findings: &[&'static str]) -> Self {
        Self { findings: findings.to_vec(), ..self }
    }

    /// The same where the near miss is something else.
    pub(super) fn near_miss_findings(self, findings: &[&'static str]) -> Self {
        Self { near_miss_findings: findings.to_vec(), ..self }
    }

    /// The same, to be looked at together with this configuration, which lies in the data folder.
    pub(super) fn conf(self, conf: &'static str) -> Self {
        Self { conf: Some(conf), ..self }
    }

    /// Writes its folder below `testdata`, in the place of what is there.
    pub(in crate::testdata) fn write(&self, testdata: &Path) -> Result<(), Box<dyn Error>> {
        let folder = testdata.join(&self.folder);
        if folder.is_dir() {
            fs::remove_dir_all(&folder)?;
        }
        for (name, files) in [("damaged", &self.damaged), ("near-miss", &self.near_miss)] {
            for (file, bytes) in files {
                let path = folder.join(name).join(file);
                fs::create_dir_all(path.parent().unwrap_or(&folder))?;
                fs::write(path, bytes)?;
            }
        }
        fs::write(folder.join("case.json"), serde_json::to_string_pretty(&self.case())? + "\n")?;
        Ok(())
    }

    /// Whether the committed fixture says the same, and has the same files. Times, process ids and sizes of
    /// memory stand in every RDB file, so bytes and offsets are others every time.
    pub(in crate::testdata) fn compare(&self, testdata: &Path) -> Result<(), Box<dyn Error>> {
        let folder = testdata.join(&self.folder);
        let mut old: Value = serde_json::from_slice(&fs::read(folder.join("case.json"))?)?;
        let mut new = self.case();
        for case in [&mut old, &mut new] {
            (case["offset"], case["length"]) = (Value::Null, Value::Null);
        }
        if old != new {
            return Err(format!("{}/case.json: now it would be {new:#}", self.folder).into());
        }
        for (name, files) in [("damaged", &self.damaged), ("near-miss", &self.near_miss)] {
            let committed = aof_testkit::set::snapshot(&folder.join(name))?;
            if !committed.keys().eq(files.keys()) {
                return Err(format!("{}/{name} has other files now", self.folder).into());
            }
        }
        Ok(())
    }

    /// Bytes of the damaged folder.
    pub(in crate::testdata) fn bytes(&self) -> usize {
        self.damaged.values().map(Vec::len).sum()
    }

    fn case(&self) -> Value {
        let mut case = json!({
            "id": self.id,
            "file": self.file,
            "offset": self.place.0,
            "length": self.place.1,
            "findings": self.findings,
            "near_miss_findings": self.near_miss_findings,
            "server": self.server,
            "made": self.made,
            "made_again": "equal findings",
            "damaged": "damaged",
            "near_miss": "near-miss",
        });
        if let Some(conf) = self.conf {
            case["conf"] = conf.into();
        }
        case
    }
}
