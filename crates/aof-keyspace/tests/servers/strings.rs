//! Strings, keys, and databases.

use aof_testkit::server::ServerKind;

use crate::beside::{hold, hold_among};

#[test]
fn strings_and_numbers_are_as_on_servers() {
    hold(&[
        "SET a 1",
        "INCR a",
        "INCRBY a 9223372036854775805",
        "INCR a",
        "INCRBY a 9223372036854775807",
        "DECRBY a -9223372036854775807",
        "DECR n",
        "APPEND a x",
        "INCR a",
        "SET b 01",
        "INCR b",
        "SETRANGE b 5 xyz",
        "SETRANGE c 0 ",
        "SETRANGE c 3 a",
        "SETRANGE c -1 a",
        "SETNX a 5",
        "SETNX d 5",
        "SET e 1 NX",
        "SET e 2 NX",
        "SET e 3 XX",
        "SET e 4 XX NX",
        "SET e 5 PXAT 4102444800000",
        "SET e 6 KEEPTTL",
        "SET e 7 EXAT 0",
        "SET e 8 PXAT 4102444800000 KEEPTTL",
        "SET e 9",
        "GETSET e 10",
        "GETDEL e",
        "GETDEL e",
        "MSET a 1 b 2 a 3",
        "MSET a 1 b",
        "MSETNX x 1 y 2",
        "MSETNX x 1 z 2",
        "SET",
    ]);
}

#[test]
fn keys_move_and_expire_as_on_servers() {
    hold(&[
        "SET a 1",
        "PEXPIREAT a 4102444800000",
        "EXPIREAT a 4102444801",
        "PERSIST a",
        "PERSIST a",
        "PEXPIREAT none 4102444800000",
        "PEXPIREAT a x",
        "PEXPIREAT a 4102444800000",
        "RENAME a b",
        "RENAME a b",
        "RENAME b b",
        "RENAMENX b c",
        "SET b 1",
        "RENAMENX b c",
        "MOVE b 3",
        "MOVE b 3",
        "MOVE b 0",
        "MOVE b 99",
        "SET b 2",
        "MOVE b 3",
        "SELECT 3",
        "SET d 1",
        "SWAPDB 0 3",
        "SWAPDB 0 x",
        "SELECT 16",
        "DEL d d none",
        "UNLINK none",
        "FLUSHDB",
        "FLUSHDB now",
        "SELECT 0",
        "SET e 1",
        "FLUSHALL ASYNC",
    ]);
}

#[test]
fn strings_that_expire_are_as_on_servers() {
    hold(&[
        "MSETEX 2 a 1 b 2",
        "MSETEX 2 a 1 c 2 NX EX 9999",
        "MSETEX 2 a 1 b 3 XX XX",
        "MSETEX 2 a 1 b 3 PX 9999999 XX",
        "MSETEX 2 a 1 c 3 XX",
        "MSETEX 2 c 1 d 3 NX PX 9999999",
        "MSETEX 2 c 1 d 4 KEEPTTL",
        "MSETEX 2 c 1 d 4 KEEPTTL EX 100",
        "MSETEX 2 a 1 b 2 NX XX",
        "MSETEX 2 a 1 b 2 EX 9999 PX 9999999",
        "MSETEX 2 a 1 b 2 EX 0",
        "MSETEX 2 a 1 b 2 EX x",
        "MSETEX 2 a 1 b 2 EX",
        "MSETEX 2 a 1 b",
        "MSETEX 1 a 1 b 2",
        "MSETEX 0 a 1",
        "MSETEX -1 a 1",
        "MSETEX 9223372036854775807 a 1",
        "MSETEX 3 a 1 b 2 c",
        "MSETEX 2 a 1 b 2 GET",
        "MSETEX 2 a 1 a 2",
        "RPUSH l 1",
        "MSETEX 2 a 1 l 2 XX EX 9000 EX 9999",
        "SET l 2",
        "GETEX none",
        "GETEX none EX 9999",
        "GETEX l",
        "GETEX l EX 9999",
        "GETEX l",
        "GETEX l PERSIST EX 9999",
        "GETEX l PERSIST",
        "GETEX l PERSIST PERSIST",
        "GETEX l EX 9000 EX 9999",
        "GETEX l EX 9000 PX 9999999",
        "GETEX l pxat 4102444800000",
        "GETEX l EXAT 4102444800",
        "GETEX l EX",
        "GETEX l FOO",
        "GETEX l KEEPTTL",
        "RPUSH list 1",
        "GETEX list",
        "GETEX list EX 9999",
        "GETEX list EX 0",
        "DELIFEQ none x",
        "DELIFEQ list 1",
        "DELIFEQ l 3",
        "DELIFEQ l 2",
    ]);
}

#[test]
fn the_lowest_number_is_taken_away_as_on_the_server_that_takes_it() {
    let commands = [
        "DECRBY a -9223372036854775808",
        "DECRBY a -9223372036854775808",
        "SET a 5",
        "DECRBY a -9223372036854775808",
    ];
    hold_among(&[ServerKind::Redis62], &commands);
}
