//! The page of a cause.

use super::{Kind, Library, Page, cause_path, stage_title};
use crate::remedy::Values;
use crate::report::markdown::inline;
use crate::report::page::{self, Reader, cause_link, how_word};
use crate::rule::model::{Cause, CauseIx};
use crate::rule::words::Status;

/// Signals that the page of a cause lists by themselves; of the rest it tells where they stand.
const LISTED: usize = 25;

/// The pages of all causes, by stage.
pub fn all(library: &Library<'_>) -> Vec<Page> {
    let causes = &library.engine.knowledge.causes;
    let mut order: Vec<CauseIx> = (0..causes.len()).collect();
    order.sort_by_key(|ix| (causes[*ix].stage, *ix));
    order.into_iter().map(|ix| cause(library, ix)).collect()
}

fn cause(library: &Library<'_>, ix: CauseIx) -> Page {
    let engine = library.engine;
    let knowledge = &engine.knowledge;
    let cause = &knowledge.causes[ix];
    let summary = summary(library, cause);
    let mut out = String::new();
    if let Some(why) = &cause.deprecated {
        out.push_str(&format!("> [!WARNING]\n> {}\n\n", inline(&page::deprecation(why))));
    } else if cause.status == Status::Experimental {
        out.push_str("> [!NOTE]\n> This rule is new, and may change.\n\n");
    }
    out.push_str(&format!("{}\n\n{}\n", inline(&summary), particulars(library, cause)));
    let article = page::article(engine, cause);
    let (article, references) = without_references(article.trim());
    out.push_str(&format!("{article}\n"));
    page::what_to_do(&mut out, engine, cause, Reader::Page);
    page::confused_with(&mut out, engine, cause, Reader::Page);
    neighbours(&mut out, library, ix);
    page::see_also(&mut out, engine, cause, Reader::Page);
    signals(&mut out, library, ix);
    read_on(&mut out, cause, references);
    Page {
        path: cause_path(&cause.id),
        kind: Kind::Cause,
        id: cause.id.clone(),
        title: cause.title.clone(),
        summary,
        stage: Some(cause.stage),
        keywords: keywords(library, ix),
        markdown: out,
    }
}

/// The summary of a cause, as if nothing was known of an incident.
pub fn summary(library: &Library<'_>, cause: &Cause) -> String {
    let remedy = &library.engine.remedy;
    remedy.text(&cause.summary, &Values::default()).unwrap_or_else(|_| cause.summary.clone())
}

/// Where the cause belongs, in a line or two.
fn particulars(library: &Library<'_>, cause: &Cause) -> String {
    let stage = cause.stage;
    let mut out = format!("- **Stage:** [{}](page:stages#{stage}); {} cause\n", stage_title(stage), cause.prior);
    let symptoms = cause.symptoms.iter().map(|(ix, how)| {
        let symptom = &library.engine.knowledge.symptoms[*ix];
        format!("[{}](page:symptoms/{}) ({})", inline(&symptom.title), symptom.id, how_word(*how))
    });
    let symptoms: Vec<String> = symptoms.collect();
    if !symptoms.is_empty() {
        out.push_str(&format!("- **What people report:** {}\n", symptoms.join("; ")));
    }
    out.push_str(&format!("- **Name:** `{}`\n", cause.id));
    out
}

/// What brings the cause about, and what it leads to.
fn neighbours(out: &mut String, library: &Library<'_>, ix: CauseIx) {
    let causes = &library.engine.knowledge.causes;
    let leads_here = |cause: &&Cause| cause.consequences.iter().find(|(to, _)| *to == ix).map(|(_, how)| *how);
    let before: Vec<String> = causes
        .iter()
        .filter_map(|cause| leads_here(&cause).map(|how| format!("- {} ({})\n", cause_link(cause), how_word(how))))
        .collect();
    if !before.is_empty() {
        out.push_str(&format!("\n## What brings it about\n\n{}", before.concat()));
    }
    let after = causes[ix].consequences.iter();
    let after: Vec<String> =
        after.map(|(to, how)| format!("- {} ({})\n", cause_link(&causes[*to]), how_word(*how))).collect();
    if !after.is_empty() {
        out.push_str(&format!("\n## What it leads to\n\n{}", after.concat()));
    }
}

/// What the cause makes visible, the most telling first.
fn signals(out: &mut String, library: &Library<'_>, ix: CauseIx) {
    let knowledge = &library.engine.knowledge;
    let mut shows = knowledge.causes[ix].shows.clone();
    if shows.is_empty() {
        return;
    }
    shows.sort_by(|(a, how_a), (b, how_b)| {
        how_b.total_cmp(how_a).then(knowledge.signals[*a].leak.cmp(&knowledge.signals[*b].leak)).then(a.cmp(b))
    });
    out.push_str("\n## Signals\n\nWhat shows that it is this cause, and how often it does.\n\n");
    let (listed, rest) = shows.split_at(shows.len().min(if shows.len() <= LISTED + 5 { shows.len() } else { LISTED }));
    for (signal, how) in listed {
        let signal = &knowledge.signals[*signal];
        let title = match library.texts.place(&signal.id) {
            Some(place) => format!("[{}]({})", inline(&signal.title), place.neutral()),
            None => inline(&signal.title),
        };
        let why = signal.deprecated.as_ref().map_or(String::new(), |why| format!(", {}", inline(&why.to_string())));
        out.push_str(&format!("- {title} ({}{why})\n", how_word(*how)));
    }
    let mut files: Vec<(&str, usize)> = Vec::new();
    for (signal, _) in rest {
        let Some(file) = library.texts.file_of(&knowledge.signals[*signal].id) else { continue };
        match files.iter_mut().find(|(name, _)| *name == file) {
            Some((_, n)) => *n += 1,
            None => files.push((file, 1)),
        }
    }
    if files.is_empty() {
        return;
    }
    files.sort();
    out.push_str(&format!("\nAnd {} more, in the index of error texts:\n\n", rest.len()));
    for (file, n) in files {
        let title = library.texts.title(file);
        out.push_str(&format!("- [{}](page:signals/{file}): {n}\n", inline(title)));
    }
}

/// The article without its last section of references, and that section.
fn without_references(article: &str) -> (&str, &str) {
    let heading = "## References\n";
    match article.rfind(heading) {
        Some(at) if !article[at + heading.len()..].contains("\n## ") => {
            (article[..at].trim_end(), &article[at + heading.len()..])
        }
        _ => (article, ""),
    }
}

/// Where to read on: what the article says, and then what the rule says beside it.
fn read_on(out: &mut String, cause: &Cause, references: &str) {
    let more: Vec<String> = cause
        .references
        .iter()
        .filter(|url| !references.contains(url.as_str()))
        .map(|url| format!("- <{url}>\n"))
        .collect();
    if !references.trim().is_empty() || !more.is_empty() {
        let references = references.trim();
        let line_end = if references.is_empty() { "" } else { "\n" };
        out.push_str(&format!("\n## References\n\n{references}{line_end}{}", more.concat()));
    }
}

/// What people look for who have this cause: its ids, and the codes in the texts that show it.
fn keywords(library: &Library<'_>, ix: CauseIx) -> Vec<String> {
    const MOST: usize = 60;
    let knowledge = &library.engine.knowledge;
    let cause = &knowledge.causes[ix];
    let mut words = vec![cause.id.clone()];
    words.extend(knowledge.renamed.iter().filter(|(_, new)| **new == cause.id).map(|(old, _)| old.clone()));
    for (signal, _) in &cause.shows {
        for code in library.texts.codes(&knowledge.signals[*signal].id) {
            if !words.contains(code) && words.len() < MOST {
                words.push(code.clone());
            }
        }
    }
    words
}
