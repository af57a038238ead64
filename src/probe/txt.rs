//! The TXT record of DNS-01, at every name server that a CA may ask.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hickory_proto::rr::{Name, RData, RecordType};

use super::dns::{bad_server, behind, failure, resolver};
use super::finding::{Asked, Check, Finding, Verdict};
use super::lookup::{Dns, Lookup};
use super::request::Request;
use super::zone::{self, Told, Worth, plain};

/// Labels under which CAs and platforms look: ACME (RFC 8555), and the two of CERTInext orders.
const LABELS: [&str; 3] = ["_acme-challenge", "_emudhra-challenge", "_emsign-validation"];
/// Characters of a base64url SHA-256, which an ACME value is.
const DIGEST: usize = 43;

/// The value that proves a key authorization in the DNS (RFC 8555, section 8.4).
pub fn value_of(key_authorization: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, key_authorization.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(digest)
}

/// Looks for the record as the resolver sees it, then at each name server.
pub async fn probe(dns: &Dns, request: &Request) -> Vec<Finding> {
    let (name, mut findings) = choose(dns, request).await;
    let asked = Asked::new(Check::Dns, format!("TXT {}", plain(&name)), resolver(dns));
    let seen = dns.lookup(&name, RecordType::TXT).await;
    if seen.failed() {
        findings.push(failure(dns, asked, &name, RecordType::TXT, &seen).await);
    } else {
        findings.push(cached(asked, &seen, request));
    }
    let told = match zone::of(dns, &seen.name).await {
        Ok(zone) if zone.name.num_labels() > 1 || seen.name.num_labels() <= 2 => {
            zone::ask_all(dns, &zone, &seen.name, RecordType::TXT).await
        }
        _ => Vec::new(),
    };
    let answered = told.iter().any(|t| t.worth == Worth::Good);
    match answered {
        true => findings.extend(compare(told, &seen, request)),
        false => {
            findings.extend(told.into_iter().map(|t| {
                let worth = t.worth;
                bad_server(t, worth)
            }));
            if !seen.failed() {
                findings.push(only_cached(dns, &seen, request));
            }
        }
    }
    if !answered && seen.failed() {
        return findings;
    }
    if findings.iter().any(|f| f.facts.get("dcv.txt_found") == Some(&false.into())) {
        findings.extend(doubled(dns, &name, &seen).await);
    }
    findings
}

/// The name at which the record is to stand: as asked for, else the first usual one that has a record.
async fn choose(dns: &Dns, request: &Request) -> (Name, Vec<Finding>) {
    if let Some(name) = &request.txt_name {
        return (name.clone(), Vec::new());
    }
    let mut names = LABELS.iter().filter_map(|label| request.name.prepend_label(*label).ok());
    let Some(first) = names.next() else { return (request.name.clone(), Vec::new()) };
    let usual = dns.lookup(&first, RecordType::TXT).await;
    if usual.failed() || !usual.found().is_empty() {
        return (first, Vec::new());
    }
    for name in names {
        let asked = Asked::new(Check::Dns, format!("TXT {}", plain(&name)), resolver(dns));
        let lookup = dns.lookup(&name, RecordType::TXT).await;
        if !lookup.found().is_empty() {
            let meaning = format!("There is no record at {}, and one here: this name is looked at.", plain(&first));
            return (name, vec![asked.found(Verdict::Odd, listed(&lookup), meaning)]);
        }
    }
    (first, Vec::new())
}

/// The record as a resolver has it, which CAs do not use.
fn cached(asked: Asked, seen: &Lookup, request: &Request) -> Finding {
    let answer = format!("{}{}", listed(seen), behind(seen));
    let wanted = request.expect.iter().any(|e| values(seen).contains(e));
    match (seen.found().is_empty(), request.expect.is_empty(), wanted) {
        (false, false, false) => {
            let meaning =
                format!("This resolver may have it from before, for {} s. CAs ask the name servers.", seen.ttl());
            asked.found(Verdict::Odd, answer, meaning)
        }
        (true, ..) => asked.found(Verdict::Odd, answer, ""),
        _ => asked.found(Verdict::Good, answer, ""),
    }
}

/// No server could be asked: what the resolver says has to do.
fn only_cached(dns: &Dns, seen: &Lookup, request: &Request) -> Finding {
    let asked = Asked::new(Check::Dns, format!("TXT {}", plain(&seen.name)), resolver(dns));
    let mut finding = verdict(asked, &[values(seen)], request, listed(seen));
    finding.facts.remove("dcv.txt_everywhere");
    finding
}

/// One finding for each server, and one for all of them.
fn compare(told: Vec<Told>, seen: &Lookup, request: &Request) -> Vec<Finding> {
    let good: Vec<Vec<String>> = told.iter().filter(|t| t.worth == Worth::Good).map(|t| values(&t.lookup)).collect();
    let asked = Asked::new(Check::Dns, format!("TXT {}", plain(&seen.name)), "all name servers together");
    let mut findings: Vec<Finding> = told.into_iter().map(|t| server(t, request)).collect();
    let with = good.iter().filter(|values| has(values, request)).count();
    findings.push(verdict(asked, &good, request, format!("{with} of {} have it", good.len())));
    findings
}

fn server(told: Told, request: &Request) -> Finding {
    match told.worth {
        Worth::Good => {
            let verdict = if has(&values(&told.lookup), request) { Verdict::Good } else { Verdict::Bad };
            let answer = listed(&told.lookup);
            told.asked.found(verdict, answer, "")
        }
        worth => bad_server(told, worth),
    }
}

/// Whether the wanted value is among these; without one, whether there is any.
fn has(values: &[String], request: &Request) -> bool {
    match request.expect.is_empty() {
        true => !values.is_empty(),
        false => request.expect.iter().any(|e| values.contains(e)),
    }
}

/// What the values of all servers say together.
fn verdict(asked: Asked, servers: &[Vec<String>], request: &Request, answer: String) -> Finding {
    let with = servers.iter().filter(|values| has(values, request)).count();
    let any = servers.iter().any(|values| !values.is_empty());
    let odd = servers.iter().flatten().find_map(|value| mistake(value, request));
    let differ = servers.iter().any(|values| Some(values) != servers.first());
    if !any {
        let meaning =
            "There is no TXT record. Clients take it away after validation: probe while the order is pending.";
        return asked.found(Verdict::Bad, answer, meaning).fact("dcv.txt_found", false);
    }
    if with == 0 {
        let meaning = odd
            .unwrap_or_else(|| "There are only other values: from an earlier order, or of another client.".to_owned());
        return asked.found(Verdict::Bad, answer, meaning).fact("dcv.txt_found", true).fact("dcv.txt_correct", false);
    }
    if with < servers.len() || request.expect.is_empty() && differ {
        let meaning = "Not every name server has it: the change has not reached all of them, or not all are updated.";
        return asked.found(Verdict::Bad, answer, meaning).fact("dcv.txt_everywhere", false);
    }
    let found = |finding: Finding| finding.fact("dcv.txt_found", true).fact("dcv.txt_everywhere", true);
    if !request.expect.is_empty() {
        return found(asked.found(Verdict::Good, answer, "")).fact("dcv.txt_correct", true);
    }
    // Without the value of the order only its form can be judged, which ACME fixes.
    let acme = request.txt_name.is_none();
    let well_formed = servers.iter().flatten().any(|value| digest(value));
    match odd.filter(|_| acme && !well_formed) {
        Some(meaning) => found(asked.found(Verdict::Bad, answer, meaning)).fact("dcv.txt_correct", false),
        None => {
            found(asked.found(Verdict::Good, answer, "Whether it is the value of the order: --expect VALUE tells."))
        }
    }
}

/// What is wrong with a value, where that can be seen.
fn mistake(value: &str, request: &Request) -> Option<String> {
    let bare = value.trim().trim_matches('"');
    let wanted = |text: &str| request.expect.iter().any(|e| e == text) || request.expect.is_empty() && digest(text);
    if wanted(value) {
        return None;
    }
    if bare != value && wanted(bare) {
        return Some("The value is there with quotes or blanks around it, which belong to it then.".to_owned());
    }
    if request.expect.iter().any(|e| e.eq_ignore_ascii_case(value)) {
        return Some("The value differs in upper and lower case only.".to_owned());
    }
    if bare.contains('.') && wanted(&value_of(bare)) || bare.split_once('.').is_some_and(|(_, end)| digest(end)) {
        return Some("It is the key authorization itself; DNS-01 wants its SHA-256 in base64url.".to_owned());
    }
    None
}

fn digest(value: &str) -> bool {
    value.len() == DIGEST && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// A provider's form that takes relative names, filled with a whole one: the zone stands twice.
async fn doubled(dns: &Dns, name: &Name, seen: &Lookup) -> Option<Finding> {
    let zone = zone::of(dns, &seen.name).await.ok()?.name;
    let mut relative = name.clone();
    relative.set_fqdn(false);
    let twice = relative.append_domain(&zone).ok()?;
    let asked = Asked::new(Check::Dns, format!("TXT {}", plain(&twice)), resolver(dns));
    let lookup = dns.lookup(&twice, RecordType::TXT).await;
    if lookup.found().is_empty() {
        return None;
    }
    let meaning = "The record stands here: the provider appends the zone, so the name is to be written without it.";
    Some(asked.found(Verdict::Bad, listed(&lookup), meaning))
}

fn values(lookup: &Lookup) -> Vec<String> {
    let value = |record: &hickory_proto::rr::Record| match &record.data {
        RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
        _ => None,
    };
    let mut values: Vec<String> = lookup.found().iter().filter_map(value).collect();
    values.sort();
    values
}

fn listed(lookup: &Lookup) -> String {
    match &lookup.records {
        Ok(_) => values(lookup).iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(", "),
        Err(nothing) => nothing.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_a_key_authorization() {
        // printf %s token.thumbprint | openssl dgst -sha256 -binary | basenc --base64url
        assert_eq!(value_of("token.thumbprint"), "61rBZ_4knHblO0MNoxFsXZ_eTFUHum0B6IVRbhvUn5I");
        let value = value_of("another.thumbprint");
        assert_eq!(value.len(), DIGEST);
        assert!(digest(&value));
    }
}
