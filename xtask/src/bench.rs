//! `cargo xtask bench check`: measures `aof-doctor check` against the servers' own checkers and `cat`, our
//! parser against other parsers, and windows of reading against each other. `cargo xtask bench rdb` measures
//! the check of an RDB file and the walk below it, `cargo xtask bench convert` what is made of one, `cargo xtask
//! bench execute` what is made of a log against servers that load and save it, `bench hostile` and `bench large` what is made of logs
//! that are slow on purpose or very large, `cargo xtask bench replay` what is sent
//! into servers against `redis-cli --pipe`, `cargo xtask bench set` a set of parts against one file of the same bytes.
//!
//! It always measures a release build, runs all contestants of a table in turns so that noise meets each of
//! them, and shows whoever fails as failed. `--record` keeps the tables under `docs/benchmarks`.

mod convert;
mod dumps;
mod execute;
mod figures;
mod held;
mod hostile;
mod logs;
mod machine;
mod options;
mod parsers;
mod peers;
mod race;
mod rdb;
mod record;
mod repair;
mod replay;
mod set;
mod table;
mod whole;
mod windows;

use std::error::Error;
use std::process::Command;

use aof_testkit::Workload;
use options::Options;
use table::Section;

use crate::{Outcome, root};

const USAGE: &str =
    "usage: cargo xtask bench check [--size MIB] [--runs N] [--only NAME,NAME] [--record]
       cargo xtask bench rdb [--size MIB] [--runs N] [--record]
       cargo xtask bench convert [--size MIB] [--runs N] [--record]
       cargo xtask bench execute [--size MIB] [--runs N] [--only NAME,NAME] [--record]
       cargo xtask bench hostile [--runs N] [--record]
       cargo xtask bench large --size MIB [--record]
       cargo xtask bench replay [--size MIB] [--runs N] [--only NAME,NAME] [--record]
       cargo xtask bench set [--size MIB] [--runs N] [--record]
       cargo xtask bench repair [--size MIB] [--runs N] [--record]

  --size MIB   bytes of each log or file, in MiB (512)
  --runs N     rounds, of which the median counts (5); slow peers of check run 3 at most,
               servers that load a log 2
  --only NAME  these logs only: set64, set1k, mixed, queue, streams, multi, bigkeys, manykeys
  --record     write docs/benchmarks/DATE-check.md, and so on";

/// Measures what the first argument names.
pub(crate) fn run(args: &[String]) -> Outcome {
    let (measure, rest): (fn(&Options) -> Outcome, _) = match args {
        [what, rest @ ..] if what == "check" => (check, rest),
        [what, rest @ ..] if what == "rdb" && !has_only(rest) => (rdb, rest),
        [what, rest @ ..] if what == "convert" && !has_only(rest) => (convert, rest),
        [what, rest @ ..] if what == "execute" => (execute, rest),
        [what, rest @ ..] if what == "hostile" && !has_only(rest) => (hostile, rest),
        [what, rest @ ..] if what == "large" && !has_only(rest) => (large, rest),
        [what, rest @ ..] if what == "replay" => (replay, rest),
        [what, rest @ ..] if what == "set" && !has_only(rest) => (set, rest),
        [what, rest @ ..] if what == "repair" && !has_only(rest) => (repair, rest),
        _ => return Err(format!("what to measure is missing\n{USAGE}").into()),
    };
    let options = Options::read(rest).map_err(|problem| format!("{problem}\n{USAGE}"))?;
    if cfg!(debug_assertions) {
        return again_in_release(args);
    }
    measure(&options)
}

/// Whether logs are chosen, which is for `check`, `execute` and `replay` alone.
fn has_only(args: &[String]) -> bool {
    args.iter().any(|arg| arg == "--only")
}

/// A dev build must never measure: the parsers run inside of this very process.
fn again_in_release(args: &[String]) -> Outcome {
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--release", "--quiet", "--package", "xtask", "--", "bench"]);
    Ok(cargo.args(args).current_dir(root()).status()?.success())
}

/// All tables of `check`. False if something failed; a goal that is missed is no failure.
fn check(options: &Options) -> Outcome {
    build()?;
    let tools = peers::Tools::find(&root(), "aof")?;
    let machine = shown(machine::describe(&tools));
    let logs = logs::make(&root().join("target/bench"), options)?;
    let sections = measure(&tools, &logs, options)?;
    conclude("check", &options.command("check"), options.record, &machine, &sections)
}

/// The table of RDB files.
fn rdb(options: &Options) -> Outcome {
    build()?;
    let tools = peers::Tools::find(&root(), "rdb")?;
    let machine = shown(machine::describe(&tools));
    let dump = dumps::make(&root().join("target/bench"), options.mib)?;
    let section = rdb::compare(&tools, &dump, options.runs)?;
    conclude_all("rdb", options, &machine, &[section])
}

/// The tables of conversions.
fn convert(options: &Options) -> Outcome {
    build()?;
    let converters = convert::Converters::find()?;
    let machine = shown(converters.describe());
    let folder = root().join("target/bench");
    let dump = dumps::make(&folder, options.mib)?;
    let sections = [
        convert::compare(&converters, &dump, &folder, options.runs)?,
        convert::anew::compare(&converters, &dump, options.runs)?,
    ];
    conclude_all("convert", options, &machine, &sections)
}

/// The tables of logs that are executed.
fn execute(options: &Options) -> Outcome {
    build()?;
    let ours = peers::ours()?;
    let machine = shown(execute::describe(&ours));
    let folder = root().join("target/bench");
    let logs = logs::make(&folder, options)?;
    let sections = execute::compare(&ours, &logs, &folder, options.runs)?;
    sections.iter().for_each(|section| println!("\n{}", section.plain()));
    conclude("execute", &options.command("execute"), options.record, &machine, &sections)
}

/// The table of logs that are made to be slow.
fn hostile(options: &Options) -> Outcome {
    build()?;
    let ours = peers::ours()?;
    let machine = shown(machine::describe_ours(&ours));
    let section = hostile::compare(&ours, &root().join("target/bench"), options.runs)?;
    conclude_all("hostile", options, &machine, &[section])
}

/// The table of a large log.
fn large(options: &Options) -> Outcome {
    build()?;
    let ours = peers::ours()?;
    let machine = shown(machine::describe_ours(&ours));
    let section = hostile::large(&ours, &root().join("target/bench"), options.mib)?;
    conclude_all("large", options, &machine, &[section])
}

/// The table of logs that are sent.
fn replay(options: &Options) -> Outcome {
    build()?;
    let ours = peers::ours()?;
    let machine = shown(execute::describe(&ours));
    let folder = root().join("target/bench");
    let logs = logs::make(&folder, options)?;
    let section = replay::compare(&ours, &logs, &folder, options.runs)?;
    println!("\n{}", section.plain());
    conclude("replay", &options.command("replay"), options.record, &machine, &[section])
}

/// The table of a set beside one file.
fn set(options: &Options) -> Outcome {
    build()?;
    let tools = peers::Tools::find(&root(), "aof")?;
    let machine = shown(machine::describe_ours(&tools.ours));
    let pair = set::make(&root().join("target/bench"), options)?;
    let section = set::compare(&tools, &pair, options.runs)?;
    conclude_all("set", options, &machine, &[section])
}

/// The table of repairs.
fn repair(options: &Options) -> Outcome {
    build()?;
    let tools = peers::Tools::find(&root(), "aof")?;
    let machine = shown(machine::describe(&tools));
    let workloads = vec![Workload::Set64, Workload::Mixed];
    let logs = logs::make(&root().join("target/bench"), &Options { workloads, ..options.clone() })?;
    let section = repair::compare(&tools, &logs, options.runs)?;
    conclude_all("repair", options, &machine, &[section])
}

/// Prints what the figures are measured on, before they come.
fn shown(machine: Vec<String>) -> Vec<String> {
    machine.iter().for_each(|line| println!("{line}"));
    machine
}

/// Prints the tables, and concludes.
fn conclude_all(
    name: &str,
    options: &Options,
    machine: &[String],
    sections: &[Section],
) -> Outcome {
    sections.iter().for_each(|section| println!("\n{}", section.plain()));
    let command = format!("{name} --size {} --runs {}", options.mib, options.runs);
    conclude(name, &command, options.record, machine, sections)
}

/// Counts the goals, and keeps the tables where that was asked for.
fn conclude(
    name: &str,
    command: &str,
    is_kept: bool,
    machine: &[String],
    sections: &[Section],
) -> Outcome {
    let (met, missed) = table::goals(sections);
    println!("\ngoals: {met} met, {missed} missed");
    if is_kept {
        let page = record::write(&root(), name, command, machine, sections)?;
        println!("recorded in {}", page.display());
    }
    Ok(sections.iter().all(|section| !section.has_failures))
}

fn build() -> Result<(), Box<dyn Error>> {
    let options = ["build", "--release", "--quiet", "--package", "aof-doctor"];
    let status = Command::new("cargo").args(options).current_dir(root()).status()?;
    if !status.success() {
        return Err("aof-doctor does not build".into());
    }
    Ok(())
}

/// Prints each table as soon as it is there.
fn measure(
    tools: &peers::Tools,
    logs: &[logs::Log],
    options: &Options,
) -> Result<Vec<Section>, Box<dyn Error>> {
    let steps: [&dyn Fn() -> Result<Section, Box<dyn Error>>; 4] = [
        &|| whole::warm(tools, logs, options.runs),
        &|| whole::cold(tools, logs, options.runs),
        &|| parsers::compare(&options.workloads),
        &|| windows::compare(logs, options.runs),
    ];
    let mut sections = Vec::new();
    for step in steps {
        let section = step()?;
        if !section.table.is_empty() {
            println!("\n{}", section.plain());
            sections.push(section);
        }
    }
    Ok(sections)
}
