//! The page to drop logs on.
//!
//! Only files that are part of the program are served; no path of a request is ever opened.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use include_dir::{Dir, include_dir};

use super::problem::{Kind, Problem};

static PAGE: Dir = include_dir!("$CARGO_MANIFEST_DIR/src/publish/web");

/// What a page may do: load what comes from here, and send there. Nothing stands inline.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The page. It asks this service; as files of their own it would look for an engine beside it first.
static INDEX: LazyLock<String> = LazyLock::new(|| {
    let page = PAGE.get_file("index.html").and_then(|file| file.contents_utf8()).unwrap_or_default();
    page.replace("name=\"certwhy-engine\" content=\"auto\"", "name=\"certwhy-engine\" content=\"api\"")
});

/// The page.
pub async fn index() -> Response {
    dressed("text/html; charset=utf-8", INDEX.as_str())
}

/// A file of the page.
pub async fn file(Path(path): Path<String>) -> Result<Response, Problem> {
    let found = media_type(&path).zip(PAGE.get_file(&path));
    let (media_type, file) = found.ok_or_else(|| {
        Problem::new(
            Kind::NotFound,
            "nothing is here; the page is at /, and GET /api/v1/openapi.json lists what there is",
        )
    })?;
    Ok(dressed(media_type, file.contents()))
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
