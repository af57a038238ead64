//! Pictures of the decision graph: DOT, Mermaid, and SVG.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

pub mod inline;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Edge, Graph, Node};
use crate::rule::model::{CauseIx, Knowledge, SignalIx};
use crate::rule::words::{How, Stage, Words};

/// The part of the graph that is drawn.
#[derive(Debug)]
pub struct Picture {
    nodes: Vec<Drawn>,
    edges: Vec<Line>,
}

/// A box.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "GraphNode")]
struct Drawn {
    /// Id of the cause, symptom or signal.
    id: String,
    /// What it is.
    title: String,
    /// `cause`, `symptom` or `signal`.
    kind: &'static str,
    /// Where it stands from left to right.
    column: usize,
}

/// The graph for a program.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Graph")]
pub struct GraphAnswer {
    nodes: Vec<Drawn>,
    edges: Vec<EdgeAnswer>,
}

/// An arrow, by the ids of its ends.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "GraphEdge")]
struct EdgeAnswer {
    /// Id of the node where it begins.
    from: String,
    /// Id of the node where it ends.
    to: String,
    /// How often (`always` to `rarely`), or `implies`, or `rules out`.
    label: &'static str,
}

/// An arrow.
#[derive(Debug)]
struct Line {
    from: usize,
    to: usize,
    label: &'static str,
    /// How strong, from 0 to 1.
    how: f64,
}

/// The word whose number is the nearest one.
fn strength(how: f64) -> &'static str {
    let distance = |word: &How| (word.number() - how).abs();
    let nearest = How::ALL.iter().min_by(|(_, a), (_, b)| distance(a).total_cmp(&distance(b)));
    nearest.map_or("", |(word, _)| *word)
}

impl Picture {
    /// All causes by stage, what they bring about, and the symptoms. Signals are too many for one picture.
    pub fn whole(knowledge: &Knowledge) -> Self {
        let stages: Vec<Stage> =
            knowledge.causes.iter().map(|cause| cause.stage).collect::<BTreeSet<_>>().into_iter().collect();
        let column = |node: Node| match node {
            Node::Cause(ix) => stages.iter().position(|stage| *stage == knowledge.causes[ix].stage),
            Node::Symptom(_) => Some(stages.len()),
            _ => None,
        };
        Self::of(knowledge, column)
    }

    /// One cause: what brings it about, what it shows, and what it brings about.
    pub fn around(knowledge: &Knowledge, cause: CauseIx) -> Self {
        let of = &knowledge.causes[cause];
        let leads_here = |ix: CauseIx| knowledge.causes[ix].consequences.iter().any(|(to, _)| *to == cause);
        let column = |node: Node| match node {
            Node::Cause(ix) if ix == cause => Some(1),
            Node::Cause(ix) if leads_here(ix) => Some(0),
            Node::Cause(ix) => of.consequences.iter().any(|(to, _)| *to == ix).then_some(2),
            Node::Symptom(ix) => of.symptoms.iter().any(|(to, _)| *to == ix).then_some(2),
            Node::Signal(ix) => of.shows.iter().any(|(to, _)| *to == ix).then_some(2),
            Node::Fix(_) | Node::Stage(_) => None,
        };
        let mut picture = Self::of(knowledge, column);
        // What its neighbours do to each other belongs into their own pictures.
        let here = picture.nodes.iter().position(|node| node.id == of.id);
        picture.edges.retain(|line| Some(line.from) == here || Some(line.to) == here);
        picture
    }

    /// One cause for a page of it: like [`Picture::around`], with the `most` telling signals only, and a box that says
    /// how many more there are.
    pub fn neighbourhood(knowledge: &Knowledge, cause: CauseIx, most: usize) -> Self {
        let of = &knowledge.causes[cause];
        let mut telling: Vec<_> = of.shows.clone();
        let leak = |ix: SignalIx| knowledge.signals[ix].leak;
        telling.sort_by(|(a, how_a), (b, how_b)| how_b.total_cmp(how_a).then(leak(*a).cmp(&leak(*b))).then(a.cmp(b)));
        telling.truncate(most);
        let shown: BTreeSet<&str> = telling.iter().map(|(ix, _)| knowledge.signals[*ix].id.as_str()).collect();
        let mut picture = Self::around(knowledge, cause);
        picture.keep(|node| node.kind != "signal" || shown.contains(node.id.as_str()));
        picture.sort(|node| ["cause", "symptom", "signal"].iter().position(|kind| *kind == node.kind));
        let more = of.shows.len().saturating_sub(shown.len());
        if more > 0 {
            let title = if shown.is_empty() { format!("{more} messages") } else { format!("and {more} more messages") };
            let here = picture.nodes.iter().position(|node| node.id == of.id).unwrap_or(0);
            let column = picture.nodes[here].column + 1;
            picture.edges.push(Line { from: here, to: picture.nodes.len(), label: "", how: 0.25 });
            picture.nodes.push(Drawn { id: of.id.clone(), title, kind: "more", column });
        }
        picture
    }

    /// The causes of one stage, what brings them about, and what they bring about.
    pub fn stage(knowledge: &Knowledge, stage: Stage) -> Self {
        let causes = &knowledge.causes;
        let leads = |from: CauseIx, to: CauseIx| causes[from].consequences.iter().any(|(ix, _)| *ix == to);
        let here: Vec<CauseIx> = (0..causes.len()).filter(|ix| causes[*ix].stage == stage).collect();
        let column = |node: Node| match node {
            Node::Cause(ix) if causes[ix].stage == stage => Some(1),
            Node::Cause(ix) if here.iter().any(|to| leads(ix, *to)) => Some(0),
            Node::Cause(ix) => here.iter().any(|from| leads(*from, ix)).then_some(2),
            Node::Symptom(ix) => {
                here.iter().any(|from| causes[*from].symptoms.iter().any(|(to, _)| *to == ix)).then_some(3)
            }
            _ => None,
        };
        let mut picture = Self::of(knowledge, column);
        let of_stage = |node: &Drawn| here.iter().any(|ix| causes[*ix].id == node.id);
        let nodes = &picture.nodes;
        picture.edges.retain(|line| of_stage(&nodes[line.from]) || of_stage(&nodes[line.to]));
        picture
    }

    /// Whether there is anything beside a single box.
    pub fn has_edges(&self) -> bool {
        !self.edges.is_empty()
    }

    /// Keeps some boxes, and the arrows between them.
    fn keep(&mut self, wanted: impl Fn(&Drawn) -> bool) {
        let nodes = std::mem::take(&mut self.nodes);
        self.put(nodes.into_iter().enumerate().filter(|(_, node)| wanted(node)).collect());
    }

    /// Puts the boxes of each column into an order.
    fn sort<K: Ord>(&mut self, key: impl Fn(&Drawn) -> K) {
        let mut nodes: Vec<(usize, Drawn)> = std::mem::take(&mut self.nodes).into_iter().enumerate().collect();
        nodes.sort_by_key(|(_, node)| key(node));
        self.put(nodes);
    }

    /// Takes boxes with the places that they had, and brings the arrows along.
    fn put(&mut self, nodes: Vec<(usize, Drawn)>) {
        let mut places = BTreeMap::new();
        for (new, (old, node)) in nodes.into_iter().enumerate() {
            places.insert(old, new);
            self.nodes.push(node);
        }
        let lines = std::mem::take(&mut self.edges);
        self.edges = lines
            .into_iter()
            .filter_map(|line| Some(Line { from: *places.get(&line.from)?, to: *places.get(&line.to)?, ..line }))
            .collect();
    }

    fn of(knowledge: &Knowledge, column: impl Fn(Node) -> Option<usize>) -> Self {
        let graph = Graph::build(knowledge).graph;
        let mut nodes = Vec::new();
        let mut places = BTreeMap::new();
        for ix in graph.node_indices() {
            let Some(column) = column(graph[ix]) else { continue };
            let (id, title, kind) = match graph[ix] {
                Node::Cause(cause) => (&knowledge.causes[cause].id, &knowledge.causes[cause].title, "cause"),
                Node::Symptom(symptom) => {
                    (&knowledge.symptoms[symptom].id, &knowledge.symptoms[symptom].title, "symptom")
                }
                Node::Signal(signal) => (&knowledge.signals[signal].id, &knowledge.signals[signal].title, "signal"),
                Node::Fix(_) | Node::Stage(_) => continue,
            };
            places.insert(ix, nodes.len());
            nodes.push(Drawn { id: id.clone(), title: title.clone(), kind, column });
        }
        let mut edges = Vec::new();
        for edge in graph.raw_edges() {
            let (Some(from), Some(to)) = (places.get(&edge.source()), places.get(&edge.target())) else { continue };
            let (label, how) = match edge.weight {
                Edge::Shows(how) | Edge::LeadsTo(how) => (strength(how), how),
                Edge::Implies => ("implies", 1.0),
                Edge::RulesOut => ("rules out", 1.0),
                Edge::FixedBy | Edge::At | Edge::Then => continue,
            };
            edges.push(Line { from: *from, to: *to, label, how });
        }
        // Columns in which nothing stands are left out.
        let used: BTreeSet<usize> = nodes.iter().map(|node| node.column).collect();
        nodes.iter_mut().for_each(|node| node.column = used.range(..node.column).count());
        Self { nodes, edges }
    }

    /// For a program.
    pub fn answer(self) -> GraphAnswer {
        let id = |ix: usize| self.nodes[ix].id.clone();
        let edges =
            self.edges.iter().map(|line| EdgeAnswer { from: id(line.from), to: id(line.to), label: line.label });
        GraphAnswer { edges: edges.collect(), nodes: self.nodes }
    }

    /// For Graphviz.
    pub fn dot(&self) -> String {
        let mut out = String::from(
            "digraph certwhy {\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n",
        );
        for node in &self.nodes {
            let shape = match node.kind {
                "symptom" => ", style=\"rounded,filled\", fillcolor=\"#fde8e8\"",
                "signal" => ", style=\"rounded,filled\", fillcolor=\"#eef2f7\"",
                _ => "",
            };
            let label = format!("{}\\n{}", quoted(&node.title), quoted(&node.id));
            let _ = writeln!(out, "  \"{}\" [label=\"{label}\"{shape}];", quoted(&node.id));
        }
        for line in &self.edges {
            let (from, to) = (quoted(&self.nodes[line.from].id), quoted(&self.nodes[line.to].id));
            let _ = writeln!(out, "  \"{from}\" -> \"{to}\" [label=\"{}\"];", line.label);
        }
        out.push_str("}\n");
        out
    }

    /// For Mermaid, which many documentation sites draw.
    pub fn mermaid(&self) -> String {
        let mut out = String::from("flowchart LR\n");
        for (ix, node) in self.nodes.iter().enumerate() {
            let text = format!("{}<br/><small>{}</small>", escaped(&node.title), escaped(&node.id));
            let (open, close) = match node.kind {
                "symptom" => ("([", "])"),
                "signal" => ("[/", "/]"),
                _ => ("[", "]"),
            };
            let _ = writeln!(out, "  n{ix}{open}\"{text}\"{close}");
        }
        for line in &self.edges {
            let _ = writeln!(out, "  n{} -->|{}| n{}", line.from, line.label, line.to);
        }
        out
    }

    /// A drawing that needs nothing else: boxes in columns, arrows as thick as they are strong.
    pub fn svg(&self) -> String {
        const WIDTH: usize = 340;
        const HEIGHT: usize = 48;
        const GAPS: (usize, usize) = (150, 14);
        let columns = self.nodes.iter().map(|node| node.column + 1).max().unwrap_or(1);
        let mut filled = vec![0; columns];
        let rows: Vec<usize> = self
            .nodes
            .iter()
            .map(|node| {
                filled[node.column] += 1;
                filled[node.column] - 1
            })
            .collect();
        let most = filled.iter().copied().max().unwrap_or(1);
        let at = |ix: usize| {
            let column = self.nodes[ix].column;
            // Short columns stand in the middle.
            let top = (most - filled[column]) * (HEIGHT + GAPS.1) / 2;
            (20 + column * (WIDTH + GAPS.0), 20 + top + rows[ix] * (HEIGHT + GAPS.1))
        };
        let (width, height) = (40 + columns * WIDTH + (columns - 1) * GAPS.0, 40 + most * (HEIGHT + GAPS.1) - GAPS.1);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n{STYLE}"
        );
        for line in &self.edges {
            let ((x1, y1), (x2, y2)) = (at(line.from), at(line.to));
            let (y1, y2) = (y1 + HEIGHT / 2, y2 + HEIGHT / 2);
            // From side to side; within a column, around its right side.
            let right = self.nodes[line.from].column <= self.nodes[line.to].column;
            let from = if right { x1 + WIDTH } else { x1 };
            let to = if self.nodes[line.from].column < self.nodes[line.to].column { x2 } else { x2 + WIDTH };
            let bend = GAPS.0 / 2;
            let (c1, c2) = (
                if right { from + bend } else { from.saturating_sub(bend) },
                if to == x2 { to - bend } else { to + bend },
            );
            let thick = 0.6 + 2.0 * line.how;
            let _ = writeln!(
                out,
                "<path class=\"e\" d=\"M{from} {y1} C{c1} {y1} {c2} {y2} {to} {y2}\" stroke-width=\"{thick:.1}\"><title>{} {} {}</title></path>",
                escaped(&self.nodes[line.from].id),
                line.label,
                escaped(&self.nodes[line.to].id)
            );
        }
        for (ix, node) in self.nodes.iter().enumerate() {
            let (x, y) = at(ix);
            let (title, id) = (escaped(&cut(&node.title)), escaped(&cut(&node.id)));
            let full = escaped(&node.title);
            let _ = writeln!(
                out,
                "<g class=\"{}\"><title>{full}</title><rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"6\"/><text x=\"{}\" y=\"{}\">{title}</text><text class=\"i\" x=\"{}\" y=\"{}\">{id}</text></g>",
                node.kind,
                x + 10,
                y + 20,
                x + 10,
                y + 38
            );
        }
        out.push_str("</svg>\n");
        out
    }
}

const STYLE: &str = "<style>
text{font:13px sans-serif;fill:#1a1a1a}.i{font-size:11px;fill:#555}
rect{fill:#fff;stroke:#345}.symptom rect{fill:#fde8e8;stroke:#a33}.signal rect{fill:#eef2f7;stroke:#89a}
.e{fill:none;stroke:#678;opacity:.75}
@media(prefers-color-scheme:dark){svg{background:#14181d}text{fill:#eee}.i{fill:#aab}rect{fill:#1f2630;stroke:#9ab}.symptom rect{fill:#43201f}.signal rect{fill:#232c38}.e{stroke:#9ab}}
</style>
";

/// As much of a text as a box holds.
fn cut(text: &str) -> String {
    const LONGEST: usize = 44;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('#', "&#35;")
}
