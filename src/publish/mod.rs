//! The answers where people look for them: pages, books, a service.
