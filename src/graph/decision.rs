//! The decision graph: signals, symptoms, causes, fixes and stages, and what follows from its paths.

use std::collections::BTreeMap;

use petgraph::Direction;
use petgraph::algo::{tarjan_scc, toposort};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use crate::rule::model::{CauseIx, Knowledge, SignalIx, SymptomIx};
use crate::rule::numbers::Numbers;
use crate::rule::words::Stage;

/// A node of the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// A cause, which points at what it shows, at its consequences, its fix and its stage.
    Cause(CauseIx),
    /// A symptom, which points at the signals that show it.
    Symptom(SymptomIx),
    /// A signal.
    Signal(SignalIx),
    /// The fix of a cause.
    Fix(CauseIx),
    /// A stage of the pipeline, in its order.
    Stage(Stage),
}

/// What an edge says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Edge {
    /// The source makes the signal visible, this often.
    Shows(f64),
    /// The source brings about the symptom or cause, this often.
    LeadsTo(f64),
    /// A specific signal makes a general one redundant.
    Implies,
    /// The signal, when seen, speaks strongly against the cause.
    RulesOut,
    /// The fix removes the cause.
    FixedBy,
    /// The cause or signal belongs to the stage.
    At,
    /// The next stage of the pipeline.
    Then,
}

/// The decision graph of a knowledge base.
#[derive(Debug, Clone)]
pub struct Graph {
    /// Nodes and edges.
    pub graph: DiGraph<Node, Edge>,
    index: BTreeMap<Node, NodeIndex>,
    names: BTreeMap<CauseIx, String>,
}

impl Graph {
    /// Builds the graph; node and edge order follow the ids, so it is the same every time.
    pub fn build(knowledge: &Knowledge) -> Self {
        let mut graph = DiGraph::new();
        let mut index = BTreeMap::new();
        let mut add =
            |graph: &mut DiGraph<Node, Edge>, node: Node| *index.entry(node).or_insert_with(|| graph.add_node(node));
        let pipeline = [
            Stage::Bot,
            Stage::Connector,
            Stage::Csr,
            Stage::Dcv,
            Stage::Issuance,
            Stage::Deploy,
            Stage::Reload,
            Stage::Verify,
        ];
        for pair in pipeline.windows(2) {
            let (from, to) = (add(&mut graph, Node::Stage(pair[0])), add(&mut graph, Node::Stage(pair[1])));
            graph.add_edge(from, to, Edge::Then);
        }
        for (ix, signal) in knowledge.signals.iter().enumerate() {
            let from = add(&mut graph, Node::Signal(ix));
            for implied in &signal.implies {
                let to = add(&mut graph, Node::Signal(*implied));
                graph.add_edge(from, to, Edge::Implies);
            }
            if let Some(stage) = signal.stage.or(signal.proves) {
                let to = add(&mut graph, Node::Stage(stage));
                graph.add_edge(from, to, Edge::At);
            }
        }
        for (ix, symptom) in knowledge.symptoms.iter().enumerate() {
            let from = add(&mut graph, Node::Symptom(ix));
            for (signal, how) in &symptom.shows {
                let to = add(&mut graph, Node::Signal(*signal));
                graph.add_edge(from, to, Edge::Shows(*how));
            }
        }
        for (ix, cause) in knowledge.causes.iter().enumerate() {
            let from = add(&mut graph, Node::Cause(ix));
            let fix = add(&mut graph, Node::Fix(ix));
            graph.add_edge(from, fix, Edge::FixedBy);
            let stage = add(&mut graph, Node::Stage(cause.stage));
            graph.add_edge(from, stage, Edge::At);
            for (signal, how) in &cause.shows {
                let to = add(&mut graph, Node::Signal(*signal));
                graph.add_edge(from, to, Edge::Shows(*how));
            }
            for (symptom, how) in &cause.symptoms {
                let to = add(&mut graph, Node::Symptom(*symptom));
                graph.add_edge(from, to, Edge::LeadsTo(*how));
            }
            for (consequence, how) in &cause.consequences {
                let to = add(&mut graph, Node::Cause(*consequence));
                graph.add_edge(from, to, Edge::LeadsTo(*how));
            }
            for signal in &cause.rules_out {
                let to = add(&mut graph, Node::Signal(*signal));
                graph.add_edge(to, from, Edge::RulesOut);
            }
        }
        let names = knowledge.causes.iter().enumerate().map(|(ix, c)| (ix, c.id.clone())).collect();
        Graph { graph, index, names }
    }

    /// Circles among `leads_to` edges, each as the ids of its causes in order; empty for a sound graph.
    pub fn cycles(&self) -> Vec<Vec<String>> {
        let leads = self.leads();
        let mut cycles: Vec<Vec<String>> = tarjan_scc(&leads)
            .into_iter()
            .filter(|component| component.len() > 1 || leads.contains_edge(component[0], component[0]))
            .map(|component| {
                let mut ids: Vec<String> = component.iter().map(|n| self.names[&leads[*n]].clone()).collect();
                ids.sort();
                ids
            })
            .collect();
        cycles.sort();
        cycles
    }

    /// Causes that can bring about this one, directly or through others, nearest first.
    pub fn upstream(&self, cause: CauseIx) -> Vec<CauseIx> {
        let mut out = Vec::new();
        let mut open = vec![cause];
        while let Some(next) = open.pop() {
            let Some(node) = self.index.get(&Node::Cause(next)) else { continue };
            for edge in self.graph.edges_directed(*node, Direction::Incoming) {
                if let (Node::Cause(ix), Edge::LeadsTo(_)) = (self.graph[edge.source()], edge.weight())
                    && !out.contains(&ix)
                {
                    out.push(ix);
                    open.push(ix);
                }
            }
        }
        out.sort_unstable();
        out
    }

    /// Only causes and the `leads_to` edges among them.
    fn leads(&self) -> DiGraph<CauseIx, f64> {
        let mut leads = DiGraph::new();
        let mut nodes = BTreeMap::new();
        for node in self.graph.node_weights() {
            if let Node::Cause(ix) = node {
                nodes.insert(*ix, leads.add_node(*ix));
            }
        }
        for edge in self.graph.edge_references() {
            if let (Node::Cause(from), Node::Cause(to), Edge::LeadsTo(how)) =
                (self.graph[edge.source()], self.graph[edge.target()], edge.weight())
            {
                leads.add_edge(nodes[&from], nodes[&to], *how);
            }
        }
        leads
    }
}

/// Fills in [`crate::rule::model::Cause::effects`] with the design's numbers.
///
/// The graph must have no cycles.
pub fn lend_effects(knowledge: &mut Knowledge) {
    let all = effects(knowledge, &Numbers::default());
    for (cause, effects) in knowledge.causes.iter_mut().zip(all) {
        cause.effects = effects;
    }
}

/// All edges of every cause: own signals, those of the symptoms, and those of the consequences, each lent one with the
/// product of the strengths along its path; the strongest path counts.
pub fn effects(knowledge: &Knowledge, numbers: &Numbers) -> Vec<Vec<(SignalIx, f64)>> {
    let leads = Graph::build(knowledge).leads();
    let order = toposort(&leads, None).unwrap_or_default();
    let mut all: Vec<Vec<(SignalIx, f64)>> = vec![Vec::new(); knowledge.causes.len()];
    for node in order.into_iter().rev() {
        let ix = leads[node];
        let mut effects: BTreeMap<SignalIx, f64> = BTreeMap::new();
        let mut lend = |signal: SignalIx, how: f64| {
            let strength = effects.entry(signal).or_insert(0.0);
            *strength = strength.max(how);
        };
        let cause = &knowledge.causes[ix];
        for (signal, how) in &cause.shows {
            let counted = match numbers.edges.is_empty() {
                true => None,
                false => numbers.edges.get(&(cause.id.clone(), knowledge.signals[*signal].id.clone())),
            };
            lend(*signal, counted.map_or_else(|| numbers.strength(*how), |counted| counted.strength));
        }
        for (symptom, how) in &cause.symptoms {
            for (signal, shown) in &knowledge.symptoms[*symptom].shows {
                lend(*signal, numbers.strength(*how) * numbers.strength(*shown));
            }
        }
        for (consequence, how) in &cause.consequences {
            for (signal, shown) in &all[*consequence] {
                lend(*signal, numbers.strength(*how) * shown);
            }
        }
        all[ix] = effects.into_iter().collect();
    }
    all
}
