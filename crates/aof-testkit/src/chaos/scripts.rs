//! Scripts and libraries of functions.

use super::draw::Draw;
use super::recipe::{Recipe, opaque, plain};
use crate::argv::{Argv, argv};

pub(super) const RECIPES: &[Recipe] = &[
    opaque("EVAL", 20, |d| [argv![d.word(&SCRIPTS)], arguments(d)].concat()),
    opaque("EVALSHA", 8, |d| [argv![d.scripts.any(&mut d.rng)], arguments(d)].concat()),
    opaque("FCALL", 8, |d| [argv![d.word(&["f1", "f2", "f3"])], arguments(d)].concat()),
    plain("FUNCTION DELETE", 2, |d| argv![d.word(&["lib1", "lib2", "lib3", "none"])]),
    // Nothing is written: the reply is what FUNCTION RESTORE is given.
    plain("FUNCTION DUMP", 3, |_| argv![]),
    plain("FUNCTION FLUSH", 1, |d| d.option(40, &["SYNC", "ASYNC", "NOW"])),
    plain("FUNCTION LOAD", 6, |d| {
        let replace = d.option(60, &["REPLACE"]);
        [replace, argv![library(d)]].concat()
    }),
    plain("FUNCTION RESTORE", 4, |d| {
        let payload = d.libraries.any(&mut d.rng);
        [argv![payload], d.option(70, &["REPLACE", "FLUSH", "APPEND", "OVER"])].concat()
    }),
    plain("SCRIPT FLUSH", 1, |d| d.option(40, &["SYNC", "ASYNC"])),
    plain("SCRIPT LOAD", 4, |d| argv![d.word(&SCRIPTS)]),
];

/// They write, and some of them fail in the middle.
const SCRIPTS: [&str; 12] = [
    "return redis.call('SET', KEYS[1], ARGV[1])",
    "redis.call('RPUSH', KEYS[2], ARGV[1], ARGV[2]) return redis.call('INCR', KEYS[1])",
    "redis.call('SET', KEYS[1], ARGV[1]) error('no')",
    "redis.pcall('LPUSH', KEYS[1], '1') redis.pcall('SADD', KEYS[1], '1', '2', '3')",
    "for i = 1, 10 do redis.call('ZADD', KEYS[1], i * 1.5, 'm' .. i) end",
    "for i = 1, 5 do redis.pcall('HSET', KEYS[2], i, ARGV[1]) end return redis.call('EXPIRE', KEYS[2], 90000)",
    "return redis.pcall('SPOP', KEYS[1], 2)",
    "redis.call('SELECT', '2') redis.call('SET', KEYS[1], 'in another database')",
    "return redis.call('INCRBYFLOAT', KEYS[1], '0.1')",
    "redis.pcall('XADD', KEYS[2], '*', 'f', ARGV[1]) return redis.call('SET', KEYS[1], '1', 'EX', '90000')",
    "return redis.call('DEL', KEYS[1], KEYS[2])",
    "return redis.call('NOSUCH', KEYS[1])",
];

fn arguments(d: &mut Draw) -> Argv {
    argv!["2", d.any_key(), d.any_key(), d.value(), d.element()]
}

fn library(d: &mut Draw) -> String {
    let number = d.rng.between(1, 3);
    let code = match d.rng.below(4) {
        0 => "redis.call('SET', keys[1], args[1])",
        1 => "redis.call('SADD', keys[1], args[1], args[2]) redis.call('DEL', keys[2])",
        2 => "return redis.call('NOSUCH')",
        _ => "return redis.call('LPUSH', keys[1], args[2])",
    };
    let engine = if d.rng.chance(95) { "lua" } else { "perl" };
    format!(
        "#!{engine} name=lib{number}\nredis.register_function('f{number}', function(keys, args) {code} end)"
    )
}
