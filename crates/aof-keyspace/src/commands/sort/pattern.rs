//! The patterns of `SORT`: `#` is the element itself, `key_*` a string, and `key_*->field` a field of a hash.

use std::borrow::Cow;

use crate::call::Call;
use crate::value::Hash;

/// What a pattern finds for an element. Anything that is missing or of another type is not found.
pub(super) fn look_up<'d>(
    call: &'d Call<'_, '_>,
    pattern: &[u8],
    element: &'d [u8],
) -> Option<Cow<'d, [u8]>> {
    if pattern == b"#" {
        return Some(element.into());
    }
    let star = pattern.iter().position(|byte| *byte == b'*')?;
    let (before, behind) = (&pattern[..star], &pattern[star + 1..]);
    let (behind, field) = match behind.windows(2).position(|pair| pair == b"->") {
        Some(arrow) if arrow + 2 < behind.len() => (&behind[..arrow], Some(&behind[arrow + 2..])),
        _ => (behind, None),
    };
    let key = [before, element, behind].concat();
    match field {
        Some(field) => call.get::<Hash<'_>>(&key).ok()??.get(field).map(Cow::from),
        None => call.string(&key).ok()?,
    }
}
