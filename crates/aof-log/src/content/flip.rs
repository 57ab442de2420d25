//! The one bit of an RDB file that was flipped.

use aof_rdb::{Checksum, DefectKind, Flip, find_flip};
use aof_source::{Feed, Part, ReadError};

use super::{Content, RdbWindows};
use crate::finding::{Finding, FindingId, Severity};

/// Looks for it where the checksum is wrong, or where no record is: then the checksum is taken to stand at the end of
/// the file, as it does unless records follow. All that is wrong with the file comes from it then.
pub(super) fn look<P: Part + ?Sized>(part: &P, content: &mut Content) {
    let Some(rdb) = &content.rdb else { return };
    let end = match (rdb.checksum, &rdb.defect) {
        (Checksum::Wrong { .. }, None) => rdb.end,
        (_, Some(defect)) if defect.kind != DefectKind::UnknownVersion => part.len(),
        _ => return,
    };
    let mut open = || Ok::<_, ReadError>(RdbWindows(part.feed()));
    // What cannot be read was told before.
    let Ok(Some(flip)) = find_flip(&mut open, 0, end) else { return };
    let Ok(&[byte, ..]) = part.feed().window(flip.at, 1) else { return };
    content.findings.retain(|found| found.severity < Severity::Damage);
    content.total_findings = content.findings.len() as u64;
    content.flip = Some(flip);
    content.add(finding(flip, byte));
}

fn finding(flip: Flip, byte: u8) -> Finding {
    let Flip { at, bit } = flip;
    let right = byte ^ 1 << bit;
    let message = format!(
        "bit {bit} of this byte was flipped: it is 0x{byte:02x}, and with 0x{right:02x} the checksum is right and every value is sound"
    );
    Finding::new(FindingId::RdbCrcBitflip, at, 1, message)
        .cause("bad memory in the machine that wrote or copied the file, most likely; test it")
}
