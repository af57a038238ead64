//! The pages of the symptoms: what people report, and what is behind it.

use super::{Kind, Library, Page, stage_title};
use crate::report::markdown::inline;
use crate::report::page::{cause_link, how_word};
use crate::rule::model::{Cause, Symptom, SymptomIx};

/// The list of all symptoms, and a page for each.
pub fn all(library: &Library<'_>) -> Vec<Page> {
    let symptoms = &library.engine.knowledge.symptoms;
    if symptoms.is_empty() {
        return Vec::new();
    }
    let mut pages = vec![list(library)];
    pages.extend((0..symptoms.len()).map(|ix| symptom(library, ix)));
    pages
}

fn list(library: &Library<'_>) -> Page {
    let mut out = String::from("Begin with what you see. Each page ranks the causes behind it.\n\n");
    for (ix, symptom) in library.engine.knowledge.symptoms.iter().enumerate() {
        let title = inline(&symptom.title);
        let first: Vec<String> = causes(library, ix).iter().take(3).map(|(cause, _)| inline(&cause.title)).collect();
        let causes = if first.is_empty() { String::new() } else { format!(": {}, …", first.join(", ")) };
        out.push_str(&format!("- [{title}](page:symptoms/{}){causes}\n", symptom.id));
    }
    Page::of_its_own(
        "symptoms",
        Kind::Symptom,
        "Symptoms",
        "What people report when certificate automation fails, and where to begin.",
        out,
    )
}

/// Causes of a symptom, the likeliest first: how often each is the cause, times how often it shows the symptom.
pub fn causes<'e>(library: &Library<'e>, symptom: SymptomIx) -> Vec<(&'e Cause, f64)> {
    let leads = |cause: &'e Cause| {
        let (_, how) = cause.symptoms.iter().find(|(ix, _)| *ix == symptom)?;
        Some((cause, *how))
    };
    let mut causes: Vec<(&Cause, f64)> = library.engine.knowledge.causes.iter().filter_map(leads).collect();
    causes.sort_by(|(a, how_a), (b, how_b)| (b.prior.number() * how_b).total_cmp(&(a.prior.number() * how_a)));
    causes
}

fn symptom(library: &Library<'_>, ix: SymptomIx) -> Page {
    let knowledge = &library.engine.knowledge;
    let symptom: &Symptom = &knowledge.symptoms[ix];
    let causes = causes(library, ix);
    let stage = symptom.stage;
    let mut out =
        format!("Seen at the stage [{}](page:stages#{stage}). Its name is `{}`.\n", stage_title(stage), symptom.id);
    out.push_str("\n## Causes\n\n");
    if causes.is_empty() {
        out.push_str("No rule leads here yet.\n");
    } else {
        out.push_str("The likeliest first, as long as nothing else is known.\n\n");
    }
    for (n, (cause, how)) in causes.iter().enumerate() {
        let summary = inline(&super::causes::summary(library, cause));
        out.push_str(&format!("{}. {} ({}, shows it {})  \n", n + 1, cause_link(cause), cause.prior, how_word(*how)));
        out.push_str(&format!("{}{summary}\n", " ".repeat(format!("{}. ", n + 1).len())));
    }
    if !symptom.shows.is_empty() {
        out.push_str("\n## How certwhy sees it\n\n");
        for (signal, how) in &symptom.shows {
            let signal = &knowledge.signals[*signal];
            out.push_str(&format!("- {} ({})\n", inline(&signal.title), how_word(*how)));
        }
    }
    if !symptom.guides.is_empty() {
        out.push_str("\n## How to check\n\n");
        for guide in &symptom.guides {
            let path = format!("guides/{guide}.md");
            match library.articles.get(&path) {
                Some(page) => {
                    out.push_str(&format!("- [{}](page:{page})\n", inline(&super::articles::title_of(library, &path))))
                }
                None => out.push_str(&format!("- {}\n", inline(guide))),
            }
        }
    }
    let named: Vec<&str> = causes.iter().take(2).map(|(cause, _)| cause.title.as_str()).collect();
    let summary = match named.as_slice() {
        [] => format!("{}: how to check.", symptom.title),
        named => format!("{}: {} known causes, first of all: {}.", symptom.title, causes.len(), named.join("; ")),
    };
    Page {
        path: format!("symptoms/{}", symptom.id),
        kind: Kind::Symptom,
        id: symptom.id.clone(),
        title: symptom.title.clone(),
        summary,
        stage: Some(symptom.stage),
        keywords: vec![symptom.id.clone()],
        markdown: out,
    }
}
