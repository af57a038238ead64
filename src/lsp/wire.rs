//! Messages on standard input and output, as the protocol frames them.
//!
//! The frame is read here and not by `lsp_server`: its reader ends at the first message that is no JSON, and takes as
//! much memory as a header asks for.

use std::io::{self, BufRead, Read};

use lsp_server::Message;

/// A larger message is none that an editor sends.
const MAX_MESSAGE: usize = 64 << 20;
/// Bytes of a line of a header.
const MAX_HEADER: u64 = 4 << 10;

/// What came in.
#[derive(Debug)]
pub enum Incoming {
    /// A message.
    Message(Message),
    /// A frame that holds no message; why. The next one can be read.
    Garbage(String),
    /// Nothing more can be read; why, where that is no orderly end.
    End(Option<String>),
}

/// Reads the next message.
pub fn read(input: &mut impl BufRead) -> Incoming {
    let length = match header(input) {
        Ok(Some(length)) => length,
        Ok(None) => return Incoming::End(None),
        Err(error) => return Incoming::End(Some(format!("the input is no language server protocol: {error}"))),
    };
    if length > MAX_MESSAGE {
        return match io::copy(&mut input.take(length as u64), &mut io::sink()) {
            Ok(read) if read == length as u64 => {
                Incoming::Garbage(format!("a message of {length} bytes was passed over"))
            }
            _ => Incoming::End(None),
        };
    }
    let mut body = vec![0; length];
    if let Err(error) = input.read_exact(&mut body) {
        return Incoming::End(Some(format!("the input ends within a message: {error}")));
    }
    match serde_json::from_slice(&body) {
        Ok(message) => Incoming::Message(message),
        Err(error) => Incoming::Garbage(format!("a message could not be understood: {error}")),
    }
}

/// The length that a header gives; `None` at the end of the input.
fn header(input: &mut impl BufRead) -> io::Result<Option<usize>> {
    let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let mut length = None;
    for lines in 0.. {
        let mut line = Vec::new();
        input.take(MAX_HEADER).read_until(b'\n', &mut line)?;
        let line = String::from_utf8(line).map_err(|_| wrong("a header is not text"))?;
        match line.trim_end() {
            _ if line.is_empty() && lines == 0 => return Ok(None),
            _ if !line.ends_with('\n') => return Err(wrong("a header is too long, or cut short")),
            "" => break,
            field => {
                let (name, value) = field.split_once(':').ok_or_else(|| wrong("a header has no colon"))?;
                if name.eq_ignore_ascii_case("content-length") {
                    length = Some(value.trim().parse().map_err(|_| wrong("the length of a message is no number"))?);
                }
            }
        }
    }
    length.map(Some).ok_or_else(|| wrong("a message has no Content-Length"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_one_after_the_other() {
        let exit = r#"{"jsonrpc":"2.0","method":"exit","params":null}"#;
        let text = format!("Content-Length: 5\r\n\r\n{{ nowcontent-length:{}\r\nX: y\r\n\r\n{exit}", exit.len());
        let mut input = text.as_bytes();
        assert!(matches!(read(&mut input), Incoming::Garbage(_)));
        assert!(matches!(read(&mut input), Incoming::Message(Message::Notification(n)) if n.method == "exit"));
        assert!(matches!(read(&mut input), Incoming::End(None)));
    }

    #[test]
    fn what_is_no_frame_ends_it() {
        for text in [
            "hello\n",
            "Content-Length: x\r\n\r\n",
            "\r\n",
            "Content-Length: 9\r\n\r\n{}",
            "Content-Length: 99999999999999999999\r\n\r\n",
        ] {
            assert!(matches!(read(&mut text.as_bytes()), Incoming::End(Some(_))), "{text}");
        }
        // As much as a header claims is never reserved.
        assert!(matches!(read(&mut &b"Content-Length: 999999999999\r\n\r\n{}"[..]), Incoming::End(None)));
    }
}
