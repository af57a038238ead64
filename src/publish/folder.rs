//! Writing files into a folder of their own, and taking away those that are no longer among them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The file that says which others were written, so that they can be replaced and taken away.
pub const MARKER: &str = ".certwhy-docs.json";

#[derive(Debug, Default, Serialize, Deserialize)]
struct Marker {
    /// Paths below the folder.
    files: BTreeSet<String>,
}

/// What became of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Files that are new, or hold something else than before.
    pub changed: usize,
    /// Files that held the same already.
    pub same: usize,
    /// Files that are gone.
    pub removed: usize,
}

/// Writes files below a folder, which is made where it is missing. Files of an earlier run that are no longer wanted are
/// taken away. A folder that holds anything else is refused, unless `force`: then what stands there stays.
///
/// # Errors
/// A folder that others have filled, a link inside of it that leads elsewhere, and what cannot be read or written.
pub fn write(folder: &Path, files: &[(&str, &[u8])], force: bool, mut told: impl FnMut(usize)) -> Result<Written> {
    let refused = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Unwritable { path, source }
    };
    fs::create_dir_all(folder).map_err(refused(folder))?;
    let marker = folder.join(MARKER);
    let before: Marker = match fs::read_to_string(&marker) {
        Ok(text) => serde_json::from_str(&text).unwrap_or_default(),
        Err(_) => {
            let filled = fs::read_dir(folder).map_err(refused(folder))?.next().is_some();
            if filled && !force {
                let folder = folder.display();
                return Err(Error::Site(format!(
                    "{folder} holds files that certwhy did not write; name an empty folder, or say --force to write between them"
                )));
            }
            Marker::default()
        }
    };
    let mut written = Written { changed: 0, same: 0, removed: 0 };
    let after = Marker { files: files.iter().map(|(path, _)| (*path).to_owned()).collect() };
    for (n, (path, content)) in files.iter().enumerate() {
        let path = inside(folder, path)?;
        if fs::read(&path).is_ok_and(|held| held == *content) {
            written.same += 1;
        } else {
            let above = path.parent().unwrap_or(folder);
            fs::create_dir_all(above).map_err(refused(above))?;
            fs::write(&path, content).map_err(refused(&path))?;
            written.changed += 1;
        }
        told(n + 1);
    }
    for gone in before.files.difference(&after.files) {
        // Whoever has changed the list cannot lead out of the folder.
        let Ok(path) = inside(folder, gone) else { continue };
        if path.is_file() && fs::remove_file(&path).is_ok() {
            written.removed += 1;
            remove_empty(folder, path.parent());
        }
    }
    let text = serde_json::to_string_pretty(&after).unwrap_or_default();
    fs::write(&marker, text + "\n").map_err(refused(&marker))?;
    Ok(written)
}

/// A path below the folder that no link leads out of.
fn inside(folder: &Path, path: &str) -> Result<std::path::PathBuf> {
    let mut out = folder.to_owned();
    for part in Path::new(path).components() {
        let Component::Normal(part) = part else {
            return Err(Error::Site(format!("{path} does not stay below {}", folder.display())));
        };
        out.push(part);
        if fs::symlink_metadata(&out).is_ok_and(|found| found.is_symlink()) {
            return Err(Error::Site(format!(
                "{} is a link that leads elsewhere; nothing is written there",
                out.display()
            )));
        }
    }
    Ok(out)
}

fn remove_empty(folder: &Path, from: Option<&Path>) {
    let mut at = from;
    while let Some(path) = at.filter(|path| *path != folder && path.starts_with(folder)) {
        if fs::remove_dir(path).is_err() {
            break;
        }
        at = path.parent();
    }
}
