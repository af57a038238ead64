//! From files to knowledge: resolves ids, gives words their numbers, and collects every mistake.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::file::{CauseFile, DeprecatedFile, FixFile, LeadFile, Node, Patterns, ShowFile, StepFile, Text};
use super::load::Pack;
use super::mistakes::Mistakes;
use super::model::*;
use super::shapes::{self, Shapes};
use super::words::{Expect, FactKind, How, Leak, Prior, Risk, Stage, Status, Words};
use super::{condition, manifest, mapping, pattern, practice, renames};
use crate::diagnostic::{Diagnostics, Place, SourceFile, did_you_mean};
use crate::scan::compile::{Run, compile as runnable};

/// What came out of a pack: complete only when `diagnostics` holds no error.
pub struct Compiled {
    /// The knowledge, without the effects that the graph lends.
    pub knowledge: Knowledge,
    /// Every mistake found so far.
    pub diagnostics: Diagnostics,
    /// Every template with its place, for whoever knows the template engine.
    pub templates: Vec<(Place, String)>,
    /// The files as they are written, with the new id of whatever was renamed.
    pub shapes: Shapes,
}

/// Understands a pack: parses, resolves, and collects every mistake.
pub fn compile(pack: &Pack) -> Compiled {
    let mut mistakes = Mistakes::default();
    let mut shapes = shapes::read(pack, &mut mistakes);
    let renamed = renames::follow(pack, &mut shapes, &mut mistakes);
    let knowledge = Resolver { pack, mistakes: &mut mistakes, renamed }.resolve(&shapes);
    // What else is wrong with a pack for another version follows from that, or will be told by the version that it is for.
    if mistakes.diagnostics.0.iter().any(|mistake| mistake.code == manifest::VERSIONS) {
        mistakes.diagnostics.0.retain(|mistake| mistake.code == manifest::VERSIONS);
    }
    Compiled { knowledge, diagnostics: mistakes.diagnostics, templates: mistakes.templates, shapes }
}

/// An edge as written: (cause id, signal id, strength), with the place of the cause's id.
struct Edge {
    cause: String,
    signal: String,
    how: f64,
}

/// Targets of edges and how strong they are.
type Strengths<T> = Vec<(T, f64)>;

/// A signal before ids are resolved.
struct Draft<'a> {
    file: Arc<SourceFile>,
    signal: Signal,
    implies: &'a [Text],
    cleared_by: &'a [Text],
    replaced_by: Option<&'a Text>,
}

/// Resolves ids and words.
struct Resolver<'m> {
    pack: &'m Pack,
    mistakes: &'m mut Mistakes,
    renamed: BTreeMap<String, String>,
}

impl Resolver<'_> {
    fn resolve(&mut self, shapes: &Shapes) -> Knowledge {
        let facts = self.facts(shapes);
        let mut drafts: Vec<Draft> = Vec::new();
        let mut edges: Vec<Edge> = Vec::new();
        self.shared_signals(shapes, &facts, &mut drafts, &mut edges);
        let mut cause_shows: BTreeMap<&str, Vec<(String, f64)>> = BTreeMap::new();
        for (id, (source, shape)) in &shapes.causes {
            let shows = self.shows(id, source, &shape.shows, &facts, &mut drafts);
            cause_shows.insert(id, shows);
        }
        let mut symptom_shows: BTreeMap<&str, Vec<(String, f64)>> = BTreeMap::new();
        if let Some((source, shape)) = &shapes.symptoms {
            for (key, symptom) in &shape.symptoms {
                let shows = self.shows(&format!("symptom.{}", key.value), source, &symptom.shows, &facts, &mut drafts);
                symptom_shows.insert(&key.value, shows);
            }
        }
        drafts.sort_by(|a, b| a.signal.id.cmp(&b.signal.id));
        let ids: BTreeMap<String, SignalIx> =
            drafts.iter().enumerate().map(|(ix, d)| (d.signal.id.clone(), ix)).collect();
        let signals = self.link_signals(drafts, &ids);
        let mut knowledge = Knowledge { facts, signals, pages: shapes.pages.clone(), ..Knowledge::default() };
        knowledge.symptoms = self.symptoms(shapes, &symptom_shows, &ids);
        knowledge.causes = self.causes(shapes, &knowledge, &cause_shows, &edges, &ids);
        knowledge.practices = practice::read(shapes, self.mistakes, &knowledge);
        knowledge.mappings = mapping::read(shapes, self.mistakes, &knowledge.facts);
        self.orphan_articles(shapes);
        if let Some((source, lock)) = &shapes.lock {
            match lock.numbers() {
                Ok(numbers) => knowledge.numbers = numbers.renamed(&self.renamed),
                Err(why) => {
                    let word = why.split('`').nth(1).unwrap_or_default();
                    let at = source.text.find(&format!("{word}:")).unwrap_or(0);
                    self.mistakes.error("E0112", source, at..at + word.len(), &why).help =
                        Some("certwhy calibrate writes this file; write it anew rather than by hand".into());
                }
            }
        }
        knowledge.packs = shapes.packs.iter().map(manifest::Manifest::info).collect();
        knowledge.renamed = std::mem::take(&mut self.renamed);
        knowledge
    }

    fn facts(&mut self, shapes: &Shapes) -> BTreeMap<String, Fact> {
        let mut facts = BTreeMap::new();
        let Some((source, shape)) = &shapes.facts else { return facts };
        for (path, fact) in &shape.facts {
            let kind = self.mistakes.word::<FactKind>(source, &fact.kind, "a type of fact").unwrap_or(FactKind::Text);
            facts.insert(
                path.value.clone(),
                Fact {
                    path: path.value.clone(),
                    kind,
                    values: texts(&fact.values),
                    unit: fact.unit.as_ref().map(|t| t.value.clone()),
                    meaning: fact.meaning.value.clone(),
                    place: fact.place.as_ref().map(|t| t.value.clone()),
                    question: fact.question.as_ref().map(|t| t.value.clone()),
                    minutes: fact.minutes.unwrap_or(2.0),
                },
            );
        }
        facts
    }

    fn shared_signals<'a>(
        &mut self,
        shapes: &'a Shapes,
        facts: &BTreeMap<String, Fact>,
        drafts: &mut Vec<Draft<'a>>,
        edges: &mut Vec<Edge>,
    ) {
        for (technology, (source, shape)) in &shapes.signals {
            for (key, signal) in &shape.signals {
                let id = format!("{technology}.{}", key.value);
                let kind = self.kind(source, &key.range, signal.patterns(), signal.fact.as_ref(), facts);
                let leak = self.mistakes.word::<Leak>(source, &signal.leak, "a leak").unwrap_or(Leak::Normal);
                for (cause, how) in &signal.shown_by {
                    if !shapes.causes.contains_key(&cause.value) {
                        self.mistakes.id(source, cause, "cause", shapes.causes.keys());
                    }
                    let how = self.mistakes.word::<How>(source, how, "a word for how often").unwrap_or(How::Often);
                    edges.push(Edge { cause: cause.value.clone(), signal: id.clone(), how: how.number() });
                }
                let stage = signal.stage.as_ref().and_then(|s| self.mistakes.word(source, s, "a stage"));
                let proves = signal.proves.as_ref().and_then(|s| self.mistakes.word(source, s, "a stage"));
                let min_level = signal.min_level.as_ref().and_then(|s| self.mistakes.word(source, s, "a level"));
                if let Some(kind) = kind {
                    let signal_model = Signal {
                        id,
                        title: signal.title.value.clone(),
                        kind,
                        leak,
                        implies: Vec::new(),
                        cleared_by: Vec::new(),
                        sources: texts(&signal.source),
                        stage,
                        min_level,
                        proves,
                        deprecated: deprecation(signal.deprecated.as_ref()),
                        file: source.path.clone(),
                        examples: Examples {
                            matching: texts(&signal.examples.matching),
                            miss: texts(&signal.examples.miss),
                        },
                    };
                    drafts.push(Draft {
                        file: Arc::clone(source),
                        signal: signal_model,
                        implies: &signal.implies,
                        cleared_by: &signal.cleared_by,
                        replaced_by: signal.deprecated.as_ref().and_then(|deprecated| deprecated.replaced_by.as_ref()),
                    });
                }
            }
        }
    }

    /// Reads the `shows` of a cause or symptom; inline signals become drafts of their own.
    fn shows<'a>(
        &mut self,
        owner: &str,
        source: &Arc<SourceFile>,
        shows: &'a [ShowFile],
        facts: &BTreeMap<String, Fact>,
        drafts: &mut Vec<Draft<'a>>,
    ) -> Vec<(String, f64)> {
        let mut out = Vec::new();
        for (n, show) in shows.iter().enumerate() {
            let how =
                self.mistakes.word::<How>(source, &show.how, "a word for how often").unwrap_or(How::Often).number();
            if let Some(signal) = &show.signal {
                if !show.patterns().is_absent() || show.fact.is_some() {
                    self.mistakes.error(
                        "E0105",
                        source,
                        signal.range.clone(),
                        "an entry names a signal or describes one, not both",
                    );
                }
                out.push((signal.value.clone(), how));
                continue;
            }
            let id = inline_id(owner, n);
            let Some(leak) = &show.leak else {
                self.mistakes.error("E0105", source, show.how.range.clone(), "an inline signal needs a leak");
                continue;
            };
            let leak = self.mistakes.word::<Leak>(source, leak, "a leak").unwrap_or(Leak::Normal);
            let Some(kind) = self.kind(source, &show.how.range, show.patterns(), show.fact.as_ref(), facts) else {
                continue;
            };
            let stage = show.stage.as_ref().and_then(|s| self.mistakes.word(source, s, "a stage"));
            let min_level = show.min_level.as_ref().and_then(|s| self.mistakes.word(source, s, "a level"));
            let title = show.title.as_ref().map_or_else(|| id.clone(), |t| t.value.clone());
            let signal = Signal {
                id: id.clone(),
                title,
                kind,
                leak,
                implies: Vec::new(),
                cleared_by: Vec::new(),
                sources: texts(&show.source),
                stage,
                min_level,
                proves: None,
                deprecated: None,
                file: source.path.clone(),
                examples: Examples::default(),
            };
            drafts.push(Draft {
                file: Arc::clone(source),
                signal,
                implies: &show.implies,
                cleared_by: &show.cleared_by,
                replaced_by: None,
            });
            out.push((id, how));
        }
        out
    }

    fn kind(
        &mut self,
        source: &Arc<SourceFile>,
        at: &Range<usize>,
        patterns: Patterns<'_>,
        fact: Option<&Node>,
        facts: &BTreeMap<String, Fact>,
    ) -> Option<SignalKind> {
        match (patterns.is_absent(), fact) {
            (false, None) => {
                let read = |(text, said): (&Text, bool)| {
                    self.pattern(source, text);
                    LogPattern { text: text.value.clone(), said }
                };
                Some(SignalKind::Log(patterns.all().map(read).collect()))
            }
            (true, Some(node)) => Some(SignalKind::Fact(self.condition(source, node, facts))),
            _ => {
                self.mistakes.error("E0105", source, at.clone(), "a signal has either patterns (log:, said:) or fact:");
                None
            }
        }
    }

    fn pattern(&mut self, source: &Arc<SourceFile>, text: &Text) {
        // What the build took in is checked by a test that reads the text.
        if self.pack.is_compact_file(&source.path) || self.pack.is_known_as_sound(&text.value) {
            return;
        }
        let Err(error) = pattern::check(&text.value) else {
            match runnable(&text.value, Run::Seldom) {
                Some(_) => self.pack.remember_as_sound(&text.value),
                None => {
                    self.mistakes.error("E0104", source, text.range.clone(), "the pattern is too large to run").help =
                        Some("bound its gaps and repetitions more tightly".into());
                }
            }
            return;
        };
        // The place inside the pattern is exact where the YAML scalar holds it unchanged.
        let raw = source.text.get(text.range.clone()).unwrap_or("");
        let range = match raw.find(&text.value) {
            Some(at) => text.range.start + at + error.range.start..text.range.start + at + error.range.end,
            None => text.range.clone(),
        };
        self.mistakes.error("E0104", source, range, error.message).help = Some(error.help.into());
    }

    fn condition(&mut self, source: &Arc<SourceFile>, node: &Node, facts: &BTreeMap<String, Fact>) -> Condition {
        condition(self.mistakes, source, node, facts)
    }

    fn link_signals(&mut self, drafts: Vec<Draft>, ids: &BTreeMap<String, SignalIx>) -> Vec<Signal> {
        let mut signals = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let mut signal = draft.signal;
            for (list, target) in [(draft.implies, &mut signal.implies), (draft.cleared_by, &mut signal.cleared_by)] {
                for text in list {
                    match ids.get(&text.value) {
                        Some(ix) => target.push(*ix),
                        None => self.mistakes.id(&draft.file, text, "signal", ids.keys()),
                    }
                }
            }
            if let Some(text) = draft.replaced_by {
                self.replacement(&draft.file, text, &signal.id, "signal", ids);
            }
            signals.push(signal);
        }
        close_implies(&mut signals);
        signals
    }

    fn resolve_shows(
        &mut self,
        source: &Arc<SourceFile>,
        shows: &[ShowFile],
        named: &[(String, f64)],
        ids: &BTreeMap<String, SignalIx>,
    ) -> Vec<(SignalIx, f64)> {
        let mut out = Vec::new();
        for (id, how) in named {
            match ids.get(id) {
                Some(ix) => out.push((*ix, *how)),
                None => {
                    let text = shows.iter().filter_map(|s| s.signal.as_ref()).find(|t| &t.value == id);
                    if let Some(text) = text {
                        self.mistakes.id(source, text, "signal", ids.keys());
                    }
                }
            }
        }
        out
    }

    fn symptoms(
        &mut self,
        shapes: &Shapes,
        shows: &BTreeMap<&str, Vec<(String, f64)>>,
        ids: &BTreeMap<String, SignalIx>,
    ) -> Vec<Symptom> {
        let Some((source, shape)) = &shapes.symptoms else { return Vec::new() };
        let mut out = Vec::new();
        for (key, symptom) in &shape.symptoms {
            let stage = self.mistakes.word(source, &symptom.stage, "a stage").unwrap_or(Stage::Verify);
            let named = shows.get(key.value.as_str()).map_or(&[][..], Vec::as_slice);
            let shows = self.resolve_shows(source, &symptom.shows, named, ids);
            out.push(Symptom {
                id: key.value.clone(),
                title: symptom.title.value.clone(),
                stage,
                shows,
                guides: texts(&symptom.guides),
            });
        }
        out
    }

    fn causes(
        &mut self,
        shapes: &Shapes,
        knowledge: &Knowledge,
        shows: &BTreeMap<&str, Vec<(String, f64)>>,
        edges: &[Edge],
        ids: &BTreeMap<String, SignalIx>,
    ) -> Vec<Cause> {
        let cause_ids: BTreeMap<&String, CauseIx> = shapes.causes.keys().enumerate().map(|(ix, id)| (id, ix)).collect();
        let mut edges_of: BTreeMap<&str, Vec<&Edge>> = BTreeMap::new();
        edges.iter().for_each(|edge| edges_of.entry(&edge.cause).or_default().push(edge));
        let mut out = Vec::new();
        for (id, (source, shape)) in &shapes.causes {
            let stage = id.split('.').next().and_then(Stage::from_word).unwrap_or(Stage::Host);
            let mut direct = self.resolve_shows(source, &shape.shows, &shows[id.as_str()], ids);
            for edge in edges_of.get(id.as_str()).into_iter().flatten() {
                if let Some(ix) = ids.get(&edge.signal) {
                    direct.push((*ix, edge.how));
                }
            }
            let requires = shape.requires.as_ref().map(|node| self.condition(source, node, &knowledge.facts));
            let rules_out = shape.rules_out.iter().filter_map(|text| {
                let ix = ids.get(&text.value).copied();
                if ix.is_none() {
                    self.mistakes.id(source, text, "signal", ids.keys());
                }
                ix
            });
            let rules_out: Vec<SignalIx> = rules_out.collect();
            let (symptoms, consequences) = self.leads(source, &shape.leads_to, knowledge, &cause_ids);
            let mut looks_like = Vec::new();
            for entry in &shape.looks_like {
                match cause_ids.get(&entry.cause.value) {
                    Some(ix) => looks_like.push((*ix, entry.tell.value.clone())),
                    None => self.mistakes.id(source, &entry.cause, "cause", shapes.causes.keys()),
                }
            }
            let mut related = Vec::new();
            for text in &shape.related {
                match cause_ids.get(&text.value) {
                    Some(ix) => related.push(*ix),
                    None => self.mistakes.id(source, text, "cause", shapes.causes.keys()),
                }
            }
            if let Some(text) = shape.deprecated.as_ref().and_then(|deprecated| deprecated.replaced_by.as_ref()) {
                self.replacement(source, text, id, "cause", &shapes.causes);
            }
            let status = shape.status.as_ref().and_then(|s| self.mistakes.word(source, s, "a status"));
            let (fix, article) = self.remedy(id, source, shape, shapes);
            self.mistakes.template(source, &shape.summary.value, shape.summary.range.clone());
            out.push(Cause {
                id: id.clone(),
                title: shape.title.value.clone(),
                stage,
                prior: self.mistakes.word(source, &shape.prior, "a prior").unwrap_or(Prior::Occasional),
                summary: shape.summary.value.clone(),
                requires,
                shows: strongest(direct),
                effects: Vec::new(),
                rules_out,
                symptoms,
                consequences,
                looks_like,
                related,
                references: texts(&shape.references),
                status: match &shape.deprecated {
                    Some(_) => Status::Deprecated,
                    None => status.unwrap_or(Status::Stable),
                },
                deprecated: deprecation(shape.deprecated.as_ref()),
                fix,
                article,
                tests: self.tests(source, shape),
            });
        }
        out
    }

    /// Checks what replaces a cause or a signal.
    fn replacement<T>(
        &mut self,
        source: &Arc<SourceFile>,
        text: &Text,
        id: &str,
        what: &str,
        known: &BTreeMap<String, T>,
    ) {
        if text.value == id {
            let message = format!("the {what} `{id}` cannot replace itself");
            self.mistakes.error("E0105", source, text.range.clone(), message).help =
                Some("name what is used instead, or leave replaced_by: away".into());
        } else if !known.contains_key(&text.value) {
            self.mistakes.id(source, text, what, known.keys());
        }
    }

    fn leads(
        &mut self,
        source: &Arc<SourceFile>,
        leads: &[LeadFile],
        knowledge: &Knowledge,
        causes: &BTreeMap<&String, CauseIx>,
    ) -> (Strengths<SymptomIx>, Strengths<CauseIx>) {
        let (mut symptoms, mut consequences) = (Vec::new(), Vec::new());
        for lead in leads {
            let how =
                self.mistakes.word::<How>(source, &lead.how, "a word for how often").unwrap_or(How::Often).number();
            match (&lead.symptom, &lead.cause) {
                (Some(text), None) => match knowledge.symptom(&text.value) {
                    Some(ix) => symptoms.push((ix, how)),
                    None => self.mistakes.id(source, text, "symptom", knowledge.symptoms.iter().map(|s| &s.id)),
                },
                (None, Some(text)) => match causes.get(&text.value) {
                    Some(ix) => consequences.push((*ix, how)),
                    None => self.mistakes.id(source, text, "cause", causes.keys().copied()),
                },
                _ => {
                    self.mistakes.error(
                        "E0105",
                        source,
                        lead.how.range.clone(),
                        "an entry of leads_to names a symptom or a cause",
                    );
                }
            }
        }
        (symptoms, consequences)
    }

    fn remedy(&mut self, id: &str, source: &Arc<SourceFile>, shape: &CauseFile, shapes: &Shapes) -> (Fix, String) {
        match (&shape.fix, shapes.articles.get(id)) {
            (Some(fix), article) => {
                (fix_of(self.mistakes, source, 0, fix), article.map_or(String::new(), |a| a.body.clone()))
            }
            (None, Some(article)) => {
                let body_at = article.file.text.len() - article.body.len().min(article.file.text.len());
                self.mistakes.template(&article.file, &article.body, body_at..body_at);
                (fix_of(self.mistakes, &article.file, article.offset, &article.fix), article.body.clone())
            }
            (None, None) => {
                self.mistakes
                    .error("E0109", source, shape.title.range.clone(), format!("the cause `{id}` has no fix"))
                    .help = Some(format!("write knowledge/causes/{}.md, or fix: in this file", id.replace('.', "/")));
                (Fix::default(), String::new())
            }
        }
    }

    fn tests(&mut self, source: &Arc<SourceFile>, shape: &CauseFile) -> Vec<CauseTest> {
        shape
            .tests
            .iter()
            .map(|test| CauseTest {
                log: test.log.as_ref().map(|t| t.value.clone()),
                facts: test.facts.as_ref().map(condition::to_json),
                at: test.at.as_ref().and_then(|t| crate::input::time::parse_instant(&t.value, None)),
                expect: self.mistakes.word(source, &test.expect, "an expectation").unwrap_or(Expect::Listed),
            })
            .collect()
    }

    fn orphan_articles(&mut self, shapes: &Shapes) {
        for (id, article) in &shapes.articles {
            if !shapes.causes.contains_key(id) && !self.mistakes.broken.contains(id) {
                let near = match self.renamed.get(id) {
                    Some(new) => Some(format!("it is called `{new}` now: rename the article too")),
                    None => did_you_mean(id, shapes.causes.keys().map(String::as_str))
                        .map(|n| format!("did you mean `{n}`?")),
                };
                self.mistakes
                    .error("E0109", &article.file, 0..0, format!("there is no cause `{id}` for this article"))
                    .help = near;
            }
        }
    }
}

/// A condition over facts; its mistakes are noted where they stand.
pub(super) fn condition(
    mistakes: &mut Mistakes,
    source: &Arc<SourceFile>,
    node: &Node,
    facts: &BTreeMap<String, Fact>,
) -> Condition {
    let mut findings = Vec::new();
    let condition = condition::read(node, facts, &mut findings);
    // Where the vocabulary itself did not parse, every fact would look unknown.
    let vocabulary_broken = mistakes.broken.contains("facts");
    for finding in findings.into_iter().filter(|f| !(vocabulary_broken && f.code == "E0106")) {
        let error = mistakes.error(finding.code, source, finding.range, finding.message);
        error.help = finding.help;
        if let Some((wrong, near)) = &finding.meant {
            error.suggest(wrong, Some(near));
        }
    }
    condition
}

/// The steps of a fix; `offset` is where its YAML begins in the file.
pub(super) fn fix_of(mistakes: &mut Mistakes, source: &Arc<SourceFile>, offset: usize, fix: &FixFile) -> Fix {
    let mut convert = |steps: &[StepFile]| -> Vec<Step> {
        steps
            .iter()
            .map(|step| {
                let at = |t: &Text| t.range.start + offset..t.range.end + offset;
                mistakes.template(source, &step.instruction.value, at(&step.instruction));
                let mut commands = Vec::new();
                for (platform, list) in &step.commands {
                    let shifted = Text { value: platform.value.clone(), range: at(platform) };
                    let platform = mistakes.word(source, &shifted, "a platform").unwrap_or(Platform::Any);
                    for command in list {
                        mistakes.template(source, &command.value, at(command));
                        commands.push((platform, command.value.clone()));
                    }
                }
                let risk = step.risk.as_ref().map(|r| Text { value: r.value.clone(), range: at(r) });
                Step {
                    instruction: step.instruction.value.clone(),
                    minutes: step.minutes.unwrap_or(1),
                    risk: risk.and_then(|r| mistakes.word(source, &r, "a risk")).unwrap_or(Risk::ReadOnly),
                    commands,
                }
            })
            .collect()
    };
    Fix { steps: convert(&fix.steps), verify: convert(&fix.verify) }
}

/// Every signal implies what its implied signals imply.
fn close_implies(signals: &mut [Signal]) {
    for ix in 0..signals.len() {
        let mut seen = BTreeSet::new();
        let mut open = signals[ix].implies.clone();
        while let Some(next) = open.pop() {
            if next != ix && seen.insert(next) {
                open.extend(&signals[next].implies);
            }
        }
        signals[ix].implies = seen.into_iter().collect();
    }
}

/// One edge per signal, the strongest, in the order of the signals.
fn strongest(mut edges: Vec<(SignalIx, f64)>) -> Vec<(SignalIx, f64)> {
    edges.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    edges.dedup_by_key(|e| e.0);
    edges
}

fn deprecation(shape: Option<&DeprecatedFile>) -> Option<Deprecation> {
    shape.map(|shape| Deprecation {
        reason: shape.reason.value.clone(),
        since: shape.since.value.0,
        replaced_by: shape.replaced_by.as_ref().map(|id| id.value.clone()),
    })
}

pub(super) fn texts(list: &[Text]) -> Vec<String> {
    list.iter().map(|t| t.value.clone()).collect()
}

/// Id of the signal that stands inline as the `ix`th entry of `shows`.
pub fn inline_id(owner: &str, ix: usize) -> String {
    format!("{owner}#{}", ix + 1)
}
