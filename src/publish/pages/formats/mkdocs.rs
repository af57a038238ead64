//! MkDocs with the theme Material. Its Markdown indents what stands in lists by four columns.

use super::plain::title;
use super::{Entry, File, Layout, Page, WithIds, contents, quoted};
use crate::publish::pages::content::{Code, Note};
use crate::publish::pages::markdown::{self, Style, indented, label};

/// What it understands beside CommonMark.
#[derive(Debug)]
pub struct Own;

impl Style for Own {
    fn indent(&self) -> Option<usize> {
        Some(4)
    }

    fn text(&self, escaped: String) -> String {
        escaped.replace("\\~", "~")
    }

    fn line_break(&self) -> &'static str {
        "  \n"
    }

    fn tabs(&self, tabs: &[&Code]) -> String {
        let tab = |code: &&Code| format!("=== \"{}\"\n\n    {}", label(code), indented(&self.code(code), 4));
        tabs.iter().map(tab).collect::<Vec<_>>().join("\n\n")
    }

    fn note(&self, note: Note, inside: &str) -> String {
        let word = match note {
            Note::Note => "note",
            Note::Tip => "tip",
            Note::Important => "info",
            Note::Warning => "warning",
            Note::Caution => "danger",
        };
        format!("!!! {word}\n\n    {}", indented(inside, 4))
    }
}

const SETTINGS: &str = "\
site_name: certwhy knowledge base
theme:
  name: material
  features: [navigation.indexes, content.tabs.link, content.code.copy]
markdown_extensions:
  - admonition
  - attr_list
  - tables
  - pymdownx.superfences
  - pymdownx.tabbed: { alternate_style: true }
  - toc: { permalink: true }
validation:
  anchors: warn
nav:
";

pub fn files(pages: &[Page]) -> Vec<File> {
    let layout = Layout { pages, index: "index", ending: ".md" };
    let mut settings = SETTINGS.to_owned();
    for entry in contents(pages) {
        nav(&mut settings, &layout, &entry, 1);
    }
    let mut files = vec![File { path: "mkdocs.yml".to_owned(), text: settings }];
    files.extend(pages.iter().map(|page| {
        let body = markdown::write(&page.blocks(), &WithIds { style: &Own, layout: &layout, path: &page.path });
        let (title_text, description) = (quoted(&page.title), quoted(&page.summary));
        let text = format!("---\ntitle: {title_text}\ndescription: {description}\n---\n\n# {}\n\n{body}", title(page));
        File { path: format!("docs/{}", layout.file(&page.path)), text }
    }));
    files
}

fn nav(out: &mut String, layout: &Layout<'_>, entry: &Entry<'_>, depth: usize) {
    let space = "  ".repeat(depth);
    let title = quoted(entry.title);
    match (entry.page, entry.children.as_slice()) {
        (Some(page), []) => out.push_str(&format!("{space}- {title}: {}\n", layout.file(&page.path))),
        (page, children) => {
            out.push_str(&format!("{space}- {title}:\n"));
            if let Some(page) = page {
                out.push_str(&format!("{space}  - {}\n", layout.file(&page.path)));
            }
            children.iter().for_each(|child| nav(out, layout, child, depth + 1));
        }
    }
}
