//! How many questions it takes: sessions over labelled incidents whose logs are withheld, and whose evidence answers.
//!
//! A session begins with the symptom that a person would report. The line of a log "is there" when one of the signals that
//! stand for it was seen in the case; a fact is known when the case tells it; everything else nobody knows.

use serde::Serialize;

use super::question::{Choice, Kind, Question};
use super::saved::Given;
use super::{Interview, Next, State};
use crate::diagnostic::count;
use crate::engine::{Engine, Outcome};
use crate::observe::condition::shown;
use crate::reason::Options;
use crate::rule::model::{CauseIx, SignalKind, SymptomIx};

/// How a session over one case went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Story {
    /// The set of cases that it belongs to.
    pub set: String,
    /// The case.
    pub id: String,
    /// The acceptable causes.
    pub expected: Vec<String>,
    /// The symptom that it began with.
    pub symptom: Option<String>,
    /// Questions until it ended.
    pub questions: usize,
    /// Those that nobody could answer.
    pub unknown: usize,
    /// After how many questions the right cause led for good; `None` where it does not in the end.
    pub right_after: Option<usize>,
    /// The leading cause in the end, and its probability.
    pub ended: Option<(String, f64)>,
    /// What was asked.
    pub asked: Vec<String>,
    /// Whether the case names the cause when its files are read: no session can do better than its evidence.
    pub told_by_files: bool,
}

impl Story {
    /// Whether the right cause leads in the end.
    pub fn is_right(&self) -> bool {
        self.right_after.is_some()
    }
}

/// Figures over stories.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Cases.
    pub cases: usize,
    /// Share of them whose right cause leads in the end.
    pub reached: f64,
    /// Share of them whose right cause leads after three questions at most, and still in the end.
    pub within_three: f64,
    /// Mean of the questions until a session ended.
    pub mean_questions: f64,
    /// Mean of the questions after which the right cause led for good, over the cases where it does.
    pub mean_until_right: f64,
    /// Share of the cases whose cause is named when their files are read.
    pub told_by_files: f64,
}

impl Figures {
    /// Over these stories.
    pub fn of<'s>(stories: impl Iterator<Item = &'s Story>) -> Self {
        let stories: Vec<&Story> = stories.collect();
        let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let share =
            |holds: &dyn Fn(&Story) -> bool| mean(stories.iter().map(|s| f64::from(u8::from(holds(s)))).collect());
        Figures {
            cases: stories.len(),
            reached: share(&Story::is_right),
            within_three: share(&|story| story.right_after.is_some_and(|n| n <= 3)),
            mean_questions: mean(stories.iter().map(|story| story.questions as f64).collect()),
            mean_until_right: mean(stories.iter().filter_map(|story| Some(story.right_after? as f64)).collect()),
            told_by_files: share(&|story| story.told_by_files),
        }
    }
}

/// Plays a session over a case. `engine` is one of [`super::engine`], `files` what reading the case's files gave.
pub fn story(
    engine: &Engine,
    set: &str,
    id: &str,
    expected: &[CauseIx],
    files: &Outcome,
    now: jiff::Timestamp,
) -> Story {
    let ids = |causes: &[CauseIx]| causes.iter().map(|cause| engine.knowledge.causes[*cause].id.clone()).collect();
    let first = files.diagnosis.whole.causes.first();
    let mut interview = Interview::new(engine, engine.session(now), Options::default());
    let symptom = symptom(engine, expected, files).map(|ix| engine.knowledge.symptoms[ix].id.clone());
    let mut story = Story {
        set: set.to_owned(),
        id: id.to_owned(),
        expected: ids(expected),
        symptom: symptom.clone(),
        questions: 0,
        unknown: 0,
        right_after: None,
        ended: None,
        asked: Vec::new(),
        told_by_files: first.is_some_and(|ranked| expected.contains(&ranked.cause)),
    };
    // What nobody would report is not asked for either.
    let begin =
        symptom.map_or_else(|| Given::Unknown { question: "symptom".to_owned() }, |symptom| Given::Symptom { symptom });
    let _ = interview.give(begin);
    loop {
        let state = interview.state();
        story.ended = state.posterior.causes.first().map(|(cause, p)| (engine.knowledge.causes[*cause].id.clone(), *p));
        let right = leads(&state, expected);
        story.right_after = if right { story.right_after.or(Some(story.questions)) } else { None };
        let Next::Ask(question) = interview.next(&state) else { return story };
        let answer = answer(&question, files);
        story.questions += 1;
        let told = match &answer {
            Given::Signs { seen, unseen, .. } => format!("{} ({} not)", seen.join(" "), unseen.len()),
            Given::Fact { value, .. } => value.clone(),
            _ => "?".to_owned(),
        };
        story.unknown += usize::from(matches!(answer, Given::Unknown { .. }));
        story.asked.push(format!("{} = {told}", question.key.chars().take(60).collect::<String>()));
        if interview.give(answer).is_err() {
            let _ = interview.give(question.unknown());
        }
    }
}

fn leads(state: &State, expected: &[CauseIx]) -> bool {
    state.posterior.causes.first().is_some_and(|(cause, _)| expected.contains(cause))
}

/// The symptom that a person would report: one that the case shows, else the one that the cause brings about most often.
fn symptom(engine: &Engine, expected: &[CauseIx], files: &Outcome) -> Option<SymptomIx> {
    let cause = *expected.first()?;
    let shown = &files.diagnosis.whole.symptoms;
    let signal =
        |symptom: SymptomIx| super::symptoms::signal(&engine.knowledge, &engine.knowledge.symptoms[symptom].id).ok();
    let strength =
        |symptom: SymptomIx| signal(symptom).map_or(0.0, |signal| engine.network.causes[cause].strength(signal));
    let brought = (0..engine.knowledge.symptoms.len()).filter(|symptom| strength(*symptom) > 0.0);
    brought.max_by(|a, b| {
        let key = |symptom: SymptomIx| (shown.contains(&symptom), strength(symptom));
        let (a, b) = (key(*a), key(*b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    })
}

/// What the evidence of a case answers.
fn answer(question: &Question, files: &Outcome) -> Given {
    let knowledge = &files.engine.knowledge;
    let seen = |id: &String| {
        let signal = knowledge.signal(id);
        signal.is_some_and(|signal| files.diagnosis.whole.evidence.seen.contains(&signal))
    };
    let known_false = |id: &String| {
        let signal = knowledge.signal(id).map(|signal| &knowledge.signals[signal].kind);
        matches!(signal, Some(SignalKind::Fact(condition)) if files.seen.sets.iter().any(|set| set.holds(condition) == Some(false)))
    };
    let ids = |there: &dyn Fn(&Choice) -> bool| {
        question.choices.iter().filter(|choice| there(choice)).map(|choice| choice.id.clone()).collect::<Vec<_>>()
    };
    match question.kind {
        // Without a log there is nothing to look at.
        Kind::Signs if !has_log(files) => question.unknown(),
        // Whoever finds one of the lines tells which.
        Kind::Signs if std::env::var("VAGUE").is_ok() => {
            question.signs_seen(ids(&|choice| choice.alike.iter().any(seen)))
        }
        Kind::Signs => question.signs_found(seen),
        Kind::Facts => {
            let there = ids(&|choice| seen(&choice.id));
            let not = ids(&|choice| !seen(&choice.id) && known_false(&choice.id));
            match there.is_empty() && not.is_empty() {
                true => question.unknown(),
                false => question.signs_told(there, not),
            }
        }
        Kind::Symptom => question.unknown(),
        _ => {
            let value = files.seen.sets.iter().find_map(|set| set.values.get(&question.key));
            value.map_or_else(
                || question.unknown(),
                |value| Given::Fact { fact: question.key.clone(), value: shown(value) },
            )
        }
    }
}

fn has_log(files: &Outcome) -> bool {
    files.inputs.iter().any(|input| input.kind == "log")
}

/// The figures for a person, by set and in all; with `list`, every case that is not reached within three questions.
pub fn text(stories: &[Story], list: bool) -> String {
    let mut out = String::new();
    let mut sets: Vec<&str> = stories.iter().map(|story| story.set.as_str()).collect();
    sets.dedup();
    let mut line = |name: &str, figures: &Figures| {
        out.push_str(&format!(
            "{name:12} cases={:3} reached={:.3} within_3={:.3} questions={:.2} until_right={:.2} told_by_files={:.3}\n",
            figures.cases,
            figures.reached,
            figures.within_three,
            figures.mean_questions,
            figures.mean_until_right,
            figures.told_by_files
        ));
    };
    for set in sets {
        line(set, &Figures::of(stories.iter().filter(|story| story.set == set)));
    }
    line("all", &Figures::of(stories.iter()));
    for story in stories.iter().filter(|story| list && story.right_after.is_none_or(|n| n > 3)) {
        let (ended, p) = story.ended.clone().unwrap_or_default();
        let told = if story.told_by_files { "" } else { ", its files do not tell it either" };
        out.push_str(&format!(
            "\n{} {}: want {}, ended with {ended} {p:.2} after {} ({} unknown){told}\n",
            story.set,
            story.id,
            story.expected.join(" or "),
            count(story.questions, "question"),
            story.unknown
        ));
        out.push_str(&format!("  began with {}\n", story.symptom.as_deref().unwrap_or("nothing")));
        for asked in &story.asked {
            out.push_str(&format!("  {asked}\n"));
        }
    }
    out
}
