//! A YAML text as blocks of entries, each with its comments; what is no block is kept as it is written.
//!
//! The reader of rule files has read the text before: it tells the structure, and the text is followed along it.

use super::Unformatted;
use crate::rule::file::{Node, NodeKind};

/// A text in parts.
pub struct Tree {
    /// Lines before the first entry that stay there: comments set apart by an empty line, hints for editors, `---`.
    pub head: Vec<String>,
    /// The rest.
    pub root: Block,
}

/// Entries below each other.
pub struct Block {
    pub is_list: bool,
    pub entries: Vec<Entry>,
    /// Comments behind the last entry, at its indentation.
    pub tail: Vec<String>,
    /// Where it stands in the text.
    column: usize,
}

/// A key or a dash, and what belongs to it.
pub struct Entry {
    /// Comments and empty lines above it, without indentation.
    pub lead: Vec<String>,
    /// The key with its colon, or a dash.
    pub head: String,
    /// The key without quotes; nothing for a dash.
    pub key: String,
    pub body: Body,
    /// The comment behind it on its line, with the blanks before it.
    pub behind: String,
    /// Comments below it that are indented more than it.
    pub tail: Vec<String>,
}

pub enum Body {
    Nothing,
    /// A scalar or flow collection: its first line, and the others with their indentation beyond that of the entry.
    Inline(String, Vec<(usize, String)>),
    /// A block scalar: its header, the blanks that the header asks for, and its lines without indentation.
    Text(String, Option<usize>, Vec<String>),
    Block(Block),
}

/// A line that is empty or a comment, and the column where it begins.
type Spare = (usize, String);

type Read<T> = Result<T, Unformatted>;

/// Reads a text whose structure is known.
pub fn read(text: &str, node: &Node) -> Read<Tree> {
    let reader = Reader { text };
    let (mut head, mut at) = (Vec::new(), 0);
    let (mut spare, mut next) = reader.spare(at);
    if reader.text[next..].starts_with("---") {
        at = reader.line_end(next);
        if !matches!(reader.text[next + 3..at].trim_start().as_bytes(), [] | [b'#', ..]) {
            return Err(Unformatted::new("begin the file in a line of its own, below the ---", next));
        }
        head.extend(spare.drain(..).map(|(_, line)| line));
        head.push(reader.text[next..at].trim_end().to_owned());
        (spare, next) = reader.spare(reader.next_line(at));
    }
    // Comments of the whole file are set apart, or speak to an editor.
    let apart = spare.iter().rposition(|(_, line)| line.is_empty() || line.contains("$schema=")).map_or(0, |ix| ix + 1);
    head.extend(spare.drain(..apart).map(|(_, line)| line));
    let lead = spare.into_iter().map(|(_, line)| line).collect();
    let (mut root, rest, end) = reader.block(node, next, lead)?;
    if end < text.len() {
        return Err(Unformatted::new("nothing is expected here: a file is one document", end));
    }
    root.take(rest);
    Ok(Tree { head, root })
}

impl Block {
    /// Takes comments that stand behind its last entry: those that are indented more belong to that entry.
    fn take(&mut self, mut spare: Vec<Spare>) {
        let deeper = deeper_than(self.column, &mut spare);
        if let Some(last) = self.entries.last_mut() {
            last.take(deeper);
        }
        self.tail.extend(spare.into_iter().map(|(_, line)| line));
    }
}

impl Entry {
    fn take(&mut self, spare: Vec<Spare>) {
        match &mut self.body {
            Body::Block(block) if !spare.is_empty() => block.take(spare),
            _ => self.tail.extend(spare.into_iter().map(|(_, line)| line)),
        }
    }
}

/// Splits off the lines up to the last comment that is indented more than `column`.
fn deeper_than(column: usize, spare: &mut Vec<Spare>) -> Vec<Spare> {
    let last = spare.iter().rposition(|(indent, line)| !line.is_empty() && *indent > column);
    spare.drain(..last.map_or(0, |ix| ix + 1)).collect()
}

/// Splits off the comments right above a dash that an empty line sets apart from what is above them: they belong to
/// the dash, however they are indented.
fn apart(spare: &mut Vec<Spare>) -> Vec<Spare> {
    let blank = spare.iter().rposition(|(_, line)| line.is_empty());
    blank.map_or_else(Vec::new, |ix| spare.split_off(ix))
}

struct Reader<'t> {
    text: &'t str,
}

impl Reader<'_> {
    /// Reads as many entries as the node has, the first one at `at`; returns what stands behind the last one, and the
    /// place of what follows.
    fn block(&self, node: &Node, at: usize, lead: Vec<String>) -> Read<(Block, Vec<Spare>, usize)> {
        let column = self.column(at);
        let (keys, values): (Vec<Option<&str>>, Vec<&Node>) = match &node.kind {
            NodeKind::Map(map) => map.iter().map(|(key, value)| (Some(key.value.as_str()), value)).unzip(),
            NodeKind::List(list) => list.iter().map(|value| (None, value)).unzip(),
            _ => return Err(Unformatted::new("a list or fields are expected here", at)),
        };
        let is_list = matches!(node.kind, NodeKind::List(_));
        let mut block = Block { is_list, entries: Vec::new(), tail: Vec::new(), column };
        let (mut at, mut lead, mut rest) = (at, lead, Vec::new());
        for (ix, (key, value)) in keys.into_iter().zip(values).enumerate() {
            if ix > 0 {
                let mut spare: Vec<Spare> = std::mem::take(&mut rest);
                if self.column(at) != column {
                    return Err(Unformatted::new("this is not indented as what stands above it", at));
                }
                let above = if is_list { apart(&mut spare) } else { Vec::new() };
                let deeper = deeper_than(column, &mut spare);
                if let Some(last) = block.entries.last_mut() {
                    last.take(deeper);
                }
                spare.extend(above);
                lead = spare.into_iter().map(|(_, line)| line).collect();
            }
            let head = self.head(key, at)?;
            let after = at + head.len();
            let mut entry = Entry {
                lead: std::mem::take(&mut lead),
                head: head.split_whitespace().collect::<Vec<_>>().join(" "),
                key: key.unwrap_or_default().to_owned(),
                body: Body::Nothing,
                behind: String::new(),
                tail: Vec::new(),
            };
            if key.is_some() {
                // A blank between a key and its colon is of no use; blanks within the key are its own.
                entry.head = format!("{}:", head[..head.len() - 1].trim_end());
            }
            (rest, at) = self.body(value, after, column, &mut entry)?;
            block.entries.push(entry);
        }
        Ok((block, rest, at))
    }

    /// The key at a place up to its colon, or a dash.
    fn head(&self, key: Option<&str>, at: usize) -> Read<&str> {
        let text = &self.text[at..];
        let unclear = || Unformatted::new("a field is expected here, written as `name: value`", at);
        let Some(key) = key else {
            let is_dash = text.starts_with('-') && !text[1..].starts_with(|c: char| !c.is_whitespace());
            return if is_dash { Ok(&text[..1]) } else { Err(Unformatted::new("a dash is expected here", at)) };
        };
        let end = match text.as_bytes().first() {
            Some(b'"' | b'\'') => quoted_end(text).ok_or_else(unclear)?,
            _ if text.starts_with(key) => key.len(),
            _ => return Err(unclear()),
        };
        let colon = end + text[end..].len() - text[end..].trim_start_matches([' ', '\t']).len();
        if text[colon..].starts_with(':') { Ok(&text[..=colon]) } else { Err(unclear()) }
    }

    /// What stands behind a key or dash of `column`.
    fn body(&self, node: &Node, after: usize, column: usize, entry: &mut Entry) -> Read<(Vec<Spare>, usize)> {
        let line_end = self.line_end(after);
        let rest = &self.text[after..line_end];
        let begin = after + rest.len() - rest.trim_start().len();
        let first = self.text[begin..line_end].chars().next();
        match (first, &node.kind) {
            (None | Some('#'), NodeKind::Null) => {
                entry.behind = behind(rest);
                Ok(self.spare(self.next_line(line_end)))
            }
            (None | Some('#'), NodeKind::Map(_) | NodeKind::List(_))
                if !self.text[self.spare(self.next_line(line_end)).1..].starts_with(['{', '[']) =>
            {
                entry.behind = behind(rest);
                let (spare, next) = self.spare(self.next_line(line_end));
                self.plain(next)?;
                let (block, rest, at) = self.block(node, next, spare.into_iter().map(|(_, line)| line).collect())?;
                entry.body = Body::Block(block);
                Ok((rest, at))
            }
            (None | Some('#'), _) => {
                let (spare, next) = self.spare(self.next_line(line_end));
                if first.is_some() || spare.iter().any(|(_, line)| !line.is_empty()) {
                    return Err(Unformatted::new("move this comment above the field: its value follows below", begin));
                }
                self.inline(next, column, entry)
            }
            (Some('|' | '>'), _) => self.block_scalar(begin, column, entry),
            (Some(first), NodeKind::Map(_) | NodeKind::List(_)) if !matches!(first, '{' | '[') => {
                self.plain(begin)?;
                let (block, rest, at) = self.block(node, begin, Vec::new())?;
                entry.body = Body::Block(block);
                Ok((rest, at))
            }
            _ => self.inline(begin, column, entry),
        }
    }

    /// Anchors, aliases and tags tie places together that an order would pull apart.
    fn plain(&self, at: usize) -> Read<()> {
        match self.text[at..].starts_with(['&', '*', '!']) {
            true => Err(Unformatted::new("files with anchors, aliases or tags are left as they are", at)),
            false => Ok(()),
        }
    }

    /// A scalar or flow collection.
    fn inline(&self, begin: usize, column: usize, entry: &mut Entry) -> Read<(Vec<Spare>, usize)> {
        self.plain(begin)?;
        let text = &self.text[begin..];
        let open = || Unformatted::new("where this ends is unclear", begin);
        let end = begin
            + match text.as_bytes().first() {
                Some(b'"' | b'\'') => quoted_end(text).ok_or_else(open)?,
                Some(b'{' | b'[') => flow_end(text).ok_or_else(open)?,
                _ => self.plain_end(begin, column) - begin,
            };
        let line_end = self.line_end(end);
        let rest = &self.text[end..line_end];
        if !matches!(rest.trim_start().as_bytes(), [] | [b'#', ..]) {
            return Err(Unformatted::new("only a comment is expected here", end));
        }
        let mut lines = self.text[begin..end].split('\n');
        let first = lines.next().unwrap_or_default().trim_end().to_owned();
        let others = lines.map(|line| {
            let indent = line.len() - line.trim_start().len();
            (indent.saturating_sub(column), line.trim().to_owned())
        });
        entry.body = Body::Inline(first, others.collect());
        entry.behind = behind(rest);
        Ok(self.spare(self.next_line(line_end)))
    }

    /// The end of a scalar without quotes: lines that are indented more than its entry go on with it.
    fn plain_end(&self, begin: usize, column: usize) -> usize {
        let mut end = begin;
        let mut from = begin;
        loop {
            let line_end = self.line_end(from);
            let line = &self.text[from..line_end];
            let comment = line.match_indices('#').find(|(ix, _)| match line[..*ix].chars().next_back() {
                Some(before) => before.is_whitespace(),
                None => from != begin,
            });
            let used = comment.map_or(line, |(ix, _)| &line[..ix]).trim_end();
            if !used.is_empty() {
                end = from + used.len();
            }
            let next = self.next_line(line_end);
            let (spare, after) = self.spare(next);
            let goes_on = spare.iter().all(|(_, line)| line.is_empty()) && self.column(after) > column;
            if comment.is_some() || after >= self.text.len() || !goes_on {
                return end;
            }
            from = after;
        }
    }

    fn block_scalar(&self, begin: usize, column: usize, entry: &mut Entry) -> Read<(Vec<Spare>, usize)> {
        let line_end = self.line_end(begin);
        let line = &self.text[begin..line_end];
        let header_end = line.find(char::is_whitespace).unwrap_or(line.len());
        let header = &line[..header_end];
        entry.behind = behind(&line[header_end..]);
        let asked = header.chars().find_map(|c| c.to_digit(10)).map(|digit| digit as usize);
        let (mut lines, mut at) = (Vec::new(), self.next_line(line_end));
        while at < self.text.len() {
            let end = self.line_end(at);
            let line = &self.text[at..end];
            if !line.trim_matches(' ').is_empty() && line.len() - line.trim_start_matches(' ').len() <= column {
                break;
            }
            lines.push(line);
            at = self.next_line(end);
        }
        // Empty lines behind it are its own only where it keeps them.
        while !header.contains('+') && lines.last().is_some_and(|line| line.trim_matches(' ').is_empty()) {
            lines.pop();
            at = self.text[..at - usize::from(self.text[..at].ends_with('\n'))].rfind('\n').map_or(0, |ix| ix + 1);
        }
        let indent = |line: &&str| line.len() - line.trim_start_matches(' ').len();
        let own = asked.map(|blanks| column + blanks);
        let own = own.or_else(|| lines.iter().find(|line| !line.trim_matches(' ').is_empty()).map(indent)).unwrap_or(0);
        let lines = lines.iter().map(|line| line.get(own.min(line.len())..).unwrap_or_default().to_owned()).collect();
        entry.body = Body::Text(header.to_owned(), asked, lines);
        Ok(self.spare(at))
    }

    /// The empty lines and comments from the beginning of a line on, and the place of what follows.
    fn spare(&self, at: usize) -> (Vec<Spare>, usize) {
        let (mut spare, mut at) = (Vec::new(), at);
        while at < self.text.len() {
            let end = self.line_end(at);
            let line = self.text[at..end].trim();
            let indent = self.text[at..end].len() - self.text[at..end].trim_start().len();
            if !line.is_empty() && !line.starts_with('#') {
                return (spare, at + indent);
            }
            spare.push((indent, line.to_owned()));
            at = self.next_line(end);
        }
        (spare, self.text.len())
    }

    fn line_end(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |ix| at + ix)
    }

    fn next_line(&self, line_end: usize) -> usize {
        (line_end + 1).min(self.text.len())
    }

    fn column(&self, at: usize) -> usize {
        at - self.text[..at].rfind('\n').map_or(0, |ix| ix + 1)
    }
}

/// A comment behind something, with the blanks before it.
fn behind(rest: &str) -> String {
    let comment = rest.trim();
    let blanks = &rest[..rest.len() - rest.trim_start().len()];
    match (comment.is_empty(), blanks.contains('\t')) {
        (true, _) => String::new(),
        (false, true) => format!("  {comment}"),
        (false, false) => format!("{blanks}{comment}"),
    }
}

/// Bytes of the quoted scalar that a text begins with.
fn quoted_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = *bytes.first()?;
    let mut ix = 1;
    while ix < bytes.len() {
        match bytes[ix] {
            b'\\' if quote == b'"' => ix += 1,
            b'\'' if quote == b'\'' && bytes.get(ix + 1) == Some(&b'\'') => ix += 1,
            byte if byte == quote => return Some(ix + 1),
            _ => {}
        }
        ix += 1;
    }
    None
}

/// Bytes of the flow collection that a text begins with.
fn flow_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut depth, mut ix, mut fresh) = (0usize, 0, true);
    while ix < bytes.len() {
        match bytes[ix] {
            b'"' | b'\'' if fresh => {
                ix += quoted_end(&text[ix..])?;
                fresh = false;
                continue;
            }
            b'#' if ix > 0 && bytes[ix - 1].is_ascii_whitespace() => {
                ix += text[ix..].find('\n')?;
                continue;
            }
            b'{' | b'[' => (depth, fresh) = (depth + 1, true),
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(ix + 1);
                }
                fresh = false;
            }
            b',' | b':' => fresh = true,
            byte if byte.is_ascii_whitespace() => {}
            _ => fresh = false,
        }
        ix += 1;
    }
    None
}
