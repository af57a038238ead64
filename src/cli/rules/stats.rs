//! `certwhy rules stats`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::cli::Common;
use crate::error::Result;
use crate::rule::Knowledge;
use crate::rule::model::SignalKind;
use crate::rule::words::{How, Leak, Prior, Words};

/// Rules that are shown at the ends of a scale.
const SHOWN: usize = 5;

#[derive(Debug, Args)]
pub struct StatsArgs {
    /// One document (certwhy/stats/1) instead of tables.
    #[arg(long)]
    json: bool,
}

pub fn run(args: &StatsArgs, common: &Common) -> Result<ExitCode> {
    let knowledge = common.engine()?.knowledge;
    let stats = Stats::of(&knowledge);
    common.print(&if args.json { format!("{:#}", stats.json()) } else { stats.text() })?;
    Ok(ExitCode::SUCCESS)
}

/// What a pack is made of, in figures.
struct Stats {
    counts: Vec<(&'static str, usize)>,
    priors: Vec<(&'static str, usize)>,
    leaks: Vec<(&'static str, usize)>,
    strengths: Vec<(&'static str, usize)>,
    /// Signals of every cause, the most first.
    fan_out: Vec<(String, usize)>,
    /// Causes of every signal, the most first.
    fan_in: Vec<(String, usize)>,
}

impl Stats {
    fn of(knowledge: &Knowledge) -> Self {
        let patterns = knowledge.signals.iter().map(|signal| match &signal.kind {
            SignalKind::Log(patterns) => patterns.len(),
            SignalKind::Fact(_) => 0,
        });
        let edges = || knowledge.causes.iter().flat_map(|cause| &cause.shows);
        let mut of_signal: BTreeMap<usize, usize> = BTreeMap::new();
        edges().for_each(|(signal, _)| *of_signal.entry(*signal).or_default() += 1);
        let fan_out = knowledge.causes.iter().map(|cause| (cause.id.clone(), cause.shows.len()));
        let fan_in = of_signal.into_iter().map(|(signal, count)| (knowledge.signals[signal].id.clone(), count));
        let leads = knowledge.causes.iter().map(|cause| cause.consequences.len() + cause.symptoms.len()).sum();
        Stats {
            counts: vec![
                ("causes", knowledge.causes.len()),
                ("signals", knowledge.signals.len()),
                ("patterns", patterns.sum()),
                ("edges", edges().count()),
                ("leads-to edges", leads),
                ("symptoms", knowledge.symptoms.len()),
                ("facts", knowledge.facts.len()),
            ],
            priors: words(Prior::ALL, |word| knowledge.causes.iter().filter(|cause| cause.prior == word).count()),
            leaks: words(Leak::ALL, |word| knowledge.signals.iter().filter(|signal| signal.leak == word).count()),
            strengths: words(How::ALL, |word| edges().filter(|(_, how)| *how == word.number()).count()),
            fan_out: most_first(fan_out.collect()),
            fan_in: most_first(fan_in.collect()),
        }
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for (title, rows) in [
            ("", &self.counts),
            ("priors of causes", &self.priors),
            ("leaks of signals", &self.leaks),
            ("strengths of edges", &self.strengths),
        ] {
            if !title.is_empty() {
                out.push_str(&format!("\n{title}\n"));
            }
            rows.iter().for_each(|(name, count)| out.push_str(&format!("{count:>8}  {name}\n")));
        }
        for (title, rows) in
            [("signals that a cause shows", &self.fan_out), ("causes that a signal can come from", &self.fan_in)]
        {
            let middle = rows.get(rows.len() / 2).map_or(0, |(_, count)| *count);
            out.push_str(&format!("\n{title} (median {middle})\n"));
            let least = rows.len().saturating_sub(SHOWN).max(SHOWN.min(rows.len()));
            let (first, last) = (rows.iter().take(SHOWN), rows[least..].iter());
            first.for_each(|(id, count)| out.push_str(&format!("{count:>8}  {id}\n")));
            out.push_str("       …\n");
            last.for_each(|(id, count)| out.push_str(&format!("{count:>8}  {id}\n")));
        }
        out
    }

    fn json(&self) -> serde_json::Value {
        let map = |rows: &[(&'static str, usize)]| {
            rows.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect::<serde_json::Map<_, _>>()
        };
        let named = |rows: &[(String, usize)]| {
            rows.iter().map(|(k, v)| (k.clone(), json!(v))).collect::<serde_json::Map<_, _>>()
        };
        json!({
            "schema": "certwhy/stats/1",
            "counts": map(&self.counts),
            "priors": map(&self.priors),
            "leaks": map(&self.leaks),
            "strengths": map(&self.strengths),
            "signals_of_cause": named(&self.fan_out),
            "causes_of_signal": named(&self.fan_in),
        })
    }
}

fn words<W: Copy>(all: &[(&'static str, W)], count: impl Fn(W) -> usize) -> Vec<(&'static str, usize)> {
    all.iter().map(|(word, meaning)| (*word, count(*meaning))).collect()
}

fn most_first(mut rows: Vec<(String, usize)>) -> Vec<(String, usize)> {
    rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    rows
}
