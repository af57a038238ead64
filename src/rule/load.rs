//! Where rule files come from: the packs inside the binary, and folders of a person.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;

use super::compact;
use super::embedded;
use super::layer::{self, Laid, Layer, MANIFEST};
use crate::diagnostic::SourceFile;
use crate::error::{Error, Result};

/// Files of a knowledge base by path (`rules/…`, `knowledge/…`), not yet understood.
#[derive(Debug, Clone, Default)]
pub struct Pack {
    /// The files, sorted by path.
    pub files: BTreeMap<String, Arc<SourceFile>>,
    /// The packs that were laid over each other, the lowest first.
    pub layers: Vec<Layer>,
    /// Files that are part of the program as they stand, so that the build has worked them out.
    compact: BTreeSet<String>,
    /// Patterns that were found sound, so that whoever checks a pack again and again need not look twice.
    sound: Arc<Mutex<HashSet<String>>>,
}

impl Pack {
    /// The knowledge base that is part of the program.
    pub fn embedded() -> Self {
        let mut pack = Pack::default();
        let manifest = SourceFile { path: MANIFEST.to_owned(), text: embedded::PACK.to_owned(), on_disk: None };
        pack.layers.push(Layer { manifest: Some(Arc::new(manifest)), compact: true, ..Layer::default() });
        for path in embedded::paths() {
            pack.uppermost().files.insert(path.clone(), Laid::Added);
            pack.put_embedded(path, None);
        }
        pack
    }

    /// Adds one file to the uppermost layer; a file of the same path is replaced.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) {
        let (path, text) = (path.into(), text.into());
        if path == MANIFEST {
            return self.name_layer(text, None);
        }
        self.note(&path, &text);
        self.insert(path, text, None);
    }

    /// Begins a pack that is laid over all before.
    pub fn begin_layer(&mut self, folder: Option<PathBuf>) {
        self.layers.push(Layer { folder, ..Layer::default() });
    }

    /// Takes the `pack.yaml` of the uppermost layer.
    fn name_layer(&mut self, text: String, on_disk: Option<PathBuf>) {
        let layer = self.uppermost();
        layer.manifest = Some(Arc::new(SourceFile { path: MANIFEST.to_owned(), text, on_disk }));
        layer.compact = false;
    }

    fn uppermost(&mut self) -> &mut Layer {
        if self.layers.is_empty() {
            self.begin_layer(None);
        }
        self.layers.last_mut().expect("there is one")
    }

    /// Notes what a file of the uppermost layer does to those below.
    fn note(&mut self, path: &str, text: &str) {
        let top = self.layers.len().saturating_sub(1);
        let laid = match layer::owner(&self.layers[..top], path) {
            None => Laid::Added,
            Some(below) if self.text_of(path) == Some(text) => Laid::Same(below),
            Some(below) => Laid::Replaces(below),
        };
        self.uppermost().files.insert(path.to_owned(), laid);
    }

    /// The text of a file, also where only what the build worked out of it is held.
    fn text_of(&self, path: &str) -> Option<&str> {
        if self.compact.contains(path) {
            return embedded::text(path);
        }
        self.files.get(path).map(|file| file.text.as_str())
    }

    fn insert(&mut self, path: String, text: String, on_disk: Option<PathBuf>) {
        self.compact.remove(&path);
        let file = SourceFile { path: path.clone(), text, on_disk };
        self.files.insert(path, Arc::new(file));
    }

    /// A file that is part of the program as it stands.
    fn put_embedded(&mut self, path: String, on_disk: Option<PathBuf>) {
        // Of what the build has read, the text is not needed.
        let text = if compact::holds_all_of(&path) { "" } else { embedded::text(&path).unwrap_or_default() };
        self.insert(path.clone(), text.to_owned(), on_disk);
        self.compact.insert(path);
    }

    /// Takes a file from the text that is part of the program.
    fn insert_text(&mut self, path: &str) {
        let on_disk = self.files.get(path).and_then(|file| file.on_disk.clone());
        self.insert(path.to_owned(), embedded::text(path).unwrap_or_default().to_owned(), on_disk);
    }

    /// The shape of a file from what the build worked out; it has no places.
    pub(super) fn compact_shape<T: DeserializeOwned>(&self, path: &str) -> Option<T> {
        self.compact.contains(path).then(|| compact::shape(path)).flatten()
    }

    /// Whether a file comes from what the build worked out.
    pub fn is_compact_file(&self, path: &str) -> bool {
        self.compact.contains(path)
    }

    /// Whether it is the pack that is part of the program, and nothing else.
    pub fn is_built_in(&self) -> bool {
        let alone = matches!(self.layers.as_slice(), [layer] if layer.compact);
        alone && self.files.keys().eq(&self.compact) && self.files.values().all(|file| file.on_disk.is_none())
    }

    /// Whether some files come from what the build worked out.
    pub fn is_compact(&self) -> bool {
        !self.compact.is_empty()
    }

    /// The same pack with the text of every file, and every file read from it: with examples and tests, and with places
    /// to point at.
    pub fn from_text(&self) -> Self {
        let mut pack = Pack { compact: BTreeSet::new(), ..self.clone() };
        for path in &self.compact {
            pack.insert_text(path);
        }
        pack.layers.iter_mut().for_each(|layer| layer.compact = false);
        pack
    }

    /// Lays one file over this pack. Where it equals the one that is part of the program, that one counts.
    pub fn lay(&mut self, path: String, text: String) {
        self.lay_from(path, text, None);
    }

    fn lay_from(&mut self, path: String, text: String, on_disk: Option<PathBuf>) {
        if path == MANIFEST {
            return self.name_layer(text, on_disk);
        }
        self.note(&path, &text);
        match embedded::text(&path) == Some(text.as_str()) {
            true => self.put_embedded(path, on_disk),
            false => self.insert(path, text, on_disk),
        }
    }

    /// Takes a file from its text from now on, with places to point at; says whether it was not before.
    pub fn expand(&mut self, path: &str) -> bool {
        let compact = self.compact.contains(path);
        if compact {
            self.insert_text(path);
        }
        compact
    }

    /// Whether a pattern was found sound in this pack, or in one that shares a past with it.
    pub(super) fn is_known_as_sound(&self, pattern: &str) -> bool {
        self.sound.lock().unwrap_or_else(PoisonError::into_inner).contains(pattern)
    }

    /// Remembers that a pattern is sound.
    pub(super) fn remember_as_sound(&self, pattern: &str) {
        self.sound.lock().unwrap_or_else(PoisonError::into_inner).insert(pattern.to_owned());
    }

    /// Lays the files of a folder over this pack: a file of the same path replaces, others add.
    ///
    /// The folder holds `rules/` (and `knowledge/` and `pack.yaml`), or is the rules folder itself, whose siblings
    /// `knowledge/` and `pack.yaml` then belong to it.
    ///
    /// # Errors
    /// The folder, or a file in it, cannot be read or is not UTF-8.
    pub fn overlay(&mut self, folder: &Path) -> Result<()> {
        let unreadable = |path: &Path, source| Error::PackUnreadable { path: path.to_owned(), source };
        std::fs::read_dir(folder).map_err(|e| unreadable(folder, e))?;
        let is_root = folder.join("rules").is_dir() || folder.join("knowledge").is_dir();
        let (rules, root) = if is_root || folder.join(MANIFEST).is_file() {
            (folder.join("rules"), folder.to_owned())
        } else {
            let canonical = folder.canonicalize().map_err(|e| unreadable(folder, e))?;
            (folder.to_owned(), canonical.parent().map(Path::to_owned).unwrap_or_default())
        };
        let (knowledge, manifest) = (root.join("knowledge"), root.join(MANIFEST));
        self.begin_layer(Some(folder.to_owned()));
        if manifest.is_file() {
            let text = std::fs::read_to_string(&manifest).map_err(|e| unreadable(&manifest, e))?;
            self.name_layer(text, Some(manifest));
        }
        for (root, dir) in [("rules", rules), ("knowledge", knowledge)] {
            if dir.is_dir() {
                self.overlay_tree(root, &dir, 0)?;
            }
        }
        Ok(())
    }

    fn overlay_tree(&mut self, root: &str, dir: &Path, depth: usize) -> Result<()> {
        const MAX_DEPTH: usize = 6;
        let unreadable = |path: &Path, source| Error::PackUnreadable { path: path.to_owned(), source };
        let entries = std::fs::read_dir(dir).map_err(|e| unreadable(dir, e))?;
        for entry in entries {
            let path = entry.map_err(|e| unreadable(dir, e))?.path();
            let Some(name) = path.file_name().and_then(|n| n.to_str()) else { continue };
            let id = format!("{root}/{name}");
            if name.starts_with('.') {
                continue;
            } else if path.is_dir() {
                if depth < MAX_DEPTH {
                    self.overlay_tree(&id, &path, depth + 1)?;
                }
            } else if is_pack_file(name) {
                let text = std::fs::read_to_string(&path).map_err(|e| unreadable(&path, e))?;
                self.lay_from(id, text, Some(path));
            }
        }
        Ok(())
    }
}

/// Whether a name is that of a file of a pack.
pub(crate) fn is_pack_file(name: &str) -> bool {
    name.ends_with(".yaml") || name.ends_with(".md")
}
