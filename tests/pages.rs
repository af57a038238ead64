//! The knowledge base as pages: nothing is missing, no link is dead, and the same rules give the same pages.
//!
//! `INSTA_UPDATE=always cargo test --test pages` writes the snapshots anew; read them before you keep them.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use certwhy::publish::folder;
use certwhy::publish::pages::check::{self, Why};
use certwhy::publish::pages::formats::{self, File, FragmentOptions, Tool};
use certwhy::publish::pages::{self, Kind, Page, content, markdown};
use certwhy::report::ticket;
use certwhy::rule::words::Words;
use certwhy::{Engine, Pack};

/// The knowledge base that is part of the program.
static SHIPPED: LazyLock<(Engine, Vec<Page>)> = LazyLock::new(|| {
    let pack = Pack::embedded();
    let engine = Engine::new(&pack).unwrap_or_else(|error| panic!("{error}"));
    let pages = pages::all(&engine, &pack);
    (engine, pages)
});

fn mini() -> (Engine, Pack) {
    let mut pack = Pack::default();
    pack.overlay(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packs/mini")).expect("the pack");
    (Engine::new(&pack).unwrap_or_else(|error| panic!("{error}")), pack)
}

fn page(path: &str) -> &'static Page {
    SHIPPED.1.iter().find(|page| page.path == path).unwrap_or_else(|| panic!("there is no page {path}"))
}

#[test]
fn everything_that_is_known_has_a_page() {
    let (engine, pages) = &*SHIPPED;
    let paths: BTreeSet<&str> = pages.iter().map(|page| page.path.as_str()).collect();
    assert_eq!(paths.len(), pages.len(), "paths are unique");
    for cause in &engine.knowledge.causes {
        assert!(paths.contains(pages::cause_path(&cause.id).as_str()), "{} has no page", cause.id);
    }
    for symptom in &engine.knowledge.symptoms {
        assert!(paths.contains(format!("symptoms/{}", symptom.id).as_str()), "{} has no page", symptom.id);
    }
    for guide in engine.knowledge.pages.keys().filter(|path| *path != "COVERAGE.md") {
        assert!(paths.contains(guide.trim_end_matches(".md")), "{guide} has no page");
    }
    for path in ["index", "stages", "symptoms", "guides", "examples", "facts", "signals", "codes"] {
        assert!(paths.contains(path), "there is no page {path}");
    }
    let every_signal: String =
        pages.iter().filter(|page| page.kind == Kind::Signals).map(|p| p.markdown.as_str()).collect();
    for signal in engine.knowledge.signals.iter().filter(|signal| signal.file.starts_with("rules/signals/")) {
        let (_, key) = signal.id.split_once('.').expect("an id of a file and a key");
        assert!(every_signal.contains(&format!("{{#{key}}}")), "{} is not in the index", signal.id);
    }
}

#[test]
fn no_link_is_dead() {
    let broken = check::check(&SHIPPED.1);
    let broken: Vec<String> = broken.iter().map(ToString::to_string).collect();
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn pages_are_in_the_form_that_they_promise() {
    for page in &SHIPPED.1 {
        let blocks = page.blocks();
        assert_eq!(
            page.markdown,
            markdown::write(&blocks, &markdown::Neutral),
            "{} is not in its final form",
            page.path
        );
        let ids: Vec<&str> = content::headings(&blocks).into_iter().map(|(_, id, _)| id).collect();
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{} has an anchor twice", page.path);
        assert!(
            content::headings(&blocks).iter().all(|(level, ..)| *level >= 2),
            "{} has a title in its body",
            page.path
        );
        assert!(!page.title.is_empty() && !page.summary.is_empty() && !page.summary.contains('\n'), "{}", page.path);
        assert!(!page.markdown.trim().is_empty(), "{} is empty", page.path);
        // What programs print may hold braces.
        let template = page.kind == Kind::Cause && page.markdown.contains("{{");
        assert!(!template, "{} holds a template", page.path);
    }
}

#[test]
fn the_same_rules_give_the_same_pages() {
    let ((engine, pack), (again, same)) = (mini(), mini());
    assert!(pages::all(&engine, &pack) == pages::all(&again, &same.from_text()), "pages differ between two runs");
}

#[test]
fn what_a_person_reads() {
    for path in ["causes/dcv/dns-record-missing", "symptoms/dcv-failed", "guides/4-dcv", "index"] {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "pages" }, {
            let page = page(path);
            let text = format!("{} ({})\n{}\n\n{}", page.title, page.kind, page.summary, page.markdown);
            insta::assert_snapshot!(path.replace('/', "-"), text);
        });
    }
}

#[test]
fn codes_lead_to_their_causes() {
    let row = |code: &str| {
        let rows = page("codes").markdown.lines().filter(|line| line.starts_with(&format!("| `{code}` |")));
        let rows: Vec<&str> = rows.collect();
        assert_eq!(rows.len(), 1, "{code} stands there {} times", rows.len());
        rows[0].to_owned()
    };
    assert!(row("0x80070005").contains("page:causes/"), "an HRESULT");
    assert!(row("urn:ietf:params:acme:error:caa").contains("page:causes/dcv/caa-forbidden"), "a problem type");
    assert!(row("curl: (60)").contains("page:causes/"), "a number of curl");
    assert!(row("ENOSPC").contains("page:causes/host/disk-full"), "a system error");
}

#[test]
fn dead_links_are_found() {
    let (engine, pack) = mini();
    let mut pages = pages::all(&engine, &pack);
    assert_eq!(check::check(&pages), Vec::new());
    pages[0].markdown =
        "[a](page:nowhere) [b](page:facts#nothing) [c](javascript:x) [](page:facts) [d](https://example.org)"
            .to_owned();
    let found: Vec<(String, Why)> = check::check(&pages).into_iter().map(|broken| (broken.link, broken.why)).collect();
    let expected = [
        ("page:nowhere", Why::NoPage),
        ("page:facts#nothing", Why::NoAnchor),
        ("javascript:x", Why::NoAddress),
        ("page:facts", Why::NoText),
    ];
    assert_eq!(found, expected.map(|(link, why)| (link.to_owned(), why)));
}

#[test]
fn nothing_in_a_pack_becomes_html() {
    let (_, mut pack) = mini();
    pack.add(
        "knowledge/guides/9-evil.md",
        "# <b>T</b>\n\n<script>alert(1)</script>\n\nText <img src=x onerror=y>.\n\n<!-- gone -->\n",
    );
    let engine = Engine::new(&pack).expect("a sound pack");
    let pages = pages::all(&engine, &pack);
    let page = pages.iter().find(|page| page.path == "guides/9-evil").expect("the page");
    assert!(!page.markdown.contains('<'), "{}", page.markdown);
    assert!(page.markdown.contains("&lt;script>alert(1)&lt;/script>") && !page.markdown.contains("gone"));
}

fn written(tool: Tool) -> Vec<File> {
    formats::markdown(&SHIPPED.1, tool)
}

fn file<'f>(files: &'f [File], path: &str) -> &'f str {
    let found = files.iter().find(|file| file.path == path);
    found.map_or_else(|| panic!("there is no file {path}"), |file| file.text.as_str())
}

#[test]
fn every_format_has_every_page_and_no_neutral_link() {
    for (word, tool) in Tool::ALL {
        let files = written(*tool);
        let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths.len(), files.len(), "{word} writes a file twice");
        assert!(files.len() >= SHIPPED.1.len(), "{word} leaves pages out");
        for file in &files {
            assert!(!file.text.contains("](page:") && !file.text.contains("\"page:"), "{word}: {}", file.path);
        }
    }
}

#[test]
fn relative_links_lead_to_files() {
    for tool in [Tool::Plain, Tool::Gitbook, Tool::Docusaurus, Tool::Mkdocs] {
        let files = written(tool);
        let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
        for file in files.iter().filter(|file| file.path.ends_with(".md")) {
            let body = file
                .text
                .strip_prefix("---\n")
                .and_then(|text| text.split_once("\n---\n"))
                .map_or(file.text.as_str(), |x| x.1);
            let blocks = content::read(body);
            content::links(&blocks, &mut |to, _| {
                let content::Target::Elsewhere(url) = to else { return };
                let url = url.split('#').next().unwrap_or_default();
                if url.is_empty() || url.contains("://") || url.starts_with("mailto:") {
                    return;
                }
                let mut parts: Vec<&str> = file.path.split('/').collect();
                parts.pop();
                for part in url.split('/') {
                    if part == ".." {
                        parts.pop();
                    } else {
                        parts.push(part)
                    }
                }
                let path = parts.join("/");
                assert!(paths.contains(path.as_str()), "{tool}: {} links to {url}", file.path);
            });
        }
    }
}

#[test]
fn what_the_tools_read() {
    for (tool, path) in [
        (Tool::Plain, "causes/dcv/dns-record-missing.md"),
        (Tool::Gitbook, "causes/dcv/dns-record-missing.md"),
        (Tool::Docusaurus, "causes/dcv/dns-record-missing.md"),
        (Tool::Mkdocs, "docs/causes/dcv/dns-record-missing.md"),
        (Tool::Confluence, "causes/dcv/dns-record-missing.xml"),
    ] {
        let files = written(tool);
        // What is listed at the end is the same everywhere.
        let text = file(&files, path);
        let end = text.find(" more, in the index of error texts").and_then(|at| text[..at].rfind("And "));
        let text = &text[..end.expect("a list of further signals")];
        keep(&format!("for-{tool}"), text);
    }
    let options = FragmentOptions { heading_level: 3, base_url: Some("https://docs.example.com/kb/".to_owned()) };
    let fragments = formats::fragments(&SHIPPED.1, &options);
    keep(
        "for-fragment",
        file(&fragments, "causes/host/disk-full.html")
            .split("id=\"certwhy-causes-host-disk-full--signals\"")
            .next()
            .unwrap_or(""),
    );
    let json: serde_json::Value = serde_json::from_str(file(&formats::json(&SHIPPED.1), "pages.json")).expect("JSON");
    assert_eq!(json["schema"], "certwhy/pages/1");
    assert_eq!(json["pages"].as_array().map(Vec::len), Some(SHIPPED.1.len()));
}

fn keep(name: &str, text: &str) {
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "pages" }, {
        insta::assert_snapshot!(name.to_owned(), text);
    });
}

#[test]
fn a_folder_of_others_is_refused_and_old_pages_are_taken_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |path: &str| folder.path().join(path);
    let write = |paths: &[&str], force| {
        let files: Vec<(&str, &[u8])> = paths.iter().map(|path| (*path, "x".as_bytes())).collect();
        folder::write(folder.path(), &files, force, |_| ())
    };
    std::fs::write(at("own.txt"), "own").expect("a file");
    let refused = write(&["a.md"], false).expect_err("a folder of others");
    assert!(refused.to_string().contains("--force"), "{refused}");
    let written = write(&["a.md", "b/c.md"], true).expect("with force");
    assert_eq!((written.changed, written.same, written.removed), (2, 0, 0));
    let written = write(&["a.md"], false).expect("it is ours now");
    assert_eq!((written.changed, written.same, written.removed), (0, 1, 1));
    assert!(!at("b").exists() && at("own.txt").exists());
    let outside = write(&["../out.md"], false).expect_err("a path that leads out");
    assert!(outside.to_string().contains("does not stay below"), "{outside}");
}

#[test]
fn a_ticket_says_what_to_do() {
    let ticket =
        ticket::write(&SHIPPED.0, "dcv.dns-record-missing", Some("https://docs.example.com/x")).expect("a cause");
    keep("ticket", &ticket);
    assert!(ticket::write(&SHIPPED.0, "no.such", None).is_none());
}
