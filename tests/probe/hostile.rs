//! Servers that never end, dribble or talk rubbish.

use std::io::Write;
use std::thread;

use super::*;

/// Writes the same bytes for ever.
fn endless(begin: &'static str, piece: &'static str, pause: Duration) -> u16 {
    tcp(HERE, move |mut stream| {
        read_request(&mut stream);
        let mut written = stream.write_all(begin.as_bytes());
        while written.is_ok() {
            written = stream.write_all(piece.as_bytes());
            thread::sleep(pause);
        }
    })
}

#[test]
fn hostile_servers_end_in_a_finding() {
    let short = |mut request: Request| {
        request.timeout = Duration::from_secs(3);
        request
    };
    let begin = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n";
    let body =
        endless(begin, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", Duration::ZERO);
    leads(&short(http_request(zone(), body)), "dcv.http-wrong-content");
    let drip = endless("HTTP/1.1 200 OK\r\n", "X", Duration::from_millis(50));
    leads(&short(http_request(zone(), drip)), "dcv.http-wrong-content");
    let headers =
        endless("HTTP/1.1 200 OK\r\n", "X-Header: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n", Duration::ZERO);
    leads(&short(http_request(zone(), headers)), "dcv.http-wrong-content");
    let silent = tcp(HERE, |_stream| thread::sleep(Duration::from_secs(60)));
    leads(&short(http_request(zone(), silent)), "dcv.http-wrong-content");
    let plain = tcp(HERE, |mut stream| drop(stream.write_all(reply(400, "text/html", "<html>").as_bytes())));
    for (port, words) in
        [(silent, "no whole answer"), (endless("\x15\x03\x03", "rubbish", Duration::ZERO), ""), (plain, "no TLS")]
    {
        let probed = run(&short(tls_request(port, &Ca::new()))).expect("findings");
        assert!(!bad(&probed).is_empty(), "{:#?}", probed.findings);
        says(&probed, words);
    }
}
