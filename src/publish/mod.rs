//! The answers where people look for them: pages, books, a service.

#[cfg(feature = "docs")]
pub mod pages;
#[cfg(feature = "serve")]
pub mod service;
#[cfg(feature = "docs")]
pub mod site;
