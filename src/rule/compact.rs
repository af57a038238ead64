//! What the build worked out of the rules that are part of the program, so that start-up need not.
//!
//! Files in the shape of their YAML, without places, examples and tests, and the plan by which the sound patterns are looked
//! for. Whatever is wrong with a pack is told from its text: see [`crate::knowledge::load`].

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::scan::plan::Plan;
use serde::Deserialize;
use serde::de::DeserializeOwned;

static PLAN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/plan.bin"));
static BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/compact.msgpack"));

#[derive(Deserialize)]
struct Compact {
    /// Files (of articles, the front matter) by path, each in MessagePack.
    #[serde(borrow)]
    shapes: HashMap<&'static str, &'static [u8]>,
}

static COMPACT: LazyLock<Compact> =
    LazyLock::new(|| rmp_serde::from_slice(BYTES).expect("written by the build script"));

/// The shape of an embedded file; `None` where the build could not read it.
pub fn shape<T: DeserializeOwned>(path: &str) -> Option<T> {
    rmp_serde::from_slice(COMPACT.shapes.get(path)?).ok()
}

/// Whether nothing else than its shape is needed of an embedded file.
pub fn holds_all_of(path: &str) -> bool {
    path.ends_with(".yaml") && COMPACT.shapes.contains_key(path)
}

/// The plan for the patterns of the program's own rules.
pub fn plan() -> Option<Plan> {
    Plan::read(PLAN)
}
