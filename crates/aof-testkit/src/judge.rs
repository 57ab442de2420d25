//! What a damage did to the frames of a log, as far as anybody can know it: the judge of what a tool reports.
//!
//! Three things make this harder than comparing offsets.
//!
//! *The same bytes can be explained in several ways.* `abcabc` minus `bca` and minus `abc` are the same
//! bytes. A block that was deleted, inserted or copied may be slid along equal bytes; the judge takes the
//! explanation that hurts the fewest frames, for this is what a reader finds.
//!
//! *A changed frame may still stand somewhere*, after two blocks changed places: it is `moved`.
//!
//! *Damage may be invisible.* A record's head and another's tail can form a strict record; nothing in the
//! bytes tells. Such frames are `hidden`, never `broken`, and what they happen to cover is `swallowed`.

use std::ops::Range;

use crate::damage::Damage;
use crate::ledger::{Ledger, Role, What};
use crate::naive;

/// Which frames a damage touched. All numbers are indexes into [`Ledger::frames`], ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Frames that stand there with some bytes changed, lost, or torn apart.
    pub frames: Vec<usize>,
    /// Frames of which no byte is left, cut out at their bounds: nothing in the log tells that they existed.
    pub vanished: Vec<usize>,
    /// Those of `frames` whose framing is hurt, at a place that can no longer be read strictly. These no
    /// reader can get back from their own place; a report must count them as lost, but for the `moved`.
    pub broken: Vec<usize>,
    /// Those of `frames` whose framing is hurt, at a place that reads strictly all the same.
    pub hidden: Vec<usize>,
    /// Frames of which no byte changed and that no reader finds all the same: a wrong length before them
    /// happens to end where one of their own arguments does, and all of it reads strictly.
    pub swallowed: Vec<usize>,
    /// Those of `frames` that stand unchanged at another offset of the damaged log, with that offset.
    pub moved: Vec<(usize, usize)>,
    /// Whether the damaged log cannot be read strictly from end to end: then no verdict may be "clean".
    pub visible: bool,
    /// Frames from this one on are shifted.
    pivot: usize,
    /// By how many bytes.
    shift: isize,
}

impl Touched {
    /// Judges a damage.
    ///
    /// # Panics
    /// If the damage does not lie inside the log.
    #[must_use]
    pub fn by(damage: &Damage, ledger: &Ledger) -> Self {
        let out = damage.apply(&ledger.bytes);
        let mut touched = match *damage {
            Damage::Delete { at, len } => deleted(ledger, at, len),
            Damage::Insert { at, ref bytes } => inserted(ledger, &out, at, bytes.len()),
            Damage::Duplicate { at, len } => inserted(ledger, &out, at + len, len),
            _ => overwritten(ledger, &out, &damage.covers()),
        };
        if let Damage::Swap { first, second, len } = *damage {
            touched.moved = moved(ledger, &out, &touched.frames, [first, second], len);
        }
        touched.see(ledger, &out);
        touched
    }

    /// Whether framing bytes changed, were lost, or no longer fit what stands between them.
    #[must_use]
    pub fn framing(&self) -> bool {
        !self.broken.is_empty() || !self.hidden.is_empty()
    }

    /// The frames that no byte of was changed, each with its offset in the damaged log.
    pub fn untouched<'a>(
        &'a self,
        ledger: &'a Ledger,
    ) -> impl Iterator<Item = (usize, usize)> + 'a {
        (0..ledger.frames.len())
            .filter(|frame| !self.is_hurt(*frame))
            .map(|frame| (frame, self.offset_of(ledger, frame)))
    }

    /// Untouched frames between two broken places with fewer than `least` records between these: a search
    /// for the next good place that wants `least` records in a row passes over them.
    #[must_use]
    pub fn islands(&self, ledger: &Ledger, least: usize) -> Vec<usize> {
        let mut found = Vec::new();
        for pair in self.broken.windows(2) {
            let between = pair[0] + 1..pair[1];
            let records = ledger.frames[between.clone()].iter().filter(|it| it.is_command());
            if records.count() < least {
                found.extend(between.filter(|frame| !self.is_hurt(*frame)));
            }
        }
        found
    }

    fn is_hurt(&self, frame: usize) -> bool {
        self.frames.binary_search(&frame).is_ok() || self.vanished.binary_search(&frame).is_ok()
    }

    fn offset_of(&self, ledger: &Ledger, frame: usize) -> usize {
        let offset = ledger.frames[frame].offset;
        let shift = if frame < self.pivot { 0 } else { self.shift };
        offset.checked_add_signed(shift).expect("the judge keeps the bytes before a frame")
    }

    /// Sorts the frames with hurt framing (all of them in `broken` so far) by whether their place still
    /// reads strictly.
    fn see(&mut self, ledger: &Ledger, out: &[u8]) {
        let mut bounds: Vec<(usize, usize)> =
            self.untouched(ledger).map(|(frame, offset)| (offset, frame)).collect();
        bounds.push((out.len(), ledger.frames.len()));
        let mut settled = 0;
        for place in self.places() {
            if place.start < settled {
                continue;
            }
            let start = match place.start.checked_sub(1) {
                Some(before) => self.offset_of(ledger, before) + ledger.frames[before].len,
                None => 0,
            };
            let behind = bounds.partition_point(|&(_, frame)| frame < place.end);
            let Some(reached) = reads_to(out, start, &bounds[behind..]) else {
                self.visible = true;
                continue;
            };
            settled = reached;
            let misread = place.start..reached;
            let (here, rest) = self.broken.iter().partition(|frame| misread.contains(frame));
            self.broken = rest;
            self.hidden.extend::<Vec<usize>>(here);
            let whole = (place.end..reached).filter(|frame| !self.is_hurt(*frame));
            self.swallowed.extend::<Vec<usize>>(whole.collect());
        }
    }

    /// Runs of hurt frames, and the place where something was cut or put in.
    fn places(&self) -> Vec<Range<usize>> {
        let mut hurt: Vec<usize> = self.frames.iter().chain(&self.vanished).copied().collect();
        hurt.sort_unstable();
        let mut places: Vec<Range<usize>> = Vec::new();
        for frame in hurt {
            match places.last_mut() {
                Some(place) if place.end == frame => place.end += 1,
                _ => places.push(frame..frame + 1),
            }
        }
        if self.shift != 0 && places.is_empty() {
            places.push(self.pivot..self.pivot);
        }
        places
    }
}

/// Bytes changed where they stand: the frames whose bytes differ.
fn overwritten(ledger: &Ledger, out: &[u8], covers: &[(usize, usize)]) -> Touched {
    let mut touched = Touched::default();
    for &(start, len) in covers {
        for frame in ledger.frames_touching(start..start + len) {
            let range = ledger.frames[frame].range();
            let mut changed = range.filter(|&at| ledger.bytes[at] != out[at]).peekable();
            if changed.peek().is_none() || touched.frames.last() == Some(&frame) {
                continue;
            }
            touched.frames.push(frame);
            if changed.any(|at| ledger.role(at) == Role::Framing) {
                touched.broken.push(frame);
            }
        }
    }
    touched
}

/// Whole frames that stand where the other block stood.
fn moved(
    ledger: &Ledger,
    out: &[u8],
    frames: &[usize],
    [first, second]: [usize; 2],
    len: usize,
) -> Vec<(usize, usize)> {
    let distance = second - first;
    let stands = |frame: usize, offset: usize| {
        let bytes = ledger.frame_bytes(frame);
        out.get(offset..offset + bytes.len()) == Some(bytes)
    };
    let touches = |frame: usize, block: usize| {
        let range = ledger.frames[frame].range();
        range.start < block + len && range.end > block
    };
    let mut found = Vec::new();
    for &frame in frames {
        let offset = ledger.frames[frame].offset;
        if touches(frame, first) && stands(frame, offset + distance) {
            found.push((frame, offset + distance));
        } else if touches(frame, second) && offset >= distance && stands(frame, offset - distance) {
            found.push((frame, offset - distance));
        }
    }
    found
}

/// A block is gone. Of all blocks whose absence gives the same bytes, the one that hurts the fewest.
fn deleted(ledger: &Ledger, at: usize, len: usize) -> Touched {
    let bytes = &ledger.bytes;
    let left = common_suffix(&bytes[..at], &bytes[..at + len]);
    let right = common_prefix(&bytes[at..], &bytes[at + len..]);
    let best = (at - left..=at + right)
        .min_by_key(|&start| {
            let frames = ledger.frames_touching(start..start + len);
            let torn = usize::from(ledger.split_at(start).is_some())
                + usize::from(ledger.split_at(start + len).is_some());
            (frames.len(), torn, start.abs_diff(at))
        })
        .expect("the block itself is among them");
    let block = best..best + len;
    let mut touched = Touched { shift: -(len as isize), ..Touched::default() };
    let frames = ledger.frames_touching(block.clone());
    touched.pivot = frames.end;
    for frame in frames {
        let range = ledger.frames[frame].range();
        if block.start <= range.start && range.end <= block.end {
            touched.vanished.push(frame);
            continue;
        }
        touched.frames.push(frame);
        let lost = range.start.max(block.start)..range.end.min(block.end);
        if ledger.any_framing(lost) || !is_annotation(ledger, frame) {
            touched.broken.push(frame);
        }
    }
    touched
}

/// Bytes were put in before byte `at`. If a frame boundary explains the outcome as well, no frame is hurt.
fn inserted(ledger: &Ledger, out: &[u8], at: usize, len: usize) -> Touched {
    let bytes = &ledger.bytes;
    let left = common_suffix(&bytes[..at], &out[..at + len]);
    let right = common_prefix(&bytes[at..], &out[at..]);
    let boundary = (at - left..=at + right)
        .filter(|&place| ledger.split_at(place).is_none())
        .min_by_key(|place| place.abs_diff(at));
    let place = boundary.unwrap_or(at);
    let mut touched = Touched { shift: len as isize, ..Touched::default() };
    touched.pivot = ledger.frames.partition_point(|frame| frame.offset < place);
    if let Some(frame) = ledger.split_at(place) {
        touched.frames.push(frame);
        let in_digits =
            ledger.role(place - 1) == Role::Payload || ledger.role(place) == Role::Payload;
        if !(is_annotation(ledger, frame) && in_digits) {
            touched.broken.push(frame);
        }
    }
    touched
}

fn is_annotation(ledger: &Ledger, frame: usize) -> bool {
    matches!(ledger.frames[frame].what, What::Annotation(_))
}

fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(x, y)| x == y).count()
}

fn common_suffix(a: &[u8], b: &[u8]) -> usize {
    a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count()
}

/// Which of these bounds (offset, frame) strict frames and annotations lead to from `start`, if any.
fn reads_to(bytes: &[u8], start: usize, bounds: &[(usize, usize)]) -> Option<usize> {
    let mut at = start;
    loop {
        if let Ok(found) = bounds.binary_search_by_key(&at, |&(offset, _)| offset) {
            return Some(bounds[found].1);
        }
        at += match bytes.get(at)? {
            b'#' => naive::annotation(bytes, at).ok()?.len,
            _ => naive::frame(bytes, at).ok()?.len,
        };
    }
}

#[cfg(test)]
mod tests;
