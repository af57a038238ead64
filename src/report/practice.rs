//! The page of a practice, as Markdown: why, how it is checked, what to do.

use super::page::{Reader, cause_link, convert, steps};
use crate::engine::Engine;
use crate::observe::condition::shown;
use crate::remedy::Values;
use crate::rule::model::{Condition, FactValue, Operand, Practice, Test};

/// The page, with its title for a terminal and without one among other pages.
pub(crate) fn page(engine: &Engine, practice: &Practice, reader: Reader) -> String {
    let mut out = match reader {
        Reader::Terminal => {
            format!("# {}\n\n`{}`: severity {}\n\n", practice.title, practice.id, practice.severity)
        }
        Reader::Page => format!("`{}`: severity {}.\n\n", practice.id, practice.severity),
    };
    let why = engine.remedy.text(&practice.why, &Values::default()).unwrap_or_else(|_| practice.why.clone());
    out.push_str(&format!("{}\n\n", reader.text(&why)));
    if let Some(condition) = &practice.applies_if {
        out.push_str(&format!("- **Applies where** {}\n", told(condition)));
    }
    out.push_str(&format!("- **Broken where** {}\n", told(&practice.violated_by)));
    if let Some(condition) = &practice.kept_by {
        out.push_str(&format!("- **Kept where** {}\n", told(condition)));
    }
    let places = practice.paths().into_iter().filter_map(|path| engine.knowledge.facts.get(path));
    for fact in places {
        let place = fact.place.as_ref().map_or(String::new(), |place| format!(" ({})", reader.text(place)));
        out.push_str(&format!("- `{}`: {}{place}\n", fact.path, reader.text(&fact.meaning)));
    }
    steps(&mut out, "What to do", &convert(engine, &practice.fix.steps), reader);
    steps(&mut out, "How to know that it worked", &convert(engine, &practice.fix.verify), reader);
    if !practice.causes.is_empty() {
        out.push_str("\n## What goes wrong otherwise\n\n");
        for cause in practice.causes.iter().map(|ix| &engine.knowledge.causes[*ix]) {
            match reader {
                Reader::Terminal => out.push_str(&format!("- {} (`{}`)\n", cause.title, cause.id)),
                Reader::Page => out.push_str(&format!("- {}\n", cause_link(cause))),
            }
        }
    }
    if !practice.references.is_empty() {
        out.push_str("\n## References\n\n");
        practice.references.iter().for_each(|url| out.push_str(&format!("- <{url}>\n")));
    }
    out
}

/// A condition in words, with facts and values in backquotes.
fn told(condition: &Condition) -> String {
    match condition {
        Condition::All(list) => joined(list, " and "),
        Condition::Any(list) => joined(list, " or "),
        Condition::Not(inner) => format!("not ({})", told(inner)),
        Condition::Test { path, test } => format!("`{path}` {}", asked(test)),
    }
}

fn joined(list: &[Condition], word: &str) -> String {
    let parts = list.iter().map(|part| match part {
        Condition::All(_) | Condition::Any(_) => format!("({})", told(part)),
        _ => told(part),
    });
    parts.collect::<Vec<_>>().join(word)
}

fn asked(test: &Test) -> String {
    let value = |value: &FactValue| format!("`{}`", shown(value));
    let operand = |operand: &Operand| match operand {
        Operand::Value(of) => value(of),
        Operand::Fact { path, times } if (times - 1.0).abs() < 1e-9 => format!("`{path}`"),
        Operand::Fact { path, times } => format!("{times} times `{path}`"),
    };
    match test {
        Test::Equals(of) => format!("is {}", operand(of)),
        Test::Differs(of) => format!("is not {}", operand(of)),
        Test::In(list) => format!("is one of {}", list.iter().map(value).collect::<Vec<_>>().join(", ")),
        Test::Matches(pattern) => format!("matches `{pattern}`"),
        Test::Exists(true) => "is known".to_owned(),
        Test::Exists(false) => "is not known".to_owned(),
        Test::Below(of) => format!("is below {}", operand(of)),
        Test::Above(of) => format!("is above {}", operand(of)),
        Test::Before(of) => format!("is before {}", operand(of)),
        Test::After(of) => format!("is after {}", operand(of)),
        Test::OlderThan(age) if age.is_zero() => "has passed".to_owned(),
        Test::OlderThan(age) => format!("is more than {} ago", crate::observe::snapshot::age(*age)),
        Test::Within(span) => format!("is within the next {}", crate::observe::snapshot::age(*span)),
        Test::Includes(word) => format!("has `{word}`"),
        Test::Excludes(word) => format!("lacks `{word}`"),
    }
}
