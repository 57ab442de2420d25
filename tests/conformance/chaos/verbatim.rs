//! Logs that hold commands as clients sent them: forms for which today's servers write others, but which they load.

use std::collections::BTreeSet;

use aof_keyspace::{Fail, Keyspace};
use aof_log::selection::Kept;
use aof_replay::Replay;
use aof_testkit::Argv;
use aof_testkit::chaos::Chaos;
use aof_testkit::client::{Value, encode};
use aof_testkit::server::{Server, ServerKind};

use super::held::{self, Held};
use super::session::{AT_ONCE, name};

/// What a server took.
pub(crate) struct Log {
    kind: ServerKind,
    commands: Vec<Argv>,
}

impl Log {
    /// Sends commands, and notes those that are taken; of a transaction, those that took effect.
    pub(crate) fn play(kind: ServerKind, seed: u64, commands: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(kind, folder.path(), &[]).unwrap();
        let mut client = server.client().unwrap();
        let (mut chaos, mut taken) = (Chaos::exact(seed, kind), Vec::new());
        for _ in 0..commands / AT_ONCE {
            let batch = chaos.batch(AT_ONCE);
            let replies = client.pipeline(&batch).unwrap();
            for (command, reply) in batch.iter().zip(&replies) {
                chaos.learn(command, reply);
            }
            note(batch, &replies, &mut taken);
        }
        taken.retain(|command| name(command).is_some_and(is_written));
        Self { kind, commands: taken }
    }

    pub(crate) fn names(&self) -> BTreeSet<&'static str> {
        self.commands.iter().filter_map(name).collect()
    }

    fn bytes(&self, beginning: &str) -> Vec<u8> {
        let mut log = beginning.as_bytes().to_vec();
        self.commands.iter().for_each(|command| encode(command, &mut log));
        log
    }

    /// What a server holds that has loaded the log, and the errors that it met meanwhile.
    ///
    /// Nothing, if the server refused to sort for what an earlier command had left behind: docs/oracle.md.
    pub(crate) fn load(&self) -> Option<(Held, Vec<String>)> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("appendonly.aof"), self.bytes("")).unwrap();
        let server = Server::start(self.kind, folder.path(), &["--appendonly", "yes"]).unwrap();
        let told = server.command(&["INFO", "errorstats"]).unwrap().text();
        // Whoever asks while it loads is told that it does.
        let met = told.lines().filter(|line| {
            line.starts_with("errorstat_") && !line.starts_with("errorstat_LOADING")
        });
        let met = met.map(str::to_owned).collect();
        let is_confused = server.log().contains("scores can't be converted into double");
        (!is_confused).then(|| (Held::by(&server), met))
    }

    /// What we make of it, and what was refused. Times count from those of the server's loading.
    pub(crate) fn execute(&self, now: u64) -> (Keyspace<'static>, Vec<aof_replay::Failure>) {
        let log = self.bytes(&format!("#TS:{now}\r\n"));
        let mut replay = Replay::default();
        let whole = Kept::whole(0, log.len() as u64);
        replay.records(0, &mut &log[..], &whole, &()).unwrap();
        let (keyspace, report) = replay.finish();
        (keyspace, report.failures)
    }
}

/// Whether a command changes anything, or frames what does.
fn is_written(name: &str) -> bool {
    let row = aof_resp::Table::get().commands().iter().find(|row| row.name() == name);
    row.is_some_and(|row| row.class() != aof_resp::Class::Inert)
}

fn note(batch: Vec<Argv>, replies: &[Value], taken: &mut Vec<Argv>) {
    let mut open: Option<Vec<Argv>> = None;
    for (command, reply) in batch.into_iter().zip(replies) {
        let is = |word: &str| command[0].eq_ignore_ascii_case(word.as_bytes());
        match &mut open {
            None if is("MULTI") => open = Some(Vec::new()),
            None if reply.is_error() => {}
            None => taken.push(command),
            Some(queue) if is("EXEC") => {
                let group = std::mem::take(queue);
                let held = group.into_iter().zip(reply.list()).filter(|(_, it)| !it.is_error());
                taken.push(vec![b"MULTI".to_vec()]);
                taken.extend(held.map(|(command, _)| command));
                taken.push(command);
                open = None;
            }
            Some(_) if is("DISCARD") => open = None,
            Some(_) if reply.is_error() => {}
            Some(queue) => queue.push(command),
        }
    }
}

/// Compares what a server loads of the log with what we make of it.
pub(crate) fn is_the_same(log: &Log, what: &str) {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let Some((theirs, errors)) = log.load() else { return };
    let (ours, failures) = log.execute(now);
    let is_undecided =
        |it: &aof_replay::Failure| it.why == Fail::Opaque && it.name == b"GEOSEARCHSTORE";
    if !failures.is_empty() && failures.iter().all(is_undecided) {
        return;
    }
    assert_eq!(failures, [], "{what}");
    assert_eq!(errors, [""; 0], "{what}");
    held::compare_loosely(&ours, &theirs, what);
}
