//! The answers where people look for them: pages, books, a service.

#[cfg(feature = "serve")]
pub mod service;
