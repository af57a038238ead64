//! A rule file to start from.

use std::fmt::Write;

use super::propose::Proposal;
use crate::rule::words::{Leak, Prior};

/// What a person knows about a failure that no rule knows.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What is wrong, as a short sentence.
    pub title: String,
    /// How often it is the cause.
    pub prior: Prior,
    /// How often the line stands in a log for no reason that matters.
    pub leak: Leak,
    /// What fixed it, step by step.
    pub steps: Vec<String>,
    /// How one knows that it worked.
    pub verify: String,
    /// A record of that kind.
    pub sample: String,
    /// A record that is nearly the same and means something else.
    pub miss: String,
    /// Signals that see the record already, in a more general way.
    pub implies: Vec<String>,
    /// The pattern.
    pub proposal: Proposal,
}

impl Draft {
    /// A file for a new cause; `schema` is the path of the editor's schema from there.
    pub fn cause(&self, schema: &str) -> String {
        let mut out = format!("# yaml-language-server: $schema={schema}\n");
        let _ = writeln!(out, "title: {}", scalar(&self.title));
        let _ = writeln!(out, "prior: {}", self.prior);
        let _ = writeln!(out, "summary: {}", scalar(&self.summary()));
        out.push_str("shows:\n");
        let _ = writeln!(out, "  - title: {}", scalar(&self.title));
        let _ = writeln!(out, "    log: {}", single_quoted(&self.proposal.pattern));
        let _ = writeln!(out, "    leak: {}", self.leak);
        if !self.implies.is_empty() {
            let _ = writeln!(out, "    implies: [{}]", self.implies.join(", "));
        }
        out.push_str("    how: usually\n");
        out.push_str("fix:\n  steps:\n");
        for step in &self.steps {
            let _ = writeln!(out, "    - do: {}\n      minutes: 5\n      risk: change", scalar(step));
        }
        let _ = writeln!(out, "  verify:\n    - do: {}\n      minutes: 1", scalar(&self.verify));
        let _ = writeln!(out, "tests:\n  - log: {}\n    expect: first", scalar(&self.sample));
        let _ = writeln!(out, "  - log: {}\n    expect: absent", scalar(&self.miss));
        out.push_str("status: experimental\n");
        out
    }

    /// A file with one signal of a cause that is known already.
    pub fn signal(&self, technology: &str, key: &str, cause: &str, schema: &str) -> String {
        let mut out = format!("# yaml-language-server: $schema={schema}\ntitle: {}\nsignals:\n", scalar(technology));
        let _ = writeln!(out, "  {key}:\n    title: {}", scalar(&self.title));
        let _ = writeln!(out, "    log: {}", single_quoted(&self.proposal.pattern));
        let _ = writeln!(out, "    leak: {}\n    shown_by:\n      {cause}: usually", self.leak);
        if !self.implies.is_empty() {
            let _ = writeln!(out, "    implies: [{}]", self.implies.join(", "));
        }
        let _ = writeln!(out, "    examples:\n      match:\n        - {}", scalar(&self.sample));
        let _ = writeln!(out, "      miss:\n        - {}", scalar(&self.miss));
        out
    }

    fn summary(&self) -> String {
        let named: Vec<String> = self.proposal.values.iter().map(|(name, _)| format!("{{{{ {name} }}}}")).collect();
        let title = self.title.trim_end_matches('.');
        if named.is_empty() { format!("{title}.") } else { format!("{title}: {}.", named.join(", ")) }
    }
}

/// A text as YAML, in one line: plain where that is safe, else quoted.
fn scalar(text: &str) -> String {
    let special = text.is_empty()
        || text.trim() != text
        || text.contains(": ")
        || text.contains(" #")
        || text.ends_with(':')
        || text.starts_with(|c: char| !c.is_alphabetic())
        || text.chars().any(char::is_control)
        || ["true", "false", "yes", "no", "on", "off", "null"].contains(&text.to_ascii_lowercase().as_str());
    match special {
        false => text.to_owned(),
        true if !text.chars().any(char::is_control) => single_quoted(text),
        // The escapes of JSON are those of YAML's double quotes.
        true => serde_json::Value::from(text).to_string(),
    }
}

fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_scalar_is_read_as_it_was(text in r#"[ -~\n\täß“:#'"\\-]{0,40}"#) {
            let document = format!("a: {}\n", scalar(&text));
            let read: std::collections::BTreeMap<String, String> = crate::rule::file::parse(&document).expect("YAML");
            prop_assert_eq!(&read["a"], &text);
        }
    }
}
