//! What is made for browsers: the page to drop logs on, and the place of the knowledge base.
//!
//! Only files that are part of the program are served; no path of a request is ever opened.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use include_dir::{Dir, include_dir};

use super::Service;
use super::problem::{Kind, Problem};
use crate::engine::Engine;

static PAGE: Dir = include_dir!("$CARGO_MANIFEST_DIR/src/publish/web");

/// Stands in where the page is not part of the program.
const PLAIN: &str = include_str!("index.html");

/// What a page may do: load what comes from here, and send there. Nothing stands inline.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Makes the page of the knowledge base that a path names, with its media type.
pub type Site = fn(&Engine, &str) -> Option<(&'static str, Vec<u8>)>;

/// The page.
pub async fn index() -> Response {
    let page = PAGE.get_file("index.html").map_or(PLAIN.as_bytes(), |file| file.contents());
    dressed("text/html; charset=utf-8", page)
}

/// A file of the page.
pub async fn file(Path(path): Path<String>) -> Result<Response, Problem> {
    let found = media_type(&path).zip(PAGE.get_file(&path));
    let (media_type, file) = found.ok_or_else(|| Problem::new(Kind::NotFound, "nothing is here; the page is at /"))?;
    Ok(dressed(media_type, file.contents()))
}

/// A page of the knowledge base.
pub async fn knowledge(State(service): State<Arc<Service>>, path: Option<Path<String>>) -> Result<Response, Problem> {
    let path = path.map(|Path(path)| path).unwrap_or_default();
    let page = service.config.site.and_then(|site| site(&service.engine(), &path));
    let (media_type, page) = page.ok_or_else(|| {
        Problem::new(Kind::NotFound, "there is no such page; GET /api/v1/causes/{id} has the article of a cause")
    })?;
    Ok(dressed(media_type, page))
}

fn media_type(path: &str) -> Option<&'static str> {
    let (_, ending) = path.rsplit_once('.')?;
    Some(match ending {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "webmanifest" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        _ => return None,
    })
}

fn dressed(media_type: &'static str, page: impl IntoResponse) -> Response {
    let mut response = page.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
