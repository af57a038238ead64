//! Where in the YAML a place is, also while it is being typed and does not parse: the keys that lead to it.
//!
//! Lines are read for their indentation, and of the line itself what stands in `{ }` and `[ ]`.

use std::ops::Range;

use super::text;

/// One step from the top of a file to a place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Into the value of a key.
    Key(String),
    /// Into an entry of a list.
    Item,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The keys that lead to it; the last one is the key itself where the place is on a key.
    pub path: Vec<Step>,
    /// Whether the place is on a key, with its colon.
    pub on_key: bool,
    /// The word at the place.
    pub token: Range<usize>,
}

/// Finds out where `offset` is in a YAML text.
pub fn at(yaml: &str, offset: usize) -> Context {
    let offset = crate::diagnostic::floor_boundary(yaml, offset);
    let line_start = yaml[..offset].rfind('\n').map_or(0, |at| at + 1);
    let line_end = yaml[offset..].find('\n').map_or(yaml.len(), |at| offset + at);
    let mut open: Vec<(usize, Step)> = Vec::new();
    let mut scalar: Option<usize> = None;
    for line in yaml[..line_start].lines() {
        let indent = line.len() - line.trim_start().len();
        if line.trim().is_empty() || scalar.is_some_and(|of| indent > of) {
            continue;
        }
        scalar = None;
        if line.trim_start().starts_with('#') {
            continue;
        }
        let (entries, rest) = entries(line);
        push(&mut open, entries.iter().map(|e| (e.indent, e.step.clone())));
        if rest.trim_start().starts_with(['|', '>']) {
            scalar = open.last().map(|(indent, _)| *indent);
        }
    }
    let line = &yaml[line_start..line_end];
    let column = offset - line_start;
    let token = text::token(yaml, offset);
    let blank = line.trim().is_empty();
    if scalar.is_some_and(|of| if blank { column > of } else { line.len() - line.trim_start().len() > of }) {
        return Context { path: open.into_iter().map(|(_, step)| step).collect(), on_key: false, token };
    }
    let (entries, rest) = entries(line);
    let mut on_key = false;
    let before: Vec<&Entry> = entries.iter().filter(|e| e.indent < column || e.key.contains(&column)).collect();
    if before.is_empty() {
        // An entry would begin here.
        let indent = if blank { column } else { line.len() - line.trim_start().len() };
        close(&mut open, indent, false);
    }
    push(&mut open, before.iter().map(|e| (e.indent, e.step.clone())));
    if let Some(last) = before.last() {
        on_key = !last.key.is_empty() && last.key.contains(&column);
        // Behind the dash and before what follows it.
        if matches!(last.step, Step::Key(_)) && column < last.key.start {
            open.pop();
        }
    }
    let mut path: Vec<Step> = open.into_iter().map(|(_, step)| step).collect();
    let value_at = line.len() - rest.len();
    if !on_key && column > value_at {
        on_key = flow(line, value_at, column, &mut path);
    }
    Context { path, on_key, token }
}

/// What a line opens: a dash or a key.
struct Entry {
    indent: usize,
    step: Step,
    /// Columns of the key; empty for a dash.
    key: Range<usize>,
}

/// The dashes and the key with which a line begins, and what follows them.
fn entries(line: &str) -> (Vec<Entry>, &str) {
    let mut out = Vec::new();
    let mut at = line.len() - line.trim_start().len();
    while let Some(rest) = line[at..].strip_prefix('-').filter(|rest| rest.is_empty() || rest.starts_with(' ')) {
        out.push(Entry { indent: at, step: Step::Item, key: 0..0 });
        at = line.len() - rest.trim_start().len();
    }
    if let Some((key, length)) = key(&line[at..]) {
        let end = at + length;
        out.push(Entry { indent: at, step: Step::Key(key), key: at..end });
        // Behind the colon.
        let colon = line[end..].find(':').map_or(end, |colon| end + colon + 1);
        at = colon;
    }
    (out, &line[at..])
}

/// A key with its colon at the beginning of a text: its name and its length with quotes.
fn key(text: &str) -> Option<(String, usize)> {
    let (name, length) = match text.chars().next()? {
        quote @ ('"' | '\'') => {
            let end = text[1..].find(quote)? + 1;
            (text[1..end].to_owned(), end + 1)
        }
        '{' | '[' | '#' | '&' | '*' | '|' | '>' | '%' | '@' | '!' => return None,
        _ => {
            let end = text
                .match_indices(':')
                .map(|(at, _)| at)
                .find(|at| matches!(text.as_bytes().get(at + 1), None | Some(b' ' | b'\t' | b'\r')))?;
            let name = text[..end].trim_end();
            if name.is_empty() || name.contains(" #") {
                return None;
            }
            (name.to_owned(), name.len())
        }
    };
    text[length..].trim_start().starts_with(':').then_some((name, length))
}

fn push(open: &mut Vec<(usize, Step)>, entries: impl Iterator<Item = (usize, Step)>) {
    for (n, (indent, step)) in entries.enumerate() {
        if n == 0 {
            close(open, indent, step == Step::Item);
        }
        open.push((indent, step));
    }
}

/// Closes what an entry at this column ends. A dash may stand in the column of the key that its list belongs to.
fn close(open: &mut Vec<(usize, Step)>, indent: usize, dash: bool) {
    while open.last().is_some_and(|(of, step)| *of > indent || *of == indent && !(dash && matches!(step, Step::Key(_))))
    {
        open.pop();
    }
}

/// Follows `{ }` and `[ ]` from `from` to `column`; says whether the place is on a key in them.
fn flow(line: &str, from: usize, column: usize, path: &mut Vec<Step>) -> bool {
    let base = path.len();
    let mut braces: Vec<bool> = Vec::new();
    let (mut quote, mut word) = (None, from);
    let mut before = ' ';
    for (at, c) in line[from..].char_indices().map(|(at, c)| (from + at, c)) {
        if at >= column {
            break;
        }
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if line[word..at].trim().is_empty() => quote = Some(c),
            (None, '#') if before == ' ' && at > from => return false,
            (None, '{') if line[word..at].trim().is_empty() => {
                braces.push(true);
                path.push(Step::Key(String::new()));
                word = at + 1;
            }
            (None, '[') if line[word..at].trim().is_empty() => {
                braces.push(false);
                path.push(Step::Item);
                word = at + 1;
            }
            (None, '}' | ']') if !braces.is_empty() => {
                braces.pop();
                path.truncate(base + braces.len());
                word = at + 1;
            }
            (None, ',') => {
                if braces.last() == Some(&true) {
                    path.truncate(base + braces.len() - 1);
                    path.push(Step::Key(String::new()));
                }
                word = at + 1;
            }
            (None, ':') if braces.last() == Some(&true) && line[at + 1..].starts_with([' ', '\t', '{', '[']) => {
                let name = line[word..at].trim().trim_matches(['"', '\'']).to_owned();
                path.truncate(base + braces.len() - 1);
                path.push(Step::Key(name));
                word = at + 1;
            }
            _ => {}
        }
        before = c;
    }
    // A key that has no colon yet leads nowhere; one that has it is what the place is on.
    if braces.last() == Some(&true) && path.last() == Some(&Step::Key(String::new())) {
        path.pop();
        let rest = &line[word..];
        let skipped = rest.len() - rest.trim_start().len();
        if let Some((name, length)) = key(rest.trim_start()).filter(|(name, _)| !name.contains([',', '}', '{', '[']))
            && (word + skipped..=word + skipped + length).contains(&column)
        {
            path.push(Step::Key(name));
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The path at `|` in a text, in short.
    fn path(marked: &str) -> String {
        let offset = marked.find('¦').expect("a mark");
        let context = at(&marked.replace('¦', ""), offset);
        let steps: Vec<String> = context
            .path
            .iter()
            .map(|step| match step {
                Step::Key(key) => key.clone(),
                Step::Item => "-".to_owned(),
            })
            .collect();
        format!("{}{}", steps.join("/"), if context.on_key { " (key)" } else { "" })
    }

    #[test]
    fn values_and_keys_of_blocks() {
        assert_eq!(path("title: x\nprior: com¦"), "prior");
        assert_eq!(path("title: x\npri¦or: common"), "prior (key)");
        assert_eq!(path("title: x\n¦"), "");
        assert_eq!(path("shows:\n  - signal: a\n    ¦"), "shows/-");
        assert_eq!(path("shows:\n  - signal: a\n    how: u¦"), "shows/-/how");
        assert_eq!(path("shows:\n  - ¦"), "shows/-");
        assert_eq!(path("shows:\n- signal: a\n- sig¦"), "shows/-");
        assert_eq!(path("shows:\n- signal: a\n- signal: ¦"), "shows/-/signal");
        assert_eq!(path("shows:\n  - signal: a\nrules_out:\n  - ¦"), "rules_out/-");
        assert_eq!(path("a:\n  b:\n    c: 1\n  d: ¦"), "a/d");
    }

    #[test]
    fn values_and_keys_in_braces() {
        assert_eq!(path("shows:\n  - { signal: too¦, how: usually }"), "shows/-/signal");
        assert_eq!(path("shows:\n  - { signal: tool.x, how: ¦ }"), "shows/-/how");
        assert_eq!(path("shows:\n  - { signal: tool.x, ¦"), "shows/-");
        assert_eq!(path("shows:\n  - { signal: tool.x, ho¦w: usually }"), "shows/-/how (key)");
        assert_eq!(path("rules_out: [a.b, ¦]"), "rules_out/-");
        assert_eq!(path("fact: { all: [ { bot.status: St¦ } ] }"), "fact/all/-/bot.status");
        assert_eq!(path("fact: { bot.status: { in: [A, ¦"), "fact/bot.status/in/-");
        assert_eq!(path("x: { a: '}, {', b: ¦"), "x/b");
        assert_eq!(path("shown_by: { dcv.x: usu¦ally }"), "shown_by/dcv.x");
        assert_eq!(path("shown_by: { dcv¦.x: usually }"), "shown_by/dcv.x (key)");
    }

    #[test]
    fn text_in_blocks_is_no_yaml() {
        assert_eq!(path("tests:\n  - log: |\n      title: ¦\n    expect: first"), "tests/-/log");
        assert_eq!(path("tests:\n  - log: |\n      title: a\n    expect: ¦"), "tests/-/expect");
    }

    #[test]
    fn nothing_is_too_odd() {
        for text in ["", "-", "- - -", ":", "a:b", "{", "}", "]]", "'", "\"", "{ : }", "[,,", "ü: { ö: ", "\t- x", "|"]
        {
            for offset in 0..=text.len() {
                at(text, offset);
            }
        }
    }
}
