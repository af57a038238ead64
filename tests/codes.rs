//! Every code has a page, and the examples of the page do what it says.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use certwhy::lint::{self, codes};
use certwhy::{Pack, diagnostic::Severity};

/// The fenced blocks of a section whose info string names a file.
fn files(page: &str, section: &str) -> Vec<(String, String)> {
    let Some((_, rest)) = page.split_once(&format!("\n## {section}\n")) else { return Vec::new() };
    let section = rest.split_once("\n## ").map_or(rest, |(section, _)| section);
    let mut blocks = section.split("```");
    blocks.next();
    let mut out = Vec::new();
    while let (Some(block), Some(_)) = (blocks.next(), blocks.next()) {
        let (info, text) = block.split_once('\n').expect("an info string");
        let (_, path) = info.split_once(' ').expect("the path of the file behind the language");
        out.push((path.to_owned(), text.to_owned()));
    }
    out
}

fn check(files: &[(String, String)]) -> certwhy::diagnostic::Diagnostics {
    let mut pack = Pack::default();
    pack.overlay(Path::new("tests/packs/mini")).expect("the small pack");
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    pack.overlay(folder.path()).expect("a readable folder");
    lint::check(&pack).diagnostics
}

#[test]
fn examples_do_what_their_page_says() {
    let mut tried = 0;
    for (code, title) in codes::all() {
        let page = codes::page(code).expect("listed");
        assert!(!title.is_empty() && page.starts_with(&format!("# {code}: ")), "{code}");
        let (wrong, right) = (files(page, "Wrong"), files(page, "Right"));
        if wrong.is_empty() {
            // What only incidents tell has no example.
            assert!(page.contains("--incidents"), "{code} has no example");
            continue;
        }
        tried += 1;
        let found = check(&wrong);
        assert!(found.0.iter().any(|d| d.code == code), "{code} is not found in its example:\n{found}");
        let found = check(&right);
        assert!(found.0.iter().all(|d| d.code != code && d.severity != Severity::Error), "{code}, right:\n{found}");
    }
    assert!(tried > 20);
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let pages: BTreeSet<String> = codes::all().into_iter().map(|(code, _)| code.to_owned()).collect();
    let mut used = BTreeSet::new();
    for folder in ["src", "src/rule", "src/lint"] {
        for file in fs::read_dir(folder).expect("a folder of the source").map(|entry| entry.expect("an entry").path()) {
            if file.is_file() {
                let text = fs::read_to_string(&file).unwrap_or_default();
                let quoted = text.split('"').filter(|word| word.len() == 5 && word.starts_with(['E', 'W']));
                used.extend(quoted.filter(|word| word[1..].bytes().all(|b| b.is_ascii_digit())).map(str::to_owned));
            }
        }
    }
    assert_eq!(used, pages);
}

#[test]
fn the_index_lists_every_page() {
    let index = fs::read_to_string("docs/authoring/codes.md").expect("the index");
    let rows: Vec<&str> = index.lines().filter(|line| line.starts_with("| [")).collect();
    let expected: Vec<String> =
        codes::all().into_iter().map(|(code, title)| format!("| [{code}](codes/{code}.md) | {title} |")).collect();
    assert_eq!(rows, expected);
}
