//! Values, as deeply as they can be looked at.

use super::build::everything;
use super::each;
use crate::{RecordKind, Room, ValueFault};

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
