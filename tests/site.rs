//! The site: every page is there, whole, harmless, and the same each time.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

use certwhy::publish::folder;
use certwhy::publish::pages::{self, Page};
use certwhy::publish::site::{self, Options, Site, links};
use certwhy::{Engine, Pack};

fn made(pack: &Pack, options: &Options) -> (Vec<Page>, Site) {
    let engine = Engine::new(pack).expect("the pack is sound");
    let pages = pages::all(&engine, pack);
    let site = site::build(&engine, &pages, options).expect("the site can be made");
    (pages, site)
}

/// The site of the embedded rules, made once.
fn embedded() -> &'static (Vec<Page>, Site) {
    static MADE: OnceLock<(Vec<Page>, Site)> = OnceLock::new();
    MADE.get_or_init(|| made(&Pack::embedded(), &Options::default()))
}

/// A folder as the only rules.
fn alone(folder: &Path) -> Pack {
    let mut pack = Pack::default();
    pack.overlay(folder).expect("the pack can be read");
    pack
}

fn put(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().expect("is in the folder")).expect("can be made");
    std::fs::write(path, text).expect("can be written");
}

/// A pack with one cause and one guide.
fn small(folder: &Path) {
    put(
        folder,
        "rules/deploy/slot-sealed.yaml",
        "title: The slot is sealed\nprior: rare\nsummary: Somebody has sealed the slot.\n\
         shows:\n  - { title: Says that the slot is sealed, log: 'slot (?P<path>\\S+) is sealed', leak: specific, how: usually }\n\
         fix:\n  steps:\n    - { do: Unseal it., minutes: 5, risk: change, commands: { linux: ['slot unseal {{ path }}'], windows: ['Unseal-Slot {{ path }}'] } }\n\
         \x20 verify:\n    - { do: The push works. }\n\
         tests:\n  - { log: 'slot a is sealed', expect: first }\n  - { log: 'nothing', expect: absent }\n",
    );
    put(
        folder,
        "knowledge/guides/1-slots.md",
        "# Step 1: Slots\n\nLook at the [slot](../causes/deploy/slot-sealed.md).\n",
    );
}

fn text<'s>(site: &'s Site, path: &str) -> &'s str {
    let file = site.files.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("{path} is not there"));
    std::str::from_utf8(&file.content).expect("is UTF-8")
}

fn html(site: &Site) -> impl Iterator<Item = (&str, &str)> {
    let pages = site.files.iter().filter(|file| file.path.ends_with(".html"));
    pages.map(|file| (file.path.as_str(), std::str::from_utf8(&file.content).expect("is UTF-8")))
}

/// Tags that open and close each other, and ids that are there once. A checker for what the templates write, not for any HTML.
fn well_formed(html: &str) -> Result<(), String> {
    const VOID: &[&str] = &["meta", "link", "input", "img", "br", "hr"];
    let (mut open, mut ids) = (Vec::new(), BTreeSet::new());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if rest.starts_with("!doctype") {
            continue;
        }
        let end = rest.find('>').ok_or_else(|| format!("a tag does not end: {:.60}", rest))?;
        let (tag, after) = (&rest[..end], &rest[end + 1..]);
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            let opened = open.pop().unwrap_or_default();
            if opened != name {
                return Err(format!("</{name}> closes <{opened}>"));
            }
            continue;
        }
        let name = tag.split([' ', '\n', '/']).next().unwrap_or_default();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(format!("no tag: <{tag}>"));
        }
        if tag.matches('"').count() % 2 == 1 {
            return Err(format!("a quotation mark is missing: <{tag}>"));
        }
        let id = tag.split(" id=\"").nth(1).and_then(|rest| rest.split('"').next());
        if let Some(id) = id.filter(|id| !ids.insert((*id).to_owned())) {
            return Err(format!("the id {id} is there twice"));
        }
        if !VOID.contains(&name) && !tag.ends_with('/') {
            open.push(name.to_owned());
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("not closed: {open:?}")) }
}

#[test]
fn every_page_is_there_whole_and_strict() {
    let options = Options::default();
    let (pages, site) = embedded();
    for page in pages {
        text(site, &format!("{}.html", page.path));
    }
    assert_eq!(site.pages, html(site).filter(|(_, html)| !html.contains("http-equiv=\"refresh\"")).count());
    for (path, html) in html(site) {
        well_formed(html).unwrap_or_else(|why| panic!("{path}: {why}"));
        assert!(
            html.contains("http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;;"),
            "{path}"
        );
        assert_eq!(html.matches("<h1").count(), 1, "{path}");
        for forbidden in [" style=", "<style", " onclick=", "javascript:", "<iframe", "src=\"http", "@import", "<base"]
        {
            assert!(!html.contains(forbidden), "{path} has {forbidden}");
        }
        // Scripts come from files; blocks of data are no scripts.
        for script in html.split("<script").skip(1) {
            assert!(
                script.starts_with(" src=\"") || script.starts_with(" type=\"application/ld+json\">"),
                "{path}: {script:.60}"
            );
        }
        for stylesheet in html.split("<link").skip(1).filter(|link| link.contains("rel=\"stylesheet\"")) {
            assert!(!stylesheet.split('>').next().unwrap_or_default().contains("//"), "{path}");
        }
    }
    let style = text(site, "assets/site.css");
    assert!(!style.contains("url(") && !style.contains("@import"));
    let dead = links::check(site, &options);
    assert!(dead.is_empty(), "{dead:#?}");
}

#[test]
fn structured_data_is_json_that_ends_nothing() {
    let options = Options { base_url: Some("https://docs.example.com/kb/".to_owned()), ..Options::default() };
    let folder = tempfile::tempdir().expect("can be made");
    small(folder.path());
    let (_, site) = made(&alone(folder.path()), &options);
    let page = text(&site, "causes/deploy/slot-sealed.html");
    let data =
        page.split("<script type=\"application/ld+json\">").nth(1).and_then(|rest| rest.split("</script>").next());
    let data: serde_json::Value = serde_json::from_str(data.expect("is there")).expect("is JSON");
    assert_eq!(data["@type"], "TechArticle");
    assert_eq!(data["url"], "https://docs.example.com/kb/causes/deploy/slot-sealed.html");
    assert!(page.contains("<link rel=\"canonical\" href=\"https://docs.example.com"), "{page}");
    let sitemap = text(&site, "sitemap.xml");
    assert!(sitemap.contains("<loc>https://docs.example.com/kb/causes/deploy/slot-sealed.html</loc>"));
    assert!(sitemap.contains("<loc>https://docs.example.com/kb/</loc>") && !sitemap.contains("404"));
    assert!(text(&site, "robots.txt").contains("Sitemap: https://docs.example.com/kb/sitemap.xml"));
    // It may be shown at any address.
    assert!(text(&site, "404.html").contains("href=\"/kb/assets"));
    let dead = links::check(&site, &options);
    assert!(dead.is_empty(), "{dead:#?}");
}

#[test]
fn the_same_pack_makes_the_same_bytes() {
    let (pages, site) = embedded();
    let again = Engine::embedded().expect("is sound");
    assert!(site::build(&again, pages, &Options::default()).expect("can be made") == *site);
    let folder = tempfile::tempdir().expect("can be made");
    small(folder.path());
    let small = || made(&alone(folder.path()), &Options::default());
    assert!(small() == small());
}

#[test]
fn an_article_as_it_is_written() {
    let (_, site) = embedded();
    insta::assert_snapshot!(text(site, "causes/dcv/dns-record-missing.html"));
}

#[test]
fn the_search_is_small_and_a_script() {
    let (pages, site) = embedded();
    let index = text(site, "assets/search-index.js");
    let json = index.strip_prefix("certwhySearchIndex(").and_then(|rest| rest.strip_suffix(");\n")).expect("is a call");
    let index: serde_json::Value = serde_json::from_str(json).expect("is JSON");
    let found: BTreeSet<&str> =
        index["pages"].as_array().expect("a list").iter().filter_map(|page| page[1].as_str()).collect();
    for page in pages.iter().filter(|page| page.kind == pages::Kind::Cause) {
        assert!(found.contains(page.id.as_str()), "{} is not found", page.id);
    }
    let (terms, postings) = (index["terms"].as_str().unwrap(), index["postings"].as_str().unwrap());
    assert_eq!(terms.split(' ').count(), postings.split(' ').count());
    assert!(site.index_bytes() < 1_000_000, "{} bytes", site.index_bytes());
}

fn hostile(folder: &Path) -> Pack {
    put(
        folder,
        "rules/deploy/hostile-pack.yaml",
        "title: '</title><script>alert(1)</script>'\nprior: rare\nsummary: '<img src=x onerror=alert(2)> </script>'\n\
         shows:\n  - { title: '\"><svg onload=alert(3)>', log: 'hostile pack (?P<path>\\S+)', leak: specific, how: usually }\n\
         tests:\n  - { log: 'hostile pack x', expect: first }\n  - { log: 'nothing', expect: absent }\n",
    );
    put(
        folder,
        "knowledge/causes/deploy/hostile-pack.md",
        "---\nsteps:\n  - do: '<b onmouseover=alert(4)>do</b>'\n    minutes: 1\n    risk: read-only\n    commands:\n      linux: ['echo </code></pre><script>alert(5)</script>']\n\
         verify:\n  - do: 'ok'\n---\n## What it means\n<script>alert(6)</script>\n\n<iframe src=\"https://evil.example\"></iframe>\n\n\
         [a](javascript:alert(7)) [b](data:text/html,x) [c](//evil.example/x) ![d](https://evil.example/p.png) [e](https://example.com/\"onclick=\"x)\n\n\
         ## x\" onclick=\"alert(8)\n\n```\"><script>\nx\n```\n\n## How it shows\nx\n\n## Why it happens\nx\n",
    );
    // Articles are templates, in which this would be a comment; guides are not.
    put(
        folder,
        "knowledge/guides/1-hostile.md",
        "# <script>alert(9)</script>\n\n## a {#\"><script>alert(10)</script>}\n\n## b {#x\" onclick=\"alert(11)}\n\n[x](page:nowhere\"onclick=\"alert)\n",
    );
    alone(folder)
}

#[test]
fn a_hostile_pack_stays_harmless() {
    let folder = tempfile::tempdir().expect("can be made");
    let (pages, site) = made(&hostile(folder.path()), &Options::default());
    assert!(pages.iter().any(|page| page.path == "causes/deploy/hostile-pack"));
    for (path, html) in html(&site) {
        well_formed(html).unwrap_or_else(|why| panic!("{path}: {why}"));
        for tag in html.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
            let handler = tag.split(['"', ' ']).any(|word| word.starts_with("on") && word.ends_with('='));
            assert!(!handler, "{path}: <{tag}>");
        }
        assert!(!html.contains("<script>") && !html.contains("<iframe") && !html.contains("<svg onload"), "{path}");
        for link in html.split(" href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(
                !link.starts_with("javascript") && !link.starts_with("data") && !link.starts_with("//"),
                "{path}: {link}"
            );
        }
    }
    // Nor does it end the script of the search.
    assert!(!text(&site, "assets/search-index.js").contains("</"));
}

#[test]
fn old_addresses_lead_on() {
    let folder = tempfile::tempdir().expect("can be made");
    let manifest = "name: mine\nversion: 1.0.0\nengine: '>=0.1'\nlicence: MIT\nrenamed:\n  deploy.old-name: deploy.slot-sealed\n  ../../escape.x: deploy.slot-sealed\n";
    small(folder.path());
    put(folder.path(), "pack.yaml", manifest);
    let (_, site) = made(&alone(folder.path()), &Options::default());
    let moved = text(&site, "causes/deploy/old-name.html");
    assert!(moved.contains("url=../../causes/deploy/slot-sealed.html"), "{moved}");
    assert!(site.files.iter().all(|file| !file.path.contains("..")));
    assert!(links::check(&site, &Options::default()).is_empty());
}

#[test]
fn two_pages_at_one_address_are_refused() {
    let folder = tempfile::tempdir().expect("can be made");
    small(folder.path());
    put(folder.path(), "knowledge/search.md", "# How to search\n\nText.\n");
    let pack = alone(folder.path());
    let engine = Engine::new(&pack).unwrap();
    let error = site::build(&engine, &pages::all(&engine, &pack), &Options::default()).unwrap_err();
    assert!(error.to_string().contains("search.html"), "{error}");
}

#[test]
fn a_site_is_written_and_what_stands_there_besides_stays() {
    let folder = tempfile::tempdir().expect("can be made");
    std::fs::write(folder.path().join("CNAME"), "docs.example.com").unwrap();
    small(folder.path());
    let (_, site) = made(&alone(folder.path()), &Options::default());
    let files: Vec<_> = site.files.iter().map(|file| (file.path.as_str(), file.content.as_slice())).collect();
    let mut last = 0;
    let written = folder::write(folder.path(), &files, true, |n| last = n).expect("can be written");
    assert_eq!((last, written.changed), (site.files.len(), site.files.len()));
    assert!(folder.path().join("causes/deploy/slot-sealed.html").is_file());
    assert!(folder.path().join("CNAME").is_file());
    let fewer: Vec<_> = files.iter().copied().filter(|(path, _)| !path.contains("slot-sealed")).collect();
    let written = folder::write(folder.path(), &fewer, false, |_| ()).expect("it is the site's now");
    assert_eq!((written.changed, written.removed), (0, files.len() - fewer.len()));
    assert!(!folder.path().join("causes/deploy/slot-sealed.html").exists());
    // A file where a folder should be.
    let blocked = folder.path().join("blocked");
    std::fs::write(&blocked, "").unwrap();
    let refused = folder::write(&blocked, &files, false, |_| ()).unwrap_err();
    assert!(refused.to_string().contains("blocked"), "{refused}");
}
