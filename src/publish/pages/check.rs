//! Links that lead nowhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::Page;
use super::content::{self, Target};

/// A link that leads nowhere, or a place that links cannot tell apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BrokenLink {
    /// Path of the page that it stands on.
    pub page: String,
    /// The link as it is written.
    pub link: String,
    /// What is wrong with it.
    pub why: Why,
}

/// What is wrong with a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// There is no such page.
    NoPage,
    /// The page has no such heading.
    NoAnchor,
    /// It is no address: no known scheme, no host, or blanks in it.
    NoAddress,
    /// It shows no text to press.
    NoText,
    /// Two pages have this path.
    PathTwice,
    /// The path is no plain one: small letters, digits, hyphens, dots, underscores, and slashes between.
    OddPath,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Why::NoPage => "there is no such page",
            Why::NoAnchor => "the page has no such heading",
            Why::NoAddress => "this is no address that a browser can open",
            Why::NoText => "the link has no text",
            Why::PathTwice => "two pages have this path",
            Why::OddPath => "a path holds letters, digits, `-`, `_`, `.` and `/` only",
        })
    }
}

impl fmt::Display for BrokenLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.page, self.link, self.why)
    }
}

/// Every link of every page that leads nowhere, in the order of the pages. Addresses of others are judged by their form;
/// nothing is fetched.
pub fn check(pages: &[Page]) -> Vec<BrokenLink> {
    let bodies: Vec<Vec<content::Block>> = pages.iter().map(Page::blocks).collect();
    let mut anchors: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut broken = Vec::new();
    for (page, blocks) in pages.iter().zip(&bodies) {
        let ids = content::headings(blocks).into_iter().map(|(_, id, _)| id).collect();
        let mut note = |why| broken.push(BrokenLink { page: page.path.clone(), link: page.path.clone(), why });
        if !plain(&page.path) {
            note(Why::OddPath);
        }
        if anchors.insert(&page.path, ids).is_some() {
            note(Why::PathTwice);
        }
    }
    for (page, blocks) in pages.iter().zip(&bodies) {
        content::links(blocks, &mut |to, text| {
            let why = match to {
                _ if content::plain(text).trim().is_empty() => Some(Why::NoText),
                Target::Elsewhere(url) => (!is_address(url)).then_some(Why::NoAddress),
                Target::Page { path, anchor } => {
                    let path = if path.is_empty() { page.path.as_str() } else { path };
                    match (anchors.get(path), anchor) {
                        (None, _) => Some(Why::NoPage),
                        (Some(ids), Some(anchor)) if !ids.contains(anchor.as_str()) => Some(Why::NoAnchor),
                        _ => None,
                    }
                }
            };
            broken.extend(why.map(|why| BrokenLink { page: page.path.clone(), link: to.neutral(), why }));
        });
    }
    broken
}

fn plain(path: &str) -> bool {
    let part = |part: &str| {
        !matches!(part, "" | "." | "..") && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    path.split('/').all(part)
}

/// Whether a text has the form of an address that can be opened. Scripts and local files cannot.
pub fn is_address(url: &str) -> bool {
    if url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return false;
    }
    match url.split_once(':') {
        Some(("http" | "https", rest)) => {
            rest.strip_prefix("//").is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || c == '['))
        }
        Some(("mailto", rest)) => rest.contains('@'),
        _ => false,
    }
}
