//! The packs that a knowledge base is made of, the lowest first: what each one calls itself, and which files it brings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::SourceFile;

/// The file at the root of a pack that says what it is called, and what it fits.
pub const MANIFEST: &str = "pack.yaml";

/// Whether a folder of rules is a whole knowledge base, with a vocabulary of its own, and not one to be laid over another.
pub fn is_whole(rules: &Path) -> bool {
    ["facts.yaml", "symptoms.yaml"].iter().all(|name| rules.join(name).is_file())
}

/// One pack among those that are laid over each other.
#[derive(Debug, Clone, Default)]
pub struct Layer {
    /// Its `pack.yaml`, where it has one.
    pub manifest: Option<Arc<SourceFile>>,
    /// The folder that it came from, as it was named; `None` for the one that is part of the program.
    pub folder: Option<PathBuf>,
    /// Whether its `pack.yaml` is read from what the build worked out.
    pub(super) compact: bool,
    /// Its files by path.
    pub files: BTreeMap<String, Laid>,
}

/// What a file does to the layers below its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Laid {
    /// No lower layer has it.
    Added,
    /// It says the same as that of a lower layer.
    Same(usize),
    /// It takes the place of that of a lower layer.
    Replaces(usize),
}

/// The layer whose file of this path counts, as far as it is laid.
pub fn owner(layers: &[Layer], path: &str) -> Option<usize> {
    layers.iter().rposition(|layer| layer.files.get(path).is_some_and(|laid| !matches!(laid, Laid::Same(_))))
}
