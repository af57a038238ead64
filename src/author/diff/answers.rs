//! What two packs answer to the same labelled incidents.

use serde::Serialize;

use crate::evaluate::{Figures, Row};

/// Probabilities that differ by less are the same answer.
const SAME: f64 = 0.005;

/// An incident that is answered otherwise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answered {
    /// The folder of cases that it belongs to.
    pub set: String,
    /// Name of its folder.
    pub id: String,
    /// Acceptable causes, best first; empty: healthy.
    pub expected: Vec<String>,
    /// The first cause and its probability before.
    pub before: Option<(String, f64)>,
    /// The first cause and its probability now.
    pub after: Option<(String, f64)>,
    /// Whether that is better.
    pub verdict: Verdict,
}

/// Whether an answer is better than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// An acceptable cause stands further in front, or its probability is nearer to the truth.
    Better,
    /// The other way round.
    Worse,
    /// Another cause, no more and no less acceptable.
    Other,
}

/// All incidents before and after.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answers {
    /// Incidents that were looked at.
    pub cases: usize,
    /// Figures before.
    pub before: Figures,
    /// Figures now.
    pub after: Figures,
    /// Those that are answered otherwise.
    pub changed: Vec<Answered>,
}

impl Answers {
    /// Compares answers to the same incidents, in pairs.
    pub fn between(pairs: &[(Row, Row)]) -> Self {
        Answers {
            cases: pairs.len(),
            before: Figures::of(pairs.iter().map(|(before, _)| before)),
            after: Figures::of(pairs.iter().map(|(_, after)| after)),
            changed: pairs.iter().filter_map(|(before, after)| answered(before, after)).collect(),
        }
    }

    /// For people.
    pub fn text(&self) -> String {
        let count = |verdict| self.changed.iter().filter(|answered| answered.verdict == verdict).count();
        let mut out = format!(
            "incidents: {} of {} answered otherwise: {} better, {} worse, {} other\n",
            self.changed.len(),
            self.cases,
            count(Verdict::Better),
            count(Verdict::Worse),
            count(Verdict::Other)
        );
        let told = |first: &Option<(String, f64)>| match first {
            Some((id, probability)) => format!("{id} {probability:.2}"),
            None => "nothing".to_owned(),
        };
        for (verdict, word) in [(Verdict::Worse, "worse"), (Verdict::Other, "other"), (Verdict::Better, "better")] {
            for Answered { set, id, expected, before, after, .. } in
                self.changed.iter().filter(|answered| answered.verdict == verdict)
            {
                let expected = if expected.is_empty() { "nothing".to_owned() } else { expected.join(" or ") };
                out.push_str(&format!(
                    "  {word:<6}  {set}/{id}: {} → {}\n          expected {expected}\n",
                    told(before),
                    told(after)
                ));
            }
        }
        out.push_str("\n            top-1   top-3   Brier   quiet\n");
        for (name, figures) in [("before", &self.before), ("after", &self.after)] {
            let Figures { top1, top3, brier, quiet, .. } = figures;
            out.push_str(&format!("  {name:<7} {top1:>7.3} {top3:>7.3} {brier:>7.3} {quiet:>7.3}\n"));
        }
        out
    }
}

fn answered(before: &Row, after: &Row) -> Option<Answered> {
    let (first, now) = (before.got.first(), after.got.first());
    let same_cause = first.map(|(id, _)| id) == now.map(|(id, _)| id);
    let (rank, rank_now) = (standing(before), standing(after));
    if same_cause && rank == rank_now && (before.first() - after.first()).abs() < SAME {
        return None;
    }
    let verdict = match (rank_now.cmp(&rank), same_cause) {
        (std::cmp::Ordering::Less, _) => Verdict::Better,
        (std::cmp::Ordering::Greater, _) => Verdict::Worse,
        // As right or wrong as before: the surer, the better or worse.
        (_, true) if error(after) < error(before) => Verdict::Better,
        (_, true) => Verdict::Worse,
        (_, false) => Verdict::Other,
    };
    Some(Answered {
        set: after.set.clone(),
        id: after.id.clone(),
        expected: after.expected.clone(),
        before: first.cloned(),
        after: now.cloned(),
        verdict,
    })
}

/// The less, the better: the rank of an acceptable cause, and for a healthy input the number of causes named.
fn standing(row: &Row) -> usize {
    if row.is_healthy() { row.got.len() } else { row.rank().unwrap_or(usize::MAX) }
}

fn error(row: &Row) -> f64 {
    let right = if row.is_right() && !row.is_healthy() { 1.0 } else { 0.0 };
    (row.first() - right).abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(expected: &[&str], got: &[(&str, f64)]) -> Row {
        Row {
            set: "s".into(),
            id: "c".into(),
            expected: expected.iter().map(|id| (*id).to_owned()).collect(),
            got: got.iter().map(|(id, p)| ((*id).to_owned(), *p)).collect(),
        }
    }

    #[test]
    fn verdicts_are_what_their_names_say() {
        use Verdict::{Better, Other, Worse};
        let verdict = |before: &[(&str, f64)], after: &[(&str, f64)], expected: &[&str]| {
            answered(&row(expected, before), &row(expected, after)).map(|answered| answered.verdict)
        };
        assert_eq!(verdict(&[("a", 0.9)], &[("a", 0.903)], &["a"]), None);
        assert_eq!(verdict(&[("a", 0.9)], &[("a", 0.8)], &["a"]), Some(Worse));
        assert_eq!(verdict(&[("b", 0.9)], &[("b", 0.8)], &["a"]), Some(Better));
        assert_eq!(verdict(&[("b", 0.9)], &[("a", 0.5)], &["a"]), Some(Better));
        assert_eq!(verdict(&[("b", 0.9)], &[("c", 0.5)], &["a"]), Some(Other));
        assert_eq!(verdict(&[("b", 0.9)], &[], &["a"]), Some(Other));
        assert_eq!(verdict(&[("a", 0.9)], &[("b", 0.9)], &["a", "b"]), Some(Other));
        assert_eq!(verdict(&[("b", 0.9)], &[("b", 0.9), ("a", 0.4)], &["a"]), Some(Better));
        assert_eq!(verdict(&[], &[("b", 0.5)], &[]), Some(Worse));
        assert_eq!(verdict(&[("b", 0.5)], &[], &[]), Some(Better));
        assert_eq!(verdict(&[], &[], &[]), None);
    }
}
