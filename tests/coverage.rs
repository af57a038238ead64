//! `knowledge/COVERAGE.md` says where each statement of the product's troubleshooting guide is carried; nothing of it
//! may be unmapped, and nothing that it points at may be gone. Links between pages are held to the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use certwhy::rule::Knowledge;
use certwhy::{Engine, Pack};

/// Sections of the guide and how many statements each has, counted in the guide.
const GUIDE: [(&str, usize); 14] = [
    ("Introduction", 3),
    ("Common Automation Symptoms", 6),
    ("Step 1: Verify Provisioning Bot Status", 8),
    ("Step 2: Check CA Connector Health", 8),
    ("Step 3: Review CSR and Template Configuration", 6),
    ("Step 4: Validate DCV (Domain Control Validation)", 6),
    ("Step 5: Check Deployment Configuration", 7),
    ("Step 6: Review Provisioning Logs", 9),
    ("Step 7: Confirm Renewal Schedule", 6),
    ("Step 8: Retry Operation", 5),
    ("When to Escalate", 7),
    ("Best Practices", 5),
    ("Issue Example 1: renewed, not updated on the server", 17),
    ("Issue Example 2: stuck in Deployment Pending", 18),
];

fn text(pack: &Pack, path: &str) -> String {
    pack.files.get(path).unwrap_or_else(|| panic!("{path} is gone")).text.clone()
}

#[test]
fn every_statement_of_the_guide_is_carried_by_something_that_exists() {
    let pack = Pack::embedded().from_text();
    let knowledge = Engine::new(&pack).expect("the embedded rules").knowledge;
    let map = text(&pack, "knowledge/COVERAGE.md");
    let mut wrong = Vec::new();
    for (section, count) in GUIDE {
        let heading = format!("\n## {section} ({count} entries)\n");
        let Some((_, after)) = map.split_once(&heading) else {
            wrong.push(format!("no section `{}`", heading.trim()));
            continue;
        };
        let body = after.split("\n## ").next().unwrap_or(after);
        let rows: Vec<Vec<&str>> = body
            .lines()
            .filter(|line| line.starts_with("| ") && !line.starts_with("| Section |"))
            .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
            .collect();
        if rows.len() != count {
            wrong.push(format!("{section}: {} of {count} statements are mapped", rows.len()));
        }
        let labels: BTreeSet<&str> = rows.iter().map(|row| row[0]).collect();
        if labels.len() != rows.len() {
            wrong.push(format!("{section}: a statement is mapped twice"));
        }
        for row in rows {
            let targets: Vec<&str> = row[2].split('`').skip(1).step_by(2).collect();
            if targets.is_empty() {
                wrong.push(format!("{}: carried by nothing", row[0]));
            }
            for target in targets.iter().filter(|target| !exists(&pack, &knowledge, target)) {
                wrong.push(format!("{}: `{target}` is gone", row[0]));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn exists(pack: &Pack, knowledge: &Knowledge, target: &str) -> bool {
    match target.split_once(':') {
        Some(("symptom", id)) => knowledge.symptom(id).is_some(),
        Some(("fact", path)) => knowledge.facts.contains_key(path),
        Some(("cause", id)) => knowledge.cause(id).is_some(),
        Some(("signal", id)) => knowledge.signal(id).is_some(),
        Some(("practice", id)) => knowledge.practice(id).is_some(),
        Some(("page", page)) => {
            let (path, heading) = page.split_once('#').unwrap_or((page, ""));
            pack.files
                .get(&format!("knowledge/{path}"))
                .is_some_and(|file| heading.is_empty() || anchors(&file.text).contains(heading))
        }
        _ => false,
    }
}

/// Anchors of headings, as the usual renderers make them.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let kept = line.trim_start_matches('#').trim().to_lowercase();
            kept.chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .collect::<String>()
                .replace(' ', "-")
        })
        .collect()
}

#[test]
fn links_between_pages_lead_somewhere() {
    let pack = Pack::embedded().from_text();
    let mut pages: BTreeMap<String, String> =
        pack.files.iter().map(|(path, file)| (path.clone(), file.text.clone())).collect();
    let mut folders = vec!["docs".to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the documentation") {
            let path = format!("{folder}/{}", entry.expect("an entry").file_name().to_string_lossy());
            match Path::new(&path).is_dir() {
                true => folders.push(path),
                false => _ = pages.insert(path.clone(), fs::read_to_string(&path).expect("a page")),
            }
        }
    }
    pages.insert("README.md".to_owned(), fs::read_to_string("README.md").expect("the page"));
    let mut links = 0;
    let mut wrong = Vec::new();
    for (path, text) in pages.iter().filter(|(path, _)| path.ends_with(".md")) {
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") || link.starts_with('#') {
                continue;
            }
            links += 1;
            let (page, heading) = link.split_once('#').unwrap_or((link, ""));
            let mut parts: Vec<&str> = path.split('/').collect();
            parts.pop();
            for step in page.split('/') {
                match step {
                    ".." => _ = parts.pop(),
                    "." => {}
                    step => parts.push(step),
                }
            }
            let target = parts.join("/");
            let leads = match pages.get(&target) {
                Some(text) => heading.is_empty() || anchors(text).contains(heading),
                // A folder, or a file of the source.
                None => heading.is_empty() && Path::new(&target).exists(),
            };
            if !leads {
                wrong.push(format!("{path}: {link}"));
            }
        }
    }
    assert!(links > 100, "only {links} links were found");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Guides name facts and causes in code marks; each of them must exist.
#[test]
fn ids_that_the_pages_name_are_known() {
    let pack = Pack::embedded().from_text();
    let knowledge = Engine::new(&pack).expect("the embedded rules").knowledge;
    let stages: BTreeSet<&str> = knowledge.causes.iter().filter_map(|c| c.id.split('.').next()).collect();
    let areas: BTreeSet<&str> = knowledge.facts.keys().filter_map(|path| path.split('.').next()).collect();
    let mut wrong = Vec::new();
    for (path, file) in pack.files.iter().filter(|(path, _)| path.starts_with("knowledge/") && path.ends_with(".md")) {
        for word in file.text.split('`').skip(1).step_by(2) {
            let id = word.split(['=', ' ']).next().unwrap_or(word);
            let Some((area, name)) = id.split_once('.') else { continue };
            let like_an_id = name.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '-' | '_')) && !name.is_empty();
            if !like_an_id || !(stages.contains(area) || areas.contains(area)) {
                continue;
            }
            let file_name = ["yaml", "yml", "md", "log", "txt", "pem", "crt", "key", "csr", "conf"].contains(&name);
            if !file_name && knowledge.cause(id).is_none() && !knowledge.facts.contains_key(id) {
                wrong.push(format!("{path}: `{id}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
