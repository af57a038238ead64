//! Why did my certificate automation fail, and what do I do now?
pub mod diagnostic;
pub mod error;
pub mod graph;
pub mod input;
pub mod knowledge;
pub mod remedy;
pub mod rule;
pub mod observe;
pub mod reason;
pub mod engine;
pub mod report;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "probe")]
pub mod probe;
pub mod rule_tests;
