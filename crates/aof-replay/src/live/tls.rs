//! The keys and certificates of a connection.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use super::address::Tls;
use super::connection::ConnectError;

/// The beginning of a connection to a host.
pub(super) fn begin(tls: &Tls, host: &str) -> Result<ClientConnection, ConnectError> {
    let name = tls.name.as_deref().unwrap_or(host).to_owned();
    let name = ServerName::try_from(name)
        .map_err(|_| ConnectError::Tls("this is no name that a certificate can have".to_owned()))?;
    let config = config(tls)?;
    ClientConnection::new(Arc::new(config), name).map_err(|error| wrong(&error))
}

fn wrong(error: &rustls::Error) -> ConnectError {
    ConnectError::Tls(error.to_string())
}

fn config(tls: &Tls) -> Result<ClientConfig, ConnectError> {
    let provider = Arc::new(ring::default_provider());
    let algorithms = provider.signature_verification_algorithms;
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&error))?;
    let builder = if tls.takes_any {
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody { provider, algorithms }))
    } else {
        builder.with_root_certificates(roots(tls)?)
    };
    match (&tls.certificate, &tls.key) {
        (Some(certificate), Some(key)) => {
            let chain = certificates(certificate)?;
            let key = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, &error))?;
            builder.with_client_auth_cert(chain, key).map_err(|error| wrong(&error))
        }
        _ => Ok(builder.with_no_client_auth()),
    }
}

/// Whose certificates are trusted.
fn roots(tls: &Tls) -> Result<RootCertStore, ConnectError> {
    let mut roots = RootCertStore::empty();
    let mut add = |certificates: Vec<CertificateDer<'static>>| {
        roots.add_parsable_certificates(certificates);
    };
    tls.ca_file.iter().try_for_each(|file| certificates(file).map(&mut add))?;
    if let Some(folder) = &tls.ca_folder {
        let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
        for entry in entries {
            let path = entry.map_err(|error| unreadable(folder, &error))?.path();
            // Whatever else is in the folder is no certificate.
            if path.is_file() {
                certificates(&path).map(&mut add).unwrap_or_default();
            }
        }
    }
    if tls.ca_file.is_none() && tls.ca_folder.is_none() {
        add(rustls_native_certs::load_native_certs().certs);
    }
    if roots.is_empty() {
        return Err(ConnectError::Tls("there is no certificate to trust".to_owned()));
    }
    Ok(roots)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, ConnectError> {
    let all = CertificateDer::pem_file_iter(file).map_err(|error| unusable(file, &error))?;
    let all: Result<Vec<_>, _> = all.collect();
    let all = all.map_err(|error| unusable(file, &error))?;
    if all.is_empty() {
        return Err(ConnectError::Tls(format!("{} holds no certificate", file.display())));
    }
    Ok(all)
}

fn unusable(file: &Path, error: &rustls::pki_types::pem::Error) -> ConnectError {
    ConnectError::Tls(format!("{} cannot be used: {error}", file.display()))
}

fn unreadable(path: &Path, error: &io::Error) -> ConnectError {
    ConnectError::Tls(format!("{} cannot be read: {error}", path.display()))
}

/// Takes every certificate: the connection is kept from those who listen, not from those who pretend.
#[derive(Debug)]
struct Anybody {
    provider: Arc<CryptoProvider>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
