//! Values, as deeply as they can be looked at.

use super::build::{everything, len, row, text};
use super::each;
use crate::{Dialect, Header, Payload, RecordKind, Room, ValueFault, ValueFaultKind};

/// What the values of a file come to.
#[derive(Debug, Default)]
pub(super) struct Verified {
    pub(super) keys: u64,
    pub(super) faults: Vec<ValueFault>,
}

/// Looks at all values of a file that is whole.
pub(super) fn verified(file: &[u8]) -> Verified {
    let (mut found, mut room) = (Verified::default(), Room::default());
    each(file, &mut |record| {
        if let RecordKind::Key(key) = &record.kind {
            found.keys += 1;
            found.faults.extend(key.value.verify(&mut room).err());
        }
    });
    found
}

#[test]
fn every_record_of_a_file_is_shown_with_its_place() {
    for header in ["REDIS0012", "REDIS0013", "VALKEY080"] {
        let (file, keys, expiring) = everything(header);
        let (mut at, mut counted) = (9, (0, 0));
        each(&file, &mut |record| {
            // What is said of a key begins before what stands between it and the key.
            assert!(record.end > at && record.at < record.end, "{record:?}");
            at = record.end;
            if let RecordKind::Key(key) = &record.kind {
                counted.0 += 1;
                counted.1 += u64::from(key.expiry.is_some());
            }
        });
        assert_eq!((counted, at), ((keys, expiring), file.len() as u64), "{header}");
    }
}

#[test]
fn an_entry_that_nobody_owns_is_a_fault_and_so_is_one_that_is_pending_twice() {
    let (pending, owned) = (row(&[&[1; 24], &len(2)]), row(&[&len(1), &text(b"alice"), &[2; 8]]));
    let group = |entries: u64, consumers: &[u8]| {
        let all = pending.repeat(entries as usize);
        let head = row(&[&len(0), &len(0), &len(0), &len(0), &len(1), &text(b"group")]);
        row(&[&head, &len(0), &len(0), &len(entries), &all, consumers])
    };
    let has_one = row(&[&owned, &len(1), &[1; 16]]);
    for (bytes, fault) in [
        (group(1, &has_one), None),
        (group(1, &len(0)), Some(ValueFaultKind::NoOwner)),
        (group(2, &has_one), Some(ValueFaultKind::NoOwner)),
    ] {
        let header = Header { dialect: Dialect::Redis, version: 9 };
        let value = Payload { header, code: 15, bytes: &bytes };
        let found = value.verify(&mut Room::default()).err();
        assert_eq!(found.map(|fault| fault.kind), fault);
    }
}
