//! What the build worked out of the rules that are part of the program, so that start-up need not.
//!
//! What they mean, ready to reason with; and, for packs that are laid over them, their files in the shape of their YAML,
//! without places, examples and tests. The plan by which the sound patterns are looked for, or what it is quickly made of.
//! Whatever is wrong with a pack is told from its text: see [`crate::knowledge::load`].

use std::collections::HashMap;
use std::sync::LazyLock;

use super::model::Knowledge;
#[cfg(not(feature = "plan"))]
use crate::observe::words;
use crate::scan::plan::Plan;
#[cfg(feature = "plan")]
use crate::scan::tables::Aligned;
#[cfg(not(feature = "plan"))]
use crate::scan::{
    frequency::Frequencies,
    packed,
    plan::{hash, in_order},
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[cfg(feature = "plan")]
static PLAN: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/plan.bin")));
#[cfg(all(feature = "packs", not(feature = "plan")))]
static NEEDS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/needs.bin"));
#[cfg(feature = "packs")]
static BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/compact.msgpack"));

/// What the build has left: the shapes, the pages, and what the patterns need.
#[cfg(not(feature = "packs"))]
static ALL: LazyLock<[serde_bytes::ByteBuf; 3]> = LazyLock::new(|| {
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

/// What the rules of the program mean; `None` where the build found mistakes in them, or has not made knowledge of them.
pub fn knowledge() -> Option<Knowledge> {
    #[cfg(feature = "packs")]
    return rmp_serde::from_slice(include_bytes!(concat!(env!("OUT_DIR"), "/knowledge.msgpack"))).ok();
    #[cfg(not(feature = "packs"))]
    None
}

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
#[cfg(feature = "plan")]
pub fn plan(_: &[&str]) -> Option<Plan> {
    Plan::read(&PLAN.0)
}

/// The plan for the patterns of the program's own rules, made of what the build knows of them, where these are the texts that
/// are looked for.
#[cfg(not(feature = "plan"))]
pub fn plan(texts: &[&str]) -> Option<Plan> {
    #[cfg(not(feature = "packs"))]
    static NEEDS: LazyLock<&[u8]> = LazyLock::new(|| &ALL[2]);
    let everyday = Frequencies::everyday();
    let patterns = in_order(texts.iter().copied());
    let needs = packed::read(&NEEDS, &patterns, &everyday)?;
    let needs = patterns.into_iter().map(hash).zip(needs).collect();
    Some(Plan::new(&needs, &words::all(), &everyday))
}

#[cfg(test)]
mod tests {
    use super::plan;
    use crate::observe::words;
    use crate::rule::Pack;
    use crate::rule::model::SignalKind;
    use crate::scan::frequency::Frequencies;
    use crate::scan::packed;
    use crate::scan::plan::{Plan, hash, in_order, needs_of};

    /// Whichever way the build leaves it.
    #[test]
    fn the_plan_of_the_build_is_that_of_the_patterns() {
        let knowledge = crate::knowledge::load(&Pack::embedded()).expect("sound rules");
        let logs = knowledge.signals.iter().filter_map(|signal| match &signal.kind {
            SignalKind::Log(patterns) => Some(patterns),
            SignalKind::Fact(_) => None,
        });
        let texts: Vec<&str> = logs.flatten().map(|pattern| pattern.text.as_str()).collect();
        let everyday = Frequencies::everyday();
        let needs = needs_of(texts.iter().copied(), &everyday);
        let of_patterns = Plan::new(&needs, &words::all(), &everyday).write();
        assert!(plan(&texts).is_some_and(|plan| plan.write() == of_patterns));
        let patterns = in_order(texts.iter().copied());
        let bytes = packed::write(&patterns.iter().copied().zip(needs.values()).collect::<Vec<_>>());
        let again = packed::read(&bytes, &patterns, &everyday).expect("as written");
        assert!(again.iter().eq(needs.values()));
        assert!(packed::read(&bytes, &patterns[1..], &everyday).is_none());
        assert_eq!(patterns.iter().map(|text| hash(text)).collect::<Vec<_>>(), needs.into_keys().collect::<Vec<_>>());
    }
}
