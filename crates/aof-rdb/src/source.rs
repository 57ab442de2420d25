//! Bytes in memory as a source.

use std::convert::Infallible;

use crate::summary::Source;

impl Source for &[u8] {
    type Error = Infallible;

    fn window(&mut self, at: u64, _want: usize) -> Result<&[u8], Infallible> {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        Ok(self.get(at..).unwrap_or_default())
    }
}
