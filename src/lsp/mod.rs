//! A language server for rule packs: what `certwhy rules check` tells, while the rule is being written.
//!
//! [`run`] speaks the protocol over standard input and output. One thread reads ([`wire`]), one checks packs and runs
//! tests ([`worker`]), and [`server`] answers; nothing that takes long keeps an answer waiting.
//!
//! | module | what it does |
//! |---|---|
//! | [`workspace`] | the pack that is being written: folders, open buffers, ids |
//! | [`index`] | which ids a file defines and mentions |
//! | [`context`], [`schemas`] | where in the YAML a place is, and what may stand there |
//! | [`complete`], [`hover`], [`navigate`], [`lens`] | the answers |
//!
//! The crates: `lsp-server` is kept by rust-analyzer, is synchronous and small; the other choice, `tower-lsp-server`,
//! would bring tokio's I/O and an async world into a program that has no use for it here.

mod complete;
mod context;
mod describe;
mod hover;
mod index;
mod lens;
mod navigate;
mod schemas;
mod server;
mod text;
mod wire;
mod worker;
mod workspace;

pub use server::{Base, Builtin, run};
