//! What is no RDB file, and what must not be written to.

use std::io::IsTerminal as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use aof_source::{Container, Input, Kind, OpenError};

use super::request::usage;
use super::{ConvertArgs, To};
use crate::convert::{LostKey, Stop};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::ui::Ui;
use crate::{escape, figures, shell};

/// Opens the input, which must be an RDB file.
pub(super) fn open(path: &Path, ui: &mut Ui) -> Result<Input, Failure> {
    let opened = if path.as_os_str() == "-" { Input::stdin() } else { Input::open(path) };
    let mut input = opened.map_err(|error| match error {
        OpenError::Folder { .. } => no_logs(format!("{} is a folder", escape::path(path)), path),
        error => Failure::operational(escape::sentence(&error.to_string())),
    })?;
    if input.waits() {
        ui.status("waiting for the file to come in");
    }
    let sniff = input
        .sniff()
        .map_err(|error| Failure::operational(escape::sentence(&error.to_string())))?;
    let shown = escape::path(path);
    match sniff.kind {
        Kind::Rdb { .. } => Ok(input),
        Kind::Empty => {
            Err(Failure::operational(format!("{shown} is empty: there is nothing to convert")))
        }
        Kind::Resp(_) => Err(no_logs(format!("{shown} is a log"), path)),
        Kind::Manifest => Err(no_logs(format!("{shown} is the manifest of a set of logs"), path)),
        kind => Err(Failure::operational(format!("{shown} is no RDB file: {kind}"))
            .hint(escape::sentence(&sniff.reason))),
    }
}

/// Only RDB files can be converted.
fn no_logs(what: String, path: &Path) -> Failure {
    let failure = Failure::operational(format!("{what}, and converting logs is not there yet"))
        .hint("give an RDB file: dump.rdb, or the base of a set (appendonly.aof.1.base.rdb)");
    let next = format!("aof-doctor check {}", shell::quoted(path));
    Failure { next: (path.as_os_str() != "-").then_some(next), ..failure }
}

/// Refuses outputs that make no sense.
pub(super) fn output(args: &ConvertArgs, input: &Input) -> Result<(), Failure> {
    if args.is_to_stdout() {
        if args.json {
            return Err(usage(
                "--json needs a file: with -o - standard output is taken by the keys",
            ));
        }
        if args.to == Some(To::Resp) && std::io::stdout().is_terminal() {
            return Err(usage("commands hold any bytes, which a terminal would act on")
                .hint("give a file with -o, or a pipe: -o - | redis-cli --pipe"));
        }
        return Ok(());
    }
    let meta = input.meta();
    let is_same = std::fs::metadata(&args.output)
        .is_ok_and(|there| (there.dev(), there.ino()) == (meta.device, meta.inode));
    match is_same {
        true => Err(usage(format!("{} is the input itself", escape::path(&args.output)))
            .hint("give another name: inputs are never written to")),
        false => Ok(()),
    }
}

/// Why nothing was put in place, for the one who typed it.
pub(super) fn stopped(stop: Stop, args: &ConvertArgs) -> Failure {
    match stop {
        Stop::Storage(error @ aof_source::ReadError::Decode { .. }) => {
            damaged(escape::sentence(&error.to_string()), args)
        }
        Stop::Storage(error) => Failure::operational(escape::sentence(&error.to_string())),
        Stop::Record(why) => damaged(escape::sentence(&why), args),
        Stop::Value(LostKey { db, name, at, why }) => damaged(
            format!(
                "the value of key {} (db {db}) cannot be read: {}; its record begins at byte {}",
                escape::name(&name),
                escape::sentence(&why),
                figures::offset(at)
            ),
            args,
        ),
        Stop::Checksum { stored, computed } => damaged(
            format!(
                "the checksum is wrong: {stored:016x} stands in the file, its bytes have {computed:016x}; every record \
                 can be read, but values may be altered"
            ),
            args,
        ),
        Stop::Log(end) => no_logs(
            format!(
                "{} is a log that begins with an RDB file: commands follow at byte {}",
                escape::path(&args.path),
                figures::offset(end)
            ),
            &args.path,
        ),
        Stop::NoCreation => Failure::operational("the file does not say when it was written")
            .hint("say by how much expiries are to be moved, such as --expired shift=2h"),
        Stop::Threads(why) => Failure::operational(escape::sentence(&why)),
        Stop::HungUp => Failure::cancelled(match args.is_to_stdout() {
            true => "cancelled: what was written so far is not whole",
            false => "cancelled; nothing was put in place",
        }),
    }
}

fn damaged(message: String, args: &ConvertArgs) -> Failure {
    let hint = match args.is_to_stdout() {
        true => {
            "what was written so far is not whole; --salvage leaves out what cannot be read, and lists it"
        }
        false => "nothing was put in place; --salvage leaves out what cannot be read, and lists it",
    };
    let failure = Failure { exit: Exit::DAMAGE, ..Failure::operational(message) }.hint(hint);
    Failure { next: Some(args.again("--salvage")), ..failure }
}

/// Bytes in all, where offsets count bytes on the disk.
pub(super) fn length(input: &mut Input) -> Option<u64> {
    match input.container() {
        Ok(Container::Plain) => input.meta().bytes,
        _ => None,
    }
}
