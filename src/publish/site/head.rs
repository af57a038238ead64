//! Structured data for search engines (schema.org), as blocks that no browser runs.

use serde_json::{Map, Value, json};

use super::Options;
use crate::publish::pages::{Kind, Page, stage_title};

/// The first page: a site, and how to search it.
pub fn website(options: &Options, description: &str) -> String {
    let mut data = object("WebSite");
    data.insert("name".to_owned(), json!(options.title));
    data.insert("description".to_owned(), json!(description));
    data.insert("inLanguage".to_owned(), json!("en"));
    if let (Some(url), Some(search)) = (options.url("index.html"), options.url("search.html")) {
        data.insert("url".to_owned(), json!(url));
        let target = json!({ "@type": "EntryPoint", "urlTemplate": format!("{search}?q={{search_term_string}}") });
        let action =
            json!({ "@type": "SearchAction", "target": target, "query-input": "required name=search_term_string" });
        data.insert("potentialAction".to_owned(), action);
    }
    text(data)
}

/// An article; nothing for lists and indexes.
pub fn article(options: &Options, page: &Page) -> Option<String> {
    let is_article =
        matches!(page.kind, Kind::Cause | Kind::Symptom | Kind::Guide | Kind::Example | Kind::Practice | Kind::Article);
    if !is_article || (page.kind != Kind::Article && !page.path.contains('/')) {
        return None;
    }
    let mut data = object("TechArticle");
    data.insert("headline".to_owned(), json!(page.title));
    data.insert("description".to_owned(), json!(page.summary));
    data.insert("inLanguage".to_owned(), json!("en"));
    data.insert("identifier".to_owned(), json!(page.id));
    if let Some(stage) = page.stage {
        data.insert("articleSection".to_owned(), json!(stage_title(stage)));
    }
    if !page.keywords.is_empty() {
        data.insert("keywords".to_owned(), json!(page.keywords));
    }
    let mut site = Map::from_iter([("@type".to_owned(), json!("WebSite")), ("name".to_owned(), json!(options.title))]);
    if let (Some(url), Some(home)) = (options.url(&format!("{}.html", page.path)), options.url("index.html")) {
        data.insert("url".to_owned(), json!(url));
        site.insert("url".to_owned(), json!(home));
    }
    data.insert("isPartOf".to_owned(), Value::Object(site));
    Some(text(data))
}

fn object(kind: &str) -> Map<String, Value> {
    Map::from_iter([("@context".to_owned(), json!("https://schema.org")), ("@type".to_owned(), json!(kind))])
}

/// JSON that cannot end the block that it stands in.
fn text(data: Map<String, Value>) -> String {
    Value::Object(data).to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}
