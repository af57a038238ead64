//! What openssl prints about a certificate (`openssl x509 -text`) and about a connection (`openssl s_client`).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

/// Lines in which a connection shows itself to be one.
const CONNECTION: [&str; 3] = ["CONNECTED(", "Connecting to ", "depth="];

/// Whether a text is such output, by its first line.
pub fn may_be(start: &str) -> bool {
    let first = start.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    first == "Certificate:" || CONNECTION.iter().any(|begin| first.starts_with(begin))
}

/// Reads it: a map with `openssl` (`x509` or `s_client`), `subject`, `issuer`, `serial`, `not_before`, `not_after` (RFC 3339),
/// `names`, `key_bits`, `verify_code`, as far as they stand there. Of a chain it is the first certificate.
pub fn read(text: &str) -> Option<Value> {
    let is_certificate = text.trim_start().starts_with("Certificate:");
    let mut out = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            out.entry(name).or_insert(value);
        }
    };
    let mut before = "";
    for line in text.lines().map(str::trim) {
        let after = |begin: &str| line.strip_prefix(begin).map(str::trim).filter(|rest| !rest.is_empty());
        let text = |value: Option<&str>| value.map(Value::from);
        let either = |long: &str, short: &str| if is_certificate { after(long) } else { after(short) };
        put("subject", text(either("Subject:", "subject=")));
        put("issuer", text(either("Issuer:", "issuer=")));
        put("not_before", either("Not Before:", "notBefore=").and_then(instant));
        put("not_after", either("Not After :", "notAfter=").or_else(|| after("Not After:")).and_then(instant));
        if let Some((from, to)) = after("v:NotBefore:").and_then(|rest| rest.split_once("; NotAfter:")) {
            put("not_before", instant(from));
            put("not_after", instant(to));
        }
        put("serial", after("Serial Number:").or_else(|| after("serial=")).map(serial));
        if before == "Serial Number:" {
            put("serial", Some(serial(line)));
        }
        if before.starts_with("X509v3 Subject Alternative Name") {
            let names = line.split(',').filter_map(|name| name.trim().strip_prefix("DNS:"));
            put("names", Some(names.map(Value::from).collect()));
        }
        let bits = line.contains("Public-Key: (").then(|| line.split_once('(')?.1.split_once(" bit")).flatten();
        put("key_bits", bits.and_then(|(bits, _)| bits.parse::<u64>().ok()).map(Value::from));
        let code = after("Verify return code:").or_else(|| after("Verification error:"));
        let code = code.and_then(|rest| rest.split_whitespace().next()).and_then(|code| code.parse::<u64>().ok());
        put("verify_code", code.map(Value::from));
        before = line;
    }
    let told = out.contains_key("subject");
    out.insert("openssl".to_owned(), Value::from(if is_certificate { "x509" } else { "s_client" }));
    told.then_some(Value::Object(out))
}

/// `Nov 24 12:00:00 2026 GMT` as RFC 3339.
fn instant(text: &str) -> Option<Value> {
    let text = text.trim().trim_end_matches("GMT").split_whitespace().collect::<Vec<_>>().join(" ");
    let at = DateTime::strptime("%b %d %H:%M:%S %Y", &text).ok()?;
    let at: Timestamp = at.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp();
    Some(Value::from(at.to_string()))
}

/// Hexadecimal, in small letters and without colons; `1234 (0x4d2)` is written both ways by openssl.
fn serial(text: &str) -> Value {
    let hex = text.split_once("(0x").map_or(text, |(_, hex)| hex.trim_end_matches(')'));
    Value::from(hex.replace(':', "").trim().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_certificate() {
        let text = "Certificate:\n    Data:\n        Version: 3 (0x2)\n        Serial Number:\n            0a:1B:2c\n        Issuer: C=IN, CN=Example Issuing CA\n        Validity\n            Not Before: Nov  1 00:00:00 2026 GMT\n            Not After : Jan 30 23:59:59 2027 GMT\n        Subject: CN=www.example.org\n                Public-Key: (2048 bit)\n            X509v3 Subject Alternative Name: \n                DNS:www.example.org, DNS:example.org\n";
        assert!(may_be(text));
        let expected = json!({
            "openssl": "x509", "subject": "CN=www.example.org", "issuer": "C=IN, CN=Example Issuing CA", "serial": "0a1b2c",
            "not_before": "2026-11-01T00:00:00Z", "not_after": "2027-01-30T23:59:59Z",
            "names": ["www.example.org", "example.org"], "key_bits": 2048,
        });
        assert_eq!(read(text), Some(expected));
        assert_eq!(serial("1234 (0x4d2)"), "4d2");
    }

    #[test]
    fn a_connection() {
        let text = "CONNECTED(00000003)\n---\nCertificate chain\n 0 s:CN = www.example.org\n   i:CN = R3\n   a:PKEY: rsaEncryption, 2048 (bit)\n   v:NotBefore: Nov  1 00:00:00 2026 GMT; NotAfter: Jan 30 23:59:59 2027 GMT\n---\nServer certificate\nsubject=CN = www.example.org\n\nissuer=CN = R3\n\n---\n    Verify return code: 21 (unable to verify the first certificate)\n";
        assert!(may_be(text));
        let expected = json!({
            "openssl": "s_client", "subject": "CN = www.example.org", "issuer": "CN = R3",
            "not_before": "2026-11-01T00:00:00Z", "not_after": "2027-01-30T23:59:59Z", "verify_code": 21,
        });
        assert_eq!(read(text), Some(expected));
        assert_eq!(read("CONNECTED(00000003)\nwrite:errno=104\n"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(Certificate:|CONNECTED\\(3\\)|)[ -~\\n:]{0,300}") {
            let _ = (may_be(&text), read(&text));
        }
    }
}
