//! `nodes.conf`: what a node of a cluster knows of itself and of the others.

use super::line;
use crate::escape;

/// A line that no server understands, by its number from 1; 0 for the whole file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadLine(pub(super) u64);

/// One node.
struct Node {
    id: Vec<u8>,
    /// `ip:port`, without the bus port and whatever follows it; may be empty.
    address: Vec<u8>,
    /// Its primary's id, if it is a replica.
    primary: Option<Vec<u8>>,
    myself: bool,
}

/// Whom this node replicates: the address and the id of its primary, safe to print. `None` if it is a
/// primary, or if the file is empty, as servers create it.
pub(super) fn primary_of_myself(file: &[u8]) -> Result<Option<String>, BadLine> {
    if file.is_empty() {
        return Ok(None);
    }
    let mut nodes = Vec::new();
    for (number, text) in (1..).zip(file.split(|byte| *byte == b'\n')) {
        nodes.extend(node(text).map_err(|()| BadLine(number))?);
    }
    let myself = nodes.iter().find(|node| node.myself).ok_or(BadLine(0))?;
    let Some(primary) = &myself.primary else { return Ok(None) };
    let address = nodes.iter().find(|node| node.id == *primary).map(|node| &node.address);
    let id = escape::bytes(primary);
    Ok(Some(match address {
        Some(address) if !address.is_empty() && !address.starts_with(b":") => {
            format!("{} (node {id})", escape::bytes(address))
        }
        _ => format!("node {id}"),
    }))
}

/// The node of a line: id, address, flags, primary's id or `-`, and four more words at least.
fn node(text: &[u8]) -> Result<Option<Node>, ()> {
    let words = line::split(line::c_string(text)).ok_or(())?.all;
    let [id, address, flags, primary, _, _, _, _, ..] = words.as_slice() else {
        let vars = words.first().is_none_or(|word| word.eq_ignore_ascii_case(b"vars"));
        return if vars { Ok(None) } else { Err(()) };
    };
    if id.eq_ignore_ascii_case(b"vars") {
        return Ok(None);
    }
    let whole = |id: &[u8]| id.len() == 40 && id.iter().all(u8::is_ascii_alphanumeric);
    let replica = !primary.starts_with(b"-");
    if !whole(id) || (replica && !whole(primary)) {
        return Err(());
    }
    let host = address.split(|byte| matches!(byte, b'@' | b',')).next().unwrap_or_default();
    let mut flags = flags.split(|byte| *byte == b',');
    Ok(Some(Node {
        id: id.clone(),
        address: host.to_vec(),
        primary: replica.then(|| primary.clone()),
        myself: flags.any(|flag| flag.eq_ignore_ascii_case(b"myself")),
    }))
}
