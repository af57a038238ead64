//! The six details that the guide asks for when a case is escalated.

use std::collections::BTreeSet;

use super::{Detail, Known, Missing, Said};
use crate::engine::Outcome;
use crate::observe::condition::shown;
use crate::observe::facts::FactSet;
use crate::report::answer::Answer;
use crate::report::place;
use crate::report::redact::Redactor;

/// Values that are listed of one kind.
const MOST: usize = 10;
/// Pieces of evidence that are quoted as the error message.
const QUOTED: usize = 3;

/// What is asked for.
struct Asked {
    id: &'static str,
    title: &'static str,
    /// Facts that answer it, what must be known first; one that ends with a dot stands for all below it.
    facts: &'static [&'static str],
    /// How many of these must be known.
    needed: usize,
    /// Captures that answer it too, in the place of the first fact.
    capture: Option<&'static str>,
}

const ASKED: [Asked; 6] = [
    Asked {
        id: "certificate",
        title: "Certificate: common name and SAN",
        facts: &[
            "certificate.cn",
            "certificate.serial",
            "certificate.type",
            "certificate.status",
            "certificate.expires_at",
            "order.id",
            "order.status",
        ],
        needed: 1,
        capture: Some("domain"),
    },
    Asked {
        id: "bot",
        title: "Provisioning bot",
        facts: &["bot.name", "bot.status", "bot.version", "bot.last_update", "bot.purpose"],
        needed: 1,
        capture: Some("bot"),
    },
    Asked {
        id: "connector",
        title: "CA connector",
        facts: &["connector.name", "connector.type", "connector.status", "connector.base_url"],
        needed: 1,
        capture: Some("connector"),
    },
    Asked {
        id: "error",
        title: "Error message of the log",
        facts: &["connector.last_error", "api.error_code", "api.error_message", "dcv.failure_class"],
        needed: 0,
        capture: None,
    },
    Asked {
        id: "schedule",
        title: "Configuration of the renewal schedule",
        facts: &["renewal.enabled", "renewal.window_days", "renewal.scheduled_at", "renewal.time_zone", "renewal."],
        needed: 4,
        capture: None,
    },
    Asked { id: "changes", title: "Recent changes of the infrastructure", facts: &[], needed: 0, capture: None },
];

/// Fills the details in.
pub fn details(outcome: &Outcome, diagnosis: &Answer, said: &Said, redactor: &mut Redactor) -> Vec<Detail> {
    let mut filler = Filler { outcome, redactor };
    ASKED.iter().map(|asked| filler.detail(asked, diagnosis, said)).collect()
}

struct Filler<'f> {
    outcome: &'f Outcome<'f>,
    redactor: &'f mut Redactor,
}

impl Filler<'_> {
    fn detail(&mut self, asked: &Asked, diagnosis: &Answer, said: &Said) -> Detail {
        let captured = asked.capture.map(|name| self.captured(name)).unwrap_or_default();
        let mut known = captured.clone();
        for path in self.paths(asked.facts) {
            known.extend(self.fact(&path));
        }
        let mut missing = Vec::new();
        for (ix, path) in asked.facts.iter().take(asked.needed).enumerate() {
            if self.fact(path).is_empty() && (ix > 0 || captured.is_empty()) {
                missing.extend(self.missing(path));
            }
        }
        match asked.id {
            "error" => {
                known.splice(0..0, self.messages(diagnosis));
                if known.is_empty() {
                    missing.push(Missing {
                        what: "The error message".to_owned(),
                        place: "Certificates → Provisioning → Bots → View Details; the logs of the bot in \
                                /opt/certinext/logs/ or C:\\Program Files\\CERTInext\\logs\\"
                            .to_owned(),
                        hand_in: "certwhy escalate <log>".to_owned(),
                    });
                }
            }
            "changes" => {
                let changes = said.changes.iter().map(|text| Known {
                    what: "Said by the person who escalates".to_owned(),
                    value: self.redactor.text(text),
                    place: "--changes".to_owned(),
                });
                known.extend(changes);
                if known.is_empty() {
                    missing.push(Missing {
                        what: "What was changed lately, and when".to_owned(),
                        place: "The people and the calendar of changes: firewall, proxy, DNS, CA, accounts, updates, \
                                moved hosts; \"none\" is an answer too"
                            .to_owned(),
                        hand_in: "--changes 'TEXT'".to_owned(),
                    });
                }
            }
            _ => {}
        }
        Detail { id: asked.id, title: asked.title, known, missing }
    }

    /// The paths that are meant, each once.
    fn paths(&self, facts: &[&str]) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for path in facts {
            let all = self.outcome.engine.knowledge.facts.keys();
            let meant = all.filter(|known| *known == path || path.ends_with('.') && known.starts_with(path));
            out.extend(meant.filter(|path| !out.contains(path)).cloned().collect::<Vec<_>>());
        }
        out
    }

    /// The values of a fact, each once.
    fn fact(&mut self, path: &str) -> Vec<Known> {
        let Some(fact) = self.outcome.engine.knowledge.facts.get(path) else { return Vec::new() };
        let mut values: BTreeSet<String> = BTreeSet::new();
        let mut out = Vec::new();
        for set in Self::sets(self.outcome) {
            let Some(value) = set.values.get(path).map(shown) else { continue };
            if values.insert(value.clone()) && out.len() < MOST {
                let at = set.places.get(path).map(|(input, line)| place(&self.file(*input), *line));
                let value = match &fact.unit {
                    Some(unit) => format!("{value} {unit}"),
                    None => value,
                };
                out.push(Known {
                    what: fact.meaning.clone(),
                    value: self.redactor.text(&value),
                    place: at.unwrap_or_else(|| "--fact".to_owned()),
                });
            }
        }
        out
    }

    /// The sets of facts that the case is about: those for all, and those of the rows that the causes are about.
    fn sets<'o>(outcome: &'o Outcome<'_>) -> Vec<&'o FactSet> {
        let seen = &outcome.seen;
        let whole = &outcome.diagnosis.whole;
        let leading = whole.causes.iter().flat_map(|ranked| ranked.for_it.iter().map(|(signal, _)| *signal));
        let signals: BTreeSet<usize> = leading.collect();
        let cited: BTreeSet<usize> = whole
            .evidence
            .present
            .iter()
            .filter(|present| signals.contains(&present.signal))
            .flat_map(|present| present.sets.iter().copied())
            .collect();
        let about = |ix: usize| seen.sets[ix].subject.is_none() || cited.contains(&ix) || cited.is_empty();
        (0..seen.sets.len()).filter(|ix| about(*ix)).map(|ix| &seen.sets[ix]).collect()
    }

    /// What records name, each once, and where the first one stands.
    fn captured(&mut self, capture: &str) -> Vec<Known> {
        let mut names: BTreeSet<String> = BTreeSet::new();
        let mut out = Vec::new();
        for sighting in &self.outcome.seen.sightings {
            let Some(name) = sighting.name(capture).filter(|name| !name.is_empty()) else { continue };
            if names.insert(name.clone()) && out.len() < MOST {
                let line = (sighting.record.line > 0).then_some(sighting.record.line);
                let place = place(&self.file(sighting.input), line);
                let what = format!("The {capture} that the log names");
                out.push(Known { what, value: self.redactor.text(&name), place });
            }
        }
        out
    }

    /// The records that prove the leading cause, or those that look like a failure.
    fn messages(&self, diagnosis: &Answer) -> Vec<Known> {
        let known = |what: &str, value: &str, file: &str, line| Known {
            what: what.to_owned(),
            value: value.to_owned(),
            place: place(file, line),
        };
        let proof = diagnosis.causes.first().into_iter().flat_map(|cause| &cause.evidence);
        let mut out: Vec<Known> = proof
            .filter(|evidence| evidence.time.is_some() || evidence.line.is_some() && !evidence.values.is_empty())
            .take(QUOTED)
            .map(|evidence| known(&evidence.title, &evidence.excerpt, &evidence.file, evidence.line))
            .collect();
        if out.is_empty() {
            let odd = diagnosis.unexplained.iter().take(QUOTED);
            out.extend(odd.map(|r| known("Looks like a failure, and no rule knows it", &r.excerpt, &r.file, r.line)));
        }
        out
    }

    fn missing(&self, path: &str) -> Option<Missing> {
        let fact = self.outcome.engine.knowledge.facts.get(path)?;
        Some(Missing {
            what: fact.meaning.clone(),
            place: fact.place.clone().unwrap_or_default(),
            hand_in: format!("--fact {path}=VALUE"),
        })
    }

    fn file(&mut self, input: usize) -> String {
        let name = self.outcome.inputs.get(input).map(|input| input.name.as_str());
        name.map_or_else(|| "--fact".to_owned(), |name| self.redactor.text(name))
    }
}
