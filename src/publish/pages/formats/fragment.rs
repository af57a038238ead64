//! Pieces of HTML to embed in pages of others. Text is escaped; there is no other way in.

use super::{File, FragmentOptions, Layout, Page};
use crate::publish::markup::escaped;
use crate::publish::pages::check::is_address;
use crate::publish::pages::content::{Align, Block, Code, Inline, Note, Target};
use crate::publish::pages::markdown::{choice, label};

pub fn files(pages: &[Page], options: &FragmentOptions) -> Vec<File> {
    let layout = Layout { pages, index: "index", ending: ".html" };
    let file = |page: &Page| {
        let writer = Fragment { layout: &layout, page, options };
        File { path: layout.file(&page.path), text: writer.page() }
    };
    pages.iter().map(file).collect()
}

struct Fragment<'p> {
    layout: &'p Layout<'p>,
    page: &'p Page,
    options: &'p FragmentOptions,
}

impl Fragment<'_> {
    fn page(&self) -> String {
        let level = self.options.heading_level.clamp(1, 6);
        let id = id_of(&self.page.path, None);
        format!(
            "<section class=\"certwhy-page certwhy-{}\" aria-labelledby=\"{id}\">\n<h{level} class=\"certwhy-title\" id=\"{id}\">{}</h{level}>\n{}</section>\n",
            self.page.kind,
            escaped(&self.page.title),
            self.blocks(&self.page.blocks())
        )
    }

    fn blocks(&self, blocks: &[Block]) -> String {
        let mut out = String::new();
        let mut rest = blocks;
        while let Some((block, after)) = rest.split_first() {
            let tabs = choice(rest);
            if tabs.len() > 1 {
                let inside: String = tabs.iter().map(|tab| self.code(tab)).collect();
                out.push_str(&format!("<div class=\"certwhy-choice\">\n{inside}</div>\n"));
                rest = &rest[tabs.len()..];
            } else {
                out.push_str(&self.block(block));
                rest = after;
            }
        }
        out
    }

    fn block(&self, block: &Block) -> String {
        match block {
            Block::Heading { level, id, text } => {
                let level = (self.options.heading_level + level - 1).clamp(1, 6);
                let id = id_of(&self.page.path, Some(id));
                format!("<h{level} class=\"certwhy-heading\" id=\"{id}\">{}</h{level}>\n", self.inline(text))
            }
            Block::Paragraph(text) => format!("<p>{}</p>\n", self.inline(text)),
            Block::Code(code) => self.code(code),
            Block::List { start, tight, items } => {
                let tag = if start.is_some() { "ol" } else { "ul" };
                let first = start.filter(|n| *n != 1).map_or(String::new(), |n| format!(" start=\"{n}\""));
                let items: String =
                    items.iter().map(|item| format!("<li>{}</li>\n", self.item(item, *tight))).collect();
                format!("<{tag}{first}>\n{items}</{tag}>\n")
            }
            Block::Table { columns, head, rows } => self.table(columns, head, rows),
            Block::Quote { note: None, blocks } => format!("<blockquote>\n{}</blockquote>\n", self.blocks(blocks)),
            Block::Quote { note: Some(note), blocks } => {
                let (class, word) = note_words(*note);
                let inside = self.blocks(blocks);
                format!(
                    "<div class=\"certwhy-note certwhy-{class}\" role=\"note\">\n<p><strong>{word}</strong></p>\n{inside}</div>\n"
                )
            }
            Block::Rule => "<hr>\n".to_owned(),
        }
    }

    fn item(&self, item: &[Block], tight: bool) -> String {
        match item {
            [Block::Paragraph(text), rest @ ..] if tight => format!("{}{}", self.inline(text), self.blocks(rest)),
            item => self.blocks(item),
        }
    }

    fn table(&self, columns: &[Align], head: &[Vec<Inline>], rows: &[Vec<Vec<Inline>>]) -> String {
        let align = |ix: usize| match columns.get(ix) {
            Some(Align::Right) => " class=\"certwhy-right\"",
            Some(Align::Center) => " class=\"certwhy-center\"",
            _ => "",
        };
        let row = |cells: &[Vec<Inline>], tag: &str, scope: &str| {
            let cell =
                |(ix, cell): (usize, &Vec<Inline>)| format!("<{tag}{scope}{}>{}</{tag}>", align(ix), self.inline(cell));
            format!("<tr>{}</tr>\n", cells.iter().enumerate().map(cell).collect::<String>())
        };
        let body: String = rows.iter().map(|cells| row(cells, "td", "")).collect();
        let head = row(head, "th", " scope=\"col\"");
        format!("<table class=\"certwhy-table\">\n<thead>\n{head}</thead>\n<tbody>\n{body}</tbody>\n</table>\n")
    }

    fn code(&self, code: &Code) -> String {
        let platform = code.platform.as_deref().map_or(String::new(), |platform| {
            format!(" data-platform=\"{}\" aria-label=\"{}\"", escaped(platform), label(code))
        });
        let caption = match code.platform {
            Some(_) => format!("<p class=\"certwhy-platform\">{}</p>\n", label(code)),
            None => String::new(),
        };
        format!("{caption}<pre class=\"certwhy-code\"{platform}><code>{}</code></pre>\n", escaped(&code.text))
    }

    fn inline(&self, text: &[Inline]) -> String {
        let mut out = String::new();
        for piece in text {
            match piece {
                Inline::Text(text) => out.push_str(&escaped(text)),
                Inline::Code(text) => out.push_str(&format!("<code>{}</code>", escaped(text))),
                Inline::Emphasis(inner) => out.push_str(&format!("<em>{}</em>", self.inline(inner))),
                Inline::Strong(inner) => out.push_str(&format!("<strong>{}</strong>", self.inline(inner))),
                Inline::Link { to, text } => match self.address(to) {
                    Some(url) => out.push_str(&format!("<a href=\"{}\">{}</a>", escaped(&url), self.inline(text))),
                    None => out.push_str(&self.inline(text)),
                },
                Inline::Break => out.push_str("<br>\n"),
            }
        }
        out
    }

    /// Places on this page are on it as a fragment too; other pages stand at the base address, or beside this file.
    fn address(&self, to: &Target) -> Option<String> {
        match to {
            Target::Elsewhere(url) => is_address(url).then(|| url.clone()),
            Target::Page { path, anchor } if path.is_empty() || *path == self.page.path => {
                Some(format!("#{}", id_of(&self.page.path, anchor.as_deref())))
            }
            Target::Page { path, anchor } => Some(match &self.options.base_url {
                Some(base) => absolute(base, path, anchor.as_deref()),
                None => {
                    let page = Target::Page { path: path.clone(), anchor: None };
                    let anchor =
                        anchor.as_ref().map_or(String::new(), |anchor| format!("#{}", id_of(path, Some(anchor))));
                    format!("{}{anchor}", self.layout.link(&self.page.path, &page))
                }
            }),
        }
    }
}

/// The address of a page below the address of a site.
pub fn absolute(base: &str, path: &str, anchor: Option<&str>) -> String {
    let anchor = anchor.map_or(String::new(), |anchor| format!("#{anchor}"));
    format!("{}/{path}.html{anchor}", base.trim_end_matches('/'))
}

/// An id that no other page, and no page around it, has.
fn id_of(path: &str, anchor: Option<&str>) -> String {
    let path = path.replace('/', "-");
    let anchor = anchor.map_or(String::new(), |anchor| format!("--{anchor}"));
    escaped(&format!("certwhy-{path}{anchor}"))
}

fn note_words(note: Note) -> (&'static str, &'static str) {
    match note {
        Note::Note => ("info", "Note"),
        Note::Tip => ("tip", "Tip"),
        Note::Important => ("important", "Important"),
        Note::Warning => ("warning", "Warning"),
        Note::Caution => ("caution", "Caution"),
    }
}
