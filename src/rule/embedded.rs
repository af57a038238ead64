//! The files of the built-in pack, as they stand in `rules/` and `knowledge/`.
//!
//! Without the feature `packs` nobody asks what a rule file says word for word: only the text of the pages is held then.

#[cfg(feature = "packs")]
use include_dir::{Dir, include_dir};

#[cfg(feature = "packs")]
use super::load::is_pack_file;

#[cfg(feature = "packs")]
static RULES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/rules");
#[cfg(feature = "packs")]
static KNOWLEDGE: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/knowledge");

/// The `pack.yaml` of the built-in pack.
pub static PACK: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/pack.yaml"));

/// The text of a file that is part of the program.
#[cfg(feature = "packs")]
pub fn text(path: &str) -> Option<&'static str> {
    let (root, rest) = path.split_once('/')?;
    let dir = if root == "rules" { &RULES } else { &KNOWLEDGE };
    dir.get_file(rest)?.contents_utf8()
}

/// The paths of all files, `rules/…` and `knowledge/…`.
#[cfg(feature = "packs")]
pub fn paths() -> Vec<String> {
    let mut paths = Vec::new();
    add(&mut paths, "rules", &RULES);
    add(&mut paths, "knowledge", &KNOWLEDGE);
    paths
}

#[cfg(feature = "packs")]
fn add(paths: &mut Vec<String>, root: &str, dir: &Dir<'static>) {
    let files = dir.files().filter_map(|file| file.path().to_str()).filter(|path| is_pack_file(path));
    paths.extend(files.map(|path| format!("{root}/{}", path.replace('\\', "/"))));
    dir.dirs().for_each(|sub| add(paths, root, sub));
}

/// The text of a page that is part of the program.
#[cfg(not(feature = "packs"))]
pub fn text(path: &str) -> Option<&'static str> {
    super::compact::page(path)
}

/// The paths of all files that the build has read.
#[cfg(not(feature = "packs"))]
pub fn paths() -> Vec<String> {
    super::compact::paths()
}
