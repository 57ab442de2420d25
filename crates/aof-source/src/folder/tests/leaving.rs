//! Nothing leads out: no name, no link, and none that is put in place meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;

use super::*;

#[test]
fn what_is_no_name_is_refused_before_anything_is_looked_at() {
    let place = Place::new();
    let folder = place.folder();
    for name in ["", ".", "..", "../secret", "/etc/passwd", "a/b", "a\\b", "a\0", "./log", "log/"] {
        let refused = folder.open_file(name).unwrap_err();
        assert!(matches!(refused, OpenError::BadName { .. }), "{name:?}: {refused}");
        assert!(matches!(folder.subfolder(name).unwrap_err(), OpenError::BadName { .. }));
    }
}

#[test]
fn a_link_that_names_the_folder_in_full_stays_inside() {
    let place = Place::new();
    fs::create_dir(place.inner("deep")).unwrap();
    fs::write(place.inner("deep/log"), INSIDE).unwrap();
    let real = fs::canonicalize(place.inner("deep/log")).unwrap();
    place.link(&real, "full");
    place.link("deep/../deep/./log", "crooked");
    place.link(real.parent().unwrap().join("../../secret"), "full-and-out");
    place.link("deep/../../set/deep/log", "out-and-in");
    let folder = place.folder();
    assert_eq!(content(folder.open_file("full").unwrap()), INSIDE);
    assert_eq!(content(folder.open_file("crooked").unwrap()), INSIDE);
    for name in ["full-and-out", "out-and-in"] {
        assert!(matches!(folder.open_file(name).unwrap_err(), OpenError::Outside { .. }));
    }
}

#[test]
fn nothing_leads_out_of_a_subfolder_into_the_folder_above() {
    let place = Place::new();
    fs::create_dir(place.inner("deep")).unwrap();
    fs::write(place.inner("log"), INSIDE).unwrap();
    place.link("../log", "deep/up");
    place.link("deep", "by-link");
    for name in ["deep", "by-link"] {
        let deep = place.folder().subfolder(name).unwrap();
        assert!(matches!(deep.open_file("up").unwrap_err(), OpenError::Outside { .. }));
    }
}

#[test]
fn a_folder_stays_the_one_that_was_opened() {
    let place = Place::new();
    fs::create_dir(place.inner("parts")).unwrap();
    fs::write(place.inner("parts/secret"), INSIDE).unwrap();
    let folder = place.folder();
    let parts = folder.subfolder("parts").unwrap();
    fs::rename(place.inner("parts"), place.inner("moved")).unwrap();
    place.link("..", "parts");
    assert_eq!(content(parts.open_file("secret").unwrap()), INSIDE);
    assert!(matches!(folder.subfolder("parts").unwrap_err(), OpenError::Outside { .. }));
}

#[test]
fn a_name_that_is_swapped_for_a_link_again_and_again_never_leads_out() {
    let place = Place::new();
    fs::write(place.inner("log"), INSIDE).unwrap();
    fs::create_dir(place.inner("parts")).unwrap();
    fs::write(place.inner("parts/secret"), INSIDE).unwrap();
    place.link("parts/secret", "through");
    let folder = place.folder();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                place.link("../secret", "new");
                fs::rename(place.inner("new"), place.inner("log")).unwrap();
                fs::rename(place.inner("parts"), place.inner("away")).unwrap();
                place.link("..", "parts");
                fs::write(place.inner("new"), INSIDE).unwrap();
                fs::rename(place.inner("new"), place.inner("log")).unwrap();
                fs::remove_file(place.inner("parts")).unwrap();
                fs::rename(place.inner("away"), place.inner("parts")).unwrap();
            }
        });
        let mut opened = 0;
        for _ in 0..3000 {
            for name in ["log", "through"] {
                if let Ok(input) = folder.open_file(name) {
                    assert_eq!(content(input), INSIDE);
                    opened += 1;
                }
            }
            if let Ok(parts) = folder.subfolder("parts") {
                assert!(parts.open_file("secret").is_ok_and(|input| content(input) == INSIDE));
            }
        }
        done.store(true, Ordering::Relaxed);
        assert!(opened > 0);
    });
}

/// Links whose targets are put together from steps that stay, leave, come back and loop.
fn targets() -> impl Strategy<Value = Vec<String>> {
    let step = prop_oneof![
        4 => prop::sample::select(vec!["a", "b", "c", "deep", "log"]),
        3 => Just(".."),
        1 => Just("."),
        1 => prop::sample::select(vec!["set", "secret", "ROOT", "/", "/etc/passwd"]),
    ];
    let target = prop::collection::vec(step, 1..6).prop_map(|steps| steps.join("/"));
    prop::collection::vec(target, 6)
}

proptest! {
    #[test]
    fn whatever_is_opened_lies_inside_where_the_system_says_it_does(targets in targets()) {
        let place = Place::new();
        let root = fs::canonicalize(place.0.path().join("set")).unwrap();
        fs::create_dir(place.inner("deep")).unwrap();
        fs::write(place.inner("log"), INSIDE).unwrap();
        fs::write(place.inner("deep/log"), INSIDE).unwrap();
        let names = ["a", "b", "c", "deep/a", "deep/b", "deep/c"];
        for (name, target) in names.iter().zip(&targets) {
            place.link(target.replace("ROOT", root.to_str().unwrap()), name);
        }
        let folder = place.folder();
        let listing = folder.entries().unwrap();
        prop_assert_eq!(listing.entries.len(), 5);
        for entry in &listing.entries {
            let real = fs::canonicalize(root.join(&entry.name));
            match folder.open_file(&entry.name) {
                Ok(input) => {
                    prop_assert!(real.unwrap().starts_with(&root));
                    prop_assert_eq!(entry.kind, EntryKind::File);
                    prop_assert_eq!(content(input), INSIDE);
                }
                Err(OpenError::Outside { .. }) => {
                    prop_assert_eq!(entry.kind, EntryKind::LinkOut);
                }
                Err(OpenError::Folder { .. }) => {
                    prop_assert!(real.unwrap().starts_with(&root));
                    prop_assert_eq!(entry.kind, EntryKind::Folder);
                }
                Err(_) => {
                    prop_assert!(real.is_err(), "{:?} leads to {:?}", entry.name, real);
                    prop_assert_eq!(entry.kind, EntryKind::LinkNowhere);
                }
            }
        }
    }

    #[test]
    fn a_name_of_any_bytes_opens_nothing_outside(name in prop::collection::vec(
        prop_oneof![Just(b'.'), Just(b'/'), Just(b'\\'), Just(0), Just(b's'), any::<u8>()], 0..12,
    )) {
        let place = Place::new();
        let folder = place.folder();
        let bad = name.iter().any(|byte| b"/\\\0".contains(byte)) || [&b""[..], b".", b".."].contains(&&name[..]);
        let refused = folder.open_file(OsStr::from_bytes(&name)).unwrap_err();
        prop_assert_eq!(matches!(refused, OpenError::BadName { .. }), bad, "{}", refused);
        prop_assert_eq!(matches!(refused, OpenError::Missing { .. }), !bad, "{}", refused);
    }
}
