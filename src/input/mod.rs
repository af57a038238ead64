//! From bytes to records and documents. Knows formats, not meanings.

pub mod counted;
pub mod decode;
pub mod dialect;
pub mod document;
pub mod encoding;
pub mod envelope;
pub mod events;
pub mod framing;
pub mod level;
pub mod live;
pub mod openssl;
pub mod read;
pub mod settings;
pub mod sift;
pub mod snapshot;
pub mod table;
pub mod tail;
pub mod time;
pub mod unpack;

use jiff::Timestamp;

pub use level::Level;

/// One log event: a line with its continuation lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Number of its first line, from 1; 0 where it stands in no line (a value of a status document).
    pub line: usize,
    /// Its lines, joined by `\n`, without line ends.
    pub text: String,
    /// When it was written, where that can be read.
    pub time: Option<Timestamp>,
    /// Its level, where that can be read.
    pub level: Option<Level>,
    /// What kind of program wrote it (`nginx-error`, `certbot`, a syslog tag), where that is known.
    pub source: Option<String>,
}

impl Record {
    /// A record that stands alone, outside of any log: an example of a rule, for instance. Blanks behind it are left out.
    pub fn alone(text: &str) -> Self {
        let text = text.trim_end();
        Record { line: 1, text: text.to_owned(), time: None, level: dialect::level(text), source: None }
    }
}
