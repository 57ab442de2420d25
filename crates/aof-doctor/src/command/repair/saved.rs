//! A plan that was saved.

use std::path::Path;

use aof_repair::Plan;
use serde_json::Value;

use crate::failure::Failure;

/// The largest plan that is read.
const LONGEST: u64 = 1 << 30;

/// Reads a plan, alone or in the document that `repair --json` prints.
pub(super) fn read(file: &Path) -> Result<Plan, Failure> {
    let shown = crate::escape::path(file);
    let failed = |why: String| {
        Failure::operational(format!("{shown} is no plan: {}", crate::escape::sentence(&why)))
            .hint("save one with: aof-doctor repair --json PATH > plan.json")
    };
    let length = file.metadata().map_err(|error| failed(error.to_string()))?.len();
    if length > LONGEST {
        return Err(failed(format!("it has {length} bytes")));
    }
    let text = std::fs::read(file).map_err(|error| failed(error.to_string()))?;
    let mut value: Value =
        serde_json::from_slice(&text).map_err(|error| failed(error.to_string()))?;
    if value.get("choice").is_some_and(|choice| !choice.is_null()) {
        return Err(failed("it offers a choice; save it with --salvage or with --cut".to_owned()));
    }
    if value.get("plan").is_some() {
        value = value["plan"].take();
    }
    serde_json::from_value(value).map_err(|error| failed(error.to_string()))
}
