//! Practices held against facts, before anything fails: which are broken, kept, not checked, or without meaning here.
//!
//! [`subjects`] puts the facts together by whom they are about, [`judge`] looks at them with the eyes of one practice.

mod derive;
mod judge;
mod subjects;

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::diagnostic::did_you_mean;
use crate::engine::{Engine, Gathered, InputReport};
use crate::error::{Error, Result};
use crate::rule::model::{Knowledge, Practice, PracticeIx};
use crate::rule::words::State;

pub use subjects::{Subject, Told};

/// What is looked at.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// These practices alone; all of them where it is empty.
    pub only: Vec<PracticeIx>,
    /// Not these.
    pub skip: Vec<PracticeIx>,
    /// Failed deployments at the last audit, where that is known.
    pub failed_before: Option<u64>,
}

/// What came out.
#[derive(Debug)]
pub struct Audit<'e> {
    /// The engine with the practices.
    pub engine: &'e Engine,
    /// The present.
    pub at: Timestamp,
    /// What was handed in.
    pub inputs: Vec<InputReport>,
    /// Whom the facts are about. The first one has no name: its facts hold for everything.
    pub subjects: Vec<Subject>,
    /// What was found: the worst practices first, those of the same severity by id, then by subject.
    pub findings: Vec<Finding>,
    /// Deployments that have failed, as far as the facts tell.
    pub failed_deployments: Option<u64>,
    /// Whether reading was interrupted.
    pub partial: bool,
}

/// What was found of one practice at one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The practice.
    pub practice: PracticeIx,
    /// The subject, by its place among them; `None` for a practice that no subject tells anything of.
    pub subject: Option<usize>,
    /// What was found.
    pub state: State,
    /// Paths of the facts that show it, or as many of them as are known.
    pub shown_by: Vec<String>,
    /// Paths of the facts that would decide it and are not known.
    pub missing: Vec<String>,
}

/// The practices of these names.
///
/// # Errors
/// [`Error::Unknown`] with what was probably meant.
pub fn named(knowledge: &Knowledge, names: &[String]) -> Result<Vec<PracticeIx>> {
    let one = |name: &String| {
        knowledge.practice(name).ok_or_else(|| {
            let known = knowledge.practices.iter().map(|practice| practice.id.as_str());
            let full = format!("{}{}", Practice::PREFIX, name.trim_start_matches(Practice::PREFIX));
            let help = match did_you_mean(&full, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`certwhy list practices` shows them all".to_owned(),
            };
            Error::Unknown(format!("there is no practice `{name}`; {help}"))
        })
    };
    names.iter().map(one).collect()
}

/// Holds the practices against everything that was read.
///
/// # Errors
/// [`Error::NoFacts`]: the rules hold no practices, or no input tells a fact.
pub fn run<'e>(gathered: Gathered<'e>, options: &Options) -> Result<Audit<'e>> {
    let Gathered { engine, inputs, seen, given, now, partial } = gathered;
    let knowledge = &engine.knowledge;
    if knowledge.practices.is_empty() {
        let why = "these rules hold no practices: write one in rules/practices/, or leave --no-builtin away";
        return Err(Error::NoFacts(why.to_owned()));
    }
    let mut subjects = subjects::of(&seen.sets, &given, now);
    if subjects.iter().all(|subject| subject.facts.is_empty()) {
        let why = "no input tells a fact, and practices are held against facts: hand in a snapshot (certwhy collect), a \
                   facts file (certwhy collect template --for audit), settings or objects; for logs there is certwhy diagnose";
        return Err(Error::NoFacts(why.to_owned()));
    }
    let failed_deployments = derive::derive(knowledge, &mut subjects, options.failed_before, now);
    let mut findings = Vec::new();
    for (ix, practice) in knowledge.practices.iter().enumerate() {
        let wanted = options.only.is_empty() || options.only.contains(&ix);
        if wanted && !options.skip.contains(&ix) {
            findings.extend(of_practice(ix, practice, &subjects, now));
        }
    }
    let severity = |finding: &Finding| knowledge.practices[finding.practice].severity;
    findings.sort_by_key(|finding| (severity(finding), finding.practice, finding.subject));
    Ok(Audit { engine, at: now, inputs, subjects, findings, failed_deployments, partial })
}

/// What is found of one practice. A subject that tells nothing of it is passed over, unless others of its kind do.
fn of_practice(practice: PracticeIx, rule: &Practice, subjects: &[Subject], now: Timestamp) -> Vec<Finding> {
    let all: Vec<Finding> = subjects
        .iter()
        .enumerate()
        .map(|(ix, subject)| Finding { practice, subject: Some(ix), ..judge::judge(rule, subject, now) })
        .collect();
    let is_own = |finding: &Finding| {
        let subject = finding.subject.map(|ix| &subjects[ix]);
        subject.is_some_and(|subject| finding.shown_by.iter().any(|path| subject.tells(path)))
    };
    let decided = |finding: &&Finding| matches!(finding.state, State::Broken | State::Kept) && is_own(finding);
    let mut found: Vec<Finding> = all.iter().filter(decided).cloned().collect();
    let kinds: BTreeSet<_> = found.iter().filter_map(|f| f.subject).flat_map(|ix| subjects[ix].kinds()).collect();
    let of_kind = |finding: &&Finding| {
        finding.state == State::NotChecked
            && finding.subject.is_some_and(|ix| subjects[ix].kinds().any(|kind| kinds.contains(kind)))
    };
    found.extend(all.iter().filter(of_kind).cloned());
    if found.is_empty() {
        let without = |finding: &&Finding| finding.state == State::DoesNotApply && is_own(finding);
        if let Some(finding) = all.iter().find(without) {
            return vec![Finding { subject: None, ..finding.clone() }];
        }
        // What comes nearest to an answer says what is missing for one.
        let open = all.iter().filter(|finding| finding.state == State::NotChecked);
        let nearest = open.min_by_key(|finding| (finding.missing.len(), finding.subject));
        let none = || Finding { subject: None, ..all[0].clone() };
        found.push(nearest.map_or_else(none, |finding| Finding { subject: None, ..finding.clone() }));
    }
    found
}
