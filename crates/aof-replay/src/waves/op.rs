//! What a record is for a lane.

use aof_resp::{Command, Table, frame_with};

/// No command has this name.
const NO_ROW: u16 = u16::MAX;

/// So many arguments are noted where they are found first; those of longer records are read once more.
pub(super) const NOTED: usize = 16;

/// What a record is for a lane.
#[derive(Debug, Clone, Copy)]
pub(super) struct Op {
    /// Where it begins, in the bytes of the wave.
    pub(super) at: u32,
    /// The place of its row in the command table, or [`NO_ROW`].
    row: u16,
    /// How many arguments are noted: all, or none.
    noted: u8,
    /// Whether other lanes have it too, and this one looks at its own keys alone.
    pub(super) is_shared: bool,
    /// Whether this lane counts it: one of those that have it does.
    pub(super) is_counted: bool,
    /// How often a database was selected in this block before it.
    pub(super) selected: u32,
    /// Where its arguments are noted.
    args: u32,
    /// The hash of its first key.
    pub(super) hash: u64,
}

/// An argument: where it begins, in the bytes of the wave, and how long it is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Arg {
    pub(super) at: u32,
    length: u32,
}

impl Arg {
    /// These bytes, which are a part of `all`.
    #[inline]
    pub(super) fn new(part: &[u8], all: &[u8]) -> Self {
        let at = part.as_ptr().addr() - all.as_ptr().addr();
        Self { at: at as u32, length: part.len() as u32 }
    }

    #[inline]
    pub(super) fn of(self, all: &[u8]) -> &[u8] {
        &all[self.at as usize..][..self.length as usize]
    }
}

impl Op {
    /// An operation that one lane has, behind so many selections of databases.
    pub(super) fn new(at: usize, row: Option<&Command>, selected: usize, hash: u64) -> Self {
        Self {
            at: at as u32,
            row: row.map_or(NO_ROW, |row| row.index() as u16),
            noted: 0,
            is_shared: false,
            is_counted: true,
            selected: selected as u32,
            args: 0,
            hash,
        }
    }

    /// The same for one of several lanes, one of which counts it.
    pub(super) fn shared(self, is_counted: bool) -> Self {
        Self { is_shared: true, is_counted, ..self }
    }

    /// The row of the command, if there is such a command.
    pub(super) fn row(self) -> Option<&'static Command> {
        Table::get().commands().get(usize::from(self.row))
    }

    /// How many bytes the record has.
    pub(super) fn length(self, bytes: &[u8]) -> u64 {
        let rest = frame_with(&bytes[self.at as usize..], |_, _| {}).map(|(rest, _)| rest.len());
        rest.map_or(0, |rest| (bytes.len() - self.at as usize - rest) as u64)
    }
}

/// The operations of a lane, in the order of the log.
#[derive(Debug, Default)]
pub(super) struct Ops {
    all: Vec<Op>,
    args: Vec<Arg>,
}

impl Ops {
    pub(super) fn clear(&mut self) {
        self.all.clear();
        self.args.clear();
    }

    pub(super) const fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn all(&self) -> &[Op] {
        &self.all
    }

    /// Adds an operation with all of its arguments, or with none.
    #[inline]
    pub(super) fn push(&mut self, op: Op, args: &[Arg]) {
        let (at, noted) = (self.args.len() as u32, args.len() as u8);
        match args {
            // Copied without asking how many: most records have so many.
            [name, key, value] => self.args.extend_from_slice(&[*name, *key, *value]),
            _ => self.args.extend_from_slice(args),
        }
        self.all.push(Op { noted, args: at, ..op });
    }

    /// The arguments of an operation.
    #[inline]
    pub(super) fn args<'b>(&self, op: &Op, bytes: &'b [u8], args: &mut Vec<&'b [u8]>) {
        args.clear();
        if op.noted > 0 {
            args.extend(self.noted(op).iter().map(|arg| arg.of(bytes)));
        } else {
            read(&bytes[op.at as usize..], args);
        }
    }

    fn noted(&self, op: &Op) -> &[Arg] {
        &self.args[op.args as usize..][..usize::from(op.noted)]
    }

    /// The key and the value, if the operation is a `SET` of nothing else; that command has `set_row` in the table.
    #[inline]
    pub(super) fn set<'b>(
        &self,
        op: &Op,
        set_row: usize,
        bytes: &'b [u8],
    ) -> Option<[&'b [u8]; 2]> {
        match self.noted(op) {
            [_, key, value] if usize::from(op.row) == set_row => {
                Some([key.of(bytes), value.of(bytes)])
            }
            _ => None,
        }
    }

    /// Takes out operations; `before` are numbers of operations, which are lowered by those of them that go.
    pub(super) fn discard<'n>(
        &mut self,
        is_out: impl Fn(&Op) -> bool,
        before: impl Iterator<Item = &'n mut usize>,
    ) {
        for number in before {
            *number -= self.all[..*number].iter().filter(|op| is_out(op)).count();
        }
        self.all.retain(|op| !is_out(op));
    }
}

/// Reads the arguments of a record that bytes begin with, and that was found sound before.
pub(super) fn read<'b>(bytes: &'b [u8], args: &mut Vec<&'b [u8]>) {
    args.clear();
    let _ = frame_with(bytes, |_, arg| args.push(arg));
}
