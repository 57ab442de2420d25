//! Which file systems have their pages at hand.

use std::fs::File;
use std::io;

/// File systems of other machines, or of programs that may fetch from there, and huge pages, as the kernel
/// numbers them. There a page that is missing is an everyday event, or a page is no page.
#[cfg(target_os = "linux")]
const REMOTE: [u32; 19] = [
    0x0000_6969, // NFS
    0x0000_517b, // SMB
    0xff53_4d42, // CIFS
    0xfe53_4d42, // SMB 2
    0x6573_5546, // FUSE, virtiofs
    0x0102_1997, // 9P
    0x00c3_6400, // Ceph
    0x5346_414f, // AFS
    0x6b41_4653, // AFS of the kernel
    0x7375_7245, // Coda
    0x0000_564c, // NCP
    0x0116_1970, // GFS2
    0x7461_636f, // OCFS2
    0x0bd0_0bd0, // Lustre
    0x4750_4653, // GPFS
    0x1983_0326, // BeeGFS
    0xaad7_aaea, // PanFS
    0x786f_4256, // shared folders of VirtualBox
    0x9584_58f6, // huge pages
];

/// Whether the file lies on a file system of this machine.
#[cfg(target_os = "linux")]
pub(super) fn is_local(file: &File) -> io::Result<bool> {
    let found = rustix::fs::fstatfs(file)?;
    // The numbers have 32 bits; what holds them is signed on some machines.
    Ok(!REMOTE.contains(&(found.f_type as u32)))
}

/// Other systems number them otherwise, and no mapping was tried there.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_local(_file: &File) -> io::Result<bool> {
    Ok(false)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_file_is_local_and_every_number_stands_there_once() {
        assert!(is_local(&tempfile::tempfile().unwrap()).unwrap());
        let mut numbers = REMOTE.to_vec();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), REMOTE.len());
    }
}
