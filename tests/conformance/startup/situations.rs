//! Data folders in every state that a server may find.

use aof_log::forecast::Conf;
use aof_testkit::server::ServerKind;

use super::folder::{Folder, records};
use super::written::{
    BASE, DUMP, Files, INCR_2, INCR_3, Library, MANIFEST, SINGLE, Written, manifest,
};

/// A data folder, and how the server that starts in it is configured.
#[derive(Clone)]
pub(crate) struct Situation {
    pub(crate) name: String,
    pub(crate) files: Files,
    pub(crate) args: Vec<&'static str>,
    pub(crate) conf: Conf,
}

/// `appendonly yes`, as tests start servers.
pub(crate) fn with_log() -> Conf {
    Conf { appendonly: Some(true), saves: false, ..Conf::default() }
}

/// Nobody foretells what happens here: servers crash if keys are in both, and we do not compare them.
pub(crate) const TWICE: &str = "an increment begins with an RDB file, and data come before it";

const B2: (&str, i64, char) = ("2.base.rdb", 2, 'b');
const I2: (&str, i64, char) = ("2.incr.aof", 2, 'i');
const I3: (&str, i64, char) = ("3.incr.aof", 3, 'i');
const H1: (&str, i64, char) = ("1.base.rdb", 1, 'h');
const HI1: (&str, i64, char) = ("1.incr.aof", 1, 'h');
const OLD_BASE: &str = "appendonlydir/appendonly.aof.1.base.rdb";
const OLD_INCR: &str = "appendonlydir/appendonly.aof.1.incr.aof";
const MOVED: &str = "appendonlydir/appendonly.aof";

/// All situations, made of what this server wrote itself as far as it can.
pub(crate) fn all(library: &Library, kind: ServerKind) -> Vec<Situation> {
    let own = library.by(kind);
    let mut all = Vec::new();
    let yes = |(name, folder): (&'static str, Folder)| Situation {
        name: name.into(),
        files: folder.0,
        args: vec!["--appendonly", "yes"],
        conf: with_log(),
    };
    all.extend(rewrites(own).into_iter().map(yes));
    all.extend(manifests(own).into_iter().map(yes));
    all.extend(parts(own).into_iter().map(yes));
    all.extend(tails(own).into_iter().map(yes));
    all.extend(singles(library, own).into_iter().map(yes));
    all.extend(strangers(library).into_iter().map(yes));
    all.extend(snapshots(library, kind));
    all.extend(settings(library, own));
    all
}

/// Every window in which a rewrite can be interrupted; the numbers are those of its steps.
fn rewrites(own: &Written) -> Vec<(&'static str, Folder)> {
    let set = || Folder(own.set());
    let temp = "appendonlydir/temp-appendonly.aof.incr";
    let began = records(&["SELECT 0", "SET began 1"]);
    vec![
        ("nothing at all", Folder(Files::new())),
        ("a set as the server left it, history and all", Folder(own.left.clone())),
        ("a set", set()),
        ("rewrite, 1: a new increment without a byte, not named", {
            set().with("appendonlydir/appendonly.aof.4.incr.aof", "")
        }),
        ("rewrite, 2: the new increment is named", {
            set()
                .named(&[B2, I2, I3, ("4.incr.aof", 4, 'i')])
                .with("appendonlydir/appendonly.aof.4.incr.aof", "")
        }),
        ("rewrite, 3: the increment before the last is torn", set().torn(INCR_2, 3)),
        ("rewrite, 4: what the child wrote lies in the data folder", {
            let half = &own.left[BASE][..50];
            set().with("temp-rewriteaof-17.aof", half).with("temp-rewriteaof-bg-17.aof", half)
        }),
        ("rewrite, 5: the new base is in place, not named", {
            set().with("appendonlydir/appendonly.aof.3.base.rdb", &own.left[BASE])
        }),
        ("switching on, 6: base and increment in place, not named", {
            let base = Folder(Files::new()).with(OLD_BASE, &own.left[BASE]);
            base.with(OLD_INCR, &began).with(DUMP, &own.dump)
        }),
        ("switching on, before 6: the increment has its first name", {
            Folder(Files::new()).with(temp, &began).with(DUMP, &own.dump)
        }),
        ("rewrite, 7: what was before is history", {
            let history = set().named(&[("3.base.rdb", 3, 'b'), ("2.base.rdb", 2, 'h')]);
            history
                .grown(MANIFEST, manifest(&[("2.incr.aof", 2, 'h'), I3]))
                .with("appendonlydir/appendonly.aof.3.base.rdb", &own.left[BASE])
        }),
        ("rewrite, 8: history is gone, but named", set().named(&[B2, H1, HI1, I2, I3])),
        ("rewrite, 8: history is there, but not named", {
            set().with(OLD_BASE, &own.left[OLD_BASE]).with(OLD_INCR, &own.left[OLD_INCR])
        }),
        ("a manifest that was not put in its place", {
            set().with("appendonlydir/temp-appendonly.aof.manifest", "file appendonly.aof.9.ba")
        }),
    ]
}

fn manifests(own: &Written) -> Vec<(&'static str, Folder)> {
    let set = || Folder(own.set());
    let bare = || set().without(MANIFEST);
    let first = || {
        let base = bare().without(INCR_3).renamed(BASE, OLD_BASE);
        base.renamed(INCR_2, OLD_INCR)
    };
    vec![
        ("no manifest, parts from 2 on", bare()),
        ("no manifest, parts called 1", first()),
        ("no manifest, increment 1 torn", first().without(OLD_BASE).torn(OLD_INCR, 3)),
        ("no manifest, increment 1 ends in garbage", first().grown(OLD_INCR, "what?\r\n")),
        ("a manifest without a byte", set().with(MANIFEST, "")),
        ("a manifest without its last line end", set().torn(MANIFEST, 1)),
        ("a manifest with nothing but a comment", set().with(MANIFEST, "# parts\n")),
        ("nothing but a base named, as history", {
            let base = Folder(Files::new()).named(&[("7.base.rdb", 7, 'h')]);
            base.with("appendonlydir/appendonly.aof.7.base.rdb", &own.left[BASE])
        }),
        ("history called like the base to be made", {
            Folder(Files::new()).named(&[H1]).with(OLD_BASE, &own.left[BASE])
        }),
        ("history called like the increment to be made", {
            Folder(Files::new()).named(&[HI1]).with(OLD_INCR, &own.left[INCR_2])
        }),
        ("offsets in the manifest", {
            let text = "file appendonly.aof.2.base.rdb seq 2 type b\n\
                file appendonly.aof.2.incr.aof seq 2 type i startoffset 0 endoffset 700\n\
                file appendonly.aof.3.incr.aof seq 3 type i startoffset 700 endoffset 900\n";
            set().with(MANIFEST, text)
        }),
        ("odd but right lines", {
            let text = "# by hand\nFILE appendonly.aof.2.base.rdb seq 2 type base more 1\r\n\
                type i seq 2 file \"appendonly.aof.2.incr.aof\"\n";
            set().without(INCR_3).with(MANIFEST, text)
        }),
        ("a base with an odd name", {
            let name = "appendonlydir/my \"base\"";
            let text = "file \"my \\\"base\\\"\" seq 2 type b\n";
            set().renamed(BASE, name).without(INCR_2).without(INCR_3).with(MANIFEST, text)
        }),
        ("increments in the wrong order", set().named(&[B2, I3, I2])),
        ("two bases named", set().named(&[B2, B2, I2, I3])),
        ("a name that leads out of the folder", {
            set().with(MANIFEST, "file ../dump.rdb seq 1 type b\n")
        }),
    ]
}

fn parts(own: &Written) -> Vec<(&'static str, Folder)> {
    let set = || Folder(own.set());
    let mut wrong = own.left[BASE].clone();
    let last = wrong.len() - 1;
    wrong[last] ^= 1;
    let mut unchecked = own.left[BASE].clone();
    unchecked[last - 7..].fill(0);
    let mut newer = own.left[BASE].clone();
    newer[..9].copy_from_slice(b"REDIS0099");
    let alone = || set().named(&[B2]).without(INCR_2).without(INCR_3);
    vec![
        ("the base is gone", set().without(BASE)),
        ("an increment is gone", set().without(INCR_2)),
        ("all parts are gone", set().without(BASE).without(INCR_2).without(INCR_3)),
        ("the base is not named", set().named(&[I2, I3])),
        ("the last increment is not named", set().named(&[B2, I2])),
        ("a gap between increments", {
            let gap = set().renamed(INCR_3, "appendonlydir/appendonly.aof.5.incr.aof");
            gap.named(&[B2, I2, ("5.incr.aof", 5, 'i')])
        }),
        ("a base alone", alone()),
        ("a base alone is named, and an old increment 1 is there", {
            alone().with(OLD_INCR, &own.left[INCR_2])
        }),
        ("the base is torn", set().torn(BASE, 12)),
        ("the base is its first 4 bytes", set().with(BASE, &own.left[BASE][..4])),
        ("the checksum of the base is wrong", set().with(BASE, &wrong)),
        ("the base has no checksum", set().with(BASE, &unchecked)),
        ("the base is of a version to come", set().with(BASE, &newer)),
        ("the base is no log and no RDB file", set().with(BASE, "<html>not found</html>\n")),
        ("the base has no byte", set().with(BASE, "")),
        ("no part has a byte", set().with(BASE, "").with(INCR_2, "").with(INCR_3, "")),
        ("an increment between has no byte", set().with(INCR_2, "")),
        ("the base is a log", set().with(BASE, &own.left[OLD_INCR])),
        ("whole records behind the base", set().grown(BASE, records(&["INCR counter"]))),
        ("NUL bytes behind the base", set().grown(BASE, [0; 64])),
        ("an increment begins with an RDB file, and nothing comes before it", {
            let joined = [&own.dump[..], &own.left[INCR_3]].concat();
            set().named(&[I3]).without(BASE).without(INCR_2).with(INCR_3, joined)
        }),
        (TWICE, set().with(INCR_3, &own.left[BASE])),
    ]
}

fn tails(own: &Written) -> Vec<(&'static str, Folder)> {
    let set = || Folder(own.set());
    let alone = || set().named(&[B2]).without(INCR_2).without(INCR_3);
    let open = records(&["MULTI", "SET never 1", "SET never 2"]);
    let torn = [&open[..], b"*3\r\n$3\r\nSE"].concat();
    let behind = [&records(&["INCR counter"])[..], b"*3\r\n"].concat();
    vec![
        ("the last increment is torn", set().torn(INCR_3, 3)),
        ("the last increment ends in garbage", set().grown(INCR_3, "what?\r\n")),
        ("the last increment ends in NUL bytes", set().grown(INCR_3, [0; 30])),
        ("the last increment ends in an open transaction", set().grown(INCR_3, &open)),
        ("the last increment is torn in an open transaction", set().grown(INCR_3, &torn)),
        ("an increment before the last ends in garbage", set().grown(INCR_2, "what?\r\n")),
        ("an increment before the last ends in an open transaction", set().grown(INCR_2, &open)),
        ("an increment before the last is torn in an open transaction", {
            set().grown(INCR_2, &torn)
        }),
        ("an increment before an empty one is torn", set().torn(INCR_2, 3).with(INCR_3, "")),
        ("torn records behind the base, increments follow", set().grown(BASE, &behind)),
        ("torn records behind the base, which is alone", alone().grown(BASE, &behind)),
        ("the first record behind the base is torn", alone().grown(BASE, "*3\r\n")),
        ("the first record behind the base is torn, increments follow", {
            set().grown(BASE, "*3\r\n")
        }),
    ]
}

fn singles(library: &Library, own: &Written) -> Vec<(&'static str, Folder)> {
    let set = || Folder(own.set());
    let single = || Folder(Files::new()).with(SINGLE, &library.single);
    let moved = "file appendonly.aof seq 1 type b\n";
    let preamble = &library.single_with_preamble;
    vec![
        ("a single file", single()),
        ("a single file with a preamble", Folder(Files::new()).with(SINGLE, preamble)),
        ("a single file without a byte, and dump.rdb", {
            single().with(SINGLE, "").with(DUMP, &own.dump)
        }),
        ("a single file and dump.rdb", single().with(DUMP, &own.dump)),
        ("a single file that is an RDB file", single().with(SINGLE, &own.dump)),
        ("a single file beside a set", set().with(SINGLE, &library.single)),
        ("a single file beside parts without a manifest", {
            set().without(MANIFEST).with(SINGLE, &library.single)
        }),
        ("a single file beside increment 1 without a manifest", {
            single().with(OLD_INCR, &own.left[INCR_2])
        }),
        ("a single file beside a manifest that names history only", {
            single().named(&[H1]).with(OLD_BASE, &own.left[OLD_BASE])
        }),
        ("taking over begun: the manifest is written", single().with(MANIFEST, moved)),
        ("taking over begun: the file is moved", {
            Folder(Files::new()).with(MANIFEST, moved).with(MOVED, &library.single)
        }),
        ("taken over, and another single file appeared", {
            single().with(MANIFEST, moved).with(MOVED, preamble)
        }),
        ("taken over, and the file moved back", {
            let text = format!("{moved}file appendonly.aof.1.incr.aof seq 1 type i\n");
            single().with(MANIFEST, text).with(OLD_INCR, "")
        }),
        ("a single file, torn", single().torn(SINGLE, 3)),
        ("a single file that ends in garbage", single().grown(SINGLE, "what?\r\n")),
        ("a single file with a torn preamble", {
            Folder(Files::new()).with(SINGLE, &preamble[..60])
        }),
        ("a set of another name", {
            let text = "file other.aof.1.incr.aof seq 1 type i\n";
            let manifest = Folder(Files::new()).with("appendonlydir/other.aof.manifest", text);
            manifest.with("appendonlydir/other.aof.1.incr.aof", &library.single)
        }),
    ]
}

/// What other servers wrote.
fn strangers(library: &Library) -> Vec<(&'static str, Folder)> {
    let of = |kind| Folder(library.by(kind).left.clone());
    vec![
        ("the set of Redis 7.0", of(ServerKind::Redis70)),
        ("the set of Redis 8.2", of(ServerKind::Redis82)),
        ("the set of Valkey 8.1", of(ServerKind::Valkey81)),
        ("the set of Valkey 9.1", of(ServerKind::Valkey91)),
    ]
}

fn snapshots(library: &Library, kind: ServerKind) -> Vec<Situation> {
    let own = library.by(kind);
    let dump = |bytes: &[u8]| Folder(Files::new()).with(DUMP, bytes);
    let of = |kind| dump(&library.by(kind).dump);
    let mut wrong = own.dump.clone();
    let last = wrong.len() - 1;
    wrong[last] ^= 1;
    let mut unchecked = own.dump.clone();
    unchecked[last - 7..].fill(0);
    let module =
        b"REDIS0009\xfe\x00\x07\x01k\x81\x49\x4f\x30\x01\xd5\xc1\x11\x01\x00\xff\0\0\0\0\0\0\0\0";
    let no_log = Conf { appendonly: Some(false), ..with_log() };
    let no = |name: &'static str, folder: Folder| Situation {
        name: name.into(),
        files: folder.0,
        args: vec!["--appendonly", "no"],
        conf: no_log.clone(),
    };
    vec![
        no("no log, and nothing at all", Folder(Files::new())),
        no("no log: dump.rdb", of(kind)),
        no("no log: dump.rdb torn", of(kind).torn(DUMP, 12)),
        no("no log: dump.rdb lacks its checksum", of(kind).torn(DUMP, 8)),
        no("no log: the checksum of dump.rdb is wrong", dump(&wrong)),
        no("no log: dump.rdb was written without a checksum", dump(&unchecked)),
        no("no log: dump.rdb without a byte", dump(b"")),
        no("no log: NUL bytes behind dump.rdb", of(kind).grown(DUMP, [0; 64])),
        no("no log: records behind dump.rdb", of(kind).grown(DUMP, records(&["SET late 1"]))),
        no("no log: dump.rdb is a log", dump(&library.single)),
        no("no log: dump.rdb is something else", dump(b"<html>not found</html>\n")),
        no("no log: dump.rdb is of a version to come", {
            dump(&[b"REDIS0099", &own.dump[9..]].concat())
        }),
        no("no log: dump.rdb needs a module", dump(module)),
        no("no log: dump.rdb of Redis 7.0", of(ServerKind::Redis70)),
        no("no log: dump.rdb of Redis 8.2", of(ServerKind::Redis82)),
        no("no log: dump.rdb of Valkey 8.1", of(ServerKind::Valkey81)),
        no("no log: dump.rdb of Valkey 9.1", of(ServerKind::Valkey91)),
        no("no log: a set, and dump.rdb", Folder(own.set()).with(DUMP, &own.dump)),
        no("no log: a set, and no dump.rdb", Folder(own.set())),
    ]
}

fn settings(library: &Library, own: &Written) -> Vec<Situation> {
    let set = || Folder(own.set());
    let single = || Folder(Files::new()).with(SINGLE, &library.single);
    let given = |name: &'static str, folder: Folder, more: [&'static str; 2], conf: Conf| {
        let args = [["--appendonly", "yes"], more].concat();
        Situation { name: name.into(), files: folder.0, args, conf }
    };
    let strict = || Conf { load_truncated: false, ..with_log() };
    let plain = || Conf { rdb_preamble: false, ..with_log() };
    let truncated = ["--aof-load-truncated", "no"];
    let preamble = ["--aof-use-rdb-preamble", "no"];
    let other = Conf { append_filename: Some(b"other.aof".to_vec()), ..with_log() };
    let restricted = Some("the default user may not SET".to_owned());
    let restricted = Conf { partly_restricted_user: restricted, ..with_log() };
    let idle = Some("the default user may write nothing".to_owned());
    let idle = Conf { restricted_user: idle, ..with_log() };
    let reader = "user default on nopass ~* +ping +debug\n";
    let user = "user default on nopass ~* +@all -set\n";
    let base_aof = "appendonlydir/appendonly.aof.1.base.aof";
    let dump = || Folder(Files::new()).with(DUMP, &own.dump);
    vec![
        given("dump.rdb, and no log", dump(), ["--aof-load-truncated", "yes"], with_log()),
        given(
            "a set, and dump.rdb",
            set().with(DUMP, &own.dump),
            ["--appendfsync", "no"],
            with_log(),
        ),
        given(
            "load-truncated no: the last increment is torn",
            set().torn(INCR_3, 3),
            truncated,
            strict(),
        ),
        given(
            "load-truncated no: one before it is torn",
            set().torn(INCR_2, 3),
            truncated,
            strict(),
        ),
        given(
            "load-truncated no: a single file, torn",
            single().torn(SINGLE, 3),
            truncated,
            strict(),
        ),
        given("no preambles: nothing at all", Folder(Files::new()), preamble, plain()),
        given(
            "no preambles: base 1 without a manifest",
            Folder(Files::new()).with(base_aof, &library.single),
            preamble,
            plain(),
        ),
        given(
            "another appendfilename: a single file",
            single(),
            ["--appendfilename", "other.aof"],
            other.clone(),
        ),
        given("another appendfilename: a set", set(), ["--appendfilename", "other.aof"], other),
        given(
            "a default user who may not SET",
            single().with("users.acl", user),
            ["--aclfile", "users.acl"],
            restricted,
        ),
        given(
            "a default user who may write nothing",
            single().with("users.acl", reader),
            ["--aclfile", "users.acl"],
            idle,
        ),
    ]
}
