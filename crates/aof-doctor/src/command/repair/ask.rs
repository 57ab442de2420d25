//! Whether a plan may be executed: what it may lose, who says so, and that no server is at work.

use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::os::unix::ffi::OsStrExt;

use aof_repair::Plan;
use aof_source::{Holders, holders_of};

use super::RepairArgs;
use crate::failure::Failure;
use crate::max_loss::MaxLoss;
use crate::render::repair::{plan_text, unit};
use crate::ui::Ui;
use crate::{escape, figures};

/// Why the plan is not executed; `None` if it may be.
pub(super) fn refusal(
    args: &RepairArgs,
    plan: &Plan,
    ui: &mut Ui,
) -> Result<Option<String>, Failure> {
    let limits = args.max_loss.as_ref();
    if plan.loss.is_doubtful && !args.salvage && !args.cut && !args.asks() {
        return Ok(Some(
            "the checksum is wrong, so a value may be another than was written, and nothing tells which: if you want \
             the file as it can be read, say --salvage"
                .to_owned(),
        ));
    }
    if limits.is_some() || !args.asks() {
        return Ok(exceeded(plan, limits));
    }
    ui.say(&plan_text(plan, ui.width()));
    let is_yes = ui.agrees("Apply this plan?")?;
    Ok((!is_yes).then(|| "nothing was applied, as you said".to_owned()))
}

impl RepairArgs {
    /// Whether somebody is there who is asked.
    fn asks(&self) -> bool {
        !self.yes && !self.json && self.gate.is_none() && io::stdin().is_terminal()
    }
}

/// Which limit a loss exceeds, in words.
pub(super) fn exceeded(plan: &Plan, limits: Option<&MaxLoss>) -> Option<String> {
    let lost = &plan.loss;
    let most = || figures::of(lost.max_commands, unit(&plan.left_out));
    if lost.is_unbounded {
        return Some("how much is lost cannot be told, so no limit holds".to_owned());
    }
    let Some(limits) = limits else {
        let most = most();
        return (!lost.is_torn_end_only()).then(|| {
            format!(
                "up to {most} would be lost; where nobody is asked, only the torn last record or transaction may be: \
                 allow it with --max-loss {}cmds",
                lost.max_commands
            )
        });
    };
    if limits.bytes.is_some_and(|most| lost.bytes > most) {
        return Some(format!("{} would be lost", figures::bytes(lost.bytes)));
    }
    if limits.commands.is_some_and(|most| lost.max_commands > most) {
        return Some(format!("up to {} would be lost", most()));
    }
    match (limits.seconds, lost.seconds) {
        (Some(_), None) => {
            Some("how many seconds of writes would be lost cannot be told".to_owned())
        }
        (Some(most), Some(seconds)) if seconds > most => {
            Some(format!("{} of writes would be lost", figures::of(seconds, "second")))
        }
        _ => None,
    }
}

/// Whether a process writes to the files.
pub(super) fn in_use(args: &RepairArgs, plan: &Plan) -> Result<(), Failure> {
    let places: Vec<(u64, u64)> =
        plan.inputs.iter().map(|seen| (seen.device, seen.inode)).collect();
    for (seen, holders) in plan.inputs.iter().zip(holders_of(&places)) {
        match holders {
            Holders::Processes(list) => {
                let first = list.first().map_or_else(String::new, |holder| {
                    let name = escape::bytes(OsStr::as_bytes(&holder.name));
                    format!("{name} (pid {})", holder.pid)
                });
                let message = format!("{first} has {} open for writing", seen.file);
                let failure = Failure::operational(escape::sentence(&message));
                return Err(failure.hint("stop the server, or repair a copy (-o DIR)"));
            }
            Holders::Unknown { why } if !args.i_stopped_the_server => {
                let message =
                    format!("whether a server writes to {} cannot be told: {why}", seen.file);
                let failure = Failure::operational(escape::sentence(&message));
                return Err(failure
                    .hint("run it as root, or say that you stopped it: --i-stopped-the-server"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// What a repair that begins now is called.
pub(super) fn id() -> String {
    let now = jiff::Timestamp::now().to_string();
    let digits: String = now
        .chars()
        .filter(|character| character.is_ascii_alphanumeric() || *character == '.')
        .collect();
    // Names are compared as text: all must have the same number of digits.
    let (seconds, fraction) = digits.trim_end_matches('Z').split_once('.').unwrap_or((&digits, ""));
    let seconds = seconds.trim_end_matches('Z');
    format!("{seconds}.{:0<3}Z-{}", &fraction[..fraction.len().min(3)], std::process::id())
}
