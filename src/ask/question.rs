//! A question, and what an answer to it means.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::saved::Given;
use crate::rule::model::{Fact, Knowledge};
use crate::rule::words::FactKind;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Question {
    /// Names it among the questions of a session: `symptom`, `signs …`, or the path of a fact.
    pub key: String,
    /// What kind of answer it takes.
    pub kind: Kind,
    /// The question.
    pub text: String,
    /// What can be chosen; empty for a free value.
    pub choices: Vec<Choice>,
    /// Where a person finds the answer.
    pub place: Option<String>,
    /// Minutes that finding out takes.
    pub minutes: f64,
    /// What its answer tells, in bits.
    pub bits: f64,
    /// The causes that it tells apart, the likeliest first: ids.
    pub apart: Vec<String>,
}

/// What kind of answer a question takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// One of the choices: what people report.
    Symptom,
    /// Any of the choices, or none of them: what the log shows.
    Signs,
    /// Any of the choices, or none of them: what is so.
    Facts,
    /// Yes or no.
    YesNo,
    /// One of the choices.
    Choice,
    /// Any of the choices.
    List,
    /// A value: a number, a time, a text.
    Value,
}

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Choice {
    /// The symptom, signal or value.
    pub id: String,
    /// What a person reads.
    pub text: String,
    /// For signs: what stands for the same, the ids of its signals.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alike: Vec<String>,
}

/// By which the lines of a choice are told.
pub const LETTERS: &str = "abcdefghijkl";

/// What an answer means.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Evidence.
    Given(Given),
    /// It cannot be understood; what to write instead.
    Unclear(String),
}

impl Choice {
    /// The signals that it stands for.
    fn signals(&self) -> impl Iterator<Item = &String> {
        self.alike.iter().chain([&self.id])
    }
}

impl Question {
    /// The question for a fact.
    pub fn fact(fact: &Fact, bits: f64, apart: Vec<String>) -> Self {
        let kind = match (fact.kind, fact.values.is_empty()) {
            (FactKind::YesNo, _) => Kind::YesNo,
            (FactKind::List, false) => Kind::List,
            (_, false) => Kind::Choice,
            _ => Kind::Value,
        };
        let choice = |value: &String| Choice { id: value.clone(), text: value.clone(), alike: Vec::new() };
        Question {
            key: fact.path.clone(),
            kind,
            text: fact.question.clone().unwrap_or_else(|| fact.meaning.clone()),
            choices: fact.values.iter().map(choice).collect(),
            place: fact.place.clone(),
            minutes: fact.minutes.max(0.1),
            bits,
            apart,
        }
    }

    /// That nobody knows.
    pub fn unknown(&self) -> Given {
        Given::Unknown { question: self.key.clone() }
    }

    /// What a line means as an answer: a number or several, a word, yes, no, a value; "don't know", "skip" and "?" for
    /// what nobody knows.
    pub fn read(&self, line: &str) -> Reply {
        let line = line.trim();
        let word = line.trim_end_matches(['.', '!']).to_lowercase();
        if matches!(
            word.as_str(),
            "" | "?" | "skip" | "s" | "don't know" | "dont know" | "do not know" | "unknown" | "idk"
        ) {
            return Reply::Given(self.unknown());
        }
        match self.kind {
            Kind::Symptom => match self.one(&word) {
                Some(choice) => Reply::Given(Given::Symptom { symptom: choice.id.clone() }),
                None if matches!(word.as_str(), "none" | "0" | "no") => Reply::Given(self.unknown()),
                None => self.unclear("one number of the list, or 0 where none fits"),
            },
            Kind::Signs | Kind::Facts => self.signs(&word),
            Kind::YesNo => match yes_no(&word) {
                Some(yes) => self.value(if yes { "yes" } else { "no" }),
                None => self.unclear("yes, no, or ? where you do not know"),
            },
            Kind::Choice => match self.one(&word) {
                Some(choice) => self.value(&choice.id),
                None => self.unclear("one number of the list, or ? where you do not know"),
            },
            Kind::List => match self.some(&word) {
                Some(ids) => self.value(&ids.join(", ")),
                None => self.unclear("numbers of the list, as 1 2, or ? where you do not know"),
            },
            Kind::Value => self.value(line),
        }
    }

    fn value(&self, value: &str) -> Reply {
        Reply::Given(Given::Fact { fact: self.key.clone(), value: value.to_owned() })
    }

    fn signs(&self, word: &str) -> Reply {
        let seen = match word {
            "none" | "0" | "no" | "n" => Some(Vec::new()),
            "yes" | "y" | "all" if self.choices.len() == 1 => Some(vec![self.choices[0].id.clone()]),
            _ => self.some(word),
        };
        match seen {
            Some(seen) => Reply::Given(self.signs_seen(seen)),
            None => {
                self.unclear("the numbers of all that you see, as 1 3, or 0 where you looked and none of them is there")
            }
        }
    }

    /// The answer that these of the choices are there, and no others were found.
    pub fn signs_seen(&self, seen: Vec<String>) -> Given {
        // A choice is there when one of its lines is.
        let is_there = |choice: &Choice| choice.signals().any(|id| seen.contains(id));
        let others = self.choices.iter().filter(|choice| !is_there(choice)).map(|choice| choice.id.clone());
        // A log is read as a whole; of facts, whoever names one has not looked at all.
        let unseen: Vec<String> =
            if self.kind == Kind::Facts && !seen.is_empty() { Vec::new() } else { others.collect() };
        self.signs_told(seen, unseen)
    }

    /// The answer of somebody who tells of each signal behind the choices whether it is there.
    pub fn signs_found(&self, there: impl Fn(&String) -> bool) -> Given {
        let seen: BTreeSet<&String> = self.choices.iter().flat_map(Choice::signals).filter(|id| there(id)).collect();
        self.signs_seen(seen.into_iter().cloned().collect())
    }

    /// The answer that these of the choices are there, and these are not.
    pub fn signs_told(&self, seen: Vec<String>, unseen: Vec<String>) -> Given {
        let told = |id: &String| seen.contains(id) || unseen.contains(id);
        let asked = self.choices.iter().flat_map(Choice::signals);
        let mut alike: Vec<String> = asked.filter(|id| !told(id)).cloned().collect();
        alike.sort();
        alike.dedup();
        Given::Signs { seen, unseen, alike }
    }

    fn one(&self, word: &str) -> Option<&Choice> {
        let by_number = word.parse::<usize>().ok().and_then(|n| self.choices.get(n.checked_sub(1)?));
        by_number.or_else(|| self.choices.iter().find(|c| c.id.to_lowercase() == word || c.text.to_lowercase() == word))
    }

    fn some(&self, word: &str) -> Option<Vec<String>> {
        if let Some(choice) = self.one(word) {
            return Some(vec![choice.id.clone()]);
        }
        let parts = word.split([',', ' ']).filter(|part| !part.is_empty());
        parts.map(|part| self.one(part).map(|choice| choice.id.clone()).or_else(|| self.line(part))).collect()
    }

    /// The signal that `2b` means: the second line of the second choice.
    fn line(&self, part: &str) -> Option<String> {
        let (number, letter) = part.split_at_checked(part.len().checked_sub(1)?)?;
        let place = LETTERS.find(letter)?;
        self.one(number)?.alike.get(place).cloned()
    }

    fn unclear(&self, way_out: &str) -> Reply {
        Reply::Unclear(format!("write {way_out}"))
    }

    /// The titles of the causes that it tells apart.
    pub fn apart_titles<'k>(&self, knowledge: &'k Knowledge) -> Vec<&'k str> {
        self.apart.iter().filter_map(|id| Some(knowledge.causes[knowledge.cause(id)?].title.as_str())).collect()
    }
}

/// What a word says.
pub fn yes_no(word: &str) -> Option<bool> {
    match word.to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" => Some(true),
        "no" | "n" | "false" | "0" => Some(false),
        _ => None,
    }
}
