//! Where a server is, and how to get in.

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;
use url::Url;

/// The port of a server that names none.
pub const PORT: u16 = 6379;

/// Where a server is, and how to get in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Where it listens.
    pub place: Place,
    /// Who to log in as.
    pub login: Login,
    /// How the connection is kept from others; `None` if it is not.
    pub tls: Option<Tls>,
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// On a port.
    Tcp {
        /// A name or an address.
        host: String,
        /// The port.
        port: u16,
    },
    /// On a socket of the file system.
    Unix(PathBuf),
}

/// Who to log in as. Without a password nobody logs in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Login {
    /// The user; the default user, if there is none.
    pub user: Option<String>,
    /// The password.
    pub password: Option<Secret>,
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// How the other side must prove who it is, and how this side does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// A file of certificates that are trusted, instead of those of the system.
    pub ca_file: Option<PathBuf>,
    /// A folder of such files.
    pub ca_folder: Option<PathBuf>,
    /// The certificate of this side.
    pub certificate: Option<PathBuf>,
    /// The key that belongs to it.
    pub key: Option<PathBuf>,
    /// The name that the certificate of the other side must have, if it is not the host.
    pub name: Option<String>,
    /// Whether any certificate will do.
    pub takes_any: bool,
}

/// Why a URI cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AddressError {
    /// It is none. What stands in it is not repeated: a password may.
    #[error("this is no URI of a server; write it like redis://HOST:PORT or unix:///SOCKET")]
    Form,
    /// It begins in another way.
    #[error("a URI of a server begins with redis://, rediss://, valkey://, valkeys:// or unix://")]
    Scheme,
    /// It names a database.
    #[error(
        "the URI names a database, but a log says itself which databases its keys are in; --map-db moves them"
    )]
    Database,
}

impl Secret {
    /// Keeps a text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for whom it is meant.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Address {
    /// A server on this machine, at the usual port.
    #[must_use]
    pub fn local() -> Self {
        let place = Place::Tcp { host: "127.0.0.1".to_owned(), port: PORT };
        Self { place, login: Login::default(), tls: None }
    }

    /// Reads a URI: `redis://USER:PASSWORD@HOST:PORT`, the same with `rediss` for TLS, or `unix:///SOCKET`.
    ///
    /// ```
    /// use aof_replay::live::{Address, Place};
    ///
    /// let address = Address::from_uri("rediss://ops:p%40ss@cache.example:6380")?;
    /// assert_eq!(address.place, Place::Tcp { host: "cache.example".to_owned(), port: 6380 });
    /// assert!(address.tls.is_some() && address.login.user.as_deref() == Some("ops"));
    /// assert!(!format!("{address:?}").contains("p@ss"));
    /// # Ok::<(), aof_replay::live::AddressError>(())
    /// ```
    ///
    /// # Errors
    /// See [`AddressError`].
    pub fn from_uri(uri: &str) -> Result<Self, AddressError> {
        let url = Url::parse(&with_host(uri)).map_err(|_| AddressError::Form)?;
        let (is_socket, is_tls) = match url.scheme() {
            "redis" | "valkey" => (false, false),
            "rediss" | "valkeys" => (false, true),
            "unix" | "redis+unix" | "valkey+unix" => (true, false),
            _ => return Err(AddressError::Scheme),
        };
        let login = login(&url).ok_or(AddressError::Form)?;
        let place = if is_socket {
            Place::Unix(
                decoded(url.path()).filter(|path| path.len() > 1).ok_or(AddressError::Form)?.into(),
            )
        } else {
            if !matches!(url.path(), "" | "/" | "/0") {
                return Err(AddressError::Database);
            }
            let host = url.host_str().filter(|host| !host.is_empty()).unwrap_or("127.0.0.1");
            let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
            Place::Tcp { host, port: url.port().unwrap_or(PORT) }
        };
        Ok(Self { place, login, tls: is_tls.then(Tls::default) })
    }
}

/// The URI of a socket names no host, but nobody can log in to none.
fn with_host(uri: &str) -> String {
    match uri.split_once("://") {
        Some((scheme, rest)) if scheme.ends_with("unix") && !rest.starts_with('/') => {
            format!("{scheme}://{}", rest.replacen("@/", "@localhost/", 1))
        }
        _ => uri.to_owned(),
    }
}

/// `USER:PASSWORD`, or as redis-cli takes it a password alone.
fn login(url: &Url) -> Option<Login> {
    let user = decoded(url.username())?;
    Some(match url.password() {
        Some(password) => {
            let user = Some(user).filter(|user| !user.is_empty());
            Login { user, password: Some(Secret(decoded(password)?)) }
        }
        None if user.is_empty() => Login::default(),
        None => Login { user: None, password: Some(Secret(user)) },
    })
}

/// The text with its `%` sequences resolved; `None` if that is no UTF-8.
fn decoded(text: &str) -> Option<String> {
    percent_encoding::percent_decode_str(text).decode_utf8().ok().map(String::from)
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login_of(uri: &str) -> (Option<String>, Option<String>) {
        let login = Address::from_uri(uri).expect("a URI").login;
        (login.user, login.password.map(|secret| secret.0))
    }

    #[test]
    fn a_uri_says_where_a_server_is_and_who_logs_in() {
        let place = |uri| Address::from_uri(uri).map(|address| address.place.to_string());
        assert_eq!(place("redis://cache:7000").as_deref(), Ok("cache:7000"));
        assert_eq!(place("valkey://10.0.0.1").as_deref(), Ok("10.0.0.1:6379"));
        assert_eq!(place("redis://[::1]:7000/0").as_deref(), Ok("[::1]:7000"));
        assert_eq!(place("unix:///run/redis/a%20b.sock").as_deref(), Ok("/run/redis/a b.sock"));
        assert_eq!(login_of("redis://:p%40ss@h"), (None, Some("p@ss".to_owned())));
        assert_eq!(login_of("redis://secret@h"), (None, Some("secret".to_owned())));
        let both = (Some("u".to_owned()), Some("p".to_owned()));
        assert_eq!(login_of("rediss://u:p@h"), both);
        assert_eq!(login_of("unix://u:p@/run/s"), both);
    }

    #[test]
    fn what_is_no_uri_of_a_server_is_refused_without_repeating_it() {
        for (uri, why) in [
            ("cache:6379", AddressError::Scheme),
            ("http://cache", AddressError::Scheme),
            ("not a uri", AddressError::Form),
            ("unix://", AddressError::Form),
            ("redis://u:secret@h/3", AddressError::Database),
        ] {
            let refused = Address::from_uri(uri).expect_err(uri);
            assert_eq!(refused, why, "{uri}");
            assert!(!refused.to_string().contains("secret"));
        }
    }
}
