//! What a person wants to have probed, and with which care.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_proto::rr::Name;
use reqwest::Url;
use rustls::pki_types::CertificateDer;

use super::certificate::Certificate;
use super::finding::Check;
use super::local::Local;
use super::lookup::Dns;

/// How the domain is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Method {
    /// A TXT record.
    #[cfg_attr(feature = "cli", value(name = "dns-01"))]
    Dns01,
    /// A file on port 80.
    #[cfg_attr(feature = "cli", value(name = "http-01"))]
    Http01,
    /// A certificate on port 443.
    #[cfg_attr(feature = "cli", value(name = "tls-alpn-01"))]
    TlsAlpn01,
}

impl Method {
    /// The word in facts and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Method::Dns01 => "dns-01",
            Method::Http01 => "http-01",
            Method::TlsAlpn01 => "tls-alpn-01",
        }
    }

    /// The method with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Method::Dns01, Method::Http01, Method::TlsAlpn01].into_iter().find(|method| method.word() == word)
    }

    /// Whether the CA connects to the domain.
    pub fn needs_address(self) -> bool {
        self != Method::Dns01
    }

    /// The probe that looks at what the CA looks at.
    pub fn check(self) -> Check {
        match self {
            Method::Dns01 => Check::Dns,
            Method::Http01 => Check::Http,
            Method::TlsAlpn01 => Check::Alpn,
        }
    }
}

/// The certificate that the endpoint should present.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// Its serial number, in hexadecimal.
    pub serial: Option<String>,
    /// Its SHA-256, in hexadecimal.
    pub fingerprint: Option<String>,
    /// Itself, with its chain.
    pub chain: Vec<Certificate>,
}

impl Expected {
    /// Whether anything is expected.
    pub fn any(&self) -> bool {
        self.serial.is_some() || self.fingerprint.is_some() || !self.chain.is_empty()
    }
}

/// What is probed. Nothing else is contacted than what stands here and where it leads.
#[derive(Debug, Clone)]
pub struct Request {
    /// The domain as it was named.
    pub domain: String,
    /// The same for the DNS, without the star of a wildcard.
    pub name: Name,
    /// Whether a wildcard is to be proved.
    pub wildcard: bool,
    /// The address, where one was named instead of a domain.
    pub address: Option<IpAddr>,
    /// What is looked at.
    pub checks: Vec<Check>,
    /// How the domain is proved, where that is known.
    pub method: Option<Method>,
    /// Values of which one should stand in the TXT record.
    pub expect: Vec<String>,
    /// Where the TXT record should stand, if not at the usual place.
    pub txt_name: Option<Name>,
    /// Domains by which CAA records name the CA.
    pub issuers: Vec<String>,
    /// Token of the HTTP-01 challenge.
    pub token: Option<String>,
    /// What the challenge file holds.
    pub key_authorization: Option<String>,
    /// The certificate that should be presented.
    pub expected: Expected,
    /// Ports of the target.
    pub ports: Vec<u16>,
    /// Addresses of the API of a CA.
    pub urls: Vec<Url>,
    /// What is looked at on this machine.
    pub local: Local,
    /// Port for HTTP-01.
    pub http_port: u16,
    /// Port for TLS.
    pub tls_port: u16,
    /// Port of authoritative name servers.
    pub dns_port: u16,
    /// Resolvers; those of this machine where there are none.
    pub resolvers: Vec<SocketAddr>,
    /// Certificates that are trusted besides those of this machine.
    pub roots: Vec<CertificateDer<'static>>,
    /// Whether addresses that are not of the internet may be contacted.
    pub allow_private: bool,
    /// For everything together.
    pub timeout: Duration,
}

impl Request {
    /// For a domain or an address, with nothing to look at yet.
    ///
    /// # Errors
    /// A sentence: it is no name.
    pub fn new(domain: &str) -> Result<Self, String> {
        let wrong =
            |why: &str| format!("`{domain}` is no domain: {why} (write it as in the certificate, www.example.org)");
        let domain_text = domain.trim().trim_end_matches('.');
        if domain_text.contains("://") || domain_text.contains('/') {
            return Err(wrong("only the name is wanted; --url probes an address"));
        }
        let address: Option<IpAddr> = domain_text.trim_matches(['[', ']']).parse().ok();
        let bare = domain_text.strip_prefix("*.").unwrap_or(domain_text);
        let name = match address {
            Some(_) => Name::root(),
            None => name(bare).map_err(|why| wrong(&why))?,
        };
        let wildcard = domain_text.starts_with("*.");
        Ok(Request { wildcard, ..Request::about(domain_text.to_ascii_lowercase(), name, address) })
    }

    /// For this machine alone: no domain, and nothing of the network.
    pub fn here(local: Local) -> Self {
        let about = Request::about("this machine".to_owned(), Name::root(), None);
        Request { checks: vec![Check::Local], local, ..about }
    }

    fn about(domain: String, name: Name, address: Option<IpAddr>) -> Self {
        Request {
            domain,
            name,
            wildcard: false,
            address,
            checks: Vec::new(),
            method: None,
            expect: Vec::new(),
            txt_name: None,
            issuers: Vec::new(),
            token: None,
            key_authorization: None,
            expected: Expected::default(),
            ports: Vec::new(),
            urls: Vec::new(),
            local: Local::default(),
            http_port: 80,
            tls_port: 443,
            dns_port: 53,
            resolvers: Vec::new(),
            roots: Vec::new(),
            allow_private: false,
            timeout: Duration::from_secs(20),
        }
    }

    /// Whether this is looked at.
    pub fn wants(&self, check: Check) -> bool {
        self.checks.contains(&check)
    }

    /// Whether anything is looked at beyond this machine.
    pub fn leaves_host(&self) -> bool {
        self.checks.is_empty() || self.checks.iter().any(|check| *check != Check::Local)
    }

    /// The host for HTTP and TLS, as in an address.
    pub fn host(&self) -> String {
        match self.address {
            Some(address) => address.to_string(),
            None => super::zone::plain(&self.name),
        }
    }

    /// Where questions to the DNS go.
    ///
    /// # Errors
    /// No resolver is known.
    pub fn dns(&self, deadline: tokio::time::Instant) -> Result<Dns, String> {
        let resolvers = match self.resolvers.is_empty() {
            true => super::lookup::system_resolvers()?,
            false => self.resolvers.clone(),
        };
        Ok(Dns { resolvers, server_port: self.dns_port, allow_private: self.allow_private, deadline })
    }

    /// What will be contacted, in words.
    pub fn plan(&self) -> Vec<String> {
        if !self.leaves_host() {
            return self.local.plan();
        }
        let host = self.host();
        let mut plan = Vec::new();
        if self.address.is_none() {
            plan.push(format!("the DNS of {host}"));
        }
        if self.wants(Check::Http) {
            plan.push(format!("port {} of {host}", self.http_port));
        }
        if self.wants(Check::Alpn) || self.wants(Check::Tls) {
            plan.push(format!("port {} of {host}", self.tls_port));
        }
        if self.wants(Check::Port) {
            let ports: Vec<String> = self.ports.iter().map(ToString::to_string).collect();
            plan.push(format!("port {} of {host}", ports.join(", ")));
        }
        plan.extend(self.urls.iter().map(Url::to_string));
        if self.wants(Check::Local) {
            plan.extend(self.local.plan());
        }
        plan
    }
}

/// A name for the DNS: international ones in their ASCII form, and absolute.
///
/// # Errors
/// Why it is none.
pub fn name(text: &str) -> Result<Name, String> {
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    let mut name = Name::from_utf8(text).map_err(|error| error.to_string())?.to_lowercase();
    name.set_fqdn(true);
    if name.is_root() {
        return Err("it is the root".to_owned());
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_in_all_spellings() {
        let request = Request::new("*.Example.ORG.").expect("a domain");
        assert!(request.wildcard);
        assert_eq!((request.host().as_str(), request.domain.as_str()), ("example.org", "*.example.org"));
        assert_eq!(Request::new("bücher.example").expect("a domain").host(), "xn--bcher-kva.example");
        assert_eq!(Request::new("[2001:db8::1]").expect("an address").host(), "2001:db8::1");
        for wrong in ["", ".", "https://example.org", "example.org/path", "a..b", &"x".repeat(300)] {
            assert!(Request::new(wrong).is_err(), "{wrong}");
        }
    }
}
