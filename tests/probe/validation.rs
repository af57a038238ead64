//! HTTP-01 and TLS-ALPN-01, as a CA sees them.

use std::net::TcpListener;

use hickory_proto::rr::rdata::AAAA;

use super::*;

#[test]
fn a_challenge_file_as_it_should_be() {
    let port = http(|path| match path {
        "/.well-known/acme-challenge/tokenAbCdEfGh" => reply(200, "text/plain", &format!("{KEY}\n")),
        _ => reply(404, "text/html", "<html>not found"),
    });
    healthy(&http_request(zone(), port));
    let mut unknown = http_request(zone(), port);
    (unknown.token, unknown.key_authorization) = (None, None);
    healthy(&unknown);
}

#[test]
fn challenge_files_that_are_not_right() {
    let page = "<!DOCTYPE html><html><head><title>Shop</title></head></html>";
    let check = "<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>";
    let cases = [
        (reply(404, "text/html", "<html>no</html>"), "dcv.http-not-found"),
        (reply(403, "text/html", "<html>no</html>"), "dcv.http-forbidden"),
        (reply(503, "text/html", check), "dcv.http-forbidden"),
        (reply(502, "text/html", "<html>bad gateway</html>"), "dcv.http-wrong-content"),
        (reply(200, "text/html", page), "dcv.http-wrong-content"),
        (reply(200, "text/plain", "tokenAbCdEfGh.other"), "dcv.http-wrong-content"),
        (reply(200, "text/plain", ""), "dcv.http-wrong-content"),
        (
            "HTTP/1.1 301 X\r\nLocation: http://www.example.test:8080/\r\nContent-Length: 0\r\n\r\n".to_owned(),
            "dcv.http-wrong-content",
        ),
        (
            "HTTP/1.1 302 X\r\nLocation: ftp://www.example.test/\r\nContent-Length: 0\r\n\r\n".to_owned(),
            "dcv.http-wrong-content",
        ),
        ("SSH-2.0-OpenSSH_9.2\r\n".to_owned(), "dcv.http-wrong-content"),
    ];
    for (answer, cause) in cases {
        let port = http(move |_| answer.clone());
        leads(&http_request(zone(), port), cause);
    }
}

#[test]
fn redirects_are_followed_as_cas_do() {
    let ca = Ca::new();
    let leaf = ca.leaf("other.test", (-100, -10));
    // Over HTTPS, with a certificate that nobody trusts.
    let port = http(|path| match path {
        "/.well-known/acme-challenge/tokenAbCdEfGh" => {
            "HTTP/1.1 301 X\r\nLocation: /moved\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned()
        }
        "/moved" => reply(200, "text/plain", KEY),
        _ => reply(404, "text/plain", ""),
    });
    says(&healthy(&http_request(zone(), port)), "after 1 redirect");
    let secure = tls(&leaf, &[], &[]);
    let location = format!(
        "HTTP/1.1 301 X\r\nLocation: https://www.example.test:{secure}/x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    let port = http(move |_| location.clone());
    let mut request = http_request(zone(), port);
    request.tls_port = secure;
    says(&leads(&request, "dcv.http-wrong-content"), "\"ok\"");
    // In a circle.
    let port = http(|_| {
        "HTTP/1.1 301 X\r\nLocation: /.well-known/acme-challenge/tokenAbCdEfGh\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned()
    });
    says(&leads(&http_request(zone(), port), "dcv.http-wrong-content"), "in a circle");
}

#[test]
fn ports_that_nobody_answers() {
    // Bound and never accepted from, then closed.
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    leads(&http_request(zone(), port), "dcv.http-unreachable");
    let mut alpn = request(same(&zone()), Some(Method::TlsAlpn01), &[Check::Alpn]);
    alpn.tls_port = port;
    leads(&alpn, "dcv.tls-alpn-unreachable");
}

#[test]
fn only_ipv6_is_wrong() {
    let Ok(listener) = TcpListener::bind("[::1]:0") else { return };
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    tcp_at(([127, 0, 0, 1], port).into(), talk_http(|_| reply(200, "text/plain", KEY)));
    tcp_at((std::net::Ipv6Addr::LOCALHOST, port).into(), talk_http(|_| reply(404, "text/plain", "")));
    let zone = zone().with(DOMAIN, AAAA::new(0, 0, 0, 0, 0, 0, 0, 1));
    leads(&http_request(zone, port), "dcv.ipv6-misrouted");
}

#[test]
fn names_that_lead_nowhere() {
    let empty = Zone::of("example.test");
    let port = same(&empty);
    leads(&request(port, Some(Method::Http01), &[Check::Http]), "dcv.dns-no-address");
    // For DNS-01 none is needed, and a target has its own fault.
    healthy(&request(port, Some(Method::Dns01), &[]));
    let mut target = request(port, None, &[Check::Port]);
    target.ports = vec![22];
    leads(&target, "deploy.target-unreachable");
    let mut private = request(same(&zone()), Some(Method::Http01), &[Check::Http]);
    private.allow_private = false;
    let probed = leads(&private, "dcv.dns-address-wrong");
    says(&probed, "loopback");
    let mut wild = request(same(&zone()), Some(Method::Http01), &[Check::Http]);
    (wild.domain, wild.wildcard) = ("*.www.example.test".to_owned(), true);
    leads(&wild, "dcv.method-unsupported");
}

#[test]
fn addresses_that_are_not_of_the_internet_are_left_alone() {
    let zone = Zone::of("example.test").with(DOMAIN, A::new(203, 0, 113, 9));
    let mut request = request(same(&zone), Some(Method::Http01), &[Check::Http]);
    request.allow_private = false;
    let probed = run(&request).expect("findings");
    assert!(probed.findings.iter().all(|f| f.check == Check::Dns), "{:#?}", probed.findings);
    says(&probed, "for documentation");
}

#[test]
fn challenge_certificates() {
    let alpn = |port: u16| {
        let mut request = request(same(&zone()), Some(Method::TlsAlpn01), &[Check::Alpn]);
        (request.tls_port, request.key_authorization) = (port, Some(KEY.to_owned()));
        request
    };
    healthy(&alpn(tls(&challenge(DOMAIN, KEY), &[], &[b"acme-tls/1"])));
    let probed =
        leads(&alpn(tls(&challenge(DOMAIN, "other.key"), &[], &[b"acme-tls/1"])), "dcv.tls-alpn-wrong-certificate");
    says(&probed, "another key authorization");
    leads(&alpn(tls(&challenge("other.test", KEY), &[], &[b"acme-tls/1"])), "dcv.tls-alpn-wrong-certificate");
    // A web server that does not know the protocol.
    let leaf = Ca::new().leaf(DOMAIN, (-10, 80));
    for protocols in [&[b"h2" as &[u8]][..], &[]] {
        leads(&alpn(tls(&leaf, &[], protocols)), "dcv.tls-alpn-wrong-certificate");
    }
}
