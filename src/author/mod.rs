//! What helps a person to write rules: a pattern proposed for a line, a rule file to start from, why a record is
//! matched or not, the canonical form of a file, and what differs between two packs.

pub mod diff;
pub mod fmt;
pub mod propose;
pub mod scaffold;
pub mod why;
