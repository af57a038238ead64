//! The preprocessor for mdBook, over its protocol and with the real program, and blocks in Markdown of others.
//!
//! CERTWHY_MDBOOK names the program mdbook (0.5); without it the example book is filled in, but not built.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

const MINI: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/packs/mini");

struct Told {
    code: i32,
    out: String,
    err: String,
}

fn certwhy(args: &[&str], input: &str) -> Told {
    let mut child = Command::new(env!("CARGO_BIN_EXE_certwhy"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    // It may refuse before it has read all.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Told { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

/// What mdBook hands over, with the small pack alone.
fn handed(key: &str, content: &str, more: Value) -> String {
    let mut options = json!({ "command": "certwhy mdbook", "rules": [MINI], "no-builtin": true });
    options.as_object_mut().expect("a table").extend(more.as_object().expect("a table").clone());
    let context = json!({
        "root": "/book",
        "config": { "book": { "src": "src" }, "preprocessor": { "certwhy": options } },
        "renderer": "html",
        "mdbook_version": "0.5.4",
    });
    let below = json!({ "Chapter": { "name": "Below", "content": content, "number": [1, 1], "sub_items": [],
        "path": "a/below.md", "source_path": "a/below.md", "parent_names": ["Top"] } });
    let top = json!({ "Chapter": { "name": "Top", "content": "# Top\n", "number": [1], "sub_items": [below],
        "path": "top.md", "source_path": "top.md", "parent_names": [] } });
    json!([context, { key: [{ "PartTitle": "Part" }, "Separator", top], "__non_exhaustive": null }]).to_string()
}

/// The text of the chapter below after a run that succeeds.
fn filled(key: &str, content: &str, more: Value) -> String {
    let told = certwhy(&["mdbook"], &handed(key, content, more));
    assert_eq!(told.code, 0, "{}", told.err);
    let book: Value = serde_json::from_str(&told.out).expect("JSON");
    assert_eq!(book[key][0]["PartTitle"], "Part");
    assert_eq!(book[key][1], "Separator");
    assert_eq!(book[key][2]["Chapter"]["content"], "# Top\n");
    let below = &book[key][2]["Chapter"]["sub_items"][0]["Chapter"];
    assert_eq!(below["parent_names"][0], "Top");
    below["content"].as_str().expect("a text").to_owned()
}

/// What is said of a chapter that cannot be filled in.
fn refused(content: &str, more: Value) -> String {
    let told = certwhy(&["mdbook"], &handed("items", content, more));
    assert_eq!((told.code, told.out.as_str()), (2, ""), "{}", told.err);
    told.err
}

#[test]
fn every_renderer_is_served_but_the_one_that_asks_for_a_refusal() {
    assert_eq!(certwhy(&["mdbook", "supports", "html"], "").code, 0);
    assert_eq!(certwhy(&["mdbook", "supports", "epub"], "").code, 0);
    assert_eq!(certwhy(&["mdbook", "supports", "not-supported"], "").code, 1);
}

#[test]
fn both_shapes_of_books_are_filled() {
    for key in ["items", "sections"] {
        let text = filled(key, "# A\n\n{{#certwhy steps dcv.record-missing}}\n\nEnd.\n", json!({}));
        assert!(text.starts_with("# A\n\n1. Look &lt;record> up") && text.ends_with("\n\nEnd.\n"), "{text}");
        assert!(text.contains("**How to know that it worked:**") && text.contains("```sh\n"), "{text}");
    }
}

#[test]
fn a_whole_chapter() {
    let content = "# Ours\n\n{{#certwhy cause dcv.record-missing}}\n\n- In a list:\n\n  {{#certwhy cause dcv.record-missing what-it-means}}\n\n\
        ```certwhy\nsymptom dcv-failed causes\ntable causes stage=deploy\n```\n\n{{#certwhy graph dcv.record-missing mermaid}}\n";
    let text = filled("items", content, json!({ "heading-level": 3, "base-url": "https://docs.example.com/kb/" }));
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "pages" }, {
        insta::assert_snapshot!("book-chapter", text);
    });
}

#[test]
fn code_and_escaped_directives_stay() {
    let content = "```md\n{{#certwhy steps no.such}}\n```\n\n`{{#certwhy steps no.such}}` and \\{{#certwhy steps no.such}}\n\n{{#certwhyno}}\n";
    let expected = content.replace("\\{{", "{{");
    assert_eq!(filled("items", content, json!({})), expected);
}

#[test]
fn mistakes_name_their_file_line_and_way_out() {
    let text = refused("# A\n\n{{#certwhy steps dcv.record-mising}}\n\n{{#certwhy stepz x}}\n", json!({}));
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "pages" }, {
        insta::assert_snapshot!("book-mistakes", text);
    });
    for (content, said) in [
        ("{{#certwhy}}\n", "the directive is empty"),
        ("{{#certwhy steps dcv.record-missing\n", "does not end on its line"),
        ("Text {{#certwhy steps dcv.record-missing}} text\n", "several lines cannot stand inside of a line"),
        ("{{#certwhy cause dcv.record-missing what-to-doo}}\n", "did you mean `what-to-do`?"),
        ("```certwhy\n```\n", "names nothing"),
        ("{{#certwhy table causes stage=dvc}}\n", "one of bot, connector, csr, dcv"),
    ] {
        let told = refused(content, json!({}));
        assert!(told.contains(said) && told.contains("src/a/below.md:1:"), "{content}{told}");
    }
    assert!(refused("x", json!({ "grapf": "svg" })).contains("did you mean graph?"));
    assert!(refused("x", json!({ "heading-level": 9 })).contains("a number from 1 to 6"));
}

#[test]
fn what_is_no_book_is_refused() {
    for input in ["", "{}", "[1]", "[{}, {}]", "[{}, {\"items\": 1}]"] {
        let told = certwhy(&["mdbook"], input);
        assert_eq!(told.code, 2, "{input}");
        assert!(told.err.contains("[preprocessor.certwhy] in book.toml"), "{}", told.err);
    }
}

#[test]
fn blocks_in_markdown_of_others_are_filled_and_kept_up_to_date() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("runbook.md");
    let own = "# Ours\n\n> ```certwhy\n> cause dcv.record-missing summary\n> ```\n\n```certwhy\nsteps dcv.record-missing\n```\n\n\
        ````md\n```certwhy\nno.such\n```\n<!-- certwhy: no.such -->\n````\n";
    fs::write(&path, own).expect("a file");
    let docs = folder.path().to_str().expect("a path");
    let run = |args: &[&str]| certwhy(&[&["--no-builtin", "--rules", MINI, "docs", "expand", docs], args].concat(), "");
    assert_eq!(run(&["--check"]).code, 1);
    assert_eq!(fs::read_to_string(&path).expect("a file"), own, "--check writes nothing");
    let told = run(&[]);
    assert_eq!((told.code, told.out.as_str()), (0, "1 file changed, 0 up to date\n"), "{}", told.err);
    let once = fs::read_to_string(&path).expect("a file");
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "pages" }, {
        insta::assert_snapshot!("expanded", once);
    });
    assert_eq!(run(&["--check"]).code, 0);
    fs::write(&path, once.replace("Publish the record", "Publish nothing")).expect("a file");
    assert_eq!(run(&["--check"]).code, 1, "what was changed by hand is stale");
    assert_eq!(run(&[]).code, 0);
    assert_eq!(fs::read_to_string(&path).expect("a file"), once);
    fs::write(&path, once.replacen("<!-- /certwhy -->", "", 1)).expect("a file");
    let told = run(&[]);
    assert_eq!(told.code, 2);
    assert!(told.err.contains("has no end") && told.err.contains("runbook.md:3:"), "{}", told.err);
}

#[test]
fn a_tool_reads_a_copy_without_the_comments() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("handbook"), folder.path().join("docs"));
    fs::create_dir_all(from.join("dns")).expect("a folder");
    let own = "---\ntitle: Ours\n---\n\n# Ours\n\n```certwhy\nsteps deploy.denied\n```\n";
    let filled = "<!-- certwhy: cause dcv.record-missing summary -->\n\nold\n\n<!-- /certwhy -->\n";
    fs::write(from.join("dns/txt.md"), own).expect("a file");
    fs::write(from.join("README.md"), filled).expect("a file");
    let paths = [&from, &to].map(|path| path.to_str().expect("a path"));
    let run = |tool: &str| {
        let args = ["--no-builtin", "--rules", MINI, "docs", "expand", paths[0], "--out", paths[1], "--for", tool];
        let told = certwhy(&args, "");
        assert_eq!(told.code, 0, "{}", told.err);
        let read = |path: &str| fs::read_to_string(to.join(path)).expect("it is written");
        (read("README.md"), read("dns/txt.md"))
    };
    let (front, steps) = run("gitbook");
    assert!(!front.contains("<!--") && !front.contains("old"), "{front}");
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "pages" }, {
        insta::assert_snapshot!("expanded-for-gitbook", steps);
        insta::assert_snapshot!("expanded-for-docusaurus", run("docusaurus").1);
        insta::assert_snapshot!("expanded-for-mkdocs", run("mkdocs").1);
    });
    assert_eq!(fs::read_to_string(from.join("dns/txt.md")).expect("a file"), own, "the source stays as it was");
    fs::remove_file(from.join("README.md")).expect("a file");
    certwhy(&["--no-builtin", "--rules", MINI, "docs", "expand", paths[0], "--out", paths[1]], "");
    assert!(!to.join("README.md").exists(), "what has no source any more is taken away");
}

#[test]
fn the_example_book_is_built_by_mdbook() {
    let Some(mdbook) = std::env::var_os("CERTWHY_MDBOOK") else {
        // `./check core` has no mdBook; the whole check sets it, and then it must work.
        return;
    };
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/book");
    let out = tempfile::tempdir().expect("a folder");
    let bin = Path::new(env!("CARGO_BIN_EXE_certwhy")).parent().expect("a folder").to_owned();
    let path = std::env::join_paths(
        [bin].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let output = Command::new(&mdbook)
        .args(["build", "--dest-dir"])
        .arg(out.path())
        .arg(&book)
        .env("PATH", path.expect("a path"))
        .output()
        .unwrap_or_else(|error| panic!("{} does not run: {error}", mdbook.display()));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let page = fs::read_to_string(out.path().join("validation.html")).expect("the chapter");
    for part in
        ["Resolve-DnsName", "data:image/svg+xml", "How to know that it worked", "The TXT record holds the wrong value"]
    {
        assert!(page.contains(part), "the chapter holds no {part}");
    }
    assert!(!page.contains("#certwhy"), "a directive is left");
}
