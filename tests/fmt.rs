//! The canonical form of rule files: the same values, in order, with every comment.
//!
//! `INSTA_UPDATE=always cargo test --test fmt` writes the snapshots anew; read them before you keep them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use certwhy::author::fmt::formatted;
use certwhy::rule::Pack;
use certwhy::rule::schema::Kind;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value};

macro_rules! keep {
    ($name:expr, $text:expr) => {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "authoring" }, {
            insta::assert_snapshot!($name, $text);
        })
    };
}

fn canonical(kind: Kind, text: &str) -> String {
    let out = formatted(kind, text).unwrap_or_else(|error| panic!("{error:?} in\n{text}"));
    assert_eq!(formatted(kind, &out).as_ref(), Ok(&out), "it is not idempotent:\n{text}");
    out
}

#[test]
fn fields_come_in_order_and_comments_stay() {
    let untidy = "\
# yaml-language-server: $schema=schema/cause.schema.json
# Of the second line.
# about the tests
tests:
- expect: first   # behind it
  # about the log
  log: |
      one
        two

  # about the second test
-   expect: absent
    log:   'a # b'
  # a test that was taken out
# about the prior
prior: \tcommon

summary:
    no more
    than this   # behind two lines
title : \"A: title\" \t# in quotes
leads_to: [ { how: usually,   symptom: x },
  { symptom: y, how: 'it''s' } ] # behind the list
shows:
    # above a dash
    -
      # of the field
      how: usually
      # of the signal
      signal: a.b
      # below it
    - how: often
      fact:
        bot.status: { in: [B, A] }
        all:
        - { z.y: 1, a.b: 2 }
      leak: rare
# at the end
";
    keep!("fmt-cause", canonical(Kind::Cause, untidy));
}

#[test]
fn what_an_author_chose_stays_in_its_order() {
    let text = "signals:\n  z:\n    leak: rare\n    shown_by:\n      b.c: usually\n      a.b: rarely\n    log: zzzzz\n    title: Z\n  a: {leak: rare, title: A, log: aaaaa}\ntitle: T\n";
    keep!("fmt-signals", canonical(Kind::Signals, text));
}

#[test]
fn block_scalars_keep_every_blank_of_theirs() {
    let text = "title: t\nprior: rare\nsummary: s\nshows: []\ntests:\n- log: |2\n     a  \n\n      b\n  expect: first\n- expect: absent\n  log: |+ # kept\n        x\n\n\n- log: >-\n   folded\n   text\n\n  # no part of it\n  expect: absent\n";
    keep!("fmt-block-scalars", canonical(Kind::Cause, text).replace("  \n", "··\n"));
}

#[test]
fn line_ends_marks_and_blanks_go() {
    let text = "\u{feff}facts:\r\n    a.b:   \r\n        meaning: x\t\r\n        type: text\r\n\r\n\r\n\r\n";
    assert_eq!(canonical(Kind::Facts, text), "facts:\n  a.b:\n    type: text\n    meaning: x\n");
    let article = "---\nverify: []\nsteps:\n- do: a\n---\n## What it means\nText  \nwith a break.\n\n\n";
    assert_eq!(
        canonical(Kind::Article, article),
        "---\nsteps:\n  - do: a\nverify: []\n---\n## What it means\nText  \nwith a break.\n"
    );
}

#[test]
fn what_has_no_canonical_form_is_told_with_its_place() {
    let cause = |rest: &str| format!("title: t\nprior: rare\nsummary: s\nshows: []\n{rest}");
    for (text, at, message) in [
        ("title: [", "[", "expected string"),
        ("titel: x", "titel", "unknown field"),
        (&cause("tests:\n  - &a\n    log: x\n    expect: first\n  - *a\n"), "&a", "anchors, aliases or tags"),
        (&cause("tests: &a\n  - log: x\n    expect: first\n"), "&a", "anchors, aliases or tags"),
        (&cause("tests: !x []\n"), "!x", "anchors, aliases or tags"),
        (&cause("? tests\n: []\n"), "? tests", "written as `name: value`"),
        (&cause("tests: # here\n  []\n"), "# here", "move this comment"),
    ] {
        let error = formatted(Kind::Cause, text).expect_err(text);
        assert!(error.message.contains(message), "{text}: {error:?}");
        assert!(text[error.range.start..].starts_with(at), "{text}: {error:?}");
        // Places are those of the file as it is.
        let returned = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        let error = formatted(Kind::Cause, &returned).expect_err(text);
        assert!(returned[error.range.start..].starts_with(at), "{text}: {error:?}");
    }
    assert!(formatted(Kind::Article, "no front matter").is_err());
    assert!(formatted(Kind::Cause, "").is_err());
    assert!(formatted(Kind::Cause, &"[".repeat(100_000)).is_err());
}

/// Every file of the shipped rules that has a canonical form, as it is written.
fn shipped() -> Vec<(Kind, String, String)> {
    let pack = Pack::embedded().from_text();
    let of_kind = |(path, file): (&String, &std::sync::Arc<certwhy::diagnostic::SourceFile>)| {
        Some((Kind::of_path(path)?, path.clone(), file.text.clone()))
    };
    pack.files.iter().filter_map(of_kind).collect()
}

#[test]
fn the_shipped_rules_can_be_formatted() {
    for (kind, path, text) in shipped() {
        let out = formatted(kind, &text).unwrap_or_else(|error| panic!("{path}: {error:?}"));
        assert_eq!(formatted(kind, &out), Ok(out.clone()), "{path}");
    }
}

/// How a file is written that nobody cared for: a source of accidents.
struct Untidy<'r> {
    random: &'r mut dyn FnMut(usize) -> usize,
    comments: usize,
    out: String,
}

impl Untidy<'_> {
    fn chance(&mut self, of: usize) -> bool {
        (self.random)(of) == 0
    }

    fn comment(&mut self, indent: usize) {
        if self.chance(6) {
            self.comments += 1;
            self.out.push_str(&format!("{:indent$}# comment {}\n", "", self.comments));
        }
        if self.chance(8) {
            self.out.push('\n');
        }
    }

    fn line_end(&mut self) {
        if self.chance(8) {
            self.comments += 1;
            self.out.push_str(&format!(" # comment {}", self.comments));
        }
        let ends = ["\n", "  \n", "\r\n", "\n", "\n"];
        self.out.push_str(ends[(self.random)(ends.len())]);
    }

    /// Entries in any order, where the order of these says nothing.
    fn map(&mut self, map: &Map<String, Value>, indent: usize, mut inline: bool) {
        let mut entries: Vec<_> = map.iter().collect();
        for ix in (1..entries.len()).rev() {
            entries.swap(ix, (self.random)(ix + 1));
        }
        for (key, value) in entries {
            if !inline {
                self.comment(indent);
                self.out.push_str(&" ".repeat(indent));
            }
            inline = false;
            self.out.push_str(&format!("{key}:"));
            self.value(value, indent, false);
        }
    }

    fn value(&mut self, value: &Value, indent: usize, in_list: bool) {
        match value {
            Value::Object(map) if !map.is_empty() && !self.chance(5) => {
                let inner = indent + 2 + (self.random)(3);
                if in_list {
                    self.out.push_str(&" ".repeat(inner - indent - 1));
                    return self.map(map, inner, true);
                }
                self.line_end();
                self.map(map, inner, false);
            }
            Value::Array(list) if !list.is_empty() && !in_list && !self.chance(4) => {
                self.line_end();
                let inner = indent + (self.random)(4);
                for item in list {
                    self.comment(inner);
                    self.out.push_str(&format!("{:inner$}-", ""));
                    self.value(item, inner, true);
                }
            }
            Value::String(text) if text.contains('\n') && !text.starts_with([' ', '\n']) && !text.contains("\n\n") => {
                self.out.push_str(if text.ends_with('\n') { " |\n" } else { " |-\n" });
                let inner = indent + 1 + (self.random)(4);
                text.lines().for_each(|line| self.out.push_str(&format!("{:inner$}{line}\n", "")));
            }
            value => {
                self.out.push_str(&format!(" {value}"));
                self.line_end();
            }
        }
    }
}

/// Keys in the order in which they stand, of the maps whose order is the schema's.
fn lines_without_comments(text: &str) -> String {
    let lines = text.lines().map(|line| line.split(" # comment ").next().unwrap_or_default());
    let lines = lines.filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("# comment "));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_shuffled_file_comes_out_in_order_with_all_that_was_in_it() {
    // Those of the shipped files whose order is the schema's throughout.
    let files: Vec<(Kind, Value)> = shipped()
        .into_iter()
        .filter(|(kind, ..)| matches!(kind, Kind::Cause | Kind::Article))
        .map(|(kind, _, text)| {
            let yaml = if kind == Kind::Article { text.split("---\n").nth(1).unwrap_or_default() } else { &text };
            (kind, serde_yaml::from_str(yaml).expect("YAML"))
        })
        .collect();
    let config = Config { cases: 300, failure_persistence: None, ..Config::default() };
    let choices = (0..files.len(), proptest::collection::vec(any::<u16>(), 400));
    let outcome = TestRunner::new(config).run(&choices, |(file, choices)| {
        let (kind, value) = &files[file];
        let mut choices = choices.into_iter().cycle();
        let mut random = |below: usize| usize::from(choices.next().unwrap_or(0)) % below;
        let mut untidy = Untidy { random: &mut random, comments: 0, out: String::new() };
        untidy.map(value.as_object().expect("fields"), 0, false);
        let Untidy { comments, out: text, .. } = untidy;
        let around =
            |yaml: &str| if *kind == Kind::Article { format!("---\n{yaml}---\nText.\n") } else { yaml.to_owned() };
        let text = around(&text);
        let once = formatted(*kind, &text);
        let once = once.map_err(|error| TestCaseError::fail(format!("{error:?}:\n{text}")))?;
        prop_assert_eq!(formatted(*kind, &once), Ok(once.clone()), "not idempotent:\n{}", text);
        let yaml = if *kind == Kind::Article { once.split("---\n").nth(1).unwrap_or_default() } else { once.as_str() };
        let read: Value = serde_yaml::from_str(yaml).expect("YAML");
        prop_assert_eq!(&read, value);
        for comment in 1..=comments {
            prop_assert_eq!(
                once.lines().filter(|l| l.ends_with(&format!("# comment {comment}"))).count(),
                1,
                "{}",
                once
            );
        }
        prop_assert!(!once.contains('\r') && !once.lines().any(|line| line.ends_with(' ')), "{}", once);
        // Without comments, it makes no difference in which order the fields stood.
        let bare = lines_without_comments(yaml);
        let fields: Vec<&str> = bare.lines().filter(|l| !l.starts_with([' ', '-'])).collect();
        let schema = kind.schema(&certwhy::rule::Knowledge::default());
        let order: Vec<&String> = schema["properties"].as_object().expect("fields").keys().collect();
        let at = |line: &&str| order.iter().position(|name| line.starts_with(&format!("{name}:")));
        prop_assert!(fields.iter().map(at).is_sorted() && fields.iter().all(|line| at(line).is_some()), "{}", once);
        Ok(())
    });
    if let Err(failed) = outcome {
        panic!("{failed}");
    }
}

#[test]
fn nothing_makes_it_panic() {
    let files = shipped();
    let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
    let bits = "[-:#|>'\"{}\\[\\]&*!?\t\r\n ,a\u{e9}]{1,4}";
    let choices = (0..files.len(), proptest::collection::vec((any::<u32>(), bits), 1..4));
    let outcome = TestRunner::new(config).run(&choices, |(file, edits)| {
        let (kind, _, text) = &files[file];
        let mut text: String = text.chars().take(3000).collect();
        for (at, bit) in edits {
            let mut at = at as usize % (text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            text.insert_str(at, &bit);
        }
        if let Ok(once) = formatted(*kind, &text) {
            prop_assert_eq!(formatted(*kind, &once), Ok(once.clone()), "not idempotent:\n{}", text);
        }
        Ok(())
    });
    if let Err(failed) = outcome {
        panic!("{failed}");
    }
}

fn mini_copy() -> tempfile::TempDir {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).expect("a folder");
        for entry in fs::read_dir(from).expect("a folder").flatten() {
            let target = to.join(entry.file_name());
            if entry.path().is_dir() { copy(&entry.path(), &target) } else { _ = fs::copy(entry.path(), target) }
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packs/mini"), folder.path());
    folder
}

fn run(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certwhy"));
    let done = command.args(args).current_dir(folder).output().expect("the program");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (done.status.code(), text(done.stdout) + &text(done.stderr))
}

#[test]
fn the_command_checks_and_writes() {
    let folder = mini_copy();
    let at = folder.path();
    fs::write(at.join("rules/dcv/torn.yaml"), "title: x\nprior: [\n").expect("written");
    fs::write(at.join("rules/dcv/binary.yaml"), b"title: \xff\n").expect("written");
    let cause: PathBuf = at.join("rules/deploy/denied.yaml");
    let tidy = fs::read_to_string(&cause).expect("text");
    let untidy = tidy.replace("prior: occasional\n", "").replace("tests:", "prior: occasional  \r\ntests:");
    fs::write(&cause, &untidy).expect("written");

    let (code, told) = run(at, &["--rules", ".", "rules", "fmt", "--check"]);
    keep!("fmt-check", format!("exit code {}\n{told}", code.unwrap_or(-1)));
    assert_eq!(fs::read_to_string(&cause).expect("text"), untidy, "--check has written");

    // What can be read is put in order all the same.
    assert_eq!(run(at, &["--rules", ".", "rules", "fmt"]).0, Some(2));
    assert_eq!(fs::read_to_string(&cause).expect("text"), tidy);
    fs::remove_file(at.join("rules/dcv/torn.yaml")).expect("removed");
    fs::remove_file(at.join("rules/dcv/binary.yaml")).expect("removed");
    assert_eq!(run(at, &["--rules", ".", "rules", "fmt"]).0, Some(0));
    let (code, told) = run(at, &["rules", "fmt", "--check", "rules", "knowledge"]);
    assert_eq!((code, told.as_str()), (Some(0), "10 files looked at, 0 would change\n"));
    assert_eq!(run(at, &["--rules", "rules", "rules", "fmt", "--check"]).1, told, "the rules folder itself");

    fs::write(&cause, &untidy).expect("written");
    assert_eq!(run(at, &["rules", "fmt", "--check", "rules/deploy/denied.yaml"]).0, Some(1));
    // A file is known by its place also from within its folder.
    assert_eq!(run(&at.join("rules/deploy"), &["rules", "fmt", "denied.yaml"]).0, Some(0));
    assert_eq!(fs::read_to_string(&cause).expect("text"), tidy);

    for (args, message) in [
        (&["rules", "fmt"][..], "say which files"),
        (&["rules", "fmt", "no-such.yaml"], "no-such.yaml: cannot be read"),
        (&["rules", "fmt", "knowledge/guides/1-look.md"], "is no rule file by its place"),
        (&["--rules", "nowhere", "rules", "fmt"], "nowhere: cannot be read"),
    ] {
        let (code, told) = run(at, args);
        assert_eq!(code, Some(2), "{told}");
        assert!(told.contains(message), "{told}");
    }
}
