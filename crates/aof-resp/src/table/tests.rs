//! What is asked of the table.

use super::*;

#[test]
fn every_row_is_found_by_its_name_in_any_case() {
    for command in Table::get().commands() {
        let name = command.name().to_ascii_lowercase();
        let found = Table::get().lookup(name.as_bytes()).expect("a row");
        assert_eq!(found.name(), command.name());
    }
    assert!(Table::get().commands().len() > 400);
}

#[test]
fn names_that_only_hash_alike_are_not_found() {
    for name in [&b""[..], b"SE", b"SETT", b"SE\x14", b"s\xe5t", b"ZREMRANGEBYRANX", b"$3"] {
        assert!(Table::get().lookup(name).is_none(), "{name:?}");
    }
}

#[test]
fn containers_need_a_subcommand_that_exists() {
    let table = Table::get();
    let resolve = |args: &[&str]| {
        let args: Vec<&[u8]> = args.iter().map(|arg| arg.as_bytes()).collect();
        table.resolve_args(&args).map(Command::name)
    };
    assert_eq!(resolve(&["xgroup", "create", "s", "g", "0"]), Some("XGROUP CREATE"));
    assert_eq!(resolve(&["XGROUP", "BANG", "s"]), None);
    assert_eq!(resolve(&["FUNCTION", "LOAD", "code"]), Some("FUNCTION LOAD"));
}

#[test]
fn what_is_known_everywhere_needs_no_question_to_a_server() {
    let row = |name: &str| Table::get().lookup(name.as_bytes()).expect("known");
    for (name, everywhere) in [
        ("SET", true),
        ("PEXPIREAT", true),
        ("MULTI", true),
        ("COPY", false),
        ("HSETEX", false),
        ("FUNCTION LOAD", false),
        ("PFDEBUG", false),
        ("GET", false),
    ] {
        assert_eq!(row(name).is_everywhere(), everywhere, "{name}");
    }
}

#[test]
fn what_only_some_servers_know_is_plain_for_none_and_found_apart() {
    let table = Table::get();
    let somewhere = |name: &str, argc| table.nearly_plain(name.as_bytes(), argc);
    assert!(!table.is_plain(b"hpexpireat", 6) && !table.is_plain(b"COPY", 3));
    assert_eq!(somewhere("hpexpireat", 6).map(Command::name), Some("HPEXPIREAT"));
    assert_eq!(somewhere("COPY", 3).map(Command::name), Some("COPY"));
    assert!(somewhere("COPY", 1).is_none() && somewhere("SET", 3).is_none());
}

#[test]
fn a_servers_own_arity_is_told_from_what_any_accepts() {
    let row = |name: &str| Table::get().lookup(name.as_bytes()).expect("known");
    assert_eq!(row("EXPIRE").arity_on("redis:6.2"), (3, 3));
    assert_eq!(row("EXPIRE").arity_on("valkey:9.1"), (3, u32::MAX));
    assert_eq!(row("PFDEBUG").arity_on("valkey:8.1"), (3, 3));
    assert!(row("EXPIRE").accepts(4) && row("PFDEBUG").accepts(4));
}

#[test]
fn arity_is_what_any_server_accepts() {
    let accepts =
        |name: &str, argc| Table::get().lookup(name.as_bytes()).expect("known").accepts(argc);
    assert!(accepts("SET", 3) && accepts("SET", 5) && !accepts("SET", 2));
    assert!(accepts("EXPIRE", 3) && accepts("EXPIRE", 4) && !accepts("EXPIRE", 2));
    assert!(accepts("MULTI", 1) && !accepts("MULTI", 2));
}
