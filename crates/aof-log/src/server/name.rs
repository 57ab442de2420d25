//! Reading the name of a server: `redis:7.2`, `valkey:8`, `redis:7.0.15`.

use std::fmt;
use std::str::FromStr;

use super::{Product, Server};

/// A text that names no server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownServer {
    text: String,
    problem: &'static str,
}

impl fmt::Display for UnknownServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text.escape_debug();
        write!(f, "'{text}' names no server: {}; write it like redis:7.2 or valkey:8", self.problem)
    }
}

impl std::error::Error for UnknownServer {}

impl FromStr for Server {
    type Err = UnknownServer;

    /// Reads `product:version`. Of a version, the patch level is passed over; where the minor version is missing,
    /// the newest is meant whose rules are known, as with the tags of container images.
    fn from_str(text: &str) -> Result<Self, UnknownServer> {
        let unknown = |problem| UnknownServer { text: text.to_owned(), problem };
        let (product, numbers) = text.split_once(':').ok_or(unknown("it has no ':'"))?;
        let product = match product.to_ascii_lowercase().as_str() {
            "redis" => Product::Redis,
            "valkey" => Product::Valkey,
            _ => return Err(unknown("the product is neither redis nor valkey")),
        };
        let mut parts = numbers.splitn(3, '.').map(number);
        let (major, minor, patch) = (parts.next(), parts.next(), parts.next());
        let (Some(Some(major)), false, false) = (major, minor == Some(None), patch == Some(None))
        else {
            return Err(unknown("the version is no number"));
        };
        let minor = minor.flatten().unwrap_or_else(|| newest_minor(product, major));
        Ok(Self::new(product, major, minor))
    }
}

fn newest_minor(product: Product, major: u16) -> u16 {
    let known = Server::MEASURED.into_iter().chain(Server::DERIVED);
    let same = known.filter(|known| known.product == product && known.major == major);
    same.map(|known| known.minor).max().unwrap_or(0)
}

/// Reads `major.minor`, the notation of the command table.
pub(super) fn version(text: &str) -> Option<(u16, u16)> {
    let (major, minor) = text.split_once('.')?;
    Some((number(major)?, number(minor)?))
}

/// Reads digits and nothing else.
fn number(text: &str) -> Option<u16> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::Basis;

    #[track_caller]
    fn reads(text: &str, shown: &str, basis: Basis) {
        let server: Server = text.parse().expect("a server");
        assert_eq!((server.to_string().as_str(), server.basis()), (shown, basis), "{text}");
    }

    #[test]
    fn a_server_is_named_by_product_and_version() {
        reads("redis:7.0", "redis:7.0", Basis::Measured);
        reads("redis:7.0.15", "redis:7.0", Basis::Measured);
        reads("Valkey:8.1", "valkey:8.1", Basis::Measured);
        reads("redis:7.2", "redis:7.2", Basis::Derived);
        reads("valkey:9.0.1", "valkey:9.0", Basis::Derived);
        reads("redis:8.10", "redis:8.10", Basis::Unknown);
        reads("redis:3.2", "redis:3.2", Basis::Unknown);
    }

    #[test]
    fn without_a_minor_version_the_newest_with_known_rules_is_meant() {
        reads("valkey:8", "valkey:8.1", Basis::Measured);
        reads("valkey:9", "valkey:9.1", Basis::Measured);
        reads("redis:6", "redis:6.2", Basis::Measured);
        reads("redis:7", "redis:7.4", Basis::Derived);
        reads("redis:2", "redis:2.0", Basis::Unknown);
    }

    #[test]
    fn what_names_no_server_is_told_why() {
        for (text, problem) in [
            ("redis", "it has no ':'"),
            ("keydb:6", "neither redis nor valkey"),
            ("redis:", "the version is no number"),
            ("redis:7.", "the version is no number"),
            ("redis:7.x", "the version is no number"),
            ("redis:7.2.", "the version is no number"),
            ("redis:7.2.1-rc1", "the version is no number"),
            ("redis:-7", "the version is no number"),
            ("redis:99999", "the version is no number"),
        ] {
            let error = text.parse::<Server>().expect_err(text).to_string();
            assert!(error.contains(problem) && error.contains("redis:7.2"), "{error}");
        }
    }
}
