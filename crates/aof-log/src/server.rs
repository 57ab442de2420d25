//! Servers whose next start is foretold: product, version, and how sure we are of their rules.

use std::fmt;

/// Who makes a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Product {
    /// Redis.
    Redis,
    /// Valkey.
    Valkey,
}

/// A server of one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Server {
    /// Who makes it.
    pub product: Product,
    /// Major version.
    pub major: u16,
    /// Minor version.
    pub minor: u16,
}

/// How a statement about a server is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// A server of this version was seen to do it.
    Measured,
    /// Servers of the versions around it were, and agree.
    Derived,
    /// Nobody looked.
    Unknown,
}

impl Server {
    /// The servers that every statement is tried on, the older first.
    pub const MEASURED: [Self; 5] = [
        Self::new(Product::Redis, 6, 2),
        Self::new(Product::Redis, 7, 0),
        Self::new(Product::Redis, 8, 2),
        Self::new(Product::Valkey, 8, 1),
        Self::new(Product::Valkey, 9, 1),
    ];

    /// A server of this product and version.
    pub const fn new(product: Product, major: u16, minor: u16) -> Self {
        Self { product, major, minor }
    }

    /// Whether its log is a folder of parts under a manifest; before 7.0 it was one file.
    pub const fn has_parts(self) -> bool {
        self.major >= 7
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let product = match self.product {
            Product::Redis => "redis",
            Product::Valkey => "valkey",
        };
        write!(f, "{product}:{}.{}", self.major, self.minor)
    }
}
