//! Mends what is a matter of typing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::diagnostic::Edit;
use crate::error::{Error, Result};

/// Carries out every edit in a file on disk; returns how many. Of edits that overlap, the first one counts.
///
/// # Errors
/// A file cannot be written.
pub fn apply<'e>(edits: impl IntoIterator<Item = &'e Edit>) -> Result<usize> {
    let mut files: BTreeMap<&PathBuf, Vec<&Edit>> = BTreeMap::new();
    for edit in edits {
        if let Some(path) = &edit.place.file.on_disk {
            files.entry(path).or_default().push(edit);
        }
    }
    let mut applied = 0;
    for (path, mut edits) in files {
        edits.sort_by_key(|edit| edit.place.range.start);
        let text = &edits[0].place.file.text;
        let (mut out, mut at) = (String::with_capacity(text.len()), 0);
        for edit in &edits {
            let range = edit.place.range.clone();
            if range.start >= at {
                out.push_str(&text[at..range.start]);
                out.push_str(&edit.text);
                at = range.end;
                applied += 1;
            }
        }
        out.push_str(&text[at..]);
        std::fs::write(path, out).map_err(|source| Error::Unwritable { path: path.clone(), source })?;
    }
    Ok(applied)
}
