//! The YAML at the head of an article. The build script includes this file too.

/// What precedes the YAML in the file.
pub const OPENING: &str = "---\n";

/// The YAML and what follows it; `None` where the text does not begin with one.
pub fn split(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix(OPENING)?.split_once("\n---\n")
}
