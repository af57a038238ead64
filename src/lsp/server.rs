//! Answers what the editor asks, and tells it what is wrong with a pack.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::{
    CodeLensParams, CompletionParams, DefinitionParams, Diagnostic, DiagnosticSeverity, DidChangeTextDocumentParams,
    DidChangeWatchedFilesParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams,
    ExecuteCommandParams, HoverParams, Position, ReferenceParams, RenameParams, TextDocumentContentChangeEvent,
    TextDocumentPositionParams, Uri,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::wire::{self, Incoming};
use super::worker::{self, Checked, Job, Tested, note};
use super::workspace::Workspace;
use super::{complete, hover, lens, navigate, text};
use crate::error::{Error, Result};
use crate::rule::Pack;
use crate::rule::layer::MANIFEST;
use crate::rule::schema::Kind;

/// Without another change for so long, the pack is checked.
const QUIET: Duration = Duration::from_millis(150);
/// Where nothing is due.
const IDLE: Duration = Duration::from_secs(3600);

/// Whether a workspace is laid over the rules that are part of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Builtin {
    /// Unless it has a vocabulary and symptoms of its own, and so is a whole knowledge base.
    Auto,
    /// Always.
    Yes,
    /// Never.
    No,
}

/// What workspaces are laid over.
pub struct Base {
    /// The rules.
    pub pack: Pack,
    /// Whether they count.
    pub builtin: Builtin,
}

/// What happens.
pub enum Event {
    /// The editor says something.
    In(Incoming),
    /// A pack was checked.
    Checked(Box<Checked>),
    /// Tests were run.
    Tested(Box<Tested>),
}

/// Serves until the editor ends it or goes away; says whether it was ended in order.
///
/// # Errors
/// [`Error::Protocol`] where the input is something else than the protocol.
pub fn run(base: Base) -> Result<bool> {
    let (events, inbox) = mpsc::channel();
    let (jobs, work) = mpsc::channel();
    let told = events.clone();
    std::thread::spawn(move || worker::work(&work, &told));
    std::thread::spawn(move || {
        let mut input = BufReader::new(io::stdin().lock());
        loop {
            let incoming = wire::read(&mut input);
            let last = matches!(incoming, Incoming::End(_));
            if events.send(Event::In(incoming)).is_err() || last {
                return;
            }
        }
    });
    let mut server = Server { base, jobs, open: Vec::new(), folders: Vec::new(), state: State::New };
    loop {
        match inbox.recv_timeout(server.patience()) {
            Ok(Event::In(Incoming::Message(message))) => {
                if let Some(in_order) = server.message(message)? {
                    return Ok(in_order);
                }
            }
            Ok(Event::In(Incoming::Garbage(why))) => server.log(&why)?,
            Ok(Event::In(Incoming::End(Some(why)))) => return Err(Error::Protocol(why)),
            // The editor is gone.
            Ok(Event::In(Incoming::End(None))) => return Ok(server.state == State::ShutDown),
            Ok(Event::Checked(checked)) => server.checked(*checked)?,
            Ok(Event::Tested(tested)) => server.tested(*tested)?,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(false),
        }
        server.check_what_is_due();
    }
}

/// How far the conversation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Running,
    ShutDown,
}

/// A workspace, and what was said about it.
struct Open {
    workspace: Workspace,
    /// When it is to be checked.
    due: Option<Instant>,
    /// Whether it is being checked.
    busy: bool,
    findings: BTreeMap<String, Vec<Diagnostic>>,
    /// Failed tests by file and rule.
    failures: BTreeMap<(String, String), Vec<Diagnostic>>,
    /// Versions of the open files that the findings are about.
    versions: BTreeMap<String, i32>,
    /// What the editor shows.
    published: BTreeMap<String, Vec<Diagnostic>>,
}

struct Server {
    base: Base,
    jobs: Sender<Job>,
    open: Vec<Open>,
    /// Folders that are still to be taken up.
    folders: Vec<PathBuf>,
    state: State,
}

/// Why a request has no answer.
struct Refusal {
    code: ErrorCode,
    message: String,
}

impl From<String> for Refusal {
    fn from(message: String) -> Self {
        Refusal { code: ErrorCode::RequestFailed, message }
    }
}

type Answer = std::result::Result<Value, Refusal>;

impl Server {
    /// How long nothing has to be done.
    fn patience(&self) -> Duration {
        let due = self.open.iter().filter(|open| !open.busy).filter_map(|open| open.due).min();
        due.map_or(IDLE, |due| due.saturating_duration_since(Instant::now()))
    }

    /// Takes a message; says how it ended, where that was the last one.
    fn message(&mut self, message: Message) -> Result<Option<bool>> {
        match message {
            Message::Request(request) => self.request(request)?,
            Message::Notification(notification) if notification.method == "exit" => {
                return Ok(Some(self.state == State::ShutDown));
            }
            Message::Notification(notification) if self.state == State::Running => self.notification(notification)?,
            // To what we told; there is nothing to learn from it.
            Message::Notification(_) | Message::Response(_) => {}
        }
        Ok(None)
    }

    fn request(&mut self, request: Request) -> Result<()> {
        let Request { id, method, params } = request;
        let answer = match (self.state, method.as_str()) {
            (State::New, "initialize") => {
                let answer = self.initialize(&params);
                self.state = State::Running;
                Ok(answer)
            }
            (State::New, _) => Err(refusal(ErrorCode::ServerNotInitialized, "initialize comes first")),
            (State::ShutDown, _) => Err(refusal(ErrorCode::InvalidRequest, "the server was shut down")),
            (_, "shutdown") => {
                self.state = State::ShutDown;
                Ok(Value::Null)
            }
            (_, "workspace/executeCommand") => match self.execute(&id, params) {
                // The answer comes when the tests have run.
                Ok(()) => return Ok(()),
                Err(refusal) => Err(refusal),
            },
            (_, method) => self.answer(method, params),
        };
        self.send(respond(id, answer).into())?;
        // Reading a large pack takes a moment: the editor has its answer by then.
        std::mem::take(&mut self.folders).iter().for_each(|folder| _ = self.take_up(folder));
        Ok(())
    }

    fn initialize(&mut self, params: &Value) -> Value {
        let folders = params["workspaceFolders"].as_array().into_iter().flatten().filter_map(|f| f["uri"].as_str());
        let mut folders: Vec<PathBuf> = folders.filter_map(folder).collect();
        if folders.is_empty() {
            folders.extend(params["rootUri"].as_str().and_then(folder));
        }
        if let Some(builtin) = params["initializationOptions"]["builtin"].as_bool() {
            self.base.builtin = if builtin { Builtin::Yes } else { Builtin::No };
        }
        self.folders = folders;
        json!({
            "capabilities": {
                "positionEncoding": "utf-16",
                "textDocumentSync": { "openClose": true, "change": 1, "save": true },
                "completionProvider": { "triggerCharacters": [" ", ".", "-", "[", "{"] },
                "hoverProvider": true,
                "definitionProvider": true,
                "referencesProvider": true,
                "renameProvider": { "prepareProvider": true },
                "codeLensProvider": {},
                "executeCommandProvider": { "commands": [lens::RUN_TESTS] },
            },
            "serverInfo": { "name": "certwhy", "version": env!("CARGO_PKG_VERSION") },
        })
    }

    /// Takes up a folder as a workspace; its number.
    fn take_up(&mut self, folder: &Path) -> usize {
        if let Some(n) = self.open.iter().position(|open| open.workspace.root() == folder) {
            return n;
        }
        let workspace = Workspace::open(folder, |whole| match (self.base.builtin, whole) {
            (Builtin::Auto, true) | (Builtin::No, _) => Pack::default(),
            (Builtin::Auto, false) | (Builtin::Yes, _) => self.base.pack.clone(),
        });
        self.open.push(Open {
            workspace,
            due: Some(Instant::now()),
            busy: false,
            findings: BTreeMap::new(),
            failures: BTreeMap::new(),
            versions: BTreeMap::new(),
            published: BTreeMap::new(),
        });
        self.open.len() - 1
    }

    /// The workspace of a document, and its path in the pack.
    fn find(&self, uri: &Uri) -> Option<(usize, String)> {
        self.open.iter().enumerate().find_map(|(n, open)| Some((n, open.workspace.path(uri)?)))
    }

    /// As [`Server::find`]; a pack that no workspace is about is taken up, by the folders of its file.
    fn find_or_take_up(&mut self, uri: &Uri) -> Option<(usize, String)> {
        if let Some(found) = self.find(uri) {
            return Some(found);
        }
        let place = uri.to_file_path().ok()?;
        if place.ends_with(MANIFEST) && place.with_file_name("rules").is_dir() {
            self.take_up(place.parent()?);
            return self.find(uri);
        }
        let folder = place.ancestors().skip(1).find(|f| f.ends_with("rules") || f.ends_with("knowledge"))?;
        let root = folder.parent()?.to_owned();
        let inner = place.strip_prefix(&root).ok()?.to_str()?.replace('\\', "/");
        Kind::of_path(&inner)?;
        self.take_up(&root);
        self.find(uri)
    }

    fn notification(&mut self, notification: Notification) -> Result<()> {
        let Notification { method, params } = notification;
        match method.as_str() {
            "initialized" => self.watch_files(),
            "textDocument/didOpen" => {
                let Some(p) = self.params::<DidOpenTextDocumentParams>(params)? else { return Ok(()) };
                let document = p.text_document;
                self.put(&document.uri, document.text, document.version, Duration::ZERO);
                Ok(())
            }
            "textDocument/didChange" => {
                let Some(p) = self.params::<DidChangeTextDocumentParams>(params)? else { return Ok(()) };
                let uri = p.text_document.text_document_identifier.uri;
                let Some((n, path)) = self.find(&uri) else { return Ok(()) };
                let file = self.open[n].workspace.files.get(&path);
                let mut content = file.map(|file| file.text.clone()).unwrap_or_default();
                p.content_changes.into_iter().for_each(|change| apply(&mut content, change));
                self.put(&uri, content, p.text_document.version, QUIET);
                Ok(())
            }
            "textDocument/didSave" => {
                let Some(p) = self.params::<DidSaveTextDocumentParams>(params)? else { return Ok(()) };
                if let Some((n, _)) = self.find(&p.text_document.uri) {
                    self.open[n].due = Some(Instant::now());
                }
                Ok(())
            }
            "textDocument/didClose" => {
                let Some(p) = self.params::<DidCloseTextDocumentParams>(params)? else { return Ok(()) };
                if let Some((n, path)) = self.find(&p.text_document.uri) {
                    self.open[n].workspace.close(&path);
                    self.open[n].due = Some(Instant::now());
                }
                Ok(())
            }
            "workspace/didChangeWatchedFiles" => {
                let Some(p) = self.params::<DidChangeWatchedFilesParams>(params)? else { return Ok(()) };
                for change in p.changes {
                    if let Some((n, path)) = self.find(&change.uri) {
                        self.open[n].workspace.read(&path);
                        self.open[n].due = Some(Instant::now() + QUIET);
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The parameters of a notification; what cannot be understood is told and passed over.
    fn params<T: DeserializeOwned>(&mut self, params: Value) -> Result<Option<T>> {
        match serde_json::from_value(params) {
            Ok(params) => Ok(Some(params)),
            Err(error) => self.log(&format!("a notification could not be understood: {error}")).map(|()| None),
        }
    }

    fn put(&mut self, uri: &Uri, text: String, version: i32, wait: Duration) {
        let Some((n, path)) = self.find_or_take_up(uri) else { return };
        let open = &mut self.open[n];
        open.failures.retain(|(of, _), _| *of != path);
        open.workspace.put(&path, text, Some(version));
        open.due = Some(Instant::now() + wait);
    }

    /// Asks the editor to tell of files that change outside of it.
    fn watch_files(&mut self) -> Result<()> {
        let watchers =
            json!([{ "globPattern": "**/{rules,knowledge}/**/*.{yaml,md}" }, { "globPattern": "**/pack.yaml" }]);
        let registration = json!({
            "id": "files",
            "method": "workspace/didChangeWatchedFiles",
            "registerOptions": { "watchers": watchers },
        });
        let params = json!({ "registrations": [registration] });
        let id = RequestId::from("watch-files".to_owned());
        self.send(Request { id, method: "client/registerCapability".into(), params }.into())
    }

    fn answer(&mut self, method: &str, params: Value) -> Answer {
        match method {
            "textDocument/completion" => {
                let p: CompletionParams = wanted(params)?;
                let Some((open, path, at)) = self.place(&p.text_document_position_params) else {
                    return Ok(Value::Null);
                };
                Ok(json!(complete::complete(&open.workspace, &path, at)))
            }
            "textDocument/hover" => {
                let p: HoverParams = wanted(params)?;
                let Some((open, path, at)) = self.place(&p.text_document_position_params) else {
                    return Ok(Value::Null);
                };
                Ok(json!(hover::hover(&open.workspace, &path, at)))
            }
            "textDocument/definition" => {
                let p: DefinitionParams = wanted(params)?;
                let Some((open, path, at)) = self.place(&p.text_document_position_params) else {
                    return Ok(Value::Null);
                };
                Ok(json!(navigate::definition(&open.workspace, &path, at)))
            }
            "textDocument/references" => {
                let p: ReferenceParams = wanted(params)?;
                let Some((open, path, at)) = self.place(&p.text_document_position_params) else {
                    return Ok(Value::Null);
                };
                Ok(json!(navigate::references(&open.workspace, &path, at, p.context.include_declaration)))
            }
            "textDocument/prepareRename" => {
                let p: TextDocumentPositionParams = wanted(params)?;
                let Some((open, path, at)) = self.place(&p) else { return Ok(Value::Null) };
                let (range, placeholder) = navigate::can_rename(&open.workspace, &path, at)?;
                Ok(json!({ "range": range, "placeholder": placeholder }))
            }
            "textDocument/rename" => {
                let p: RenameParams = wanted(params)?;
                let Some((open, path, at)) = self.place(&p.text_document_position_params) else {
                    return Ok(Value::Null);
                };
                Ok(navigate::rename(&open.workspace, &path, at, &p.new_name)?)
            }
            "textDocument/codeLens" => {
                let p: CodeLensParams = wanted(params)?;
                let Some((n, path)) = self.find(&p.text_document.uri) else { return Ok(Value::Null) };
                Ok(json!(lens::lenses(&self.open[n].workspace, &path)))
            }
            other => Err(refusal(ErrorCode::MethodNotFound, &format!("certwhy does not know {other}"))),
        }
    }

    /// Where a request is about: its workspace, the file and the byte.
    fn place(&self, at: &TextDocumentPositionParams) -> Option<(&Open, String, usize)> {
        let (n, path) = self.find(&at.text_document.uri)?;
        let open = &self.open[n];
        let Position { line, character } = at.position;
        let offset = text::offset(&open.workspace.files.get(&path)?.text, Position { line, character });
        Some((open, path, offset))
    }

    fn execute(&mut self, request: &RequestId, params: Value) -> std::result::Result<(), Refusal> {
        let p: ExecuteCommandParams = wanted(params)?;
        if p.command != lens::RUN_TESTS {
            return Err(refusal(ErrorCode::InvalidParams, &format!("certwhy does not know the command {}", p.command)));
        }
        let arguments = p.arguments.and_then(|list| serde_json::from_value::<(Uri, String)>(json!(list)).ok());
        let (uri, id) =
            arguments.ok_or_else(|| refusal(ErrorCode::InvalidParams, "the arguments are a document and an id"))?;
        let (n, path) =
            self.find(&uri).ok_or_else(|| refusal(ErrorCode::InvalidParams, "this document is no part of a pack"))?;
        let workspace = &self.open[n].workspace;
        let version = workspace.files.get(&path).and_then(|file| file.version);
        let job = Job::Test { request: request.clone(), workspace: n, pack: workspace.pack(), path, version, id };
        self.jobs.send(job).map_err(|_| refusal(ErrorCode::InternalError, "the tests cannot be run any more"))
    }

    fn check_what_is_due(&mut self) {
        let now = Instant::now();
        for (n, open) in self.open.iter_mut().enumerate() {
            if open.busy || open.due.is_none_or(|due| due > now) {
                continue;
            }
            open.due = None;
            // A folder without rules has nothing to be checked.
            if open.workspace.files.is_empty() && open.published.is_empty() && open.workspace.unreadable.is_empty() {
                continue;
            }
            let (pack, versions) = (open.workspace.pack(), open.workspace.versions());
            open.busy = self.jobs.send(Job::Check { workspace: n, pack, versions }).is_ok();
        }
    }

    fn checked(&mut self, checked: Checked) -> Result<()> {
        let open = &mut self.open[checked.workspace];
        open.busy = false;
        open.workspace.learn(checked.knowledge, checked.complete);
        open.findings = checked.findings;
        open.versions = checked.versions;
        self.publish(checked.workspace)
    }

    fn tested(&mut self, tested: Tested) -> Result<()> {
        let Tested { request, workspace, path, version, id, summary, run, failures } = tested;
        let failed = failures.len();
        let result = json!({ "id": id, "run": run, "failed": failed, "summary": summary });
        let open = &mut self.open[workspace];
        // What has changed since then is not what failed.
        if open.workspace.files.get(&path).map(|file| file.version) == Some(version) {
            open.failures.insert((path, id), failures);
            self.publish(workspace)?;
        }
        let kind = if failed == 0 && run.is_some() { 3 } else { 2 };
        self.notify("window/showMessage", json!({ "type": kind, "message": summary }))?;
        self.send(Response::new_ok(request, result).into())
    }

    /// Tells everything that is wrong with a pack, file by file.
    fn publish(&mut self, n: usize) -> Result<()> {
        let open = &mut self.open[n];
        let mut all: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
        let mut elsewhere: Vec<Diagnostic> = Vec::new();
        for (path, findings) in &open.findings {
            match open.workspace.files.contains_key(path) {
                true => all.entry(path.clone()).or_default().extend(findings.iter().cloned()),
                // In the rules that are part of the program, or in none: told where somebody looks.
                false => elsewhere.extend(findings.iter().map(|found| built_in(path, found))),
            }
        }
        for (path, why) in &open.workspace.unreadable {
            let found = note(lsp_types::Range::default(), DiagnosticSeverity::Error, why.clone());
            all.entry(path.clone()).or_default().push(found);
        }
        for ((path, _), failures) in &open.failures {
            all.entry(path.clone()).or_default().extend(failures.iter().cloned());
        }
        if !elsewhere.is_empty() {
            let files = &open.workspace.files;
            let shown = files.iter().find(|(_, file)| file.version.is_some()).or_else(|| files.iter().next());
            if let Some((path, _)) = shown {
                all.entry(path.clone()).or_default().extend(elsewhere);
            }
        }
        all.retain(|_, findings| !findings.is_empty());
        let before = std::mem::replace(&mut open.published, all.clone());
        // A file that is open is told of in any case, so that whoever waits for it knows that it was checked.
        let opened = open.workspace.files.iter().filter(|(_, file)| file.version.is_some()).map(|(path, _)| path);
        let told: BTreeSet<&String> = opened.chain(before.keys()).chain(all.keys()).collect();
        let mut messages = Vec::new();
        for path in told {
            let is_open = open.workspace.files.get(path).is_some_and(|file| file.version.is_some());
            if !is_open && before.get(path) == all.get(path) {
                continue;
            }
            let Some(uri) = open.workspace.uri(path) else { continue };
            let mut params = json!({ "uri": uri, "diagnostics": all.get(path).map_or(&[][..], Vec::as_slice) });
            if let Some(version) = open.versions.get(path).filter(|_| is_open) {
                params["version"] = json!(version);
            }
            messages.push(params);
        }
        messages.into_iter().try_for_each(|params| self.notify("textDocument/publishDiagnostics", params))
    }

    fn log(&mut self, message: &str) -> Result<()> {
        self.notify("window/logMessage", json!({ "type": 2, "message": message }))
    }

    fn notify(&mut self, method: &str, params: Value) -> Result<()> {
        self.send(Notification { method: method.to_owned(), params }.into())
    }

    fn send(&mut self, message: Message) -> Result<()> {
        let mut out = io::stdout().lock();
        message.write(&mut out)?;
        Ok(out.flush()?)
    }
}

fn refusal(code: ErrorCode, message: &str) -> Refusal {
    Refusal { code, message: message.to_owned() }
}

fn respond(id: RequestId, answer: Answer) -> Response {
    match answer {
        Ok(value) => Response::new_ok(id, value),
        Err(Refusal { code, message }) => Response::new_err(id, code as i32, message),
    }
}

fn wanted<T: DeserializeOwned>(params: Value) -> std::result::Result<T, Refusal> {
    serde_json::from_value(params).map_err(|error| refusal(ErrorCode::InvalidParams, &error.to_string()))
}

fn folder(uri: &str) -> Option<PathBuf> {
    uri.parse::<Uri>().ok()?.to_file_path().ok()
}

fn apply(content: &mut String, change: TextDocumentContentChangeEvent) {
    match change {
        TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => *content = whole.text,
        TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
            let start = text::offset(content, part.range.start);
            let end = text::offset(content, part.range.end).max(start);
            content.replace_range(start..end, &part.text);
        }
    }
}

/// A finding in a file that is not in the workspace.
fn built_in(path: &str, found: &Diagnostic) -> Diagnostic {
    let lsp_types::Message::String(message) = &found.message else { return found.clone() };
    let line = found.range.start.line + 1;
    let place = if path.is_empty() { String::new() } else { format!("in the built-in {path}, line {line}: ") };
    Diagnostic {
        range: lsp_types::Range::default(),
        message: lsp_types::Message::String(format!("{place}{message}")),
        ..found.clone()
    }
}
