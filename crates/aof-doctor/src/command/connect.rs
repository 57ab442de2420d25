//! Which server is meant, and how to get in: the same arguments for every verb that speaks to one. The names are those of
//! redis-cli.

use std::fs;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use aof_replay::live::{Address, Login, PORT, Place, Secret, Tls};
use clap::Args;

use crate::failure::Failure;
use crate::ui::Ui;
use crate::{escape, shell};

/// Where redis-cli finds a password.
const PASSWORD: &str = "REDISCLI_AUTH";

/// A server; by default the one on this machine.
#[derive(Debug, Args)]
#[command(next_help_heading = "Server")]
pub(crate) struct ConnectArgs {
    /// The server: redis://USER:PASSWORD@HOST:PORT, rediss:// for TLS, or unix:///SOCKET
    #[arg(short, long, value_name = "URI", conflicts_with_all = ["host", "port", "socket", "user", "pass"])]
    uri: Option<Secret>,

    /// The host of the server [default: 127.0.0.1]
    #[arg(short = 'h', long, value_name = "HOST", conflicts_with = "socket")]
    host: Option<String>,

    /// The port of the server [default: 6379]
    #[arg(short, long, value_name = "PORT", conflicts_with = "socket")]
    port: Option<u16>,

    /// The socket of the server
    #[arg(short, long, value_name = "SOCKET")]
    socket: Option<PathBuf>,

    /// The password; better in REDISCLI_AUTH, or in a file: others see the arguments of a process
    #[arg(short = 'a', long = "pass", value_name = "PASSWORD", conflicts_with_all = ["askpass", "pass_file"])]
    pass: Option<Secret>,

    /// A file with the password in its first line
    #[arg(long, value_name = "FILE", conflicts_with = "askpass")]
    pass_file: Option<PathBuf>,

    /// Ask for the password on the terminal
    #[arg(long)]
    askpass: bool,

    /// The user; without it the default user
    #[arg(long, value_name = "NAME")]
    user: Option<String>,

    /// Do not warn of a password among the arguments
    #[arg(long)]
    no_auth_warning: bool,

    /// Speak TLS
    #[arg(long)]
    tls: bool,

    /// The name that the certificate of the server has, if it is not the host
    #[arg(long, value_name = "NAME")]
    sni: Option<String>,

    /// Trust these certificates, instead of those of the system
    #[arg(long, value_name = "FILE")]
    cacert: Option<PathBuf>,

    /// Trust the certificates in this folder, instead of those of the system
    #[arg(long, value_name = "DIR")]
    cacertdir: Option<PathBuf>,

    /// Trust any certificate
    #[arg(long)]
    insecure: bool,

    /// The certificate to show to the server
    #[arg(long, value_name = "FILE", requires = "cert_key")]
    cert: Option<PathBuf>,

    /// The key of that certificate; redis-cli calls it --key, which here chooses among keys
    #[arg(long, value_name = "FILE", requires = "cert")]
    cert_key: Option<PathBuf>,

    /// How many seconds an answer may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
}

impl ConnectArgs {
    /// Where the server is, and how to get in.
    pub(crate) fn address(&self, ui: &mut Ui) -> Result<Address, Failure> {
        let mut address = match &self.uri {
            Some(uri) => Address::from_uri(uri.reveal())
                .map_err(|error| Failure::usage(error.to_string()))?,
            None => Address { place: self.place(), login: Login::default(), tls: None },
        };
        if let Some(tls) = self.with_tls(address.tls.take()) {
            if matches!(address.place, Place::Unix(_)) {
                return Err(Failure::usage(
                    "TLS is not spoken through a socket of the file system",
                ));
            }
            address.tls = Some(tls);
        }
        if self.user.is_some() {
            address.login.user.clone_from(&self.user);
        }
        if address.login.password.is_none() {
            address.login.password = self.password(ui)?;
        }
        if address.login.user.is_some() && address.login.password.is_none() {
            let what =
                format!("--user needs a password: in {PASSWORD}, or with --pass-file or --askpass");
            return Err(Failure::usage(what));
        }
        Ok(address)
    }

    /// How long an answer may take.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    fn place(&self) -> Place {
        match &self.socket {
            Some(socket) => Place::Unix(socket.clone()),
            None => Place::Tcp {
                host: self.host.clone().unwrap_or_else(|| "127.0.0.1".to_owned()),
                port: self.port.unwrap_or(PORT),
            },
        }
    }

    fn with_tls(&self, of_uri: Option<Tls>) -> Option<Tls> {
        (self.tls || of_uri.is_some()).then(|| Tls {
            ca_file: self.cacert.clone(),
            ca_folder: self.cacertdir.clone(),
            certificate: self.cert.clone(),
            key: self.cert_key.clone(),
            name: self.sni.clone(),
            takes_any: self.insecure,
        })
    }

    fn password(&self, ui: &mut Ui) -> Result<Option<Secret>, Failure> {
        if let Some(password) = &self.pass {
            if !self.no_auth_warning {
                ui.say(&format!(
                    "warning: others can see a password among the arguments; {PASSWORD} hides it"
                ));
            }
            return Ok(Some(password.clone()));
        }
        if let Some(file) = &self.pass_file {
            return first_line(file).map(Secret::new).map(Some);
        }
        if self.askpass {
            return asked().map(Secret::new).map(Some);
        }
        Ok(std::env::var(PASSWORD).ok().filter(|password| !password.is_empty()).map(Secret::new))
    }

    /// The same arguments, as they are typed, but for a password.
    pub(crate) fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        if let Some(uri) = &self.uri {
            words.push(format!(
                "-u {}",
                shell::quoted_word(without_password(uri.reveal()).as_ref())
            ));
        }
        let mut add = |option: &str, value: Option<String>| {
            words.extend(value.map(|value| format!("{option} {value}")));
        };
        let path = |path: &Option<PathBuf>| path.as_deref().map(shell::quoted);
        let text =
            |text: &Option<String>| text.as_ref().map(|text| shell::quoted_word(text.as_ref()));
        add("-h", text(&self.host));
        add("-p", self.port.map(|port| port.to_string()));
        add("-s", path(&self.socket));
        add("--user", text(&self.user));
        add("--pass-file", path(&self.pass_file));
        add("--sni", text(&self.sni));
        add("--cacert", path(&self.cacert));
        add("--cacertdir", path(&self.cacertdir));
        add("--cert", path(&self.cert));
        add("--cert-key", path(&self.cert_key));
        let flags =
            [(self.askpass, "--askpass"), (self.tls, "--tls"), (self.insecure, "--insecure")];
        words
            .extend(flags.iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| (*flag).to_owned()));
        words
    }
}

/// A URI without what stands before the host.
fn without_password(uri: &str) -> String {
    match uri.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?.1)))
    {
        Some((scheme, host)) => format!("{scheme}://{host}"),
        None => uri.to_owned(),
    }
}

fn first_line(file: &Path) -> Result<String, Failure> {
    let text = fs::read_to_string(file).map_err(|error| {
        Failure::operational(format!("{} cannot be read: {error}", escape::path(file)))
    })?;
    let line = text.lines().next().unwrap_or_default();
    match line.is_empty() {
        true => {
            Err(Failure::operational(format!("the first line of {} is empty", escape::path(file))))
        }
        false => Ok(line.to_owned()),
    }
}

fn asked() -> Result<String, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage("--askpass needs a terminal")
            .hint(format!("{PASSWORD} or --pass-file do not")));
    }
    rpassword::prompt_password("Password: ")
        .map_err(|error| Failure::operational(format!("no password can be read: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_a_uri_is_not_repeated() {
        assert_eq!(without_password("redis://u:s3cret@h:1"), "redis://h:1");
        assert_eq!(without_password("redis://p@ss@h"), "redis://h");
        assert_eq!(without_password("unix:///run/s"), "unix:///run/s");
    }
}
