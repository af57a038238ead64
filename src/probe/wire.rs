//! One question to one DNS server, over UDP, and over TCP where the answer does not fit.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_proto::op::{Edns, Message, MessageType, Query, ResponseCode};
use hickory_proto::rr::{Name, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout, timeout_at};

use super::reach::{self, Failure};

/// How long one packet is waited for. Resolvers of CAs are about as patient.
const PATIENCE: Duration = Duration::from_secs(2);
/// Packets may get lost.
const ATTEMPTS: u32 = 2;
/// Wrong packets in answer to one question before its server is given up.
const MAX_ODD: usize = 32;

/// What is asked, and how.
#[derive(Debug, Clone)]
pub struct Question {
    /// The name.
    pub name: Name,
    /// The type of records.
    pub kind: RecordType,
    /// Whether the server shall ask others.
    pub recursion: bool,
    /// Whether it shall leave DNSSEC unchecked.
    pub unchecked: bool,
}

/// Asks until `deadline` at the latest.
///
/// # Errors
/// Why there is no answer. Packets with a wrong id or question are passed over.
pub async fn ask(server: SocketAddr, question: &Question, deadline: Instant) -> Result<Message, Failure> {
    let message = exchange(server, question, true, deadline).await?;
    // Old servers and firewalls that do not know EDNS.
    if matches!(message.metadata.response_code, ResponseCode::FormErr | ResponseCode::NotImp) {
        return exchange(server, question, false, deadline).await.or(Ok(message));
    }
    Ok(message)
}

fn packet(question: &Question, edns: bool) -> Result<(Message, Vec<u8>), Failure> {
    let mut message = Message::query();
    message.metadata.recursion_desired = question.recursion;
    message.metadata.checking_disabled = question.unchecked;
    message.add_query(Query::query(question.name.clone(), question.kind));
    if edns {
        let mut edns = Edns::new();
        edns.set_max_payload(1232);
        message.set_edns(edns);
    }
    let bytes = message.to_vec().map_err(|error| Failure::Other(error.to_string()))?;
    Ok((message, bytes))
}

async fn exchange(server: SocketAddr, question: &Question, edns: bool, deadline: Instant) -> Result<Message, Failure> {
    let (query, bytes) = packet(question, edns)?;
    let mut failure = Failure::Silent;
    for _ in 0..ATTEMPTS {
        let until = deadline.min(Instant::now() + PATIENCE);
        match datagram(server, &query, &bytes, until).await {
            Ok(answer) if answer.metadata.truncation => return stream(server, &query, &bytes, deadline).await,
            Ok(answer) => return Ok(answer),
            Err(why @ (Failure::Silent | Failure::Garbled(_))) => failure = why,
            Err(why) => return Err(why),
        }
        if Instant::now() >= deadline {
            break;
        }
    }
    Err(failure)
}

async fn datagram(server: SocketAddr, query: &Message, bytes: &[u8], until: Instant) -> Result<Message, Failure> {
    let from: SocketAddr = if server.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0u16; 8], 0).into() };
    let talk = async {
        let socket = UdpSocket::bind(from).await?;
        socket.connect(server).await?;
        socket.send(bytes).await?;
        Ok::<_, std::io::Error>(socket)
    };
    let socket = talk.await.map_err(|error| Failure::of(&error))?;
    let mut odd = None;
    let mut buffer = vec![0; 65_535];
    for _ in 0..MAX_ODD {
        let length = match timeout_at(until, socket.recv(&mut buffer)).await {
            Err(_) => break,
            Ok(Err(error)) => return Err(Failure::of(&error)),
            Ok(Ok(length)) => length,
        };
        match answer_to(query, &buffer[..length]) {
            Ok(answer) => return Ok(answer),
            Err(why) => odd = Some(why),
        }
    }
    Err(odd.map_or(Failure::Silent, Failure::Garbled))
}

async fn stream(server: SocketAddr, query: &Message, bytes: &[u8], deadline: Instant) -> Result<Message, Failure> {
    let limit = deadline.saturating_duration_since(Instant::now()).min(2 * PATIENCE);
    let talk = async {
        let mut stream = reach::connect(server, limit).await?;
        let length = u16::try_from(bytes.len()).map_err(|_| Failure::Other("the question is too long".to_owned()))?;
        let read = async {
            stream.write_all(&length.to_be_bytes()).await?;
            stream.write_all(bytes).await?;
            let mut buffer = vec![0; usize::from(stream.read_u16().await?)];
            stream.read_exact(&mut buffer).await?;
            Ok::<_, std::io::Error>(buffer)
        };
        let buffer = read.await.map_err(|error| Failure::of(&error))?;
        answer_to(query, &buffer).map_err(Failure::Garbled)
    };
    timeout(limit, talk).await.unwrap_or(Err(Failure::Slow))
}

/// The message in a packet, if it answers the question.
fn answer_to(query: &Message, packet: &[u8]) -> Result<Message, String> {
    let answer = Message::from_vec(packet).map_err(|error| error.to_string())?;
    if answer.metadata.id != query.metadata.id {
        return Err("it has the id of another question".to_owned());
    }
    if answer.metadata.message_type != MessageType::Response {
        return Err("it is a question itself".to_owned());
    }
    // Some servers leave the question out of errors.
    let same = |a: &Query, b: &Query| a.query_type == b.query_type && a.name == b.name;
    match (answer.queries.first(), query.queries.first()) {
        (Some(a), Some(b)) if !same(a, b) => Err("it answers another question".to_owned()),
        _ => Ok(answer),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn question() -> Question {
        let name = Name::from_ascii("_acme-challenge.example.org.").expect("a name");
        Question { name, kind: RecordType::TXT, recursion: true, unchecked: false }
    }

    #[test]
    fn only_an_answer_to_the_question_counts() {
        let (query, _) = packet(&question(), true).expect("a packet");
        let mut answer = query.clone().into_response();
        assert!(answer_to(&query, &answer.to_vec().expect("bytes")).is_ok());
        answer.metadata.id = answer.metadata.id.wrapping_add(1);
        assert!(answer_to(&query, &answer.to_vec().expect("bytes")).expect_err("no answer").contains("id"));
        assert!(answer_to(&query, &query.to_vec().expect("bytes")).is_err());
    }

    proptest! {
        #[test]
        fn any_packet_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let (query, good) = packet(&question(), true).expect("a packet");
            let _ = answer_to(&query, &bytes);
            // Also one that begins well.
            let mut packet = good;
            packet.extend(&bytes);
            packet[2] |= 0x80;
            packet[7] = bytes.len().min(9) as u8;
            let _ = answer_to(&query, &packet);
        }
    }
}
