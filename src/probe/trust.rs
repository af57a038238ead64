//! Whether a client would trust what a server presents.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, Error, RootCertStore};

use super::certificate::Certificate;
use super::handshake::provider;

/// The roots that clients trust: those of this machine, and those that were named.
#[derive(Debug, Clone)]
pub struct Trust {
    roots: Arc<RootCertStore>,
}

/// What a client says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// Trusted.
    Good,
    /// No path leads to a root that is known.
    UnknownIssuer,
    /// Anything else, in words.
    Other(String),
    /// This machine has no roots, so nothing can be said.
    NoRoots,
}

impl Trust {
    /// Nobody is trusted.
    pub fn none() -> Self {
        Trust { roots: Arc::new(RootCertStore::empty()) }
    }

    /// Reads the roots of this machine. Those that cannot be read are left out, as clients do.
    pub fn load(named: &[CertificateDer<'static>]) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots.add_parsable_certificates(named.iter().cloned());
        Trust { roots: Arc::new(roots) }
    }

    /// Whether a chain leads to a root, for this name, today.
    pub fn judge(&self, chain: &[Certificate], host: &str) -> Judgement {
        let Some((first, others)) = chain.split_first() else { return Judgement::Other("no certificate".to_owned()) };
        let Ok(name) = ServerName::try_from(host.to_owned()) else {
            return Judgement::Other(format!("{host} cannot stand in a certificate"));
        };
        let verifier = WebPkiServerVerifier::builder_with_provider(self.roots.clone(), provider()).build();
        let Ok(verifier) = verifier else { return Judgement::NoRoots };
        let others: Vec<CertificateDer> = others.iter().map(|certificate| certificate.der.clone()).collect();
        match verifier.verify_server_cert(&first.der, &others, &name, &[], UnixTime::now()) {
            Ok(_) => Judgement::Good,
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => Judgement::UnknownIssuer,
            Err(error) => Judgement::Other(error.to_string()),
        }
    }

    /// Whether the issuer of a certificate is one of the roots, by name.
    pub fn knows_issuer_of(&self, certificate: &Certificate) -> bool {
        let issuer = &certificate.raw_names.1;
        // A root's name is kept without the head of its encoding, which is 2 to 4 bytes long.
        let same = |subject: &[u8]| issuer.ends_with(subject) && (2..=4).contains(&(issuer.len() - subject.len()));
        self.roots.roots.iter().any(|root| same(&root.subject))
    }

    /// A client that trusts these roots.
    ///
    /// # Errors
    /// There are none, or the cryptography is not at hand.
    pub fn client(&self) -> Result<ClientConfig, Error> {
        let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
        Ok(builder.with_root_certificates(self.roots.clone()).with_no_client_auth())
    }
}
