//! Causes that are said to be deprecated, and nothing more.

use super::place;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::rule::shapes::Shapes;
use crate::rule::words::{Status, Words};

pub fn check(shapes: &Shapes, diagnostics: &mut Diagnostics) {
    for (id, (file, cause)) in &shapes.causes {
        let Some(status) = &cause.status else { continue };
        if Status::from_word(&status.value) == Some(Status::Deprecated) && cause.deprecated.is_none() {
            let message = format!("nothing tells why `{id}` is deprecated, and what replaces it");
            let help =
                "write deprecated: { reason: …, since: 2026-11-28, replaced_by: stage.name }; status: is implied";
            diagnostics.push(Diagnostic::warning("W0313", place(file, &status.range), message).help(help));
        }
    }
}
