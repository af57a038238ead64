//! The routes, each with what describes it: one list makes the router and the OpenAPI document, so that they cannot differ.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use serde_json::{Value, json};
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tower_http::cors::CorsLayer;
use tower_http::decompression::RequestDecompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use super::accept::Format;
use super::openapi::{Document, Operation};
use super::problem::{Kind, Problem};
use super::settings::{DIAGNOSIS, SETTINGS, WHY_NOT};
use super::upload::Handed;
use super::work::Line;
use super::{Service, diagnose, find, lookup, metrics, page, told, watch};
use crate::report::Answer;
use crate::report::why_not::WhyNotAnswer;
use crate::rule::words::{Stage, Words};
use crate::search::{self, HITS};

type Routes = Router<Arc<Service>>;

/// Routes and their document while they are put together.
#[derive(Default)]
struct Api {
    routes: Routes,
    document: Document,
}

impl Api {
    fn get(self, path: &str, route: MethodRouter<Arc<Service>>, describe: impl FnOnce(Operation) -> Operation) -> Self {
        self.add("get", path, route, describe)
    }

    fn post(
        self,
        path: &str,
        route: MethodRouter<Arc<Service>>,
        describe: impl FnOnce(Operation) -> Operation,
    ) -> Self {
        self.add("post", path, route, describe)
    }

    fn add(
        mut self,
        method: &str,
        path: &str,
        route: MethodRouter<Arc<Service>>,
        describe: impl FnOnce(Operation) -> Operation,
    ) -> Self {
        self.document.add(method, path, describe);
        self.routes = self.routes.route(path, route);
        self
    }
}

/// Statuses of what takes a body.
const OF_BODIES: &[u16] = &[400, 406, 408, 413, 415, 422, 429, 503];

fn diagnosis(api: Api) -> Api {
    api.post("/api/v1/diagnose", post(diagnose::diagnose), |op| {
        settings(op.named("diagnose", "diagnosis", "Find the likely causes of a failure"), DIAGNOSIS)
            .described("Hand in logs, status documents and archives of them: one as the body itself, several in a form, or texts in JSON. The answer is the contract certwhy/diagnosis/1. With `format=ndjson` it comes line by line while the body is read.")
            .json::<Answer>()
            .text(&[Format::Text.media_type(), Format::Markdown.media_type()])
            .lines()
            .problems(OF_BODIES)
    })
    .post("/api/v1/why-not/{cause}", post(diagnose::why_not), |op| {
        settings(op.named("whyNot", "diagnosis", "Say why a cause is not the answer"), WHY_NOT)
            .described("What is missing, what speaks against it, and what is more likely: the contract certwhy/why-not/1. The same inputs as for a diagnosis.")
            .json::<WhyNotAnswer>()
            .text(&[Format::Text.media_type()])
            .problems(OF_BODIES)
            .problems(&[404])
    })
}

fn settings<'d>(mut op: Operation<'d>, formats: &[Format]) -> Operation<'d> {
    let others = || SETTINGS.iter().filter(|setting| setting.name != "format");
    for setting in others() {
        op = op.query(setting.name, (setting.schema)(), setting.meaning);
    }
    op = op.formats(formats);
    let handed = op.read_schema::<Handed>();
    let mut form = json!({ "file": { "description": "A log, a status document, or an archive of them. May be repeated.", "type": "array", "items": { "type": "string", "contentMediaType": "application/octet-stream" } } });
    for setting in others() {
        let mut schema = (setting.schema)();
        schema["description"] = setting.meaning.into();
        form[setting.name] = schema;
    }
    let mut content = json!({
        "application/json": { "schema": handed },
        "multipart/form-data": { "schema": { "type": "object", "properties": form } },
        "text/plain": { "schema": { "type": "string" } },
    });
    // The others are as good; these say enough.
    for media_type in ["application/octet-stream", "application/gzip", "application/zip"] {
        content[media_type] = json!({});
    }
    op.takes(content)
}

impl Operation<'_> {
    fn lines(mut self) -> Self {
        let mut line = self.schema::<Line>();
        line["description"] = "What one line holds.".into();
        self.answers(Format::Ndjson.media_type(), line)
    }
}

fn knowledge(api: Api) -> Api {
    let stages = || Stage::ALL.iter().map(|(word, _)| *word).collect::<Vec<_>>();
    let with_article = [Format::Json, Format::Markdown];
    let pictures = [Format::Json, Format::Dot, Format::Mermaid, Format::Svg];
    api.get("/api/v1/causes", get(lookup::causes), |op| {
        op.named("causes", "knowledge", "All causes")
            .query("stage", json!({ "type": "string", "enum": stages() }), "Only those of this stage.")
            .json::<told::Causes>()
            .problems(&[400])
    })
    .get("/api/v1/causes/{cause}", get(lookup::cause_detail), move |op| {
        op.named("cause", "knowledge", "Everything about a cause")
            .formats(&with_article)
            .json::<told::CauseDetail>()
            .text(&[Format::Markdown.media_type()])
            .problems(&[400, 404, 406])
    })
    .get("/api/v1/symptoms", get(lookup::symptoms), |op| {
        op.named("symptoms", "knowledge", "All symptoms").json::<told::Symptoms>().problems(&[400])
    })
    .get("/api/v1/symptoms/{id}", get(lookup::symptom_detail), |op| {
        op.named("symptom", "knowledge", "Everything about a symptom")
            .json::<told::SymptomDetail>()
            .problems(&[400, 404])
    })
    .get("/api/v1/signals/{id}", get(lookup::signal_detail), |op| {
        op.named("signal", "knowledge", "Everything about a signal").json::<told::SignalDetail>().problems(&[400, 404])
    })
    .get("/api/v1/facts", get(lookup::facts), |op| {
        op.named("facts", "knowledge", "All facts that can be handed in").json::<told::Facts>().problems(&[400])
    })
    .get("/api/v1/guides", get(lookup::guides), |op| {
        op.named("guides", "knowledge", "All guides and other pages").json::<told::Guides>().problems(&[400])
    })
    // Names of other pages have a folder.
    .get("/api/v1/guides/{*name}", get(lookup::guide), move |op| {
        op.named("guide", "knowledge", "A guide or another page")
            .formats(&with_article)
            .json::<told::Guide>()
            .text(&[Format::Markdown.media_type()])
            .problems(&[400, 404, 406])
    })
    .get("/api/v1/graph", get(lookup::graph), move |op| {
        op.named("graph", "knowledge", "The decision graph, or the part around a cause")
            .query("cause", json!({ "type": "string" }), "Only this cause: what brings it about, and what it shows.")
            .formats(&pictures)
            .json::<crate::graph::picture::GraphAnswer>()
            .text(&[Format::Dot.media_type(), Format::Mermaid.media_type(), Format::Svg.media_type()])
            .problems(&[400, 404, 406])
    })
    .get("/api/v1/search", get(find::search), |op| {
        op.named("search", "knowledge", "Find causes, symptoms, guides, facts and signals")
            .must(
                "q",
                json!({ "type": "string", "pattern": "\\S", "examples": ["caa"] }),
                "Words, an error code, or a line of a log.",
            )
            .query("kind", json!({ "type": "string", "enum": search::Kind::ALL }), "Only what is of this kind.")
            .query(
                "limit",
                json!({ "type": "integer", "minimum": 1, "maximum": HITS.1, "default": HITS.0 }),
                "How many.",
            )
            .json::<find::Hits>()
            .problems(&[400])
    })
    .get("/api/v1/schema", get(lookup::schemas), |op| {
        op.named("schemas", "knowledge", "The names of the JSON schemas")
            .answers("application/json", json!({ "type": "object" }))
            .problems(&[400])
    })
    .get("/api/v1/schema/{id}", get(lookup::schema), |op| {
        op.named("schema", "knowledge", "The JSON schema of an answer or of a kind of rule files")
            .answers("application/schema+json", json!({ "type": "object" }))
            .problems(&[400, 404])
    })
    .get("/api/v1/problems/{id}", get(lookup::problem), |op| {
        op.named("problem", "service", "What a kind of problem means")
            .text(&[Format::Markdown.media_type()])
            .problems(&[400, 404])
    })
    .get("/api/v1/version", get(lookup::version), |op| {
        op.named("version", "service", "What answers here").json::<told::Version>().problems(&[400])
    })
    .get("/api/v1/openapi.json", get(openapi), |op| {
        op.named("openapi", "service", "This document").answers("application/json", json!({ "type": "object" }))
    })
}

fn service(api: Api) -> Api {
    api.get("/healthz", get(|| async { "ok\n" }), |op| {
        op.named("healthz", "service", "Whether the process lives").text(&["text/plain"])
    })
    .get("/readyz", get(readyz), |op| {
        op.named("readyz", "service", "Whether it takes requests").text(&["text/plain"]).problems(&[503])
    })
    .get("/metrics", get(figures), |op| {
        op.named("metrics", "service", "Figures for Prometheus").text(&["application/openmetrics-text"])
    })
}

/// The document that describes the service.
pub fn document() -> Value {
    service(knowledge(diagnosis(Api::default()))).document.write()
}

async fn openapi() -> Response {
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| format!("{:#}\n", document()));
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response()
}

async fn readyz(State(service): State<Arc<Service>>) -> Result<&'static str, Problem> {
    match service.is_ready() {
        true => Ok("ready\n"),
        false => Err(Problem::new(Kind::Busy, "the service is about to end").retry_after(5)),
    }
}

async fn figures(State(service): State<Arc<Service>>) -> Response {
    ([(header::CONTENT_TYPE, metrics::MEDIA_TYPE)], service.metrics.text()).into_response()
}

/// All routes, with what goes around them.
pub fn router(shared: Arc<Service>) -> Router {
    let cached = SetResponseHeaderLayer::if_not_present(
        header::CACHE_CONTROL,
        // Rules may be read anew.
        HeaderValue::from_static("public, max-age=60"),
    );
    let bodies = diagnosis(Api::default()).routes.layer(DefaultBodyLimit::disable()).layer(
        // What it does not know it leaves to the handler, which says so.
        RequestDecompressionLayer::new().pass_through_unaccepted(true),
    );
    let pages = Router::new().route("/", get(page::index)).route("/{file}", get(page::file));
    let routes = bodies.merge(knowledge(Api::default()).routes.layer(cached)).merge(service(Api::default()).routes);
    let mut routes = routes.merge(pages).fallback(watch::nowhere).method_not_allowed_fallback(watch::no_method);
    // Lines that come bit by bit must not wait until there is enough of them to be compressed.
    let worthwhile = SizeAbove::new(1024).and(NotForContentType::const_new("application/x-ndjson"));
    routes = routes.layer(CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(worthwhile));
    if !shared.config.allow_origin.is_empty() {
        routes = routes.layer(cors(&shared.config.allow_origin));
    }
    routes.layer(from_fn_with_state(shared.clone(), watch::watch)).with_state(shared)
}

fn cors(origins: &[HeaderValue]) -> CorsLayer {
    let request_id = HeaderName::from_static("x-request-id");
    CorsLayer::new()
        .allow_origin(origins.to_vec())
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::CONTENT_TYPE, header::CONTENT_ENCODING, header::ACCEPT, request_id.clone()])
        .expose_headers([request_id, header::RETRY_AFTER])
        .max_age(Duration::from_secs(600))
}
