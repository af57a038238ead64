//! Docusaurus: MDX, so that `{` and `<` are code outside of code blocks. <https://docusaurus.io/docs/markdown-features>

use super::plain::title;
use super::{File, Kind, Layout, Page, WithIds, quoted, stage_title, stages};
use crate::publish::pages::content::{Code, Note};
use crate::publish::pages::markdown::{self, Style, label};

/// What it understands beside CommonMark.
#[derive(Debug)]
pub struct Own;

impl Style for Own {
    fn text(&self, escaped: String) -> String {
        let text = escaped.replace('{', "&#123;").replace('}', "&#125;").replace('>', "&gt;");
        // Words that begin a line of a module.
        match ["import ", "export "].iter().find(|word| text.starts_with(**word)) {
            Some(word) => format!("&#{};{}", word.as_bytes()[0], &text[1..]),
            None => text,
        }
    }

    fn comment(&self) -> (&'static str, &'static str) {
        ("{/*", "*/}")
    }

    /// Tabs are components of a module.
    fn preamble(&self, text: &str) -> &'static str {
        if text.contains("<Tabs ") { IMPORTS } else { "" }
    }

    fn tabs(&self, tabs: &[&Code]) -> String {
        let tab = |code: &&Code| {
            let platform = code.platform.as_deref().unwrap_or_default();
            let inside = self.code(code);
            format!("<TabItem value=\"{platform}\" label=\"{}\">\n\n{inside}\n\n</TabItem>", label(code))
        };
        format!("<Tabs groupId=\"platform\">\n{}\n</Tabs>", tabs.iter().map(tab).collect::<Vec<_>>().join("\n"))
    }

    fn note(&self, note: Note, inside: &str) -> String {
        let word = match note {
            Note::Note => "note",
            Note::Tip => "tip",
            Note::Important => "info",
            Note::Warning => "warning",
            Note::Caution => "danger",
        };
        format!(":::{word}\n\n{inside}\n\n:::")
    }
}

const IMPORTS: &str = "import Tabs from '@theme/Tabs';\nimport TabItem from '@theme/TabItem';\n\n";

pub fn files(pages: &[Page]) -> Vec<File> {
    let layout = Layout { pages, index: "index", ending: ".md" };
    let mut files: Vec<File> = pages.iter().enumerate().map(|(n, page)| file(&layout, page, n + 1)).collect();
    let category = |path: &str, label: &str, position: usize| File {
        path: format!("{path}/_category_.json"),
        text: format!("{{ \"label\": {}, \"position\": {position}, \"collapsed\": true }}\n", quoted(label)),
    };
    let position = |path: &str| pages.iter().position(|page| page.path == path).map_or(0, |at| at + 1);
    files.push(category("causes", "Causes", position("stages") + 1));
    for (n, stage) in stages(pages).into_iter().enumerate() {
        files.push(category(&format!("causes/{stage}"), stage_title(stage), n + 1));
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn file(layout: &Layout<'_>, page: &Page, position: usize) -> File {
    let path = layout.file(&page.path);
    let body = markdown::write(&page.blocks(), &WithIds { style: &Own, layout, path: &page.path });
    let imports = Own.preamble(&body);
    // Docusaurus takes numbers off the names of files: the address is to keep them.
    let slug = match page.path.rsplit('/').next() {
        _ if page.path == "index" => "slug: ./\n".to_owned(),
        Some(name) if path.ends_with(&format!("{name}.md")) => format!("slug: {}\n", quoted(name)),
        _ => String::new(),
    };
    // It refuses an empty list.
    let keywords = match page.keywords.iter().take(20).map(|word| quoted(word)).collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => none,
        some => format!("keywords: [{some}]\n"),
    };
    let toc = if page.kind == Kind::Facts { "toc_max_heading_level: 2\n" } else { "" };
    let text = format!(
        "---\ntitle: {}\ndescription: {}\n{slug}sidebar_position: {position}\n{keywords}{toc}---\n\n{imports}# {}\n\n{body}",
        quoted(&page.title),
        quoted(&page.summary),
        title(page).replace('{', "&#123;").replace('}', "&#125;"),
    );
    File { path, text }
}
