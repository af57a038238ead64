//! The zone of a name and its name servers, each of them asked itself.

use std::net::{IpAddr, SocketAddr};

use futures_util::{StreamExt, stream};
use hickory_proto::rr::{Name, RData, RecordType};

use super::finding::{Asked, Check};
use super::lookup::{Dns, Lookup, Nothing};
use super::reach::Failure;

/// Addresses of name servers that are asked.
const MAX_SERVERS: usize = 16;
/// Questions under way at the same time.
const AT_ONCE: usize = 8;

/// A name server of a zone, at one of its addresses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Server {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: SocketAddr,
}

impl std::fmt::Display for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.name, self.address)
    }
}

/// A zone.
#[derive(Debug, Clone)]
pub struct Zone {
    /// Its name.
    pub name: Name,
    /// Its servers that may be contacted.
    pub servers: Vec<Server>,
    /// Names of servers without an address, and addresses that are not contacted, as sentences.
    pub odd: Vec<String>,
}

/// The zone in which a name stands, by the start of authority that the resolver finds.
///
/// # Errors
/// What came instead.
pub async fn of(dns: &Dns, name: &Name) -> Result<Zone, Nothing> {
    let mut at = name.clone();
    let zone = loop {
        let lookup = dns.lookup(&at, RecordType::SOA).await;
        if !lookup.found().is_empty() && lookup.aliases.is_empty() {
            break at;
        }
        if let Some(zone) = lookup.zone.clone().filter(|zone| zone.zone_of(&at)) {
            break zone;
        }
        match lookup.records {
            Err(why @ (Nothing::Code(_) | Nothing::Failed(_))) => return Err(why),
            _ if at.num_labels() <= 1 => return Err(Nothing::NoSuchName),
            _ => at = at.base_name(),
        }
    };
    let lookup = dns.lookup(&zone, RecordType::NS).await;
    let name_of = |record: &hickory_proto::rr::Record| match &record.data {
        RData::NS(name) => Some(name.0.clone()),
        _ => None,
    };
    let names: Vec<Name> = lookup.found().iter().filter_map(name_of).collect();
    if let (true, Err(why)) = (names.is_empty(), lookup.records) {
        return Err(why);
    }
    let mut zone = Zone { name: zone, servers: Vec::new(), odd: Vec::new() };
    let lookups = stream::iter(names).map(|name| async move { (name.clone(), dns.addresses(&name).await) });
    let lookups: Vec<_> = lookups.buffer_unordered(AT_ONCE).collect().await;
    for (name, (v4, v6)) in lookups {
        let addresses: Vec<IpAddr> = v4.addresses().into_iter().chain(v6.addresses()).collect();
        let name = plain(&name);
        if addresses.is_empty() {
            zone.odd.push(format!("{name} has no address"));
        }
        for address in addresses {
            match dns.barred(address) {
                Some(why) => zone.odd.push(format!("{name} is at {address}, which is {why}, and was not asked")),
                None => zone.servers.push(Server { name: name.clone(), address: (address, dns.server_port).into() }),
            }
        }
    }
    zone.servers.sort();
    zone.servers.truncate(MAX_SERVERS);
    zone.odd.sort();
    Ok(zone)
}

/// What a server is worth for a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// It answers with authority.
    Good,
    /// It answers, and not with authority for this zone: a lame delegation.
    Lame,
    /// It does not answer.
    Silent,
    /// This machine cannot reach it, which says nothing about the server.
    Unknown,
}

/// What one server of a zone answered.
#[derive(Debug)]
pub struct Told {
    /// Who.
    pub server: Server,
    /// The question on its way.
    pub asked: Asked,
    /// The answer.
    pub lookup: Lookup,
    /// What it says about the server.
    pub worth: Worth,
}

/// What every server of a zone answers.
pub async fn ask_all(dns: &Dns, zone: &Zone, name: &Name, kind: RecordType) -> Vec<Told> {
    let ask = |server: Server| async move {
        let asked = Asked::new(Check::Dns, format!("{kind} {}", plain(name)), server.to_string());
        let lookup = dns.ask_server(server.address, name, kind).await;
        let worth = worth(&lookup);
        Told { server, asked, lookup, worth }
    };
    let mut told: Vec<Told> = stream::iter(zone.servers.clone()).map(ask).buffer_unordered(AT_ONCE).collect().await;
    told.sort_by(|a, b| a.server.cmp(&b.server));
    told
}

/// What an answer says about its server.
fn worth(lookup: &Lookup) -> Worth {
    match &lookup.records {
        Err(Nothing::Failed(Failure::NoRoute)) => Worth::Unknown,
        Err(Nothing::Failed(_)) => Worth::Silent,
        Err(Nothing::Code(_)) => Worth::Lame,
        _ if lookup.authoritative => Worth::Good,
        _ => Worth::Lame,
    }
}

/// A name as people write it.
pub fn plain(name: &Name) -> String {
    let text = name.to_ascii();
    text.strip_suffix('.').filter(|text| !text.is_empty()).map_or_else(|| text.clone(), str::to_owned)
}
