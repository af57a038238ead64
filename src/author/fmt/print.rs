//! Writes a tree: two blanks per level, lists indented below their key.

use super::tree::{Block, Body, Entry, Tree};

/// Blanks per level.
const STEP: usize = 2;

/// The text of a tree, with one line end behind it.
pub fn text(mut tree: Tree) -> String {
    lift(&mut tree.root);
    // Values of several lines are one part each: empty lines in them are their own.
    let mut parts = tree.head;
    block(&tree.root, 0, &mut parts);
    parts.dedup_by(|next, before| next.is_empty() && before.is_empty());
    while parts.last().is_some_and(String::is_empty) {
        parts.pop();
    }
    if parts.first().is_some_and(String::is_empty) {
        parts.remove(0);
    }
    parts.push(String::new());
    parts.join("\n")
}

/// Puts comments of the first field of an item above the dash, where they stay whichever field comes first.
fn lift(block: &mut Block) {
    for entry in &mut block.entries {
        let Body::Block(below) = &mut entry.body else { continue };
        lift(below);
        if let Some(first) = below.entries.first_mut() {
            let blank = first.lead.iter().take_while(|line| line.is_empty()).count();
            first.lead.drain(..blank);
            if block.is_list {
                let behind = std::mem::take(&mut entry.behind);
                entry.lead.extend(Some(behind.trim().to_owned()).filter(|comment| !comment.is_empty()));
                entry.lead.append(&mut first.lead);
            }
        }
    }
}

fn block(block: &Block, indent: usize, parts: &mut Vec<String>) {
    let comments = |lines: &[String], parts: &mut Vec<String>| parts.extend(lines.iter().map(|l| indented(l, indent)));
    for entry in &block.entries {
        comments(&entry.lead, parts);
        self::entry(entry, block.is_list, indent, parts);
        comments(&entry.tail, parts);
    }
    comments(&block.tail, parts);
}

fn entry(entry: &Entry, is_item: bool, indent: usize, parts: &mut Vec<String>) {
    let Entry { head, behind, .. } = entry;
    let mut out = indented(head, indent);
    match &entry.body {
        Body::Nothing => out.push_str(behind),
        Body::Inline(first, others) => {
            out.push_str(&format!(" {first}"));
            for (further, line) in others {
                out.push_str(&format!("\n{}", indented(line, indent + STEP.max(*further))));
            }
            out.push_str(behind);
        }
        Body::Text(header, asked, lines) => {
            out.push_str(&format!(" {header}{behind}"));
            for line in lines {
                out.push_str(&format!("\n{}", indented(line, indent + asked.unwrap_or(STEP))));
            }
        }
        Body::Block(below) if is_item => {
            let at = parts.len();
            self::block(below, indent + STEP, parts);
            if let Some(first) = parts.get_mut(at) {
                // The first field stands behind the dash.
                first.replace_range(indent..indent + STEP, "- ");
            }
            return;
        }
        Body::Block(below) => {
            out.push_str(behind);
            parts.push(out);
            self::block(below, indent + STEP, parts);
            return;
        }
    }
    parts.push(out);
}

fn indented(line: &str, indent: usize) -> String {
    if line.is_empty() { String::new() } else { format!("{:indent$}{line}", "") }
}
