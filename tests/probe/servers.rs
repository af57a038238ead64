//! Servers in the test process: DNS, HTTP and TLS that answer as a test wants, hostile ones included. Each lives until the
//! process ends.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::thread;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CAA, CNAME, NS, SOA, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use rcgen::{CertificateParams, CertifiedIssuer, CustomExtension, DnType, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ServerConnection;
use rustls::sign::{CertifiedKey, SingleCertAndKey};

/// How a DNS server treats a question.
#[derive(Debug, Clone)]
pub enum Manner {
    /// From its records.
    Proper,
    /// With this code.
    Code(ResponseCode),
    /// With SERVFAIL, unless the check of DNSSEC is off.
    BadSignatures,
    /// From its records, and without authority.
    NoAuthority,
    /// Not at all.
    Silent,
    /// With the id of another question.
    WrongId,
    /// With bytes that are no message.
    Garbage,
}

/// Records by name, `example.test` without a dot at the end.
#[derive(Debug, Clone, Default)]
pub struct Zone {
    records: Vec<Record>,
}

pub fn name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).expect("a name");
    name.set_fqdn(true);
    name
}

impl Zone {
    /// A zone with two name servers, at 127.0.0.2 and 127.0.0.3, and the address of the domain.
    pub fn of(domain: &str) -> Self {
        let zone =
            Zone::default().with(domain, NS(name("ns1.servers.test"))).with(domain, NS(name("ns2.servers.test")));
        let zone = zone.with("ns1.servers.test", A::new(127, 0, 0, 2)).with("ns2.servers.test", A::new(127, 0, 0, 3));
        zone.with(domain, A::new(127, 0, 0, 1)).serial(domain, 7)
    }

    pub fn serial(mut self, domain: &str, serial: u32) -> Self {
        self.records.retain(|record| record.record_type() != RecordType::SOA);
        let soa = SOA::new(name("ns1.servers.test"), name("admin.servers.test"), serial, 3600, 600, 86_400, 60);
        self.records.push(Record::from_rdata(name(domain), 300, RData::SOA(soa)));
        self
    }

    pub fn with(mut self, owner: &str, data: impl Into<Data>) -> Self {
        self.records.push(Record::from_rdata(name(owner), 300, data.into().0));
        self
    }

    pub fn txt(self, owner: &str, value: &str) -> Self {
        self.with(owner, TXT::new(vec![value.to_owned()]))
    }

    pub fn caa(self, owner: &str, tag: &str, value: &str) -> Self {
        let mut caa = CAA::new_issue(false, None, Vec::new());
        caa.tag = tag.to_owned();
        caa.value = value.as_bytes().to_vec();
        self.with(owner, caa)
    }

    fn answer(&self, question: &Message) -> Message {
        let query = question.queries.first().expect("a question").clone();
        let mut answer = question.clone().into_response();
        let mut at = query.name.clone();
        let alias = |at: &Name| self.records.iter().find(|r| r.record_type() == RecordType::CNAME && r.name == *at);
        while let Some(record) = alias(&at).filter(|_| query.query_type != RecordType::CNAME) {
            answer.add_answer(record.clone());
            let RData::CNAME(target) = &record.data else { break };
            at = target.0.clone();
        }
        let fit: Vec<&Record> =
            self.records.iter().filter(|r| r.name == at && r.record_type() == query.query_type).collect();
        answer.add_answers(fit.iter().map(|r| (*r).clone()));
        if fit.is_empty() {
            let soa = self.records.iter().find(|r| r.record_type() == RecordType::SOA && r.name.zone_of(&at));
            answer.add_authorities(soa.cloned());
            if !self.records.iter().any(|r| at.zone_of(&r.name)) {
                answer.metadata.response_code = ResponseCode::NXDomain;
            }
        }
        answer
    }
}

/// Data of a record.
pub struct Data(RData);

macro_rules! data {
    ($($kind:ident),+) => {
        $(impl From<$kind> for Data {
            fn from(data: $kind) -> Self {
                Data(RData::$kind(data))
            }
        })+
    };
}
data!(A, AAAA, CAA, CNAME, NS, SOA, TXT);

/// Servers at addresses of this machine, all of them at one port.
pub fn dns(servers: Vec<(Ipv4Addr, Zone, Manner)>) -> u16 {
    for _ in 0..100 {
        let first = UdpSocket::bind((servers[0].0, 0)).expect("a port");
        let port = first.local_addr().expect("an address").port();
        let others: Result<Vec<UdpSocket>, _> =
            servers[1..].iter().map(|(address, ..)| UdpSocket::bind((*address, port))).collect();
        let Ok(others) = others else { continue };
        for (socket, (_, zone, manner)) in std::iter::once(first).chain(others).zip(servers) {
            thread::spawn(move || serve_dns(&socket, &zone, &manner));
        }
        return port;
    }
    panic!("no port is free at all of the addresses");
}

fn serve_dns(socket: &UdpSocket, zone: &Zone, manner: &Manner) {
    let mut buffer = [0; 4096];
    while let Ok((length, from)) = socket.recv_from(&mut buffer) {
        let Ok(question) = Message::from_vec(&buffer[..length]) else { continue };
        let mut answer = zone.answer(&question);
        answer.metadata.authoritative = true;
        match manner {
            Manner::Proper => {}
            Manner::Silent => continue,
            Manner::Garbage => {
                let _ = socket.send_to(&[0xff; 30], from);
                continue;
            }
            Manner::WrongId => answer.metadata.id = answer.metadata.id.wrapping_add(1),
            Manner::NoAuthority => answer.metadata.authoritative = false,
            Manner::Code(code) => {
                answer = question.into_response();
                answer.metadata.response_code = *code;
            }
            Manner::BadSignatures if !question.metadata.checking_disabled => {
                answer = question.into_response();
                answer.metadata.response_code = ResponseCode::ServFail;
            }
            Manner::BadSignatures => {}
        }
        let _ = socket.send_to(&answer.to_vec().expect("bytes"), from);
    }
}

/// Answers every connection by `talk`, at an address of this machine.
pub fn tcp(address: IpAddr, talk: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind((address, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    serve_tcp(listener, talk);
    port
}

/// As [`tcp`], at this port.
pub fn tcp_at(address: SocketAddr, talk: impl Fn(TcpStream) + Send + Sync + 'static) {
    serve_tcp(TcpListener::bind(address).expect("the port"), talk);
}

fn serve_tcp(listener: TcpListener, talk: impl Fn(TcpStream) + Send + Sync + 'static) {
    let talk = Arc::new(talk);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let talk = talk.clone();
            thread::spawn(move || talk(stream));
        }
    });
}

pub const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Answers each request by its path.
pub fn http(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> u16 {
    tcp(HERE, talk_http(answer))
}

pub fn talk_http(
    answer: impl Fn(&str) -> String + Send + Sync + 'static,
) -> impl Fn(TcpStream) + Send + Sync + 'static {
    move |mut stream| {
        let request = read_request(&mut stream);
        let path = request.split_whitespace().nth(1).unwrap_or("/").to_owned();
        let _ = stream.write_all(answer(&path).as_bytes());
    }
}

pub fn read_request(stream: &mut TcpStream) -> String {
    let (mut request, mut buffer) = (Vec::new(), [0; 1024]);
    while !request.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(length) if length > 0 => request.extend_from_slice(&buffer[..length]),
            _ => break,
        }
    }
    String::from_utf8_lossy(&request).into_owned()
}

/// A whole answer.
pub fn reply(status: u16, kind: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

/// A CA with an intermediate one.
pub struct Ca {
    pub root: CertificateDer<'static>,
    pub intermediate: CertificateDer<'static>,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate with its key.
pub struct Leaf {
    pub der: CertificateDer<'static>,
    pub pem: String,
    key: KeyPair,
}

impl Ca {
    pub fn new() -> Self {
        let params = |name: &str| {
            let mut params = CertificateParams::default();
            params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            params.distinguished_name.push(DnType::CommonName, name);
            params
        };
        let key = || KeyPair::generate().expect("a key");
        let root = CertifiedIssuer::self_signed(params("Test Root"), key()).expect("a root");
        let issuer = CertifiedIssuer::signed_by(params("Test Intermediate"), key(), &root).expect("an intermediate");
        Ca { root: root.der().clone(), intermediate: issuer.der().clone(), issuer }
    }

    /// For a name, valid from and until so many days from now.
    pub fn leaf(&self, name: &str, days: (i64, i64)) -> Leaf {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        let day = |days: i64| {
            let date = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date();
            let date = date.saturating_add(jiff::Span::new().days(days));
            rcgen::date_time_ymd(i32::from(date.year()), date.month() as u8, date.day() as u8)
        };
        (params.not_before, params.not_after) = (day(days.0), day(days.1));
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let made = params.signed_by(&key, &self.issuer).expect("a certificate");
        let pem = pem(&[made.der(), &self.intermediate]);
        Leaf { der: made.der().clone(), pem, key }
    }
}

/// The challenge certificate of TLS-ALPN-01.
pub fn challenge(name: &str, key_authorization: &str) -> Leaf {
    let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
    let digest = ring::digest::digest(&ring::digest::SHA256, key_authorization.as_bytes());
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest.as_ref())];
    let key = KeyPair::generate().expect("a key");
    let made = params.self_signed(&key).expect("a certificate");
    Leaf { der: made.der().clone(), pem: String::new(), key }
}

pub fn pem(certificates: &[&CertificateDer]) -> String {
    use base64::Engine as _;
    let one = |der: &&CertificateDer| {
        let text = base64::prelude::BASE64_STANDARD.encode(der.as_ref());
        let lines: Vec<String> = text.as_bytes().chunks(64).map(|l| String::from_utf8_lossy(l).into_owned()).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    };
    certificates.iter().map(one).collect()
}

/// Presents a chain, and takes these protocols.
pub fn talk_tls(
    leaf: &Leaf,
    others: &[&CertificateDer<'static>],
    protocols: &[&[u8]],
) -> impl Fn(TcpStream) + Send + Sync + 'static {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let key = PrivateKeyDer::try_from(leaf.key.serialize_der()).expect("a key");
    let key = rustls::crypto::ring::sign::any_supported_type(&key).expect("a key");
    let chain = std::iter::once(&leaf.der).chain(others.iter().copied()).cloned().collect();
    let resolver = Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain, key)));
    let mut config = rustls::ServerConfig::builder().with_no_client_auth().with_cert_resolver(resolver);
    config.alpn_protocols = protocols.iter().map(|p| p.to_vec()).collect();
    let config = Arc::new(config);
    move |mut stream| {
        let mut connection = ServerConnection::new(config.clone()).expect("a connection");
        let mut tls = rustls::Stream::new(&mut connection, &mut stream);
        let mut buffer = [0; 1024];
        if let Ok(length) = tls.read(&mut buffer)
            && length > 0
        {
            let _ = tls.write_all(reply(200, "text/plain", "ok").as_bytes());
            tls.conn.send_close_notify();
            let _ = tls.flush();
        }
    }
}

pub fn tls(leaf: &Leaf, others: &[&CertificateDer<'static>], protocols: &[&[u8]]) -> u16 {
    tcp(HERE, talk_tls(leaf, others, protocols))
}
