//! Writes frames into one buffer, and the buffer out when it is full.

use std::io::{self, Write};

use super::Written;
use crate::rng::Rng;

/// The buffer is written out when it holds this many bytes.
const FULL: usize = 1 << 20;

/// A writer of strict frames.
pub(super) struct Frames<'w> {
    to: &'w mut dyn Write,
    buffer: Vec<u8>,
    written: Written,
}

impl<'w> Frames<'w> {
    pub(super) fn new(to: &'w mut dyn Write) -> Self {
        let buffer = Vec::with_capacity(FULL + FULL / 4);
        Self { to, buffer, written: Written::default() }
    }

    /// Whether the log has `size` bytes. Between two steps, this is also what writes a full buffer out.
    #[inline]
    pub(super) fn reached(&mut self, size: u64) -> io::Result<bool> {
        if self.buffer.len() >= FULL {
            self.drain()?;
        }
        Ok(self.written.bytes + self.buffer.len() as u64 >= size)
    }

    /// Begins a record of `argc` arguments.
    #[inline]
    pub(super) fn record(&mut self, argc: u64) -> &mut Self {
        self.written.commands += 1;
        self.line(b'*', argc);
        self
    }

    /// A whole record.
    pub(super) fn command(&mut self, argv: &[&[u8]]) {
        self.record(argv.len() as u64);
        for arg in argv {
            self.arg(arg);
        }
    }

    /// One argument.
    #[inline]
    pub(super) fn arg(&mut self, arg: &[u8]) -> &mut Self {
        self.line(b'$', arg.len() as u64);
        self.buffer.extend_from_slice(arg);
        self.end()
    }

    /// A number as an argument.
    #[inline]
    pub(super) fn number(&mut self, n: u64) -> &mut Self {
        let mut digits = [0; 20];
        let digits = decimal(n, &mut digits);
        self.line(b'$', digits.len() as u64);
        self.buffer.extend_from_slice(digits);
        self.end()
    }

    /// `prefix` and `n` with `width` digits or more as an argument.
    #[inline]
    pub(super) fn key(&mut self, prefix: &[u8], n: u64, width: usize) -> &mut Self {
        let mut digits = [b'0'; 20];
        let used = decimal(n, &mut digits).len();
        let digits = &digits[20 - used.max(width)..];
        self.line(b'$', (prefix.len() + digits.len()) as u64);
        self.buffer.extend_from_slice(prefix);
        self.buffer.extend_from_slice(digits);
        self.end()
    }

    /// `ms-seq`, the id of a stream's entry, as an argument.
    #[inline]
    pub(super) fn id(&mut self, (ms, seq): (u64, u64)) -> &mut Self {
        let (mut a, mut b) = ([0; 20], [0; 20]);
        let (a, b) = (decimal(ms, &mut a), decimal(seq, &mut b));
        self.line(b'$', (a.len() + b.len() + 1) as u64);
        self.buffer.extend_from_slice(a);
        self.buffer.push(b'-');
        self.buffer.extend_from_slice(b);
        self.end()
    }

    /// `len` random letters as an argument.
    #[inline]
    pub(super) fn text(&mut self, rng: &mut Rng, len: usize) -> &mut Self {
        self.line(b'$', len as u64);
        rng.text(&mut self.buffer, len);
        self.end()
    }

    /// As [`text`](Self::text), for lengths that the buffer should not hold at once.
    pub(super) fn long_text(&mut self, rng: &mut Rng, len: usize) -> io::Result<()> {
        self.line(b'$', len as u64);
        let mut left = len;
        while left > 0 {
            let piece = left.min(FULL / 4);
            rng.text(&mut self.buffer, piece);
            left -= piece;
            if self.buffer.len() >= FULL {
                self.drain()?;
            }
        }
        self.end();
        Ok(())
    }

    /// Writes the rest out.
    pub(super) fn finish(mut self) -> io::Result<Written> {
        self.drain()?;
        self.to.flush()?;
        Ok(self.written)
    }

    fn drain(&mut self) -> io::Result<()> {
        self.to.write_all(&self.buffer)?;
        self.written.bytes += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    #[inline]
    fn line(&mut self, sign: u8, n: u64) {
        self.buffer.push(sign);
        if n < 10 {
            self.buffer.push(b'0' + n as u8);
        } else {
            let mut digits = [0; 20];
            self.buffer.extend_from_slice(decimal(n, &mut digits));
        }
        self.end();
    }

    #[inline]
    fn end(&mut self) -> &mut Self {
        self.buffer.extend_from_slice(b"\r\n");
        self
    }
}

/// Writes the digits of `n` to the end of `room`.
#[inline]
fn decimal(n: u64, room: &mut [u8; 20]) -> &[u8] {
    let (mut at, mut left) = (20, n);
    loop {
        at -= 1;
        room[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            return &room[at..];
        }
    }
}
