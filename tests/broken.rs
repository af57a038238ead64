//! Each folder of `tests/broken` is one way to get a pack wrong, laid over a small sound one; its snapshot is what
//! the author of the pack reads.

use std::path::Path;

use certwhy::diagnostic::Diagnostic;
use certwhy::{Engine, Pack, lint};

fn sound() -> Pack {
    let mut pack = Pack::default();
    pack.overlay(Path::new("tests/packs/mini")).expect("the small pack is readable");
    pack
}

#[test]
fn the_small_pack_is_sound() {
    let checked = lint::check(&sound());
    assert!(checked.diagnostics.0.is_empty(), "{}", checked.diagnostics);
}

#[test]
fn every_mistake_is_told_with_its_place_and_the_way_out() {
    let root = Path::new("tests/broken");
    let mut folders: Vec<_> =
        std::fs::read_dir(root).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    folders.retain(|folder| folder.is_dir());
    folders.sort();
    assert!(folders.len() >= 35);
    for folder in folders {
        let mut pack = sound();
        pack.overlay(&folder).expect("a readable folder");
        let name = folder.file_name().and_then(|n| n.to_str()).expect("a name").to_owned();
        let checked = lint::check(&pack);
        assert!(!checked.diagnostics.0.is_empty(), "nothing was found in {name}");
        // What keeps a pack from loading is told by every command.
        let refused = checked.diagnostics.0.iter().any(Diagnostic::refuses);
        assert_eq!(Engine::new(&pack).is_err(), refused, "{name}");
        assert_eq!(checked.engine.is_none(), refused, "{name}");
        for diagnostic in &checked.diagnostics.0 {
            assert!(diagnostic.position().is_some(), "{name}: no place for: {}", diagnostic.message);
        }
        insta::with_settings!({ snapshot_path => "broken", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name.clone(), checked.diagnostics.render(false));
        });
    }
}
