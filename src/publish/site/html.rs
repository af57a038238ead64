//! Blocks written as HTML. Text is escaped, there is no other way in: no HTML of a pack reaches a page.

use crate::publish::markup::{PATH, encoded, escaped};
use crate::publish::pages::content::{Align, Block, Code, Inline, Note, Target, plain};
use crate::publish::pages::markdown::choice;

/// Where the pages of a site stand, seen from one of them.
#[derive(Debug, Clone, Copy)]
pub struct From<'s> {
    /// What leads from the page to the first folder of the site: empty, or `../` as often as it takes.
    pub root: &'s str,
}

impl From<'_> {
    /// The address of a page, or of a place on it.
    pub fn page(self, path: &str, anchor: Option<&str>) -> String {
        let anchor = anchor.map_or(String::new(), |anchor| format!("#{}", encoded(anchor, PATH)));
        match path {
            "" => anchor,
            path => format!("{}{}.html{anchor}", self.root, encoded(path, PATH)),
        }
    }

    /// The address of a target; `None` for what is no address that a page may lead to.
    pub fn target(self, to: &Target) -> Option<String> {
        match to {
            Target::Page { path, anchor } => Some(self.page(path, anchor.as_deref())),
            Target::Elsewhere(url) => is_web(url).then(|| url.clone()),
        }
    }
}

/// Whether a link may lead there: pages and mail, no scripts, no files, nothing that depends on where the site stands.
pub fn is_web(url: &str) -> bool {
    let lower = url.trim().to_ascii_lowercase();
    ["https://", "http://", "mailto:"]
        .iter()
        .any(|scheme| lower.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
        && !url.contains(|c: char| c.is_control() || c.is_whitespace())
}

/// Blocks as HTML.
pub fn blocks(blocks: &[Block], from: From) -> String {
    let mut out = String::new();
    let mut rest = blocks;
    while let Some((block, after)) = rest.split_first() {
        let tabs = choice(rest);
        if tabs.len() > 1 {
            out.push_str(&code_choice(&tabs));
            rest = &rest[tabs.len()..];
            continue;
        }
        one(&mut out, block, from);
        rest = after;
    }
    out
}

fn one(out: &mut String, block: &Block, from: From) {
    match block {
        Block::Heading { level, id, text } => {
            let level = (*level).clamp(2, 6);
            let (id, text) = (escaped(id), inline(text, from));
            out.push_str(&format!("<h{level} id=\"{id}\">{text}</h{level}>\n"));
        }
        Block::Paragraph(text) => out.push_str(&format!("<p>{}</p>\n", inline(text, from))),
        Block::Code(code) => out.push_str(&code_block(code)),
        Block::List { start, tight, items } => list(out, *start, *tight, items, from),
        Block::Table { columns, head, rows } => table(out, columns, head, rows, from),
        Block::Quote { note: None, blocks: inside } => {
            out.push_str(&format!("<blockquote>\n{}</blockquote>\n", blocks(inside, from)));
        }
        Block::Quote { note: Some(note), blocks: inside } => {
            let (class, word) = match note {
                Note::Note => ("note", "Note"),
                Note::Tip => ("tip", "Tip"),
                Note::Important => ("important", "Important"),
                Note::Warning => ("warning", "Warning"),
                Note::Caution => ("caution", "Caution"),
            };
            let inside = blocks(inside, from);
            out.push_str(&format!(
                "<div class=\"notice {class}\" role=\"note\">\n<p class=\"word\">{word}</p>\n{inside}</div>\n"
            ));
        }
        Block::Rule => out.push_str("<hr>\n"),
    }
}

fn list(out: &mut String, start: Option<u64>, tight: bool, items: &[Vec<Block>], from: From) {
    let tag = if start.is_some() { "ol" } else { "ul" };
    let start = start.filter(|n| *n != 1).map_or(String::new(), |n| format!(" start=\"{n}\""));
    out.push_str(&format!("<{tag}{start}>\n"));
    for item in items {
        match item.as_slice() {
            [Block::Paragraph(text), rest @ ..] if tight => {
                let rest = blocks(rest, from);
                let gap = if rest.is_empty() { "" } else { "\n" };
                out.push_str(&format!("<li>{}{gap}{rest}</li>\n", inline(text, from)));
            }
            item => out.push_str(&format!("<li>\n{}</li>\n", blocks(item, from))),
        }
    }
    out.push_str(&format!("</{tag}>\n"));
}

/// Wide tables scroll inside themselves, which the keyboard can do too.
fn table(out: &mut String, columns: &[Align], head: &[Vec<Inline>], rows: &[Vec<Vec<Inline>>], from: From) {
    let class = |ix: usize| match columns.get(ix) {
        Some(Align::Right) => " class=\"right\"",
        Some(Align::Center) => " class=\"center\"",
        _ => "",
    };
    let name = head.iter().map(|cell| plain(cell)).collect::<Vec<_>>().join(", ");
    out.push_str(&format!(
        "<div class=\"table\" role=\"group\" tabindex=\"0\" aria-label=\"Table: {}\">\n<table>\n<thead>\n<tr>",
        escaped(&name)
    ));
    for (ix, cell) in head.iter().enumerate() {
        // A column of marks may have no name.
        let tag = if plain(cell).trim().is_empty() { "td" } else { "th" };
        let scope = if tag == "th" { " scope=\"col\"" } else { "" };
        out.push_str(&format!("<{tag}{scope}{}>{}</{tag}>", class(ix), inline(cell, from)));
    }
    out.push_str("</tr>\n</thead>\n<tbody>\n");
    for row in rows {
        let cells: String =
            row.iter().enumerate().map(|(ix, cell)| format!("<td{}>{}</td>", class(ix), inline(cell, from))).collect();
        out.push_str(&format!("<tr>{cells}</tr>\n"));
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
}

/// Running text as HTML.
pub fn inline(text: &[Inline], from: From) -> String {
    let mut out = String::new();
    for piece in text {
        match piece {
            Inline::Text(text) => out.push_str(&escaped(text)),
            Inline::Code(text) => out.push_str(&format!("<code>{}</code>", escaped(text))),
            Inline::Emphasis(inner) => out.push_str(&format!("<em>{}</em>", inline(inner, from))),
            Inline::Strong(inner) => out.push_str(&format!("<strong>{}</strong>", inline(inner, from))),
            Inline::Link { to, text } => out.push_str(&link(to, text, from)),
            Inline::Break => out.push_str("<br>\n"),
        }
    }
    out
}

fn link(to: &Target, text: &[Inline], from: From) -> String {
    let text = inline(text, from);
    match from.target(to) {
        Some(url) if matches!(to, Target::Elsewhere(_)) => {
            format!("<a class=\"away\" rel=\"noopener noreferrer\" href=\"{}\">{text}</a>", escaped(&url))
        }
        Some(url) => format!("<a href=\"{}\">{text}</a>", escaped(&url)),
        // Not an address that a page may lead to: only what is read of it stays.
        None => text,
    }
}

/// What the bar above a block of code says.
fn label(code: &Code) -> &'static str {
    match (code.platform.as_deref(), code.language.as_str()) {
        (Some("linux"), _) => "Linux",
        (Some("windows"), _) => "Windows (PowerShell)",
        (_, "sh" | "bash" | "console" | "powershell") => "Command",
        _ => "Text",
    }
}

/// The same for several platforms: a page shows the one that its reader has chosen.
pub fn code_choice(tabs: &[&Code]) -> String {
    let inside: String = tabs.iter().map(|code| code_block(code)).collect();
    format!("<div class=\"choice\">\n{inside}</div>\n")
}

/// Preformatted text, which scrolls inside itself.
pub fn code_block(code: &Code) -> String {
    let platform =
        code.platform.as_deref().map_or(String::new(), |platform| format!(" data-platform=\"{}\"", escaped(platform)));
    let label = label(code);
    format!(
        "<div class=\"code\"{platform}>\n<p class=\"bar\"><span class=\"label\">{label}</span></p>\n\
         <pre tabindex=\"0\" role=\"group\" aria-label=\"{label}\"><code>{}</code></pre>\n</div>\n",
        placeholders(&code.text)
    )
}

/// Code in which what the reader has to fill in (`<domain>`) stands out.
fn placeholders(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        out.push_str(&escaped(before));
        let end = from.find('>').filter(|end| is_placeholder(&from[1..*end]));
        let length = end.map_or(1, |end| end + 1);
        let piece = escaped(&from[..length]);
        out.push_str(&if end.is_some() { format!("<var>{piece}</var>") } else { piece });
        rest = &from[length..];
    }
    out.push_str(&escaped(rest));
    out
}

fn is_placeholder(name: &str) -> bool {
    const LONGEST: usize = 40;
    let letter = |c: char| c.is_alphanumeric() || " ._-,/".contains(c);
    name.len() <= LONGEST && name.starts_with(char::is_alphabetic) && !name.ends_with(' ') && name.chars().all(letter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::pages::content;

    fn html(markdown: &str) -> String {
        blocks(&content::read(markdown), From { root: "../" })
    }

    #[test]
    fn markup_in_markdown_stays_text() {
        let page = html(
            "<script>alert(1)</script>\n\na <img src=x onerror=alert(1)> b\n\n[x](javascript:alert(1)) [y](data:text/html,x) `</code><b>`",
        );
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("<b>"), "{page}");
        assert!(!page.contains("href=\"javascript") && !page.contains("href=\"data"), "{page}");
    }

    #[test]
    fn links_lead_to_files() {
        assert!(html("[a](page:guides/4-dcv#check-1)").contains("href=\"../guides/4-dcv.html#check-1\""));
        assert!(html("[a](https://example.com/?a=1&b=2)").contains("href=\"https://example.com/?a=1&amp;b=2\""));
        assert!(html("[a](#here)").contains("href=\"#here\""));
    }

    #[test]
    fn placeholders_stand_out_and_redirections_do_not() {
        assert_eq!(
            placeholders("dig <domain> </dev/null 2>&1"),
            "dig <var>&lt;domain&gt;</var> &lt;/dev/null 2&gt;&amp;1"
        );
        assert_eq!(placeholders("a < b > c"), "a &lt; b &gt; c");
    }

    #[test]
    fn blocks_for_two_platforms_are_a_choice() {
        let page = html("```sh linux\nls\n```\n\n```powershell windows\ndir\n```\n");
        assert!(page.starts_with("<div class=\"choice\">"), "{page}");
        assert!(page.contains("data-platform=\"linux\"") && page.contains("data-platform=\"windows\""), "{page}");
    }
}
