//! SORT with STORE.

use aof_testkit::Rng;
use aof_testkit::server::ServerKind;

use crate::beside::{hold, hold_among};
use crate::chance::hold_random;

#[test]
fn lists_sets_and_sorted_sets_are_sorted_as_on_servers() {
    hold(&[
        "RPUSH l 10 9 -1 1.5 1e2 +3 0 -0 inf -inf 09 9",
        "SORT l",
        "SORT l STORE d",
        "SORT l DESC STORE d",
        "SORT l DESC ASC STORE d",
        "SORT l ALPHA STORE d",
        "sort l alpha desc store d",
        "SORT l STORE x STORE d",
        "SADD s 3 1 2 10",
        "SORT s STORE d",
        "SORT s STORE s",
        "SORT s STORE list",
        "SORT none STORE d",
        "SORT none STORE d",
        "RPUSH words b a c A",
        "SORT words STORE d",
        "SORT words ALPHA STORE d",
        "SADD mixed b 1",
        "SORT mixed STORE d",
        "SORT mixed ALPHA STORE d",
        "SET string 1",
        "SORT string STORE d",
        "PEXPIREAT d 4102444800000",
        "SORT l STORE d",
        "SORT l STORE string",
        "SORT l STORE l",
    ]);
}

#[test]
fn a_part_of_what_is_sorted_is_stored_as_on_servers() {
    let limits = [
        "0 2",
        "1 1",
        "-5 2",
        "2 -1",
        "2 -9223372036854775808",
        "0 0",
        "4 9",
        "5 1",
        "9 9",
        "9223372036854775807 1",
        "1 9223372036854775807",
        "-9223372036854775808 9223372036854775807",
        "x 1",
        "1 x",
        "1",
    ];
    let mut commands = vec!["RPUSH l 3 5 1 2 4".to_owned()];
    for limit in limits {
        commands.push(format!("SORT l LIMIT {limit} STORE d"));
        commands.push(format!("SORT l BY nosort DESC LIMIT {limit} STORE d"));
        commands.push(format!("SORT l GET # GET w_* LIMIT {limit} STORE d"));
    }
    commands.push("SORT l LIMIT 1 1 LIMIT 0 2 STORE d".to_owned());
    hold(&commands.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn patterns_find_strings_and_fields_as_on_servers() {
    hold(&[
        "RPUSH l 1 2 3 4",
        "MSET w_1 9 w_2 8 w_3 7 n_1 b n_2 a n_4 c w_1-> 5 1 6 *1 star",
        "SORT l BY w_* STORE d",
        "SORT l BY w_* DESC GET # GET n_* STORE d",
        "SORT l BY n_* STORE d",
        "SORT l BY n_* ALPHA STORE d",
        "SORT l BY n_* ALPHA DESC STORE d",
        "SORT l BY * STORE d",
        "SORT l BY # STORE d",
        "SORT l BY nosort STORE d",
        "SORT l BY nosort DESC STORE d",
        "SORT l BY nosort BY w_* STORE d",
        "SORT l BY w_* BY nosort STORE d",
        "SORT l BY ** GET ** GET *-> GET w_*-> STORE d",
        "SORT l GET none STORE d",
        "SORT l GET none_* STORE d",
        "SORT l GET  STORE d",
        "SADD s 3 1 2",
        "SORT s BY nosort STORE d",
        "SORT s BY nosort DESC STORE d",
        "SORT s BY nosort GET w_* STORE d",
        "SORT s BY w_* STORE d",
        "SORT s BY none_* STORE d",
        "SORT l BY",
        "SORT l GET",
        "SORT l STORE",
        "SORT l UP STORE d",
        "RPUSH w_4 1",
        "SORT l BY w_* GET w_* STORE d",
    ]);
}

#[test]
fn sorted_sets_and_fields_of_hashes_are_sorted_as_on_servers() {
    hold(&[
        "ZADD z 1 b 0.5 c 7 a -3 d",
        "HSET h_a f 1 g 9",
        "HSET h_b f 30",
        "HSET h_c f 2",
        "SET h_d string",
        "SORT z STORE to",
        "SORT z ALPHA STORE to",
        "SORT z ALPHA DESC LIMIT 1 2 STORE to",
        "SORT z BY nosort STORE to",
        "SORT z BY nosort DESC STORE to",
        "SORT z BY nosort LIMIT 1 2 STORE to",
        "SORT z BY nosort DESC LIMIT 1 2 STORE to",
        "SORT z BY nosort LIMIT 3 9 STORE to",
        "SORT z BY nosort LIMIT 9 1 STORE to",
        "SORT z BY nosort LIMIT -2 3 STORE to",
        "SORT z BY h_*->f STORE to",
        "SORT z BY h_*->f DESC STORE to",
        "SORT z BY h_*->f LIMIT 1 2 STORE to",
        "SORT z BY h_*->g STORE to",
        "SORT z BY h_* STORE to",
        "SORT z BY nosort GET h_*->f GET # GET h_*->g STORE to",
        "SORT z BY nosort DESC GET h_*->f STORE z",
        "SORT h_a STORE to",
        "SORT h_a BY nosort STORE to",
        "XADD x 1-1 f v",
        "SORT x STORE to",
        "RPUSH numbers 1 2 3",
        "HSET w_1->f g 5",
        "HSET w_1 f 7 -> 4",
        "HSET w_2 f 6",
        "SORT numbers BY w_*->f STORE to",
        "SORT numbers BY w_*->-> STORE to",
        "SORT numbers GET w_*->f->g GET w_*->f STORE to",
    ]);
}

#[test]
fn lists_keep_the_order_of_what_weighs_the_same_as_on_servers() {
    hold(&[
        "RPUSH l c b a d",
        "MSET w_a 1 w_b 1 w_c 1",
        "SORT l BY w_* ALPHA STORE d",
        "SORT l BY w_* ALPHA DESC STORE d",
        "SORT l BY none_* ALPHA STORE d",
        "SORT l BY w_* STORE d",
    ]);
}

#[test]
fn numbers_that_only_some_servers_take_are_as_on_those() {
    let commands =
        ["LPUSH e ", "RPUSH e 5e-324 1 -1", "SORT e STORE d", "RPUSH b  5", "SORT e STORE d"];
    hold_among(&[ServerKind::Redis82], &commands);
    let commands = ["RPUSH e 1e400 -1e400 3", "SORT e STORE d", "RPUSH e x", "SORT e STORE d"];
    hold_among(&[ServerKind::Redis82], &commands);
}

#[test]
fn random_commands_that_sort_are_as_on_servers() {
    const KEYS: [&str; 6] = ["a", "b", "c", "list", "set", "none"];
    const BY: [&str; 6] = ["", "", " BY w_*", " BY nosort", " BY w_* ALPHA", " ALPHA"];
    const GET: [&str; 5] = ["", "", " GET #", " GET w_* GET #", " GET none_*"];
    hold_random(5, 500, |rng: &mut Rng| {
        let key = *rng.pick(&KEYS);
        match rng.below(8) {
            0 => {
                let key = if rng.chance(30) { "words" } else { key };
                format!("RPUSH {key} {} {}", rng.below(20), rng.below(20))
            }
            1 => format!("SADD {key} {} {}", rng.below(20), rng.below(20)),
            2 => format!("DEL {key}"),
            3 => format!("SET w_{} {}", rng.below(20), rng.below(1_000_000)),
            _ => {
                let (by, get) = (*rng.pick(&BY), *rng.pick(&GET));
                let order = *rng.pick(&["", " DESC", " ASC"]);
                // Where weights are the same, only all of a list have an order that is certain.
                let limit = match by.contains("w_* ALPHA") {
                    true => String::new(),
                    false => format!(" LIMIT {} {}", rng.below(4), rng.between(0, 9)),
                };
                let key = if by.contains("w_* ALPHA") { "words" } else { key };
                // What is not found is an empty element, which only some servers take for a number.
                let to = if get.contains("_*") { "found" } else { *rng.pick(&KEYS) };
                format!("SORT {key}{by}{get}{order}{limit} STORE {to}")
            }
        }
    });
}
