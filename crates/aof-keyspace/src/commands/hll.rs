//! Strings that estimate how many different elements were added: HyperLogLog.
//!
//! There are 16384 registers, each of which holds the longest run that was seen of those elements that chance gives it.
//! A string of them begins with sixteen bytes: `HYLL`, the encoding, three bytes without a meaning, and the estimate, the
//! highest bit of which says that it is out of date. What servers keep is kept here byte by byte, with the default of
//! their `hll-sparse-max-bytes` (source: `hyperloglog.c` of Redis 8.0; held against real servers).

mod dense;
mod estimate;
mod hash;
mod sparse;

use super::Family;
use crate::arguments::is;
use crate::call::{Call, Outcome};
use crate::fail::Fail;

pub(super) const COMMANDS: Family =
    &[("PFADD", add), ("PFCOUNT", count), ("PFDEBUG", debug), ("PFMERGE", merge)];

const REGISTERS: usize = 16384;

/// Where registers begin.
const HEAD: usize = 16;

const ENCODING: usize = 4;
const DENSE: u8 = 0;
const SPARSE: u8 = 1;

/// Where the estimate stands.
const ESTIMATE: std::ops::Range<usize> = 8..HEAD;

/// This bit of the last byte of the estimate says that it is out of date.
const STALE: u8 = 0x80;

const CORRUPT: Fail = Fail::Invalid("the registers do not add up");

/// A string of registers.
struct Sketch(Vec<u8>);

impl Sketch {
    fn new() -> Self {
        let mut text = b"HYLL\x01".to_vec();
        text.resize(HEAD, 0);
        sparse::zeros(REGISTERS, &mut text);
        Self(text)
    }

    /// What the key holds, if it is there.
    fn of(call: &Call<'_, '_>, key: &[u8]) -> Result<Option<Self>, Fail> {
        let Some(text) = call.string(key)? else { return Ok(None) };
        let is_sketch = text.len() >= HEAD
            && text.starts_with(b"HYLL")
            && (text[ENCODING] == SPARSE || text[ENCODING] == DENSE && text.len() == dense::SIZE);
        if is_sketch { Ok(Some(Self(text.into_owned()))) } else { Err(Fail::WrongType) }
    }

    /// Puts it back. The expiry of the key stays.
    fn keep(self, call: &mut Call<'_, '_>, key: &[u8]) -> Outcome {
        *call.db(key).buffer(key)? = self.0;
        Ok(true)
    }

    fn is_dense(&self) -> bool {
        self.0[ENCODING] == DENSE
    }

    /// All registers, unless they are more or fewer than there must be.
    fn registers(&self) -> Result<Vec<u8>, Fail> {
        if self.is_dense() { Ok(dense::registers(&self.0)) } else { sparse::registers(&self.0) }
    }

    /// Raises a register; whether it was lower.
    fn raise(&mut self, index: usize, to: u8) -> Outcome {
        if self.is_dense() {
            return Ok(dense::raise(&mut self.0, index, to));
        }
        match sparse::raise(&mut self.0, index, to)? {
            sparse::Raised::Done(is_raised) => Ok(is_raised),
            sparse::Raised::DoesNotFit => {
                self.make_dense()?;
                Ok(dense::raise(&mut self.0, index, to))
            }
        }
    }

    fn make_dense(&mut self) -> Result<(), Fail> {
        let registers = self.registers()?;
        self.0.truncate(HEAD);
        self.0[ENCODING] = DENSE;
        self.0.resize(dense::SIZE, 0);
        for (index, register) in registers.into_iter().enumerate() {
            dense::raise(&mut self.0, index, register);
        }
        Ok(())
    }

    fn is_stale(&self) -> bool {
        self.0[ESTIMATE.end - 1] & STALE != 0
    }

    fn set_stale(&mut self) {
        self.0[ESTIMATE.end - 1] |= STALE;
    }
}

fn add(call: &mut Call<'_, '_>) -> Outcome {
    let (key, elements) = (call.key(), &call.args[2..]);
    let old = Sketch::of(call, key)?;
    let mut is_changed = old.is_none();
    let mut sketch = old.unwrap_or_else(Sketch::new);
    for element in elements {
        let (index, run) = hash::place(element);
        is_changed |= sketch.raise(index, run)?;
    }
    if !is_changed {
        return Ok(false);
    }
    sketch.set_stale();
    sketch.keep(call, key)
}

/// Of one key, the estimate is kept in the string; of many, nothing is kept.
fn count(call: &mut Call<'_, '_>) -> Outcome {
    let (key, keys) = (call.key(), &call.args[1..]);
    if keys.len() > 1 {
        for key in keys {
            if let Some(sketch) = Sketch::of(call, key)? {
                sketch.registers()?;
            }
        }
        return Ok(false);
    }
    let Some(mut sketch) = Sketch::of(call, key)?.filter(Sketch::is_stale) else {
        return Ok(false);
    };
    let estimate = estimate::estimate(&sketch.registers()?);
    sketch.0[ESTIMATE].copy_from_slice(&estimate.to_le_bytes());
    sketch.keep(call, key)
}

/// The first key is a source too. The result is dense if one of them is.
fn merge(call: &mut Call<'_, '_>) -> Outcome {
    let (to, keys) = (call.key(), &call.args[1..]);
    let (mut highest, mut is_dense) = (vec![0; REGISTERS], false);
    for key in keys {
        let Some(sketch) = Sketch::of(call, key)? else { continue };
        is_dense |= sketch.is_dense();
        let registers = sketch.registers()?;
        highest.iter_mut().zip(registers).for_each(|(high, one)| *high = one.max(*high));
    }
    let mut sketch = Sketch::of(call, to)?.unwrap_or_else(Sketch::new);
    if is_dense && !sketch.is_dense() {
        sketch.make_dense()?;
    }
    for (index, register) in highest.into_iter().enumerate().filter(|(_, register)| *register > 0) {
        sketch.raise(index, register)?;
    }
    sketch.set_stale();
    sketch.keep(call, to)
}

/// `GETREG` and `TODENSE` make a string dense, and stand in logs then.
fn debug(call: &mut Call<'_, '_>) -> Outcome {
    let &[_, word, key] = call.args else { return Err(Fail::Arity) };
    let mut sketch = Sketch::of(call, key)?.ok_or(Fail::Missing)?;
    let is_dense = sketch.is_dense();
    match () {
        () if is(word, "ENCODING") || is(word, "DECODE") && !is_dense => Ok(false),
        () if (is(word, "GETREG") || is(word, "TODENSE")) && is_dense => Ok(false),
        () if is(word, "GETREG") || is(word, "TODENSE") => {
            sketch.make_dense()?;
            sketch.keep(call, key)
        }
        () => Err(Fail::Syntax),
    }
}
