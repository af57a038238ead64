//! What is wrong with a pack beyond what keeps it from loading, and what its author will probably regret.
//!
//! `E01..` refuse a pack, and are found while it is loaded. `E02..` are mistakes that do not keep the rest from working;
//! `W03..` are things that work, but hardly as meant. Each code has a page in [`codes`].

pub mod codes;
mod completeness;
mod conditions;
mod deprecated;
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
use crate::rule::file::{CauseFile, ShowFile};
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
    /// All files, from their text.
    pack: Pack,
}

/// Looks for everything at once. What needs a pack that loads is looked for where it does.
///
/// Where some files come from a person's folders, only what refuses the pack is told of the others.
pub fn check(pack: &Pack) -> Checked {
    let pack = pack.from_text();
    let understood = understand(&pack);
    let mut diagnostics = understood.diagnostics.clone();
    let loads = !diagnostics.has_errors();
    diagnostics.0.extend(written(&understood, &pack).0);
    let Understood { mut knowledge, shapes, .. } = understood;
    let places = places(&shapes);
    let engine = loads.then(|| {
        graph::lend_effects(&mut knowledge);
        Engine::from_knowledge(knowledge)
    });
    if let Some(engine) = &engine {
        patterns::everyday(engine, &places, &mut diagnostics);
        overlaps::check(engine, &places, own(&pack), &mut diagnostics);
    }
    keep_own(&pack, &mut diagnostics);
    let prior =
        |(id, (file, cause)): (&String, &(Arc<SourceFile>, CauseFile))| (id.clone(), place(file, &cause.prior.range));
    let priors = shapes.causes.iter().map(prior).collect();
    Checked { diagnostics, engine, places, priors, pack }
}

/// Whether a file is one of those that the person asks about.
fn own(pack: &Pack) -> impl Fn(&SourceFile) -> bool {
    let layered = pack.files.values().any(|file| file.on_disk.is_some());
    move |file| !layered || file.on_disk.is_some()
}

fn keep_own(pack: &Pack, diagnostics: &mut Diagnostics) {
    let own = own(pack);
    diagnostics.0.retain(|found| found.refuses() || found.place.as_ref().is_none_or(|place| own(&place.file)));
    diagnostics.sort();
}

/// What can be told without running a pattern, of the files that are read from their text.
pub fn written(understood: &Understood, pack: &Pack) -> Diagnostics {
    let Understood { knowledge, shapes, templates, diagnostics: refusals } = understood;
    let mut found = Diagnostics::default();
    let own = own(pack);
    let is_text = |file: &SourceFile| own(file) && !pack.is_compact_file(&file.path);
    names::check(shapes, pack, &mut found);
    conditions::check(shapes, &mut found);
    completeness::check(shapes, &mut found);
    deprecated::check(shapes, &mut found);
    patterns::check(shapes, is_text, &mut found);
    if !refusals.has_errors() {
        unused::check(knowledge, &places(shapes), &mut found);
        placeholders::check(knowledge, templates, &mut found);
    }
    // What the build worked out has neither places nor examples.
    found.0.retain(|diagnostic| diagnostic.place.as_ref().is_none_or(|place| is_text(&place.file)));
    found.sort();
    found
}

impl Checked {
    /// Compares the words of the rules with what was seen in incidents.
    pub fn against(&mut self, seen: &Seen) {
        if let Some(engine) = &self.engine {
            incidents::check(engine, seen, &self.places, &self.priors, &mut self.diagnostics);
            keep_own(&self.pack, &mut self.diagnostics);
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
    let mut inline = |owner: &str, file: &Arc<SourceFile>, shows: &[ShowFile]| {
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
