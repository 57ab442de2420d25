//! Commands that chance makes.

use aof_testkit::Rng;

use crate::beside::hold;

/// Holds so many random commands against every server, behind those that make keys of other types.
pub(crate) fn hold_random(seed: u64, number: usize, make: impl Fn(&mut Rng) -> String) {
    let mut rng = Rng::new(seed);
    let mut commands: Vec<String> =
        ["SET string 5", "RPUSH list 1 2 3", "SADD set 1 b", "PEXPIREAT list 4102444800000"]
            .map(str::to_owned)
            .into();
    commands.extend((0..number).map(|_| make(&mut rng)));
    hold(&commands.iter().map(String::as_str).collect::<Vec<_>>());
}

/// So many words of these, with a blank before each.
pub(crate) fn words(rng: &mut Rng, from: &[&str], number: usize) -> String {
    (0..number).map(|_| format!(" {}", rng.pick(from))).collect()
}
