//! Tests as JUnit XML, which most build servers show.

use std::fmt::Write;

use super::{Tested, Verdict};

/// The document: one suite for each file.
pub fn xml(tests: &[Tested]) -> String {
    let failed = |tests: &[&Tested]| tests.iter().filter(|test| test.verdict != Verdict::Ok).count();
    let mut suites: Vec<(&str, Vec<&Tested>)> = Vec::new();
    for test in tests {
        match suites.iter_mut().find(|(file, _)| *file == test.file) {
            Some((_, suite)) => suite.push(test),
            None => suites.push((&test.file, vec![test])),
        }
    }
    let all: Vec<&Tested> = tests.iter().collect();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(out, "<testsuites name=\"certwhy\" tests=\"{}\" failures=\"{}\">", all.len(), failed(&all));
    for (file, suite) in suites {
        let (name, count, failures) = (escaped(file), suite.len(), failed(&suite));
        let _ = writeln!(out, "  <testsuite name=\"{name}\" tests=\"{count}\" failures=\"{failures}\">");
        for test in suite {
            let (class, name) = (escaped(&test.id), escaped(&test.name));
            let _ = write!(out, "    <testcase classname=\"{class}\" name=\"{name}\"");
            if test.verdict == Verdict::Ok {
                out.push_str("/>\n");
                continue;
            }
            let text = escaped(&format!("expected: {}\nfound: {}", test.expected, test.found));
            let word = test.verdict.word();
            let _ = writeln!(out, ">\n      <failure message=\"{word}\">{text}</failure>\n    </testcase>");
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

/// Characters that XML does not take at all are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(c),
            c if c < ' ' || c == '\u{fffe}' || c == '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_and_everything_is_escaped() {
        let test = |verdict, name: &str| Tested {
            file: "rules/a.yaml".into(),
            id: "a.b".into(),
            name: name.into(),
            number: 0,
            verdict,
            expected: "matches `<\u{1b}[0m\"&>`".into(),
            found: "does not match".into(),
            right: None,
        };
        let xml = xml(&[test(Verdict::Ok, "match 1"), test(Verdict::Missing, "match 2")]);
        assert!(xml.contains("<testsuite name=\"rules/a.yaml\" tests=\"2\" failures=\"1\">"), "{xml}");
        assert!(xml.contains("<testcase classname=\"a.b\" name=\"match 1\"/>"), "{xml}");
        assert!(xml.contains("expected: matches `&lt;[0m&quot;&amp;&gt;`\nfound: does not match</failure>"), "{xml}");
    }
}
