//! Practices: from their files to [`Practice`].

use std::sync::Arc;

use super::compile::{condition, fix_of, texts};
use super::condition::to_json;
use super::file::PracticeFile;
use super::mistakes::Mistakes;
use super::model::{Knowledge, Practice, PracticeTest};
use super::shapes::Shapes;
use super::words::{Severity, State};
use crate::diagnostic::SourceFile;

/// Reads all practices; `knowledge` has the facts and the causes already.
pub fn read(shapes: &Shapes, mistakes: &mut Mistakes, knowledge: &Knowledge) -> Vec<Practice> {
    let one = |(name, (source, shape)): (&String, &(Arc<SourceFile>, PracticeFile))| {
        let facts = &knowledge.facts;
        let mut causes = Vec::new();
        for text in &shape.causes {
            match knowledge.causes.binary_search_by(|cause| cause.id.as_str().cmp(&text.value)) {
                Ok(ix) => causes.push(ix),
                Err(_) => mistakes.id(source, text, "cause", knowledge.causes.iter().map(|cause| &cause.id)),
            }
        }
        for template in [&shape.summary, &shape.why] {
            mistakes.template(source, &template.value, template.range.clone());
        }
        let tests = shape.tests.iter().map(|test| PracticeTest {
            facts: to_json(&test.facts),
            at: test.at.as_ref().and_then(|at| crate::input::time::parse_instant(&at.value, None)),
            expect: mistakes.word(source, &test.expect, "what an audit finds").unwrap_or(State::Broken),
        });
        let tests = tests.collect();
        Practice {
            id: format!("{}{name}", Practice::PREFIX),
            title: shape.title.value.clone(),
            severity: mistakes.word(source, &shape.severity, "a severity").unwrap_or(Severity::Medium),
            summary: shape.summary.value.clone(),
            why: shape.why.value.clone(),
            applies_if: shape.applies_if.as_ref().map(|node| condition(mistakes, source, node, facts)),
            violated_by: condition(mistakes, source, &shape.violated_by, facts),
            kept_by: shape.kept_by.as_ref().map(|node| condition(mistakes, source, node, facts)),
            fix: fix_of(mistakes, source, 0, &shape.fix),
            causes,
            references: texts(&shape.references),
            tests,
        }
    };
    shapes.practices.iter().map(one).collect()
}
