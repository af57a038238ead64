//! The decision graph: signals, symptoms, causes, fixes and stages, and what follows from its paths.

mod decision;
pub mod picture;

pub use decision::{Edge, Graph, Node, effects, lend_effects};
