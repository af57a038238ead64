//! What the build worked out of the rules that are part of the program, so that start-up need not.
//!
//! Files in the shape of their YAML, without places, examples and tests, and the plan by which the sound patterns are looked
//! for. Whatever is wrong with a pack is told from its text: see [`crate::knowledge::load`].

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::scan::plan::Plan;
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[cfg(feature = "plan")]
static PLAN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/plan.bin"));
#[cfg(feature = "packs")]
static BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/compact.msgpack"));

/// What the build has left: the shapes and the pages.
#[cfg(not(feature = "packs"))]
static ALL: LazyLock<[serde_bytes::ByteBuf; 2]> = LazyLock::new(|| {
    let mut bytes = Vec::new();
    let packed: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/all.msgpack.xz"));
    let read = std::io::Read::read_to_end(&mut lzma_rust2::XzReader::new(packed, false), &mut bytes);
    read.expect("written by the build script");
    rmp_serde::from_slice(&bytes).expect("written by the build script")
});

#[derive(Deserialize)]
struct Compact {
    /// Files (of articles, the front matter) by path, each in MessagePack.
    #[serde(borrow)]
    shapes: HashMap<&'static str, &'static [u8]>,
}

static COMPACT: LazyLock<Compact> = LazyLock::new(|| {
    #[cfg(feature = "packs")]
    let bytes = BYTES;
    #[cfg(not(feature = "packs"))]
    let bytes = &ALL[0];
    rmp_serde::from_slice(bytes).expect("written by the build script")
});

/// The shape of an embedded file; `None` where the build could not read it.
pub fn shape<T: DeserializeOwned>(path: &str) -> Option<T> {
    rmp_serde::from_slice(COMPACT.shapes.get(path)?).ok()
}

/// The pages of the knowledge base by path, each with its text.
#[cfg(not(feature = "packs"))]
static TEXTS: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| rmp_serde::from_slice(&ALL[1]).expect("written by the build script"));

/// The text of a page of the knowledge base.
#[cfg(not(feature = "packs"))]
pub fn page(path: &str) -> Option<&'static str> {
    TEXTS.get(path).copied()
}

/// The paths of all files of which the build has left something.
#[cfg(not(feature = "packs"))]
pub fn paths() -> Vec<String> {
    let rules = COMPACT.shapes.keys().filter(|path| path.starts_with("rules/"));
    rules.chain(TEXTS.keys()).map(|path| (*path).to_owned()).collect()
}

/// Whether nothing else than its shape is needed of an embedded file.
pub fn holds_all_of(path: &str) -> bool {
    path.ends_with(".yaml") && COMPACT.shapes.contains_key(path)
}

/// The plan for the patterns of the program's own rules, where it is part of the program.
pub fn plan() -> Option<Plan> {
    #[cfg(feature = "plan")]
    return Plan::read(PLAN);
    #[cfg(not(feature = "plan"))]
    None
}
