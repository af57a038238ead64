//! The picture as a part of a page: boxes are links, and the page's own style sheet gives the colours.

use std::fmt::Write;

use super::{Drawn, Line, Picture, escaped};

/// Size of a box, in pixels.
const BOX: (usize, usize) = (236, 64);
/// Space between columns and between rows.
const GAPS: (usize, usize) = (84, 12);
/// Characters of a title on one line, and lines.
const TITLE: (usize, usize) = (28, 3);
const MARGIN: usize = 6;

/// What a page is told about a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown<'p> {
    /// `cause`, `symptom`, `signal`, or `more` for the rest of the signals.
    pub kind: &'static str,
    /// Its id; for `more` that of the cause.
    pub id: &'p str,
}

impl Picture {
    /// SVG without colours, fonts or scripts of its own, for a page with a strict policy. Classes: `cause`, `symptom`,
    /// `signal`, `more` and `here` (the box with the id `here`) on boxes, `edge` on arrows.
    ///
    /// It is hidden from screen readers and from the keyboard, since a page says the same in words beside it.
    /// `name` is its own on the page; `link` gives the address of a box; `words` writes beside each arrow how often.
    pub fn inline(
        &self,
        name: &str,
        here: Option<&str>,
        words: bool,
        link: impl Fn(Shown) -> Option<String>,
    ) -> String {
        let places = self.places();
        let right = places.iter().map(|(x, _)| x + BOX.0).max().unwrap_or(BOX.0);
        let bottom = places.iter().map(|(_, y)| y + BOX.1).max().unwrap_or(BOX.1);
        let (width, height) = (right + MARGIN + self.overhang(), bottom + MARGIN);
        let mut out = opening(name, "graph", width, height);
        for line in &self.edges {
            self.arrow(&mut out, name, line, &places, words.then_some(here).flatten());
        }
        for (node, place) in self.nodes.iter().zip(&places) {
            let address = link(Shown { kind: node.kind, id: &node.id });
            draw(&mut out, node, *place, here == Some(&node.id) && node.kind != "more", address);
        }
        out.push_str("</svg>\n");
        out
    }

    /// The same for a narrow page: what brings it about above, what follows from it below, all in one column with a line
    /// at its side. Only for a picture around one box, the one with the id `here`.
    pub fn inline_tree(&self, name: &str, here: &str, link: impl Fn(Shown) -> Option<String>) -> String {
        const INDENT: usize = 26;
        let Some(middle) = self.nodes.iter().position(|node| node.id == here && node.kind != "more") else {
            return String::new();
        };
        let column = self.nodes[middle].column;
        let part = |wanted: std::cmp::Ordering| {
            (0..self.nodes.len()).filter(move |ix| self.nodes[*ix].column.cmp(&column) == wanted)
        };
        let (before, after): (Vec<usize>, Vec<usize>) =
            (part(std::cmp::Ordering::Less).collect(), part(std::cmp::Ordering::Greater).collect());
        let order: Vec<usize> = before.iter().copied().chain([middle]).chain(after.iter().copied()).collect();
        let row = BOX.1 + GAPS.1;
        let at = |n: usize| (if order[n] == middle { MARGIN } else { MARGIN + INDENT }, MARGIN + n * row);
        let (width, height) = (2 * MARGIN + INDENT + BOX.0, 2 * MARGIN + order.len() * row - GAPS.1);
        let mut out = opening(name, "graph tree", width, height);
        let trunk = MARGIN + INDENT / 2;
        let middle_at = MARGIN + before.len() * row;
        for n in (0..order.len()).filter(|n| order[*n] != middle) {
            let side = MARGIN + n * row + BOX.1 / 2;
            let d = if n < before.len() {
                format!("M{} {side}H{trunk}V{}", MARGIN + INDENT, middle_at - 1)
            } else {
                format!("M{trunk} {}V{side}H{}", middle_at + BOX.1, MARGIN + INDENT)
            };
            let _ = writeln!(
                out,
                "<path class=\"edge\" d=\"{d}\" stroke-width=\"1.5\" marker-end=\"url(#{name}-arrow)\"/>"
            );
        }
        for (n, ix) in order.iter().enumerate() {
            let node = &self.nodes[*ix];
            draw(&mut out, node, at(n), *ix == middle, link(Shown { kind: node.kind, id: &node.id }));
        }
        out.push_str("</svg>\n");
        out
    }

    /// The upper left corner of every box.
    fn places(&self) -> Vec<(usize, usize)> {
        let columns = self.nodes.iter().map(|node| node.column + 1).max().unwrap_or(1);
        let mut filled = vec![0; columns];
        self.nodes.iter().for_each(|node| filled[node.column] += 1);
        let most = filled.iter().copied().max().unwrap_or(1);
        let mut next = vec![0; columns];
        let place = |node: &Drawn| {
            let row = next[node.column];
            next[node.column] += 1;
            // Short columns stand in the middle.
            let top = (most - filled[node.column]) * (BOX.1 + GAPS.1) / 2;
            (MARGIN + node.column * (BOX.0 + GAPS.0), MARGIN + top + row * (BOX.1 + GAPS.1))
        };
        self.nodes.iter().map(place).collect()
    }

    /// Room for arrows that leave the last column to the right.
    fn overhang(&self) -> usize {
        let last = self.nodes.iter().map(|node| node.column).max().unwrap_or(0);
        let within = |line: &Line| self.nodes[line.from].column == last && self.nodes[line.to].column == last;
        if self.edges.iter().any(within) { GAPS.0 / 2 } else { 0 }
    }

    fn arrow(&self, out: &mut String, name: &str, line: &Line, places: &[(usize, usize)], here: Option<&str>) {
        let (from, to) = (&self.nodes[line.from], &self.nodes[line.to]);
        let ((x1, y1), (x2, y2)) = (places[line.from], places[line.to]);
        let (y1, y2) = (y1 + BOX.1 / 2, y2 + BOX.1 / 2);
        // From side to side; within a column, around its right side.
        let forward = from.column < to.column;
        let right = from.column <= to.column;
        let start = if right { x1 + BOX.0 } else { x1 };
        let end = if forward { x2 } else { x2 + BOX.0 };
        let bend = GAPS.0 / 2;
        let first = if right { start + bend } else { start.saturating_sub(bend) };
        let second = if forward { end.saturating_sub(bend) } else { end + bend };
        let thick = 1.0 + 2.0 * line.how;
        let _ = writeln!(
            out,
            "<path class=\"edge\" d=\"M{start} {y1} C{first} {y1} {second} {y2} {end} {y2}\" stroke-width=\"{thick:.1}\" marker-end=\"url(#{name}-arrow)\"/>"
        );
        // At the end that no other arrow shares.
        let Some(here) = here.filter(|_| forward && !line.label.is_empty()) else { return };
        let (x, y, anchor) = if to.id == here { (start + 8, y1, "start") } else { (end - 12, y2, "end") };
        let _ = writeln!(
            out,
            "<text class=\"how\" x=\"{x}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
            y - 6,
            line.label
        );
    }
}

/// The beginning, with the head of the arrows.
fn opening(name: &str, class: &str, width: usize, height: usize) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"{class}\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" aria-hidden=\"true\" focusable=\"false\">\n\
         <defs><marker id=\"{name}-arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"head\" d=\"M0 0 8 4 0 8z\"/></marker></defs>\n"
    )
}

fn draw(out: &mut String, node: &Drawn, (x, y): (usize, usize), here: bool, address: Option<String>) {
    let here = if here { " here" } else { "" };
    let mut lines: Vec<String> =
        textwrap::wrap(&node.title, TITLE.0).into_iter().map(|line| line.into_owned()).collect();
    if lines.len() > TITLE.1 {
        lines.truncate(TITLE.1);
        if let Some(last) = lines.last_mut() {
            *last = format!("{}…", last.chars().take(TITLE.0 - 1).collect::<String>());
        }
    }
    let linked = address.is_some();
    if let Some(address) = address {
        let _ = write!(out, "<a href=\"{}\" tabindex=\"-1\">", escaped(&address).replace("&#35;", "#"));
    }
    let (width, height) = BOX;
    let _ = write!(
        out,
        "<g class=\"box {}{here}\"><title>{}</title><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>",
        node.kind,
        escaped(&node.title)
    );
    let mut base = y + (height - lines.len() * 17) / 2 + 13;
    for line in &lines {
        let _ = write!(out, "<text x=\"{}\" y=\"{base}\">{}</text>", x + 12, escaped(line));
        base += 17;
    }
    out.push_str("</g>");
    out.push_str(if linked { "</a>\n" } else { "\n" });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Pack;

    #[test]
    fn a_picture_for_a_page_has_links_and_no_style() {
        let knowledge = crate::knowledge::load(&Pack::embedded()).unwrap();
        let cause = knowledge.cause("deploy.key-mismatch").unwrap();
        let picture = Picture::neighbourhood(&knowledge, cause, 3);
        let svg = picture.inline("map", Some("deploy.key-mismatch"), true, |shown| {
            Some(format!("{}/{}.html", shown.kind, shown.id))
        });
        assert!(svg.contains("<a href=\"cause/reload.failed.html\" tabindex=\"-1\">"), "{svg}");
        assert!(svg.contains("box cause here") && svg.contains("more messages"), "{svg}");
        assert_eq!(svg.matches("box signal").count(), 3, "{svg}");
        assert!(!svg.contains("style"), "{svg}");
    }
}
