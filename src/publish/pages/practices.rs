//! The pages of the practices: what should be so before anything fails.

use super::{Kind, Library, Page};
use crate::report::markdown::inline;
use crate::report::page::Reader;
use crate::report::practice;
use crate::rule::model::Practice;
use crate::rule::words::{Severity, Words};

/// The list of all practices, and a page for each; none where the rules hold none.
pub fn all(library: &Library<'_>) -> Vec<Page> {
    let practices = &library.engine.knowledge.practices;
    if practices.is_empty() {
        return Vec::new();
    }
    let mut pages = vec![list(library)];
    pages.extend(practices.iter().map(|practice| one(library, practice)));
    pages
}

/// Path of the page of a practice.
pub fn path(practice: &Practice) -> String {
    format!("practices/{}", &practice.id[Practice::PREFIX.len()..])
}

fn list(library: &Library<'_>) -> Page {
    let mut out = String::from(
        "What should be so before anything fails. `certwhy audit` holds it against the facts of a snapshot:\n\n\
         ```sh\ncertwhy audit snapshot.json facts.yaml\n```\n",
    );
    for (word, severity) in Severity::ALL {
        let practices = library.engine.knowledge.practices.iter().filter(|practice| practice.severity == *severity);
        let rows: Vec<String> =
            practices.map(|p| format!("- [{}](page:{}): {}\n", inline(&p.title), path(p), inline(&p.why))).collect();
        if !rows.is_empty() {
            let (first, rest) = word.split_at(1);
            let meaning = severity.meaning();
            out.push_str(&format!("\n## {}{rest} {{#{word}}}\n\n{meaning}\n\n{}", first.to_uppercase(), rows.concat()));
        }
    }
    let summary = "Best practices of certificate automation, why they matter, and how to see that one is not kept.";
    Page::of_its_own("practices", Kind::Practice, "Audit: practices", summary, out)
}

fn one(library: &Library<'_>, practice: &Practice) -> Page {
    Page {
        path: path(practice),
        kind: Kind::Practice,
        id: practice.id.clone(),
        title: practice.title.clone(),
        summary: practice.why.clone(),
        stage: None,
        keywords: vec![practice.id.clone()],
        markdown: practice::page(library.engine, practice, Reader::Page),
    }
}
