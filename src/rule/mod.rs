//! What rule files mean: their shape, where they come from, and the knowledge compiled from them.

pub(crate) mod compact;
pub mod compile;
pub mod condition;
mod embedded;
pub mod file;
pub(crate) mod front_matter;
pub mod layer;
pub mod load;
pub mod located;
pub mod manifest;
mod mapping;
pub(crate) mod mistakes;
pub mod model;
pub mod numbers;
pub(crate) mod pattern;
mod practice;
mod renames;
pub mod schema;
pub mod shapes;
pub mod words;

pub use load::Pack;
pub use model::Knowledge;
