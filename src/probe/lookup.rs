//! Questions to the DNS with everything that a plain lookup hides: who answered, aliases, flags, errors.

use std::net::{IpAddr, SocketAddr};

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use tokio::time::Instant;

use super::guard;
use super::reach::Failure;
use super::wire::{self, Question};

/// Aliases that are followed; resolvers give up at about as many.
const MAX_ALIASES: usize = 12;
/// Addresses of one name that are looked at.
const MAX_ADDRESSES: usize = 8;

/// Where questions go.
#[derive(Debug, Clone)]
pub struct Dns {
    /// Resolvers, in the order in which they are tried.
    pub resolvers: Vec<SocketAddr>,
    /// Port of authoritative servers.
    pub server_port: u16,
    /// Whether addresses that are not of the internet may be contacted.
    pub allow_private: bool,
    /// When every question ends.
    pub deadline: Instant,
}

/// Why there are no records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Nothing {
    /// The name does not exist.
    NoSuchName,
    /// The name exists, without such records.
    NoSuchRecords,
    /// The server says that it cannot or will not answer.
    Code(ResponseCode),
    /// No answer.
    Failed(Failure),
}

impl std::fmt::Display for Nothing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Nothing::NoSuchName => f.write_str("NXDOMAIN: the name does not exist"),
            Nothing::NoSuchRecords => f.write_str("no such records"),
            Nothing::Code(ResponseCode::ServFail) => f.write_str("SERVFAIL"),
            Nothing::Code(ResponseCode::Refused) => f.write_str("REFUSED"),
            Nothing::Code(code) => write!(f, "{code}"),
            Nothing::Failed(failure) => write!(f, "{failure}"),
        }
    }
}

/// What a question brought.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// The name at which the records stand, behind all aliases.
    pub name: Name,
    /// Aliases that led there.
    pub aliases: Vec<Name>,
    /// The records, or why there are none.
    pub records: Result<Vec<Record>, Nothing>,
    /// The zone whose start of authority came along.
    pub zone: Option<Name>,
    /// Whether the server has authority.
    pub authoritative: bool,
    /// Whether the resolver has checked DNSSEC signatures.
    pub signed: bool,
    /// Who answered.
    pub server: Option<SocketAddr>,
}

impl Lookup {
    /// The records; none where the question failed.
    pub fn found(&self) -> &[Record] {
        self.records.as_deref().unwrap_or_default()
    }

    /// Whether the question failed, rather than found nothing.
    pub fn failed(&self) -> bool {
        matches!(self.records, Err(Nothing::Code(_) | Nothing::Failed(_)))
    }

    /// The shortest time to live of the records, in seconds.
    pub fn ttl(&self) -> u32 {
        self.found().iter().map(|record| record.ttl).min().unwrap_or(0)
    }

    /// Its addresses.
    pub fn addresses(&self) -> Vec<IpAddr> {
        let address = |record: &Record| match &record.data {
            RData::A(a) => Some(IpAddr::V4(a.0)),
            RData::AAAA(aaaa) => Some(IpAddr::V6(aaaa.0)),
            _ => None,
        };
        self.found().iter().filter_map(address).take(MAX_ADDRESSES).collect()
    }
}

impl Dns {
    /// Asks the resolvers: the next one only where one gives no answer at all.
    pub async fn lookup(&self, name: &Name, kind: RecordType) -> Lookup {
        self.resolve(name, kind, false).await
    }

    /// As [`Dns::lookup`], without the check of DNSSEC.
    pub async fn lookup_unchecked(&self, name: &Name, kind: RecordType) -> Lookup {
        self.resolve(name, kind, true).await
    }

    /// Asks one server for what it knows itself.
    pub async fn ask_server(&self, server: SocketAddr, name: &Name, kind: RecordType) -> Lookup {
        let question = Question { name: name.clone(), kind, recursion: false, unchecked: false };
        let mut lookup = begin(name);
        lookup.server = Some(server);
        match wire::ask(server, &question, self.deadline).await {
            Ok(message) => take(&mut lookup, &message, kind),
            Err(failure) => lookup.records = Err(Nothing::Failed(failure)),
        }
        lookup
    }

    /// The addresses of a name, IPv4 first.
    pub async fn addresses(&self, name: &Name) -> (Lookup, Lookup) {
        futures_util::future::join(self.lookup(name, RecordType::A), self.lookup(name, RecordType::AAAA)).await
    }

    /// Why an address is not contacted; `None` where it may be.
    pub fn barred(&self, address: IpAddr) -> Option<&'static str> {
        guard::inner(address).filter(|_| !self.allow_private)
    }

    async fn resolve(&self, name: &Name, kind: RecordType, unchecked: bool) -> Lookup {
        let mut lookup = begin(name);
        while lookup.aliases.len() < MAX_ALIASES {
            let known = lookup.aliases.len();
            let question = Question { name: lookup.name.clone(), kind, recursion: true, unchecked };
            self.resolve_one(&mut lookup, &question).await;
            // A resolver follows aliases itself; where it stops at one, it is asked again.
            let stopped = lookup.records == Err(Nothing::NoSuchRecords) && lookup.aliases.len() > known;
            if !stopped || lookup.zone.is_some() {
                break;
            }
        }
        lookup
    }

    async fn resolve_one(&self, lookup: &mut Lookup, question: &Question) {
        for (ix, resolver) in self.resolvers.iter().enumerate() {
            // Time is left for the others.
            let left = self.deadline.saturating_duration_since(Instant::now());
            let parts = u32::try_from(self.resolvers.len() - ix).unwrap_or(1);
            let deadline = Instant::now() + left / parts;
            lookup.server = Some(*resolver);
            match wire::ask(*resolver, question, deadline).await {
                Ok(message) => return take(lookup, &message, question.kind),
                Err(failure) => lookup.records = Err(Nothing::Failed(failure)),
            }
        }
    }
}

fn begin(name: &Name) -> Lookup {
    Lookup {
        name: name.clone(),
        aliases: Vec::new(),
        records: Err(Nothing::Failed(Failure::Silent)),
        zone: None,
        authoritative: false,
        signed: false,
        server: None,
    }
}

/// Follows the aliases in a message to its records.
fn take(lookup: &mut Lookup, message: &Message, kind: RecordType) {
    lookup.authoritative = message.metadata.authoritative;
    lookup.signed = message.metadata.authentic_data;
    let soa = message.authorities.iter().find(|record| record.record_type() == RecordType::SOA);
    lookup.zone = soa.map(|record| record.name.clone());
    while lookup.aliases.len() < MAX_ALIASES && kind != RecordType::CNAME {
        let alias = message.answers.iter().find_map(|record| match &record.data {
            RData::CNAME(target) if record.name == lookup.name => Some(target.0.clone()),
            _ => None,
        });
        let Some(target) = alias else { break };
        lookup.aliases.push(lookup.name.clone());
        lookup.name = target;
    }
    let here = |record: &&Record| record.record_type() == kind && record.name == lookup.name;
    let records: Vec<Record> = message.answers.iter().filter(here).cloned().collect();
    lookup.records = match message.metadata.response_code {
        _ if !records.is_empty() => Ok(records),
        ResponseCode::NoError => Err(Nothing::NoSuchRecords),
        ResponseCode::NXDomain => Err(Nothing::NoSuchName),
        code => Err(Nothing::Code(code)),
    };
}

/// The resolvers of this machine.
///
/// # Errors
/// A sentence for the person, where they cannot be found out.
pub fn system_resolvers() -> Result<Vec<SocketAddr>, String> {
    const PATH: &str = "/etc/resolv.conf";
    let way_out = "name one with --resolver, for instance --resolver 192.0.2.53";
    let text = std::fs::read(PATH).map_err(|error| format!("no resolver is known ({PATH}: {error}); {way_out}"))?;
    let config =
        resolv_conf::Config::parse(text).map_err(|error| format!("{PATH} cannot be read ({error}); {way_out}"))?;
    let servers = config.nameservers.iter().map(|server| SocketAddr::new(IpAddr::from(server), 53));
    let servers: Vec<SocketAddr> = servers.collect();
    if servers.is_empty() {
        return Err(format!("{PATH} names no resolver; {way_out}"));
    }
    Ok(servers)
}
