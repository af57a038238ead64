//! Works the embedded rules out beforehand: see `src/rule/compact.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::sync::OnceLock;

use serde::Serialize;
use serde_bytes::ByteBuf;
use serde_json::Value;

// What makes knowledge of rules is the program's own code: the build runs it once, so that no start has to.
#[allow(dead_code, reason = "the build makes what the program uses")]
#[path = "src/diagnostic.rs"]
mod diagnostic;
#[allow(dead_code, reason = "the build reads no pack of a person")]
mod error {
    pub enum Error {
        PackUnreadable { path: std::path::PathBuf, source: std::io::Error },
    }
    pub type Result<T> = std::result::Result<T, Error>;
}
#[allow(dead_code, unused_imports, reason = "the build makes what the program uses")]
#[path = "src/graph"]
mod graph {
    mod decision;
    pub use decision::{Graph, lend_effects};
}
#[allow(dead_code, reason = "the build makes what the program uses")]
#[path = "src/input"]
mod input {
    pub mod level;
    pub mod time;
    pub use level::Level;
}
#[allow(dead_code, unused_imports, unused_macros, reason = "the build makes what the program uses")]
#[allow(clippy::wrong_self_convention, reason = "what the library calls its own functions is looked at there")]
#[path = "src/rule"]
mod rule {
    pub mod compile;
    pub mod condition;
    pub mod file;
    pub mod front_matter;
    pub mod layer;
    pub mod load;
    pub mod located;
    pub mod manifest;
    mod mapping;
    pub mod mistakes;
    pub mod model;
    pub mod numbers;
    pub mod pattern;
    mod practice;
    mod renames;
    pub mod schema;
    pub mod shapes;
    pub mod words;

    pub use load::Pack;
    pub use model::Knowledge;

    /// In place of what the build leaves: what it is about to leave.
    pub mod compact {
        use crate::built_in;

        pub fn shape<T: serde::de::DeserializeOwned>(path: &str) -> Option<T> {
            rmp_serde::from_slice(built_in().shapes.get(path)?).ok()
        }

        pub fn holds_all_of(path: &str) -> bool {
            path.ends_with(".yaml") && built_in().shapes.contains_key(path)
        }
    }

    /// In place of the files that are part of the program: those that will be.
    pub mod embedded {
        use crate::built_in;

        pub static PACK: &str = include_str!("pack.yaml");

        pub fn text(path: &str) -> Option<&'static str> {
            built_in().texts.get(path).map(String::as_str)
        }

        pub fn paths() -> Vec<String> {
            built_in().texts.keys().cloned().collect()
        }
    }
}
#[allow(dead_code, reason = "the build plans, and leaves the looking to the program")]
#[path = "src/scan"]
mod scan {
    pub mod characters;
    mod checks;
    mod choices;
    pub mod digits;
    pub mod filter;
    pub mod frequency;
    pub mod literals;
    pub mod packed;
    pub mod plan;
    mod runs;
    pub mod signature;
    pub mod tables;

    /// A test runs every pattern of the built-in rules.
    pub mod compile {
        pub enum Run {
            Seldom,
        }

        pub fn compile(_: &str, _: Run) -> Option<()> {
            Some(())
        }
    }
}
#[path = "src/observe/words.rs"]
mod words;

#[derive(Default, Serialize)]
struct Compact {
    shapes: BTreeMap<String, ByteBuf>,
    #[serde(skip)]
    patterns: BTreeSet<String>,
    #[serde(skip)]
    pages: BTreeMap<String, String>,
    /// Every file of the rules and of the knowledge base.
    #[serde(skip)]
    texts: BTreeMap<String, String>,
}

static BUILT_IN: OnceLock<Compact> = OnceLock::new();

fn built_in() -> &'static Compact {
    BUILT_IN.get().expect("read before anything is made of it")
}

fn main() {
    // The macro that embeds the files does not notice a new one by itself.
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=knowledge");
    println!("cargo::rerun-if-changed=pack.yaml");
    println!("cargo::rerun-if-changed=src/publish/web");
    for path in ["src/diagnostic.rs", "src/graph", "src/input", "src/observe/words.rs", "src/rule", "src/scan"] {
        println!("cargo::rerun-if-changed={path}");
    }
    let root = std::env::var("CARGO_MANIFEST_DIR").expect("set by cargo");
    let out = std::env::var("OUT_DIR").expect("set by cargo");
    let mut compact = Compact::default();
    let has = |feature: &str| std::env::var_os(format!("CARGO_FEATURE_{feature}")).is_some();
    for folder in ["rules", "knowledge"] {
        add_folder(&mut compact, folder, &Path::new(&root).join(folder));
    }
    // Without texts, as in browsers, every kilobyte counts, and nobody audits.
    if !has("PACKS") {
        compact.shapes.retain(|path, _| !path.starts_with("rules/practices/"));
    }
    add_file(&mut compact, "pack.yaml".to_owned(), &Path::new(&root).join("pack.yaml"));
    let compact = BUILT_IN.get_or_init(|| compact);
    let write = |name: &str, bytes: Vec<u8>| {
        std::fs::write(Path::new(&out).join(name), bytes).expect("the output folder is writable");
    };
    let bytes = rmp_serde::to_vec_named(compact).expect("plain values");
    let everyday = scan::frequency::Frequencies::everyday();
    let patterns = scan::plan::in_order(compact.patterns.iter().map(String::as_str));
    let needs = scan::plan::needs_of(patterns.iter().copied(), &everyday);
    let packed_needs = if has("PLAN") {
        write("plan.bin", scan::plan::Plan::new(&needs, &words::all(), &everyday).write());
        Vec::new()
    } else {
        scan::packed::write(&patterns.into_iter().zip(needs.values()).collect::<Vec<_>>())
    };
    if has("PACKS") {
        write("compact.msgpack", bytes);
        write("knowledge.msgpack", knowledge());
        write("needs.bin", packed_needs);
    } else {
        let pages = rmp_serde::to_vec_named(&compact.pages).expect("plain values");
        let all = [bytes, pages, packed_needs].map(ByteBuf::from);
        write("all.msgpack.xz", packed(&rmp_serde::to_vec(&all).expect("plain values")));
    }
}

/// What the rules mean, ready for the program; nothing where they have mistakes, which it tells at its start.
fn knowledge() -> Vec<u8> {
    let rule::compile::Compiled { mut knowledge, diagnostics, .. } = rule::compile::compile(&rule::Pack::embedded());
    if diagnostics.has_errors() || !graph::Graph::build(&knowledge).cycles().is_empty() {
        return Vec::new();
    }
    graph::lend_effects(&mut knowledge);
    rmp_serde::to_vec(&knowledge).expect("plain values")
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(6);
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).expect("options that fit");
    writer.write_all(bytes).and_then(|()| writer.finish()).expect("memory takes everything")
}

fn add_folder(compact: &mut Compact, name: &str, folder: &Path) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).expect("a folder of the crate").flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let id = format!("{name}/{}", entry.file_name().to_string_lossy());
        if path.is_dir() {
            add_folder(compact, &id, &path);
        } else {
            add_file(compact, id, &path);
        }
    }
}

fn add_file(compact: &mut Compact, id: String, path: &Path) {
    let Ok(text) = std::fs::read_to_string(path) else { return };
    let value = shape(&id, &text);
    if id.contains('/') && (id.ends_with(".yaml") || id.ends_with(".md")) {
        compact.texts.insert(id.clone(), text.clone());
    }
    if id.starts_with("knowledge/") && id.ends_with(".md") {
        compact.pages.insert(id.clone(), text);
    }
    let Some(mut value) = value else { return };
    add_patterns(compact, &value);
    drop_tests(&mut value);
    compact.shapes.insert(id, ByteBuf::from(rmp_serde::to_vec_named(&value).expect("plain values")));
}

/// The YAML of a file. What does not parse is left out: loading the text itself tells what is wrong with it.
fn shape(id: &str, text: &str) -> Option<Value> {
    let yaml = if id.ends_with(".yaml") {
        text
    } else if id.starts_with("knowledge/causes/") {
        rule::front_matter::split(text)?.0
    } else {
        return None;
    };
    serde_yaml::from_str(yaml).ok()
}

/// Takes out what only testing the rules needs: they are read from their text then.
fn drop_tests(file: &mut Value) {
    let Some(file) = file.as_object_mut() else { return };
    if let Some(tests) = file.get_mut("tests") {
        *tests = Value::Array(Vec::new());
    }
    for signal in file.get_mut("signals").and_then(Value::as_object_mut).into_iter().flat_map(|all| all.values_mut()) {
        signal.as_object_mut().map(|signal| signal.remove("examples"));
    }
}

fn add_patterns(compact: &mut Compact, value: &Value) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| add_patterns(compact, value)),
        Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    // Their `log` is the text of a log, not a pattern.
                    ("tests" | "examples", _) => {}
                    ("log" | "said", Value::String(pattern)) => add_pattern(compact, pattern),
                    ("log" | "said", Value::Array(list)) => {
                        list.iter().filter_map(Value::as_str).for_each(|pattern| add_pattern(compact, pattern));
                    }
                    _ => add_patterns(compact, value),
                }
            }
        }
        _ => {}
    }
}

fn add_pattern(compact: &mut Compact, pattern: &str) {
    if rule::pattern::check(pattern).is_ok() {
        compact.patterns.insert(pattern.to_owned());
    }
}
