//! One pass over a file: the framing of all records, and the checksum over all bytes.

use crate::crc::Crc;
use crate::deep::{Deep, Depth, Gatherer};
use crate::header::{self, Start};
use crate::length::array;
use crate::program::STEP;
use crate::records::{Noted, Pause, Records};
use crate::stop::Stopped;
use crate::summary::{Checksum, Defect, DefectKind, Header, Source, Step, Summary};
use crate::twin;

/// So many bytes are asked for.
const WANT: usize = 64 << 10;

/// So many are looked at before the checksum takes them: they are still in the processor's cache then.
const PIECE: usize = 256 << 10;

/// Walks over the RDB file that begins at `start`, up to the byte behind its checksum. What follows there may
/// be anything.
///
/// Damage is part of the result. Lengths and types are read, what they enclose is passed over; so the memory
/// that is needed does not grow with the file, nor with what a length claims. `watch` is told the place that
/// was reached, about every 256 KiB, and ends the walk by returning false: the summary then has no defect,
/// [`Checksum::Unread`], and an `end` where the walk stopped.
///
/// # Errors
/// The source failed.
pub fn walk<S: Source>(
    source: &mut S,
    start: u64,
    watch: &mut dyn FnMut(u64) -> bool,
) -> Result<Summary, S::Error> {
    walk_in(source, start, watch, Windows { want: WANT, piece: PIECE })
}

/// As [`walk`], and all values are looked into, with the threads of rayon's current pool: [`Summary::values`] tells
/// what is in them. The memory that is needed grows with the largest record, up to 32 MiB; of larger records only
/// the framing is looked at.
///
/// # Errors
/// The source failed.
pub fn examine<S: Source>(
    source: &mut S,
    start: u64,
    depth: Depth,
    watch: &mut dyn FnMut(u64) -> bool,
) -> Result<Summary, S::Error> {
    examine_in(source, start, depth, watch, Windows { want: WANT, piece: PIECE })
}

/// How many bytes are asked for, at least [`STEP`], and how many are looked at in one go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Windows {
    pub(crate) want: usize,
    pub(crate) piece: usize,
}

/// [`walk`] with windows of other sizes, which must not matter.
pub(crate) fn walk_in<S: Source>(
    source: &mut S,
    start: u64,
    watch: &mut dyn FnMut(u64) -> bool,
    windows: Windows,
) -> Result<Summary, S::Error> {
    Walk::new(start, windows).run(source, watch, &mut |_, _, _| {})
}

/// [`examine`] with windows of other sizes, which must not matter.
pub(crate) fn examine_in<S: Source>(
    source: &mut S,
    start: u64,
    depth: Depth,
    watch: &mut dyn FnMut(u64) -> bool,
    windows: Windows,
) -> Result<Summary, S::Error> {
    let deep = Deep::new(depth);
    let walked = rayon::in_place_scope(|scope| {
        let mut gatherer = Gatherer::new(&deep, scope);
        let largest = depth.largest();
        let walk = Walk { notes_keys: true, largest, ..Walk::new(start, windows) };
        let see = &mut |header, bytes: &[u8], noted: &mut _| gatherer.take(header, bytes, noted);
        let walked = walk.run(source, watch, see);
        gatherer.hand_over();
        walked
    });
    let mut summary = walked?;
    let mut values = deep.finish();
    if let Some(header) = summary.header {
        let pairs = values.twins.len();
        twin::compare(source, header, &mut values.twins);
        values.total_twins -= (pairs - values.twins.len()) as u64;
    }
    summary.values = Some(values);
    Ok(summary)
}

/// What is to be read next.
#[derive(Debug)]
enum Stage {
    Header,
    Records(Header, Box<Records>),
    /// The checksum that stands at the end, with the number of bytes that it is of known.
    Checksum,
}

/// The walk between two windows.
struct Walk {
    /// The next byte to be looked at.
    at: u64,
    stage: Stage,
    /// Of all bytes before `at`.
    crc: Crc,
    summary: Summary,
    is_over: bool,
    /// How many bytes are asked for next, and are looked at in one go.
    windows: Windows,
    /// As many as that at first.
    usual: Windows,
    /// The largest key that is wanted as a whole, if keys are noted.
    largest: usize,
    notes_keys: bool,
    noted: Noted,
}

/// Takes the keys that were noted in some bytes.
type See<'s> = &'s mut dyn FnMut(Header, &[u8], &mut Noted);

impl Walk {
    fn new(start: u64, windows: Windows) -> Self {
        debug_assert!(windows.want.min(windows.piece) >= STEP);
        let summary = Summary { sound: start, end: start, ..Summary::default() };
        Self {
            at: start,
            stage: Stage::Header,
            crc: Crc::new(),
            summary,
            is_over: false,
            windows,
            usual: windows,
            largest: 0,
            notes_keys: false,
            noted: Noted::default(),
        }
    }

    fn run<S: Source>(
        mut self,
        source: &mut S,
        watch: &mut dyn FnMut(u64) -> bool,
        see: See<'_>,
    ) -> Result<Summary, S::Error> {
        while !self.is_over && watch(self.at) {
            let Windows { want, piece } = self.windows;
            let bytes = source.window(self.at, want)?;
            let is_last = bytes.len() < want;
            let piece = &bytes[..bytes.len().min(piece)];
            self.take(piece, is_last && piece.len() == bytes.len());
            if let (Some(header), true) = (self.summary.header, self.notes_keys) {
                see(header, piece, &mut self.noted);
            }
        }
        Ok(self.finish())
    }

    /// Looks at the next bytes, and takes as many into the checksum as it is done with.
    fn take(&mut self, bytes: &[u8], is_last: bool) {
        match &mut self.stage {
            Stage::Header => self.take_header(bytes, is_last),
            Stage::Records(header, records) => {
                let header = *header;
                let pause = records.take(bytes, self.at);
                std::mem::swap(&mut self.noted, records.noted());
                self.take_records(header, pause, bytes, is_last);
            }
            Stage::Checksum => self.take_checksum(bytes),
        }
    }

    fn take_header(&mut self, bytes: &[u8], is_last: bool) {
        let start = header::read(bytes);
        if let Start::Header(header, _) = start {
            self.summary.header = Some(header);
        }
        match (start, start.fault()) {
            (_, Some((at, kind))) => {
                let stopped = Stopped::in_header(self.at + header::LEN.min(bytes.len()) as u64);
                self.stop(self.at + at as u64, kind, stopped);
            }
            (Start::Header(header, _), None) => {
                self.pass(&bytes[..header::LEN]);
                self.summary.sound = self.at;
                let records = Records::new(header, self.at);
                let records = if self.notes_keys { records.noting() } else { records };
                self.stage = Stage::Records(header, Box::new(records));
            }
            (_, None) => {
                debug_assert!(is_last, "a window has room for a header");
                let end = self.at + bytes.len() as u64;
                self.stop(end, DefectKind::Truncated, Stopped::in_header(self.at));
            }
        }
    }

    fn take_records(&mut self, header: Header, pause: Pause, bytes: &[u8], is_last: bool) {
        match pause {
            Pause::More(used) if is_last || used == 0 => {
                self.pass(&bytes[..used]);
                let rest = &bytes[used..];
                let stopped = self.stopped(|records, at| records.cut(rest, at));
                self.stop(self.at + rest.len() as u64, DefectKind::Truncated, stopped);
            }
            Pause::More(used) => self.pass(&bytes[..used]),
            Pause::Partial(used) => {
                self.pass(&bytes[..used]);
                self.want_whole(used > 0, is_last);
            }
            Pause::End(used) => {
                self.pass(&bytes[..used]);
                self.close();
                if header.has_checksum() {
                    self.stage = Stage::Checksum;
                } else {
                    self.finish_with(Checksum::None);
                }
            }
            Pause::Bad(at, kind) => {
                let stopped = self.stopped(|records, _| records.stopped(at + 1));
                self.stop(at, kind, stopped);
            }
        }
    }

    /// Sees to it that the next key is shown as a whole, or in pieces if it cannot be.
    fn want_whole(&mut self, is_progress: bool, is_last: bool) {
        let Windows { want, piece } = self.windows;
        if is_last || (!is_progress && piece >= self.largest) {
            self.windows = self.usual;
            if let Stage::Records(_, records) = &mut self.stage {
                records.take_in_pieces();
            }
        } else if is_progress {
            self.windows = self.usual;
        } else {
            let size = 2 * want.max(piece);
            self.windows = Windows { want: size, piece: size };
        }
    }

    fn take_checksum(&mut self, bytes: &[u8]) {
        let Ok(stored) = array(bytes, 0).map(u64::from_le_bytes) else {
            let stopped = Stopped { step: Step::Checksum, code: None, read_to: self.at };
            let end = self.at + bytes.len() as u64;
            return self.stop(end, DefectKind::Truncated, stopped);
        };
        let computed = self.crc.value();
        self.at += 8;
        self.finish_with(Checksum::of(stored, computed));
    }

    fn pass(&mut self, bytes: &[u8]) {
        self.crc.update(bytes);
        self.at += bytes.len() as u64;
    }

    /// The file is whole.
    fn finish_with(&mut self, checksum: Checksum) {
        self.summary.checksum = checksum;
        self.summary.sound = self.at;
        self.is_over = true;
    }

    /// The walk cannot go on because of the byte at `offset`.
    fn stop(&mut self, offset: u64, kind: DefectKind, stopped: Stopped) {
        let db = match &self.stage {
            Stage::Records(_, records) => records.db(),
            _ => self.summary.dbs.last().map_or(0, |db| db.number),
        };
        let key = match &self.stage {
            Stage::Records(_, records) => records.key(),
            _ => None,
        };
        let record = self.record();
        let Stopped { step, code, read_to } = stopped;
        self.summary.defect = Some(Defect { record, offset, kind, key, db, step, code, read_to });
        self.at = offset;
        self.is_over = true;
    }

    /// What the records say of the place that was reached.
    fn stopped(&self, of: impl Fn(&Records, u64) -> Stopped) -> Stopped {
        match &self.stage {
            Stage::Records(_, records) => of(records, self.at),
            _ => Stopped::in_header(self.at),
        }
    }

    /// Where the record begins that is being read.
    fn record(&self) -> u64 {
        match &self.stage {
            Stage::Records(_, records) => records.record(),
            // The opcode before the checksum.
            Stage::Checksum => self.at - 1,
            Stage::Header => self.at,
        }
    }

    /// Takes over what was found among the records.
    fn close(&mut self) {
        self.summary.sound = self.record();
        if let Stage::Records(_, records) = std::mem::replace(&mut self.stage, Stage::Checksum) {
            records.finish(&mut self.summary);
        }
    }

    fn finish(mut self) -> Summary {
        if matches!(self.stage, Stage::Records(..)) {
            self.close();
        }
        self.summary.end = self.at;
        self.summary
    }
}
