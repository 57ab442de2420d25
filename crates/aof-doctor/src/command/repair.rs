//! `aof-doctor repair`: a plan; with `--apply` its execution, and the verdict on what came of it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use aof_log::forecast::Forecast;
use aof_log::selection::Mode;
use aof_log::server::Server;
use aof_log::{Policy, Severity};
use aof_repair::{Goal, Plan, Planned, Request, View};
use clap::Args;

use crate::command::check::Bar;
use crate::command::check::gate;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::look::{self, Asked, Job, Looked};
use crate::max_loss::MaxLoss;
use crate::render::repair as text;
use crate::report::Report;
use crate::shell;
use crate::signal;
use crate::ui::Ui;

mod ask;
mod root;
mod saved;
mod settle;
mod verify;

pub(crate) use root::Root;
pub(crate) use settle::{failed, settle};

/// Plan a repair: what would be cut, kept, written and left out, and what that costs; --apply executes it
///
/// Without --apply or -o nothing is changed. Cured by default: torn, zero-filled or foreign ends of the last part,
/// transactions that were never committed, records that are readable but not strictly formed, and manifests that are
/// missing, empty, wrong or stale. An RDB file is written anew from all that can be read of it, with a right checksum. If whole records stand behind damage, both ways are shown with what they cost, and you
/// choose: --salvage or --cut.
///
/// Every byte that is not carried over is kept in quarantine, and `aof-doctor undo` takes the repair back.
#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS)]
pub(crate) struct RepairArgs {
    /// An AOF file, an RDB file, a folder with a manifest, a manifest, or a server's data folder
    path: PathBuf,

    /// Execute the plan. Stop the server first
    #[arg(long)]
    apply: bool,

    /// Keep the whole records on both sides of damage
    #[arg(long, conflicts_with_all = ["cut", "preen", "plan"])]
    salvage: bool,

    /// Leave out everything from the first damage on, as redis-check-aof --fix does
    #[arg(long, conflicts_with_all = ["preen", "plan"])]
    cut: bool,

    /// Nothing but NUL bytes behind the last record and stale offsets in the manifest; for start scripts
    #[arg(long, conflicts_with_all = ["plan", "output"])]
    preen: bool,

    /// Keep a transaction whose EXEC may have stood in a gap, instead of leaving it out
    #[arg(long, conflicts_with_all = ["preen", "plan"])]
    keep_uncommitted: bool,

    /// Leave out the records that this server's loader refuses, such as redis:7.2
    #[arg(long = "for", value_name = "SERVER", conflicts_with = "plan")]
    server: Option<Server>,

    /// Write a repaired copy into this folder, which must be new or empty; the files themselves stay as they are
    #[arg(short, long, value_name = "DIR", conflicts_with = "apply")]
    output: Option<PathBuf>,

    /// Execute this plan, saved with --json, instead of a new one; refused if the files have changed since
    #[arg(long, value_name = "FILE", conflicts_with = "output")]
    plan: Option<PathBuf>,

    /// What may be lost, such as 1MB,5s,100cmds; all of it must hold [default, where nobody is asked: the torn last
    /// record or transaction]
    #[arg(long, value_name = "LIMITS")]
    max_loss: Option<MaxLoss>,

    /// Do not ask. This chooses neither --salvage nor --cut
    #[arg(short, long)]
    yes: bool,

    /// Exit with 0 if afterwards this server will load everything within --max-loss, else with 1
    #[arg(long, value_name = "SERVER")]
    gate: Option<Server>,

    /// Where what is left out is kept, instead of a folder beside the files
    #[arg(long, value_name = "DIR", conflicts_with = "no_quarantine")]
    quarantine: Option<PathBuf>,

    /// Keep nothing of what is left out: a cut can then not be taken back
    #[arg(long)]
    no_quarantine: bool,

    /// You have stopped the server, where this cannot be told
    #[arg(long)]
    i_stopped_the_server: bool,

    /// Afterwards, start this server on a copy of the files, and see what it loads
    #[arg(long, value_name = "PROGRAM")]
    verify_with: Option<PathBuf>,

    /// The server's configuration: what it says enters the forecast (docs/configuration.md)
    #[arg(long, value_name = "FILE")]
    conf: Option<PathBuf>,

    /// Print one JSON document instead of text (docs/json-output.md)
    #[arg(long)]
    json: bool,

    /// Threads to scan with [default: one for each core]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,

    /// Whether to show how far it is. `auto`: on a terminal, after a second
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Bar::Auto)]
    progress: Bar,
}

const EXIT_STATUS: &str = "\
EXIT STATUS
  0   nothing is damaged; with --gate: the server will load it
  1   damage was repaired; with --gate: the server will not load it, or too much is lost
  2   attention: nothing is damaged, but somebody should look
  4   damage is left: nothing was applied, or not all can be cured
  8   the work could not be done; unless it says otherwise, nothing was changed
  16  the arguments make no sense
  32  cancelled by a signal
It is a bit mask: treat every bit you do not know as failure.";

/// What came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// What was found before.
    pub(crate) before: Report,
    /// What can be done.
    pub(crate) planned: Planned,
    /// What servers would do afterwards.
    pub(crate) startup: Vec<Forecast>,
    /// What was done.
    pub(crate) done: Option<Done>,
    /// Why nothing was done although it was asked for, safe to print.
    pub(crate) refused: Option<String>,
}

/// What was done.
#[derive(Debug)]
pub(crate) struct Done {
    /// The repair's name; `None` for a copy.
    pub(crate) id: Option<String>,
    /// Where the quarantine is, if something is in it.
    pub(crate) quarantine: Option<PathBuf>,
    /// The folder of the copy.
    pub(crate) copy: Option<PathBuf>,
    /// What was found afterwards.
    pub(crate) after: Report,
    /// What a real server said, if one was started.
    pub(crate) verified: Option<Result<String, String>>,
}

/// Plans, and does what is asked for.
pub(crate) fn run(args: &RepairArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    signal::listen();
    match try_run(args, ui) {
        // A program that reads the result always gets a document, unless the repair was cancelled.
        Err(failure) if args.json && failure.exit == Exit::ERROR => {
            ui.result(&crate::render::json::failed_repair(&args.path, &failure))?;
            Ok(failure.exit)
        }
        done => done,
    }
}

fn try_run(args: &RepairArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let root = Root::of(&args.path)?;
    if args.apply {
        settle(&root, ui)?;
    }
    let asked = Asked::new(&[], args.gate, look::settings(args.conf.as_deref(), &root.path, ui)?);
    let mut outcome = plan(args, &root, &asked, ui)?;
    if args.apply || args.output.is_some() {
        execute(args, &root, &asked, &mut outcome, ui)?;
    }
    let exit = exit(args, &outcome, ui);
    if args.json {
        ui.result(&crate::render::json::repair(&outcome, exit))?;
    } else {
        ui.result(&text::outcome(&outcome, &args.command(), ui.width()))?;
    }
    Ok(exit)
}

fn job(args: &RepairArgs, asked: &Asked) -> Job {
    Job {
        policy: Policy {
            databases: asked.conf.databases,
            outline: true,
            depth: look::depth(),
            ..Policy::default()
        },
        jobs: args.jobs.map_or(0, usize::from),
        is_bar_wanted: args.progress == Bar::Auto,
    }
}

fn plan(args: &RepairArgs, root: &Root, asked: &Asked, ui: &mut Ui) -> Result<Outcome, Failure> {
    let started = Instant::now();
    let Looked { mut report, files } = look::look(&root.path, &job(args, asked), asked, ui)?;
    drop(files);
    report.took = started.elapsed();
    report.path.clone_from(&args.path);
    let view = view(&report, root);
    let planned = match &args.plan {
        Some(file) => Planned::Plan(Box::new(saved::read(file)?)),
        None => {
            aof_repair::plan(&view, &args.request(), env!("CARGO_PKG_VERSION")).map_err(failed)?
        }
    };
    let startup = match &planned {
        Planned::Plan(plan) => look::after(&view, plan, args.output.is_some(), asked),
        Planned::Choice { .. } => Vec::new(),
    };
    Ok(Outcome { before: report, planned, startup, done: None, refused: None })
}

/// What was found, as a plan is made of it.
fn view<'v>(report: &'v Report, root: &'v Root) -> View<'v> {
    View {
        inventory: &report.inventory,
        survey: &report.survey,
        findings: &report.findings,
        root: &root.folder,
    }
}

impl RepairArgs {
    fn request(&self) -> Request {
        Request {
            mode: match (self.salvage, self.cut) {
                (true, _) => Some(Mode::Salvage),
                (_, true) => Some(Mode::Cut),
                _ => None,
            },
            preen: self.preen,
            keeps_uncommitted: self.keep_uncommitted,
            server: self.server,
            goal: if self.output.is_some() { Goal::Copy } else { Goal::InPlace },
        }
    }

    /// The words that lead to the same plan again, but for the path.
    fn command(&self) -> text::Again {
        let mut words = vec!["aof-doctor".to_owned(), "repair".to_owned()];
        let mut add = |is_set: bool, word: &str| words.extend(is_set.then(|| word.to_owned()));
        add(self.salvage, "--salvage");
        add(self.cut, "--cut");
        add(self.preen, "--preen");
        add(self.keep_uncommitted, "--keep-uncommitted");
        if let Some(server) = self.server {
            words.push(format!("--for {server}"));
        }
        for (option, file) in [("--conf", &self.conf), ("--plan", &self.plan), ("-o", &self.output)]
        {
            words.extend(file.as_ref().map(|file| format!("{option} {}", shell::quoted(file))));
        }
        words.extend(self.max_loss.map(|limits| format!("--max-loss {limits}")));
        let is_undoable = !self.no_quarantine;
        text::Again { words, path: self.path.clone(), is_undoable }
    }
}

/// Executes the plan, if there is one, and nothing stands against it.
fn execute(
    args: &RepairArgs,
    root: &Root,
    asked: &Asked,
    outcome: &mut Outcome,
    ui: &mut Ui,
) -> Result<(), Failure> {
    let Planned::Plan(plan) = &outcome.planned else {
        outcome.refused = Some(
            "whole records stand behind the damage, so you must choose: --salvage or --cut"
                .to_owned(),
        );
        return Ok(());
    };
    if plan.is_empty() {
        return Ok(());
    }
    let done = match &args.output {
        Some(target) => copy(args, root, plan, target, asked, ui)?,
        None => {
            if let Some(why) = ask::refusal(args, plan, ui)? {
                outcome.refused = Some(why);
                return Ok(());
            }
            apply(args, root, &outcome.before, plan, asked, ui)?
        }
    };
    outcome.done = Some(done);
    Ok(())
}

fn copy(
    args: &RepairArgs,
    root: &Root,
    plan: &Plan,
    target: &Path,
    asked: &Asked,
    ui: &mut Ui,
) -> Result<Done, Failure> {
    let quarantine = args.quarantine.as_deref();
    aof_repair::write_copy(&root.folder, plan, target, quarantine).map_err(failed)?;
    let path = root.in_copy(target, plan);
    let after = look::look(&path, &job(args, asked), asked, ui)?.report;
    let verified = args.verify_with.as_ref().map(|program| verify::load(program, &after, target));
    Ok(Done {
        id: None,
        quarantine: args.quarantine.clone(),
        copy: Some(target.to_path_buf()),
        after,
        verified,
    })
}

fn apply(
    args: &RepairArgs,
    root: &Root,
    before: &Report,
    plan: &Plan,
    asked: &Asked,
    ui: &mut Ui,
) -> Result<Done, Failure> {
    ask::in_use(args, plan)?;
    signal::repairing();
    ui.status("applying the plan; if this is interrupted, the next run ends it");
    let options = aof_repair::Options {
        id: ask::id(),
        quarantine: args.quarantine.clone(),
        keeps: !args.no_quarantine,
    };
    let applied = aof_repair::apply(&root.folder, plan, &options).map_err(failed)?;
    signal::checking();
    let after = match look::after_cut(before, &view(before, root), plan, asked) {
        Some(after) => after,
        None => look::look(&root.path, &job(args, asked), asked, ui)?.report,
    };
    let verified =
        args.verify_with.as_ref().map(|program| verify::load(program, &after, &root.folder));
    Ok(Done { id: Some(applied.id), quarantine: applied.quarantine, copy: None, after, verified })
}

/// What the shell is told.
fn exit(args: &RepairArgs, outcome: &Outcome, ui: &mut Ui) -> Exit {
    if let Some(server) = args.gate {
        let report = outcome.done.as_ref().map_or(&outcome.before, |done| &done.after);
        let limits = args.max_loss.as_ref();
        let lost = match &outcome.planned {
            Planned::Plan(plan) if outcome.done.is_some() => ask::exceeded(plan, limits),
            _ => None,
        };
        return match lost.or_else(|| gate::refusal(report, server, limits, false)) {
            None => Exit::CLEAN,
            Some(why) => {
                ui.say(&why);
                Exit::REFUSED
            }
        };
    }
    let Some(done) = &outcome.done else {
        return outcome.before.verdict.exit(false);
    };
    let is_worse = done.verified.as_ref().is_some_and(Result::is_err);
    let left = done.after.verdict.exit(false);
    let is_damaged =
        outcome.before.findings.iter().any(|it| it.finding.severity == Severity::Damage);
    let repaired = if is_damaged { Exit::REPAIRED } else { Exit::CLEAN };
    match (is_worse, left) {
        (true, _) => Exit::DAMAGE,
        (_, Exit::CLEAN) => repaired,
        (_, Exit::ATTENTION) => repaired | Exit::ATTENTION,
        (_, left) => left,
    }
}
