//! Goes through one record along its layout, and can stop at any byte and go on in the next window.

use crate::kept::Kept;
use crate::layout::{Atom, DEPTH, KEY, Layout, Slot};
use crate::length::{Fault, Text, byte, length, text, whole_text};
use crate::skip;

/// No step needs more bytes than this in one slice, apart from those that it skips.
pub(crate) const STEP: usize = 32;

/// How far one slice of bytes took the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It ends here.
    Done(usize),
    /// It goes on here, in bytes that the slice does not have.
    More(usize),
    /// It cannot be read because of the byte here.
    Bad(usize),
    /// It is of a type that nobody can read.
    Unknown,
}

/// A layout, where in it the walk is, and how often it is still to be gone through.
#[derive(Debug, Clone, Copy)]
struct Frame {
    layout: Layout,
    next: usize,
    left: u64,
}

/// The way through one record.
#[derive(Debug)]
pub(crate) struct Program {
    frames: [Frame; DEPTH],
    depth: usize,
    /// Bytes to be passed over before the next step.
    skip: u64,
    /// Of how many bytes those are the rest.
    at_once: u64,
    /// Which string these bytes belong to, if it is kept.
    keeping: Option<Slot>,
    kept: [Kept; 2],
    is_named: bool,
    module: Option<u64>,
}

impl Program {
    pub(crate) fn new() -> Self {
        Self {
            frames: [Frame { layout: &[], next: 0, left: 0 }; DEPTH],
            depth: 0,
            skip: 0,
            at_once: 0,
            keeping: None,
            kept: Default::default(),
            is_named: false,
            module: None,
        }
    }

    /// Sets out along `layout`.
    pub(crate) fn begin(&mut self, layout: Layout) {
        (self.depth, self.skip, self.keeping) = (0, 0, None);
        (self.is_named, self.module) = (false, None);
        self.push(layout, 1);
    }

    /// Sets out along a key and then the `layout` of its value.
    pub(crate) fn begin_key(&mut self, layout: Layout) {
        self.begin(layout);
        self.push(KEY, 1);
    }

    /// The beginning of the key or name, if the walk came so far.
    pub(crate) fn name(&self) -> Option<Vec<u8>> {
        self.is_named.then(|| self.kept[Slot::Name as usize].text())
    }

    /// The beginning of the value of an aux field.
    pub(crate) fn value(&self) -> Vec<u8> {
        self.kept[Slot::Value as usize].text()
    }

    /// Whether all of the key or name was passed.
    pub(crate) fn is_name_whole(&self) -> bool {
        self.is_named && self.keeping != Some(Slot::Name)
    }

    /// Bytes that were passed of what is read at once, where the rest of it is missing.
    pub(crate) fn passed(&self) -> u64 {
        if self.skip > 0 { self.at_once - self.skip } else { 0 }
    }

    /// The id of the module that wrote the record.
    pub(crate) fn module(&self) -> Option<u64> {
        self.module
    }

    /// Goes on at `at`, as far as the slice reaches. Behind [`Outcome::More`] the next slice begins with the
    /// byte that it names, and brings progress if it has [`STEP`] bytes.
    pub(crate) fn run(&mut self, bytes: &[u8], at: usize) -> Outcome {
        let mut at = self.pass_over(bytes, at);
        while self.skip == 0 {
            let Some(atom) = self.next(bytes, &mut at) else {
                return Outcome::Done(at);
            };
            match self.step(atom, bytes, at) {
                Ok(Some(behind)) => at = self.pass_over(bytes, behind),
                Ok(None) => return Outcome::Unknown,
                Err(Fault::Short) => return Outcome::More(at),
                Err(Fault::Bad(place)) => return Outcome::Bad(place),
            }
        }
        Outcome::More(at)
    }

    /// The step to be taken; `None` at the end of the record. Repetitions that lie in the slice as a whole
    /// are passed at once.
    fn next(&mut self, bytes: &[u8], at: &mut usize) -> Option<Atom> {
        while let Some(top) = self.depth.checked_sub(1) {
            let frame = &mut self.frames[top];
            if frame.next == frame.layout.len() {
                (frame.next, frame.left) = (0, frame.left - 1);
            }
            if frame.next == 0 {
                (*at, frame.left) = pass_whole(frame.layout, bytes, *at, frame.left);
            }
            if frame.left > 0 {
                return Some(frame.layout[frame.next]);
            }
            self.depth = top;
        }
        None
    }

    /// Takes one step and returns the place behind what it read, `None` where nobody knows the layout. A
    /// step that is short changes nothing.
    fn step(&mut self, atom: Atom, bytes: &[u8], at: usize) -> Result<Option<usize>, Fault> {
        let behind = match atom {
            Atom::Text => self.skip_text(text(bytes, at)?),
            Atom::Kept(slot) => self.keep(slot, text(bytes, at)?),
            Atom::Len => length(bytes, at)?.1,
            Atom::Raw(count) => self.skip_raw(count.into(), at),
            Atom::Score => {
                let len = byte(bytes, at)?;
                self.skip_raw(if len < 253 { len.into() } else { 0 }, at + 1)
            }
            Atom::Many(layout) => return self.repeat(layout, bytes, at).map(Some),
            Atom::ModuleId => {
                let (id, behind) = length(bytes, at)?;
                self.module = Some(id);
                behind
            }
            Atom::When => match length(bytes, at)? {
                (2, behind) => length(bytes, behind)?.1,
                _ => return Err(Fault::Bad(at)),
            },
            Atom::Module => return self.module_step(bytes, at).map(Some),
            Atom::Unknown => return Ok(None),
        };
        self.advance();
        Ok(Some(behind))
    }

    /// One opcode of a module and its value; opcode 0 ends the step.
    fn module_step(&mut self, bytes: &[u8], at: usize) -> Result<usize, Fault> {
        let (opcode, value) = length(bytes, at)?;
        match opcode {
            0 => self.advance(),
            1 | 2 => return Ok(length(bytes, value)?.1),
            3 => return Ok(self.skip_raw(4, value)),
            4 => return Ok(self.skip_raw(8, value)),
            5 => return Ok(self.skip_text(text(bytes, value)?)),
            _ => return Err(Fault::Bad(at)),
        }
        Ok(value)
    }

    fn repeat(&mut self, layout: Layout, bytes: &[u8], at: usize) -> Result<usize, Fault> {
        let (count, behind) = length(bytes, at)?;
        self.advance();
        self.push(layout, count);
        Ok(behind)
    }

    fn keep(&mut self, slot: Slot, text: Text) -> usize {
        self.kept[slot as usize].begin(text.form);
        self.is_named |= slot == Slot::Name;
        self.keeping = Some(slot);
        self.skip_text(text)
    }

    fn skip_text(&mut self, text: Text) -> usize {
        self.skip_raw(text.len, text.body)
    }

    fn skip_raw(&mut self, count: u64, at: usize) -> usize {
        (self.skip, self.at_once) = (count, count);
        at
    }

    /// Passes over as many of the bytes to be skipped as the slice has.
    fn pass_over(&mut self, bytes: &[u8], at: usize) -> usize {
        let count = self.skip.min((bytes.len() - at) as u64);
        self.skip -= count;
        let behind = at + count as usize;
        if let Some(slot) = self.keeping {
            self.kept[slot as usize].push(&bytes[at..behind]);
            if self.skip == 0 {
                self.keeping = None;
            }
        }
        behind
    }

    fn advance(&mut self) {
        self.frames[self.depth - 1].next += 1;
    }

    fn push(&mut self, layout: Layout, left: u64) {
        self.frames[self.depth] = Frame { layout, next: 0, left };
        self.depth += 1;
    }
}

/// Passes through a layout up to `left` times, as long as [`whole`] can, and returns the place behind and
/// how often is left.
pub(crate) fn pass_whole(layout: Layout, bytes: &[u8], at: usize, left: u64) -> (usize, u64) {
    let text = |at| whole_text(bytes, at);
    let double = |at: usize| (at + 8 <= bytes.len()).then_some(at + 8);
    match layout {
        // The elements of large collections.
        [Atom::Text] => repeat(at, left, text),
        [Atom::Text, Atom::Text] => repeat(at, left, |at| text(text(at)?)),
        [Atom::Text, Atom::Raw(8)] => repeat(at, left, |at| double(text(at)?)),
        _ => repeat(at, left, |at| whole(layout, bytes, at)),
    }
}

#[inline(always)]
fn repeat(mut at: usize, mut left: u64, pass: impl Fn(usize) -> Option<usize>) -> (usize, u64) {
    while left > 0 {
        let Some(behind) = pass(at) else { break };
        (at, left) = (behind, left - 1);
    }
    (at, left)
}

/// The place behind one passage of a layout without kept strings and repetitions, if it is whole and all of
/// it lies in the slice.
#[inline]
fn whole(layout: Layout, bytes: &[u8], mut at: usize) -> Option<usize> {
    for atom in layout {
        at = match *atom {
            Atom::Text => whole_text(bytes, at)?,
            Atom::Len | Atom::Raw(_) | Atom::Score => skip::step(atom, bytes, at).ok()?,
            _ => return None,
        };
    }
    Some(at)
}
