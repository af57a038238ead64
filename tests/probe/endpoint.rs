//! The certificate of the endpoint, ports of targets, the API of a CA.

use std::io::Write;
use std::net::{IpAddr, TcpListener};

use certwhy::probe::Certificate;

use super::*;

#[test]
fn an_endpoint_as_it_should_be() {
    let ca = Ca::new();
    let leaf = ca.leaf(DOMAIN, (-10, 80));
    let mut request = tls_request(tls(&leaf, &[&ca.intermediate], &[]), &ca);
    request.expected.chain = Certificate::read_all(leaf.pem.as_bytes()).expect("certificates");
    request.expected.serial = Some(request.expected.chain[0].serial.to_uppercase());
    let probed = healthy(&request);
    assert_eq!(probed.facts()["endpoint.serves_old_certificate"], false);
    assert_eq!(probed.facts()["endpoint.chain_complete"], true);
}

#[test]
fn an_old_certificate() {
    let ca = Ca::new();
    let (old, new) = (ca.leaf(DOMAIN, (-80, 10)), ca.leaf(DOMAIN, (-1, 89)));
    let mut request = tls_request(tls(&old, &[&ca.intermediate], &[]), &ca);
    request.expected.chain = Certificate::read_all(new.pem.as_bytes()).expect("certificates");
    says(&leads(&request, "reload.not-performed"), "an older one");
    request.expected.chain.clear();
    // By its number alone it is known that another one is served, and not why.
    request.expected.serial = Some("0a:0b:0c".to_owned());
    assert_eq!(run(&request).expect("findings").facts()["endpoint.serves_old_certificate"], true);
}

#[test]
fn certificates_with_faults() {
    let ca = Ca::new();
    let leaf = ca.leaf(DOMAIN, (-10, 80));
    let mut request = tls_request(tls(&leaf, &[], &[]), &ca);
    request.expected.chain = Certificate::read_all(leaf.pem.as_bytes()).expect("certificates");
    says(&leads(&request, "deploy.chain-incomplete"), "is not sent along");
    let wrong_order = tls_request(tls(&leaf, &[&ca.root, &ca.intermediate], &[]), &ca);
    says(&leads(&wrong_order, "deploy.chain-incomplete"), "do not follow each other");
    let expired = ca.leaf(DOMAIN, (-100, -2));
    let request = tls_request(tls(&expired, &[&ca.intermediate], &[]), &ca);
    says(&leads(&request, "renewal.scheduler-not-running"), "expired");
    let other = ca.leaf("other.example.test", (-10, 80));
    let request = tls_request(tls(&other, &[&ca.intermediate], &[]), &ca);
    says(&leads(&request, "reload.wrong-endpoint"), "It is not for www.example.test");
}

#[test]
fn addresses_with_different_certificates() {
    let ca = Ca::new();
    let (old, new) = (ca.leaf(DOMAIN, (-80, 10)), ca.leaf(DOMAIN, (-1, 89)));
    let port = tls(&new, &[&ca.intermediate], &[]);
    let there: IpAddr = [127, 0, 0, 4].into();
    tcp_at((there, port).into(), talk_tls(&old, &[&ca.intermediate], &[]));
    let mut request = tls_request(port, &ca);
    let dns_port = same(&zone().with(DOMAIN, A::new(127, 0, 0, 4)));
    (request.resolvers, request.dns_port) = (vec![(Ipv4Addr::LOCALHOST, dns_port).into()], dns_port);
    request.expected.chain = Certificate::read_all(new.pem.as_bytes()).expect("certificates");
    leads(&request, "reload.wrong-endpoint");
}

/// A port that does not answer: its queue is full, and nobody accepts.
fn silent_port() -> u16 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let listener = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4()?;
        socket.bind(([127, 0, 0, 1], 0).into())?;
        socket.listen(0)
    });
    let listener = listener.expect("a port");
    let address = listener.local_addr().expect("an address");
    while let Ok(stream) = std::net::TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        std::mem::forget(stream);
    }
    std::mem::forget((listener, runtime));
    address.port()
}

#[test]
fn ports_of_a_target() {
    let open = tcp(HERE, |mut stream| drop(stream.write_all(b"SSH-2.0-test\r\n")));
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let port = same(&zone());
    let mut request = request(port, None, &[Check::Port]);
    request.ports = vec![open];
    healthy(&request);
    request.ports = vec![closed];
    let probed = leads(&request, "deploy.target-unreachable");
    assert_eq!(probed.facts()["deployment.ports_refused"], serde_json::json!([closed.to_string()]));
    request.ports = vec![5985, 5986];
    leads(&request, "deploy.winrm-unavailable");
    request.ports = vec![silent_port()];
    request.timeout = Duration::from_secs(3);
    let probed = leads(&request, "deploy.target-unreachable");
    assert_eq!(probed.facts()["deployment.ports_silent"], serde_json::json!([request.ports[0].to_string()]));
}

#[test]
fn the_api_of_a_ca() {
    let ask = |path: &str, port: u16| {
        let mut request = request(same(&zone()), None, &[Check::Url, Check::Clock]);
        request.urls = vec![format!("http://{DOMAIN}:{port}{path}").parse().expect("an address")];
        request
    };
    healthy(&ask("/health", http(|_| reply(200, "application/json", "{}"))));
    healthy(&ask("/certsrv/", http(|_| reply(401, "text/html", "<html>"))));
    leads(&ask("/certsrv/", http(|_| reply(404, "text/html", "<html>"))), "connector.web-enrollment-unavailable");
    leads(&ask("/directory", http(|_| reply(200, "text/html", "<html>"))), "connector.endpoint-wrong");
    leads(&ask("/health", http(|_| reply(503, "text/html", "<html>"))), "connector.ca-service-down");
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    leads(&ask("/health", closed), "connector.endpoint-unreachable");
    let old = "HTTP/1.1 200 X\r\nDate: Tue, 24 Nov 2020 12:00:00 GMT\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    leads(&ask("/health", http(|_| old.to_owned())), "bot.clock-skew");
    let ca = Ca::new();
    let expired = ca.leaf(DOMAIN, (-100, -2));
    let mut secure = ask("/health", tls(&expired, &[&ca.intermediate], &[]));
    secure.urls[0].set_scheme("https").expect("a scheme");
    secure.roots = vec![ca.root.clone()];
    leads(&secure, "connector.server-certificate-invalid");
    secure.roots.clear();
    secure.checks = vec![Check::Url];
    let (probed, _) = diagnosed(&secure);
    assert_eq!(bad(&probed).len(), 1);
}
