//! The numbers behind the words: the design's, or those that labelled incidents made of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::words::{How, Leak, Prior, Words};

/// Path of the lock file in a pack: `certwhy calibrate` writes it, a person reviews it.
pub const LOCK: &str = "rules/calibration.lock.yaml";

/// Numbers by word, and strengths of single edges.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    /// π by word.
    pub prior: BTreeMap<Prior, f64>,
    /// q by word.
    pub how: BTreeMap<How, f64>,
    /// λ by word.
    pub leak: BTreeMap<Leak, f64>,
    /// Edges whose strength was counted, by cause and signal; only direct ones.
    pub edges: BTreeMap<(String, String), Counted>,
}

/// How often a cause showed a signal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Counted {
    /// Incidents of the cause in which the signal was seen.
    pub seen: u32,
    /// Incidents of the cause in which it could have been seen.
    pub of: u32,
    /// q that follows.
    pub strength: f64,
}

impl Default for Numbers {
    fn default() -> Self {
        Numbers {
            prior: Prior::ALL.iter().map(|(_, word)| (*word, word.number())).collect(),
            how: How::ALL.iter().map(|(_, word)| (*word, word.number())).collect(),
            leak: Leak::ALL.iter().map(|(_, word)| (*word, word.number())).collect(),
            edges: BTreeMap::new(),
        }
    }
}

impl Numbers {
    /// The same with the new id of every cause and signal that was renamed.
    pub(super) fn renamed(mut self, ids: &BTreeMap<String, String>) -> Self {
        if !ids.is_empty() {
            // Signals that stand inline are called after their cause.
            let new = |id: String| match id.split_once('#') {
                Some((owner, n)) => ids.get(owner).map_or(id.clone(), |owner| format!("{owner}#{n}")),
                None => ids.get(&id).cloned().unwrap_or(id),
            };
            let edges = std::mem::take(&mut self.edges).into_iter();
            self.edges = edges.map(|((cause, signal), counted)| ((new(cause), new(signal)), counted)).collect();
        }
        self
    }

    /// q for the design's number of a word, or for a product of such numbers, which stays as it is.
    pub fn strength(&self, design: f64) -> f64 {
        let word = How::ALL.iter().find(|(_, word)| (word.number() - design).abs() < 1e-9);
        word.and_then(|(_, word)| self.how.get(word)).copied().unwrap_or(design)
    }
}

/// The lock file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// Incidents that it was made from.
    pub cases: usize,
    /// Parts into which they were divided for the cross-validation.
    pub folds: usize,
    /// Mean cross-validated log-loss per incident.
    pub log_loss: LogLoss,
    /// Numbers by the words' kind and word.
    pub words: LockedWords,
    /// Counted edges.
    #[serde(default)]
    pub edges: Vec<LockedEdge>,
}

/// Before and after.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogLoss {
    /// With the numbers that stood before.
    pub before: f64,
    /// With these.
    pub after: f64,
}

/// Numbers by word.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedWords {
    /// π.
    pub prior: BTreeMap<String, f64>,
    /// q.
    pub how: BTreeMap<String, f64>,
    /// λ.
    pub leak: BTreeMap<String, f64>,
}

/// A counted edge.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedEdge {
    /// Id of the cause.
    pub cause: String,
    /// Id of the signal.
    pub signal: String,
    /// Incidents of the cause in which the signal was seen.
    pub seen: u32,
    /// Incidents of the cause in which it could have been seen.
    pub of: u32,
    /// q that follows.
    pub strength: f64,
}

impl Lock {
    /// What stands in a lock file.
    ///
    /// # Errors
    /// A word that does not exist, or a number that is no probability. An edge that no rule has any more does nothing.
    pub fn numbers(&self) -> Result<Numbers, String> {
        let mut numbers = Numbers::default();
        words(&mut numbers.prior, &self.words.prior)?;
        words(&mut numbers.how, &self.words.how)?;
        words(&mut numbers.leak, &self.words.leak)?;
        for LockedEdge { cause, signal, seen, of, strength } in &self.edges {
            let strength = probability(signal, *strength)?;
            numbers.edges.insert((cause.clone(), signal.clone()), Counted { seen: *seen, of: *of, strength });
        }
        Ok(numbers)
    }

    /// The file for some numbers.
    pub fn new(numbers: &Numbers, cases: usize, folds: usize, log_loss: LogLoss) -> Self {
        let edges = numbers.edges.iter().map(|((cause, signal), counted)| LockedEdge {
            cause: cause.clone(),
            signal: signal.clone(),
            seen: counted.seen,
            of: counted.of,
            strength: rounded(counted.strength),
        });
        Lock {
            cases,
            folds,
            log_loss: LogLoss { before: rounded(log_loss.before), after: rounded(log_loss.after) },
            words: LockedWords {
                prior: numbers.prior.iter().map(|(w, n)| (w.to_string(), rounded(*n))).collect(),
                how: numbers.how.iter().map(|(w, n)| (w.to_string(), rounded(*n))).collect(),
                leak: numbers.leak.iter().map(|(w, n)| (w.to_string(), rounded(*n))).collect(),
            },
            edges: edges.collect(),
        }
    }
}

fn words<W: Words + Ord>(into: &mut BTreeMap<W, f64>, from: &BTreeMap<String, f64>) -> Result<(), String> {
    for (word, number) in from {
        let known = W::from_word(word).ok_or_else(|| format!("there is no word `{word}` here"))?;
        into.insert(known, probability(word, *number)?);
    }
    Ok(())
}

fn probability(what: &str, number: f64) -> Result<f64, String> {
    match number > 0.0 && number < 1.0 {
        true => Ok(number),
        false => Err(format!("{number} of `{what}` is no probability between 0 and 1")),
    }
}

/// Four significant digits: more would pretend.
fn rounded(number: f64) -> f64 {
    format!("{number:.3e}").parse().unwrap_or(number)
}
