//! What a chunk becomes, for each of the outputs.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aof_rdb::{
    Commands, Expiries, Key, LeftOut, Piece, RecordKind, ValueFault, ValueFaultKind, Writer,
};

use super::chunk::Form;
use super::lines::Lines;
use super::restores::Restores;
use super::route::Place;

/// What goes into one output.
#[derive(Debug, Clone)]
pub(super) enum Body {
    Bytes(Vec<u8>),
    /// Of an RDB file.
    Piece(Piece),
}

/// Bodies that grow. That of no place is for all outputs.
pub(super) struct Bodies {
    form: Form,
    expiries: Expiries,
    /// Memory for the first of them.
    buffer: Vec<u8>,
    open: BTreeMap<Option<Place>, Open>,
}

impl Bodies {
    pub(super) fn new(form: Form, expiries: Expiries, buffer: Vec<u8>) -> Self {
        Self { form, expiries, buffer, open: BTreeMap::new() }
    }

    /// The body for a place.
    pub(super) fn at(&mut self, place: Option<Place>) -> &mut Open {
        let Self { form, expiries, buffer, open } = self;
        open.entry(place).or_insert_with(|| Open::new(*form, *expiries, std::mem::take(buffer)))
    }

    pub(super) fn finish(self) -> Vec<(Option<Place>, Body)> {
        self.open.into_iter().map(|(place, open)| (place, open.finish())).collect()
    }
}

/// One that grows.
pub(super) enum Open {
    Resp(Commands, Vec<u8>),
    Jsonl(Lines, Vec<u8>),
    Rdb(Box<Writer>, Piece),
    Restore(Box<Restores>, Vec<u8>),
}

impl Open {
    fn new(form: Form, expiries: Expiries, buffer: Vec<u8>) -> Self {
        match form {
            Form::Resp => Self::Resp(Commands::with_expiries(expiries), buffer),
            Form::Jsonl => Self::Jsonl(Lines::with_expiries(expiries), buffer),
            Form::Restore(target) => {
                Self::Restore(Box::new(Restores::new(target, expiries)), buffer)
            }
            Form::Rdb(form) => {
                let writer = Writer::new(form.target).with_expiries(expiries);
                let writer = if form.compresses { writer.compressing() } else { writer };
                Self::Rdb(Box::new(writer), Piece::within(buffer))
            }
        }
    }

    /// Appends a key. Returns what of it the target cannot hold.
    pub(super) fn key(&mut self, key: &Key<'_>) -> Result<LeftOut, ValueFault> {
        match self {
            Self::Rdb(..) | Self::Restore(..) if key.value.is_empty() => {
                Err(ValueFault { at: 0, kind: ValueFaultKind::Empty })
            }
            Self::Rdb(writer, piece) => piece.key(writer, key.db, key),
            Self::Resp(commands, out) => commands.key(key, out).map(|()| LeftOut::default()),
            Self::Jsonl(lines, out) => lines.key(key, out).map(|()| LeftOut::default()),
            Self::Restore(restores, out) => restores.key(key, out),
        }
    }

    /// Appends a library of functions; whether the target has such.
    pub(super) fn function(&mut self, source: &[u8]) -> bool {
        let record = RecordKind::Function(Cow::Borrowed(source));
        match self {
            Self::Rdb(writer, piece) => piece.function(writer, source),
            Self::Resp(commands, out) => commands.write(&record, out).is_ok(),
            Self::Jsonl(lines, out) => {
                lines.function(source, out);
                true
            }
            Self::Restore(restores, out) => restores.function(source, out),
        }
    }

    /// Appends what a module says beside its keys; whether the form can say it.
    pub(super) fn module_aux(&mut self, id: u64, bytes: &[u8]) -> bool {
        if let Self::Rdb(writer, piece) = self {
            piece.module_aux(writer, id, bytes);
        }
        matches!(self, Self::Rdb(..))
    }

    /// With its checksums, so that they are computed on all threads.
    fn finish(self) -> Body {
        match self {
            Self::Resp(_, bytes) | Self::Jsonl(_, bytes) => Body::Bytes(bytes),
            Self::Restore(restores, bytes) => Body::Bytes(restores.finish(bytes)),
            Self::Rdb(_, piece) => Body::Piece(piece.sealed()),
        }
    }
}
