//! Which sets could be made, and in which order.

use super::super::{Kept, Origin};
use super::{Folder, NOW};

#[test]
fn bases_and_increments_are_counted_by_themselves_and_paired_by_their_times() {
    let folder = Folder::new().rdb("{}.2.base.rdb", 9, 500).written(510);
    let folder = folder.log("{}.4.incr.aof", 5).written(490).log("{}.5.incr.aof", 6).written(600);
    let chains = folder.chains();
    assert_eq!(chains[0], (Origin::Names, "2.base.rdb 5.incr.aof".to_owned()));
    assert!(chains.iter().any(|(_, files)| files == "2.base.rdb 4.incr.aof 5.incr.aof"));
    let reason = folder.survey().chains[0].reasons[0].clone();
    assert_eq!(
        reason,
        "appendonly.aof.5.incr.aof was written after appendonly.aof.2.base.rdb was begun"
    );
}

#[test]
fn a_write_in_the_second_of_the_fork_leaves_both_pairings_open() {
    let folder = Folder::new().rdb("{}.2.base.rdb", 9, 500).log("{}.4.incr.aof", 5);
    let folder = folder.clock(100, 500).log("{}.5.incr.aof", 6).clock(500, 700);
    let chains = folder.chains();
    assert_eq!(
        chains[0].1, "2.base.rdb 5.incr.aof",
        "a rewrite closes one increment and begins the next"
    );
    assert_eq!(chains[1].1, "2.base.rdb 4.incr.aof 5.incr.aof");
}

#[test]
fn a_chain_tells_what_it_keeps_and_of_which_moment_it_is() {
    let folder = Folder::new().rdb("{}.1.base.rdb", 3, 0).log("{}.1.incr.aof", 5).clock(10, 77);
    let chain = folder.empty("{}.2.incr.aof").written(99).manifest(&["b 1", "i 1", "i 2"]);
    let chain = chain.survey().chains.remove(0);
    assert_eq!(chain.keeps, Kept { bytes: 280, commands: 5, keys: 3 });
    assert_eq!(chain.latest, Some(NOW + 77));
}

#[test]
fn a_base_that_is_cut_is_used_up_to_its_last_whole_key_and_history_stands_beside_it() {
    let folder = Folder::new().rdb("{}.1.base.rdb", 3, 0).log("{}.1.incr.aof", 50).written(90);
    let folder = folder.rdb("{}.2.base.rdb", 50, 100).cut().log("{}.2.incr.aof", 5).written(200);
    let survey = folder.manifest(&["b 2", "h 1 {}.1.base.rdb", "h 1", "i 2"]).survey();
    let cut = &survey.chains[0];
    assert_eq!((cut.origin, cut.links[0].to), (Origin::Manifest, 545));
    assert_eq!(cut.reasons[1], "the last 5 bytes of appendonly.aof.2.base.rdb are left out");
    assert_eq!(survey.chains[1].origin, Origin::History);
    assert_eq!(survey.chains[1].links.len(), 3);
}

#[test]
fn the_order_does_not_depend_on_the_order_of_the_files() {
    let folder = Folder::new().rdb("{}.1.base.rdb", 3, 0).log("{}.1.incr.aof", 50).written(90);
    let folder = folder.rdb("{}.2.base.rdb", 50, 100).log("{}.2.incr.aof", 5).written(200);
    let folder = folder.in_data().rdb("dump.rdb", 50, 100).log("{}", 9);
    let mut turned = folder.clone();
    turned.inventory.files.reverse();
    assert_eq!(folder.chains(), turned.chains());
}

#[test]
fn there_are_never_more_than_sixteen() {
    let folder = (1..60).fold(Folder::new(), |folder, seq| {
        let folder = folder.rdb(&format!("{{}}.{seq}.base.rdb"), 3, seq * 100);
        folder.log(&format!("{{}}.{}.incr.aof", seq * 2), 9).written(seq * 100 + 50)
    });
    assert_eq!(folder.chains().len(), 16);
}
