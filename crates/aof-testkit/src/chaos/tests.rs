//! The commands of reckless clients.

use super::*;
use std::collections::BTreeSet;

#[test]
fn every_command_that_writes_on_one_of_the_servers_has_a_recipe_or_a_reason() {
    let recipes: BTreeSet<&str> =
        FAMILIES.iter().copied().flatten().map(|recipe| recipe.name).collect();
    for row in table() {
        let is_known = ServerKind::ALL.into_iter().any(|kind| row.is_in(kind));
        let writes = is_known && !["inert", "control"].contains(&row.class.as_str());
        let has_reason = NOT_SENT.iter().any(|(name, _)| *name == row.name);
        let has_recipe = recipes.contains(row.name.as_str());
        assert_eq!(writes, has_recipe && row.class != "inert" || has_reason, "{}", row.name);
    }
}

#[test]
fn the_same_seed_gives_the_same_commands() {
    let mut one = Chaos::new(7, ServerKind::Valkey91);
    let mut other = Chaos::new(7, ServerKind::Valkey91);
    assert_eq!(one.batch(2000), other.batch(2000));
    assert_ne!(one.batch(100), Chaos::new(8, ServerKind::Valkey91).batch(100));
}

#[test]
fn no_transaction_is_left_open_and_nobody_waits_long() {
    for argv in Chaos::new(1, ServerKind::Redis82).batch(5000).split(|argv| argv[0] == b"MULTI") {
        let is_end = |argv: &&Argv| argv[0] == b"EXEC" || argv[0] == b"DISCARD";
        assert!(argv.iter().filter(is_end).count() <= 1);
        let outside = argv.iter().skip_while(|argv| !is_end(argv)).skip(1);
        for argv in outside.filter(|argv| argv[0].starts_with(b"B")) {
            let text = String::from_utf8_lossy(&argv.join(&b' ')).into_owned();
            assert!(
                argv[0].starts_with(b"BIT")
                    || text.contains("0.01")
                    || text.contains("-1")
                    || text.contains('x'),
                "{text}"
            );
        }
    }
}
