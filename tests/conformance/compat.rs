//! The program under the name of redis-check-aof, beside the real one, on the same bytes.

#[path = "compat/rdb.rs"]
mod rdb;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use aof_testkit::server::{Checker, ServerKind, skip_unless};
use aof_testkit::{Damage, RandomLog, Rng};

use crate::case::all;

/// The one that is modelled, and one that went its own way since.
const KINDS: [ServerKind; 2] = [ServerKind::Redis70, ServerKind::Valkey91];

/// Fixtures on which the two differ, and why.
const DIFFERENCES: &[(&str, &str)] = &[];

/// Logs of random damage.
const DAMAGES: u64 = 200;

/// An exit code, and the lines without what differs from run to run.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    code: Option<i32>,
    lines: Vec<String>,
}

impl Said {
    fn new(code: Option<i32>, text: &str, copy: &Path) -> Self {
        let text = text.replace(copy.parent().unwrap().to_str().unwrap(), "FOLDER");
        let text = without_odd_byte(&text);
        let lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
        Self { code, lines: lines.map(comparable).collect() }
    }
}

/// Servers print the byte that they found as it is, a line end for instance; we escape it.
fn without_odd_byte(text: &str) -> String {
    let Some((before, rest)) = text.split_once("', got: '") else {
        return text.to_owned();
    };
    let (byte, behind) = rest.split_once("\nAOF analyzed").unwrap_or((rest, ""));
    let is_plain = byte.len() == 2 && byte.as_bytes()[0].is_ascii_graphic();
    let byte = if is_plain { byte } else { "odd" };
    format!("{before}', got: '{byte}\nAOF analyzed{behind}")
}

/// Servers print what stands behind the end of a line in their buffer, and log lines begin with a time.
fn comparable(line: &str) -> String {
    if let Some((begin, _)) = line.split_once("Expected \\r\\n, got: 00") {
        return format!("{begin}Expected \\r\\n, got: 00");
    }
    match line.split_once(" # ") {
        Some((before, logged)) if before.contains(':') => logged.to_owned(),
        _ => line.to_owned(),
    }
}

/// Whether a line is about what is inside of an RDB file, of which each version tells something else.
fn is_of_rdb(line: &str) -> bool {
    let begins = ["[offset ", "[info] ", "[additional info] ", "--- RDB ERROR"];
    begins.iter().any(|begin| line.starts_with(begin))
        || line.contains(" * Cleaning slot migration log")
}

/// What the checker of a server says.
fn theirs(checker: &Checker, file: &Path) -> Said {
    let checked = checker.aof(file).unwrap();
    Said::new(checked.code, &checked.text, &checked.copy)
}

/// What we say; the file is left as it was.
fn ours(room: &Path, file: &Path) -> Said {
    let program = room.join("redis-check-aof");
    if !program.exists() {
        symlink(env!("CARGO_BIN_EXE_aof-doctor"), &program).unwrap();
    }
    let before = fs::read(file).unwrap();
    let output = Command::new(program).arg(file).output().unwrap();
    assert_eq!(fs::read(file).unwrap(), before);
    Said::new(output.status.code(), &String::from_utf8(output.stdout).unwrap(), file)
}

/// Where the two do not say the same.
fn differs(kind: ServerKind, file: &Path) -> Option<String> {
    let checker = Checker::of(kind).unwrap().expect("the server was found");
    let room = tempfile::tempdir().unwrap();
    let (mut theirs, mut ours) = (theirs(&checker, file), ours(room.path(), file));
    if kind != ServerKind::Redis70 {
        for said in [&mut theirs, &mut ours] {
            said.lines.retain(|line| !is_of_rdb(line));
        }
    }
    (theirs != ours).then(|| format!("{kind}: {theirs:#?}\nours: {ours:#?}"))
}

fn differs_on(kind: ServerKind, bytes: &[u8]) -> Option<String> {
    let room = tempfile::tempdir().unwrap();
    let file = room.path().join("appendonly.aof");
    fs::write(&file, bytes).unwrap();
    differs(kind, &file)
}

fn kinds() -> impl Iterator<Item = ServerKind> {
    KINDS.into_iter().filter(|kind| skip_unless(*kind).is_some())
}

#[test]
fn every_fixture_is_told_in_the_same_words() {
    let mut problems = Vec::new();
    for kind in kinds() {
        for case in all() {
            for (what, file) in
                [("damaged", Some(&case.damaged)), ("near-miss", case.near_miss.as_ref())]
            {
                let Some(file) = file else { continue };
                let label = format!("{}, {what}", case.name);
                let is_expected = DIFFERENCES.iter().any(|(name, _)| *name == label);
                match differs(kind, file) {
                    Some(problem) if !is_expected => problems.push(format!("{label}: {problem}")),
                    None if is_expected => problems.push(format!("{label}: no difference")),
                    _ => {}
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn random_damage_is_told_in_the_same_words() {
    for kind in kinds() {
        for seed in 0..DAMAGES {
            let ledger = RandomLog::new(seed).records(20).build();
            let bytes = Damage::random(&mut Rng::new(seed), &ledger).apply(&ledger.bytes);
            let problem = differs_on(kind, &bytes);
            assert_eq!(problem, None, "seed {seed}");
        }
    }
}

#[test]
fn what_only_checkers_take_and_what_they_alone_refuse_is_told_in_the_same_words() {
    let long = |zeros: usize| [b"*", &b"0".repeat(zeros)[..], b"1\r\n$4\r\nPING\r\n"].concat();
    let annotation = |len: usize| [b"#", &b"x".repeat(len)[..], b"\n*1\r\n$4\r\nPING\r\n"].concat();
    let odd: [Vec<u8>; 18] = [
        b"*0\r\n*-1\r\n*\r\n*+1\r\n$04\r\nPING\r\n".into(),
        b"*  1\r\n$\t4\r\nPING\r\n*\n1\r\n".into(),
        b"*1\0\r\n$4\r\nPING\r\n".into(),
        b"*1\r\n$-5\r\nPING\r\n".into(),
        b"*1\r\n$9223372036854775806\r\n".into(),
        b"*1\r\n$99999\r\nPING\r\n".into(),
        b"*99999999999999999999\r\n$4\r\nPING\r\n".into(),
        b"*1\r\n$4\r\nPING\xff\xff".into(),
        b"*1\r\n\0".into(),
        b"*1\r\n$4".into(),
        b"*1\r\n$7\r\nmulti\0x\r\n*1\r\n$4\r\nexec\r\n*1\r\n$4\r\nEXEC\r\n".into(),
        b"*1\r\n$5\r\nMULTI\r\n#TS:1\r\n*1\r\n".into(),
        b"*1\r\n$4\r\nPING\r\n\0\0\0".into(),
        b"REDIS".into(),
        long(123),
        long(124),
        annotation(1022),
        annotation(1023),
    ];
    for kind in kinds() {
        for bytes in &odd {
            assert_eq!(differs_on(kind, bytes), None, "{}", bytes.escape_ascii());
        }
    }
}

#[test]
fn sets_are_told_in_the_same_words() {
    const GOOD: &[u8] = b"*1\r\n$4\r\nPING\r\n#TS:1\r\n";
    let open = [GOOD, b"*1\r\n$5\r\nMULTI\r\n"].concat();
    let room = tempfile::tempdir().unwrap();
    let parts = [("good", GOOD), ("torn", &GOOD[..9]), ("open", &open[..]), ("empty", b"")];
    for (name, bytes) in parts {
        fs::write(room.path().join(name), bytes).unwrap();
    }
    let manifests = [
        "file good seq 1 type b\nfile good seq 1 type i\n",
        "# made by hand\nfile good seq 2 type i\nfile good seq 1 type b\nfile gone seq 1 type h\n",
        "file good seq 1 type b\nfile torn seq 1 type i\n",
        "file torn seq 1 type b\nfile good seq 1 type i\n",
        "file good seq 1 type b\nfile open seq 1 type i\nfile good seq 2 type i\n",
        "file empty seq 1 type b\nfile good seq 1 type i\nfile empty seq 2 type i\n",
        "file \"good\" seq 1 type b\n",
        "file good seq 1 type i\n",
        "file good seq 1 type h\n",
        "file gone seq 1 type b\n",
        "file good seq 1 type b\nfile gone seq 1 type i\n",
    ];
    let refused = [
        "file good seq 1 type b",
        "file good seq 1\n",
        "file good seq 0 type b\n",
        "file good seq 1 type x\n",
        "file a/good seq 1 type b\n",
        "file good seq 1 type b\nfile good seq 2 type b\n",
        "file good seq 2 type i\nfile good seq 2 type i\n",
        "file good seq 1 type b\n\n",
    ];
    let manifest = room.path().join("x.manifest");
    for kind in kinds() {
        let checker = Checker::of(kind).unwrap().expect("the server was found");
        for text in manifests {
            fs::write(&manifest, text).unwrap();
            assert_eq!(differs(kind, &manifest), None, "{text}");
        }
        for text in refused {
            fs::write(&manifest, text).unwrap();
            let (theirs, ours) = (theirs(&checker, &manifest), ours(room.path(), &manifest));
            assert_eq!((theirs.code, ours.code), (Some(1), Some(1)), "{text}");
            // They quote the line, too.
            assert_eq!(theirs.lines.last(), ours.lines.last(), "{text}");
        }
    }
}
