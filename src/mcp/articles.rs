//! What is known, as resources: `certwhy://causes/dcv/dns-record-missing`, `certwhy://symptoms/dcv-failed`,
//! `certwhy://guides/4-dcv`.

use rmcp::model::{Resource, ResourceTemplate};

use crate::engine::Engine;
use crate::report::page;

const SCHEME: &str = "certwhy://";
/// What the articles are written in.
pub const MARKDOWN: &str = "text/markdown";

/// Every article: causes, symptoms, pages.
pub fn list(engine: &Engine) -> Vec<Resource> {
    let knowledge = &engine.knowledge;
    let article =
        |uri: String, name: &str, title: &str| Resource::new(uri, name).with_title(title).with_mime_type(MARKDOWN);
    let causes = knowledge.causes.iter().map(|cause| article(cause_uri(&cause.id), &cause.id, &cause.title));
    let symptoms = knowledge
        .symptoms
        .iter()
        .map(|symptom| article(format!("{SCHEME}symptoms/{}", symptom.id), &symptom.id, &symptom.title));
    let pages = knowledge.pages.iter().map(|(path, text)| {
        let stem = path.trim_end_matches(".md");
        article(format!("{SCHEME}{stem}"), stem, page::title(text).unwrap_or(stem))
    });
    causes.chain(symptoms).chain(pages).collect()
}

/// The address of a cause's article.
pub fn cause_uri(id: &str) -> String {
    format!("{SCHEME}causes/{}", id.replacen('.', "/", 1))
}

/// How the addresses are made.
pub fn templates() -> Vec<ResourceTemplate> {
    let template = |uri: &str, name: &str, title: &str| {
        ResourceTemplate::new(format!("{SCHEME}{uri}"), name).with_title(title).with_mime_type(MARKDOWN)
    };
    vec![
        template("causes/{stage}/{name}", "cause", "The article of a cause"),
        template("symptoms/{name}", "symptom", "A symptom with its causes"),
        template("guides/{name}", "guide", "A guide"),
    ]
}

/// The Markdown behind an address.
///
/// # Errors
/// What to say about an address that leads nowhere.
pub fn read(engine: &Engine, uri: &str) -> Result<String, String> {
    let unknown = || format!("there is no resource {uri}; resources/list shows all");
    let path = uri.strip_prefix(SCHEME).ok_or_else(unknown)?;
    let name = match path.split_once('/') {
        Some(("causes", rest)) => rest.replacen('/', ".", 1),
        Some(("symptoms", rest)) => rest.to_owned(),
        _ => path.to_owned(),
    };
    page::explain(engine, &name).ok_or_else(unknown)
}
