//! The one error type of the library.

use std::path::PathBuf;

use crate::diagnostic::Diagnostics;

/// Why certwhy itself could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Rule files have mistakes; every one of them is inside.
    #[error("the rules cannot be used:\n\n{0}")]
    Rules(Diagnostics),
    /// A rule pack folder does not exist or cannot be read.
    #[error("cannot read the rule pack {path}: {source}", path = path.display())]
    PackUnreadable {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A `--fact` argument is not `path=value` or names no known fact.
    #[error("{0}")]
    Fact(String),
    /// A name that was asked for (cause, symptom, signal) does not exist.
    #[error("{0}")]
    Unknown(String),
    /// None of the inputs could be read; one sentence for each.
    #[error("nothing could be read:\n{}", .0.join("\n"))]
    NoInput(Vec<String>),
    /// An audit has nothing to look at; the sentence says why.
    #[error("{0}")]
    NoFacts(String),
    /// The file with earlier audits cannot be used.
    #[error("the history {path} {why}", path = path.display())]
    History {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and the way out.
        why: String,
    },
    /// A template of the knowledge base failed.
    #[error("template of {owner}: {source}")]
    Template {
        /// Id of the cause.
        owner: String,
        /// What the template engine said.
        source: minijinja::Error,
    },
    /// A file that was asked for could not be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {source}; is another program there already? (--listen takes another address)")]
    Unbound {
        /// The address.
        address: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A site cannot be made as it was asked for.
    #[error("{0}")]
    Site(String),
    /// What speaks to a server is not what it should be.
    #[error("{0}")]
    Protocol(String),
    /// The answer could not be written.
    #[error("cannot write the answer: {0}")]
    Write(#[from] std::io::Error),
}

/// Shorthand for results of this crate.
pub type Result<T> = std::result::Result<T, Error>;
