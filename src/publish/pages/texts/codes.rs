//! Error codes in what programs print: what people search for.

use std::sync::LazyLock;

use regex::Regex;

use crate::rule::words::{Words, words};

words! {
    /// Where a code comes from.
    Family {
        /// Problem types of ACME servers.
        Acme = "ACME problem types",
        /// HRESULTs, event numbers and names of Windows.
        Windows = "Windows",
        /// OpenSSL, and what is built on it.
        OpenSsl = "OpenSSL and TLS",
        /// Numbers of curl.
        Curl = "curl",
        /// Answers of HTTP servers.
        Http = "HTTP",
        /// Names of system errors.
        System = "System errors",
        /// Answers of name servers.
        Dns = "DNS",
        /// Classes of exceptions and errors.
        Exceptions = "Exceptions",
        /// Codes of single products.
        Products = "Products",
        /// Names in capital letters.
        Names = "Other names",
    }
}

/// Patterns of codes; the group `c`, or else the whole match, is the code.
const FORMS: &[(Family, &str)] = &[
    (Family::Acme, r"\burn:(?:ietf:params:)?acme:error:[A-Za-z]+"),
    (Family::Windows, r"\b0x[0-9A-Fa-f]{8}\b"),
    (Family::Windows, r"(?:^|[^\w.-])(?P<c>-214\d{7})\b"),
    (Family::Windows, r"\bEvent ID:? ?\d{2,5}\b"),
    (
        Family::Windows,
        r"\b(?:CERTSRV|CERT|CRYPT|TRUST|SEC|CO|WS|CCM|RPC|SCHED|PERSIST|WINCODEC)_[ES]_[A-Z0-9_]+\b|\b(?:ERROR|RPC_S|EPT_S|NTE|STATUS|NT_STATUS|KDC_ERR|KRB_AP_ERR|KRB5KRB_AP_ERR|E)_[A-Z0-9_]{4,}\b",
    ),
    (Family::OpenSsl, r"\berror:(?:[0-9A-F]{8}|[0-9a-f]{8})\b"),
    (
        Family::OpenSsl,
        r"\b(?:X509_V_ERR|X509_R|SSL_R|SSL_ERROR|ERR_SSL|ERR_OSSL|ERR_TLS|ERR_CERT|SEC_ERROR|GNUTLS_E|CKR|PR)_[A-Z0-9_]+\b|\b(?:UNABLE_TO_(?:VERIFY|GET)_[A-Z_]+|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|CERTIFICATE_VERIFY_FAILED|WRONG_VERSION_NUMBER|KEY_VALUES_MISMATCH|NO_START_LINE|CA_MD_TOO_WEAK|(?:TLSV1|TLSV13|SSLV3)_ALERT_[A-Z_]+)\b",
    ),
    (Family::Curl, r"\bcurl: \(\d+\)|\bCURLE_[A-Z_]+\b"),
    (
        Family::Http,
        r"\b(?:40[0134579]|41[0-9]|429|50[0-4]|52[0-9]) (?:Bad Request|Unauthorized|Forbidden|Not Found|Method Not Allowed|Proxy Authentication Required|Conflict|Precondition Failed|Too Many Requests|Internal Server Error|Bad Gateway|Service (?:Temporarily )?Unavailable|Gateway Time-?[Oo]ut)\b",
    ),
    (
        Family::System,
        r"\b(?:EACCES|EADDRINUSE|EADDRNOTAVAIL|EAGAIN|EBUSY|ECONNABORTED|ECONNREFUSED|ECONNRESET|EDQUOT|EEXIST|EHOSTUNREACH|EINVAL|EIO|EISDIR|EMFILE|ENETUNREACH|ENFILE|ENOENT|ENOEXEC|ENOMEM|ENOSPC|ENOTDIR|ENOTFOUND|EPERM|EPIPE|EPROTO|EROFS|ETIMEDOUT|ETXTBSY|EXDEV|EAI_[A-Z]+)\b",
    ),
    (
        Family::Dns,
        r"\b(?:NXDOMAIN|SERVFAIL|REFUSED|FORMERR|NOTIMP|NOTAUTH|NOTZONE|YXDOMAIN|BADKEY|BADSIG|BADTIME|NODATA)\b",
    ),
    (Family::Exceptions, r"\b(?:[A-Za-z_]\w*\.)*[A-Z][a-z]\w*(?:Exception|Error|Fault)\b"),
    (
        Family::Products,
        r"\b(?:AH\d{5}|AADSTS\d{5,7}|AKV\d{5}|EMS-\d{3,4}|ORA-\d{5}|CWPKI\d{4}E|CWWKF\d{4}E|WFLYDM\d{4}|MY-\d{6}|OPVDX\d{3}|PS0\d{3}|VS\d{5}|CTGSK\d{4}W|LC\d{3}|RESTEASY\d{6})\b",
    ),
    (Family::Products, r"\b01[0-9a-f]{6}:\d\b"),
    (Family::Products, r"%[A-Z_]+-[0-6]-[A-Z0-9_]+"),
    (Family::Products, r"\bSQLSTATE\[\w{5}\]"),
    (
        Family::Names,
        r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_?(?:ERR|ERROR|FAILED|FAIL|FAILURE|INVALID|DENIED|EXPIRED|MISMATCH|UNABLE|UNREACHABLE|REFUSED|REJECTED|FORBIDDEN|UNAUTHORIZED|TIMEOUT|TIMED|UNAVAILABLE|EXCEEDED|UNKNOWN|EXHAUSTED|LIMITED|UNCONFIGURED|INCORRECT)(?:_[A-Z0-9]+)*\b",
    ),
];

static PATTERNS: LazyLock<Vec<(Family, Regex)>> =
    LazyLock::new(|| FORMS.iter().filter_map(|(family, form)| Some((*family, Regex::new(form).ok()?))).collect());

/// The codes in a text, each once. Of two that overlap the first form counts.
pub fn codes_in(text: &str) -> Vec<(Family, String)> {
    let mut taken: Vec<std::ops::Range<usize>> = Vec::new();
    let mut out: Vec<(Family, String)> = Vec::new();
    for (family, pattern) in PATTERNS.iter() {
        for found in pattern.captures_iter(text) {
            let Some(code) = found.name("c").or_else(|| found.get(0)) else { continue };
            let range = code.range();
            if taken.iter().any(|other| other.start < range.end && range.start < other.end) {
                continue;
            }
            // A name of one word in capitals is a word that somebody shouted.
            let code = match code.as_str() {
                name if *family == Family::Names && !name.contains('_') => continue,
                hex if hex.starts_with("0x") => hex.to_ascii_lowercase(),
                code => code.to_owned(),
            };
            taken.push(range);
            if !out.iter().any(|(_, known)| *known == code) {
                out.push((*family, code));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_compiles() {
        assert_eq!(PATTERNS.len(), FORMS.len());
    }

    #[test]
    fn codes_are_found_and_shouting_is_not() {
        let found = |text| codes_in(text).into_iter().map(|(_, code)| code).collect::<Vec<_>>();
        assert_eq!(found("0x80070020 (WIN32: 32 ERROR_SHARING_VIOLATION)"), ["0x80070020", "ERROR_SHARING_VIOLATION"]);
        assert_eq!(found("error:0B080074:x509 certificate routines"), ["error:0B080074"]);
        assert_eq!(
            found("urn:ietf:params:acme:error:dns :: DNS problem: NXDOMAIN"),
            ["urn:ietf:params:acme:error:dns", "NXDOMAIN"]
        );
        assert_eq!(found("ERROR FAILED connect ECONNREFUSED 10.0.0.1:443"), ["ECONNREFUSED"]);
        assert_eq!(found("java.security.UnrecoverableKeyException: x"), ["java.security.UnrecoverableKeyException"]);
        assert_eq!(found("set CLOUDFLARE_API_KEY and try again"), Vec::<String>::new());
    }
}
