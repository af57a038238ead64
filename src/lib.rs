//! Why did my certificate automation fail, and what do I do now?
//!
//! Evidence in, ranked causes with proof and a plan out, from knowledge that people write as YAML and
//! Markdown. The flow, each step one call:
//!
//! ```text
//! inputs ──input::read──▶ records, facts ──observe──▶ evidence ──reason──▶ diagnosis ──report──▶ text, JSON, Markdown
//!                                             ▲                    ▲                      ▲
//!                                      rules (signals)      rules (the graph)    knowledge (articles, fixes)
//! ```
//!
//! ```
//! use certwhy::{Answer, Engine, Options, report};
//!
//! let engine = Engine::embedded()?;
//! let now = "2026-11-24T12:00:00Z".parse().expect("a time");
//! let mut session = engine.session(now);
//! session.fact("bot.status=Stopped")?;
//! session.read("bot.log", "2026-11-24 11:59:58 INFO heartbeat sent\n".as_bytes());
//! let answer = Answer::new(&session.diagnose(Options::default()));
//! println!("{}", report::text::plain(&answer, 100));
//! # Ok::<(), certwhy::Error>(())
//! ```
//!
//! Where to read on: [`engine`] for the flow, [`rule`] for what rule files mean, [`graph`] for the decision
//! graph, [`input`] for logs and documents, [`scan`] for finding what thousands of patterns can match,
//! [`observe`] for evidence, [`reason`] for the inference, [`remedy`] for templates, [`report`] for the answers,
//! [`evaluate`] for how good they are, [`ask`] for a guided session, [`audit`] for practices before anything fails, [`lint`] for what is wrong with rules, [`author`]
//! for what helps to write them, [`calibrate`] for where their numbers come from, [`watch`] for what changes while logs
//! grow, `search` for finding what is known.
//!
//! Features, all on by default: `cli` (the command line), `probe` (whatever opens a connection), `lsp` (the language
//! server for editors), `docs` (the knowledge base as pages), `serve` (the HTTP service) and `mcp` (tools for
//! assistants).

pub mod ask;
pub mod audit;
pub mod author;
pub mod calibrate;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "probe")]
pub mod collect;
pub mod diagnostic;
pub mod engine;
pub mod error;
pub mod evaluate;
pub mod graph;
#[cfg(feature = "cli")]
pub mod history;
pub mod input;
pub mod knowledge;
pub mod lint;
#[cfg(feature = "lsp")]
pub mod lsp;
#[cfg(feature = "mcp")]
pub mod mcp;
pub mod observe;
#[cfg(feature = "probe")]
pub mod probe;
#[cfg(any(feature = "docs", feature = "serve"))]
pub mod publish;
pub mod reason;
pub mod remedy;
pub mod report;
pub mod rule;
pub mod rule_tests;
pub mod scan;
#[cfg(any(feature = "mcp", feature = "serve"))]
pub mod search;
pub mod watch;

pub use engine::{Engine, Session};
pub use error::Error;
pub use reason::Options;
pub use report::Answer;
pub use rule::Pack;
