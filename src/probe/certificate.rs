//! What stands in a certificate.

use std::net::IpAddr;

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer, X509Certificate};

/// id-pe-acmeIdentifier (RFC 8737, section 3).
const ACME_IDENTIFIER: &str = "1.3.6.1.5.5.7.1.31";
/// id-ad-caIssuers (RFC 5280, section 4.2.2.1).
const CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Its subject.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// Subject and issuer as encoded.
    pub raw_names: (Vec<u8>, Vec<u8>),
    /// Serial number, lower-case hexadecimal without leading zeros.
    pub serial: String,
    /// From when on it is valid.
    pub not_before: Timestamp,
    /// Until when it is valid.
    pub not_after: Timestamp,
    /// Its public key as encoded, SubjectPublicKeyInfo in DER.
    pub public_key: Vec<u8>,
    /// Names and addresses that it is for.
    pub names: Vec<String>,
    /// SHA-256 of it, lower-case hexadecimal.
    pub fingerprint: String,
    /// Whether it says where the certificate of its issuer is (AIA).
    pub tells_issuer: bool,
    /// The digest that proves a TLS-ALPN-01 challenge, and whether the extension is critical.
    pub acme_identifier: Option<(Vec<u8>, bool)>,
    /// It itself.
    pub der: CertificateDer<'static>,
}

impl Certificate {
    /// Reads one.
    ///
    /// # Errors
    /// Why it is none.
    pub fn read(der: &CertificateDer<'_>) -> Result<Self, String> {
        let (rest, parsed) = X509Certificate::from_der(der).map_err(|error| format!("no certificate: {error}"))?;
        if !rest.is_empty() {
            return Err("no certificate: bytes follow it".to_owned());
        }
        let time = |time: x509_parser::time::ASN1Time| {
            Timestamp::from_second(time.timestamp()).map_err(|error| format!("a date that cannot be: {error}"))
        };
        let mut certificate = Certificate {
            subject: parsed.subject().to_string(),
            issuer: parsed.issuer().to_string(),
            raw_names: (parsed.subject().as_raw().to_vec(), parsed.issuer().as_raw().to_vec()),
            serial: hexadecimal(&hex(parsed.raw_serial())),
            not_before: time(parsed.validity().not_before)?,
            not_after: time(parsed.validity().not_after)?,
            public_key: parsed.public_key().raw.to_vec(),
            names: Vec::new(),
            fingerprint: hex(digest(&SHA256, der).as_ref()),
            tells_issuer: false,
            acme_identifier: None,
            der: der.clone().into_owned(),
        };
        for extension in parsed.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::SubjectAlternativeName(names) => {
                    certificate.names = names.general_names.iter().filter_map(name).collect();
                }
                ParsedExtension::AuthorityInfoAccess(access) => {
                    certificate.tells_issuer =
                        access.accessdescs.iter().any(|a| a.access_method.to_id_string() == CA_ISSUERS);
                }
                _ if extension.oid.to_id_string() == ACME_IDENTIFIER => {
                    // An OCTET STRING of 32 bytes.
                    let value = extension.value.strip_prefix(&[4, 32]).unwrap_or(extension.value);
                    certificate.acme_identifier = Some((value.to_vec(), extension.critical));
                }
                _ => {}
            }
        }
        Ok(certificate)
    }

    /// Those of a file, PEM or DER, in its order.
    ///
    /// # Errors
    /// A sentence: there is none.
    pub fn read_all(content: &[u8]) -> Result<Vec<Self>, String> {
        let pem: Result<Vec<CertificateDer>, _> = CertificateDer::pem_slice_iter(content).collect();
        let found = pem.map_err(|error| format!("the PEM is broken: {error}"))?;
        if found.is_empty() {
            return Ok(vec![Self::read(&CertificateDer::from(content))?]);
        }
        found.iter().map(Self::read).collect()
    }

    /// Whether it was issued by itself, as roots are.
    pub fn self_issued(&self) -> bool {
        self.raw_names.0 == self.raw_names.1
    }

    /// Whether it was issued by another one, by name.
    pub fn issued_by(&self, other: &Certificate) -> bool {
        self.raw_names.1 == other.raw_names.0
    }

    /// Whether it is for a name or an address (RFC 6125: a star stands for one label).
    pub fn is_for(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let host = host.as_str();
        self.names.iter().any(|name| {
            let name = name.to_ascii_lowercase();
            let star = name.strip_prefix("*.").zip(host.split_once('.')).is_some_and(|(rest, (_, end))| rest == end);
            name == host || star
        })
    }

    /// For a person: whom it is for, by whom, until when.
    pub fn line(&self) -> String {
        let names = if self.names.is_empty() { self.subject.clone() } else { self.names.join(", ") };
        let day = self.not_after.strftime("%Y-%m-%d");
        format!("{names}; from {}; serial {}; until {day}", self.issuer, self.serial)
    }
}

fn name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|b| IpAddr::from(b).to_string()),
            _ => <[u8; 16]>::try_from(*bytes).ok().map(|b| IpAddr::from(b).to_string()),
        },
        _ => None,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Hexadecimal as programs print it, with colons, blanks, capitals, `0x` or leading zeros, in one spelling.
pub fn hexadecimal(text: &str) -> String {
    let text = text.trim().to_ascii_lowercase();
    let text = text.rsplit_once('=').map_or(text.as_str(), |(_, value)| value);
    let digits: String = text.trim_start_matches("0x").chars().filter(char::is_ascii_hexdigit).collect();
    let short = digits.trim_start_matches('0');
    if short.is_empty() { "0".to_owned() } else { short.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_in_all_spellings() {
        for text in ["03:A1:0b", "0x3A10B", "03a10b", "serial=03A10B", " 3a 10 b "] {
            assert_eq!(hexadecimal(text), "3a10b", "{text}");
        }
        assert_eq!(hexadecimal("00"), "0");
    }

    #[test]
    fn names_and_stars() {
        let key = rcgen::KeyPair::generate().expect("a key");
        let names = vec!["*.example.org".to_owned(), "example.org".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::CertificateParams::new(names).expect("names").self_signed(&key).expect("a certificate");
        let certificate = Certificate::read(made.der()).expect("a certificate");
        assert!(certificate.self_issued());
        for (host, fits) in [
            ("www.Example.org", true),
            ("example.org.", true),
            ("a.b.example.org", false),
            ("127.0.0.1", true),
            ("example.com", false),
            ("badexample.org", false),
        ] {
            assert_eq!(certificate.is_for(host), fits, "{host}");
        }
        let chain = Certificate::read_all(made.der()).expect("certificates");
        assert_eq!(chain, [certificate]);
    }

    #[test]
    fn rubbish_is_no_certificate() {
        for rubbish in [&b""[..], b"\x30\x82\xff\xff", b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----"] {
            assert!(Certificate::read_all(rubbish).is_err());
        }
    }
}
