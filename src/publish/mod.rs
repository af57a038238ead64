//! The answers where people look for them: pages, books, a service.

#[cfg(feature = "docs")]
pub mod book;
#[cfg(feature = "docs")]
pub mod embed;
#[cfg(feature = "docs")]
pub mod folder;
#[cfg(feature = "docs")]
pub(crate) mod markup;
#[cfg(feature = "docs")]
pub mod pages;
#[cfg(feature = "serve")]
pub mod service;
#[cfg(feature = "docs")]
pub mod site;
