//! Addresses of a name, and the state of its zone.

use std::collections::BTreeSet;
use std::net::IpAddr;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Name, RData, RecordType};

use super::finding::{Asked, Check, Finding, Verdict};
use super::lookup::{Dns, Lookup, Nothing};
use super::request::{Method, Request};
use super::zone::{self, Told, Worth, Zone, plain};

/// Where a name leads.
#[derive(Debug, Clone, Default)]
pub struct Addresses {
    /// Those that may be contacted, IPv4 first.
    pub usable: Vec<IpAddr>,
    /// What was found out on the way.
    pub findings: Vec<Finding>,
}

/// Finds the addresses of the domain.
pub async fn addresses(dns: &Dns, request: &Request) -> Addresses {
    let (name, method) = (&request.name, request.method);
    let asked = Asked::new(Check::Dns, format!("A and AAAA {}", plain(name)), resolver(dns));
    let (v4, v6) = dns.addresses(name).await;
    let all: Vec<IpAddr> = v4.addresses().into_iter().chain(v6.addresses()).collect();
    if all.is_empty() && (v4.failed() || v6.failed()) {
        let (failed, kind) = if v4.failed() { (&v4, RecordType::A) } else { (&v6, RecordType::AAAA) };
        return Addresses { usable: Vec::new(), findings: vec![failure(dns, asked, name, kind, failed).await] };
    }
    if all.is_empty() {
        let answer = v4.records.as_ref().err().map_or_else(String::new, ToString::to_string);
        return Addresses { usable: Vec::new(), findings: vec![no_address(asked, answer, request)] };
    }
    let mut answer = all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let ttl = if v4.found().is_empty() { v6.ttl() } else { v4.ttl() };
    answer.push_str(&format!(" (for {ttl} s{})", behind(if v4.aliases.is_empty() { &v6 } else { &v4 })));
    let barred: Vec<String> = all.iter().filter_map(|a| dns.barred(*a).map(|why| format!("{a} is {why}"))).collect();
    let usable: Vec<IpAddr> = all.iter().copied().filter(|a| dns.barred(*a).is_none()).collect();
    let finding = match (barred.is_empty(), usable.is_empty()) {
        (true, _) => asked.found(Verdict::Good, answer, ""),
        (false, false) => {
            let meaning = format!(
                "{}: not contacted (--allow-private does). A public CA may choose that one.",
                barred.join(", ")
            );
            asked.found(Verdict::Odd, answer, meaning)
        }
        (false, true) => {
            let meaning = format!(
                "{}: a public CA cannot reach that. Not contacted; --allow-private does, for hosts of your own network.",
                barred.join(", ")
            );
            let verdict = if method.is_some_and(Method::needs_address) { Verdict::Bad } else { Verdict::Unknown };
            asked.found(verdict, answer, meaning).fact("dns.address_public", false)
        }
    };
    let finding = finding.fact("dns.address_found", true);
    Addresses { usable, findings: vec![finding] }
}

/// What it means that there is no address depends on who wants to connect.
fn no_address(asked: Asked, answer: String, request: &Request) -> Finding {
    if request.wants(Check::Port) {
        let meaning = "The target cannot be reached by this name: it is misspelt, or known to another resolver only.";
        return asked.found(Verdict::Bad, answer, meaning).fact("deployment.target_reachable", false);
    }
    if request.method.map_or(request.wants(Check::Tls), Method::needs_address) {
        let meaning = "The CA and clients find no server: the name needs an A or AAAA record.";
        return asked.found(Verdict::Bad, answer, meaning).fact("dns.address_found", false);
    }
    asked.found(Verdict::Odd, answer, "Nobody can connect to this name; DNS-01 works without an address.")
}

/// Asks every name server of the zone of a name about the zone.
pub async fn zone(dns: &Dns, name: &Name) -> (Option<Zone>, Vec<Finding>) {
    let asked = Asked::new(Check::Dns, format!("the zone of {} and its name servers", plain(name)), resolver(dns));
    let zone = match zone::of(dns, name).await {
        Ok(zone) => zone,
        Err(Nothing::NoSuchName) => {
            let meaning = "Neither the name nor a parent is delegated to a name server.";
            return (None, vec![asked.found(Verdict::Bad, "no zone", meaning).fact("dns.delegated", false)]);
        }
        Err(why) => {
            let mut lookup = dns.lookup(name, RecordType::SOA).await;
            lookup.records = Err(why);
            return (None, vec![failure(dns, asked, name, RecordType::SOA, &lookup).await]);
        }
    };
    let servers: Vec<String> = zone.servers.iter().map(ToString::to_string).collect();
    let answer = format!("{}: {}", plain(&zone.name), servers.join(", "));
    if zone.name.num_labels() <= 1 && name.num_labels() > zone.name.num_labels() + 1 {
        let meaning = format!("{} is not delegated: it is not registered, expired, or misspelt.", plain(name));
        return (None, vec![asked.found(Verdict::Bad, answer, meaning).fact("dns.delegated", false)]);
    }
    let mut findings = Vec::new();
    let (verdict, meaning) = match (zone.odd.is_empty(), zone.servers.is_empty()) {
        (true, _) => (Verdict::Good, String::new()),
        (false, false) => (Verdict::Odd, format!("{}.", zone.odd.join("; "))),
        (false, true) => (Verdict::Unknown, format!("{}. --allow-private asks them.", zone.odd.join("; "))),
    };
    findings.push(asked.found(verdict, answer, meaning));
    let told = zone::ask_all(dns, &zone, &zone.name, RecordType::SOA).await;
    findings.extend(state(&zone, told));
    (Some(zone), findings)
}

/// What the servers say about the zone itself.
fn state(zone: &Zone, told: Vec<Told>) -> Vec<Finding> {
    let count = |worth: Worth| told.iter().filter(|t| t.worth == worth).count();
    let (good, lame, silent) = (count(Worth::Good), count(Worth::Lame), count(Worth::Silent));
    let serials: BTreeSet<u32> = told.iter().filter_map(|t| serial(&t.lookup)).collect();
    let mut findings: Vec<Finding> = told.into_iter().map(server).collect();
    if let Some(last) = findings.last_mut() {
        last.facts.insert("dns.lame_servers".to_owned(), lame.into());
        last.facts.insert("dns.silent_servers".to_owned(), silent.into());
        // Some that fail are told by their numbers: the others answer, and that would speak against a failure.
        if good + lame + silent > 0 && (good == 0 || lame + silent == 0) {
            last.facts.insert("dns.servers_answer".to_owned(), (good > 0).into());
        }
        if good > 1 {
            last.facts.insert("dns.serials_agree".to_owned(), (serials.len() < 2).into());
        }
    }
    if serials.len() > 1 {
        let asked = Asked::new(Check::Dns, format!("serials of {}", plain(&zone.name)), "all its name servers");
        let list = serials.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let meaning = "The servers have different versions of the zone: what was changed has not reached all of them.";
        findings.push(asked.found(Verdict::Odd, list, meaning));
    }
    findings
}

fn server(told: Told) -> Finding {
    match told.worth {
        Worth::Good => {
            let answer = serial(&told.lookup).map_or_else(|| "no SOA record".to_owned(), |s| format!("serial {s}"));
            told.asked.found(Verdict::Good, answer, "")
        }
        worth => bad_server(told, worth),
    }
}

/// A finding about a server that does not do its work.
pub fn bad_server(told: Told, worth: Worth) -> Finding {
    let answer = match &told.lookup.records {
        Err(nothing) => nothing.to_string(),
        Ok(_) => "an answer without authority".to_owned(),
    };
    let (verdict, meaning) = match worth {
        Worth::Lame => (Verdict::Bad, "A lame server: the zone is delegated to it, and it does not serve the zone."),
        Worth::Silent => (Verdict::Bad, "The server does not answer; CAs that ask this one fail or wait."),
        Worth::Unknown | Worth::Good => (Verdict::Unknown, "Not asked: it says nothing about the server."),
    };
    told.asked.found(verdict, answer, meaning)
}

fn serial(lookup: &Lookup) -> Option<u32> {
    lookup.found().iter().find_map(|record| match &record.data {
        RData::SOA(soa) => Some(soa.serial),
        _ => None,
    })
}

/// What it means that a resolver gave no answer: the resolver, DNSSEC, or the servers of the domain.
pub async fn failure(dns: &Dns, asked: Asked, name: &Name, kind: RecordType, lookup: &Lookup) -> Finding {
    let answer = lookup.records.as_ref().err().map_or_else(String::new, ToString::to_string);
    match &lookup.records {
        Err(Nothing::Code(ResponseCode::ServFail)) => {
            let unchecked = dns.lookup_unchecked(name, kind).await;
            if unchecked.failed() {
                let meaning = "The resolver gets no usable answer from the name servers of the domain: they fail, are not reachable, or are lame.";
                return asked.found(Verdict::Bad, answer, meaning).fact("dns.servers_answer", false);
            }
            let meaning = "Without the check of DNSSEC there is an answer: the signatures or the DS record of the zone are wrong or expired.";
            asked.found(Verdict::Bad, answer, meaning).fact("dns.dnssec_valid", false)
        }
        Err(Nothing::Code(_)) => {
            let meaning =
                "The resolver refuses to answer: --resolver asks another one. It says nothing about the domain.";
            asked.found(Verdict::Unknown, answer, meaning)
        }
        _ => {
            let meaning =
                "The resolver does not answer: --resolver asks another one. It says nothing about the domain.";
            asked.found(Verdict::Unknown, answer, meaning)
        }
    }
}

/// `, through the alias a, b`.
pub fn behind(lookup: &Lookup) -> String {
    if lookup.aliases.is_empty() {
        return String::new();
    }
    let chain: Vec<String> = lookup.aliases.iter().chain([&lookup.name]).map(plain).collect();
    format!(", by CNAME {}", chain.join(" → "))
}

/// The resolvers that are asked, in words.
pub fn resolver(dns: &Dns) -> String {
    let list: Vec<String> = dns.resolvers.iter().map(ToString::to_string).collect();
    format!("the resolver {}", list.join(", "))
}
