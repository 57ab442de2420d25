//! What servers drop of transactions when they load a log, beside what we say of the default user.

use std::collections::BTreeSet;
use std::path::Path;

use aof_log::forecast::Conf;
use aof_log::server::{Product, Server as Version};
use aof_testkit::client::encode;
use aof_testkit::server::{Server, ServerKind, skip_unless};

use super::{folder, settings_in};
use crate::conf::users::Effect;

/// What the log leaves behind if every command runs: `a` is deleted in a transaction.
const WHOLE: [&str; 4] = ["app:b", "c", "db1", "l"];

/// A log with two transactions; the second one goes to database 1.
fn log() -> Vec<u8> {
    let commands: [&[&str]; 12] = [
        &["SELECT", "0"],
        &["SET", "a", "1"],
        &["MULTI"],
        &["SET", "app:b", "1"],
        &["LPUSH", "l", "x"],
        &["DEL", "a"],
        &["EXEC"],
        &["SET", "c", "1"],
        &["MULTI"],
        &["SELECT", "1"],
        &["SET", "db1", "1"],
        &["EXEC"],
    ];
    let mut log = Vec::new();
    commands.iter().for_each(|command| encode(command, &mut log));
    log
}

/// The keys that a server has after it loaded the log: those of database 0, and those of database 1.
fn loaded(kind: ServerKind, folder: &Path) -> (BTreeSet<String>, BTreeSet<String>) {
    let _ = std::fs::remove_dir_all(folder.join("appendonlydir"));
    std::fs::write(folder.join("appendonly.aof"), log()).unwrap();
    let server = Server::start_on_conf(kind, folder, &folder.join("redis.conf")).unwrap();
    let mut client = server.client().unwrap();
    assert_eq!(client.command(&["AUTH", "judge", "x"]).unwrap().text(), "OK");
    let mut keys = |db: &str| {
        client.command(&["SELECT", db]).unwrap();
        let keys = client.command(&["KEYS", "*"]).unwrap();
        keys.list().iter().map(aof_testkit::client::Value::text).collect()
    };
    (keys("0"), keys("1"))
}

fn version(kind: ServerKind) -> Version {
    let product = match kind.product() {
        aof_testkit::server::Product::Redis => Product::Redis,
        aof_testkit::server::Product::Valkey => Product::Valkey,
    };
    Version::new(product, kind.version().0, kind.version().1)
}

/// What every server has, and what we say, under these rules of the default user.
fn trial(rules: &str, check: impl Fn(ServerKind, &Effect, BTreeSet<String>, BTreeSet<String>)) {
    for kind in ServerKind::ALL {
        let newer = rules.contains('%') || rules.contains('(');
        if (newer && kind == ServerKind::Redis62) || skip_unless(kind).is_none() {
            continue;
        }
        let lines = format!("appendonly yes\nuser judge on >x ~* &* +@all\n{rules}\n");
        let folder = folder(lines.as_bytes(), &[]);
        let effect = settings_in(folder.path()).unwrap().users.effect();
        let (zero, one) = loaded(kind, folder.path());
        match Conf::loads_as_default_user(version(kind)) {
            Some(true) => check(kind, &effect, zero, one),
            // These run everything whatever the rules.
            _ => assert!(is_whole(&zero, &one), "{kind}, {rules}: {zero:?} {one:?}"),
        }
    }
}

fn is_whole(zero: &BTreeSet<String>, one: &BTreeSet<String>) -> bool {
    zero.iter().chain(one).map(String::as_str).collect::<BTreeSet<_>>() == BTreeSet::from(WHOLE)
        && one.len() == 1
}

#[test]
fn a_user_without_limits_loses_nothing_whether_on_or_off_with_or_without_password() {
    for rules in [
        "",
        "requirepass secret",
        "user other off",
        "user Default off",
        "user default off nopass ~* +@all",
        "user default on >pw ~* resetchannels +@all",
        "user default off ~* +@all -@pubsub -config -debug -exec -multi",
        "user default on (~* +@all)",
        "user default on %RW~* +@all",
        "user default on %R~* %W~* +@all",
        "user default on ~a* ~* +@all",
        "user default on ~* +@write +pfcount +select +script",
    ] {
        trial(rules, |kind, effect, zero, one| {
            assert_eq!(*effect, Effect::Nothing, "{kind}, {rules}");
            assert!(is_whole(&zero, &one), "{kind}, {rules}: {zero:?} {one:?}");
        });
    }
}

#[test]
fn a_user_that_may_write_nothing_loses_every_transaction() {
    for rules in [
        "user default off",
        "user default on nopass",
        "user default on nopass ~*",
        "user default on nopass +@all",
        "user default on nopass %R~* +@all",
        "user default on nopass ~* +@all reset",
        "user default on nopass ~* +@all -@write",
        "user default on nopass ~* +@read",
    ] {
        trial(rules, |kind, effect, zero, one| {
            assert!(matches!(effect, Effect::Everything { .. }), "{kind}, {rules}: {effect:?}");
            assert_eq!(zero, ["a", "c"].map(str::to_owned).into(), "{kind}, {rules}");
            assert_eq!(one, BTreeSet::new(), "{kind}, {rules}");
        });
    }
}

#[test]
fn a_user_with_limits_loses_single_commands_and_sometimes_the_database() {
    for (rules, zero, one) in [
        ("user default on nopass ~app:* +@all", &["a", "app:b", "c"][..], &[][..]),
        ("user default on nopass ~* +@all -lpush", &["app:b", "c"], &["db1"]),
        ("user default on nopass ~* +@read +set +select", &["a", "app:b", "c"], &["db1"]),
        ("user default on nopass ~* +@write", &["app:b", "c", "db1", "l"], &[]),
        ("user default on nopass +@all (~app:* +set)", &["a", "app:b", "c"], &[]),
    ] {
        let set =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        trial(rules, |kind, effect, loaded_zero, loaded_one| {
            assert!(
                matches!(effect, Effect::Part { rare: false, .. }),
                "{kind}, {rules}: {effect:?}"
            );
            assert_eq!(loaded_zero, set(zero), "{kind}, {rules}");
            assert_eq!(loaded_one, set(one), "{kind}, {rules}");
        });
    }
}

#[test]
fn the_categories_of_commands_are_those_of_every_server_with_parts() {
    let ours = crate::conf::users::logged();
    for kind in ServerKind::ALL.into_iter().filter(|kind| kind.has_parts()) {
        if skip_unless(kind).is_none() {
            continue;
        }
        let folder = folder(b"save \"\"\n", &[]);
        let server =
            Server::start_on_conf(kind, folder.path(), &folder.path().join("redis.conf")).unwrap();
        let mut known = BTreeSet::new();
        for category in server.command(&["ACL", "CAT"]).unwrap().list() {
            let category = category.text();
            for member in server.command(&["ACL", "CAT", &category]).unwrap().list() {
                let name = member.text().to_uppercase().replace('|', " ");
                if let Some(categories) = ours.get(name.as_str()) {
                    assert!(categories.contains(&category.as_str()), "{kind}: {name} {category}");
                    known.insert((name, category.clone()));
                }
            }
        }
        let names: BTreeSet<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
        let listed = names.iter().map(|name| ours[name].len()).sum::<usize>();
        assert_eq!(known.len(), listed, "{kind} has fewer categories for a command");
        assert!(names.len() > 70, "{kind}");
    }
}
