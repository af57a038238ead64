//! The body at an address, for status documents by URL.

use std::time::Duration;

/// Bytes of an answer that are read.
const MAX_BODY: usize = 8 << 20;
const TIMEOUT: Duration = Duration::from_secs(20);

/// The body at an http(s) address.
///
/// # Errors
/// A sentence for the person: what failed and how far it came.
pub fn fetch(url: &str) -> Result<Vec<u8>, String> {
    // A second call finds the provider installed, which is as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(get(url))
}

async fn get(url: &str) -> Result<Vec<u8>, String> {
    let client = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .user_agent(concat!("certwhy/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|e| chain(&e))?;
    let mut response = client.get(url).send().await.map_err(|e| chain(&e))?;
    if !response.status().is_success() {
        return Err(format!(
            "the server answered {}; save the document with your own credentials and hand in the file",
            response.status()
        ));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| chain(&e))? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_BODY {
            return Err(format!("the answer is larger than {} MB", MAX_BODY >> 20));
        }
    }
    Ok(body)
}

/// An error with what lies under it: the outer ones alone say little.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(&format!(": {inner}"));
        source = inner.source();
    }
    text
}
