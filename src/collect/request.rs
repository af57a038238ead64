//! What is collected, where, and with which care.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;
use rustls::pki_types::CertificateDer;

/// Named regions, and where their APIs are. Credentials of one are unknown to the others.
pub const REGIONS: [(&str, &str); 3] = [
    ("in", "https://api.certinext.io"),
    ("us", "https://us-api.certinext.io"),
    ("sandbox-us", "https://sandbox-us-api.certinext.io"),
];

/// The longest number of an order, or name of a domain.
const MAX_NAME: usize = 253;

/// Where the APIs of a region are.
pub fn base_of_region(name: &str) -> Option<&'static str> {
    REGIONS.iter().find(|(region, _)| *region == name).map(|(_, base)| *base)
}

/// Which generation of the API is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// `/emSignHub-API/`: requests are signed, failures come under HTTP 200.
    V1,
    /// `/api/certinext/v2/`: OAuth, and more about domain validation.
    V2,
}

/// What is collected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// One order, with its domains.
    Order(String),
    /// One domain, with its orders.
    Domain(String),
    /// Recent orders that are not as they should be.
    Trouble,
}

/// A request to collect.
#[derive(Debug, Clone)]
pub struct Request {
    /// Which API.
    pub api: Api,
    /// Where it is: scheme and host, and a path where something stands before it.
    pub base: Url,
    /// What.
    pub want: Want,
    /// Orders that are looked into at most.
    pub limit: usize,
    /// Orders placed within so many days count as recent.
    pub days: u32,
    /// Time for everything together.
    pub timeout: Duration,
    /// Attempts after the first one.
    pub retries: u32,
    /// The first pause between attempts.
    pub pause: Duration,
    /// A proxy instead of the one that the environment names.
    pub proxy: Option<Url>,
    /// No proxy, whatever the environment says.
    pub no_proxy: bool,
    /// CA certificates that are trusted besides those of this machine.
    pub roots: Vec<CertificateDer<'static>>,
}

/// What is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The base is no address.
    #[error("--base {0}: write it whole, https://us-api.certinext.io")]
    Base(String),
    /// Secrets would travel in the clear.
    #[error("--base {0}: only https keeps credentials to yourself; --allow-http is for a test server on this machine")]
    Clear(String),
    /// Credentials in the address.
    #[error("--base: leave name and password out; credentials come from the environment or from --credentials FILE")]
    Signed,
    /// No number of an order.
    #[error("--order {0}: the number of an order is made of letters, digits, - and _")]
    Order(String),
    /// No name.
    #[error("--domain {0}: write the name as in the certificate, www.example.org")]
    Domain(String),
}

impl Request {
    /// A request with the care that fits a person who waits for the answer.
    ///
    /// # Errors
    /// What cannot be asked for.
    pub fn new(api: Api, base: &str, want: Want, allow_http: bool) -> Result<Self, RequestError> {
        let url: Url = base.parse().map_err(|_| RequestError::Base(base.to_owned()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(RequestError::Signed);
        }
        match (url.scheme(), url.host_str()) {
            ("https", Some(_)) => {}
            ("http", Some(host)) if allow_http && is_loopback(host) => {}
            ("http", Some(_)) => return Err(RequestError::Clear(base.to_owned())),
            _ => return Err(RequestError::Base(base.to_owned())),
        }
        match &want {
            Want::Order(id) if !is_order(id) => return Err(RequestError::Order(id.clone())),
            Want::Domain(name) if !is_domain(name) => return Err(RequestError::Domain(name.clone())),
            _ => {}
        }
        Ok(Request {
            api,
            base: url,
            want,
            limit: 10,
            days: 30,
            timeout: Duration::from_secs(120),
            retries: 3,
            pause: Duration::from_secs(1),
            proxy: None,
            no_proxy: false,
            roots: Vec::new(),
        })
    }

    /// The address of an endpoint: below the base, with parameters.
    pub(super) fn url(&self, path: &str, parameters: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url.set_query(None);
        url.set_fragment(None);
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        url
    }
}

/// Whether a host is this machine, whatever the DNS says.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Whether a text can be the number of an order.
pub(super) fn is_order(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !text.is_empty() && text.len() <= 64 && text.chars().all(fits)
}

/// Whether a text can be the name of a domain.
pub(super) fn is_domain(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '*');
    text.contains('.') && text.len() <= MAX_NAME && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_never_travel_in_the_clear() {
        let new = |base: &str, allow| Request::new(Api::V2, base, Want::Trouble, allow).map(|r| r.base.to_string());
        assert_eq!(new("https://us-api.certinext.io", false), Ok("https://us-api.certinext.io/".to_owned()));
        assert_eq!(new("http://127.0.0.1:8080", true), Ok("http://127.0.0.1:8080/".to_owned()));
        assert_eq!(new("http://localhost:8080", true), Ok("http://localhost:8080/".to_owned()));
        assert!(matches!(new("http://127.0.0.1:8080", false), Err(RequestError::Clear(_))));
        assert!(matches!(new("http://us-api.certinext.io", true), Err(RequestError::Clear(_))));
        assert!(matches!(new("https://me:pass@us-api.certinext.io", false), Err(RequestError::Signed)));
        assert!(matches!(new("us-api.certinext.io", false), Err(RequestError::Base(_))));
        assert!(matches!(new("ftp://us-api.certinext.io", false), Err(RequestError::Base(_))));
    }

    #[test]
    fn orders_and_domains_stay_in_their_place_of_the_path() {
        let new = |want| Request::new(Api::V2, "https://us-api.certinext.io", want, false).is_ok();
        assert!(new(Want::Order("7100000003R001".into())) && new(Want::Domain("*.example.org".into())));
        for odd in ["", "../groups", "7/../8", "7?x", "7 8"] {
            assert!(!new(Want::Order(odd.into())), "{odd}");
        }
        assert!(!new(Want::Domain("example".into())) && !new(Want::Domain("a.b/c".into())));
        let request = Request::new(Api::V2, "https://gate.example.org/certinext/", Want::Trouble, false).expect("one");
        let url = request.url("/oauth/token", &[("a", "b&c")]);
        assert_eq!(url.as_str(), "https://gate.example.org/certinext/oauth/token?a=b%26c");
    }
}
