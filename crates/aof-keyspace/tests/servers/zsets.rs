//! Sorted sets.

use aof_testkit::Rng;
use aof_testkit::server::{ServerKind, skip_unless};

use crate::beside::{hold, hold_among, hold_on};

#[test]
fn members_are_added_as_on_servers() {
    hold(&[
        "ZADD z 1 a",
        "ZADD z 2 a 1 b",
        "ZADD z NX 5 a 5 c",
        "ZADD z XX 7 a 7 new",
        "ZADD z XX CH 7 a 8 b",
        "ZADD z GT 6 a 9 b 3 d",
        "ZADD z LT 6 a 10 b 3 e",
        "ZADD z XX GT 16 a 1 f",
        "ZADD z NX XX 1 a",
        "ZADD z NX GT 1 a",
        "ZADD z NX LT 1 a",
        "ZADD z LT GT 1 a",
        "ZADD z INCR 1 a",
        "ZADD z INCR 1 a 1 b",
        "ZADD z INCR NX 1 a",
        "ZADD z INCR NX 1 g",
        "ZADD z INCR XX 1 h",
        "ZADD z GT INCR -1 a",
        "ZADD z LT INCR -1 a",
        "ZADD z 1",
        "ZADD z 1 a 2",
        "ZADD z x a",
        "ZADD z 1 a x b",
        "ZADD z NX CH",
        "ZADD z nx ch incr",
        "ZADD z 1 a 2 a 3 a",
        "ZADD none XX 1 a",
        "ZADD inf inf a",
        "ZADD inf INCR -inf a",
        "ZINCRBY inf -inf a",
        "ZINCRBY inf -inf b",
        "ZINCRBY inf inf b",
        "ZINCRBY inf nan a",
        "ZINCRBY z 1.5 a",
        "ZINCRBY z 0 a",
        "ZINCRBY z nx 1",
        "ZINCRBY z 1e308 big",
        "ZINCRBY z 1e308 big",
        "ZINCRBY z -1e308 big",
        "SET s 1",
        "ZADD s 1 a",
        "ZADD s XX 1 a",
        "ZINCRBY s 1 a",
        "PEXPIREAT z 4102444800000",
        "ZADD z 5 a",
    ]);
}

#[test]
fn members_are_removed_as_on_servers() {
    hold(&[
        "ZADD z 1 a 2 b 3 c 4 d 5 e",
        "ZREM z x",
        "ZREM z a x a",
        "ZREM none a",
        "ZREMRANGEBYRANK z 0 0",
        "ZREMRANGEBYRANK z -1 -1",
        "ZREMRANGEBYRANK z 5 9",
        "ZREMRANGEBYRANK z 1 0",
        "ZREMRANGEBYRANK z -9223372036854775808 -9223372036854775808",
        "ZREMRANGEBYRANK z 9223372036854775807 9223372036854775807",
        "ZREMRANGEBYRANK z x 0",
        "ZREMRANGEBYRANK z 0 1.0",
        "ZREMRANGEBYRANK z -9223372036854775808 9223372036854775807",
        "ZADD z 1 a 2 b 3 c 4 d 5 e inf f -inf g 2 bb",
        "ZREMRANGEBYSCORE z (2 (3",
        "ZREMRANGEBYSCORE z (1 2",
        "ZREMRANGEBYSCORE z 4 (4",
        "ZREMRANGEBYSCORE z (4 4",
        "ZREMRANGEBYSCORE z 5 4",
        "ZREMRANGEBYSCORE z nan 4",
        "ZREMRANGEBYSCORE z 1 x",
        "ZREMRANGEBYSCORE z ((1 5",
        "ZREMRANGEBYSCORE z (5 (inf",
        "ZREMRANGEBYSCORE z (-inf (1e400",
        "ZREMRANGEBYSCORE z inf +inf",
        "ZREMRANGEBYSCORE z  ",
        "ZREMRANGEBYSCORE z (-inf 0",
        "ZREMRANGEBYSCORE z -inf inf",
        "ZADD z 0 a 0 b 0 c 0 d 0 e 0 aa 0 b1",
        "ZREMRANGEBYLEX z (b [b",
        "ZREMRANGEBYLEX z [b (b",
        "ZREMRANGEBYLEX z (b (c",
        "ZREMRANGEBYLEX z [b [b",
        "ZREMRANGEBYLEX z + -",
        "ZREMRANGEBYLEX z + +",
        "ZREMRANGEBYLEX z - -",
        "ZREMRANGEBYLEX z b c",
        "ZREMRANGEBYLEX z [b c",
        "ZREMRANGEBYLEX z ++ [c",
        "ZREMRANGEBYLEX z - (aa",
        "ZREMRANGEBYLEX z [e +",
        "ZREMRANGEBYLEX z [ [",
        "ZREMRANGEBYLEX z - +",
        "SET s 1",
        "ZREM s a",
        "ZREMRANGEBYRANK s 0 0",
        "ZREMRANGEBYSCORE s 0 0",
        "ZREMRANGEBYLEX s - +",
        "ZREMRANGEBYLEX none - +",
    ]);
}

#[test]
fn the_lowest_and_the_highest_are_popped_as_on_servers() {
    hold(&[
        "ZADD z 1 a 2 b 2 c 2 d 3 e 3 f",
        "ZPOPMIN z",
        "ZPOPMAX z",
        "ZPOPMAX z 0",
        "ZPOPMAX z x",
        "ZPOPMAX z 1 1",
        "ZPOPMIN none",
        "ZPOPMAX z 2",
        "ZPOPMIN z 9223372036854775807",
        "ZPOPMIN z 9223372036854775808",
        "ZADD z 1 a 2 b 2 c 2 d 3 e 3 f",
        "ZADD y 1 a 2 b",
        "SET s 1",
        "BZPOPMIN none z s 0",
        "BZPOPMAX z 0.1",
        "BZPOPMAX s z 0.1",
        "BZPOPMAX z x",
        "BZPOPMAX z -1",
        "BZPOPMAX z inf",
        "BZPOPMAX z 1e20",
        "BZPOPMAX none 0.05",
        "ZMPOP 1 z MIN",
        "ZMPOP 2 none z MAX COUNT 2",
        "ZMPOP 2 s z MAX",
        "ZMPOP 2 y s MAX",
        "ZMPOP 0 y MAX",
        "ZMPOP -1 y MAX",
        "ZMPOP 2 y MAX",
        "ZMPOP 1 y MED",
        "ZMPOP 1 y MAX COUNT",
        "ZMPOP 1 y MAX COUNT 0",
        "ZMPOP 1 y MAX COUNT 1 COUNT 1",
        "ZMPOP 1 y MAX LIMIT 1",
        "ZMPOP 1 none MAX",
        "BZMPOP 0 1 y max count 9",
        "BZMPOP -1 1 z MAX",
        "BZMPOP 0.001 1 y MAX",
        "BZMPOP 1 2 z y MIN COUNT 100",
        "ZPOPMIN s",
    ]);
}

#[test]
fn sets_are_combined_as_on_servers() {
    hold(&[
        "ZADD a 1 x 2 y 3 z",
        "ZADD b 10 y 20 z 30 w",
        "SADD s x w v",
        "ZADD inf inf x -inf y 1e308 z",
        "SET no 1",
        "ZUNIONSTORE r 2 a b",
        "ZUNIONSTORE r 3 a b s WEIGHTS 1 2 0.5",
        "ZUNIONSTORE r 3 a b s AGGREGATE MIN",
        "ZUNIONSTORE r 3 a b s AGGREGATE MAX WEIGHTS -1 -2 -3",
        "ZUNIONSTORE r 2 a none WEIGHTS 1 inf",
        "ZUNIONSTORE r 2 a inf WEIGHTS inf 0",
        "ZUNIONSTORE r 2 inf inf WEIGHTS 1 -1",
        "ZUNIONSTORE r 2 inf inf WEIGHTS 1 2",
        "ZUNIONSTORE r 2 a a",
        "ZUNIONSTORE r 2 a no",
        "ZUNIONSTORE r 0 a",
        "ZUNIONSTORE r -1 a",
        "ZUNIONSTORE r x a",
        "ZUNIONSTORE r 3 a b",
        "ZUNIONSTORE r 9223372036854775807 a b",
        "ZUNIONSTORE r 2 a b WEIGHTS 1",
        "ZUNIONSTORE r 2 a b WEIGHTS 1 x",
        "ZUNIONSTORE r 2 a b WEIGHTS 1 nan",
        "ZUNIONSTORE r 2 a b WEIGHTS 1 2 3",
        "ZUNIONSTORE r 2 a b AGGREGATE",
        "ZUNIONSTORE r 2 a b AGGREGATE AVG",
        "ZUNIONSTORE r 2 a b AGGREGATE MIN AGGREGATE MAX",
        "ZUNIONSTORE r 2 a b WEIGHTS 1 2 WEIGHTS 3 4",
        "ZUNIONSTORE r 2 a b WITHSCORES",
        "ZUNIONSTORE a 2 a b",
        "ZINTERSTORE r 2 a b",
        "ZINTERSTORE r 2 a s",
        "ZINTERSTORE r 2 a a WEIGHTS 2 3",
        "ZINTERSTORE r 2 inf inf WEIGHTS 1 -1",
        "ZINTERSTORE r 2 inf a WEIGHTS 0 0 AGGREGATE MIN",
        "ZINTERSTORE r 3 a s inf WEIGHTS 0 1 0 AGGREGATE MAX",
        "ZINTERSTORE r 3 a b none",
        "ZINTERSTORE r 3 a b none",
        "ZINTERSTORE r 3 a b no",
        "ZDIFFSTORE r 2 a b",
        "ZDIFFSTORE r 2 b s",
        "ZDIFFSTORE r 2 s a",
        "ZDIFFSTORE r 2 a a",
        "ZDIFFSTORE r 2 none a",
        "ZDIFFSTORE r 1 a",
        "ZDIFFSTORE r 1 a WEIGHTS 1",
        "ZDIFFSTORE r 2 a no",
        "ZDIFFSTORE no 2 a b",
        "ZUNIONSTORE no 1 none",
        "PEXPIREAT r 4102444800000",
        "ZUNIONSTORE r 1 a",
    ]);
}

#[test]
fn ranges_are_stored_as_on_servers() {
    hold(&[
        "ZADD z 1 a 2 b 3 c 4 d 5 e 5 f inf g",
        "ZADD l 0 a 0 b 0 c 0 d 0 e",
        "SET s 1",
        "ZRANGESTORE r z 0 -1",
        "ZRANGESTORE r z 1 2",
        "ZRANGESTORE r z 1 2 REV",
        "ZRANGESTORE r z 0 0 REV REV",
        "ZRANGESTORE r z (2 5 BYSCORE",
        "ZRANGESTORE r z (2 5 BYSCORE LIMIT 1 2",
        "ZRANGESTORE r z 5 (2 BYSCORE REV",
        "ZRANGESTORE r z 5 (2 REV BYSCORE LIMIT 1 2",
        "ZRANGESTORE r z 5 (2 REV BYSCORE LIMIT 1 -7",
        "ZRANGESTORE r z 2 5 BYSCORE LIMIT -1 2",
        "ZRANGESTORE r z 2 5 BYSCORE LIMIT 9223372036854775807 2",
        "ZRANGESTORE r z 2 5 BYSCORE LIMIT 0 9223372036854775807",
        "ZRANGESTORE r z 2 5 BYSCORE LIMIT 0 0",
        "ZRANGESTORE r z 0 -1 LIMIT 0 1",
        "ZRANGESTORE r z 0 -1 LIMIT 0 -1",
        "ZRANGESTORE r z 0 -1 BYSCORE BYLEX",
        "ZRANGESTORE r z 0 -1 BYSCORE BYSCORE",
        "ZRANGESTORE r z 0 -1 BYSCORE LIMIT 1",
        "ZRANGESTORE r z 0 -1 BYSCORE LIMIT x 1",
        "ZRANGESTORE r z 0 -1 WITHSCORES",
        "ZRANGESTORE r z a -1",
        "ZRANGESTORE r z a -1 BYSCORE",
        "ZRANGESTORE r l [b (d BYLEX",
        "ZRANGESTORE r l [d (b BYLEX REV",
        "ZRANGESTORE r l + - BYLEX REV LIMIT 1 3",
        "ZRANGESTORE r l - + BYLEX LIMIT 1 3",
        "ZRANGESTORE r l + - BYLEX LIMIT 1 3",
        "ZRANGESTORE r l - + BYLEX REV",
        "ZRANGESTORE r l b d BYLEX",
        "ZRANGESTORE l l 1 2",
        "ZRANGESTORE r s 0 -1",
        "ZRANGESTORE s z 0 -1",
        "ZRANGESTORE s none 0 -1",
        "ZRANGESTORE s none 0 -1",
        "ZADD mixed 1 m 2 c 3 x 4 d 5 a 6 k",
        "ZRANGESTORE r mixed [b [n BYLEX",
        "ZRANGESTORE r mixed [n [b BYLEX REV",
        "ZRANGESTORE r mixed - [m BYLEX LIMIT 1 2",
        "ZRANGESTORE r mixed [c [m BYLEX LIMIT 2 2",
        "ZREMRANGEBYLEX mixed [d [n",
        "ZREMRANGEBYLEX mixed [a [n",
    ]);
}

#[test]
fn the_sign_of_zero_is_lost_as_on_servers() {
    // Redis 6.2 keeps it in the text of a score.
    let kinds = ServerKind::ALL.into_iter().filter(|kind| *kind != ServerKind::Redis62);
    let words = |line: &str| line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
    let lines = [
        "ZADD z -0 a",
        "ZADD z 0 a",
        "ZADD z 1 a",
        "ZADD z INCR -1 a",
        "ZADD z -0 a -0.0 b",
        "ZUNIONSTORE r 1 z WEIGHTS -1",
        "ZRANGESTORE r z 0 -1",
        "ZREMRANGEBYSCORE r (0 1",
        "ZREMRANGEBYSCORE r -0 -0",
    ];
    for kind in kinds.filter(|kind| skip_unless(*kind).is_some()) {
        hold_on(kind, &lines.map(words));
    }
}

#[test]
fn large_sets_are_as_on_servers() {
    let mut rng = Rng::new(0x1a6e);
    let mut add = "ZADD z".to_owned();
    for member in 0..300 {
        add.push_str(&format!(" {} m{member}", rng.below(100) as f64 / 8.0));
    }
    let level = (0..300).fold("ZADD l".to_owned(), |all, member| format!("{all} 1 m{member}"));
    hold(&[
        &add,
        &level,
        "ZRANGESTORE r z 2 (7 BYSCORE LIMIT 3 50",
        "ZRANGESTORE r z (7 2 BYSCORE REV LIMIT 3 50",
        "ZRANGESTORE r z 10 -10",
        "ZRANGESTORE r z 10 -10 REV",
        "ZRANGESTORE r l [m2 (m3 BYLEX LIMIT 2 20",
        "ZRANGESTORE r l [m4 - BYLEX REV LIMIT 2 20",
        "ZUNIONSTORE r 3 z l r WEIGHTS 0.1 0.7 0.3",
        "ZINTERSTORE r 3 z l r WEIGHTS 0.1 0.7 0.3",
        "ZDIFFSTORE r 2 z r",
        "ZREMRANGEBYSCORE z (3 (4",
        "ZREMRANGEBYRANK z 100 120",
        "ZREMRANGEBYLEX l (m1 [m15",
        "ZPOPMIN z 50",
        "ZPOPMAX z 50",
    ]);
}

#[test]
fn a_negative_number_of_members_is_none_as_on_the_server_that_takes_it() {
    let commands = [
        "ZADD z 1 a 2 b",
        "ZPOPMIN z -1",
        "ZPOPMAX z -1",
        "ZPOPMIN none -1",
        "SET s 1",
        "ZPOPMIN s -1",
    ];
    hold_among(&[ServerKind::Redis62], &commands);
}
