//! Configurations made by chance, read by us and by servers; and bytes that are none.

use aof_testkit::Rng;
use aof_testkit::server::ServerKind;

use super::{folder, servers, settings_in};

/// Directives that servers from 6.2 on know, with values that are good and some that are not.
const POOL: &[(&str, &[&str])] = &[
    ("appendonly", &["yes", "no", "NO", "Yes", "maybe"]),
    ("aof-load-truncated", &["yes", "no"]),
    ("aof-use-rdb-preamble", &["yes", "no"]),
    ("appendfilename", &["a.aof", "a b", "it's", "-", "x\ty", "\u{e4}"]),
    ("dbfilename", &["d.rdb", "\\", "\"", "d e", "\u{7}"]),
    ("databases", &["1", "5", "100", "0"]),
    ("maxmemory", &["0", "100mb", "1Gb", "7k", "12", "x"]),
    ("dir", &["a", "a/b", "./a"]),
    ("include", &["x.conf", "y2.conf"]),
    ("maxclients", &["10", "100"]),
    ("requirepass", &[""]),
    ("timeout", &["0"]),
];

/// A value as it is, or with the marks that keep it one word.
fn quoted(rng: &mut Rng, value: &str) -> String {
    let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"./-".contains(&byte));
    match rng.below(3) {
        0 if plain && !value.is_empty() => value.to_owned(),
        1 if !value.contains('\\') => format!("'{}'", value.replace('\'', "\\'")),
        _ => {
            let mut text = String::from('"');
            for byte in value.bytes() {
                let plain = byte.is_ascii_graphic() && !b"\"\\".contains(&byte) && rng.chance(80);
                match plain {
                    true => text.push(char::from(byte)),
                    false => text.push_str(&format!("\\x{byte:02X}")),
                }
            }
            text + "\""
        }
    }
}

fn line(rng: &mut Rng) -> String {
    let (name, values) = *rng.pick(POOL);
    let name = if rng.chance(20) { name.to_uppercase() } else { name.to_owned() };
    let value: &str = rng.pick::<&str>(values);
    let value = quoted(rng, value);
    let blank = *rng.pick(&["", " ", "\t", "  "]);
    let end = *rng.pick(&["", "\r", " \t"]);
    match rng.below(12) {
        0 => format!("{blank}# {name} {value}"),
        1 => String::new(),
        2 => format!("save {} {}", rng.below(3), rng.below(3)),
        _ => format!("{blank}{name} {blank}{value}{end}"),
    }
}

#[test]
fn five_servers_read_configurations_made_by_chance_as_we_do() {
    for seed in 0..40 {
        let mut rng = Rng::new(seed);
        let lines = rng.between(1, 8);
        let conf: Vec<String> = (0..lines).map(|_| line(&mut rng)).collect();
        servers::compare(&conf.join("\n"), &ServerKind::ALL);
    }
}

#[test]
fn bytes_that_are_no_configuration_are_read_to_their_end() {
    for seed in 0..2000 {
        let mut rng = Rng::new(seed);
        let words: [&[u8]; 14] = [
            b"user default ",
            b"(",
            b")",
            b"\"",
            b"'",
            b"\\x",
            b"\0",
            b"\n",
            b" ",
            b"~",
            b"%RW~",
            b"+@",
            b"save ",
            b"\xff|",
        ];
        let mut conf = Vec::new();
        for _ in 0..rng.between(0, 40) {
            conf.extend_from_slice(rng.pick::<&[u8]>(&words));
            if rng.chance(20) {
                conf.push(rng.below(256) as u8);
            }
        }
        let folder = folder(&conf, &[("users.acl", &String::from_utf8_lossy(&conf))]);
        let settings = settings_in(folder.path()).unwrap();
        for warning in &settings.warnings {
            let shown = warning.to_string();
            assert!(!shown.chars().any(char::is_control), "{rng}: {shown:?}");
        }
        let _ = settings.findings(1);
        let _ = crate::conf::nodes::primary_of_myself(&conf);
    }
}
