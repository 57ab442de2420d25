//! Logins and certificates, right and wrong.

#![expect(clippy::disallowed_methods, reason = "TLS is spoken on a port of this machine")]

use std::net::TcpListener;
use std::path::Path;

use aof_testkit::server::{Server, ServerKind, skip_unless};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use super::{Stage, log};
use crate::cli::room::Room;

#[test]
fn a_password_gets_in_however_it_is_given_and_is_never_told() {
    let Some(stage) = Stage::set(&["--user", "ops", "on", ">s3cret", "~*", "+@all"]) else {
        return;
    };
    stage.room.file("log.aof", &log());
    stage.room.file("pass", b"s3cret\n");
    let socket = stage.socket();
    let uri = format!("unix://ops:s3cret@{socket}");
    for options in [
        &["--user", "ops", "-s", &socket, "-a", "s3cret"][..],
        &["--user", "ops", "-s", &socket, "--pass", "s3cret", "--no-auth-warning"],
        &["--user", "ops", "-s", &socket, "--pass-file", "pass"],
        &["-u", &uri],
    ] {
        let told = stage.room.run(&[&["replay", "log.aof", "--flush-target"], options].concat());
        assert_eq!(told.code, Some(0), "{options:?}: {}", told.err);
        assert_eq!(told.err.contains("warning"), options.contains(&"-a"), "{}", told.err);
        assert!(!format!("{}{}", told.out, told.err).contains("s3cret"));
    }
    let mut command = stage.room.command(&["verify", "log.aof", "--user", "ops", "-s", &socket]);
    let told = stage.room.tell({
        command.env("REDISCLI_AUTH", "s3cret");
        command
    });
    assert_eq!(told.code, Some(0), "{}", told.err);
    let wrong =
        stage.room.run(&["replay", "log.aof", "-s", &socket, "--user", "ops", "-a", "wr0ng"]);
    assert_eq!(wrong.code, Some(8));
    assert!(
        wrong.err.contains("refuses the login: WRONGPASS") && !wrong.err.contains("wr0ng"),
        "{}",
        wrong.err
    );
}

#[test]
fn a_server_that_wants_a_login_says_so_and_a_user_who_may_not_write_is_told() {
    let Some(stage) = Stage::set(&[
        "--user",
        "reader",
        "on",
        ">pw",
        "~*",
        "+@read",
        "+@connection",
        "+info",
        "+command",
        "+config|get",
    ]) else {
        return;
    };
    stage.room.file("log.aof", &log());
    let socket = stage.socket();
    let told =
        stage.room.run(&["replay", "log.aof", "-s", &socket, "--user", "reader", "-a", "pw"]);
    assert_eq!(told.code, Some(8), "{}", told.err);
    assert!(told.err.contains("NOPERM"), "{}", told.err);
    stage.ask("CONFIG SET requirepass other");
    let told = stage.room.run(&["replay", "log.aof", "-s", &socket]);
    assert_eq!(told.code, Some(8));
    assert!(told.err.contains("NOAUTH") && told.err.contains("REDISCLI_AUTH"), "{}", told.err);
}

/// An authority, and a certificate by it for `localhost`; written into a folder.
fn certificates(folder: &Path, name: &str) {
    let key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    // Who signs itself is called otherwise than who is signed.
    authority.distinguished_name.push(DnType::CommonName, "authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = authority.self_signed(&key).unwrap();
    let issuer = Issuer::new(authority, key);
    let own = KeyPair::generate().unwrap();
    let signed = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let signed = signed.signed_by(&own, &issuer).unwrap();
    for (file, text) in [("ca", root.pem()), ("crt", signed.pem()), ("key", own.serialize_pem())] {
        std::fs::write(folder.join(format!("{name}.{file}")), text).unwrap();
    }
}

/// A server that speaks TLS, and its port; nothing, where no server does.
fn secure(room: &Room, wants: &str) -> Option<(Server, String)> {
    skip_unless(ServerKind::Redis70)?;
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let file = |name: &str| room.path().join(name).to_str().unwrap().to_owned();
    let (certificate, key, authority) = (file("right.crt"), file("right.key"), file("right.ca"));
    let options = [
        "--tls-port",
        &port,
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
        "--tls-ca-cert-file",
        &authority,
        "--tls-auth-clients",
        wants,
    ];
    Some((Server::start(ServerKind::Redis70, room.path(), &options).unwrap(), port))
}

#[test]
fn tls_holds_out_the_wrong_and_lets_in_the_right() {
    let room = Room::new();
    room.file("log.aof", &log());
    for name in ["right", "wrong"] {
        certificates(room.path(), name);
    }
    let Some((_server, port)) = secure(&room, "no") else { return };
    let uri = format!("rediss://localhost:{port}");
    let run =
        |options: &[&str]| room.run(&[&["replay", "log.aof", "--flush-target"], options].concat());
    for (options, code) in [
        (&["-u", &uri, "--cacert", "right.ca"][..], 0),
        (&["-h", "localhost", "-p", &port, "--tls", "--cacert", "right.ca"], 0),
        (
            &[
                "-h",
                "127.0.0.1",
                "-p",
                &port,
                "--tls",
                "--cacert",
                "right.ca",
                "--sni",
                "localhost",
            ],
            0,
        ),
        (&["-u", &uri, "--insecure"], 0),
        (&["-u", &uri, "--cacert", "wrong.ca"], 8),
        (&["-u", &uri], 8),
        (&["-h", "127.0.0.1", "-p", &port, "--tls", "--cacert", "right.ca"], 8),
        (&["-u", &uri, "--cacert", "missing.ca"], 8),
        (&["-u", &uri, "--cacert", "log.aof"], 8),
        (&["-h", "localhost", "-p", &port, "--timeout", "5"], 8),
    ] {
        let told = run(options);
        assert_eq!(told.code, Some(code), "{options:?}: {}", told.err);
        assert!(code == 0 || told.err.contains("hint: "), "{options:?}: {}", told.err);
    }
}

#[test]
fn a_server_that_wants_a_certificate_gets_one() {
    let room = Room::new();
    room.file("log.aof", &log());
    for name in ["right", "wrong"] {
        certificates(room.path(), name);
    }
    let Some((_server, port)) = secure(&room, "yes") else { return };
    let uri = format!("rediss://localhost:{port}");
    let run = |options: &[&str]| {
        room.run(
            &[
                &["replay", "log.aof", "--flush-target", "-u", &uri, "--cacert", "right.ca"],
                options,
            ]
            .concat(),
        )
    };
    let told = run(&["--cert", "right.crt", "--cert-key", "right.key"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert_eq!(run(&["--cert", "wrong.crt", "--cert-key", "wrong.key"]).code, Some(8));
    assert_eq!(run(&[]).code, Some(8));
    assert_eq!(run(&["--cert", "right.crt"]).code, Some(16));
}
