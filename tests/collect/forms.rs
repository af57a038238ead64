//! What is recognised by its look: each file of `tests/collect/inputs` with what it is taken for, and the facts that follow.

use std::ops::ControlFlow;

use certwhy::Engine;
use certwhy::input::read::{Content, Reading, read};
use certwhy::input::time::Reference;
use certwhy::observe::condition::shown;
use certwhy::observe::facts;

#[test]
fn inputs_that_are_known_by_their_look() {
    let engine = Engine::embedded().expect("the rules");
    let now = "2026-11-24T12:00:00Z".parse().expect("a time");
    insta::glob!("inputs/*", |path| {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        let bytes = std::fs::read(path).expect("a file");
        let reading = Reading { reference: Reference { now }, format: None, sieve: None, stop: None };
        let content = read(name, bytes.as_slice(), reading, &mut |_, _| ControlFlow::Continue(())).expect("content");
        let (Content::Document(value, text) | Content::Candidate(value, text)) = content else {
            panic!("{name} is no document: {content:?}")
        };
        let reading = facts::read(&engine.knowledge, 0, &value, &text, now);
        let mut page = format!("{}\n", reading.kind);
        page.push_str(if reading.also_text { "its words count too\n" } else { "" });
        reading.notes.iter().for_each(|note| page.push_str(&format!("note: {note}\n")));
        for set in &reading.sets {
            page.push_str(&format!("\n{}\n", set.subject.as_deref().unwrap_or("(nobody is named)")));
            for (path, value) in &set.values {
                page.push_str(&format!("  {path} = {}\n", shown(value)));
            }
        }
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "forms" }, {
            insta::assert_snapshot!("facts", page);
        });
    });
}
