//! From a diagnosis to an [`Answer`]: every id a title, every template filled in, every secret taken out.

use std::collections::BTreeMap;
use std::ops::Range;

use super::answer::*;
use super::place;
use super::redact::Redactor;
use crate::diagnostic::floor_boundary;
use crate::engine::{Engine, InputReport, Outcome};
use crate::input::Record;
use crate::observe::COMMAND_LINE;
use crate::observe::evidence::{AbsentBecause, Present, Success};
use crate::observe::incident::Subject;
use crate::reason::score::{DIGITS, Node};
use crate::reason::{self, Against, IncidentVerdict, Ranked, Verdict};
use crate::remedy::Values;
use crate::rule::model::{Cause, Knowledge, Platform, SignalIx, SignalKind, Step};

/// Characters of a quoted record.
const EXCERPT: usize = 400;
/// Unexplained records that are listed.
const UNEXPLAINED: usize = 10;
/// Past failures that are listed.
const HISTORY: usize = 20;

impl Answer {
    /// Fills everything in.
    pub fn new(outcome: &Outcome) -> Self {
        Self::redacted(outcome, &mut Redactor::default())
    }

    /// As [`Answer::new`], with a redactor that others use too: what they know as a secret has the same placeholder here.
    pub fn redacted(outcome: &Outcome, redactor: &mut Redactor) -> Self {
        let mut writer = Writer { outcome, redactor: std::mem::take(redactor) };
        let answer = writer.answer();
        *redactor = writer.redactor;
        answer
    }
}

/// Fills answers in; one redactor, so that the same secret gets the same placeholder everywhere.
pub(super) struct Writer<'a> {
    outcome: &'a Outcome<'a>,
    redactor: Redactor,
}

impl<'a> Writer<'a> {
    pub(super) fn new(outcome: &'a Outcome<'a>) -> Self {
        Writer { outcome, redactor: Redactor::default() }
    }

    fn answer(&mut self) -> Answer {
        let outcome = self.outcome;
        let whole = &outcome.diagnosis.whole;
        let causes: Vec<CauseAnswer> = whole.causes.iter().map(|ranked| self.cause(whole, ranked)).collect();
        let incidents = outcome.diagnosis.incidents.iter().map(|incident| self.incident(incident)).collect();
        let history = self.history(whole);
        let knowledge = &outcome.engine.knowledge;
        let symptoms = whole.symptoms.iter().map(|ix| &knowledge.symptoms[*ix]);
        let symptoms =
            symptoms.map(|s| SymptomAnswer { id: s.id.clone(), title: s.title.clone(), guides: s.guides.clone() });
        let symptoms = symptoms.collect();
        let next_checks = whole.next.iter().filter_map(|check| {
            let fact = knowledge.facts.get(&check.fact)?;
            Some(CheckAnswer {
                fact: fact.path.clone(),
                question: fact.question.clone().unwrap_or_else(|| fact.meaning.clone()),
                place: fact.place.clone().unwrap_or_default(),
                minutes: check.minutes,
                information_bits: rounded(check.bits, 3),
            })
        });
        let next_checks = next_checks.collect();
        let unexplained = outcome.seen.unexplained.iter().take(UNEXPLAINED);
        let unexplained = unexplained.map(|u| {
            let (excerpt, _) = self.excerpt(&u.record.text, &(0..0));
            RecordAnswer { file: self.file(u.input), line: line_of(&u.record), excerpt, count: u.count }
        });
        let unexplained = unexplained.collect();
        let inputs = outcome.inputs.iter().map(|input| input_answer(&mut self.redactor, input)).collect();
        let packs = packs(knowledge);
        let none_probability = rounded(whole.none, DIGITS);
        Answer {
            schema: "certwhy/diagnosis/1",
            causes,
            none_probability,
            symptoms,
            incidents,
            history,
            next_checks,
            unexplained,
            inputs,
            partial: outcome.partial,
            packs,
        }
    }

    pub(super) fn cause(&mut self, verdict: &Verdict, ranked: &Ranked) -> CauseAnswer {
        self.learn(verdict, ranked);
        let knowledge = &self.outcome.engine.knowledge;
        let cause = &knowledge.causes[ranked.cause];
        let values = self.values(verdict, ranked);
        let evidence = ranked.for_it.iter().filter_map(|(signal, db)| self.evidence(verdict, *signal, *db)).collect();
        let against = ranked.against.iter().map(|(a, db)| self.against(*a, *db)).collect();
        let looks_like = cause.looks_like.iter().map(|(other, tell)| (&knowledge.causes[*other], tell.clone()));
        let looks_like = looks_like.map(|(c, tell)| LookAlike { id: c.id.clone(), title: c.title.clone(), tell });
        let symptoms = cause.symptoms.iter().filter(|(ix, _)| verdict.symptoms.contains(ix));
        let symptoms = symptoms.map(|(ix, _)| knowledge.symptoms[*ix].id.clone()).collect();
        CauseAnswer {
            id: cause.id.clone(),
            title: cause.title.clone(),
            stage: cause.stage.to_string(),
            probability: rounded(ranked.probability, DIGITS),
            confidence: reason::confidence(ranked.probability),
            prior_db: rounded(ranked.prior_db, 1),
            odds_db: rounded(reason::score::decibans(ranked.probability), 1),
            summary: self.text(&cause.summary, &values),
            evidence,
            against,
            fix: self.fix(cause, &values),
            looks_like: looks_like.collect(),
            symptoms,
            article: format!("knowledge/causes/{}.md", cause.id.replacen('.', "/", 1)),
        }
    }

    /// What its records say is secret is secret in what they capture too, where nothing says so.
    fn learn(&mut self, verdict: &Verdict, ranked: &Ranked) {
        for (signal, _) in &ranked.for_it {
            let present = verdict.evidence.present.iter().find(|p| p.signal == *signal);
            for (sighting, _) in present.iter().flat_map(|p| &p.marks) {
                self.redactor.learn(&self.outcome.seen.sightings[*sighting].record.text);
            }
        }
    }

    /// Values for the templates of a cause: captures of its own evidence, strongest first, then of the records around, then facts.
    fn values(&self, verdict: &Verdict, ranked: &Ranked) -> Values {
        let seen = &self.outcome.seen;
        let mut values = Values::default();
        let present = |signal: &SignalIx| verdict.evidence.present.iter().find(|p| p.signal == *signal);
        let own: Vec<&Present> = ranked.for_it.iter().filter_map(|(signal, _)| present(signal)).collect();
        for p in &own {
            for (sighting, mark) in &p.marks {
                for (name, value) in &seen.sightings[*sighting].marks[*mark].values {
                    values.add(name, value);
                }
            }
        }
        for p in &own {
            for (sighting, _) in &p.marks {
                for (name, value) in seen.sightings[*sighting].marks.iter().flat_map(|m| &m.values) {
                    values.add(name, value);
                }
            }
        }
        for set in own.iter().flat_map(|p| &p.sets).map(|ix| &seen.sets[*ix]).chain(&seen.sets) {
            for (path, value) in &set.values {
                values.add(path, &crate::observe::condition::shown(value));
            }
        }
        // Elsewhere in the input, a subject that is the only one is the one.
        for name in crate::observe::SUBJECTS {
            let mut all: Vec<&str> = Vec::new();
            for mark in seen.sightings.iter().flat_map(|s| &s.marks) {
                all.extend(mark.values.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()));
            }
            all.sort_unstable();
            all.dedup();
            if let [only] = all.as_slice() {
                values.add(name, only);
            }
        }
        if let Some(cn) = values.0.get("certificate.cn").cloned() {
            values.add("domain", &cn);
        }
        values
    }

    fn evidence(&mut self, verdict: &Verdict, signal: SignalIx, db: f64) -> Option<EvidenceAnswer> {
        let seen = &self.outcome.seen;
        let entry = &self.outcome.engine.knowledge.signals[signal];
        let present = verdict.evidence.present.iter().find(|p| p.signal == signal)?;
        let mut answer = EvidenceAnswer {
            signal: entry.id.clone(),
            title: entry.title.clone(),
            weight_db: rounded(db, 1),
            strength: reason::explain::strength(db),
            file: String::new(),
            line: None,
            time: None,
            excerpt: String::new(),
            told_by: None,
            marked: Marked::default(),
            values: BTreeMap::new(),
            count: seen.counts.get(&signal).copied().unwrap_or(1),
        };
        if let Some((sighting, mark)) = present.marks.first() {
            let sighting = &seen.sightings[*sighting];
            let mark = &sighting.marks[*mark];
            answer.file = self.file(sighting.input);
            let before = sighting.record.text.get(..mark.span.start).unwrap_or("");
            answer.line = line_of(&sighting.record).map(|line| line + before.matches('\n').count());
            answer.time = sighting.record.time.map(|t| t.to_string());
            let (excerpt, marked) = self.excerpt(&sighting.record.text, &mark.span);
            (answer.marked, answer.excerpt) = (Marked::of(&excerpt, &marked), excerpt);
            answer.values = mark.values.iter().map(|(n, v)| (n.clone(), self.redactor.text(v))).collect();
        } else if let (Some(set), SignalKind::Fact(condition)) = (present.sets.first(), &entry.kind) {
            let set = &seen.sets[*set];
            let place = condition.paths().into_iter().find_map(|path| set.places.get(path));
            answer.file = self.file(place.map_or(COMMAND_LINE, |(input, _)| *input));
            answer.line = place.and_then(|(_, line)| *line);
            let origins: Vec<_> = condition.paths().into_iter().filter_map(|path| set.origins.get(path)).collect();
            answer.time = origins.iter().filter_map(|origin| origin.at).max().map(|at| at.to_string());
            let mut told: Vec<&str> = origins.iter().map(|origin| origin.from.as_str()).collect();
            told.sort_unstable();
            told.dedup();
            answer.told_by = (!told.is_empty()).then(|| self.redactor.text(&told.join(", ")));
            answer.excerpt = self.redactor.text(&set.excerpt(condition));
            answer.marked = Marked::of(&answer.excerpt, &(0..answer.excerpt.len()));
            answer.count = present.sets.len() as u64;
        }
        Some(answer)
    }

    fn against(&self, against: Against, db: f64) -> AgainstAnswer {
        let (signal, reason) = match against {
            Against::Absent(signal, AbsentBecause::Log) => (signal, "the log would show this and does not"),
            Against::Absent(signal, AbsentBecause::Said) => (signal, "this was looked for and not found"),
            Against::Absent(signal, AbsentBecause::Fact(_)) => (signal, "the facts say otherwise"),
            Against::RuledOut(signal) => (signal, "this was seen, which speaks strongly against it"),
            Against::Passed(signal) => (signal, "this was seen later, so the stage was passed"),
        };
        let entry = &self.outcome.engine.knowledge.signals[signal];
        AgainstAnswer {
            signal: entry.id.clone(),
            weight_db: rounded(db, 1),
            reason: format!("{}: {reason}", entry.title),
        }
    }

    fn fix(&mut self, cause: &Cause, values: &Values) -> FixAnswer {
        FixAnswer { steps: self.steps(&cause.fix.steps, values), verify: self.steps(&cause.fix.verify, values) }
    }

    fn steps(&mut self, list: &[Step], values: &Values) -> Vec<StepAnswer> {
        steps(self.outcome.engine, &mut self.redactor, list, values)
    }

    fn text(&mut self, template: &str, values: &Values) -> String {
        text(self.outcome.engine, &mut self.redactor, template, values)
    }

    fn incident(&mut self, incident: &IncidentVerdict) -> IncidentAnswer {
        let verdict = &incident.verdict;
        let (kind, subject) = self.subject(&incident.subject);
        let (from, to) = incident.period.map(|(from, to)| (from.to_string(), to.to_string())).unzip();
        let knowledge = &self.outcome.engine.knowledge;
        let causes = verdict.causes.iter().map(|ranked| {
            let strongest = ranked.for_it.first().and_then(|(signal, db)| self.evidence(verdict, *signal, *db));
            let proof = strongest.map_or(String::new(), |e| place(&e.file, e.line));
            let cause = &knowledge.causes[ranked.cause];
            IncidentCause {
                id: cause.id.clone(),
                title: cause.title.clone(),
                probability: rounded(ranked.probability, DIGITS),
                confidence: reason::confidence(ranked.probability),
                proof,
            }
        });
        let causes = causes.collect();
        IncidentAnswer { kind, subject, from, to, causes }
    }

    /// Of what kind a subject is, and its name.
    pub(super) fn subject(&mut self, subject: &Subject) -> (&'static str, String) {
        match subject {
            Subject::Named(kind, name) => (*kind, self.redactor.text(name)),
            Subject::Input(input) => ("input", self.file(*input)),
        }
    }

    /// What a success is, and where it stands; empty where facts say so.
    pub(super) fn success(&mut self, by: Success) -> (String, String) {
        let seen = &self.outcome.seen.sightings;
        let at = by.sighting.map(|ix| place(&self.file(seen[ix].input), line_of(&seen[ix].record)));
        (self.outcome.engine.knowledge.signals[by.signal].title.clone(), at.unwrap_or_default())
    }

    /// What was cleared, and what only pointed at causes whose stage was passed later.
    fn history(&mut self, verdict: &Verdict) -> Vec<HistoryAnswer> {
        let engine = self.outcome.engine;
        let evidence = &verdict.evidence;
        let weighs = |signal: SignalIx| engine.network.causes.iter().any(|c| c.strength(signal) > 0.0);
        let cleared = evidence.cleared.iter().filter(|cleared| weighs(cleared.signal));
        let mut over: Vec<((usize, usize), Success, SignalIx)> = cleared.map(|c| (c.mark, c.by, c.signal)).collect();
        for present in &evidence.present {
            let possible =
                |(ix, node): &(usize, &Node)| node.strength(present.signal) > 0.0 && !evidence.passed.contains_key(ix);
            if engine.network.causes.iter().enumerate().any(|cause| possible(&cause)) {
                continue;
            }
            let by = evidence.passed.iter().find(|(ix, _)| engine.network.causes[**ix].strength(present.signal) > 0.0);
            if let (Some(mark), Some((_, by))) = (present.marks.last(), by) {
                over.push((*mark, *by, present.signal));
            }
        }
        over.sort_by_key(|(mark, _, signal)| (*mark, *signal));
        // One record is told once.
        over.dedup_by_key(|(mark, _, _)| mark.0);
        over.into_iter().take(HISTORY).map(|(mark, by, signal)| self.past(signal, mark, by)).collect()
    }

    fn past(&mut self, signal: SignalIx, (sighting, mark): (usize, usize), by: Success) -> HistoryAnswer {
        let signals = &self.outcome.engine.knowledge.signals;
        let seen = &self.outcome.seen.sightings;
        let sighting = &seen[sighting];
        let (excerpt, _) = self.excerpt(&sighting.record.text, &sighting.marks[mark].span);
        let (cleared_by, cleared_at) = self.success(by);
        HistoryAnswer {
            signal: signals[signal].id.clone(),
            title: signals[signal].title.clone(),
            file: self.file(sighting.input),
            line: line_of(&sighting.record),
            time: sighting.record.time.map(|t| t.to_string()),
            excerpt,
            cleared_by,
            cleared_at,
        }
    }

    fn file(&mut self, input: usize) -> String {
        let name = self.outcome.inputs.get(input).map(|input| input.name.as_str());
        name.map_or_else(|| "--fact".to_owned(), |name| self.redactor.text(name))
    }

    /// The part of a record around what decided, without secrets, and where in it that stands.
    fn excerpt(&mut self, text: &str, span: &Range<usize>) -> (String, Range<usize>) {
        let redacted = self.redactor.redact(text);
        let marked = redacted.range(span);
        let text = redacted.text;
        if text.chars().count() <= EXCERPT {
            return (text, marked);
        }
        let from = text[..marked.start].rfind('\n').map_or(0, |at| at + 1);
        let from = from.max(floor_boundary(&text, marked.start.saturating_sub(EXCERPT / 2)));
        let line_end = text[marked.end..].find('\n').map_or(text.len(), |at| marked.end + at);
        let to = line_end
            .min(floor_boundary(&text, from + EXCERPT))
            .max(floor_boundary(&text, marked.end.min(from + EXCERPT)));
        let lead = if from > 0 { "… " } else { "" };
        let trail = if to < text.len() { " …" } else { "" };
        let moved = |at: usize| at.clamp(from, to) - from + lead.len();
        (format!("{lead}{}{trail}", &text[from..to]), moved(marked.start)..moved(marked.end))
    }
}

/// Steps with the values of a case.
pub(super) fn steps(engine: &Engine, redactor: &mut Redactor, list: &[Step], values: &Values) -> Vec<StepAnswer> {
    let mut out = Vec::new();
    for step in list {
        let mut commands: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        for (platform, template) in &step.commands {
            commands.entry(platform.word()).or_default().push(command(engine, redactor, *platform, template, values));
        }
        let instruction = text(engine, redactor, &step.instruction, values);
        out.push(StepAnswer { instruction, minutes: step.minutes, risk: step.risk.word(), commands });
    }
    out
}

/// A template that fails with these values is shown as it stands: the person still sees what is meant.
pub(super) fn text(engine: &Engine, redactor: &mut Redactor, template: &str, values: &Values) -> String {
    let text = engine.remedy.text(template, values).unwrap_or_else(|_| template.to_owned());
    redactor.text(text.trim())
}

fn command(engine: &Engine, redactor: &mut Redactor, platform: Platform, template: &str, values: &Values) -> String {
    let text = engine.remedy.command(platform, template, values).unwrap_or_else(|_| template.to_owned());
    redactor.text(text.trim())
}

/// What became of an input.
pub(super) fn input_answer(redactor: &mut Redactor, input: &InputReport) -> InputAnswer {
    InputAnswer {
        name: redactor.text(&input.name),
        kind: input.kind.clone(),
        format: input.format.clone(),
        lines: input.lines,
        records: input.records,
        notes: input.notes.iter().map(|note| redactor.text(note)).collect(),
    }
}

/// The packs that have a name.
pub(super) fn packs(knowledge: &Knowledge) -> Vec<PackAnswer> {
    let packs = knowledge.packs.iter();
    packs.map(|pack| PackAnswer { name: pack.name.clone(), version: pack.version.clone() }).collect()
}

/// The line of a record that stands in one.
fn line_of(record: &Record) -> Option<usize> {
    (record.line > 0).then_some(record.line)
}

pub(super) fn rounded(value: f64, digits: i32) -> f64 {
    let factor = 10f64.powi(digits);
    (value * factor).round() / factor
}
