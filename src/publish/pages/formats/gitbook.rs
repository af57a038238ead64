//! GitBook: <https://gitbook.com/docs>. `SUMMARY.md` is the table of contents, hints and tabs are its blocks.

use super::plain::title;
use super::{Entry, File, Layout, Page, contents, own_id, quoted};
use crate::publish::pages::content::{Code, Note, Target};
use crate::publish::pages::markdown::{self, Dialect, Style, hashes, label};

struct Gitbook<'p> {
    layout: &'p Layout<'p>,
    path: &'p str,
}

impl Dialect for Gitbook<'_> {
    fn style(&self) -> &dyn Style {
        &Own
    }

    /// An id of its own stands behind the heading, as GitBook writes it.
    fn heading(&self, level: u8, id: &str, text: &str) -> String {
        let heading = format!("{} {text}", hashes(level));
        if own_id(text) == id { heading } else { format!("{heading} <a href=\"#{id}\" id=\"{id}\"></a>") }
    }

    fn link(&self, to: &Target) -> Option<String> {
        Some(self.layout.link(self.path, to))
    }
}

/// What it understands beside CommonMark.
#[derive(Debug)]
pub struct Own;

impl Style for Own {
    /// `{%` would begin a block.
    fn text(&self, escaped: String) -> String {
        escaped.replace("{%", "&#123;%").replace("{{", "&#123;&#123;")
    }

    /// Tabs cannot stand in lists.
    fn flat_steps(&self) -> bool {
        true
    }

    fn tabs(&self, tabs: &[&Code]) -> String {
        let tab = |code: &&Code| format!("{{% tab title=\"{}\" %}}\n{}\n{{% endtab %}}", label(code), self.code(code));
        format!("{{% tabs %}}\n{}\n{{% endtabs %}}", tabs.iter().map(tab).collect::<Vec<_>>().join("\n\n"))
    }

    fn note(&self, note: Note, inside: &str) -> String {
        let style = match note {
            Note::Note | Note::Important => "info",
            Note::Tip => "success",
            Note::Warning => "warning",
            Note::Caution => "danger",
        };
        format!("{{% hint style=\"{style}\" %}}\n{inside}\n{{% endhint %}}")
    }
}

pub fn files(pages: &[Page]) -> Vec<File> {
    let layout = Layout { pages, index: "README", ending: ".md" };
    let mut summary = String::from("# Table of contents\n\n");
    for entry in contents(pages) {
        list(&mut summary, &layout, &entry, 0);
    }
    let mut files = vec![File { path: "SUMMARY.md".to_owned(), text: summary }];
    files.extend(pages.iter().map(|page| {
        let body = markdown::write(&page.blocks(), &Gitbook { layout: &layout, path: &page.path });
        let text = format!("---\ndescription: {}\n---\n\n# {}\n\n{body}", quoted(&page.summary), title(page));
        File { path: layout.file(&page.path), text }
    }));
    files
}

/// In GitBook every entry is a page: what is a heading alone hands its entries up.
fn list(out: &mut String, layout: &Layout<'_>, entry: &Entry<'_>, depth: usize) {
    let mut depth = depth;
    if let Some(page) = entry.page {
        out.push_str(&format!("{}* [{}]({})\n", "  ".repeat(depth), title(page), layout.file(&page.path)));
        depth += 1;
    }
    entry.children.iter().for_each(|child| list(out, layout, child, depth));
}
