//! A server in the test process that answers as a case wants, over HTTP or HTTPS, and remembers what it was asked. It lives
//! until the process ends.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::PrivateKeyDer;

/// What was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `GET /path?query`.
    pub line: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// What is answered.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

pub type Answer = dyn Fn(&Asked) -> Option<Reply> + Send + Sync;

/// Where a server is, and what it was asked so far.
pub struct Server {
    pub port: u16,
    pub asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Without an answer to a question, the connection stays open and silent.
    pub fn start(answer: Box<Answer>) -> Server {
        Server::listen(answer, None)
    }

    /// Over TLS, with a certificate that signs itself, for `localhost`; its PEM comes back too.
    pub fn start_tls(answer: Box<Answer>) -> (Server, String) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let key = KeyPair::generate().expect("a key");
        let made =
            CertificateParams::new(vec!["localhost".to_owned()]).expect("a name").self_signed(&key).expect("one");
        let secret = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let config = rustls::ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(vec![made.der().clone()], secret).expect("a server");
        use base64::Engine as _;
        let pem = base64::prelude::BASE64_STANDARD.encode(made.der());
        let pem = format!("-----BEGIN CERTIFICATE-----\n{pem}\n-----END CERTIFICATE-----\n");
        (Server::listen(answer, Some(Arc::new(config))), pem)
    }

    fn listen(answer: Box<Answer>, tls: Option<Arc<rustls::ServerConfig>>) -> Server {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answer, seen): (Arc<Answer>, _) = (Arc::from(answer), asked.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, seen, tls) = (answer.clone(), seen.clone(), tls.clone());
                thread::spawn(move || match tls {
                    None => talk(stream, &*answer, &seen),
                    Some(config) => {
                        let connection = rustls::ServerConnection::new(config).expect("a connection");
                        talk(rustls::StreamOwned::new(connection, stream), &*answer, &seen);
                    }
                });
            }
        });
        Server { port, asked }
    }

    pub fn lines(&self) -> Vec<String> {
        self.asked.lock().expect("what was asked").iter().map(|asked| asked.line.clone()).collect()
    }
}

fn talk(stream: impl Read + Write, answer: &Answer, seen: &Mutex<Vec<Asked>>) {
    let mut reader = BufReader::new(stream);
    let Some(asked) = read(&mut reader) else { return };
    seen.lock().expect("what was asked").push(asked.clone());
    let stream = reader.get_mut();
    let Some(reply) = answer(&asked) else {
        // Longer than any client waits here.
        thread::sleep(std::time::Duration::from_secs(30));
        return;
    };
    let mut head =
        format!("HTTP/1.1 {} Reason\r\nContent-Length: {}\r\nConnection: close\r\n", reply.status, reply.body.len());
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let _ = stream.write_all(format!("{head}\r\n").as_bytes());
    let _ = stream.write_all(&reply.body);
    let _ = stream.flush();
}

fn read(reader: &mut impl BufRead) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let line = line.trim().trim_end_matches(" HTTP/1.1").to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { line, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

/// Passes on what it is sent, to where the request says: a proxy for plain HTTP.
pub fn proxy() -> Server {
    Server::start(Box::new(|asked| {
        let (method, url) = asked.line.split_once(' ')?;
        let (host, path) = url.strip_prefix("http://")?.split_once('/')?;
        let mut stream = TcpStream::connect(host).ok()?;
        let mut head = format!("{method} /{path} HTTP/1.1\r\n");
        for (name, value) in &asked.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        stream.write_all(format!("{head}\r\n{}", asked.body).as_bytes()).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        let end = answer.windows(4).position(|w| w == b"\r\n\r\n")?;
        Some(Reply { status: 200, headers: Vec::new(), body: answer[end + 4..].to_vec() })
    }))
}
