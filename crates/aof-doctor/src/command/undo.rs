//! `aof-doctor undo`: takes the last repair back.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use aof_repair::Resumed;
use clap::Args;

use crate::command::repair::{Root, failed, settle};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::signal;
use crate::ui::Ui;
use crate::{escape, shell};

/// Take the last repair back: every byte, name, owner, permission and time of the files is what it was
///
/// Refused if a server has written since the repair: then `-o DIR` writes the files as they were into a folder of their
/// own. A repair that was interrupted is ended first.
#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS)]
pub(crate) struct UndoArgs {
    /// The path that was repaired
    path: PathBuf,

    /// Write the files as they were before into this new folder; the files themselves stay as they are
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,

    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

const EXIT_STATUS: &str = "\
EXIT STATUS
  0   the repair was taken back, or the copy was written
  8   it could not be; unless it says otherwise, nothing was changed
  16  the arguments make no sense
  32  cancelled by a signal";

/// Takes a repair back and says so.
pub(crate) fn run(args: &UndoArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    signal::listen();
    let root = Root::of(&args.path)?;
    let ended = settle(&root, ui)?;
    if let Some(id) = ended.iter().find_map(taken_back) {
        let path = escape::path(&args.path);
        ui.result(&format!("UNDONE  {path}  (repair {id}, which was interrupted)\n"))?;
        return Ok(Exit::CLEAN);
    }
    let last = aof_repair::last(&root.folder, root.file().as_ref()).map_err(failed)?;
    let Some(last) = last else {
        return Err(failed(aof_repair::RepairError::NothingToUndo { root: root.folder }));
    };
    if let Some(target) = &args.output {
        let id =
            aof_repair::undo_copy(&root.folder, root.file().as_ref(), target).map_err(failed)?;
        let (path, target) = (escape::path(&args.path), escape::path(target));
        ui.result(&format!("COPIED  {path} as it was before repair {id}, to {target}\n"))?;
        return Ok(Exit::CLEAN);
    }
    let asks = !args.yes && io::stdin().is_terminal();
    if asks && !ui.agrees(&format!("Take repair {} back?", last.id))? {
        return Err(Failure::operational("nothing was taken back, as you said"));
    }
    signal::repairing();
    let id = aof_repair::undo(&root.folder, root.file().as_ref()).map_err(failed)?;
    let text = format!(
        "UNDONE  {}  (repair {id})\n\n  Next    aof-doctor check {}\n",
        escape::path(&args.path),
        shell::quoted(&args.path)
    );
    ui.result(&text)?;
    Ok(Exit::CLEAN)
}

const fn taken_back(resumed: &Resumed) -> Option<&String> {
    match resumed {
        Resumed::TakenBack(id) => Some(id),
        Resumed::Finished(_) => None,
    }
}
