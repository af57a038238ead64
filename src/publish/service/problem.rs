//! What the service says when it cannot do what was asked: one shape for all of it, RFC 9457.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use crate::rule::words::{Words, words};

words! {
    /// The kinds of problems; `GET /api/v1/problems/{name}` tells what each of them means.
    Kind {
        /// A parameter, a field or a header is not what it should be; `detail` says which one and what to write instead.
        BadRequest = "bad-request",
        /// What was asked for does not exist; `detail` names what was probably meant.
        NotFound = "not-found",
        /// The address exists, and this method does not; the header Allow lists those that do.
        MethodNotAllowed = "method-not-allowed",
        /// None of the forms that the header Accept or `format` asks for can be written here.
        NotAcceptable = "not-acceptable",
        /// The body did not come in time. Send it again; a long log may be sent with gzip.
        TooSlow = "too-slow",
        /// The body is larger than this service takes. Hand in the part around the failure, or send less of it at once.
        TooLarge = "too-large",
        /// The service does not read bodies of this type or encoding.
        UnsupportedMediaType = "unsupported-media-type",
        /// The body was read, and nothing in it can be used; `inputs` says why of each.
        Unusable = "unusable",
        /// More requests from this address than the service takes. Wait as many seconds as Retry-After says.
        TooManyRequests = "too-many-requests",
        /// The service has as much to do as it takes, or is about to end. Try again after Retry-After seconds.
        Busy = "busy",
        /// To answer took longer than the service gives. Hand in the part around the failure.
        TookTooLong = "took-too-long",
        /// A mistake of the service itself; its log tells more under the id of the request.
        Internal = "internal",
    }
}

impl Kind {
    /// Its status, and its title.
    fn head(self) -> (StatusCode, &'static str) {
        match self {
            Kind::BadRequest => (StatusCode::BAD_REQUEST, "The request is not understood"),
            Kind::NotFound => (StatusCode::NOT_FOUND, "There is no such thing"),
            Kind::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "Not with this method"),
            Kind::NotAcceptable => (StatusCode::NOT_ACCEPTABLE, "Not in this form"),
            Kind::TooSlow => (StatusCode::REQUEST_TIMEOUT, "The body did not come in time"),
            Kind::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large"),
            Kind::UnsupportedMediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "A body of this type is not read"),
            Kind::Unusable => (StatusCode::UNPROCESSABLE_ENTITY, "Nothing of it can be used"),
            Kind::TooManyRequests => (StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
            Kind::Busy => (StatusCode::SERVICE_UNAVAILABLE, "The service is busy"),
            Kind::TookTooLong => (StatusCode::SERVICE_UNAVAILABLE, "It took too long"),
            Kind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "A mistake of the service"),
        }
    }
}

/// A problem: `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Problem {
    /// What kind of problem it is: an address on this service that tells more.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same in a few words.
    pub title: String,
    /// The HTTP status.
    #[schemars(range(min = 400, max = 599))]
    pub status: u16,
    /// What is wrong with this request, and the way out.
    pub detail: String,
    /// The id under which the log of the service tells of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Of inputs that cannot be used: a sentence for each.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub inputs: Vec<String>,
    #[serde(skip)]
    retry_after: Option<u64>,
}

impl Problem {
    /// A problem with what is wrong in this case.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let (status, title) = kind.head();
        Problem {
            kind: format!("/api/v1/problems/{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            request_id: None,
            inputs: Vec::new(),
            retry_after: None,
        }
    }

    /// The request is not understood.
    pub fn bad(detail: impl Into<String>) -> Self {
        Self::new(Kind::BadRequest, detail)
    }

    /// Says when to try again.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds.max(1));
        self
    }

    /// Says of each input why it cannot be used.
    pub fn inputs(mut self, inputs: Vec<String>) -> Self {
        self.inputs = inputs;
        self
    }

    /// What a kind of problem means; `None` where there is none of that name.
    pub fn meaning(name: &str) -> Option<String> {
        let kind = Kind::from_word(name)?;
        let (status, title) = kind.head();
        Some(format!("# {title}\n\nStatus {}. {}\n", status.as_u16(), kind.meaning()))
    }

    /// The names of all kinds.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Kind::ALL.iter().map(|(word, _)| *word)
    }
}

impl IntoResponse for Problem {
    /// The body is written last, by [`with_id`], when the id of the request is known.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes a problem that a response carries as its body.
pub fn with_id(mut response: Response, id: &str) -> Response {
    let Some(mut problem) = response.extensions_mut().remove::<Problem>() else { return response };
    problem.request_id = Some(id.to_owned());
    let body = serde_json::to_string(&problem).unwrap_or_default();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = problem.retry_after {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if problem.status == StatusCode::UNSUPPORTED_MEDIA_TYPE.as_u16() {
        headers.insert(HeaderName::from_static("accept-encoding"), HeaderValue::from_static("gzip, identity"));
    }
    *response.body_mut() = body.into();
    response
}
