//! Ids that are gone and have a new one: what still names the old one means the new one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::file::{DeprecatedFile, ShowFile, Text};
use super::layer;
use super::load::Pack;
use super::manifest::Manifest;
use super::mistakes::Mistakes;
use super::shapes::Shapes;
use crate::diagnostic::{Edit, Place, Related, SourceFile};

/// What an id may name here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Cause,
    Signal,
}

impl Named {
    fn word(self) -> &'static str {
        match self {
            Named::Cause => "cause",
            Named::Signal => "signal",
        }
    }
}

/// The ids that exist.
struct Ids {
    causes: BTreeSet<String>,
    signals: BTreeSet<String>,
}

impl Ids {
    fn of(shapes: &Shapes) -> Self {
        let signals = shapes.signals.iter().flat_map(|(technology, (_, shape))| {
            shape.signals.keys().map(move |key| format!("{technology}.{}", key.value))
        });
        Ids { causes: shapes.causes.keys().cloned().collect(), signals: signals.collect() }
    }

    fn is(&self, named: Named, id: &str) -> bool {
        match named {
            Named::Cause => self.causes.contains(id),
            Named::Signal => self.signals.contains(id),
        }
    }

    fn any(&self, id: &str) -> bool {
        self.is(Named::Cause, id) || self.is(Named::Signal, id)
    }
}

/// An entry of `renamed:`.
struct Link<'s> {
    pack: &'s Manifest,
    old: &'s Text,
    new: &'s Text,
}

/// Resolves the renames of all packs, and puts the new ids in the place of the old ones; returns what became of which.
pub fn follow(pack: &Pack, shapes: &mut Shapes, mistakes: &mut Mistakes) -> BTreeMap<String, String> {
    if shapes.packs.iter().all(|pack| pack.shape.renamed.is_empty()) {
        return BTreeMap::new();
    }
    let ids = Ids::of(shapes);
    let renamed = resolve(pack, shapes, &ids, mistakes);
    let mut put = |named, source: &Arc<SourceFile>, text: &mut Text, twice| {
        let new = renamed.get(&text.value).filter(|new| ids.is(named, new) && !ids.is(named, &text.value));
        if let Some(new) = new {
            told(mistakes, source, text, named, new, twice);
            text.value.clone_from(new);
        }
    };
    each(shapes, &renamed, &mut put);
    renamed
}

fn told(mistakes: &mut Mistakes, source: &Arc<SourceFile>, text: &Text, named: Named, new: &str, twice: bool) {
    let message = format!("the {} `{}` is called `{new}` now", named.word(), text.value);
    let warning = mistakes.warning("W0314", source, text.range.clone(), message);
    if twice {
        warning.help = Some(format!("`{new}` stands here too: take this entry away"));
        return;
    }
    warning.help = Some(format!("write `{new}`"));
    // The place holds the quotation marks too, where there are any.
    let written = source.text.get(text.range.clone()).and_then(|written| written.find(&text.value));
    warning.edit = written.map(|at| {
        let start = text.range.start + at;
        let place = Place { file: Arc::clone(source), range: start..start + text.value.len() };
        Edit { place, text: new.to_owned() }
    });
}

/// Follows every rename to an id that exists. Of several packs that rename the same id the uppermost counts.
fn resolve(pack: &Pack, shapes: &Shapes, ids: &Ids, mistakes: &mut Mistakes) -> BTreeMap<String, String> {
    let mut links: BTreeMap<&str, Link> = BTreeMap::new();
    for named in &shapes.packs {
        for (old, new) in &named.shape.renamed {
            links.insert(&old.value, Link { pack: named, old, new });
        }
    }
    // What became of each old id; `None`: nothing that exists.
    let mut fates: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for (first, link) in &links {
        let (mut way, mut on_way, mut link) = (vec![*first], BTreeSet::from([*first]), link);
        let fate = loop {
            let next = link.new.value.as_str();
            if let Some(fate) = fates.get(way[way.len() - 1]) {
                break *fate;
            }
            if ids.any(next) {
                break Some(next);
            }
            let Some(on) = links.get(next) else {
                missing(link, mistakes);
                break None;
            };
            if !on_way.insert(next) {
                let at = way.iter().position(|id| *id == next).unwrap_or(0);
                circle(&links, &way[at..], mistakes);
                break None;
            }
            way.push(next);
            link = on;
        };
        fates.extend(way.into_iter().map(|id| (id, fate)));
    }
    let mut renamed = BTreeMap::new();
    for (old, fate) in fates {
        let Some(new) = fate else { continue };
        match [Named::Cause, Named::Signal].into_iter().find(|named| ids.is(*named, old) && ids.is(*named, new)) {
            Some(named) => still_there(pack, shapes, &links[old], named, mistakes),
            None => _ = renamed.insert(old.to_owned(), new.to_owned()),
        }
    }
    renamed
}

fn missing(link: &Link, mistakes: &mut Mistakes) {
    let (old, new) = (&link.old.value, &link.new.value);
    if !mistakes.is_broken("cause", new) && !mistakes.is_broken("signal", new) {
        let message = format!("`{old}` is renamed to `{new}`, and there is no cause or signal of that id");
        error(mistakes, link, message, "the new id is that of a cause or a signal of this pack, or of one below it");
    }
}

fn circle(links: &BTreeMap<&str, Link>, around: &[&str], mistakes: &mut Mistakes) {
    let Some(link) = around.first().and_then(|first| links.get(first)) else { return };
    // A long one is not read to its end.
    let shown: Vec<&str> = around.iter().take(8).copied().collect();
    let more = if around.len() > shown.len() { " → …" } else { "" };
    let message = format!("renames run in a circle: {}{more} → {}", shown.join(" → "), around[0]);
    error(mistakes, link, message, "keep the id that exists, and let the others lead to it");
}

/// An old id that is in use again, most often since an upper pack has a file of the old name.
fn still_there(pack: &Pack, shapes: &Shapes, link: &Link, named: Named, mistakes: &mut Mistakes) {
    let (old, new) = (&link.old.value, &link.new.value);
    let message = format!("the {} `{old}` is renamed to `{new}`, and there still is one of the old id", named.word());
    let Some((file, at)) = defined(shapes, named, old) else {
        return error(mistakes, link, message, "take the rename away");
    };
    let defined = Place { file: Arc::clone(file), range: at.range.clone() };
    let renamed = Place { file: Arc::clone(&link.pack.file), range: link.old.range.clone() };
    let above = layer::owner(&pack.layers, &file.path).is_some_and(|layer| layer > link.pack.layer);
    let (place, related, label, help) = if above {
        let called = match named {
            Named::Cause => format!("call the file rules/{}.yaml, and its article likewise", new.replacen('.', "/", 1)),
            Named::Signal => format!("call it `{new}`"),
        };
        (defined, renamed, "renamed here", called)
    } else {
        (renamed, defined, "still here", "take the rename away, or what still has the old id".to_owned())
    };
    let error = mistakes.error("E0114", &place.file, place.range.clone(), message);
    error.help = Some(help);
    error.related.push(Related { place: related, label: label.to_owned() });
}

fn defined<'s>(shapes: &'s Shapes, named: Named, id: &str) -> Option<(&'s Arc<SourceFile>, &'s Text)> {
    match named {
        Named::Cause => shapes.causes.get(id).map(|(file, cause)| (file, &cause.title)),
        Named::Signal => {
            let (technology, name) = id.split_once('.')?;
            let (file, shape) = shapes.signals.get(technology)?;
            shape.signals.keys().find(|key| key.value == name).map(|key| (file, key))
        }
    }
}

fn error(mistakes: &mut Mistakes, link: &Link, message: String, help: &str) {
    mistakes.error("E0114", &link.pack.file, link.new.range.clone(), message).help = Some(help.to_owned());
}

/// Goes to every place where a cause or a signal is named. The last argument of `visit`: whether the new id of what
/// stands there is a key beside it.
fn each(
    shapes: &mut Shapes,
    renamed: &BTreeMap<String, String>,
    visit: &mut impl FnMut(Named, &Arc<SourceFile>, &mut Text, bool),
) {
    for (source, cause) in shapes.causes.values_mut() {
        shows(source, &mut cause.shows, visit);
        cause.rules_out.iter_mut().for_each(|id| visit(Named::Signal, source, id, false));
        let leads = cause.leads_to.iter_mut().filter_map(|lead| lead.cause.as_mut());
        let others = leads.chain(cause.looks_like.iter_mut().map(|other| &mut other.cause));
        others.chain(&mut cause.related).for_each(|id| visit(Named::Cause, source, id, false));
        replacement(&mut cause.deprecated).into_iter().for_each(|id| visit(Named::Cause, source, id, false));
    }
    for (source, shape) in shapes.signals.values_mut() {
        for signal in shape.signals.values_mut() {
            let ids = signal.implies.iter_mut().chain(&mut signal.cleared_by);
            ids.chain(replacement(&mut signal.deprecated)).for_each(|id| visit(Named::Signal, source, id, false));
            if signal.shown_by.keys().any(|cause| renamed.contains_key(&cause.value)) {
                let (old, mut new): (Vec<_>, BTreeMap<_, _>) = {
                    let all = std::mem::take(&mut signal.shown_by);
                    let (old, new): (Vec<_>, Vec<_>) =
                        all.into_iter().partition(|(cause, _)| renamed.contains_key(&cause.value));
                    (old, new.into_iter().collect())
                };
                for (mut cause, how) in old {
                    let twice = renamed.get(&cause.value).is_some_and(|new_id| has(&new, new_id));
                    visit(Named::Cause, source, &mut cause, twice);
                    new.entry(cause).or_insert(how);
                }
                signal.shown_by = new;
            }
        }
    }
    if let Some((source, symptoms)) = &mut shapes.symptoms {
        symptoms.symptoms.values_mut().for_each(|symptom| shows(source, &mut symptom.shows, visit));
    }
}

fn has(map: &BTreeMap<Text, Text>, id: &str) -> bool {
    map.keys().any(|key| key.value == id)
}

fn shows(
    source: &Arc<SourceFile>,
    shows: &mut [ShowFile],
    visit: &mut impl FnMut(Named, &Arc<SourceFile>, &mut Text, bool),
) {
    for show in shows {
        let ids = show.signal.iter_mut().chain(&mut show.implies).chain(&mut show.cleared_by);
        ids.for_each(|id| visit(Named::Signal, source, id, false));
    }
}

fn replacement(deprecated: &mut Option<DeprecatedFile>) -> Option<&mut Text> {
    deprecated.as_mut()?.replaced_by.as_mut()
}
