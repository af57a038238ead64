//! TLS handshakes that take any certificate, to see what is presented. Nothing is sent over such a connection.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{AlertDescription, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::certificate::Certificate;
use super::reach::{self, Failure};

/// The longest chain that is looked at.
const MAX_CHAIN: usize = 16;

/// What a server showed.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// Its certificate, and those that it sent along, in its order.
    pub chain: Vec<Certificate>,
    /// The protocol that was agreed on.
    pub protocol: Option<Vec<u8>>,
}

/// Why there was no handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoHandshake {
    /// There was no connection.
    Connect(Failure),
    /// The server does not speak the protocol that was asked for (ALPN).
    NoProtocol,
    /// What came back is no TLS.
    NotTls,
    /// No certificate is there for this name.
    UnknownName,
    /// Anything else.
    Other(String),
}

impl std::fmt::Display for NoHandshake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NoHandshake::Connect(failure) => write!(f, "{failure}"),
            NoHandshake::NoProtocol => f.write_str("the server does not speak the protocol that was asked for"),
            NoHandshake::NotTls => f.write_str("what answers is no TLS"),
            NoHandshake::UnknownName => f.write_str("the server says that it does not know the name"),
            NoHandshake::Other(what) => f.write_str(what),
        }
    }
}

/// The cryptography in use.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// A client that takes any certificate.
pub fn accepting() -> Result<ClientConfig, Error> {
    client(Arc::new(Recorder::default()))
}

fn client(recorder: Arc<Recorder>) -> Result<ClientConfig, Error> {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    Ok(builder.dangerous().with_custom_certificate_verifier(recorder).with_no_client_auth())
}

/// Connects and shakes hands. `name` goes into SNI where `sni` says so.
///
/// # Errors
/// Why there was none.
pub async fn shake(
    address: SocketAddr,
    name: &str,
    sni: bool,
    protocols: &[&[u8]],
    limit: Duration,
) -> Result<Shown, NoHandshake> {
    let other = |error: &dyn std::fmt::Display| NoHandshake::Other(error.to_string());
    let recorder = Arc::new(Recorder::default());
    let mut config = client(recorder.clone()).map_err(|error| other(&error))?;
    config.enable_sni = sni;
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let name = ServerName::try_from(name.to_owned()).map_err(|error| other(&error))?;
    let stream = reach::connect(address, limit).await.map_err(NoHandshake::Connect)?;
    let protocol = match timeout(limit, TlsConnector::from(Arc::new(config)).connect(name, stream)).await {
        Err(_) => Err(NoHandshake::Connect(Failure::Slow)),
        Ok(Err(error)) => Err(failure(&error)),
        Ok(Ok(stream)) => Ok(stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec)),
    };
    let chain = std::mem::take(&mut *recorder.chain.lock().unwrap_or_else(PoisonError::into_inner));
    // A server that wants a client certificate has shown its own one before it refuses.
    let protocol = match protocol {
        Err(why) if chain.is_empty() || !protocols.is_empty() => return Err(why),
        Err(_) => None,
        Ok(protocol) => protocol,
    };
    let chain: Result<Vec<Certificate>, String> = chain.iter().map(Certificate::read).collect();
    Ok(Shown { chain: chain.map_err(NoHandshake::Other)?, protocol })
}

fn failure(error: &std::io::Error) -> NoHandshake {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match tls {
        Some(Error::AlertReceived(AlertDescription::NoApplicationProtocol)) => NoHandshake::NoProtocol,
        Some(Error::AlertReceived(AlertDescription::UnrecognisedName)) => NoHandshake::UnknownName,
        Some(Error::InvalidMessage(_)) => NoHandshake::NotTls,
        Some(other) => NoHandshake::Other(other.to_string()),
        None => NoHandshake::Connect(Failure::of(error)),
    }
}

/// Takes any certificate, and keeps what was presented.
#[derive(Debug, Default)]
struct Recorder {
    chain: Mutex<Vec<CertificateDer<'static>>>,
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let all = std::iter::once(end_entity).chain(intermediates).take(MAX_CHAIN);
        *self.chain.lock().unwrap_or_else(PoisonError::into_inner) = all.map(|c| c.clone().into_owned()).collect();
        Ok(ServerCertVerified::assertion())
    }

    // Who holds the key does not matter for what is shown, and a challenge certificate (RFC 8737) has a critical extension
    // that the usual check does not know.
    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
