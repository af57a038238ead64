//! CAA records: who may issue (RFC 8659), climbing the tree as a CA does.

use hickory_proto::rr::rdata::CAA;
use hickory_proto::rr::{Name, RData, RecordType};

use super::dns::{behind, failure, resolver};
use super::finding::{Asked, Check, Finding, Verdict};
use super::lookup::Dns;
use super::request::Request;
use super::zone::plain;

/// Tags that CAs understand: RFC 8659, 9495 and the contacts of the CA/Browser Forum.
const KNOWN: [&str; 7] = ["issue", "issuewild", "issuemail", "issuevmc", "iodef", "contactemail", "contactphone"];

/// Looks at the name and its parents until one has CAA records.
pub async fn probe(dns: &Dns, request: &Request) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut at = request.name.clone();
    while at.num_labels() > 0 {
        let asked = Asked::new(Check::Caa, format!("CAA {}", plain(&at)), resolver(dns));
        let lookup = dns.lookup(&at, RecordType::CAA).await;
        if lookup.failed() {
            let mut finding = failure(dns, asked, &at, RecordType::CAA, &lookup).await;
            if finding.verdict == Verdict::Bad {
                finding.meaning.push_str(" As long as the lookup fails, no CA may issue.");
            }
            findings.push(finding);
            return findings;
        }
        let record = |record: &hickory_proto::rr::Record| match &record.data {
            RData::CAA(caa) => Some(caa.clone()),
            _ => None,
        };
        let records: Vec<CAA> = lookup.found().iter().filter_map(record).collect();
        if !records.is_empty() {
            let list: Vec<String> = records.iter().map(shown).collect();
            let answer = format!("{}{}", list.join("; "), behind(&lookup));
            findings.push(judge(asked, answer, &at, &records, request));
            return findings;
        }
        at = at.base_name();
    }
    let asked = Asked::new(Check::Caa, format!("CAA {} and its parents", plain(&request.name)), resolver(dns));
    findings.push(asked.found(Verdict::Good, "no CAA records", "Every CA may issue.").fact("dcv.caa_allows", true));
    findings
}

fn shown(record: &CAA) -> String {
    let critical = if record.issuer_critical { "128" } else { "0" };
    format!("{critical} {} \"{}\"", record.tag, String::from_utf8_lossy(&record.value))
}

/// An `issue` or `issuewild` property: the CA, and parameters.
struct Property {
    issuer: String,
    parameters: Vec<(String, String)>,
}

fn property(record: &CAA) -> Property {
    let text = String::from_utf8_lossy(&record.value).into_owned();
    let mut parts = text.split(';').map(str::trim);
    let issuer = parts.next().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    let parameter =
        |part: &str| part.split_once('=').map(|(k, v)| (k.trim().to_ascii_lowercase(), v.trim().to_owned()));
    Property { issuer, parameters: parts.filter_map(parameter).collect() }
}

fn judge(asked: Asked, answer: String, at: &Name, records: &[CAA], request: &Request) -> Finding {
    let critical = records.iter().find(|r| r.issuer_critical && !KNOWN.contains(&r.tag.to_ascii_lowercase().as_str()));
    if let Some(record) = critical {
        let meaning = format!("The tag {} is marked critical and no CA knows it: no CA may issue.", record.tag);
        return asked.found(Verdict::Bad, answer, meaning).fact("dcv.caa_allows", false);
    }
    let of = |tag: &str| -> Vec<Property> {
        records.iter().filter(|r| r.tag.eq_ignore_ascii_case(tag)).map(property).collect()
    };
    let wild = if request.wildcard { of("issuewild") } else { Vec::new() };
    let (tag, properties) = if wild.is_empty() { ("issue", of("issue")) } else { ("issuewild", wild) };
    if properties.is_empty() {
        let meaning = "None of these restricts who may issue.";
        return asked.found(Verdict::Good, answer, meaning).fact("dcv.caa_allows", true);
    }
    let named: Vec<&str> = properties.iter().map(|p| p.issuer.as_str()).filter(|issuer| !issuer.is_empty()).collect();
    if named.is_empty() {
        let meaning = format!("`{tag} \";\"` at {}: no CA may issue.", plain(at));
        return asked.found(Verdict::Bad, answer, meaning).fact("dcv.caa_allows", false);
    }
    if request.issuers.is_empty() {
        let meaning = format!("Only {} may issue; --ca DOMAIN tells whether yours is among them.", named.join(", "));
        return asked.found(Verdict::Odd, answer, meaning);
    }
    let ours = |p: &&Property| request.issuers.iter().any(|issuer| issuer.eq_ignore_ascii_case(&p.issuer));
    let ours: Vec<&Property> = properties.iter().filter(ours).collect();
    if ours.is_empty() {
        let meaning = format!(
            "Only {} may issue, not {}: add `CAA 0 {tag} \"{}\"` at {}.",
            named.join(", "),
            request.issuers.join(", "),
            request.issuers[0],
            plain(at)
        );
        return asked.found(Verdict::Bad, answer, meaning).fact("dcv.caa_allows", false);
    }
    let refused = |p: &&Property| {
        let methods = p.parameters.iter().find(|(key, _)| key == "validationmethods").map(|(_, v)| v);
        let lists = |methods: &String, word: &str| methods.split(',').any(|m| m.trim().eq_ignore_ascii_case(word));
        matches!((methods, request.method), (Some(methods), Some(method)) if !lists(methods, method.word()))
    };
    if ours.iter().all(refused) {
        let meaning = "The CA may issue, and not by this method: see validationmethods (RFC 8657).";
        return asked.found(Verdict::Bad, answer, meaning).fact("dcv.caa_allows", false);
    }
    let bound = ours.iter().all(|p| p.parameters.iter().any(|(key, _)| key == "accounturi"));
    let meaning = if bound { "Only for the account in accounturi (RFC 8657): compare it with yours." } else { "" };
    let verdict = if bound { Verdict::Odd } else { Verdict::Good };
    let finding = asked.found(verdict, answer, meaning);
    if bound { finding } else { finding.fact("dcv.caa_allows", true) }
}
