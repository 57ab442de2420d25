//! The RDB file that a part begins with, sent key by key.

use aof_log::RdbWindows;
use aof_rdb::{LeftOut, RecordKind, Writer};
use aof_resp::request;

use super::super::batch::Batch;
use super::super::defer::{has_times, plain_writer};
use super::super::fleet::Halt;
use super::send::Sender;
use super::{Options, Part, Told};
use crate::base::{Base, each};

/// So many bytes are sent together.
const BATCH: usize = 64 << 10;

/// Sends the keys of a base, without their times if those are set at the end, and its libraries of functions.
pub(super) fn send<'s>(
    part: &Part<'s>,
    base: Base,
    options: &Options,
    sender: &mut Sender<'_, '_, 's>,
    told: &mut Told,
) -> Result<(), Halt> {
    let mut bytes = part.bytes;
    let mut batches: Vec<Batch<'s>> =
        (0..sender.fleet.len()).map(|_| Batch::new(part.number, false)).collect();
    let (mut writer, mut plain) = (Writer::new(options.format), plain_writer());
    let (mut halt, mut command) = (None, Vec::new());
    let losses = each(RdbWindows(&mut bytes), base, &mut |records| {
        for record in records {
            command.clear();
            let (connection, db) = match &record.kind {
                RecordKind::Key(key) => {
                    told.keys += 1;
                    let is_timed = options.defers && has_times(key.value.code);
                    let used = if is_timed { &mut plain } else { &mut writer };
                    let left_out = used.restore(key, !options.defers, &mut command);
                    let is_reduced = |left_out: LeftOut| left_out.is_data() && !is_timed;
                    told.reduced += u64::from(left_out.map_or(true, is_reduced));
                    let group = sender.links.group(&key.name);
                    (sender.links.lane_of_group(group), key.db)
                }
                RecordKind::Function(source) => {
                    request(&[&b"FUNCTION"[..], b"LOAD", b"REPLACE", source], &mut command);
                    (0, 0)
                }
                _ => continue,
            };
            let batch = &mut batches[connection];
            let sent = sender.fleet.allows(db).and_then(|()| {
                if !command.is_empty() {
                    batch.select(db);
                    batch.push_own(record.at, &command);
                }
                if batch.bytes() >= BATCH { sender.send(connection, batch) } else { Ok(()) }
            });
            halt = sent.err();
            if halt.is_some() {
                return false;
            }
        }
        true
    });
    let losses = losses?;
    told.reduced += losses.total;
    if let Some(halt) = halt {
        return Err(halt);
    }
    for (connection, mut batch) in batches.into_iter().enumerate() {
        sender.send(connection, &mut batch)?;
    }
    Ok(())
}
