//! The language server, driven over standard input and output as an editor drives it.

#![cfg(feature = "lsp")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Much longer than anything takes, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

struct Editor {
    server: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    folder: tempfile::TempDir,
    next: i64,
    /// What was shown last, by the path in the folder.
    shown: BTreeMap<String, Value>,
    told: Vec<Value>,
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => _ = std::fs::copy(entry.path(), target).expect("a file"),
        }
    }
}

/// Messages of the server, until it closes its output.
fn listen(output: impl Read + Send + 'static) -> Receiver<Value> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut output = BufReader::new(output);
        loop {
            let mut length = 0;
            loop {
                let mut line = String::new();
                if output.read_line(&mut line).unwrap_or(0) == 0 {
                    return;
                }
                match line.trim_end().split_once(": ") {
                    Some((_, value)) => length = value.parse().expect("a length"),
                    None => break,
                }
            }
            let mut body = vec![0; length];
            output.read_exact(&mut body).expect("a body");
            if send.send(serde_json::from_slice(&body).expect("JSON")).is_err() {
                return;
            }
        }
    });
    receive
}

impl Editor {
    /// With the small pack in a folder of its own.
    fn start() -> Self {
        let mut editor = Self::silent(&[]);
        let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packs/mini");
        copy(&pack, editor.folder.path());
        editor.begin(json!({}));
        editor
    }

    /// Before it says anything.
    fn silent(args: &[&str]) -> Self {
        let mut server = Command::new(env!("CARGO_BIN_EXE_certwhy"))
            .arg("lsp")
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program");
        let messages = listen(server.stdout.take().expect("its output"));
        let input = server.stdin.take();
        let folder = tempfile::tempdir().expect("a folder");
        Editor { server, input, messages, folder, next: 0, shown: BTreeMap::new(), told: Vec::new() }
    }

    fn begin(&mut self, options: Value) -> Value {
        let params = json!({
            "processId": null,
            "capabilities": {},
            "workspaceFolders": [{ "uri": self.uri(""), "name": "pack" }],
            "initializationOptions": options,
        });
        let answer = self.ask("initialize", params).expect("an answer");
        self.tell("initialized", json!({}));
        answer
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn uri(&self, path: &str) -> String {
        format!("file://{}", self.path(path).display().to_string().trim_end_matches('/'))
    }

    fn raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("its input");
        input.write_all(bytes).and_then(|()| input.flush()).expect("it listens");
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// The next message; what is shown to a person is kept.
    fn hear(&mut self) -> Value {
        let message = self.messages.recv_timeout(PATIENCE).expect("a message in time");
        if message["method"] == "textDocument/publishDiagnostics" {
            let uri = message["params"]["uri"].as_str().expect("a document");
            let path = uri.strip_prefix(&format!("{}/", self.uri(""))).unwrap_or(uri).to_owned();
            self.shown.insert(path, message["params"]["diagnostics"].clone());
        }
        self.told.push(message.clone());
        message
    }

    fn ask(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        self.next += 1;
        let id = self.next;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.hear();
            if message["id"] == id && message.get("method").is_none() {
                return match message.get("error") {
                    Some(error) => Err(error.clone()),
                    None => Ok(message["result"].clone()),
                };
            }
        }
    }

    fn open(&mut self, path: &str, text: &str) {
        let uri = self.uri(path);
        self.tell(
            "textDocument/didOpen",
            json!({ "textDocument": { "uri": uri, "languageId": "yaml", "version": 1, "text": text } }),
        );
    }

    /// Opens a file as it is, and waits until it was checked.
    fn open_file(&mut self, path: &str) -> String {
        let text = std::fs::read_to_string(self.path(path)).expect("a file");
        self.open(path, &text);
        self.wait_for(path, |_| true);
        text
    }

    fn change(&mut self, path: &str, version: i64, text: &str) {
        let uri = self.uri(path);
        self.tell(
            "textDocument/didChange",
            json!({ "textDocument": { "uri": uri, "version": version }, "contentChanges": [{ "text": text }] }),
        );
    }

    /// Waits until what is shown for a file is as wanted.
    fn wait_for(&mut self, path: &str, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(shown) = self.shown.get(path).and_then(Value::as_array).filter(|shown| wanted(shown)) {
                return shown.clone();
            }
            assert!(Instant::now() < until, "never shown for {path}: {:?}", self.shown);
            self.hear();
        }
    }

    /// What is asked about a place: the mark `¦` in a line of the file.
    fn at(&mut self, method: &str, path: &str, marked: &str, more: Value) -> Result<Value, Value> {
        let text = std::fs::read_to_string(self.path(path)).unwrap_or_default();
        let line = marked.replace('¦', "");
        let number = text.lines().position(|of| of.trim() == line.trim()).expect("the line stands in the file");
        let whole = text.lines().nth(number).expect("a line");
        let indent = whole.len() - whole.trim_start().len();
        let before = &marked.trim_start()[..marked.trim_start().find('¦').expect("a mark")];
        let column = indent + before.encode_utf16().count();
        self.at_position(method, path, number, column, more)
    }

    fn at_position(
        &mut self,
        method: &str,
        path: &str,
        line: usize,
        column: usize,
        more: Value,
    ) -> Result<Value, Value> {
        let mut params =
            json!({ "textDocument": { "uri": self.uri(path) }, "position": { "line": line, "character": column } });
        for (key, value) in more.as_object().into_iter().flatten() {
            params[key] = value.clone();
        }
        self.ask(method, params)
    }

    /// `path:line:column-column` of locations, in order.
    fn places(&self, locations: &Value) -> Vec<String> {
        let mut places: Vec<String> = locations
            .as_array()
            .expect("locations")
            .iter()
            .map(|location| {
                let path = location["uri"].as_str().expect("a document").replace(&format!("{}/", self.uri("")), "");
                format!("{path}:{}", range(&location["range"]))
            })
            .collect();
        places.sort();
        places
    }

    /// Ends it in order; its exit code.
    fn end(mut self) -> i32 {
        self.ask("shutdown", Value::Null).expect("an answer");
        self.tell("exit", Value::Null);
        self.code()
    }

    /// Waits for its end.
    fn code(&mut self) -> i32 {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.server.try_wait().expect("a process") {
                return status.code().expect("an exit code");
            }
            assert!(Instant::now() < until, "the server hangs");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.server.kill();
    }
}

/// `line:column-column`, from 0; with the last line where there are several.
fn range(range: &Value) -> String {
    let (start, end) = (&range["start"], &range["end"]);
    match start["line"] == end["line"] {
        true => format!("{}:{}-{}", start["line"], start["character"], end["character"]),
        false => format!("{}:{}-{}:{}", start["line"], start["character"], end["line"], end["character"]),
    }
}

fn labels(items: &Value) -> Vec<&str> {
    items.as_array().expect("items").iter().map(|item| item["label"].as_str().expect("a label")).collect()
}

const CAUSE: &str = "rules/dcv/record-missing.yaml";
const SIGNALS: &str = "rules/signals/tool.yaml";

#[test]
fn mistakes_are_shown_where_they_are_and_go_when_they_are_corrected() {
    let mut editor = Editor::start();
    let sound = std::fs::read_to_string(editor.path(CAUSE)).expect("the file");
    // Characters of two UTF-16 units and of several bytes stand before what is wrong.
    let broken = sound.replace("prior: common", "prior: comon").replace(
        "- { symptom: dcv-failed, how: always }",
        "- { \"symptom\": dcv-failed, how: \"alwäys𝄞\" }\n  - { cause: 'dcv.𝄞ä', how: x }",
    );
    editor.open(CAUSE, &broken);
    let shown = editor.wait_for(CAUSE, |shown| !shown.is_empty());
    let told: Vec<String> = shown
        .iter()
        .map(|d| {
            format!(
                "{} {} {} {}",
                range(&d["range"]),
                d["severity"],
                d["code"].as_str().unwrap(),
                d["message"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "1:7-12 1 E0102 `comon` is not a prior\nhelp: did you mean `common`?",
            "10:34-44 1 E0102 `alwäys𝄞` is not a word for how often\nhelp: did you mean `always`?",
            "11:13-22 1 E0103 there is no cause `dcv.𝄞ä`",
            "11:29-30 1 E0102 `x` is not a word for how often\nhelp: one of: always, usually, often, sometimes, rarely",
        ]
    );
    assert_eq!(shown[0]["source"], "certwhy");
    let told = |m: &Value| m["params"]["version"] == 1 && m["params"]["diagnostics"] == json!(shown);
    assert!(editor.told.iter().any(told), "the version that was checked stands beside");
    // The buffer counts, not the file; nothing was written.
    assert_eq!(std::fs::read_to_string(editor.path(CAUSE)).expect("the file"), sound);
    editor.change(CAUSE, 2, "title: [");
    let shown = editor.wait_for(CAUSE, |shown| shown.iter().any(|d| d["code"] == "E0101"));
    assert_eq!(shown.len(), 1, "{shown:?}");
    // What refers to a file that does not parse is not wrong for that.
    assert!(editor.shown.iter().all(|(path, shown)| path == CAUSE || shown.as_array().is_none_or(Vec::is_empty)));
    editor.change(CAUSE, 3, &sound);
    editor.wait_for(CAUSE, <[Value]>::is_empty);
    assert_eq!(editor.end(), 0);
}

#[test]
fn the_name_of_a_pack_is_checked_and_its_renames_are_told_in_its_files() {
    let mut editor = Editor::start();
    let cause = editor.open_file(CAUSE);
    editor.open("pack.yaml", "name: small\nversion: 1.0.0\nengine: '>=0.1'\nlicense: MIT\n");
    let shown = editor.wait_for("pack.yaml", |shown| !shown.is_empty());
    assert_eq!((&shown[0]["code"], range(&shown[0]["range"])), (&"E0101".into(), "3:0-7".to_owned()));
    editor.change("pack.yaml", 2, "name: small\nversion: 1.0.0\nengine: '>=9'\n");
    editor.wait_for("pack.yaml", |shown| shown.len() == 1 && shown[0]["code"] == "E0113");
    editor.change("pack.yaml", 3, "name: small\nversion: 1.0.0\nengine: '>=0.1'\nrenamed: { tool.x: tool.valid }\n");
    editor.wait_for("pack.yaml", |shown| shown.is_empty());
    editor.change(CAUSE, 2, &format!("{cause}rules_out: [tool.x]\n"));
    let shown = editor.wait_for(CAUSE, |shown| !shown.is_empty());
    assert_eq!((&shown[0]["code"], &shown[0]["severity"]), (&"W0314".into(), &2.into()), "{shown:?}");
    assert_eq!(editor.end(), 0);
}

#[test]
fn a_change_in_one_file_is_told_in_the_others() {
    let mut editor = Editor::start();
    let signals = editor.open_file(SIGNALS);
    editor.change(SIGNALS, 2, &signals.replace("  deployed:\n", "  was-deployed:\n"));
    let shown = editor.wait_for("rules/renewal/not-triggered.yaml", |shown| !shown.is_empty());
    assert_eq!(range(&shown[0]["range"]), "8:12-25");
    let message = shown[0]["message"].as_str().expect("a message");
    assert_eq!(message, "there is no signal `tool.deployed`\nhelp: did you mean `tool.was-deployed`?");
    // Closed without saving: what is on disk counts.
    let uri = editor.uri(SIGNALS);
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    editor.wait_for("rules/renewal/not-triggered.yaml", <[Value]>::is_empty);
    // A file that something else changes.
    let article = "knowledge/causes/dcv/record-missing.md";
    std::fs::remove_file(editor.path(article)).expect("removed");
    let uri = editor.uri(article);
    editor.tell("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri, "type": 3 }] }));
    let shown = editor.wait_for(CAUSE, |shown| !shown.is_empty());
    assert_eq!(shown[0]["code"], "E0109");
    std::fs::write(editor.path(article), b"---\n\xff").expect("written");
    editor.tell("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri, "type": 1 }] }));
    let shown = editor.wait_for(article, |shown| !shown.is_empty());
    assert_eq!(shown[0]["message"], "the file is not UTF-8: save it as UTF-8");
    assert_eq!(editor.end(), 0);
}

#[test]
fn ids_words_and_fields_are_completed() {
    let mut editor = Editor::start();
    let sound = editor.open_file(CAUSE);
    let mut complete = |text: &str| -> Value {
        let mut lines: Vec<String> = sound.lines().map(str::to_owned).collect();
        lines.push(text.replace('¦', ""));
        editor.change(CAUSE, 2, &lines.join("\n"));
        let line = sound.lines().count() + text.matches('\n').count();
        let last = text.lines().last().expect("a line");
        let column = last[..last.find('¦').expect("a mark")].encode_utf16().count();
        editor.at_position("textDocument/completion", CAUSE, line, column, json!({})).expect("an answer")
    };
    assert_eq!(labels(&complete("status: ¦")), ["experimental", "stable", "deprecated"]);
    let causes = complete("looks_like:\n  - { cause: de¦ }");
    assert_eq!(labels(&causes), ["dcv.record-missing", "deploy.denied", "renewal.not-triggered"]);
    assert_eq!(causes[1]["detail"], "The bot may not write the file");
    assert_eq!(range(&causes[1]["textEdit"]["range"]), format!("{}:13-15", sound.lines().count() + 1));
    let signals = complete("rules_out: [tool.valid, ¦");
    assert_eq!(
        labels(&signals),
        ["tool.denied", "tool.deployed", "tool.no-record", "tool.valid", "tool.validation-error"]
    );
    assert!(labels(&complete("leads_to:\n  - symptom: ¦")).contains(&"dcv-failed"));
    assert!(labels(&complete("requires: { ¦")).contains(&"bot.status"));
    assert!(labels(&complete("requires: { bot.status: St¦")).contains(&"Stopped"));
    let fields = complete("shows:\n  - signal: tool.valid\n    ¦");
    assert!(labels(&fields).contains(&"how"));
    let how = fields.as_array().expect("items").iter().find(|item| item["label"] == "how").expect("how");
    assert_eq!((&how["detail"], &how["textEdit"]["newText"]), (&json!("required"), &json!("how: ")));
    let how = complete("shows:\n  - signal: tool.valid\n    how: ¦");
    assert_eq!(labels(&how), ["always", "usually", "often", "sometimes", "rarely"]);
    assert_eq!(how[1]["detail"], ".8 of the times that it is the cause.");
    // In a text there is nothing to complete.
    assert_eq!(complete("tests:\n  - log: |\n      status: ¦"), json!([]));
    // Ids that are keys, and words behind them; the front matter of an article, and none in its text.
    let mut complete = |path: &str, text: &str| -> Value {
        editor.open(path, &text.replace('¦', ""));
        let before = &text[..text.find('¦').expect("a mark")];
        let (line, last) = (before.matches('\n').count(), before.rsplit('\n').next().expect("a line"));
        editor.at_position("textDocument/completion", path, line, last.len(), json!({})).expect("an answer")
    };
    let signal = "title: a\nsignals:\n  b:\n    shown_by: ";
    let causes = complete(SIGNALS, &format!("{signal}{{ dc¦ }}"));
    assert_eq!(causes[0]["textEdit"]["newText"], "dcv.record-missing: ");
    let causes = complete(SIGNALS, &format!("{signal}{{ dc¦v.x: usually }}"));
    assert_eq!(causes[0]["textEdit"]["newText"], "dcv.record-missing");
    assert_eq!(labels(&complete(SIGNALS, &format!("{signal}\n      dcv.record-missing: ¦")))[1], "usually");
    assert!(labels(&complete("rules/mappings/listing.yaml", "facts:\n  ¦")).contains(&"bot.status"));
    let article = "knowledge/causes/deploy/denied.md";
    let risks = complete(article, "---\nsteps:\n  - do: a\n    risk: ¦\n---\nrisk: \n");
    assert_eq!(labels(&risks), ["read-only", "change", "reload", "restart", "reissue"]);
    assert_eq!(complete(article, "---\nsteps: []\n---\nrisk: ¦\n"), json!([]));
    assert_eq!(editor.end(), 0);
}

#[test]
fn ids_words_and_fields_are_explained() {
    let mut editor = Editor::start();
    editor.open_file(CAUSE);
    editor.open_file(SIGNALS);
    let mut hover = |path: &str, marked: &str| -> String {
        let answer = editor.at("textDocument/hover", path, marked, json!({})).expect("an answer");
        answer["contents"]["value"].as_str().unwrap_or("nothing").to_owned()
    };
    let cause = hover(CAUSE, "- { cause: deploy.¦denied, tell: the log speaks of a file and not of a name }");
    assert!(cause.starts_with("**The bot may not write the file**\n\ncause `deploy.denied`"), "{cause}");
    assert!(cause.contains("prior: occasional (.012 of all incidents.)"), "{cause}");
    assert!(cause.contains("0.8: `tool.denied`"), "{cause}");
    let signal = hover(SIGNALS, "implies: [tool.¦validation-error]");
    assert!(signal.contains("leak: common (In .02 of all logs.)"), "{signal}");
    assert!(signal.contains("```text\n(?i)validation error\n```"), "{signal}");
    let symptom = hover(CAUSE, "- { symptom: dcv-¦failed, how: always }");
    assert!(symptom.contains("symptom `dcv-failed`") && symptom.contains("`dcv.record-missing`"), "{symptom}");
    let fact = hover(CAUSE, "requires: { dcv.¦method: dns-01 }");
    assert!(fact.contains("fact `dcv.method`") && fact.contains("type: choice"), "{fact}");
    let word = hover(CAUSE, "prior: com¦mon");
    assert!(word.starts_with("**common**: .03 of all incidents."), "{word}");
    assert!(hover(SIGNALS, "shown_by: { dcv.record-missing: usu¦ally }").starts_with("**usually**: .8"));
    let field = hover(CAUSE, "pri¦or: common");
    assert!(field.starts_with("**prior**: How often this is the cause"), "{field}");
    assert!(field.contains("- very-rare: .0008"), "{field}");
    assert_eq!(hover(CAUSE, "tes¦ts:").lines().next(), Some("**tests**: Examples that the rule is tested with."));
    assert_eq!(editor.end(), 0);
}

#[test]
fn ids_lead_to_their_definition_and_to_their_uses() {
    let mut editor = Editor::start();
    let article = "knowledge/causes/deploy/denied.md";
    let text = std::fs::read_to_string(editor.path(article)).expect("the article");
    std::fs::write(
        editor.path(article),
        format!("{text}\nSee [`dcv.record-missing`](../dcv/record-missing.md) and `tool.denied`.\n"),
    )
    .expect("written");
    editor.open_file(article);
    let find = |editor: &mut Editor, method: &str, path: &str, marked: &str| {
        let more = json!({ "context": { "includeDeclaration": true } });
        let found = editor.at(method, path, marked, more).expect("an answer");
        editor.places(&found)
    };
    let last = "See [`dcv.record-missing`](../dcv/record-missing.md) and `tool.denied`.";
    let line = last.replace("dcv.rec", "dcv.¦rec");
    assert_eq!(find(&mut editor, "textDocument/definition", article, &line), [format!("{CAUSE}:0:7-32")]);
    let line = last.replace("tool.d", "tool.¦d");
    assert_eq!(find(&mut editor, "textDocument/definition", article, &line), [format!("{SIGNALS}:30:2-8")]);
    let line = "rules_out: [tool.¦deployed]";
    let path = "rules/renewal/not-triggered.yaml";
    assert_eq!(find(&mut editor, "textDocument/definition", path, line), [format!("{SIGNALS}:40:2-10")]);
    let uses = find(&mut editor, "textDocument/references", SIGNALS, "vali¦d:");
    assert_eq!(uses, [format!("{SIGNALS}:22:2-7"), format!("{SIGNALS}:8:17-27")]);
    let uses = find(&mut editor, "textDocument/references", CAUSE, "title: The TXT¦ record is missing");
    assert_eq!(uses.len(), 4, "{uses:?}");
    let facts = find(&mut editor, "textDocument/references", CAUSE, "fact: { dcv.txt¦_found: false }");
    assert!(
        facts.contains(&format!("{CAUSE}:6:12-25")) && facts.iter().any(|f| f.starts_with("rules/facts.yaml")),
        "{facts:?}"
    );
    assert_eq!(find(&mut editor, "textDocument/definition", CAUSE, "prior: co¦mmon"), Vec::<String>::new());
    assert_eq!(editor.end(), 0);
}

#[test]
fn signals_and_symptoms_are_renamed_everywhere_and_causes_are_not() {
    let mut editor = Editor::start();
    editor.open_file(SIGNALS);
    let offered = editor.at("textDocument/prepareRename", SIGNALS, "validation-¦error:", json!({})).expect("an answer");
    assert_eq!((range(&offered["range"]).as_str(), &offered["placeholder"]), ("13:2-18", &json!("validation-error")));
    let edit = editor
        .at("textDocument/rename", SIGNALS, "validation-¦error:", json!({ "newName": "refused" }))
        .expect("an edit");
    let edits = |editor: &Editor, edit: &Value| -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for (uri, edits) in edit["changes"].as_object().expect("changes") {
            let path = uri.replace(&format!("{}/", editor.uri("")), "");
            let edits = edits.as_array().expect("edits").iter();
            all.extend(
                edits.map(|e| format!("{path}:{} {}", range(&e["range"]), e["newText"].as_str().expect("text"))),
            );
        }
        all
    };
    assert_eq!(
        edits(&editor, &edit),
        [format!("{SIGNALS}:7:14-35 tool.refused"), format!("{SIGNALS}:13:2-18 refused")]
    );
    // From a use, across files, with the technology or without it.
    let from = "rules/renewal/not-triggered.yaml";
    let edit = editor
        .at("textDocument/rename", from, "rules_out: [tool.dep¦loyed]", json!({ "newName": "tool.rolled-out" }))
        .expect("an edit");
    assert_eq!(
        edits(&editor, &edit),
        [format!("{from}:8:12-25 tool.rolled-out"), format!("{SIGNALS}:40:2-10 rolled-out")]
    );
    let edit = editor
        .at(
            "textDocument/rename",
            CAUSE,
            "- { symptom: dcv-¦failed, how: always }",
            json!({ "newName": "dcv-refused" }),
        )
        .expect("an edit");
    let edits = edits(&editor, &edit);
    assert!(edits.len() >= 2 && edits.iter().all(|edit| edit.ends_with(" dcv-refused")), "{edits:?}");
    let mut refused = |path: &str, marked: &str, name: &str| -> String {
        let answer = editor.at("textDocument/rename", path, marked, json!({ "newName": name }));
        answer.expect_err("a refusal")["message"].as_str().expect("why").to_owned()
    };
    let cause = refused(
        CAUSE,
        "- { cause: deploy.¦denied, tell: the log speaks of a file and not of a name }",
        "deploy.refused",
    );
    assert!(cause.contains("move rules/deploy/denied.yaml and knowledge/causes/deploy/denied.md"), "{cause}");
    assert!(refused(CAUSE, "requires: { dcv.me¦thod: dns-01 }", "x").starts_with("facts are named"));
    assert!(refused(SIGNALS, "den¦ied:", "valid").starts_with("there is a `tool.valid` already"));
    assert!(refused(SIGNALS, "den¦ied:", "other.name").contains("is no key"));
    assert!(refused(CAUSE, "pri¦or: common", "x").starts_with("here is no signal"));
    assert_eq!(editor.end(), 0);
}

#[test]
fn tests_run_from_a_line_above_the_rule() {
    let mut editor = Editor::start();
    let sound = editor.open_file(CAUSE);
    let lenses = |editor: &mut Editor, path: &str| {
        let uri = editor.uri(path);
        editor.ask("textDocument/codeLens", json!({ "textDocument": { "uri": uri } })).expect("lenses")
    };
    let found = lenses(&mut editor, CAUSE);
    assert_eq!((&found[0]["command"]["title"], found.as_array().map(Vec::len)), (&json!("▶ run 3 tests"), Some(1)));
    let run = |editor: &mut Editor, lens: &Value| {
        let params = json!({ "command": lens["command"]["command"], "arguments": lens["command"]["arguments"] });
        editor.ask("workspace/executeCommand", params).expect("an answer")
    };
    let answer = run(&mut editor, &found[0]);
    assert_eq!(
        answer,
        json!({ "id": "dcv.record-missing", "run": 3, "failed": 0, "summary": "dcv.record-missing: 3 tests passed" })
    );
    // The unsaved text is what is tested.
    editor.change(CAUSE, 2, &sound.replacen("expect: absent", "expect: first", 1));
    let found = lenses(&mut editor, CAUSE);
    let answer = run(&mut editor, &found[0]);
    assert_eq!((&answer["run"], &answer["failed"]), (&json!(3), &json!(1)));
    let shown = editor.wait_for(CAUSE, |shown| !shown.is_empty());
    assert_eq!(range(&shown[0]["range"]), "17:12-17");
    assert!(
        shown[0]["message"]
            .as_str()
            .is_some_and(|m| m.starts_with("dcv.record-missing: expected: dcv.record-missing first")),
        "{shown:?}"
    );
    assert!(editor.told.iter().any(|m| m["method"] == "window/showMessage" && m["params"]["type"] == 2));
    // What was corrected is not held against anybody.
    editor.change(CAUSE, 3, &sound);
    editor.wait_for(CAUSE, <[Value]>::is_empty);
    let signals = std::fs::read_to_string(editor.path(SIGNALS)).expect("the file");
    editor.open(SIGNALS, &signals.replace("[\"No TXT record\"]", "[\"No TXT record found at x for y\"]"));
    let found = lenses(&mut editor, SIGNALS);
    assert_eq!(found.as_array().map(Vec::len), Some(5));
    let answer = run(&mut editor, &found[0]);
    assert_eq!(answer["summary"], "tool.no-record: 1 of 2 tests failed");
    let shown = editor.wait_for(SIGNALS, |shown| !shown.is_empty());
    assert_eq!(range(&shown[0]["range"]), "12:13-45");
    // With a mistake in the pack nothing can be tested, and it says so.
    editor.change(SIGNALS, 2, &signals.replace("leak: rare", "leak: rar"));
    let answer = run(&mut editor, &found[0]);
    assert_eq!(answer["summary"], "tool.no-record: the tests cannot run, the rules have 1 mistake");
    assert_eq!(editor.end(), 0);
}

#[test]
fn a_small_pack_is_laid_over_the_built_in_rules() {
    let mut editor = Editor::silent(&[]);
    let path = "rules/connector/vaultpush-slot-sealed.yaml";
    std::fs::create_dir_all(editor.path("rules/connector")).expect("a folder");
    editor.begin(json!({}));
    let text = "title: a\nprior: occasional\nsummary: b\nshows: []\nlooks_like:\n  - { cause: dcv.caa-forbidden, tell: x }\n  - { cause: dcv.caa-forbiden, tell: x }\nfix: { steps: [], verify: [] }\ntests: []\n";
    editor.open(path, text);
    let shown = editor.wait_for(path, |shown| !shown.is_empty());
    // Beside it stands what the rule lacks, as warnings.
    let errors: Vec<_> = shown.iter().filter(|d| d["severity"] == 1).map(|d| range(&d["range"])).collect();
    assert_eq!(errors, ["6:13-29"], "{shown:?}");
    assert!(shown.iter().any(|d| d["code"] == "W0301"), "{shown:?}");
    let hover = editor.at_position("textDocument/hover", path, 5, 16, json!({})).expect("an answer");
    assert!(hover["contents"]["value"].as_str().is_some_and(|text| text.contains("A CAA record forbids")), "{hover}");
    // What a built-in rule says of a fact that is gone is told at the file that is open.
    editor.open("rules/facts.yaml", "facts: {}\n");
    let is_built_in = |d: &Value| d["message"].as_str().is_some_and(|m| m.starts_with("in the built-in rules/"));
    editor.wait_for(path, |shown| shown.iter().any(is_built_in));
    assert_eq!(editor.end(), 0);
}

#[test]
fn garbage_is_answered_and_passed_over() {
    let mut editor = Editor::silent(&[]);
    let early = editor.ask("textDocument/hover", json!({})).expect_err("too early");
    assert_eq!(early["code"], -32002);
    editor.tell("textDocument/didOpen", json!({}));
    editor.begin(json!({}));
    for garbage in ["{ this is no JSON", "[]", "42", "{\"jsonrpc\":\"2.0\"}", "\"\u{0}\""] {
        editor.raw(format!("Content-Length: {}\r\n\r\n{garbage}", garbage.len()).as_bytes());
    }
    editor.raw(b"Content-Length: 3\r\n\r\n\xff\xfe\xfd");
    assert_eq!(editor.ask("no/such", json!({})).expect_err("unknown")["code"], -32601);
    for params in [
        json!({}),
        json!(null),
        json!([1]),
        json!({ "textDocument": { "uri": "no uri" }, "position": { "line": -1, "character": 0 } }),
    ] {
        assert_eq!(editor.ask("textDocument/hover", params).expect_err("wrong")["code"], -32602);
    }
    for uri in ["file:///nowhere/else.yaml", "untitled:Untitled-1", "https://example.org/rules/dcv/x.yaml"] {
        let far = json!({ "textDocument": { "uri": uri }, "position": { "line": 4_000_000_000_u32, "character": 4_000_000_000_u32 } });
        assert_eq!(editor.ask("textDocument/hover", far), Ok(Value::Null));
        editor.tell(
            "textDocument/didChange",
            json!({ "textDocument": { "uri": uri, "version": 1 }, "contentChanges": [{ "text": "x" }] }),
        );
    }
    editor.tell("textDocument/didOpen", json!({ "textDocument": 1 }));
    editor.tell("$/whatever", json!({}));
    let wrong =
        editor.ask("workspace/executeCommand", json!({ "command": "rm", "arguments": [] })).expect_err("no command");
    assert_eq!(wrong["code"], -32602);
    assert_eq!(editor.end(), 0);
}

#[test]
fn hostile_buffers_do_no_harm() {
    let mut editor = Editor::start();
    let deep = format!("title: {}", "[".repeat(50_000));
    let bomb = "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b]\nd: [*c, *c, *c, *c, *c, *c, *c]\n";
    let pattern = "title: a\nprior: common\nsummary: b\nshows:\n  - { log: '(abc{1,900}){1,900}', leak: rare, how: often }\ntests: []\n";
    for (n, text) in
        [deep.as_str(), bomb, pattern, "\u{0}", "", "---\n---\n---\n", "\u{feff}title: a"].into_iter().enumerate()
    {
        match n {
            0 => editor.open(CAUSE, text),
            n => editor.change(CAUSE, n as i64 + 1, text),
        }
        editor.shown.clear();
        editor.wait_for(CAUSE, |shown| !shown.is_empty());
        editor.at_position("textDocument/completion", CAUSE, 0, 7, json!({})).expect("an answer");
        editor.at_position("textDocument/hover", CAUSE, 0, 7, json!({})).expect("an answer");
    }
    // Changes of a part, also where they are beyond the text.
    let uri = editor.uri(CAUSE);
    let range = json!({ "start": { "line": 9, "character": 9 }, "end": { "line": 0, "character": 0 } });
    editor.tell(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": uri, "version": 99 }, "contentChanges": [{ "range": range, "text": "x: [" }] }),
    );
    assert_eq!(editor.end(), 0);
}

#[test]
fn it_ends_when_the_editor_does() {
    // In the middle of everything.
    let mut editor = Editor::start();
    editor.open(CAUSE, "title: a");
    editor.input = None;
    assert_eq!(editor.code(), 1);
    // Before anything.
    let mut editor = Editor::silent(&[]);
    editor.input = None;
    assert_eq!(editor.code(), 1);
    // In the middle of a message.
    let mut editor = Editor::silent(&[]);
    editor.raw(b"Content-Length: 100\r\n\r\n{");
    editor.input = None;
    assert_eq!(editor.code(), 2);
    // Without a word before it goes.
    let mut editor = Editor::start();
    editor.tell("exit", Value::Null);
    assert_eq!(editor.code(), 1);
    // Something else than an editor.
    let mut editor = Editor::silent(&[]);
    editor.raw(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(editor.code(), 2);
    let mut said = String::new();
    editor.server.stderr.take().expect("its words").read_to_string(&mut said).expect("text");
    assert!(said.starts_with("certwhy: the input is no language server protocol"), "{said}");
    // After shutdown there is nothing more to ask.
    let mut editor = Editor::start();
    editor.ask("shutdown", Value::Null).expect("an answer");
    assert_eq!(editor.ask("textDocument/hover", json!({})).expect_err("too late")["code"], -32600);
    editor.input = None;
    assert_eq!(editor.code(), 0);
}
