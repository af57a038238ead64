//! Each folder of `tests/broken` is one way to get a pack wrong, laid over a small sound one; its snapshot is what
//! the author of the pack reads.

use std::path::Path;

use certwhy::{Engine, Error, Pack};

fn sound() -> Pack {
    let mut pack = Pack::default();
    pack.overlay(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packs/mini")).expect("the small pack is readable");
    pack
}

#[test]
fn the_small_pack_is_sound() {
    Engine::new(&sound()).expect("no mistakes");
}

#[test]
fn every_mistake_is_told_with_its_place_and_the_way_out() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let mut folders: Vec<_> =
        std::fs::read_dir(root).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    folders.retain(|folder| folder.is_dir());
    folders.sort();
    assert!(folders.len() > 20);
    for folder in folders {
        let mut pack = sound();
        pack.overlay(&folder).expect("a readable folder");
        let name = folder.file_name().and_then(|n| n.to_str()).expect("a name").to_owned();
        let Err(Error::Rules(diagnostics)) = Engine::new(&pack) else { panic!("{name} was accepted") };
        for diagnostic in &diagnostics.0 {
            assert!(diagnostic.position().is_some(), "{name}: no place for: {}", diagnostic.message);
        }
        insta::with_settings!({ snapshot_path => "broken", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name.clone(), diagnostics.render(false));
        });
    }
}
