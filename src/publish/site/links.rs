//! Links of the written files that lead nowhere. Addresses elsewhere are only looked at by their shape: the check opens no
//! connection.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use super::{Options, Site};

/// A link that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dead {
    /// The file that it stands in.
    pub file: String,
    /// The address, as it stands there.
    pub link: String,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Attributes with addresses, and ids. The templates put all values in double quotes.
static EACH: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"\s(href|src|action|id|content)="([^"]*)""#).ok());
static TAGS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"<[a-z][^<>]*>").ok());

/// Every link of every page: the file must be there, and the place on it.
pub fn check(site: &Site, options: &Options) -> Vec<Dead> {
    let files: BTreeSet<&str> = site.files.iter().map(|file| file.path.as_str()).collect();
    let pages: BTreeMap<&str, Attributes> = site
        .files
        .iter()
        .filter(|file| file.path.ends_with(".html"))
        .map(|file| (file.path.as_str(), attributes(&String::from_utf8_lossy(&file.content))))
        .collect();
    let mut dead = BTreeSet::new();
    for (page, found) in &pages {
        for link in &found.links {
            if let Some(why) = fault(page, link, &files, &pages, options) {
                dead.insert(Dead { file: (*page).to_owned(), link: link.clone(), why });
            }
        }
    }
    dead.into_iter().collect()
}

#[derive(Debug, Default)]
struct Attributes {
    ids: BTreeSet<String>,
    links: BTreeSet<String>,
}

fn attributes(html: &str) -> Attributes {
    let mut found = Attributes::default();
    let (Some(tags), Some(each)) = (TAGS.as_ref(), EACH.as_ref()) else { return found };
    for tag in tags.find_iter(html) {
        for attribute in each.captures_iter(tag.as_str()) {
            let value = plain(&attribute[2]);
            match &attribute[1] {
                "id" => _ = found.ids.insert(value),
                // A page that leads on.
                "content" => found.links.extend(value.split_once("; url=").map(|(_, url)| url.to_owned())),
                _ => _ = found.links.insert(value),
            }
        }
    }
    found
}

/// An attribute without its entities.
fn plain(value: &str) -> String {
    let value = value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    value.replace("&#x27;", "'").replace("&#x2f;", "/").replace("&amp;", "&")
}

fn fault(
    page: &str,
    link: &str,
    files: &BTreeSet<&str>,
    pages: &BTreeMap<&str, Attributes>,
    options: &Options,
) -> Option<&'static str> {
    if options.diagnose_url.as_deref() == Some(link) {
        return None;
    }
    if super::html::is_web(link) {
        return None;
    }
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let path = decoded(path);
    let target = match options.base_path().and_then(|base| path.strip_prefix(base.as_str()).map(str::to_owned)) {
        Some(path) => path,
        None if path.starts_with('/') || path.contains(':') => return Some("is no address of this site"),
        None if path.is_empty() => page.to_owned(),
        None => match resolve(page, &path) {
            Some(target) => target,
            None => return Some("leads out of the site"),
        },
    };
    if !files.contains(target.as_str()) {
        return Some("there is no such file");
    }
    let there = pages.get(target.as_str());
    let missing = anchor.map(decoded).is_some_and(|anchor| there.is_none_or(|page| !page.ids.contains(&anchor)));
    missing.then_some("there is no such place on the page")
}

/// The file that a relative address leads to.
fn resolve(page: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            ".." => _ = parts.pop()?,
            "." => {}
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// An address without its percent signs.
fn decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let Some((byte, rest)) = bytes.split_first() {
        let code = rest
            .get(..2)
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match code {
            Some(code) if *byte == b'%' => {
                out.push(code);
                bytes = &rest[2..];
            }
            _ => {
                out.push(*byte);
                bytes = rest;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::site::File;

    fn site(files: &[(&str, &str)]) -> Site {
        let file =
            |(path, content): &(&str, &str)| File { path: (*path).to_owned(), content: content.as_bytes().to_vec() };
        Site { files: files.iter().map(file).collect(), pages: files.len() }
    }

    #[test]
    fn dead_links_are_found() {
        let site = site(&[
            (
                "index.html",
                r##"<p id="x"></p><a href="a/b.html#y">b</a> <a class="k" href="#x">x</a> <a href="#z">z</a>"##,
            ),
            (
                "a/b.html",
                r#"<h2 id="y">y</h2><a href="../index.html">i</a> <img src="../gone.svg" alt="x > y"> <a href="../../out.html">o</a>"#,
            ),
        ]);
        let dead = check(&site, &Options::default());
        let found: Vec<(&str, &str)> = dead.iter().map(|dead| (dead.file.as_str(), dead.link.as_str())).collect();
        assert_eq!(found, [("a/b.html", "../../out.html"), ("a/b.html", "../gone.svg"), ("index.html", "#z")]);
    }

    #[test]
    fn addresses_elsewhere_are_only_looked_at() {
        let site = site(&[("index.html", r#"<a href="https://example.com/">e</a> <a href="file:///etc">f</a>"#)]);
        assert_eq!(check(&site, &Options::default()).len(), 1);
    }
}
