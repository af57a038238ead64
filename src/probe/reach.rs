//! Connections, and why there is none.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

/// Why something on the network gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Nothing came back in time: a firewall that drops, or no host.
    Silent,
    /// The host answered that nothing listens there.
    Refused,
    /// The connection was cut off.
    Reset,
    /// A router or host says that it cannot be reached.
    Unreachable,
    /// This machine has no way to such addresses, as to IPv6 in many networks. It says nothing about the other side.
    NoRoute,
    /// It was connected, and no whole answer came in time.
    Slow,
    /// What came back cannot be read.
    Garbled(String),
    /// Anything else, in the words of the system.
    Other(String),
}

impl Failure {
    /// What the system's error means.
    pub fn of(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Failure::Refused,
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
                Failure::Reset
            }
            io::ErrorKind::UnexpectedEof => Failure::Reset,
            io::ErrorKind::HostUnreachable => Failure::Unreachable,
            io::ErrorKind::NetworkUnreachable | io::ErrorKind::AddrNotAvailable => Failure::NoRoute,
            io::ErrorKind::TimedOut => Failure::Silent,
            _ => Failure::Other(error.to_string()),
        }
    }

    /// What lies at the bottom of an error that wraps others.
    pub fn deep(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(io) = error.downcast_ref::<io::Error>() {
                // An error of TLS travels inside one of the system.
                match io.get_ref() {
                    Some(inner) => return Failure::deep(inner).or_else(|| Some(Failure::of(io))),
                    None => return Some(Failure::of(io)),
                }
            }
            next = error.source();
        }
        None
    }

    /// Whether nobody accepted the connection.
    pub fn closed(&self) -> bool {
        matches!(self, Failure::Silent | Failure::Refused | Failure::Unreachable)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Silent => f.write_str("no answer in time"),
            Failure::Refused => f.write_str("connection refused"),
            Failure::Reset => f.write_str("the connection was cut off"),
            Failure::Unreachable => f.write_str("host unreachable"),
            Failure::NoRoute => f.write_str("this machine has no route to such addresses"),
            Failure::Slow => f.write_str("connected, and no whole answer in time"),
            Failure::Garbled(what) => write!(f, "an answer that cannot be read: {what}"),
            Failure::Other(what) => f.write_str(what),
        }
    }
}

/// A connection, or why there is none.
pub async fn connect(address: SocketAddr, limit: Duration) -> Result<TcpStream, Failure> {
    match timeout(limit, TcpStream::connect(address)).await {
        Err(_) => Err(Failure::Silent),
        Ok(Err(error)) => Err(Failure::of(&error)),
        Ok(Ok(stream)) => Ok(stream),
    }
}
