//! Ending what an earlier run began, and telling what the library cannot do.

use aof_repair::{RepairError, Resumed};

use super::Root;
use crate::failure::Failure;
use crate::ui::Ui;

/// Ends repairs that were interrupted, and tells which, and how.
pub(crate) fn settle(root: &Root, ui: &mut Ui) -> Result<Vec<Resumed>, Failure> {
    if aof_repair::pending(&root.folder).map_err(failed)?.is_empty() {
        return Ok(Vec::new());
    }
    let ended = aof_repair::resume(&root.folder).map_err(failed)?;
    for resumed in &ended {
        ui.say(&match resumed {
            Resumed::Finished(id) => {
                format!("repair {id} was interrupted; it is finished now")
            }
            Resumed::TakenBack(id) => {
                format!("repair {id} was interrupted; nothing of it is left")
            }
        });
    }
    Ok(ended)
}

/// An error of the library, in the words of the edge.
pub(crate) fn failed(error: RepairError) -> Failure {
    let failure = Failure::operational(crate::escape::sentence(&error.to_string()));
    match &error {
        RepairError::Io { .. } if error.is_full() => {
            failure.hint("the disk is full: keep what is left out on another one (--quarantine DIR), or repair a copy there (-o DIR)")
        }
        RepairError::Interrupted { .. } => {
            failure.hint("run the repair with --apply: it ends what was begun, and then begins anew")
        }
        _ => failure,
    }
}
