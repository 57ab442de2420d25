//! Decoders of compressed files: several members in a row, padding behind them, bounded memory.
//!
//! Both tell a file that ends too early (`UnexpectedEof`) from one whose bytes are wrong
//! (`InvalidData`, `InvalidInput`), and hand out everything they decoded before they say so.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;
use zstd::stream::raw::{DParameter, Decoder, Operation};

use crate::Container;

/// How much is decoded in one call. A decoder that meets damage drops what it made in that call.
const STEP: usize = 32 << 10;

/// The largest window a zstd frame may ask for, as a power of two: 128 MiB, what `zstd --long` makes.
const WINDOW_LOG_MAX: u32 = 27;

/// The content of a container whose bytes on the disk come from `raw`.
///
/// # Errors
/// If the decoder cannot get its memory.
pub(crate) fn decoded<R>(container: Container, raw: R) -> io::Result<Box<dyn Read + Send>>
where
    R: Read + Send + 'static,
{
    Ok(match container {
        Container::Plain => Box::new(raw),
        Container::Gzip => Box::new(Gunzip::new(BufReader::with_capacity(STEP, raw))),
        Container::Zstd => Box::new(Unzstd::new(BufReader::with_capacity(4 * STEP, raw))?),
    })
}

/// Steps over NUL bytes, with which storage services fill files up to a block. Whether anything follows.
fn skip_padding(raw: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let bytes = match raw.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            bytes => bytes?,
        };
        let (nuls, len) = (bytes.iter().take_while(|&&b| b == 0).count(), bytes.len());
        raw.consume(nuls);
        if nuls < len || len == 0 {
            return Ok(len > 0);
        }
    }
}

/// Decodes gzip, member after member.
struct Gunzip<R> {
    /// Always there between calls.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Gunzip<R> {
    fn new(raw: R) -> Self {
        Self { member: Some(GzDecoder::new(raw)) }
    }
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = buffer.len().min(STEP);
        loop {
            let member = self.member.as_mut().expect("put back before each return");
            let count = member.read(&mut buffer[..room])?;
            if count > 0 || room == 0 || !skip_padding(member.get_mut())? {
                return Ok(count);
            }
            let ended = self.member.take().expect("used a few lines above");
            self.member = Some(GzDecoder::new(ended.into_inner()));
        }
    }
}

/// Decodes zstd, frame after frame.
struct Unzstd<R> {
    raw: R,
    decoder: Decoder<'static>,
    /// Whether a frame has begun and has not ended.
    inside: bool,
}

impl<R: BufRead> Unzstd<R> {
    fn new(raw: R) -> io::Result<Self> {
        let mut decoder = Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MAX))?;
        Ok(Self { raw, decoder, inside: false })
    }
}

impl<R: BufRead> Read for Unzstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = buffer.len().min(4 * STEP);
        while room > 0 && (self.inside || skip_padding(&mut self.raw)?) {
            let input = self.raw.fill_buf()?;
            let ended = input.is_empty();
            let status = self
                .decoder
                .run_on_buffers(input, &mut buffer[..room])
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            self.raw.consume(status.bytes_read);
            self.inside = status.remaining > 0;
            if status.bytes_written > 0 {
                return Ok(status.bytes_written);
            }
            if ended && self.inside {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn pack(container: Container, bytes: &[u8]) -> Vec<u8> {
        match container {
            Container::Plain => bytes.to_vec(),
            Container::Gzip => gzip(bytes),
            Container::Zstd => zstd::encode_all(bytes, 1).unwrap(),
        }
    }

    /// What comes out before the end or the error, and the error.
    fn unpack(container: Container, packed: &[u8]) -> (Vec<u8>, Option<io::ErrorKind>) {
        let mut content = Vec::new();
        let mut reader = decoded(container, io::Cursor::new(packed.to_vec())).unwrap();
        let mut buffer = vec![0; 1 << 20];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return (content, None),
                Ok(count) => content.extend_from_slice(&buffer[..count]),
                Err(error) => return (content, Some(error.kind())),
            }
        }
    }

    /// Bytes that hardly compress, so that a cut file has content before the cut.
    fn noise(len: usize) -> Vec<u8> {
        let mut state = 1u64;
        std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        })
        .take(len)
        .collect()
    }

    const BOTH: [Container; 2] = [Container::Gzip, Container::Zstd];

    #[test]
    fn members_in_a_row_are_one_content() {
        for container in BOTH {
            let packed = [b"one ", b"two ", b"".as_slice(), b"three"]
                .map(|bytes| pack(container, bytes))
                .concat();
            let one_two_three = b"one two three".to_vec();
            assert_eq!(unpack(container, &packed), (one_two_three, None));
        }
    }

    #[test]
    fn nul_padding_behind_or_between_members_is_no_damage() {
        for container in BOTH {
            let mut packed = pack(container, b"one ");
            packed.resize(4096, 0);
            packed.extend(pack(container, b"two"));
            packed.resize(200_000, 0);
            assert_eq!(unpack(container, &packed), (b"one two".to_vec(), None));
        }
    }

    #[test]
    fn a_cut_at_any_byte_is_an_early_end_and_loses_nothing_decoded() {
        for container in BOTH {
            let bytes = noise(3000);
            let first = pack(container, &bytes);
            let packed = [first.clone(), pack(container, b"more")].concat();
            for cut in (1..first.len()).chain(first.len() + 1..packed.len()) {
                let (content, error) = unpack(container, &packed[..cut]);
                assert_eq!(error, Some(io::ErrorKind::UnexpectedEof), "cut at {cut}");
                assert!([&bytes[..], b"more"].concat().starts_with(&content));
                if cut > first.len() {
                    assert!(content.len() >= bytes.len());
                }
            }
        }
    }

    #[test]
    fn a_long_cut_file_gives_nearly_all_that_its_bytes_hold() {
        for container in BOTH {
            let bytes = noise(1 << 20);
            let packed = pack(container, &bytes);
            let (content, error) = unpack(container, &packed[..packed.len() / 2]);
            assert_eq!(error, Some(io::ErrorKind::UnexpectedEof));
            // zstd decodes in blocks of up to 128 KiB.
            assert!(content.len() > (512 << 10) - (128 << 10));
            assert!(bytes.starts_with(&content));
        }
    }

    #[test]
    fn wrong_bytes_are_no_early_end() {
        for container in BOTH {
            let mut packed = pack(container, &noise(1 << 20));
            let middle = packed.len() / 2;
            packed[middle..middle + 70_000].fill(0xFF);
            let (_, error) = unpack(container, &packed);
            assert!(error.is_some_and(|kind| kind != io::ErrorKind::UnexpectedEof));
            let glued = [pack(container, b"ok"), b"garbage behind it".to_vec()].concat();
            let (content, error) = unpack(container, &glued);
            assert_eq!(content, b"ok");
            assert!(error.is_some_and(|kind| kind != io::ErrorKind::UnexpectedEof));
        }
    }

    #[test]
    fn a_frame_that_asks_for_a_huge_window_is_refused_before_memory_is_taken() {
        // Magic, a frame header without content size, window descriptor of 2 GiB.
        let packed = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 21 << 3, 0, 0, 0];
        let (content, error) = unpack(Container::Zstd, &packed);
        assert_eq!((content, error), (vec![], Some(io::ErrorKind::InvalidData)));
    }
}
