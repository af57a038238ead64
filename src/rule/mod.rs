//! What rule files mean: their shape, where they come from, and the knowledge compiled from them.

pub mod compile;
pub mod condition;
pub mod file;
pub mod load;
pub mod model;
mod pattern;
pub mod words;

pub use load::Pack;
pub use model::Knowledge;
