//! What is wrong with a pack beyond what keeps it from loading, and what its author will probably regret.
//!
//! `E01..` refuse a pack, and are found while it is loaded. `E02..` are mistakes that do not keep the rest from working;
//! `W03..` are things that work, but hardly as meant. Each code has a page in [`codes`].

pub mod codes;
mod completeness;
mod conditions;
pub mod edits;
pub mod formats;
mod incidents;
mod names;
mod overlaps;
mod patterns;
mod placeholders;
mod unused;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

pub use incidents::Seen;

use crate::diagnostic::{Diagnostic, Diagnostics, Place, SourceFile};
use crate::engine::Engine;
use crate::graph;
use crate::knowledge::{Understood, understand};
use crate::rule::Pack;
use crate::rule::shapes::Shapes;

/// What came out of a check.
pub struct Checked {
    /// Everything that was found, in the order of the files.
    pub diagnostics: Diagnostics,
    /// The pack, ready to diagnose with; `None` where it cannot be loaded.
    pub engine: Option<Engine>,
    /// Where the signals are written.
    places: BTreeMap<String, Place>,
    /// Where the priors of the causes are written.
    priors: BTreeMap<String, Place>,
}

/// Looks for everything at once. What needs a pack that loads is looked for where it does.
pub fn check(pack: &Pack) -> Checked {
    let Understood { mut knowledge, mut diagnostics, templates, shapes } = understand(&pack.from_text());
    let loads = !diagnostics.has_errors();
    names::check(&shapes, pack, &mut diagnostics);
    conditions::check(&shapes, &mut diagnostics);
    completeness::check(&shapes, &mut diagnostics);
    patterns::check(&shapes, &mut diagnostics);
    let places = places(&shapes);
    let engine = loads.then(|| {
        graph::lend_effects(&mut knowledge);
        Engine::from_knowledge(knowledge)
    });
    if let Some(engine) = &engine {
        unused::check(&engine.knowledge, &places, &mut diagnostics);
        placeholders::check(&engine.knowledge, &templates, &mut diagnostics);
        patterns::everyday(engine, &places, &mut diagnostics);
        overlaps::check(engine, &places, &mut diagnostics);
    }
    diagnostics.sort();
    let prior = |(id, (file, cause)): (&String, &(Arc<SourceFile>, _))| {
        let cause: &crate::rule::file::CauseFile = cause;
        (id.clone(), place(file, &cause.prior.range))
    };
    let priors = shapes.causes.iter().map(prior).collect();
    Checked { diagnostics, engine, places, priors }
}

impl Checked {
    /// Compares the words of the rules with what was seen in incidents.
    pub fn against(&mut self, seen: &Seen) {
        if let Some(engine) = &self.engine {
            incidents::check(engine, seen, &self.places, &self.priors, &mut self.diagnostics);
            self.diagnostics.sort();
        }
    }
}

fn place(file: &Arc<SourceFile>, range: &Range<usize>) -> Place {
    Place { file: Arc::clone(file), range: range.clone() }
}

/// Where every signal is written, by id: its key, or the title of an inline one.
fn places(shapes: &Shapes) -> BTreeMap<String, Place> {
    let mut places = BTreeMap::new();
    for (technology, (file, shape)) in &shapes.signals {
        for key in shape.signals.keys() {
            places.insert(format!("{technology}.{}", key.value), place(file, &key.range));
        }
    }
    let mut inline = |owner: &str, file: &Arc<SourceFile>, shows: &[crate::rule::file::ShowFile]| {
        for (ix, show) in shows.iter().enumerate().filter(|(_, show)| show.signal.is_none()) {
            let at = show.title.as_ref().map_or(&show.how.range, |title| &title.range);
            places.insert(crate::rule::compile::inline_id(owner, ix), place(file, at));
        }
    };
    for (id, (file, cause)) in &shapes.causes {
        inline(id, file, &cause.shows);
    }
    if let Some((file, symptoms)) = &shapes.symptoms {
        for (key, symptom) in &symptoms.symptoms {
            inline(&format!("symptom.{}", key.value), file, &symptom.shows);
        }
    }
    places
}

/// A warning about a signal, where it is written.
fn about(places: &BTreeMap<String, Place>, id: &str, code: &'static str, message: String) -> Option<Diagnostic> {
    Some(Diagnostic::warning(code, places.get(id)?.clone(), message))
}
