//! From a pack to a knowledge base that is ready to reason with.

use std::collections::VecDeque;
use std::ops::Range;

use crate::diagnostic::{Diagnostic, Diagnostics, Place, Severity};
use crate::error::{Error, Result};
use crate::rule::compile::{Compiled, compile};
use crate::rule::manifest::{self, Manifest};
use crate::rule::mistakes::Mistakes;
use crate::rule::model::Cause;
use crate::rule::shapes::Shapes;
use crate::rule::{Knowledge, Pack, compact};
use crate::{graph, remedy};

/// Compiles a pack, checks its templates, and closes its decision graph.
///
/// # Errors
/// [`Error::Rules`] with every mistake, each with file, line, column and the way out.
pub fn load(pack: &Pack) -> Result<Knowledge> {
    if pack.is_built_in() { built_in() } else { make(pack) }
}

/// The knowledge base that is part of the program.
///
/// # Errors
/// As [`load`].
pub fn built_in() -> Result<Knowledge> {
    match compact::knowledge() {
        Some(knowledge) => Ok(knowledge),
        None => make(&Pack::embedded()),
    }
}

fn make(pack: &Pack) -> Result<Knowledge> {
    let Understood { mut knowledge, mut diagnostics, .. } = understand(pack);
    if diagnostics.has_errors() && pack.is_compact() {
        // What the build worked out has no places to point at.
        return make(&pack.from_text());
    }
    if diagnostics.has_errors() {
        diagnostics.0.retain(|diagnostic| diagnostic.severity == Severity::Error);
        return Err(Error::Rules(diagnostics));
    }
    graph::lend_effects(&mut knowledge);
    Ok(knowledge)
}

/// What the packs say of themselves, the lowest layer first.
///
/// # Errors
/// [`Error::Rules`]: a `pack.yaml` does not parse, or its pack does not fit this version.
pub fn manifests(pack: &Pack) -> Result<Vec<Manifest>> {
    let mut mistakes = Mistakes::default();
    let manifests = manifest::read(pack, &mut mistakes);
    if mistakes.diagnostics.has_errors() { Err(Error::Rules(mistakes.diagnostics)) } else { Ok(manifests) }
}

/// A pack as far as it can be understood.
pub struct Understood {
    /// The knowledge, without the effects that the graph lends; complete only when `diagnostics` holds no error.
    pub knowledge: Knowledge,
    /// What refuses the pack, and what is named by an old id, in the order of the files.
    pub diagnostics: Diagnostics,
    /// Every template with its place.
    pub templates: Vec<(Place, String)>,
    /// The files as they are written.
    pub shapes: Shapes,
}

/// Compiles a pack, checks its templates, and looks for circles in its graph.
pub fn understand(pack: &Pack) -> Understood {
    let Compiled { knowledge, mut diagnostics, templates, shapes } = compile(pack);
    // What the build has read is known to be sound, see the tests.
    for (place, template) in templates.iter().filter(|(place, _)| !pack.is_compact_file(&place.file.path)) {
        if let Err(error) = remedy::check(template) {
            let message = format!("template: {}", error.detail().unwrap_or("does not parse"));
            let help = "templates are minijinja: {{ domain or \"<domain>\" }}";
            let at = error.range().and_then(|range| inside(place, template, &range)).unwrap_or_else(|| place.clone());
            diagnostics.push(Diagnostic::error("E0108", at, message).help(help));
        }
    }
    quoted_placeholders(&knowledge, pack, &mut diagnostics);
    for cycle in graph::Graph::build(&knowledge).cycles() {
        diagnostics.push(cycle_error(&shapes, &cycle));
    }
    diagnostics.sort();
    Understood { knowledge, diagnostics, templates, shapes }
}

/// A part of a template in its file, where it is written there unchanged.
fn inside(place: &Place, template: &str, range: &Range<usize>) -> Option<Place> {
    let start = place.range.start + place.file.text.get(place.range.start..)?.find(template)?;
    Some(Place { file: place.file.clone(), range: start + range.start..start + range.end })
}

/// The engine quotes values in commands; quotes around a placeholder would let a value break out.
fn quoted_placeholders(knowledge: &Knowledge, pack: &Pack, diagnostics: &mut Diagnostics) {
    let article = |cause: &Cause| format!("knowledge/causes/{}.md", cause.id.replacen('.', "/", 1));
    let causes = knowledge.causes.iter().map(|cause| (&cause.id, &cause.fix, article(cause)));
    let practices = knowledge.practices.iter().map(|practice| (&practice.id, &practice.fix, practice.file()));
    for (id, fix, path) in causes.chain(practices) {
        let steps = fix.steps.iter().chain(&fix.verify);
        for (_, command) in steps.flat_map(|step| &step.commands).filter(|(_, c)| remedy::has_quoted_placeholder(c)) {
            let message = format!("a placeholder of `{id}` stands inside quotes: {command}");
            let help = "values are quoted when the command is filled in; take the quotes around {{ … }} away";
            let place = pack.files.get(&path).and_then(|file| {
                let line = command.lines().next().unwrap_or(command);
                let at = file.text.find(line)?;
                Some(Place { file: file.clone(), range: at..at + line.len() })
            });
            let found = Diagnostic::error("E0108", nowhere(), message).help(help);
            diagnostics.push(Diagnostic { place, ..found });
        }
    }
}

fn cycle_error(shapes: &Shapes, cycle: &[String]) -> Diagnostic {
    let path = around(shapes, cycle);
    let first = path.first().map_or("", |id| id.as_str());
    let message = format!("leads_to runs in a circle: {} → {first}", path.join(" → "));
    let help = "a consequence cannot bring about its own cause; remove one of these edges";
    let next = path.get(1).or(path.first());
    let edge = shapes.causes.get(first).and_then(|(file, shape)| {
        let named = shape.leads_to.iter().filter_map(|lead| lead.cause.as_ref());
        let edge = named.into_iter().find(|cause| Some(&cause.value) == next)?;
        Some(Place { file: file.clone(), range: edge.range.clone() })
    });
    let error = Diagnostic::error("E0111", nowhere(), message).help(help);
    Diagnostic { place: edge, ..error }
}

/// The causes of a circle in the order of their edges: the shortest way from the first one back to itself.
fn around(shapes: &Shapes, cycle: &[String]) -> Vec<String> {
    let Some(first) = cycle.first() else { return Vec::new() };
    let leads = |id: &String| {
        let named = shapes.causes.get(id).into_iter().flat_map(|(_, shape)| &shape.leads_to);
        named.filter_map(|lead| lead.cause.as_ref()).map(|cause| cause.value.clone()).collect::<Vec<_>>()
    };
    let mut ways: VecDeque<Vec<String>> = VecDeque::from([vec![first.clone()]]);
    while let Some(way) = ways.pop_front() {
        for next in way.last().map(&leads).unwrap_or_default() {
            if next == *first {
                return way;
            }
            if cycle.contains(&next) && !way.contains(&next) {
                ways.push_back([way.clone(), vec![next]].concat());
            }
        }
    }
    cycle.to_vec()
}

fn nowhere() -> Place {
    let file = crate::diagnostic::SourceFile { path: String::new(), text: String::new(), on_disk: None };
    Place { file: file.into(), range: 0..0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_knowledge_of_the_build_is_that_of_the_rules() {
        let pack = Pack::embedded();
        let built = compact::knowledge().expect("sound rules");
        let made = make(&pack).expect("sound rules");
        for (built, made) in built.signals.iter().zip(&made.signals) {
            assert_eq!(format!("{built:?}"), format!("{made:?}"));
        }
        for (built, made) in built.causes.iter().zip(&made.causes) {
            assert_eq!(format!("{built:?}"), format!("{made:?}"));
        }
        assert!(format!("{built:?}") == format!("{made:?}"));
        assert!(pack.is_built_in() && !pack.from_text().is_built_in());
    }

    #[test]
    fn a_pack_with_another_file_is_not_the_built_in_one() {
        let mut pack = Pack::embedded();
        pack.add("knowledge/guides/another.md", "# Another\n");
        assert!(!pack.is_built_in());
        let mut pack = Pack::embedded();
        pack.begin_layer(None);
        assert!(!pack.is_built_in());
        let mut pack = Pack::embedded();
        pack.add("pack.yaml", "name: other\nversion: 1.0.0\nengine: \">=0.1\"\n");
        assert!(!pack.is_built_in());
    }
}
