//! What helps a person to write rules: a pattern proposed for a line, a rule file to start from, and why a record is
//! matched or not.

pub mod propose;
pub mod scaffold;
pub mod why;
