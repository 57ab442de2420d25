//! The records between the header and the end: opcodes, keys, and what they come to.

mod noted;

use crate::attribute::{self, Attribute, attribute};
use crate::layout::{self, Layout};
use crate::length::{Fault, byte, length, whole_text};
use crate::program::{Outcome, Program};
use crate::stop::{self, Stopped};
use crate::summary::{Aux, DefectKind, Header, Remark, Said, Step, Summary};
use crate::tally::{self, Counts, Dbs};

use noted::Keys;
pub(crate) use noted::{InPieces, Noted, Whole};

/// Why a slice of bytes is done with. Places in it count from its start; offsets are the source's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pause {
    /// The bytes from here on are to be shown again, with more behind them.
    More(usize),
    /// A key begins here that the slice does not hold as a whole. It is to be shown again with more behind it, or
    /// to be taken in pieces.
    Partial(usize),
    /// The opcode for the end stands before here.
    End(usize),
    /// The byte at this offset is wrong.
    Bad(u64, DefectKind),
}

/// What a record is, which is known before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Key(u8),
    Aux,
    Function,
    /// What a module says beside its keys.
    Module,
    /// Something about the next key.
    Attribute,
    Hint,
}

/// The place within the records of a file.
#[derive(Debug)]
pub(crate) struct Records {
    header: Header,
    /// Where the record begins that is being read, with its attributes.
    record: u64,
    /// Where its type or opcode stands, and what it is.
    code_at: u64,
    code: u8,
    /// What is being read, or nothing: an opcode or type is next.
    within: Option<Kind>,
    program: Program,
    /// Whether something about the next key was read.
    has_attributes: bool,
    expiry: Option<i64>,
    dbs: Dbs,
    counts: Counts,
    functions: u64,
    modules: Vec<String>,
    aux: Aux,
    remarks: Vec<Remark>,
    keys: Keys,
    noted: Noted,
}

/// So many remarks are kept at most.
const MOST_REMARKS: usize = 4096;

impl Records {
    /// Behind the header, at `at`.
    pub(crate) fn new(header: Header, at: u64) -> Self {
        Self {
            header,
            record: at,
            code_at: at,
            code: 0,
            within: None,
            program: Program::new(),
            has_attributes: false,
            expiry: None,
            dbs: Dbs::default(),
            counts: Counts::default(),
            functions: 0,
            modules: Vec::new(),
            aux: Aux::default(),
            remarks: Vec::new(),
            keys: Keys::Passed,
            noted: Noted::default(),
        }
    }

    /// Where the record begins that is being read; everything before is whole.
    pub(crate) fn record(&self) -> u64 {
        self.record
    }

    /// The database at the moment.
    pub(crate) fn db(&self) -> u64 {
        self.dbs.number()
    }

    /// The beginning of the key of the record that is being read.
    pub(crate) fn key(&self) -> Option<Vec<u8>> {
        let key = self.program.name()?;
        matches!(self.within, Some(Kind::Key(_))).then_some(key)
    }

    /// Reads on in `bytes`, which are the source's from `base` on.
    pub(crate) fn take(&mut self, bytes: &[u8], base: u64) -> Pause {
        let mut at = 0;
        loop {
            at = match self.within {
                Some(kind) => match self.go_on(kind, bytes, base, at) {
                    Ok(behind) => behind,
                    Err(pause) => return pause,
                },
                None => self.pass_small(bytes, base, at),
            };
            if self.within.is_none() {
                match self.begin(bytes, base, at) {
                    Ok(behind) => at = behind,
                    Err(pause) => return pause,
                }
            }
        }
    }

    /// Passes over keys whose values are one string, as long as they lie in the slice as a whole: most
    /// keys of most files.
    #[inline]
    fn pass_small(&mut self, bytes: &[u8], base: u64, mut at: usize) -> usize {
        while let Some(&code) = bytes.get(at) {
            if !layout::is_text(code) {
                break;
            }
            let Some(value) = whole_text(bytes, at + 1) else { break };
            let Some(behind) = whole_text(bytes, value) else { break };
            self.finish_whole(code, base, [at, value, behind]);
            at = behind;
        }
        at
    }

    /// A key ends at `behind`.
    #[inline]
    fn finish_key(&mut self, code: u8, behind: u64) {
        self.dbs.add_key(self.expiry.is_some());
        self.counts.add(code, self.expiry, self.record, behind - self.record);
        self.finish_record(behind);
    }

    #[inline]
    fn finish_record(&mut self, behind: u64) {
        self.record = behind;
        self.expiry = None;
        self.has_attributes = false;
    }

    /// Goes on within a record.
    fn go_on(&mut self, kind: Kind, bytes: &[u8], base: u64, at: usize) -> Result<usize, Pause> {
        match self.program.run(bytes, at) {
            Outcome::Done(behind) => {
                self.within = None;
                self.finish_kind(kind, base + behind as u64);
                Ok(behind)
            }
            Outcome::More(at) => Err(Pause::More(at)),
            Outcome::Bad(at) => Err(self.bad(bytes, base, at)),
            Outcome::Unknown => Err(self.unknown(kind)),
        }
    }

    fn finish_kind(&mut self, kind: Kind, behind: u64) {
        if let Some(id) = self.program.module() {
            tally::add_module(&mut self.modules, id);
        }
        match kind {
            Kind::Key(code) => return self.finish_in_pieces(code, behind),
            Kind::Attribute => self.has_attributes = true,
            Kind::Function => self.functions += 1,
            Kind::Aux => {
                let name = self.program.name().unwrap_or_default();
                let value = self.program.value();
                tally::note(&mut self.aux, &name, &value);
                self.remark(behind, Said::Aux { name, value });
            }
            Kind::Module | Kind::Hint => {}
        }
        self.settle(behind);
    }

    /// What is no key ends at `behind`. What was said about the next key still is.
    fn settle(&mut self, behind: u64) {
        if !self.has_attributes {
            self.record = behind;
        }
    }

    /// Reads an opcode or type, and what stands behind it if that is small.
    fn begin(&mut self, bytes: &[u8], base: u64, at: usize) -> Result<usize, Pause> {
        let code = byte(bytes, at).map_err(|_| Pause::More(at))?;
        (self.code_at, self.code) = (base + at as u64, code);
        let behind = match code {
            255 => return Err(Pause::End(at + 1)),
            _ if attribute::is_one(code) => self.attribute(code, bytes, at + 1),
            244 | 251 | 254 => self.numbers(code, bytes, base, at + 1),
            _ => return self.begin_layout(code, bytes, base, at),
        };
        match behind {
            Ok(behind) => {
                self.settle(base + behind as u64);
                Ok(behind)
            }
            Err(Fault::Short) => Err(Pause::More(at)),
            Err(Fault::Bad(at)) => Err(self.bad(bytes, base, at)),
        }
    }

    /// Idle time, frequency or expiry of the next key.
    fn attribute(&mut self, code: u8, bytes: &[u8], at: usize) -> Result<usize, Fault> {
        let (attribute, behind) = attribute(code, bytes, at)?;
        if let Attribute::Expiry(expiry) = attribute {
            self.expiry = expiry;
        }
        self.has_attributes = true;
        Ok(behind)
    }

    /// The database, its size, or the size of a slot.
    fn numbers(&mut self, code: u8, bytes: &[u8], base: u64, at: usize) -> Result<usize, Fault> {
        let (first, at) = length(bytes, at)?;
        match code {
            254 => {
                self.dbs.select(first);
                self.remark(base + at as u64, Said::Select(first));
            }
            251 => {
                let (_expiring, behind) = length(bytes, at)?;
                self.dbs.announce(first);
                return Ok(behind);
            }
            _ => {
                let (_keys, behind) = length(bytes, at)?;
                let (_expiring, behind) = length(bytes, behind)?;
                return Ok(behind);
            }
        }
        Ok(at)
    }

    /// Sets out along the layout of a record of any size.
    fn begin_layout(
        &mut self,
        code: u8,
        bytes: &[u8],
        base: u64,
        at: usize,
    ) -> Result<usize, Pause> {
        let other: Option<(Kind, Layout)> = match code {
            250 => Some((Kind::Aux, layout::AUX)),
            245 => Some((Kind::Function, layout::FUNCTION)),
            247 => Some((Kind::Module, layout::MODULE_AUX)),
            243 => layout::opcode_243(self.header).map(|(layout, is_attribute)| {
                (if is_attribute { Kind::Attribute } else { Kind::Hint }, layout)
            }),
            _ => None,
        };
        if let Some((kind, layout)) = other {
            self.within = Some(kind);
            self.program.begin(layout);
        } else if let Some(layout) = layout::value(self.header, code) {
            return self.begin_key(layout, code, bytes, base, at);
        } else {
            return Err(Pause::Bad(self.code_at, DefectKind::UnknownType(code)));
        }
        Ok(at + 1)
    }

    fn remark(&mut self, behind: u64, what: Said) {
        if self.remarks.len() < MOST_REMARKS {
            self.remarks.push(Remark { behind, what });
        }
    }

    /// What is being read where the file ends: `rest` is what is left of it from `at` on.
    pub(crate) fn cut(&self, rest: &[u8], at: u64) -> Stopped {
        match self.within {
            Some(_) => {
                let head = stop::read_of_head(rest) as u64;
                Stopped { read_to: at + head - self.program.passed(), ..self.stopped(at) }
            }
            None => {
                let Some((code, rest)) = rest.split_first() else {
                    return Stopped { step: Step::Type, code: None, read_to: at };
                };
                // The bytes of an expiry come at once.
                let is_expiry = stop::step_behind(*code) == Step::Expiry;
                let numbers = if is_expiry { 0 } else { stop::read_of_numbers(rest) };
                Stopped { read_to: at + 1 + numbers as u64, ..self.stopped(at) }
            }
        }
    }

    /// What is being read where a byte is wrong, and the byte behind that one.
    pub(crate) fn stopped(&self, read_to: u64) -> Stopped {
        let (step, code) = match self.within {
            Some(Kind::Key(code)) if self.program.is_name_whole() => (Step::Value, Some(code)),
            Some(Kind::Key(code)) => (Step::Key, Some(code)),
            Some(Kind::Aux) => (Step::Aux, None),
            Some(Kind::Function) => (Step::Function, None),
            Some(Kind::Module) => (Step::ModuleAux, None),
            Some(Kind::Attribute | Kind::Hint) => (Step::Type, None),
            None => (stop::step_behind(self.code), None),
        };
        Stopped { step, code, read_to }
    }

    fn bad(&self, bytes: &[u8], base: u64, at: usize) -> Pause {
        let byte = bytes.get(at).copied().unwrap_or_default();
        Pause::Bad(base + at as u64, DefectKind::BadLength(byte))
    }

    fn unknown(&self, kind: Kind) -> Pause {
        let code = if let Kind::Key(code) = kind { code } else { 0 };
        Pause::Bad(self.code_at, DefectKind::UnknownType(code))
    }

    /// Hands over what was found.
    pub(crate) fn finish(self, summary: &mut Summary) {
        (summary.dbs, summary.keys, summary.expiring) = self.dbs.finish();
        summary.census = self.counts.finish();
        summary.functions = self.functions;
        summary.modules = self.modules;
        summary.aux = self.aux;
        summary.remarks = self.remarks;
    }
}
