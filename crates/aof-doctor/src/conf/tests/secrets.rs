//! No password leaves a configuration.

use super::{folder, settings_in};

const CONF: &str = "requirepass hunter2\nmasterauth hunter2\nmasteruser hunter2\n\
    user default on >hunter2 <hunter2 #hunter2\nuser a on hunter2\nuser b on >ok \"hunter2\n\
    user c on (~a hunter2)\nuser d on (hunter2 \nrename-command CONFIG hunter2\nrename-command GET hunter2\n\
    requirepass \"hunter2\ntls-key-file-pass hunter2\naclfile users.acl\nsentinel auth-pass x hunter2\n\
    requirepass \"a\"hunter2\n";

const USERS: &str =
    "user default on >hunter2 +@all hunter2\nuser hunter\nhunter2\nuser b #hunter2\n";

#[test]
fn no_password_reaches_a_message_or_the_debug_output() {
    let folder = folder(CONF.as_bytes(), &[("users.acl", USERS)]);
    let mut settings = settings_in(folder.path()).unwrap();
    assert!(settings.warnings.len() >= 8, "{:?}", settings.warnings);
    let shown: Vec<String> = settings.warnings.iter().map(ToString::to_string).collect();
    assert!(!shown.concat().contains("hunter2"), "{shown:?}");
    let findings = format!("{:?}", settings.findings(7));
    assert!(!findings.contains("hunter2"), "{findings}");
    // A new name is no password, and the forecast needs it.
    settings.conf.renamed.clear();
    let debug = format!("{settings:?}");
    assert!(!debug.contains("hunter2"), "{debug}");
}
