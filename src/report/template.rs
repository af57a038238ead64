//! A facts file to fill in: every fact with its question, where a person finds it and what may stand there. What stays blank
//! is unknown.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::diagnostic::{count, did_you_mean};
use crate::rule::model::{CauseIx, Condition, Fact, Knowledge, Practice, SignalKind};
use crate::rule::words::{FactKind, Stage, Words};

/// Groups of facts in the order of the pipeline, and what they are about.
const GROUPS: &[(&str, &str)] = &[
    ("bot", "The bot"),
    ("connector", "The CA connector"),
    ("csr", "The CSR"),
    ("certificate", "The certificate"),
    ("order", "The order"),
    ("dcv", "Domain validation"),
    ("dns", "The DNS of the domain"),
    ("deployment", "The deployment"),
    ("endpoint", "What the endpoint presents"),
    ("renewal", "The renewal and its schedule"),
    ("infrastructure", "What was changed around it"),
    ("host", "The host of the bot, or the target"),
    ("api", "An answer of an API"),
];

/// Paths of the facts that decide about a stage, a symptom, a cause or a practice; `audit` stands for all practices.
///
/// # Errors
/// A sentence for the person: there is no such thing, with what was probably meant.
pub fn paths_for<'k>(knowledge: &'k Knowledge, word: &str) -> Result<BTreeSet<&'k str>, String> {
    if word == "audit" {
        // And what the things are called that it is about.
        let names = ["bot.name", "connector.name", "certificate.cn"].into_iter();
        let names = names.filter_map(|path| knowledge.facts.get_key_value(path)).map(|(path, _)| path.as_str());
        return Ok(knowledge.practices.iter().flat_map(Practice::paths).chain(names).collect());
    }
    if let Some(ix) = knowledge.practice(word).filter(|_| word.starts_with(Practice::PREFIX)) {
        return Ok(knowledge.practices[ix].paths().into_iter().collect());
    }
    let stage = Stage::from_word(word);
    let symptom = knowledge.symptom(word);
    let causes: Vec<CauseIx> = match (stage, symptom, knowledge.cause(word)) {
        (Some(stage), ..) => indices(knowledge, |ix| knowledge.causes[ix].stage == stage),
        (None, Some(symptom), _) => {
            indices(knowledge, |ix| knowledge.causes[ix].symptoms.iter().any(|(brought, _)| *brought == symptom))
        }
        (None, None, Some(cause)) => vec![cause],
        (None, None, None) => return Err(unknown(knowledge, word)),
    };
    let mut paths: BTreeSet<&str> = BTreeSet::new();
    for cause in causes {
        let cause = &knowledge.causes[cause];
        paths.extend(cause.requires.iter().flat_map(Condition::paths));
        // Its own signals: what consequences lend is asked for with them.
        for (signal, _) in &cause.shows {
            if let SignalKind::Fact(condition) = &knowledge.signals[*signal].kind {
                paths.extend(condition.paths());
            }
        }
    }
    Ok(paths)
}

fn indices(knowledge: &Knowledge, wanted: impl Fn(CauseIx) -> bool) -> Vec<CauseIx> {
    (0..knowledge.causes.len()).filter(|ix| wanted(*ix)).collect()
}

fn unknown(knowledge: &Knowledge, word: &str) -> String {
    let stages = Stage::ALL.iter().map(|(word, _)| *word);
    let causes = knowledge.causes.iter().map(|c| c.id.as_str());
    let practices = knowledge.practices.iter().map(|p| p.id.as_str());
    let all = stages
        .clone()
        .chain(["audit"])
        .chain(causes)
        .chain(practices)
        .chain(knowledge.symptoms.iter().map(|s| s.id.as_str()));
    let help = match did_you_mean(word, all) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            format!("stages are {}; `certwhy list` shows causes and symptoms", stages.collect::<Vec<_>>().join(", "))
        }
    };
    format!("--for {word}: there is no stage, symptom, cause or practice of that name; {help}")
}

/// Writes the template: of these facts, or of all. `about` is what it was asked for, for the head.
pub fn write(knowledge: &Knowledge, paths: Option<&BTreeSet<&str>>, about: &[String], now: Timestamp) -> String {
    let wanted = |fact: &&Fact| paths.is_none_or(|paths| paths.contains(fact.path.as_str()));
    let facts: Vec<&Fact> = knowledge.facts.values().filter(wanted).collect();
    let whom = if about.is_empty() { String::new() } else { format!(" for {}", about.join(", ")) };
    let mut out = format!("# Facts to fill in{whom}: {}.\n", count(facts.len(), "question"));
    out.push_str("# Leave blank what you do not know: blank means unknown, and is no mistake. Then:\n");
    let audited = |word: &String| word == "audit" || word.starts_with(Practice::PREFIX);
    match !about.is_empty() && about.iter().all(audited) {
        true => out.push_str("#   certwhy audit facts.yaml\n# The minutes say how long finding out takes.\n\n"),
        false => {
            out.push_str("#   certwhy diagnose facts.yaml\n");
            out.push_str("# beside the logs, if there are any. The minutes say how long finding out takes.\n\n");
        }
    }
    out.push_str("# The moment at which you looked.\n");
    out.push_str(&format!("at: {}\n\nfacts:\n", now.strftime("%Y-%m-%dT%H:%M:%SZ")));
    let mut groups: Vec<(&str, &str)> = GROUPS.to_vec();
    for fact in &facts {
        let prefix = prefix(&fact.path);
        if !groups.iter().any(|(group, _)| *group == prefix) {
            groups.push((prefix, prefix));
        }
    }
    let mut first = true;
    for (group, title) in groups {
        let mut own: Vec<&Fact> = facts.iter().copied().filter(|fact| prefix(&fact.path) == group).collect();
        if own.is_empty() {
            continue;
        }
        // A place is visited once.
        own.sort_by(|a, b| a.place.cmp(&b.place).then_with(|| a.path.cmp(&b.path)));
        let rule = if first { "" } else { "\n" };
        first = false;
        out.push_str(&format!("{rule}  # ---- {} ----\n", comment(title)));
        let mut before = None;
        for fact in own {
            if before != Some(&fact.place) {
                if let Some(place) = &fact.place {
                    out.push_str(&format!("\n  # At: {}\n", comment(place)));
                }
                before = Some(&fact.place);
            }
            one(&mut out, fact);
        }
    }
    if facts.is_empty() {
        out.push_str("  # No fact decides about it: hand in the logs.\n");
    }
    out
}

fn one(out: &mut String, fact: &Fact) {
    let question = fact.question.as_ref().unwrap_or(&fact.meaning);
    let minutes = count(fact.minutes.ceil() as usize, "minute");
    out.push_str(&format!("  # {} ({minutes})\n", comment(question)));
    out.push_str(&format!("  #   {}\n", allowed(fact)));
    out.push_str(&format!("  {}:\n", fact.path));
}

/// What may stand behind the colon.
fn allowed(fact: &Fact) -> String {
    let values = fact.values.join(", ");
    match fact.kind {
        FactKind::Choice => format!("one of: {values}"),
        FactKind::List if !values.is_empty() => format!("any of, in brackets: [{values}]"),
        FactKind::List => "a list in brackets: [22, 443]".to_owned(),
        FactKind::YesNo => "yes or no".to_owned(),
        FactKind::Time => "a time: 2026-11-20T08:00:00Z".to_owned(),
        FactKind::Number => {
            fact.unit.as_ref().map_or_else(|| "a number".to_owned(), |unit| format!("a number, in {}", comment(unit)))
        }
        FactKind::Message => "the text as it is shown, in single quotes".to_owned(),
        FactKind::Text => "a text".to_owned(),
    }
}

fn prefix(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

/// A text that stays on its line.
fn comment(text: &str) -> String {
    super::printable(&text.replace(['\n', '\r'], " "))
}
