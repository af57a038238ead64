//! Works the embedded rules out beforehand: see `src/rule/compact.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

use serde::Serialize;
use serde_bytes::ByteBuf;
use serde_json::Value;

#[path = "src/rule/front_matter.rs"]
mod front_matter;
#[path = "src/rule/pattern.rs"]
mod pattern;
#[allow(dead_code, reason = "the build plans, and leaves the looking to the program")]
#[path = "src/scan"]
mod scan {
    mod choices;
    pub mod filter;
    pub mod frequency;
    pub mod literals;
    pub mod packed;
    pub mod plan;
    mod runs;
    pub mod tables;
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
}

fn main() {
    // The macro that embeds the files does not notice a new one by itself.
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=knowledge");
    println!("cargo::rerun-if-changed=pack.yaml");
    println!("cargo::rerun-if-changed=src/publish/web");
    for path in ["src/rule/front_matter.rs", "src/rule/pattern.rs", "src/scan", "src/observe/words.rs"] {
        println!("cargo::rerun-if-changed={path}");
    }
    let root = std::env::var("CARGO_MANIFEST_DIR").expect("set by cargo");
    let out = std::env::var("OUT_DIR").expect("set by cargo");
    let mut compact = Compact::default();
    for folder in ["rules", "knowledge"] {
        add_folder(&mut compact, folder, &Path::new(&root).join(folder));
    }
    add_file(&mut compact, "pack.yaml".to_owned(), &Path::new(&root).join("pack.yaml"));
    let write = |name: &str, bytes: Vec<u8>| {
        std::fs::write(Path::new(&out).join(name), bytes).expect("the output folder is writable");
    };
    let has = |feature: &str| std::env::var_os(format!("CARGO_FEATURE_{feature}")).is_some();
    let bytes = rmp_serde::to_vec_named(&compact).expect("plain values");
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
        write("needs.bin", packed_needs);
    } else {
        // Where the texts are not, every kilobyte counts.
        let pages = rmp_serde::to_vec_named(&compact.pages).expect("plain values");
        let all = [bytes, pages, packed_needs].map(ByteBuf::from);
        write("all.msgpack.xz", packed(&rmp_serde::to_vec(&all).expect("plain values")));
    }
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
        front_matter::split(text)?.0
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
    if pattern::check(pattern).is_ok() {
        compact.patterns.insert(pattern.to_owned());
    }
}
