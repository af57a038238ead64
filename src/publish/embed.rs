//! Parts of the knowledge base in texts of others: what a directive asks for, and where directives stand.

pub mod directive;
pub mod expand;
pub mod place;

pub use directive::{Embedder, Graph, Options, Problem};
