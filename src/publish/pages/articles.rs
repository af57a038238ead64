//! Guides, examples and the other articles of a pack: written by people, so their links are made links between pages.

use std::collections::BTreeMap;

use super::{Kind, Library, Page, content, sentence};
use crate::engine::Engine;
use crate::report::markdown::inline;
use crate::report::page::without_front_matter;
use content::{Inline, Target};

/// Articles that are about the knowledge base, not about failures.
const ABOUT_THE_PACK: &[&str] = &["COVERAGE.md", "README.md"];

/// Path of the page of each article, by its path under `knowledge/`.
pub fn paths(engine: &Engine) -> BTreeMap<String, String> {
    let wanted = engine.knowledge.pages.keys().filter(|path| !ABOUT_THE_PACK.contains(&path.as_str()));
    wanted.map(|path| (path.clone(), path.trim_end_matches(".md").to_owned())).collect()
}

/// The lists and the articles: guides, examples, then the others.
pub fn all(library: &Library<'_>) -> Vec<Page> {
    let of = |kind| library.articles.keys().filter(move |path| kind_of(path) == kind);
    let mut pages = Vec::new();
    for (kind, list) in [(Kind::Guide, "guides"), (Kind::Example, "examples"), (Kind::Article, "")] {
        if !list.is_empty() && of(kind).next().is_some() {
            pages.push(overview(library, kind, list));
        }
        pages.extend(of(kind).map(|path| article(library, path, kind)));
    }
    pages
}

fn kind_of(path: &str) -> Kind {
    match path.split('/').next() {
        Some("guides") => Kind::Guide,
        Some("examples") => Kind::Example,
        _ => Kind::Article,
    }
}

/// The title of an article, by its path under `knowledge/`.
pub fn title_of(library: &Library<'_>, path: &str) -> String {
    parts(library, path).0
}

/// Title and body.
fn parts<'l>(library: &'l Library<'_>, path: &str) -> (String, &'l str) {
    let text = library.engine.knowledge.pages.get(path).map_or("", |text| without_front_matter(text));
    let stem = path.trim_end_matches(".md");
    match text.strip_prefix("# ") {
        Some(rest) => {
            let (title, body) = rest.split_once('\n').unwrap_or((rest, ""));
            let title = content::read(title);
            let title = match title.first() {
                Some(content::Block::Paragraph(text)) => content::plain(text),
                _ => stem.to_owned(),
            };
            (title, body)
        }
        None => (stem.rsplit('/').next().unwrap_or(stem).replace('-', " "), text),
    }
}

fn overview(library: &Library<'_>, kind: Kind, path: &str) -> Page {
    let (title, summary) = match kind {
        Kind::Example => {
            ("Worked examples", "Failures as they happened, from what one sees to how one knows that it is over.")
        }
        _ => ("Guides", "How to check certificate automation step by step, from the bot to the retry."),
    };
    let mut out = format!("{summary}\n\n");
    for (path, page) in library.articles.iter().filter(|(path, _)| kind_of(path) == kind) {
        let (title, body) = parts(library, path);
        let summary = sentence(body);
        let more = if summary.is_empty() { String::new() } else { format!(": {}", inline(&summary)) };
        out.push_str(&format!("- [{}](page:{page}){more}\n", inline(&title)));
    }
    Page::of_its_own(path, kind, title, summary, out)
}

fn article(library: &Library<'_>, path: &str, kind: Kind) -> Page {
    let (title, body) = parts(library, path);
    let blocks = content::map(content::read(body), &mut |text| with_links(library, path, text));
    let id = path.trim_end_matches(".md");
    let summary = match sentence(body) {
        none if none.is_empty() => title.clone(),
        summary => summary,
    };
    Page {
        path: library.articles.get(path).cloned().unwrap_or_default(),
        kind,
        id: id.to_owned(),
        title,
        summary,
        stage: None,
        keywords: vec![id.to_owned()],
        markdown: super::markdown::write(&blocks, &super::markdown::Neutral),
    }
}

/// Links to other files of the pack become links to their pages.
fn with_links(library: &Library<'_>, from: &str, text: Vec<Inline>) -> Vec<Inline> {
    let each = |piece| match piece {
        Inline::Link { to: Target::Elsewhere(url), text } => {
            let to = page_target(library, from, &url).unwrap_or(Target::Elsewhere(url));
            Inline::Link { to, text: named(library, text, from) }
        }
        Inline::Emphasis(inner) => Inline::Emphasis(with_links(library, from, inner)),
        Inline::Strong(inner) => Inline::Strong(with_links(library, from, inner)),
        other => other,
    };
    text.into_iter().map(each).collect()
}

/// A link that shows only an id shows the title instead.
fn named(library: &Library<'_>, text: Vec<Inline>, _from: &str) -> Vec<Inline> {
    let knowledge = &library.engine.knowledge;
    match text.as_slice() {
        [Inline::Code(id)] => match knowledge.cause(id) {
            Some(ix) => vec![Inline::Text(knowledge.causes[ix].title.clone())],
            None => text,
        },
        _ => text,
    }
}

/// The page that a relative link from an article leads to.
fn page_target(library: &Library<'_>, from: &str, url: &str) -> Option<Target> {
    let (file, anchor) = url.split_once('#').map_or((url, None), |(file, anchor)| (file, Some(anchor.to_owned())));
    if file.is_empty() || file.contains(':') || !file.ends_with(".md") {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            "." | "" => {}
            ".." => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    // What leads nowhere stays a link between pages, so that the link check finds it.
    let path = parts.join("/");
    let page = library.articles.get(&path).cloned().unwrap_or_else(|| path.trim_end_matches(".md").to_owned());
    Some(Target::Page { path: page, anchor })
}
