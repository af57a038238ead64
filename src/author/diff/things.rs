//! What a pack holds, as fields that can be compared.

use std::collections::BTreeMap;

use super::What;
use crate::knowledge::Understood;
use crate::rule::file::{
    CauseFile, FactFile, FixFile, MappingFile, Node, OneOrMany, PracticeFile, PracticeTestFile, ShowFile, SignalFile,
    StepFile, SymptomFile, TestFile, Text,
};
use crate::rule::model::Practice;
use crate::rule::numbers::Numbers;
use crate::rule::shapes::Shapes;
use crate::rule::words::{How, Words};

/// Something with an id.
pub struct Thing {
    pub title: String,
    /// Always the same fields for the same kind of thing.
    pub fields: Vec<(&'static str, Field)>,
}

/// The value of a field.
#[derive(PartialEq)]
pub enum Field {
    One(Option<String>),
    /// In any order.
    Set(Vec<String>),
    /// Their order matters.
    Ordered(Vec<String>),
    /// What stands at the other end, and how strongly.
    Edges(BTreeMap<String, String>),
}

use Field::{Edges, One, Ordered, Set};

/// Everything in a pack by kind and id.
pub fn of(understood: &Understood) -> BTreeMap<(What, String), Thing> {
    let shapes = &understood.shapes;
    let mut things = BTreeMap::new();
    let mut add = |what, id: &str, thing| _ = things.insert((what, id.to_owned()), thing);
    let mut shown = shown_by(shapes);
    for (id, (_, shape)) in &shapes.causes {
        let mut edges = shown.remove(id).unwrap_or_default();
        for (name, how) in shows(&shape.shows) {
            strongest(&mut edges, name, how);
        }
        let article = shapes.articles.get(id);
        add(What::Cause, id, cause(shape, edges, article.map(|article| &article.fix)));
        inline(id, &shape.shows).into_iter().for_each(|(id, thing)| add(What::Signal, &id, thing));
        if let Some(article) = article {
            add(What::Article, id, prose(&article.body));
        }
    }
    for (technology, (_, file)) in &shapes.signals {
        for (key, shape) in &file.signals {
            add(What::Signal, &format!("{technology}.{}", key.value), signal(shape));
        }
    }
    for (key, shape) in shapes.symptoms.iter().flat_map(|(_, file)| &file.symptoms) {
        add(What::Symptom, &key.value, symptom(shape));
        inline(&key.value, &shape.shows).into_iter().for_each(|(id, thing)| add(What::Signal, &id, thing));
    }
    for (name, (_, shape)) in &shapes.practices {
        add(What::Practice, &format!("{}{name}", Practice::PREFIX), practice(shape));
    }
    for (path, shape) in shapes.facts.iter().flat_map(|(_, file)| &file.facts) {
        add(What::Fact, &path.value, fact(shape));
    }
    for (id, (_, shape)) in &shapes.mappings {
        add(What::Mapping, id, mapping(shape));
    }
    for (path, text) in &shapes.pages {
        add(What::Page, path, prose(text));
    }
    add(What::Numbers, "calibration", numbers(&understood.knowledge.numbers));
    things
}

/// What the signals say of causes: for each cause, its signals and how strongly.
fn shown_by(shapes: &Shapes) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut shown: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (technology, (_, file)) in &shapes.signals {
        for (key, signal) in &file.signals {
            for (cause, how) in &signal.shown_by {
                let edges = shown.entry(cause.value.clone()).or_default();
                strongest(edges, format!("{technology}.{}", key.value), how.value.clone());
            }
        }
    }
    shown
}

/// Of two edges to the same signal the stronger one counts.
fn strongest(edges: &mut BTreeMap<String, String>, name: String, how: String) {
    let number = |word: &str| How::from_word(word).map_or(0.0, How::number);
    match edges.get(&name) {
        Some(there) if number(there) >= number(&how) => {}
        _ => _ = edges.insert(name, how),
    }
}

/// The name of an entry of `shows`: the id of the signal, or the title of an inline one.
fn shows(shows: &[ShowFile]) -> Vec<(String, String)> {
    let name = |(ix, show): (usize, &ShowFile)| match &show.signal {
        Some(id) => id.value.clone(),
        None => inline_name(shows, ix),
    };
    shows.iter().enumerate().map(|entry| (name(entry), entry.1.how.value.clone())).collect()
}

/// Inline signals have numbers for ids, which change when one is put before them: their titles tell more.
fn inline_name(shows: &[ShowFile], ix: usize) -> String {
    let title = |show: &ShowFile| show.title.as_ref().map(|title| title.value.clone()).unwrap_or_default();
    let own = title(&shows[ix]);
    match shows[..ix].iter().filter(|show| show.signal.is_none() && title(show) == own).count() {
        0 => format!("\"{own}\""),
        before => format!("\"{own}\" ({})", before + 1),
    }
}

fn inline(owner: &str, shows: &[ShowFile]) -> Vec<(String, Thing)> {
    let own = shows.iter().enumerate().filter(|(_, show)| show.signal.is_none());
    own.map(|(ix, show)| {
        let ShowFile { log, said, fact, leak, implies, cleared_by, source, stage, min_level, .. } = show;
        let fields = vec![
            ("patterns", patterns(log.as_ref())),
            ("said", patterns(said.as_ref())),
            ("fact", condition(fact.as_ref())),
            ("leak", optional(leak)),
            ("implies", set(implies)),
            ("cleared_by", set(cleared_by)),
            ("source", set(source)),
            ("stage", optional(stage)),
            ("min_level", optional(min_level)),
        ];
        // The title is the name already.
        (format!("{owner} {}", inline_name(shows, ix)), Thing { title: String::new(), fields })
    })
    .collect()
}

fn cause(shape: &CauseFile, edges: BTreeMap<String, String>, article: Option<&FixFile>) -> Thing {
    let leads = shape.leads_to.iter().filter_map(|lead| {
        let target = lead.symptom.as_ref().or(lead.cause.as_ref())?;
        Some((target.value.clone(), lead.how.value.clone()))
    });
    let fix = article.or(shape.fix.as_ref());
    let steps = |of: fn(&FixFile) -> &[StepFile]| Ordered(fix.map_or(&[][..], of).iter().map(step).collect());
    Thing {
        title: shape.title.value.clone(),
        fields: vec![
            ("title", one(&shape.title)),
            ("prior", one(&shape.prior)),
            ("summary", one(&shape.summary)),
            ("requires", condition(shape.requires.as_ref())),
            ("shows", Edges(edges)),
            ("rules_out", set(&shape.rules_out)),
            ("leads_to", Edges(leads.collect())),
            (
                "looks_like",
                Edges(shape.looks_like.iter().map(|l| (l.cause.value.clone(), l.tell.value.clone())).collect()),
            ),
            ("steps", steps(|fix| &fix.steps)),
            ("verify", steps(|fix| &fix.verify)),
            ("references", set(&shape.references)),
            ("tests", Set(shape.tests.iter().map(test).collect())),
            ("status", optional(&shape.status)),
        ],
    }
}

fn step(step: &StepFile) -> String {
    let mut told = step.instruction.value.clone();
    let asides =
        [step.minutes.map(|minutes| format!("{minutes} min")), step.risk.as_ref().map(|risk| risk.value.clone())];
    let asides: Vec<String> = asides.into_iter().flatten().collect();
    if !asides.is_empty() {
        told.push_str(&format!(" ({})", asides.join(", ")));
    }
    for (platform, commands) in &step.commands {
        commands.iter().for_each(|command| told.push_str(&format!(" [{}: {}]", platform.value, command.value)));
    }
    told
}

fn test(test: &TestFile) -> String {
    let mut told = test.expect.value.clone();
    if let Some(log) = &test.log {
        told.push_str(&format!(" for log {}", log.value));
    }
    if let Some(facts) = &test.facts {
        told.push_str(&format!(" for facts {}", json(facts)));
    }
    if let Some(at) = &test.at {
        told.push_str(&format!(" at {}", at.value));
    }
    told
}

fn signal(shape: &SignalFile) -> Thing {
    Thing {
        title: shape.title.value.clone(),
        fields: vec![
            ("title", one(&shape.title)),
            ("patterns", patterns(shape.log.as_ref())),
            ("said", patterns(shape.said.as_ref())),
            ("fact", condition(shape.fact.as_ref())),
            ("leak", one(&shape.leak)),
            ("implies", set(&shape.implies)),
            ("cleared_by", set(&shape.cleared_by)),
            ("source", set(&shape.source)),
            ("stage", optional(&shape.stage)),
            ("min_level", optional(&shape.min_level)),
            ("proves", optional(&shape.proves)),
            ("match", set(&shape.examples.matching)),
            ("miss", set(&shape.examples.miss)),
        ],
    }
}

fn symptom(shape: &SymptomFile) -> Thing {
    Thing {
        title: shape.title.value.clone(),
        fields: vec![
            ("title", one(&shape.title)),
            ("stage", one(&shape.stage)),
            ("shows", Edges(shows(&shape.shows).into_iter().collect())),
            ("guides", set(&shape.guides)),
        ],
    }
}

fn practice(shape: &PracticeFile) -> Thing {
    let test = |test: &PracticeTestFile| {
        let at = test.at.as_ref().map_or(String::new(), |at| format!(" at {}", at.value));
        format!("{} for facts {}{at}", test.expect.value, json(&test.facts))
    };
    Thing {
        title: shape.title.value.clone(),
        fields: vec![
            ("title", one(&shape.title)),
            ("severity", one(&shape.severity)),
            ("summary", one(&shape.summary)),
            ("why", one(&shape.why)),
            ("applies_if", condition(shape.applies_if.as_ref())),
            ("violated_by", condition(Some(&shape.violated_by))),
            ("kept_by", condition(shape.kept_by.as_ref())),
            ("steps", Ordered(shape.fix.steps.iter().map(step).collect())),
            ("verify", Ordered(shape.fix.verify.iter().map(step).collect())),
            ("causes", set(&shape.causes)),
            ("references", set(&shape.references)),
            ("tests", Set(shape.tests.iter().map(test).collect())),
        ],
    }
}

fn fact(shape: &FactFile) -> Thing {
    Thing {
        title: shape.meaning.value.clone(),
        fields: vec![
            ("type", one(&shape.kind)),
            ("values", set(&shape.values)),
            ("unit", optional(&shape.unit)),
            ("meaning", one(&shape.meaning)),
            ("where", optional(&shape.place)),
            ("question", optional(&shape.question)),
            ("minutes", One(shape.minutes.map(|minutes| minutes.to_string()))),
        ],
    }
}

fn mapping(shape: &MappingFile) -> Thing {
    Thing {
        title: shape.title.value.clone(),
        fields: vec![
            ("title", one(&shape.title)),
            ("recognise", Set(shape.recognise.iter().map(json).collect())),
            ("rows", optional(&shape.rows)),
            ("subject", optional(&shape.subject)),
            ("also_text", One(shape.also_text.then(|| "true".to_owned()))),
            (
                "facts",
                Edges(
                    shape
                        .facts
                        .iter()
                        .map(|(fact, from)| (fact.value.clone(), format!("from {}", json(from))))
                        .collect(),
                ),
            ),
        ],
    }
}

fn prose(text: &str) -> Thing {
    let lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(str::to_owned);
    Thing { title: String::new(), fields: vec![("lines", Ordered(lines.collect()))] }
}

fn numbers(numbers: &Numbers) -> Thing {
    fn words<W: std::fmt::Display>(words: &BTreeMap<W, f64>) -> Field {
        Edges(words.iter().map(|(word, number)| (word.to_string(), number.to_string())).collect())
    }
    let edges = numbers
        .edges
        .iter()
        .map(|((cause, signal), counted)| (format!("{cause} shows {signal}"), counted.strength.to_string()));
    Thing {
        title: String::new(),
        fields: vec![
            ("prior", words(&numbers.prior)),
            ("how", words(&numbers.how)),
            ("leak", words(&numbers.leak)),
            ("edges", Edges(edges.collect())),
        ],
    }
}

fn one(text: &Text) -> Field {
    One(Some(text.value.clone()))
}

fn optional(text: &Option<Text>) -> Field {
    One(text.as_ref().map(|text| text.value.clone()))
}

fn set(list: &[Text]) -> Field {
    Set(list.iter().map(|text| text.value.clone()).collect())
}

fn patterns(log: Option<&OneOrMany>) -> Field {
    set(log.map_or(&[][..], |list| &list.0))
}

fn condition(node: Option<&Node>) -> Field {
    One(node.map(json))
}

/// A value as one line.
fn json(node: &Node) -> String {
    match serde_json::to_value(node) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(value) => value.to_string(),
        Err(error) => error.to_string(),
    }
}
