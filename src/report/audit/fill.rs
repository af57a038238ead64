//! From an audit to its answer: every template filled in, every secret taken out.

use super::super::fill::{input_answer, packs, steps, text};
use super::*;
use crate::audit::{Audit, Finding, Subject, Told};
use crate::observe::condition::shown;
use crate::observe::snapshot::age;
use crate::remedy::Values;
use crate::report::redact::Redactor;
use crate::rule::model::{FactValue, Practice};

impl AuditAnswer {
    /// Fills everything in.
    pub fn new(audit: &Audit) -> Self {
        Writer { audit, redactor: Redactor::default() }.answer()
    }
}

struct Writer<'a> {
    audit: &'a Audit<'a>,
    redactor: Redactor,
}

impl Writer<'_> {
    fn answer(&mut self) -> AuditAnswer {
        let audit = self.audit;
        // What is secret in one fact is so in all.
        for told in audit.subjects.iter().flat_map(|subject| subject.facts.values()) {
            if let FactValue::Text(text) = &told.value {
                self.redactor.learn(text);
            }
        }
        let (mut broken, mut not_checked, mut kept, mut does_not_apply) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for finding in &audit.findings {
            let practice = &audit.engine.knowledge.practices[finding.practice];
            match finding.state {
                State::Broken => broken.push(self.broken(finding, practice)),
                State::NotChecked => not_checked.push(self.open(finding, practice)),
                State::Kept => kept.push(self.kept(finding, practice)),
                State::DoesNotApply => {
                    let name = PracticeName { practice: practice.id.clone(), title: practice.title.clone() };
                    does_not_apply.push(name);
                }
            }
        }
        does_not_apply.dedup();
        let of = |severity: Severity| broken.iter().filter(|b: &&BrokenAnswer| b.severity == severity.word()).count();
        let counts = Counts {
            critical: of(Severity::Critical),
            high: of(Severity::High),
            medium: of(Severity::Medium),
            low: of(Severity::Low),
            kept: kept.len(),
            not_checked: not_checked.len(),
            does_not_apply: does_not_apply.len(),
        };
        AuditAnswer {
            schema: "certwhy/audit/1",
            at: second(audit.at),
            version: env!("CARGO_PKG_VERSION"),
            counts,
            broken,
            not_checked,
            kept,
            does_not_apply,
            failed_deployments: audit.failed_deployments,
            history: None,
            inputs: audit.inputs.iter().map(|input| input_answer(&mut self.redactor, input)).collect(),
            partial: audit.partial,
            packs: packs(&audit.engine.knowledge),
        }
    }

    /// The subject of a finding; the one without a name where it has none.
    fn subject(&self, finding: &Finding) -> &Subject {
        &self.audit.subjects[finding.subject.unwrap_or(0)]
    }

    fn name(&mut self, finding: &Finding) -> Option<String> {
        let name = self.subject(finding).name.clone()?;
        Some(self.redactor.text(&name))
    }

    fn broken(&mut self, finding: &Finding, practice: &Practice) -> BrokenAnswer {
        let engine = self.audit.engine;
        let values = values(self.subject(finding));
        let causes = practice.causes.iter().map(|ix| &engine.knowledge.causes[*ix]);
        BrokenAnswer {
            practice: practice.id.clone(),
            title: practice.title.clone(),
            severity: practice.severity.word(),
            subject: self.name(finding),
            summary: text(engine, &mut self.redactor, &practice.summary, &values),
            why: text(engine, &mut self.redactor, &practice.why, &values),
            facts: self.facts(finding),
            fix: FixAnswer {
                steps: steps(engine, &mut self.redactor, &practice.fix.steps, &values),
                verify: steps(engine, &mut self.redactor, &practice.fix.verify, &values),
            },
            causes: causes.map(|cause| CauseName { id: cause.id.clone(), title: cause.title.clone() }).collect(),
            references: practice.references.clone(),
            since: None,
        }
    }

    fn kept(&mut self, finding: &Finding, practice: &Practice) -> KeptAnswer {
        KeptAnswer {
            practice: practice.id.clone(),
            title: practice.title.clone(),
            severity: practice.severity.word(),
            subject: self.name(finding),
            facts: self.facts(finding),
        }
    }

    fn open(&mut self, finding: &Finding, practice: &Practice) -> OpenAnswer {
        let facts = &self.audit.engine.knowledge.facts;
        let missing = finding.missing.iter().filter_map(|path| facts.get(path)).map(|fact| MissingFact {
            path: fact.path.clone(),
            question: fact.question.clone().unwrap_or_else(|| fact.meaning.clone()),
            place: fact.place.clone().unwrap_or_default(),
            minutes: fact.minutes,
        });
        let missing = missing.collect();
        let subject = finding.subject.and_then(|_| self.name(finding));
        let (practice, title, severity) = (practice.id.clone(), practice.title.clone(), practice.severity.word());
        OpenAnswer { practice, title, severity, subject, missing }
    }

    fn facts(&mut self, finding: &Finding) -> Vec<FactSeen> {
        let audit = self.audit;
        let facts = &audit.subjects[finding.subject.unwrap_or(0)].facts;
        let seen = finding.shown_by.iter().filter_map(|path| Some((path, facts.get(path)?)));
        seen.map(|(path, told)| self.fact(path, told)).collect()
    }

    fn fact(&mut self, path: &str, told: &Told) -> FactSeen {
        let now = self.audit.at;
        let relative = match &told.value {
            FactValue::Time(time) if *time > now => Some(format!("in {}", age(time.duration_since(now)))),
            FactValue::Time(time) => Some(format!("{} ago", age(now.duration_since(*time)))),
            _ => None,
        };
        let (file, line) = match told.place {
            Some((input, line)) => (self.audit.inputs.get(input).map_or_else(String::new, |i| i.name.clone()), line),
            None if told.from.is_some() => (String::new(), None),
            None => ("--fact".to_owned(), None),
        };
        FactSeen {
            path: path.to_owned(),
            value: self.redactor.text(&shown(&told.value)),
            relative,
            file: self.redactor.text(&file),
            line,
            told_by: told.from.as_ref().map(|from| self.redactor.text(from)),
            at: second(told.at),
            stale: told.stale(now).map(age),
        }
    }
}

/// Values for the templates of a practice: its facts under their paths, and the domain.
fn values(subject: &Subject) -> Values {
    let mut values = Values::default();
    for (path, told) in &subject.facts {
        values.add(path, &shown(&told.value));
    }
    if let Some(name) = values.0.get("certificate.cn").cloned() {
        values.add("domain", &name);
    }
    // The rows of a listing may be named by the key alone.
    if let Some(name) = subject.name.as_ref().filter(|_| subject.kinds().any(|kind| kind == "certificate")) {
        values.add("domain", name);
    }
    values
}

fn second(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
