//! What only the execution of a log tells: which commands a server refuses, which do nothing, and what the data are.

use aof_keyspace::{Digest, Scores};
use aof_log::survey::Placed;
use aof_log::{Finding, FindingId};
use aof_replay::{Refused, Report as Replayed};

use crate::execute::{self, Executed, Options};
use crate::figures;
use crate::outlook::{Files, Outlook};
use crate::report::Report;
use crate::ui::Ui;

/// What a log came to.
#[derive(Debug)]
pub(crate) struct Deep {
    /// What became of its records.
    pub(crate) replayed: Replayed,
    /// What `DEBUG DIGEST` of servers gives for the data.
    pub(crate) digests: Digests,
    /// What a server needs for them.
    pub(crate) outlook: Outlook,
}

/// The digest of the data, as each family of servers prints scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digests {
    /// Redis up to 7.0.
    pub(crate) redis_7_0: Digest,
    /// Redis from 7.2 on.
    pub(crate) redis_7_2: Digest,
    /// Valkey.
    pub(crate) valkey: Digest,
}

/// Executes what was looked at, if there is a log in it, and adds what is wrong to the report. Where it cannot be
/// executed, all else stands as it is.
pub(super) fn look(report: &mut Report, options: &Options, ui: &mut Ui) {
    if execute::loaded(report).iter().all(|(_, content)| content.log.is_none()) {
        return;
    }
    if !report.subjects.iter().all(|subject| subject.is_repeatable) {
        ui.say("the log was not executed, for which it would have to be read once more");
        return;
    }
    let Executed { keyspace, log, .. } = match execute::report(report, options) {
        Ok(executed) => executed,
        Err(failure) => {
            ui.say(&format!("the log was not executed: {}", failure.message));
            return;
        }
    };
    let digest = |scores| keyspace.digest(scores);
    let digests = Digests {
        redis_7_0: digest(Scores::Seventeen),
        redis_7_2: digest(Scores::Shortest),
        valkey: digest(Scores::Valkey),
    };
    let outlook = Outlook::new(&keyspace, files(report));
    for refused in &log.replayed.refused {
        report.add(Placed::in_file(refused.first.part, finding(refused)));
    }
    report.deep = Some(Deep { replayed: log.replayed, digests, outlook });
}

fn files(report: &Report) -> Files {
    execute::loaded(report).iter().fold(Files::default(), |sum, (_, content)| Files {
        bytes: sum.bytes + content.bytes,
        commands: sum.commands + content.commands(),
        keys: sum.keys + content.keys(),
    })
}

fn finding(refused: &Refused) -> Finding {
    let Refused { count, first } = refused;
    let name = first.name.escape_ascii().to_string().to_uppercase();
    let commands = figures::of(*count, "command");
    let message = match count {
        1 => format!("{commands} fails when the log is executed: {name}: {}", first.why),
        _ => format!(
            "{commands} fail when the log is executed, the first of them {name}: {}",
            first.why
        ),
    };
    Finding::new(FindingId::AofCmdFails, first.offset, first.length, message).cause(
        "what they build on is not there, or something else: records before them are missing or were changed, or the \
         parts do not belong together",
    )
}
