//! `GET /api/v1/search`: by words of ids and titles.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Service;
use super::extract::Params;
use super::lookup;
use super::problem::Problem;
use crate::rule::model::Knowledge;

/// What is found at most.
const MOST: usize = 50;

/// What is looked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    q: String,
}

/// Something that was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Hit {
    /// `cause`, `symptom`, `signal`, `fact` or `guide`.
    kind: &'static str,
    /// Its id.
    id: String,
    /// What it is.
    title: String,
}

/// What was found, best first.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Hits {
    hits: Vec<Hit>,
}

/// Finds what holds all words that are asked for.
pub async fn search(State(service): State<Arc<Service>>, Params(query): Params<Query>) -> Result<Json<Hits>, Problem> {
    let words: Vec<String> = query.q.split_whitespace().take(12).map(str::to_lowercase).collect();
    if words.is_empty() {
        return Err(Problem::bad("q: write some words, for instance q=caa forbidden"));
    }
    Ok(Json(Hits { hits: find(&service.engine().knowledge, &words) }))
}

fn find(knowledge: &Knowledge, words: &[String]) -> Vec<Hit> {
    let causes = knowledge.causes.iter().map(|it| ("cause", it.id.as_str(), it.title.as_str()));
    let symptoms = knowledge.symptoms.iter().map(|it| ("symptom", it.id.as_str(), it.title.as_str()));
    let guides = lookup::pages(knowledge).map(|(name, title, _)| ("guide", name, title));
    let facts = knowledge.facts.values().map(|it| ("fact", it.path.as_str(), it.meaning.as_str()));
    let signals = knowledge.signals.iter().map(|it| ("signal", it.id.as_str(), it.title.as_str()));
    let all = causes.chain(symptoms).chain(guides).chain(facts).chain(signals);
    let mut found: Vec<(usize, Hit)> = all
        .enumerate()
        .filter_map(|(order, (kind, id, title))| {
            let text = format!("{id} {title}").to_lowercase();
            let fits = |word: &String| {
                let at = text.find(word.as_str())?;
                // The beginning of a word is worth more than its middle.
                let begins = at == 0 || !text[..at].ends_with(char::is_alphanumeric);
                Some(if begins { 0 } else { 1 })
            };
            let worse = words.iter().map(fits).sum::<Option<usize>>()?;
            Some((worse * 1_000_000 + order, Hit { kind, id: id.to_owned(), title: title.to_owned() }))
        })
        .collect();
    found.sort_by_key(|(order, _)| *order);
    found.into_iter().take(MOST).map(|(_, hit)| hit).collect()
}
