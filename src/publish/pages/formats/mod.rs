//! The pages as files for other documentation tools.

mod confluence;
mod docusaurus;
mod fragment;
mod gitbook;
mod json;
mod mkdocs;
mod plain;

pub use fragment::absolute;

use super::content::{self, Target};
use super::markdown::{Common, Dialect, Style, hashes};
use super::{Kind, Page, stage_title};
use crate::rule::words::{Stage, Words, words};

words! {
    /// A documentation tool that imports Markdown, or its own form of it.
    Tool {
        /// Any reader of CommonMark with tables, such as the page of a repository.
        Plain = "plain",
        /// GitBook: SUMMARY.md, descriptions, hints and tabs.
        Gitbook = "gitbook",
        /// Docusaurus: MDX with front matter, tabs and admonitions.
        Docusaurus = "docusaurus",
        /// MkDocs with the theme Material: mkdocs.yml and a folder docs.
        Mkdocs = "mkdocs",
        /// Confluence: pages in its storage format, and a list of them.
        Confluence = "confluence",
    }
}

impl Tool {
    /// What the Markdown of the tool understands; `None` where it reads another form.
    pub fn style(self) -> Option<&'static dyn Style> {
        match self {
            Tool::Plain => Some(&Common),
            Tool::Gitbook => Some(&gitbook::Own),
            Tool::Docusaurus => Some(&docusaurus::Own),
            Tool::Mkdocs => Some(&mkdocs::Own),
            Tool::Confluence => None,
        }
    }
}

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path in the folder, with `/`.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// How fragments are made.
#[derive(Debug, Clone)]
pub struct FragmentOptions {
    /// Level of the title, 1 to 6; what is below it follows.
    pub heading_level: u8,
    /// Where the pages stand: links become absolute.
    pub base_url: Option<String>,
}

/// The pages for a tool.
pub fn markdown(pages: &[Page], tool: Tool) -> Vec<File> {
    match tool {
        Tool::Plain => plain::files(pages),
        Tool::Gitbook => gitbook::files(pages),
        Tool::Docusaurus => docusaurus::files(pages),
        Tool::Mkdocs => mkdocs::files(pages),
        Tool::Confluence => confluence::files(pages),
    }
}

/// The pages as pieces of HTML to embed: no head, no scripts, no styles, classes and ids that begin with `certwhy-`.
pub fn fragments(pages: &[Page], options: &FragmentOptions) -> Vec<File> {
    fragment::files(pages, options)
}

/// All pages in one file for programs: `certwhy/pages/1`.
pub fn json(pages: &[Page]) -> Vec<File> {
    json::files(pages)
}

/// An entry of a table of contents.
#[derive(Debug)]
pub struct Entry<'p> {
    /// What is read.
    pub title: &'p str,
    /// The page; without one it is a heading alone.
    pub page: Option<&'p Page>,
    /// What stands below it.
    pub children: Vec<Entry<'p>>,
}

/// The table of contents.
pub fn contents(pages: &[Page]) -> Vec<Entry<'_>> {
    let mut out: Vec<Entry<'_>> = Vec::new();
    for page in pages {
        let folder = page.path.split_once('/').map(|(folder, _)| folder);
        match (page.kind, folder) {
            (Kind::Cause, _) => {
                let title = page.stage.map_or("Causes", stage_title);
                let causes = match out.iter().position(|entry| entry.page.is_some_and(|page| page.kind == Kind::Stages))
                {
                    Some(at) => &mut out[at].children,
                    None => &mut out,
                };
                match causes.iter_mut().find(|entry| entry.page.is_none() && entry.title == title) {
                    Some(group) => group.children.push(leaf(page)),
                    None => causes.push(Entry { title, page: None, children: vec![leaf(page)] }),
                }
            }
            (_, Some(folder)) => {
                match out.iter_mut().find(|entry| entry.page.is_some_and(|page| page.path == folder)) {
                    Some(parent) => parent.children.push(leaf(page)),
                    None => out.push(leaf(page)),
                }
            }
            (_, None) => out.push(leaf(page)),
        }
    }
    out
}

fn leaf(page: &Page) -> Entry<'_> {
    Entry { title: &page.title, page: Some(page), children: Vec::new() }
}

/// Where the pages of one format stand.
struct Layout<'p> {
    pages: &'p [Page],
    /// Name of the file of a page that has others below it, without its ending.
    index: &'static str,
    /// Ending of the files.
    ending: &'static str,
}

impl Layout<'_> {
    /// The file of a page.
    fn file(&self, path: &str) -> String {
        let below = format!("{path}/");
        match path {
            "index" => format!("{}{}", self.index, self.ending),
            path if self.pages.iter().any(|page| page.path.starts_with(&below)) => {
                format!("{path}/{}{}", self.index, self.ending)
            }
            path => format!("{path}{}", self.ending),
        }
    }

    /// A link from one page to a target, relative to the file.
    fn link(&self, from: &str, to: &Target) -> String {
        match to {
            Target::Elsewhere(url) => url.clone(),
            Target::Page { path, anchor } => {
                let anchor = anchor.as_ref().map_or(String::new(), |anchor| format!("#{anchor}"));
                if path.is_empty() || path == from {
                    return anchor;
                }
                format!("{}{anchor}", relative(&self.file(from), &self.file(path)))
            }
        }
    }
}

/// Markdown whose headings say their ids.
struct WithIds<'p> {
    style: &'static dyn Style,
    layout: &'p Layout<'p>,
    /// The page that is written.
    path: &'p str,
}

impl Dialect for WithIds<'_> {
    fn style(&self) -> &dyn Style {
        self.style
    }

    fn heading(&self, level: u8, id: &str, text: &str) -> String {
        format!("{} {text} {{#{id}}}", hashes(level))
    }

    fn link(&self, to: &Target) -> Option<String> {
        Some(self.layout.link(self.path, to))
    }
}

/// The way from one file to another.
fn relative(from: &str, to: &str) -> String {
    let from: Vec<&str> = from.split('/').collect();
    let to: Vec<&str> = to.split('/').collect();
    let same = from.iter().zip(&to).take(from.len().min(to.len()) - 1).take_while(|(a, b)| a == b).count();
    let up = "../".repeat(from.len() - 1 - same);
    format!("{up}{}", to[same..].join("/"))
}

/// The id that programs give a heading by themselves, from its Markdown.
fn own_id(text: &str) -> String {
    match content::read(text).first() {
        Some(content::Block::Paragraph(text)) => content::slug(&content::plain(text)),
        _ => String::new(),
    }
}

/// A text in double quotes, as YAML and JSON have it.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// Stages that pages belong to, in the order of the pipeline.
fn stages(pages: &[Page]) -> Vec<Stage> {
    let has = |stage: &Stage| pages.iter().any(|page| page.kind == Kind::Cause && page.stage == Some(*stage));
    Stage::ALL.iter().map(|(_, stage)| *stage).filter(has).collect()
}
