//! Configurations that five servers are started with: what they make of each line beside what we do.

use std::path::{Path, PathBuf};

use aof_testkit::server::{Server, ServerKind, StartError, skip_unless};

use super::{folder, settings_in};
use crate::conf::Settings;

/// Lines that every server knows. Where servers differ, we must at least say something.
const LINES: &[&str] = &[
    "appendonly no",
    "appendonly YES\nAppendOnly no",
    "   # appendonly yes\n\t appendonly yes\r",
    "appendonly \"ye\\x73\"",
    "appendonly ye\\x73",
    "appendonly yes # really",
    "appendonly",
    "appendonly 1",
    "appendfilename \"a b\"",
    "appendfilename a\"b c\"",
    "appendfilename \"a\\x41\\n\\q\\\"\"",
    "appendfilename 'it\\'s'",
    "appendfilename a/b",
    "appendfilename a\\b",
    "appendfilename \"a",
    "appendfilename \"a\\\"",
    "appendfilename ..",
    "dbfilename a/b",
    "dbfilename \"q\\x00b\"",
    "dbfilename \"a\"b",
    "dbfilename \"a\"\"b\"",
    "dbfilename \"a\\x4g\"",
    "dbfilename \"\\xff\"",
    "dbfilename \"a\tb\"",
    "dbfilename \"\"",
    "databases 1",
    "databases 0",
    "databases +5",
    "databases 016",
    "databases \"16 \"",
    "databases 99999999999999999999",
    "databases 5\n\0\ndatabases 6",
    "maxmemory 1kb",
    "maxmemory 1m",
    "maxmemory 3gB",
    "maxmemory 2b",
    "maxmemory kb",
    "maxmemory \"\"",
    "maxmemory 1.5gb",
    "maxmemory -1",
    "maxmemory 50%",
    "maxmemory 1 gb",
    "maxmemory 20000000000gb",
    "maxmemory 18446744073709551615",
    "maxmemory 99999999999999999999",
    "save \"\"",
    "save",
    "save \" \"",
    "save 900 1\nsave",
    "save 900 1\nsave \"\"",
    "save \"\"\nsave 900 1",
    "save 900 1 300 10",
    "save \"900 1 300 10\"",
    "save \"900 1\"",
    "save 0 1",
    "save 900 -1",
    "save 900",
    "save 900x 1",
    "save +900 \" 1\"",
    "save \"\" \"\"",
    "replicaof no one",
    "replicaof 127.0.0.1 1\nslaveof NO One",
    "slaveof 127.0.0.1 01",
    "replicaof \"127.0.0.1 1\"",
    "replicaof 127.0.0.1 x",
    "replicaof 127.0.0.1 70000",
    "replicaof 127.0.0.1 \"1 \"",
    "replicaof 127.0.0.1",
    "replicaof 127.0.0.1 1\ncluster-enabled yes",
    "cluster-enabled yes\ncluster-config-file x",
    "dir a\ndir b",
    "dir ./a/../a",
    "dir \"\"",
    "dir gone",
    "dir a b",
    "include x.conf",
    "databases 3\ninclude x.conf",
    "include x.conf\ndatabases 3",
    "dir a\ninclude x.conf",
    "include x.conf\ndir a",
    "include a/y.conf",
    "include a",
    "include gone.conf",
    "INCLUDE x.conf",
    "rename-command flushall fa\nrename-command FA fb",
    "rename-command flushall set",
    "rename-command set set",
    "rename-command set SET\nrename-command set x",
    "rename-command zzz a",
    "rename-command set x\nrename-command get set\nrename-command x get",
    "rename-command flushall \"\"\nrename-command flushall a",
    "rename-command flushall \"\"\nrename-command set flushall",
    "user a on >pw ~x* resetchannels &c +@all -@dangerous +select|0",
    "user a on mypassword",
    "user a ~* ~b",
    "user a +nope",
    "user a +@nope",
    "user a #abc",
    "user \"a b\" on",
    "user",
    "user a on\naclfile x.conf",
    "user default on\nuser default off",
    "aclfile gone.acl",
    "aclfile users.acl",
    "aclfile \"\"",
    "aclfile x.conf",
    "dir a\naclfile users.acl",
    "loadmodule",
];

/// Lines that Redis 6.2 does not know, and that are no mistake.
const SINCE_7: &[&str] = &[
    "appenddirname aofs",
    "appenddirname a/b",
    "appenddirname \"\"",
    "appendfilename \"\"",
    "include z*.conf",
    "include nothing*.conf",
    "include [xz]?.conf\ninclude *.conf",
    "include **[^xz]2.conf",
    "user a on %R~x (~y +get) ( +set ~z )",
    "user a on %RR~a",
    "user a on %R",
    "user a (on)",
    "user a on (~x",
    "user a +config|nope",
    "user a +config|get|x",
    "user a -config|get",
    "user a +@all|x",
    "user a &* &b",
    "user a on &b",
];

const FILES: &[(&str, &str)] = &[
    ("a/b/", ""),
    ("x.conf", "databases 6\nappendfilename inc.aof\n"),
    ("z1.conf", "databases 8\n"),
    ("z2.conf", "databases 9\n"),
    ("y2.conf", "databases 10\n"),
    ("a/x.conf", "databases 5\n"),
    ("a/y.conf", "include x.conf\n"),
    ("users.acl", "user default on nopass ~* &* +@all\n\n  user a  on >x +@all\t\r\n"),
    ("a/users.acl", "# no comment\nuser default on nopass ~* &* +@all\n"),
];

#[test]
fn every_server_makes_of_each_line_what_we_make_of_it() {
    for lines in LINES {
        compare(lines, &ServerKind::ALL);
    }
}

#[test]
fn lines_that_6_2_does_not_know_are_read_as_later_servers_do() {
    for lines in SINCE_7 {
        compare(lines, &ServerKind::ALL[1..]);
    }
}

/// Starts these servers with the lines, and holds us to what they do.
pub(super) fn compare(lines: &str, kinds: &[ServerKind]) {
    let (mut up, mut down) = (Vec::new(), Vec::new());
    let conf = format!("{lines}\n");
    let here = folder(conf.as_bytes(), FILES);
    let ours = settings_in(here.path());
    let refused = |settings: &Settings| settings.warnings.iter().any(|warning| warning.refused);
    for kind in kinds.iter().copied().filter(|kind| skip_unless(*kind).is_some()) {
        let there = folder(conf.as_bytes(), FILES);
        match Server::start_on_conf(kind, there.path(), &there.path().join("redis.conf")) {
            Ok(server) => {
                up.push(kind);
                let settings = ours.as_ref().unwrap_or_else(|_| panic!("{kind} reads it: {lines}"));
                let said = settings.warnings.len();
                let same = mismatch(&server, settings, there.path(), here.path());
                // A server that differs from the others is allowed for by saying so.
                assert!(same.is_none() || said > 0, "{kind}: {same:?}\n{lines}");
            }
            Err(StartError::Died { log, .. }) => down.push((kind, log)),
            Err(error) => panic!("{kind}: {error}\n{lines}"),
        }
    }
    let said = ours.as_ref().map_or(1, |settings| settings.warnings.len());
    let gone =
        ours.as_ref().is_ok_and(|s| s.folder.as_ref().is_some_and(|folder| !folder.is_dir()));
    if down.is_empty() {
        assert!(
            ours.is_ok_and(|settings| !refused(&settings)),
            "all servers start with it: {lines}"
        );
    } else if up.is_empty() {
        let told = gone || ours.as_ref().map_or(true, refused);
        assert!(told, "no server starts with it: {lines}\n{}", down[0].1);
    } else {
        assert!(said > 0, "{up:?} start with it, the others say:\n{}\n{lines}", down[0].1);
    }
}

/// The first parameter that the server has otherwise than we have.
fn mismatch(server: &Server, ours: &Settings, there: &Path, here: &Path) -> Option<String> {
    let yes_no = |yes: bool| Some(if yes { b"yes".to_vec() } else { b"no".to_vec() });
    let number = |number: u64| Some(number.to_string().into_bytes());
    let conf = &ours.conf;
    let folder = ours.folder.as_deref().unwrap_or(here);
    let folder = folder.canonicalize().ok()?;
    let below = folder.strip_prefix(here.canonicalize().unwrap()).unwrap();
    let dir: PathBuf =
        there.canonicalize().unwrap().components().chain(below.components()).collect();
    let replica_of = conf.replica_of.as_deref().unwrap_or_default();
    let replica_of = replica_of.split(" (").next().unwrap_or_default().replace(':', " ");
    let databases = conf.databases;
    let or = |name: &Option<Vec<u8>>, default: &str| {
        Some(name.clone().unwrap_or_else(|| default.as_bytes().to_vec()))
    };
    [
        ("dir", Some(dir.to_str()?.as_bytes().to_vec())),
        ("appendonly", yes_no(conf.appendonly.unwrap_or(false))),
        ("appendfilename", or(&conf.append_filename, "appendonly.aof")),
        ("appenddirname", or(&conf.append_dirname, "appendonlydir")),
        ("dbfilename", Some(conf.db_filename.clone())),
        ("aof-load-truncated", yes_no(conf.load_truncated)),
        ("aof-use-rdb-preamble", yes_no(conf.rdb_preamble)),
        ("databases", number(databases.into()).filter(|_| !conf.cluster)),
        ("cluster-databases", number(conf.cluster_databases.into())),
        ("cluster-enabled", yes_no(conf.cluster)),
        ("maxmemory", number(conf.maxmemory)),
        ("replicaof", Some(replica_of.into_bytes())),
    ]
    .into_iter()
    .find_map(|(name, value)| {
        let theirs = parameter(server, name)?;
        (value.as_ref()? != &theirs).then(|| {
            let ours = value.unwrap_or_default();
            format!("{name}: {}, not {}", theirs.escape_ascii(), ours.escape_ascii())
        })
    })
    .or_else(|| {
        let saves = !parameter(server, "save")?.is_empty();
        (saves != conf.saves).then(|| format!("save: {saves}, not {}", conf.saves))
    })
}

/// `None` if the server has no such parameter.
fn parameter(server: &Server, name: &str) -> Option<Vec<u8>> {
    match server.command(&["CONFIG", "GET", name]).unwrap().list() {
        [_, aof_testkit::client::Value::Text(value)] => Some(value.clone()),
        _ => None,
    }
}
