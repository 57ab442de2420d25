//! Rules of users, and what they leave of transactions.

use super::{folder, settings, settings_in, warnings};
use crate::conf::users::Effect;
use aof_log::{Confidence, Severity};

fn effect(rules: &str) -> Effect {
    settings(&format!("user default {rules}\n")).users.effect()
}

fn why(rules: &str) -> String {
    match effect(rules) {
        Effect::Nothing => String::new(),
        Effect::Part { why, .. } => format!("part: {why}"),
        Effect::Everything { why } => format!("all: {why}"),
    }
}

#[test]
fn a_user_that_may_do_everything_does_not_matter_on_or_off() {
    for rules in [
        "on nopass ~* &* +@all",
        "off >pw allkeys allcommands",
        "nopass %RW~* +@all -debug -config|set -keys",
        "%R~* %W~* +@all",
        "(~* +@all)",
        "-@all (+@read ~a) (~* +@all)",
        "reset ~* +@all resetchannels",
        "~* +@all -@pubsub -@blocking",
    ] {
        assert_eq!(effect(rules), Effect::Nothing, "{rules}");
    }
    assert_eq!(
        settings("requirepass s\nuser admin on ~* +@all\nuser Default off\n").users.effect(),
        Effect::Nothing
    );
}

#[test]
fn a_user_that_is_only_named_may_do_nothing() {
    assert_eq!(why("on nopass"), "all: may write no key");
    assert_eq!(why("+@all"), "all: may write no key");
    assert_eq!(why("%R~* +@all"), "all: may write no key");
    assert_eq!(why("~* +@read +select"), "all: may run no command that writes a key");
    assert_eq!(why("~* &*"), "all: may run no command that writes a key");
    assert_eq!(why("~* +@all clearselectors reset"), "all: may write no key");
}

#[test]
fn limits_on_some_commands_and_keys_are_told_from_each_other() {
    assert_eq!(why("~app:* +@all"), "part: may not read and write every key");
    assert_eq!(why("%W~* +@all"), "part: may not read and write every key");
    assert_eq!(why("~* +@all -lpush"), "part: may not run LPUSH");
    assert_eq!(why("~a +@all -set"), "part: may not run SET and may not read and write every key");
    assert_eq!(why("~* +@write"), "part: may not run PFCOUNT, SELECT, SCRIPT FLUSH, SCRIPT LOAD");
    let rare = |rules: &str| matches!(effect(rules), Effect::Part { rare: true, .. });
    assert!(rare("~* +@all -@dangerous -@scripting"));
    assert!(!rare("~* +@all -@dangerous -set"));
}

#[test]
fn rules_that_servers_refuse_are_told_by_their_number() {
    for (rules, words) in [
        ("on mypassword", "rule 2 of the user has no form"),
        ("~* ~app:*", "rule 2 of the user adds a pattern where everything is allowed"),
        ("on +nope", "rule 2 of the user names a command or a category"),
        ("+@nope", "rule 1 of the user names a command or a category"),
        ("+config|get|x", "rule 1 of the user names an argument of a subcommand"),
        ("#abc", "rule 1 of the user is no hash"),
        ("(~* +@all) (", "rule 2 of the user opens a parenthesis"),
        ("(on)", "rule 1 of the user has no form"),
        ("%~a", "rule 1 of the user has no form"),
    ] {
        let said = warnings(&format!("user default {rules}\n"));
        assert!(said.len() == 1 && said[0].contains(words), "{rules}: {said:?}");
    }
    assert!(warnings("user default on\nuser default off\n")[0].contains("was named before"));
}

#[test]
fn an_acl_file_is_read_from_the_data_folder() {
    let conf = b"aclfile users.acl\ndir data\n";
    let text = "user  default on ~app:* +@all\n\n  user admin on  ~* +@all\t\r\n";
    let folder = folder(conf, &[("data/users.acl", text)]);
    let settings = settings_in(folder.path()).unwrap();
    assert_eq!(settings.warnings.len(), 1, "two blanks in front of a name make an empty name");
    std::fs::write(folder.path().join("data/users.acl"), text.replace("user  ", "user ")).unwrap();
    let settings = settings_in(folder.path()).unwrap();
    assert_eq!(settings.warnings, []);
    let why = settings.conf.partly_restricted_user.as_deref();
    assert_eq!(why, Some("the default user may not read and write every key"));
    assert_eq!(settings.sources.len(), 2);
}

#[test]
fn an_acl_file_that_is_gone_or_comes_with_users_keeps_servers_from_starting() {
    let gone = warnings("aclfile gone.acl\n");
    assert!(gone[0].contains("cannot read the ACL file"), "{gone:?}");
    let folder = folder(b"user a on\naclfile u\n", &[("u", "# no comments here\n")]);
    let settings = settings_in(folder.path()).unwrap();
    let said: Vec<String> = settings.warnings.iter().map(ToString::to_string).collect();
    assert!(
        said[0].contains("aclfile: it is not allowed together with lines of `user`"),
        "{said:?}"
    );
    assert!(said[1].contains("u, line 1: it does not say `user` and a name"), "{said:?}");
}

#[test]
fn the_finding_needs_transactions_and_weighs_what_they_lose() {
    let finding = |rules: &str, transactions| {
        settings(&format!("user default {rules}\n")).acl_finding(transactions)
    };
    assert_eq!(finding("on nopass", 0), None);
    assert_eq!(finding("~* +@all", 3), None);
    let all = finding("on nopass", 3).unwrap();
    assert_eq!((all.severity, all.confidence), (Severity::Damage, Confidence::Certain));
    assert!(
        all.message.contains("of the 3 transactions in this log they leave out all"),
        "{}",
        all.message
    );
    let part = finding("~app:* +@all", 1).unwrap();
    assert_eq!((part.severity, part.confidence), (Severity::Attention, Confidence::Likely));
    let rare = finding("~* +@all -@dangerous", 1).unwrap();
    assert_eq!(rare.severity, Severity::Note);
    assert_eq!(settings("user default on\nreplicaof a 1\n").findings(1).len(), 2);
}
