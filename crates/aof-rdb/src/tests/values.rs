//! Values, as deeply as they can be looked at.

use super::build::everything;
use crate::{RecordKind, Room, ValueFault, read};

/// What the values of a file come to.
#[derive(Debug, Default)]
pub(super) struct Verified {
    pub(super) keys: u64,
    pub(super) faults: Vec<ValueFault>,
}

/// Looks at all values of a file that is whole.
pub(super) fn verified(file: &[u8]) -> Verified {
    let (mut found, mut room) = (Verified::default(), Room::default());
    let bad = read(&mut &file[..], 0, &mut |records| {
        for record in records {
            if let RecordKind::Key(key) = &record.kind {
                found.keys += 1;
                found.faults.extend(key.value.verify(&mut room).err());
            }
        }
        true
    });
    assert_eq!(bad, Ok(None));
    found
}

#[test]
fn every_record_of_a_file_is_shown_with_its_place() {
    for header in ["REDIS0012", "REDIS0013", "VALKEY080"] {
        let (file, keys, expiring) = everything(header);
        let (mut at, mut counted) = (9, (0, 0));
        let bad = read(&mut &file[..], 0, &mut |records| {
            for record in records {
                // What is said of a key begins before what stands between it and the key.
                assert!(record.end > at && record.at < record.end, "{record:?}");
                at = record.end;
                if let RecordKind::Key(key) = &record.kind {
                    counted.0 += 1;
                    counted.1 += u64::from(key.expiry.is_some());
                }
            }
            true
        });
        assert_eq!(bad, Ok(None), "{header}");
        assert_eq!((counted, at), ((keys, expiring), file.len() as u64), "{header}");
    }
}
