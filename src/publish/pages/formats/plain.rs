//! CommonMark with tables: relative links, and anchors where the program would make another id.

use super::{File, Layout, Page, own_id};
use crate::publish::pages::content::{Inline, Target};
use crate::publish::pages::markdown::{self, Dialect, hashes};

struct Plain<'p> {
    layout: &'p Layout<'p>,
    path: &'p str,
}

impl Dialect for Plain<'_> {
    fn heading(&self, level: u8, id: &str, text: &str) -> String {
        let heading = format!("{} {text}", hashes(level));
        if own_id(text) == id { heading } else { format!("<a id=\"{id}\"></a>\n\n{heading}") }
    }

    fn link(&self, to: &Target) -> Option<String> {
        Some(self.layout.link(self.path, to))
    }
}

pub fn files(pages: &[Page]) -> Vec<File> {
    let layout = Layout { pages, index: "README", ending: ".md" };
    let file = |page: &Page| {
        let body = markdown::write(&page.blocks(), &Plain { layout: &layout, path: &page.path });
        File { path: layout.file(&page.path), text: format!("# {}\n\n{body}", title(page)) }
    };
    pages.iter().map(file).collect()
}

/// The title of a page as Markdown.
pub fn title(page: &Page) -> String {
    let text = [Inline::Text(page.title.clone())];
    markdown::running(&text)
}
