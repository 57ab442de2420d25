//! One server from its start to its sudden end, while reckless clients write.

use std::collections::BTreeSet;
use std::path::PathBuf;

use aof_resp::Table;
use aof_testkit::Argv;
use aof_testkit::chaos::Chaos;
use aof_testkit::client::Client;
use aof_testkit::server::{Server, ServerKind};

use crate::converted::SETTINGS;

/// So many commands are sent with one seed.
pub(crate) const COMMANDS: usize = 2000;

/// So many are sent at once.
pub(crate) const AT_ONCE: usize = 100;

/// As a replica a server lets nothing expire: keys whose time has passed stand in logs until somebody asks for them.
pub(crate) const KEEPS: [&str; 3] = ["--replicaof", "127.0.0.1", "1"];

/// What a server left, and what it was sent.
pub(crate) struct Session {
    pub(crate) kind: ServerKind,
    folder: tempfile::TempDir,
    args: Vec<&'static str>,
    sent: Vec<Argv>,
}

impl Session {
    /// Sends commands, has the log rewritten twice meanwhile, and kills the server; now and then in the middle of a third
    /// time.
    pub(crate) fn play(kind: ServerKind, seed: u64, commands: usize) -> Self {
        let (folder, args) = (tempfile::tempdir().unwrap(), settings(kind, seed));
        let mut server = Server::start(kind, folder.path(), &args).unwrap();
        let mut client = server.client().unwrap();
        client.command(&["DEBUG", "SET-ACTIVE-EXPIRE", "0"]).unwrap();
        let (mut chaos, mut sent) = (Chaos::new(seed, kind), Vec::new());
        let batches = commands / AT_ONCE;
        for number in 0..batches {
            if number == batches / 3 || number == 2 * batches / 3 {
                rewrite(&mut client);
            }
            let batch = chaos.batch(AT_ONCE);
            let replies = client.pipeline(&batch).unwrap_or_else(|error| {
                panic!("{kind}, seed {seed}: {error}\n{}", server.log());
            });
            for (command, reply) in batch.iter().zip(&replies) {
                chaos.learn(command, reply);
            }
            sent.extend(batch);
        }
        wait_for_rewrite(&mut client);
        if seed.is_multiple_of(5) {
            rewrite(&mut client);
        }
        server.kill9().unwrap();
        Self { kind, folder, args, sent }
    }

    /// The file or folder of the log, below the data.
    pub(crate) fn log_name(&self) -> &'static str {
        if self.kind.has_parts() { "appendonlydir" } else { "appendonly.aof" }
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder.path().join(self.log_name())
    }

    /// A server that has loaded the log.
    pub(crate) fn reload(&self) -> Server {
        Server::start(self.kind, self.folder.path(), &[&self.args, &KEEPS[..]].concat()).unwrap()
    }

    /// The same, where what has expired vanishes.
    pub(crate) fn reload_alone(&self) -> Server {
        Server::start(self.kind, self.folder.path(), &self.args).unwrap()
    }

    /// The commands of the table that were sent.
    pub(crate) fn names(&self) -> BTreeSet<&'static str> {
        self.sent.iter().filter_map(|command| name(command)).collect()
    }
}

/// What failed can be looked at.
impl Drop for Session {
    fn drop(&mut self) {
        self.folder.disable_cleanup(std::thread::panicking());
    }
}

/// The command's name in the table.
pub(crate) fn name(command: &Argv) -> Option<&'static str> {
    let args: Vec<&[u8]> = command.iter().map(Vec::as_slice).collect();
    Table::get().resolve_args(&args).map(aof_resp::Command::name)
}

/// How values are packed, and how logs are written, differs from seed to seed.
fn settings(kind: ServerKind, seed: u64) -> Vec<&'static str> {
    let mut args = vec!["--appendonly", "yes", "--appendfsync", "always", "--hz", "100"];
    args.extend(SETTINGS[(seed % 3) as usize]);
    if seed % 4 == 1 {
        args.extend(["--aof-use-rdb-preamble", "no"]);
    }
    if seed.is_multiple_of(2) && kind.has_parts() {
        args.extend(["--aof-timestamp-enabled", "yes"]);
    }
    args
}

/// Begins another base while clients go on.
fn rewrite(client: &mut Client) {
    wait_for_rewrite(client);
    let reply = client.command(&["BGREWRITEAOF"]).unwrap();
    assert!(!reply.is_error(), "{}", reply.text());
}

fn wait_for_rewrite(client: &mut Client) {
    loop {
        let told = client.command(&["INFO", "persistence"]).unwrap().text();
        if told.contains("aof_rewrite_in_progress:0") && told.contains("aof_rewrite_scheduled:0") {
            assert!(told.contains("aof_last_bgrewrite_status:ok"), "{told}");
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}
