//! The knowledge base as pages: an article for every cause, a page for every symptom, the guides and examples, the facts,
//! and an index of what programs print, by text and by code.
//!
//! Every format (a site, Markdown for other tools, fragments, a book) is made from these: [`all`] gives them, [`check`]
//! finds links that lead nowhere, [`content`] reads their bodies.

mod articles;
mod causes;
pub mod check;
pub mod content;
pub mod formats;
mod index;
pub mod markdown;
mod practices;
mod signals;
mod symptoms;
mod texts;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::engine::Engine;
use crate::rule::Pack;
use crate::rule::model::Practice;
use crate::rule::words::{Stage, Words, words};

pub use texts::Texts;

/// A page of the knowledge base.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page {
    /// Where it stands for good, without an extension: `causes/dcv/dns-record-missing`.
    pub path: String,
    /// What it is about.
    pub kind: Kind,
    /// The id of the cause or symptom, the name of the guide or file of rules; the path for others.
    pub id: String,
    /// Its title, plain text.
    pub title: String,
    /// What it says in one sentence, plain text: for descriptions and for search.
    pub summary: String,
    /// The stage that it belongs to.
    pub stage: Option<Stage>,
    /// What else people may look for to find it: ids, codes, words of messages.
    pub keywords: Vec<String>,
    /// The body without the title, in the Markdown of [`content`]. Its headings begin at level 2.
    pub markdown: String,
}

impl Page {
    /// A page that has its path for its id, and belongs to no stage.
    fn of_its_own(path: &str, kind: Kind, title: &str, summary: &str, markdown: String) -> Self {
        Page {
            path: path.to_owned(),
            kind,
            id: path.to_owned(),
            title: title.to_owned(),
            summary: summary.to_owned(),
            stage: None,
            keywords: Vec::new(),
            markdown,
        }
    }

    /// The body as blocks.
    pub fn blocks(&self) -> Vec<content::Block> {
        content::read(&self.markdown)
    }
}

words! {
    /// What a page is about.
    Kind {
        /// The first page.
        Index = "index",
        /// The pipeline, with the causes of each stage.
        Stages = "stages",
        /// A cause.
        Cause = "cause",
        /// A symptom, or the list of them.
        Symptom = "symptom",
        /// A guide, or the list of them.
        Guide = "guide",
        /// A worked example.
        Example = "example",
        /// A practice, or the list of them.
        Practice = "practice",
        /// Any other article of a pack.
        Article = "article",
        /// The vocabulary of facts.
        Facts = "facts",
        /// What programs print, and what it points to.
        Signals = "signals",
        /// Error codes, and what they point to.
        Codes = "codes",
    }
}

/// All pages in the order in which a table of contents lists them. The same pack gives the same pages.
///
/// `engine` is the pack made ready. The texts of the rules are read again for their examples; the pack is sound by then.
pub fn all(engine: &Engine, pack: &Pack) -> Vec<Page> {
    let texts = Texts::of(engine, pack);
    let library = Library { engine, texts: &texts, articles: articles::paths(engine) };
    let mut drafts = vec![index::index(&library)];
    drafts.extend(symptoms::all(&library));
    drafts.extend(articles::all(&library));
    drafts.extend(practices::all(&library));
    drafts.push(index::stages(&library));
    drafts.extend(causes::all(&library));
    drafts.push(index::facts(&library));
    drafts.extend(signals::all(&library));
    drafts.into_iter().map(|draft| library.finish(draft)).collect()
}

/// The pages that people wrote, or that are about what they wrote: all but the index of texts and codes, which takes the
/// most time to make.
pub fn articles(engine: &Engine) -> Vec<Page> {
    let texts = Texts::default();
    let library = Library { engine, texts: &texts, articles: articles::paths(engine) };
    let drafts = symptoms::all(&library).into_iter().chain(articles::all(&library)).chain(causes::all(&library));
    drafts.map(|draft| library.finish(draft)).collect()
}

/// What the pages are made of.
struct Library<'e> {
    engine: &'e Engine,
    texts: &'e Texts,
    /// Path of the page of each article, by its path under `knowledge/`.
    articles: BTreeMap<String, String>,
}

impl Library<'_> {
    /// Brings the Markdown of a page into its form: links, ids of headings, nothing that could be HTML.
    fn finish(&self, page: Page) -> Page {
        let blocks = content::map(page.blocks(), &mut |text| self.linked(text, &page.path));
        Page { markdown: markdown::write(&blocks, &markdown::Neutral), ..page }
    }

    /// Running text in which ids of causes, symptoms and facts are links.
    fn linked(&self, text: Vec<content::Inline>, here: &str) -> Vec<content::Inline> {
        use content::Inline;
        let each = |piece| match piece {
            Inline::Code(id) => match self.page_of(&id).filter(|target| *target != (here.to_owned(), None)) {
                Some((path, anchor)) => {
                    Inline::Link { to: content::Target::Page { path, anchor }, text: vec![Inline::Code(id)] }
                }
                None => Inline::Code(id),
            },
            Inline::Emphasis(inner) => Inline::Emphasis(self.linked(inner, here)),
            Inline::Strong(inner) => Inline::Strong(self.linked(inner, here)),
            other => other,
        };
        text.into_iter().map(each).collect()
    }

    /// The page, and the place on it, that tells of an id.
    fn page_of(&self, id: &str) -> Option<(String, Option<String>)> {
        let knowledge = &self.engine.knowledge;
        if knowledge.facts.contains_key(id) {
            return Some(("facts".to_owned(), Some(fact_anchor(id))));
        }
        if let Some(ix) = knowledge.cause(id) {
            return Some((cause_path(&knowledge.causes[ix].id), None));
        }
        if let Some(ix) = knowledge.practice(id).filter(|_| id.starts_with(Practice::PREFIX)) {
            return Some((practices::path(&knowledge.practices[ix]), None));
        }
        knowledge.symptom(id).map(|_| (format!("symptoms/{id}"), None))
    }
}

/// Path of the page of a cause.
pub fn cause_path(id: &str) -> String {
    format!("causes/{}", id.replacen('.', "/", 1))
}

/// Anchor of a fact on the page of facts.
fn fact_anchor(path: &str) -> String {
    path.replace('.', "-")
}

/// What a stage is called in titles.
pub fn stage_title(stage: Stage) -> &'static str {
    match stage {
        Stage::Bot => "The bot on the host",
        Stage::Connector => "The connection to the CA",
        Stage::Csr => "The request",
        Stage::Dcv => "Domain control validation",
        Stage::Issuance => "Issuance by the CA",
        Stage::Deploy => "Deployment to the target",
        Stage::Reload => "Reload of the service",
        Stage::Verify => "What clients see",
        Stage::Renewal => "Renewal and its schedule",
        Stage::Host => "The host itself",
    }
}

/// One sentence of Markdown as plain text, cut where a description ends.
fn sentence(markdown: &str) -> String {
    let blocks = content::read(markdown);
    let text = blocks.iter().find_map(|block| match block {
        content::Block::Paragraph(text) => Some(content::plain(text)),
        _ => None,
    });
    let text = text.unwrap_or_default();
    let end = text.find(". ").map_or(text.len(), |at| at + 1);
    text[..end].to_owned()
}
