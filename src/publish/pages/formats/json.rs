//! All pages in one file.

use serde_json::json;

use super::{File, Page};
use crate::publish::pages::content;

pub fn files(pages: &[Page]) -> Vec<File> {
    let page = |page: &Page| {
        let blocks = page.blocks();
        let headings: Vec<_> = content::headings(&blocks)
            .into_iter()
            .map(|(level, id, text)| json!({ "level": level, "id": id, "text": text }))
            .collect();
        let mut value = serde_json::to_value(page).unwrap_or_default();
        value["headings"] = headings.into();
        value
    };
    let pages: Vec<_> = pages.iter().map(page).collect();
    let document = json!({ "schema": "certwhy/pages/1", "version": env!("CARGO_PKG_VERSION"), "pages": pages });
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    vec![File { path: "pages.json".to_owned(), text: format!("{text}\n") }]
}
