//! Which tool an input belongs to that is no log.

use aof_log::Finding;
use aof_source::{Cipher, Kind};

use super::{Advice, Command, explain, free_name, unpacker};
use crate::report::Subject;

/// What to do with an input of this kind.
pub(super) fn advice(finding: &Finding, subject: &Subject) -> Advice {
    let (text, line) = words(subject);
    let is_packed_again = matches!(subject.kind, Some(Kind::Gzip | Kind::Zstd));
    match (line, unpacker(subject)) {
        (Some(_), Some(unpacker)) if subject.is_repeatable && !is_packed_again => {
            let content = free_name(subject, "");
            let line = format!("{unpacker} {{}} > {{}}");
            Advice {
                text: "unpack it, and check what comes out, which is told what it is and which tool it belongs to:"
                    .to_owned(),
                command: Some(Command::on_files(&line, &[&subject.path, &content])),
            }
        }

        (Some(line), _) if subject.is_repeatable => {
            Advice { text: text.to_owned(), command: Some(Command::on_file(line, &subject.path)) }
        }
        _ => explain(finding, text),
    }
}

/// What to say, and the command with `{}` for the path.
fn words(subject: &Subject) -> (&'static str, Option<&'static str>) {
    let Some(kind) = &subject.kind else {
        return ("find out what it is first:", None);
    };
    match kind {
        Kind::Encrypted(cipher) => encrypted(*cipher),
        Kind::Html | Kind::Xml { .. } => {
            ("read what it says, and get the file from its source again:", Some("head -c 1000 {}"))
        }
        Kind::LfsPointer => {
            ("let Git LFS bring the file it stands for:", Some("git lfs pull --include {}"))
        }
        Kind::Manifest => ("it names the files of the log; check one of them:", Some("cat {}")),
        Kind::RedisConf => (
            "it says where the log is; check the file it names:",
            Some("grep -iE '^(dir|append[a-z]*) ' {}"),
        ),
        Kind::SentinelConf | Kind::NodesConf | Kind::AclFile => (
            "it is a server's file, but no log; the log lies in the server's data folder, which tells:",
            Some("redis-cli config get dir"),
        ),
        Kind::Sqlite => ("sqlite3 opens it:", Some("sqlite3 {} .tables")),
        _ => packed(kind),
    }
}

fn encrypted(cipher: Cipher) -> (&'static str, Option<&'static str>) {
    let text = "it is not damaged as far as can be told; decrypt it and check what comes out:";
    match cipher {
        Cipher::Age => (text, Some("age -d {} | aof-doctor check -")),
        Cipher::Gpg => (text, Some("gpg -d {} | aof-doctor check -")),
        Cipher::AnsibleVault => {
            (text, Some("ansible-vault decrypt --output - {} | aof-doctor check -"))
        }
        Cipher::OpenSsl => (
            "it is not damaged as far as can be told; decrypt it with the cipher it was made with, for instance:",
            Some("openssl enc -d -aes-256-cbc -pbkdf2 -in {} | aof-doctor check -"),
        ),
        Cipher::Luks => {
            ("open the volume, mount it, and check the log inside:", Some("cryptsetup luksDump {}"))
        }
        _ => (
            "nothing in it tells which tool made it; ask who made the backup, decrypt it, and check what comes out:",
            None,
        ),
    }
}

fn packed(kind: &Kind) -> (&'static str, Option<&'static str>) {
    let text = "unpack it and check what comes out:";
    match kind {
        Kind::Gzip => (text, Some("gzip -dc {} | aof-doctor check -")),
        Kind::Zstd => (text, Some("zstd -dc {} | aof-doctor check -")),
        Kind::Xz => (text, Some("xz -dc {} | aof-doctor check -")),
        Kind::Bzip2 => (text, Some("bzip2 -dc {} | aof-doctor check -")),
        Kind::Lz4 => (text, Some("lz4 -dc {} | aof-doctor check -")),
        Kind::Zip => (text, Some("unzip -p {} | aof-doctor check -")),
        Kind::SevenZip => (text, Some("7z x -so {} | aof-doctor check -")),
        Kind::Tar => ("unpack it and check the log inside; it holds:", Some("tar -tf {}")),
        _ => ("look at it, and look for the right file:", Some("head -c 200 {}")),
    }
}
