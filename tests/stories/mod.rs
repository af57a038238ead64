//! Stories that tests go through, each a YAML file of a folder.

use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// The stories of a folder under `tests/`, each with the name of its file.
pub fn stories<S: DeserializeOwned>(folder: &str) -> Vec<(String, S)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    files.sort();
    let story = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("a story");
        let story = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path.file_stem().expect("a name").to_string_lossy().into_owned(), story)
    };
    files.iter().map(story).collect()
}
