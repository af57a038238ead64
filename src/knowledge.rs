//! From a pack to a knowledge base that is ready to reason with.

use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::error::{Error, Result};
use crate::rule::compile::{Compiled, compile};
use crate::rule::{Knowledge, Pack};
use crate::{graph, remedy};

/// What a pack says, as far as it can be understood, and what is wrong with it.
#[derive(Debug)]
pub struct Examined {
    /// The knowledge; complete only where there is no error, and without the effects that the graph lends.
    pub knowledge: Knowledge,
    /// Every finding. Of files that the build has worked out it has no places: see [`Pack::expand`].
    pub diagnostics: Diagnostics,
}

/// Compiles a pack, checks its templates, and looks for circles in its decision graph.
pub fn examine(pack: &Pack) -> Examined {
    let Compiled { knowledge, mut diagnostics, templates } = compile(pack);
    // What the build has read is known to be sound, see the tests.
    for (place, template) in templates.into_iter().filter(|(place, _)| !pack.is_compact_file(&place.file.path)) {
        if let Err(error) = remedy::check(&template) {
            let message = format!("template: {}", error.detail().unwrap_or("does not parse"));
            let help = "templates are minijinja: {{ domain or \"<domain>\" }}";
            diagnostics.push(Diagnostic::error("E0108", place, message).help(help));
        }
    }
    quoted_placeholders(&knowledge, pack, &mut diagnostics);
    if !diagnostics.has_errors() {
        for cycle in graph::Graph::build(&knowledge).cycles() {
            diagnostics.push(cycle_error(pack, &cycle));
        }
    }
    diagnostics.sort();
    Examined { knowledge, diagnostics }
}

/// Compiles a pack, and closes its decision graph.
///
/// # Errors
/// [`Error::Rules`] with every mistake, each with file, line, column and the way out.
pub fn load(pack: &Pack) -> Result<Knowledge> {
    let Examined { mut knowledge, diagnostics } = examine(pack);
    if diagnostics.has_errors() && pack.is_compact() {
        // What the build worked out has no places to point at.
        return load(&pack.from_text());
    }
    if diagnostics.has_errors() {
        return Err(Error::Rules(diagnostics));
    }
    graph::lend_effects(&mut knowledge);
    Ok(knowledge)
}

/// The engine quotes values in commands; quotes around a placeholder would let a value break out.
fn quoted_placeholders(knowledge: &Knowledge, pack: &Pack, diagnostics: &mut Diagnostics) {
    for cause in &knowledge.causes {
        let steps = cause.fix.steps.iter().chain(&cause.fix.verify);
        for (_, command) in steps.flat_map(|step| &step.commands).filter(|(_, c)| remedy::has_quoted_placeholder(c)) {
            let message = format!("a placeholder of `{}` stands inside quotes: {command}", cause.id);
            let help = "values are quoted when the command is filled in; take the quotes around {{ … }} away";
            let path = format!("knowledge/causes/{}.md", cause.id.replacen('.', "/", 1));
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

fn cycle_error(pack: &Pack, cycle: &[String]) -> Diagnostic {
    let first = cycle.first().map_or("", String::as_str);
    let message = format!("leads_to runs in a circle: {} → {first}", cycle.join(" → "));
    let path = format!("rules/{}.yaml", first.replacen('.', "/", 1));
    let help = "a consequence cannot bring about its own cause; remove one of these edges";
    match pack.files.get(&path) {
        Some(file) => {
            let at = file.text.find("leads_to").unwrap_or(0);
            let place = Place { file: file.clone(), range: at..at + "leads_to".len() };
            Diagnostic::error("E0111", place, message).help(help)
        }
        None => Diagnostic { place: None, ..Diagnostic::error("E0111", nowhere(), message) }.help(help),
    }
}

fn nowhere() -> Place {
    let file = crate::diagnostic::SourceFile { path: String::new(), text: String::new() };
    Place { file: file.into(), range: 0..0 }
}
