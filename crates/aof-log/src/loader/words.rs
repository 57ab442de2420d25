//! The clauses that say why a loader ends as it does.

/// Bytes of a name that are shown.
const SHOWN: usize = 40;

fn shown(name: &[u8]) -> String {
    let cut = if name.len() > SHOWN { "…" } else { "" };
    format!("'{}{cut}'", name[..name.len().min(SHOWN)].escape_ascii())
}

pub(super) fn preamble_cut(len: u64) -> String {
    format!("the RDB preamble ends at byte {len}, before its own end")
}

pub(super) fn no_record(at: u64) -> String {
    format!("no record begins at byte {at}")
}

pub(super) fn no_argument(at: u64, record: u64) -> String {
    format!("no argument begins at byte {at}, in the record at byte {record}")
}

pub(super) fn unknown(name: &str, at: u64) -> String {
    unknown_bytes(name.as_bytes(), at)
}

pub(super) fn unknown_bytes(name: &[u8], at: u64) -> String {
    format!("it has no command {}, which stands at byte {at}", shown(name))
}

pub(super) fn module(name: &[u8], at: u64) -> String {
    format!("only a module can have the command {}, which stands at byte {at}", shown(name))
}

pub(super) fn arity(name: &str, argc: u32, at: u64) -> String {
    format!("{name} at byte {at} has {argc} arguments, which it does not accept")
}

pub(super) fn unforeseeable(name: &str, at: u64) -> String {
    format!("nobody knows what {name} at byte {at}, which no server logs like this, does to it")
}

pub(super) fn discard(at: u64) -> String {
    format!("the DISCARD at byte {at} frees the transaction that is just being run")
}

pub(super) fn bad_length(at: u64) -> String {
    format!("no memory is as large as the length at byte {at} says")
}

pub(super) fn huge_length(at: u64) -> String {
    format!("it depends on the machine whether it gets the memory for the length at byte {at}")
}

pub(super) fn torn(record: u64) -> String {
    format!("the file ends inside the record that begins at byte {record}")
}

pub(super) fn torn_in_group(record: u64, group: u64) -> String {
    format!("{}, in the transaction that begins at byte {group}", torn(record))
}

pub(super) fn open(group: u64) -> String {
    format!("the transaction that begins at byte {group} has no EXEC")
}

pub(super) fn whole_file(why: &str) -> String {
    format!("{why}, and it forgets where the RDB preamble ended")
}

pub(super) fn not_allowed(why: &str) -> String {
    format!("{why}, and aof-load-truncated is no")
}

pub(super) fn corrupt_tail(why: &str, tail: u64) -> String {
    format!("{why}, and aof-load-corrupt-tail-max-size allows it to cut {tail} bytes")
}

pub(super) fn doubtful_tail(why: &str) -> String {
    format!("{why}, and nobody knows whether aof-load-corrupt-tail-max-size lets it be cut")
}

pub(super) fn doubtful_cut(why: &str) -> String {
    format!("{why}, and nobody knows where this version cuts then")
}
