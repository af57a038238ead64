//! Confluence: its storage format, an XHTML with macros, one file for each page, and `pages.json` with their titles and
//! parents for whoever uploads them.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Entry, File, Page, contents};
use crate::publish::markup::escaped;
use crate::publish::pages::check::is_address;
use crate::publish::pages::content::{Block, Code, Inline, Note, Target};
use crate::publish::pages::markdown::label;

pub fn files(pages: &[Page]) -> Vec<File> {
    let titles = titles(pages);
    let mut files: Vec<File> = pages
        .iter()
        .map(|page| {
            let text = Storage { titles: &titles, page }.blocks(&page.blocks());
            File { path: format!("{}.xml", page.path), text }
        })
        .collect();
    let mut list = Vec::new();
    for entry in contents(pages) {
        entries(&mut list, &titles, &entry, None);
    }
    let document = json!({ "format": "storage", "pages": list });
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    files.push(File { path: "pages.json".to_owned(), text: format!("{text}\n") });
    files
}

/// Titles are the names of pages there, so each stands once.
fn titles(pages: &[Page]) -> BTreeMap<&str, String> {
    let twice = |title: &str| pages.iter().filter(|page| page.title.eq_ignore_ascii_case(title)).count() > 1;
    let title = |page: &Page| match twice(&page.title) {
        true => format!("{} ({})", page.title, page.id),
        false => page.title.clone(),
    };
    pages.iter().map(|page| (page.path.as_str(), title(page))).collect()
}

fn entries(out: &mut Vec<serde_json::Value>, titles: &BTreeMap<&str, String>, entry: &Entry<'_>, parent: Option<&str>) {
    let own = entry.page.and_then(|page| titles.get(page.path.as_str())).map(String::as_str);
    if let (Some(page), Some(title)) = (entry.page, own) {
        let labels = json!(["certwhy", page.kind.word()]);
        out.push(json!({ "title": title, "parent": parent, "file": format!("{}.xml", page.path), "labels": labels }));
    }
    entry.children.iter().for_each(|child| entries(out, titles, child, own.or(parent)));
}

struct Storage<'p> {
    titles: &'p BTreeMap<&'p str, String>,
    page: &'p Page,
}

impl Storage<'_> {
    fn blocks(&self, blocks: &[Block]) -> String {
        blocks.iter().map(|block| self.block(block)).collect()
    }

    fn block(&self, block: &Block) -> String {
        match block {
            Block::Heading { level, id, text } => {
                let anchor = macro_of("anchor", &[("", id)], "");
                format!("<h{level}>{anchor}{}</h{level}>\n", self.inline(text))
            }
            Block::Paragraph(text) => format!("<p>{}</p>\n", self.inline(text)),
            Block::Code(code) => self.code(code),
            Block::List { start, items, .. } => {
                let tag = if start.is_some() { "ol" } else { "ul" };
                let items: String = items.iter().map(|item| format!("<li>{}</li>\n", self.blocks(item))).collect();
                format!("<{tag}>\n{items}</{tag}>\n")
            }
            Block::Table { head, rows, .. } => {
                let row = |cells: &[Vec<Inline>], tag: &str| {
                    let cells = cells.iter().map(|cell| format!("<{tag}><p>{}</p></{tag}>", self.inline(cell)));
                    format!("<tr>{}</tr>\n", cells.collect::<String>())
                };
                let rows: String = rows.iter().map(|cells| row(cells, "td")).collect();
                format!("<table><tbody>\n{}{rows}</tbody></table>\n", row(head, "th"))
            }
            Block::Quote { note: None, blocks } => format!("<blockquote>{}</blockquote>\n", self.blocks(blocks)),
            Block::Quote { note: Some(note), blocks } => {
                let name = match note {
                    Note::Note | Note::Important => "info",
                    Note::Tip => "tip",
                    Note::Warning => "note",
                    Note::Caution => "warning",
                };
                let inside = self.blocks(blocks);
                macro_of(name, &[], &format!("<ac:rich-text-body>{inside}</ac:rich-text-body>")) + "\n"
            }
            Block::Rule => "<hr/>\n".to_owned(),
        }
    }

    fn code(&self, code: &Code) -> String {
        let language = match code.language.as_str() {
            "sh" | "bash" | "console" => "bash",
            "powershell" => "powershell",
            "yaml" => "yaml",
            _ => "text",
        };
        let mut parameters = vec![("language", language)];
        if code.platform.is_some() {
            parameters.push(("title", label(code)));
        }
        let text = xml(&code.text).replace("]]>", "]]]]><![CDATA[>");
        let body = format!("<ac:plain-text-body><![CDATA[{text}]]></ac:plain-text-body>");
        macro_of("code", &parameters, &body) + "\n"
    }

    fn inline(&self, text: &[Inline]) -> String {
        let mut out = String::new();
        for piece in text {
            match piece {
                Inline::Text(text) => out.push_str(&escaped(&xml(text))),
                Inline::Code(text) => out.push_str(&format!("<code>{}</code>", escaped(&xml(text)))),
                Inline::Emphasis(inner) => out.push_str(&format!("<em>{}</em>", self.inline(inner))),
                Inline::Strong(inner) => out.push_str(&format!("<strong>{}</strong>", self.inline(inner))),
                Inline::Link { to, text } => out.push_str(&self.link(to, &self.inline(text))),
                Inline::Break => out.push_str("<br/>"),
            }
        }
        out
    }

    fn link(&self, to: &Target, text: &str) -> String {
        match to {
            Target::Elsewhere(url) if is_address(url) => format!("<a href=\"{}\">{text}</a>", escaped(url)),
            Target::Elsewhere(_) => text.to_owned(),
            Target::Page { path, anchor } => {
                let anchor = anchor.as_ref().map_or(String::new(), |id| format!(" ac:anchor=\"{}\"", escaped(id)));
                let page = match self.titles.get(path.as_str()) {
                    Some(title) if *path != self.page.path => {
                        format!("<ri:page ri:content-title=\"{}\"/>", escaped(title))
                    }
                    _ => String::new(),
                };
                format!("<ac:link{anchor}>{page}<ac:link-body>{text}</ac:link-body></ac:link>")
            }
        }
    }
}

fn macro_of(name: &str, parameters: &[(&str, &str)], body: &str) -> String {
    let parameter =
        |(name, value): &(&str, &str)| format!("<ac:parameter ac:name=\"{name}\">{}</ac:parameter>", escaped(value));
    let parameters: String = parameters.iter().map(parameter).collect();
    format!("<ac:structured-macro ac:name=\"{name}\">{parameters}{body}</ac:structured-macro>")
}

/// Without the characters that XML does not allow.
fn xml(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}
