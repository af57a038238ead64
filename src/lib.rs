//! Why did my certificate automation fail, and what do I do now?
pub mod diagnostic;
pub mod error;
pub mod graph;
pub mod input;
pub mod knowledge;
pub mod remedy;
pub mod rule;
