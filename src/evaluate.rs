//! How good a knowledge base is: its answers against labelled incidents.
//!
//! A case is a folder with the files that a person would hand in and a `case.json` whose `expected` lists the
//! acceptable causes, best first; an empty list is a healthy input.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// The part of `case.json` that is measured by.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Label {
    /// Acceptable causes, best first; empty: healthy.
    pub expected: Vec<String>,
}

/// What came out for one case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The folder of cases that it belongs to.
    pub set: String,
    /// Name of its folder.
    pub id: String,
    /// Acceptable causes, best first.
    pub expected: Vec<String>,
    /// Ranked causes and their probabilities.
    pub got: Vec<(String, f64)>,
}

impl Row {
    /// Rank of the first acceptable cause, from 1; `None` where none is listed.
    pub fn rank(&self) -> Option<usize> {
        self.got.iter().position(|(id, _)| self.expected.contains(id)).map(|at| at + 1)
    }

    /// Whether nothing is wrong in it.
    pub fn is_healthy(&self) -> bool {
        self.expected.is_empty()
    }

    /// Whether the answer is as it should be: the right cause first, or none for a healthy input.
    pub fn is_right(&self) -> bool {
        if self.is_healthy() { self.got.is_empty() } else { self.rank() == Some(1) }
    }

    /// Probability of the leading cause; 0 where none is named.
    pub fn first(&self) -> f64 {
        self.got.first().map_or(0.0, |(_, probability)| *probability)
    }
}

/// Figures over some cases.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Faulty cases.
    pub faulty: usize,
    /// Share of them whose cause is ranked first.
    pub top1: f64,
    /// Share of them whose cause is among the first three.
    pub top3: f64,
    /// Mean reciprocal rank, 0 where the cause is not listed.
    pub mrr: f64,
    /// Mean squared error of the leading probability against its being right, over the faulty cases.
    pub brier: f64,
    /// Healthy cases.
    pub healthy: usize,
    /// Share of them for which no cause is named; 1 where there are none.
    pub quiet: f64,
}

impl Figures {
    /// Over these rows.
    pub fn of<'a>(rows: impl Iterator<Item = &'a Row>) -> Self {
        let (healthy, faulty): (Vec<&Row>, Vec<&Row>) = rows.partition(|row| row.is_healthy());
        let mean = |value: &dyn Fn(&Row) -> f64| {
            faulty.iter().map(|row| value(row)).fold(0.0, |a, b| a + b) / faulty.len().max(1) as f64
        };
        let share = |holds: bool| if holds { 1.0 } else { 0.0 };
        let quiet = healthy.iter().filter(|row| row.is_right()).count();
        Figures {
            faulty: faulty.len(),
            top1: mean(&|row| share(row.rank() == Some(1))),
            top3: mean(&|row| share(row.rank().is_some_and(|rank| rank <= 3))),
            mrr: mean(&|row| row.rank().map_or(0.0, |rank| 1.0 / rank as f64)),
            brier: mean(&|row| (row.first() - share(row.rank() == Some(1))).powi(2)),
            healthy: healthy.len(),
            quiet: if healthy.is_empty() { 1.0 } else { quiet as f64 / healthy.len() as f64 },
        }
    }
}

/// Answers of about the same probability, and how often they are right: the two should agree.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bin {
    /// Lower end, included.
    pub from: f64,
    /// Upper end, excluded but for 1.
    pub to: f64,
    /// Answers.
    pub count: usize,
    /// Their mean probability.
    pub said: f64,
    /// Share of them that is right.
    pub right: f64,
}

/// The reliability of the leading probability, by the ranges of the confidence words and finer.
pub fn reliability(rows: &[Row]) -> Vec<Bin> {
    const EDGES: [f64; 7] = [0.0, 0.4, 0.5, 0.7, 0.9, 0.97, 1.0];
    let bins = EDGES.windows(2).map(|ends| {
        let (from, to) = (ends[0], ends[1]);
        let inside = |p: f64| p >= from && (p < to || to == 1.0);
        let members: Vec<&Row> = rows.iter().filter(|row| !row.got.is_empty() && inside(row.first())).collect();
        let count = members.len().max(1) as f64;
        Bin {
            from,
            to,
            count: members.len(),
            said: members.iter().map(|row| row.first()).sum::<f64>() / count,
            right: members.iter().filter(|row| row.is_right()).count() as f64 / count,
        }
    });
    bins.filter(|bin| bin.count > 0).collect()
}

/// Which cause was named in place of which, and how often.
pub fn confusion(rows: &[Row]) -> Vec<(String, String, usize)> {
    let mut pairs: BTreeMap<(String, String), usize> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.is_right()) {
        let expected = row.expected.first().map_or("nothing", String::as_str);
        let got = row.got.first().map_or("nothing", |(id, _)| id);
        *pairs.entry((expected.to_owned(), got.to_owned())).or_default() += 1;
    }
    let mut list: Vec<(String, String, usize)> = pairs.into_iter().map(|((a, b), n)| (a, b, n)).collect();
    list.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.cmp(b)));
    list
}

/// The whole measurement as text: figures by set, reliability, confusion; with `list`, each case that is not right.
pub fn text(rows: &[Row], list: bool) -> String {
    let mut out = String::new();
    if list {
        for row in rows.iter().filter(|row| !row.is_right()) {
            let rank = row.rank().map_or("not listed".to_owned(), |rank| format!("rank {rank}"));
            let expected = if row.is_healthy() { "nothing".to_owned() } else { row.expected.join(" or ") };
            let got: Vec<String> = row.got.iter().take(3).map(|(id, p)| format!("{id} {p:.2}")).collect();
            let got = if got.is_empty() { "nothing".to_owned() } else { got.join(", ") };
            let _ = writeln!(out, "{}/{} ({rank}): expected {expected}, got {got}", row.set, row.id);
        }
        out.push('\n');
    }
    let _ = writeln!(
        out,
        "{:14} {:>6} {:>6} {:>6} {:>6} {:>6} {:>8} {:>6}",
        "set", "faulty", "top-1", "top-3", "MRR", "Brier", "healthy", "quiet"
    );
    let sets: BTreeSet<&str> = rows.iter().map(|row| row.set.as_str()).collect();
    let line = |out: &mut String, name: &str, f: &Figures| {
        let Figures { faulty, top1, top3, mrr, brier, healthy, quiet } = f;
        let _ =
            writeln!(out, "{name:14} {faulty:6} {top1:6.3} {top3:6.3} {mrr:6.3} {brier:6.3} {healthy:8} {quiet:6.3}");
    };
    for set in sets {
        line(&mut out, set, &Figures::of(rows.iter().filter(|row| row.set == set)));
    }
    line(&mut out, "all", &Figures::of(rows.iter()));
    let _ = writeln!(out, "\n{:14} {:>6} {:>6} {:>6}", "probability", "cases", "said", "right");
    for Bin { from, to, count, said, right } in reliability(rows) {
        let _ = writeln!(out, "{:14} {count:6} {said:6.3} {right:6.3}", format!("{from} to {to}"));
    }
    let confusion = confusion(rows);
    if !confusion.is_empty() {
        let _ = writeln!(out, "\nnamed instead of what was expected:");
        for (expected, got, count) in confusion {
            let _ = writeln!(out, "{count:3}  {expected}: {got}");
        }
    }
    out
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
    fn figures_are_what_their_names_say() {
        let rows = [
            row(&["a"], &[("a", 0.9)]),
            row(&["a", "b"], &[("c", 0.6), ("b", 0.4)]),
            row(&["a"], &[]),
            row(&[], &[]),
            row(&[], &[("a", 0.5)]),
        ];
        let figures = Figures::of(rows.iter());
        assert_eq!((figures.faulty, figures.healthy), (3, 2));
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} is not {b}");
        near(figures.top1, 1.0 / 3.0);
        near(figures.top3, 2.0 / 3.0);
        near(figures.mrr, 0.5);
        near(figures.brier, (0.01 + 0.36 + 0.0) / 3.0);
        near(figures.quiet, 0.5);
        assert_eq!(confusion(&rows).len(), 3);
        let bins = reliability(&rows);
        assert_eq!(
            bins.iter().map(|bin| (bin.from, bin.count, bin.right)).collect::<Vec<_>>(),
            [(0.5, 2, 0.0), (0.9, 1, 1.0)]
        );
    }
}
