//! The knowledge base over HTTP: causes, symptoms, signals, facts, guides, the graph.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Deserialize;
use serde_json::Value;

use super::Service;
use super::accept::{Format, wanted};
use super::extract::{Id, Params};
use super::problem::{Kind, Problem};
use super::told::{
    CauseDetail, CauseRow, Causes, Facts, Guide, Guides, Named, Often, SignalDetail, SymptomDetail, SymptomRow,
    Symptoms, Version,
};
use crate::diagnostic::or_did_you_mean;
use crate::engine::Engine;
use crate::graph::picture::Picture;
use crate::report::answer::{Answer, LookAlike, PackAnswer};
use crate::report::why_not::WhyNotAnswer;
use crate::report::{FactAnswer, page};
use crate::rule::model::{self, CauseIx, Knowledge, SignalKind};
use crate::rule::schema::Kind as FileKind;
use crate::rule::words::Words;

/// What an address takes that has no parameters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Which causes are listed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfStage {
    stage: Option<String>,
}

/// The form of an answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InFormat {
    format: Option<String>,
}

/// Which part of the graph, and its form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    cause: Option<String>,
    format: Option<String>,
}

type Of = State<Arc<Service>>;
type Found<T> = Result<Json<T>, Problem>;

/// The cause of this id, also of one that it had once.
pub fn cause(engine: &Engine, id: &str) -> Result<CauseIx, Problem> {
    let knowledge = &engine.knowledge;
    knowledge
        .cause(id)
        .ok_or_else(|| missing("cause", id, knowledge.causes.iter().map(|cause| cause.id.as_str()), "causes"))
}

fn missing<'a>(what: &str, id: &str, known: impl IntoIterator<Item = &'a str>, list: &str) -> Problem {
    let near = or_did_you_mean(id, known);
    let detail = match near.is_empty() {
        true => format!("there is no {what} {id}; GET /api/v1/{list} lists them"),
        false => format!("there is no {what} {id}{near}"),
    };
    Problem::new(Kind::NotFound, detail)
}

/// All causes, or those of a stage.
pub async fn causes(State(service): Of, Params(of): Params<OfStage>) -> Found<Causes> {
    use crate::rule::words::Stage;
    let stage = match &of.stage {
        None => None,
        Some(word) => Some(Stage::from_word(word).ok_or_else(|| {
            let stages: Vec<&str> = Stage::ALL.iter().map(|(word, _)| *word).collect();
            Problem::bad(format!("stage: write one of {}", stages.join(", ")))
        })?),
    };
    let engine = service.engine();
    let wanted = engine.knowledge.causes.iter().filter(|cause| stage.is_none_or(|stage| cause.stage == stage));
    Ok(Json(Causes { causes: wanted.map(cause_row).collect() }))
}

fn cause_row(cause: &model::Cause) -> CauseRow {
    let (stage, prior, status) = (cause.stage.word(), cause.prior.word(), cause.status.word());
    CauseRow { id: cause.id.clone(), title: cause.title.clone(), stage, prior, status }
}

/// Everything about a cause; its article alone as Markdown.
pub async fn cause_detail(
    State(service): Of,
    Id(id): Id,
    Params(form): Params<InFormat>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = wanted(form.format.as_deref(), &headers, &[Format::Json, Format::Markdown])?;
    let engine = service.engine();
    let knowledge = &engine.knowledge;
    let cause = &knowledge.causes[cause(&engine, &id)?];
    let article = page::explain(&engine, &id).unwrap_or_default();
    if format == Format::Markdown {
        return Ok(text(format, article));
    }
    let named =
        |ix: &CauseIx| Named { id: knowledge.causes[*ix].id.clone(), title: knowledge.causes[*ix].title.clone() };
    let signals = cause.rules_out.iter().map(|ix| &knowledge.signals[*ix]);
    let detail = CauseDetail {
        row: cause_row(cause),
        deprecated: cause.deprecated.as_ref().map(ToString::to_string),
        renamed_from: (cause.id != id).then_some(id),
        shows: often(&cause.shows, |ix| (&knowledge.signals[ix].id, &knowledge.signals[ix].title)),
        rules_out: signals.map(|signal| Named { id: signal.id.clone(), title: signal.title.clone() }).collect(),
        symptoms: often(&cause.symptoms, |ix| (&knowledge.symptoms[ix].id, &knowledge.symptoms[ix].title)),
        leads_to: often(&cause.consequences, |ix| (&knowledge.causes[ix].id, &knowledge.causes[ix].title)),
        looks_like: cause
            .looks_like
            .iter()
            .map(|(ix, tell)| {
                let other = &knowledge.causes[*ix];
                LookAlike { id: other.id.clone(), title: other.title.clone(), tell: tell.clone() }
            })
            .collect(),
        related: cause.related.iter().map(named).collect(),
        references: cause.references.clone(),
        fix: page::fix(&engine, cause),
        article,
    };
    Ok(Json(detail).into_response())
}

fn often<'k>(edges: &[(usize, f64)], of: impl Fn(usize) -> (&'k String, &'k String)) -> Vec<Often> {
    let row = |(ix, how): &(usize, f64)| {
        let (id, title) = of(*ix);
        Often { id: id.clone(), title: title.clone(), how: page::how_word(*how) }
    };
    edges.iter().map(row).collect()
}

fn text(format: Format, page: String) -> Response {
    let mut response = page.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    response
}

/// All symptoms.
pub async fn symptoms(State(service): Of, _: Params<Nothing>) -> Json<Symptoms> {
    Json(Symptoms { symptoms: service.engine().knowledge.symptoms.iter().map(symptom_row).collect() })
}

fn symptom_row(symptom: &model::Symptom) -> SymptomRow {
    let (id, title, guides) = (symptom.id.clone(), symptom.title.clone(), symptom.guides.clone());
    SymptomRow { id, title, stage: symptom.stage.word(), guides }
}

/// Everything about a symptom.
pub async fn symptom_detail(State(service): Of, Id(id): Id, _: Params<Nothing>) -> Found<SymptomDetail> {
    let engine = service.engine();
    let knowledge = &engine.knowledge;
    let known = knowledge.symptoms.iter().map(|symptom| symptom.id.as_str());
    let ix = knowledge.symptom(&id).ok_or_else(|| missing("symptom", &id, known, "symptoms"))?;
    let causes = knowledge.causes.iter().filter(|cause| cause.symptoms.iter().any(|(symptom, _)| *symptom == ix));
    Ok(Json(SymptomDetail {
        row: symptom_row(&knowledge.symptoms[ix]),
        causes: causes.map(|cause| Named { id: cause.id.clone(), title: cause.title.clone() }).collect(),
        signals: often(&knowledge.symptoms[ix].shows, |ix| (&knowledge.signals[ix].id, &knowledge.signals[ix].title)),
        article: page::explain(&engine, &id).unwrap_or_default(),
    }))
}

/// Everything about a signal.
pub async fn signal_detail(State(service): Of, Id(id): Id, _: Params<Nothing>) -> Found<SignalDetail> {
    let engine = service.engine();
    let knowledge = &engine.knowledge;
    let known = knowledge.signals.iter().map(|signal| signal.id.as_str());
    let ix = knowledge.signal(&id).ok_or_else(|| missing("signal", &id, known, "search?q=…"))?;
    let signal = &knowledge.signals[ix];
    let ids = |list: &[usize]| list.iter().map(|ix| knowledge.signals[*ix].id.clone()).collect();
    let (kind, all, facts) = match &signal.kind {
        SignalKind::Log(patterns) => ("log", patterns.as_slice(), Vec::new()),
        SignalKind::Fact(condition) => {
            ("fact", [].as_slice(), condition.paths().into_iter().map(str::to_owned).collect())
        }
    };
    let texts = |said: bool| all.iter().filter(|one| one.said == said).map(|one| one.text.clone()).collect();
    let shown_by = knowledge.causes.iter().filter_map(|cause| {
        let (_, how) = cause.shows.iter().find(|(signal, _)| *signal == ix)?;
        Some(Often { id: cause.id.clone(), title: cause.title.clone(), how: page::how_word(*how) })
    });
    Ok(Json(SignalDetail {
        id: signal.id.clone(),
        title: signal.title.clone(),
        kind,
        patterns: texts(false),
        said: texts(true),
        facts,
        leak: signal.leak.word(),
        implies: ids(&signal.implies),
        cleared_by: ids(&signal.cleared_by),
        sources: signal.sources.clone(),
        stage: signal.stage.map(|stage| stage.word()),
        min_level: signal.min_level.map(|level| level.word()),
        proves: signal.proves.map(|stage| stage.word()),
        deprecated: signal.deprecated.as_ref().map(ToString::to_string),
        file: signal.file.clone(),
        shown_by: shown_by.collect(),
    }))
}

/// All facts.
pub async fn facts(State(service): Of, _: Params<Nothing>) -> Json<Facts> {
    Json(Facts { facts: service.engine().knowledge.facts.values().map(FactAnswer::new).collect() })
}

/// The name and the title of every page, its path without the folder of guides.
pub fn pages(knowledge: &Knowledge) -> impl Iterator<Item = (&str, &str, &str)> {
    knowledge.pages.iter().map(|(path, text)| {
        let name = path.trim_end_matches(".md");
        (name.strip_prefix("guides/").unwrap_or(name), page::title(text).unwrap_or(name), path.as_str())
    })
}

/// All guides and other pages.
pub async fn guides(State(service): Of, _: Params<Nothing>) -> Json<Guides> {
    let engine = service.engine();
    let named = |(name, title, _): (&str, &str, &str)| Named { id: name.to_owned(), title: title.to_owned() };
    Json(Guides { guides: pages(&engine.knowledge).map(named).collect() })
}

/// A guide.
pub async fn guide(
    State(service): Of,
    Id(id): Id,
    Params(form): Params<InFormat>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = wanted(form.format.as_deref(), &headers, &[Format::Json, Format::Markdown])?;
    let engine = service.engine();
    let found = pages(&engine.knowledge).find(|(name, ..)| *name == id);
    let known = pages(&engine.knowledge).map(|(name, ..)| name);
    let (name, title, path) = found.ok_or_else(|| missing("guide", &id, known, "guides"))?;
    let article = page::explain(&engine, path).unwrap_or_default();
    if format == Format::Markdown {
        return Ok(text(format, article));
    }
    Ok(Json(Guide { id: name.to_owned(), title: title.to_owned(), article }).into_response())
}

/// The decision graph, or the part around a cause.
pub async fn graph(State(service): Of, Params(part): Params<Part>, headers: HeaderMap) -> Result<Response, Problem> {
    let offered = [Format::Json, Format::Dot, Format::Mermaid, Format::Svg];
    let format = wanted(part.format.as_deref(), &headers, &offered)?;
    let engine = service.engine();
    let picture = match &part.cause {
        None => Picture::whole(&engine.knowledge),
        Some(id) => Picture::around(&engine.knowledge, cause(&engine, id)?),
    };
    let page = match format {
        Format::Dot => picture.dot(),
        Format::Mermaid => picture.mermaid(),
        Format::Svg => picture.svg(),
        _ => return Ok(Json(picture.answer()).into_response()),
    };
    Ok(text(format, page))
}

/// The names of all JSON schemas.
pub async fn schemas(_: Params<Nothing>) -> Json<Value> {
    let files = FileKind::ALL.iter().map(|(word, kind)| serde_json::json!({ "id": word, "title": kind.meaning() }));
    let answers = [
        ("diagnosis", "The answer: certwhy/diagnosis/1."),
        ("why-not", "Why it is not a cause: certwhy/why-not/1."),
        #[cfg(feature = "probe")]
        ("probe", "What `certwhy probe` found: certwhy/probe/1."),
    ];
    let answers = answers.map(|(id, title)| serde_json::json!({ "id": id, "title": title }));
    Json(serde_json::json!({ "schemas": answers.into_iter().chain(files).collect::<Vec<_>>() }))
}

/// A JSON schema.
pub async fn schema(State(service): Of, Id(id): Id, _: Params<Nothing>) -> Result<Response, Problem> {
    let schema = match id.as_str() {
        "diagnosis" => answer_schema::<Answer>(),
        "why-not" => answer_schema::<WhyNotAnswer>(),
        #[cfg(feature = "probe")]
        "probe" => answer_schema::<crate::report::probe::ProbeAnswer>(),
        id => {
            let known = FileKind::ALL.iter().map(|(word, _)| *word).chain(["diagnosis", "why-not"]);
            FileKind::from_word(id)
                .ok_or_else(|| missing("schema", id, known, "schema"))?
                .schema(&service.engine().knowledge)
        }
    };
    let mut response = Json(schema).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/schema+json"));
    Ok(response)
}

fn answer_schema<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>().to_value()
}

/// What answers here.
pub async fn version(State(service): Of, _: Params<Nothing>) -> Json<Version> {
    let engine = service.engine();
    let knowledge = &engine.knowledge;
    let pack = |pack: &model::PackInfo| PackAnswer { name: pack.name.clone(), version: pack.version.clone() };
    Json(Version {
        name: "certwhy",
        version: env!("CARGO_PKG_VERSION"),
        packs: knowledge.packs.iter().map(pack).collect(),
        causes: knowledge.causes.len(),
        symptoms: knowledge.symptoms.len(),
        signals: knowledge.signals.len(),
        facts: knowledge.facts.len(),
    })
}

/// What a kind of problem means.
pub async fn problem(Id(id): Id, _: Params<Nothing>) -> Result<Response, Problem> {
    let meaning = Problem::meaning(&id).ok_or_else(|| {
        let near = or_did_you_mean(&id, Problem::names());
        Problem::new(Kind::NotFound, format!("there is no kind of problem {id}{near}"))
    })?;
    Ok(text(Format::Markdown, meaning))
}
