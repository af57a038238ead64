//! Which patterns can match in a text, out of thousands, at the speed at which the text can be read.
//!
//! Knows regular expressions and bytes, not rules: [`literals`] reads off every pattern what must stand in a match,
//! [`filter`] finds all of these texts in one pass, [`plan`] keeps both for the patterns of a knowledge base,
//! [`packed`] tells it in few bytes, and
//! [`patterns`] runs a pattern only where everything that it needs is there, as [`signature`] and [`checks`] judge; [`store`]
//! keeps those that are compiled.

pub mod characters;
mod checks;
mod choices;
pub mod compile;
pub mod digits;
pub mod filter;
pub mod frequency;
pub mod literals;
pub mod packed;
pub mod patterns;
pub mod plan;
mod runs;
pub mod signature;
mod store;
pub mod tables;
