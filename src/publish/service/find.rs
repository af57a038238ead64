//! `GET /api/v1/search`: by words, an error code or a line of a log.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Service;
use super::extract::Params;
use super::problem::{self, Problem};
use crate::search::{HITS, Hit, Kind, QUERY};

/// What is looked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    q: String,
    kind: Option<Kind>,
    limit: Option<usize>,
}

/// What was found, best first.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Hits {
    hits: Vec<Hit>,
}

/// Finds what is known about a query.
pub async fn search(State(service): State<Arc<Service>>, Params(query): Params<Query>) -> Result<Json<Hits>, Problem> {
    if query.q.trim().is_empty() {
        return Err(Problem::bad("q: write some words, for instance q=caa forbidden, or a line of a log"));
    }
    if query.q.len() > QUERY {
        return Err(Problem::bad(format!("q: at most {} KiB; a log goes to /api/v1/diagnose", QUERY >> 10)));
    }
    let limit = query.limit.unwrap_or(HITS.0);
    if !(1..=HITS.1).contains(&limit) {
        return Err(Problem::bad(format!("limit: from 1 to {}", HITS.1)));
    }
    let known = service.known();
    // The first search reads everything that is known.
    let find = move || known.index().find(&known.engine, &query.q, query.kind.as_slice(), limit);
    let found = tokio::task::spawn_blocking(find).await;
    let hits = found.map_err(|_| Problem::new(problem::Kind::Internal, "the search failed; please report it"))?;
    Ok(Json(Hits { hits }))
}
