//! DUMP payloads, for RESTORE on another server.

use crate::tests::build;
use crate::{Checksum, Dialect, Dump, Header, Payload, Target, Writer};

#[test]
fn a_payload_of_every_type_is_one_again_for_every_target() {
    let header = Header { dialect: Dialect::Redis, version: 12 };
    // Of the packed values there, nothing is in the packing.
    let loose = |code: &u8| !matches!(code, 9..=21);
    for (code, bytes) in build::values().into_iter().filter(|(code, _)| loose(code)) {
        for target in Target::ALL {
            let value = Payload { header, code, bytes: &bytes };
            let (dump, left_out) = Writer::new(target).dump(&value).unwrap();
            let back = Dump::new(&dump).unwrap();
            assert_eq!((back.value.code, back.value.bytes), (code, &bytes[..]));
            assert_eq!(back.value.header.version, target.header().version);
            assert!(back.checksum == Checksum::Valid && !left_out.is_data());
        }
    }
}
