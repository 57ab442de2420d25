//! Reads a payload from front to back.

use std::borrow::Cow;

use crate::fault::{ValueFault, ValueFaultKind, fault};
use crate::item::StreamId;
use crate::length::{self, Form, array};
use crate::lzf;
use crate::skip;
use crate::text::Str;

/// A place in a payload.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    pub(crate) at: usize,
    /// The most bytes that a compressed string may have.
    most: u64,
}

/// A string as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stored<'a> {
    form: Form,
    /// The bytes behind its lengths, compressed or not.
    pub(crate) bytes: &'a [u8],
    /// How many bytes it has, if it is compressed.
    unpacked: u64,
    /// Where it begins.
    pub(crate) at: usize,
}

impl<'a> Stored<'a> {
    /// Whether it has no bytes. A number has digits.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && !matches!(self.form, Form::Integer(_))
    }

    /// The string, in `room` if it is compressed.
    #[inline]
    pub(crate) fn read<'r>(&self, room: &'r mut Vec<u8>) -> Result<Str<'r>, ValueFault>
    where
        'a: 'r,
    {
        match self.form {
            Form::Plain => Ok(Str::Bytes(self.bytes)),
            Form::Integer(value) => Ok(Str::Int(value.into())),
            Form::Lzf => self.unpack(room).map(|()| Str::Bytes(room)),
        }
    }

    /// The bytes of a string that is used as such, in `room` if they are not in the payload.
    #[inline]
    pub(crate) fn bytes<'r>(&self, room: &'r mut Vec<u8>) -> Result<&'r [u8], ValueFault>
    where
        'a: 'r,
    {
        match self.form {
            Form::Plain => return Ok(self.bytes),
            Form::Integer(value) => {
                room.clear();
                room.extend_from_slice(value.to_string().as_bytes());
            }
            Form::Lzf => self.unpack(room)?,
        }
        Ok(room)
    }

    fn measure(&self) -> Result<u64, ValueFault> {
        match self.form {
            Form::Plain => Ok(self.bytes.len() as u64),
            Form::Integer(value) => Ok(Str::Int(value.into()).len() as u64),
            Form::Lzf => {
                let unpacked = usize::try_from(self.unpacked).unwrap_or(usize::MAX);
                lzf::measure(self.bytes, unpacked)
                    .map_err(|_| fault(self.at, ValueFaultKind::Compression))?;
                Ok(self.unpacked)
            }
        }
    }

    /// The same as [`Stored::bytes`], for those who keep it.
    pub(crate) fn kept(&self) -> Result<Cow<'a, [u8]>, ValueFault> {
        if self.form == Form::Plain {
            return Ok(Cow::Borrowed(self.bytes));
        }
        let mut room = Vec::new();
        self.bytes(&mut room)?;
        Ok(Cow::Owned(room))
    }

    #[cold]
    #[inline(never)]
    fn unpack(&self, room: &mut Vec<u8>) -> Result<(), ValueFault> {
        let unpacked = usize::try_from(self.unpacked).unwrap_or(usize::MAX);
        lzf::decompress(self.bytes, unpacked, room)
            .map_err(|_| fault(self.at, ValueFaultKind::Compression))
    }
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, most: u64::MAX }
    }

    /// The same, before compressed strings of at most so many bytes.
    pub(crate) fn of_at_most(self, most: u64) -> Self {
        Self { most, ..self }
    }

    #[inline]
    pub(crate) fn length(&mut self) -> Result<u64, ValueFault> {
        let (length, behind) = self.read(length::length(self.bytes, self.at))?;
        self.at = behind;
        Ok(length)
    }

    pub(crate) fn text(&mut self) -> Result<Stored<'a>, ValueFault> {
        let text = self.read(length::text(self.bytes, self.at))?;
        let at = self.at;
        if text.unpacked > self.most {
            return Err(fault(at, ValueFaultKind::TooLarge));
        }
        self.at = text.body;
        let bytes = self.take(text.len)?;
        Ok(Stored { form: text.form, bytes, unpacked: text.unpacked, at })
    }

    /// The next string, in `room` if it is compressed.
    #[inline(always)]
    pub(crate) fn string<'r>(&mut self, room: &'r mut Vec<u8>) -> Result<Str<'r>, ValueFault>
    where
        'a: 'r,
    {
        match self.short_string() {
            Some(bytes) => Ok(Str::Bytes(bytes)),
            None => self.text()?.read(room),
        }
    }

    /// How many bytes the next string has, which is as good as [`Cursor::string`] finds it.
    #[inline(always)]
    pub(crate) fn measure(&mut self) -> Result<u64, ValueFault> {
        match self.short_string() {
            Some(bytes) => Ok(bytes.len() as u64),
            None => self.text()?.measure(),
        }
    }

    /// The next string if it is one of those that most are: fewer than 64 bytes, as they are.
    #[inline(always)]
    fn short_string(&mut self) -> Option<&'a [u8]> {
        let (&len, rest) = self.bytes.get(self.at..)?.split_first()?;
        let bytes = rest.get(..usize::from(len)).filter(|_| len < 64)?;
        self.at += 1 + bytes.len();
        Some(bytes)
    }

    /// The next bytes as they are.
    #[inline]
    pub(crate) fn take(&mut self, count: u64) -> Result<&'a [u8], ValueFault> {
        let rest = &self.bytes[self.at..];
        if count > rest.len() as u64 {
            return Err(self.short());
        }
        self.at += count as usize;
        Ok(&rest[..count as usize])
    }

    /// The next bytes as an array.
    #[inline]
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], ValueFault> {
        let found = self.read(array(self.bytes, self.at))?;
        self.at += N;
        Ok(found)
    }

    pub(crate) fn millis(&mut self) -> Result<i64, ValueFault> {
        self.array().map(i64::from_le_bytes)
    }

    /// Two lengths.
    pub(crate) fn stream_id(&mut self) -> Result<StreamId, ValueFault> {
        Ok(StreamId { millis: self.length()?, seq: self.length()? })
    }

    /// Sixteen bytes, the upper ones of both numbers first.
    pub(crate) fn raw_stream_id(&mut self) -> Result<StreamId, ValueFault> {
        let millis = u64::from_be_bytes(self.array()?);
        Ok(StreamId { millis, seq: u64::from_be_bytes(self.array()?) })
    }

    /// What a module wrote: opcodes with their values, up to and with opcode 0.
    pub(crate) fn module(&mut self) -> Result<&'a [u8], ValueFault> {
        let start = self.at;
        self.at = self.read(skip::module(self.bytes, start))?;
        Ok(&self.bytes[start..self.at])
    }

    pub(crate) fn end(&self) -> Result<(), ValueFault> {
        if self.at < self.bytes.len() {
            return Err(fault(self.at, ValueFaultKind::Trailing));
        }
        Ok(())
    }

    fn short(&self) -> ValueFault {
        fault(self.bytes.len(), ValueFaultKind::Short)
    }

    #[inline]
    fn read<T>(&self, read: Result<T, length::Fault>) -> Result<T, ValueFault> {
        read.map_err(|it| match it {
            length::Fault::Short => self.short(),
            length::Fault::Bad(at) => fault(at, ValueFaultKind::BadLength),
        })
    }
}
