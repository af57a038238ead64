//! A pack that is being written: its folders, what the editor has open, and the pack that comes of both.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lsp_types::Uri;

use super::index::{self, Mention, Named};
use crate::knowledge::Understood;
use crate::rule::layer::{MANIFEST, is_whole};
use crate::rule::{Knowledge, Pack};

/// Folders within folders that are looked into, as many as a pack may have.
const MAX_DEPTH: usize = 6;
/// A larger file is none that a person writes.
const MAX_BYTES: u64 = 4 << 20;

/// A pack that is being written.
pub struct Workspace {
    /// The folder with `rules/` and `knowledge/`.
    root: PathBuf,
    /// Where the files of `rules/…` and `knowledge/…` are.
    roots: [(&'static str, PathBuf); 2],
    /// What it is laid over.
    base: Pack,
    /// Its files by their path in the pack.
    pub files: BTreeMap<String, File>,
    /// Files that could not be read, and why.
    pub unreadable: BTreeMap<String, String>,
    /// What is known, as of the last check that understood all files.
    pub knowledge: Knowledge,
}

/// A file of a workspace.
pub struct File {
    /// Its text: what the editor has, else what is on disk.
    pub text: String,
    /// The version that the editor has; `None` where it is not open.
    pub version: Option<i32>,
    /// The ids in it, as of the last text that could be parsed.
    pub mentions: Vec<Mention>,
    /// Whether these are of the present text.
    pub current: bool,
}

impl Workspace {
    /// Takes a folder up, with everything in it.
    pub fn open(root: &Path, base: impl FnOnce(bool) -> Pack) -> Self {
        let named = root.join("rules").is_dir() || root.join("knowledge").is_dir();
        // The folder may be the rules folder itself.
        let is_rules = !named && (root.join("facts.yaml").is_file() || root.join("signals").is_dir());
        let above = root.parent().filter(|_| is_rules);
        let roots = match above {
            Some(above) => [("rules", root.to_owned()), ("knowledge", above.join("knowledge"))],
            None => [("rules", root.join("rules")), ("knowledge", root.join("knowledge"))],
        };
        let whole = is_whole(&roots[0].1);
        let mut workspace = Workspace {
            root: root.to_owned(),
            roots,
            base: base(whole),
            files: BTreeMap::new(),
            unreadable: BTreeMap::new(),
            knowledge: Knowledge::default(),
        };
        workspace.read(MANIFEST);
        for (name, folder) in workspace.roots.clone() {
            workspace.read_folder(name, &folder, 0);
        }
        workspace
    }

    /// The folder that it was opened for.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn read_folder(&mut self, path: &str, folder: &Path, depth: usize) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
            let inner = format!("{path}/{name}");
            if entry.path().is_dir() {
                if depth < MAX_DEPTH {
                    self.read_folder(&inner, &entry.path(), depth + 1);
                }
            } else if crate::rule::load::is_pack_file(name) {
                self.read(&inner);
            }
        }
    }

    /// Reads a file from disk again, unless the editor has it open.
    pub fn read(&mut self, path: &str) {
        if self.files.get(path).is_some_and(|file| file.version.is_some()) {
            return;
        }
        let Some(place) = self.place(path) else { return };
        self.unreadable.remove(path);
        if !place.is_file() {
            self.files.remove(path);
            return;
        }
        let large = place.metadata().is_ok_and(|data| data.len() > MAX_BYTES);
        let text = match large {
            true => Err("the file is larger than 4 MiB, so it is left out".to_owned()),
            false => std::fs::read_to_string(&place).map_err(|error| match error.kind() {
                std::io::ErrorKind::InvalidData => "the file is not UTF-8: save it as UTF-8".to_owned(),
                _ => format!("the file cannot be read: {error}"),
            }),
        };
        match text {
            Ok(text) => self.put(path, text, None),
            Err(why) => {
                self.files.remove(path);
                self.unreadable.insert(path.to_owned(), why);
            }
        }
    }

    /// Takes a text for a file.
    pub fn put(&mut self, path: &str, text: String, version: Option<i32>) {
        self.unreadable.remove(path);
        let (mentions, current) = match self.files.remove(path) {
            Some(file) if file.text == text => (file.mentions, file.current),
            before => match index::mentions(path, &text) {
                Some(mentions) => (mentions, true),
                None => (before.map(|file| file.mentions).unwrap_or_default(), false),
            },
        };
        self.files.insert(path.to_owned(), File { text, version, mentions, current });
    }

    /// The editor has closed a file: what is on disk counts again.
    pub fn close(&mut self, path: &str) {
        if let Some(file) = self.files.get_mut(path) {
            file.version = None;
        }
        self.read(path);
    }

    /// The path in the pack of a document.
    pub fn path(&self, uri: &Uri) -> Option<String> {
        let place = uri.to_file_path().ok()?;
        if self.place(MANIFEST).as_ref() == Some(&place) {
            return Some(MANIFEST.to_owned());
        }
        let (name, rest) = self.roots.iter().find_map(|(name, root)| Some((name, place.strip_prefix(root).ok()?)))?;
        let parts: Option<Vec<&str>> = rest.components().map(|part| part.as_os_str().to_str()).collect();
        let path = format!("{name}/{}", parts?.join("/"));
        crate::rule::load::is_pack_file(&path).then_some(path)
    }

    /// Where a file of the pack is on disk.
    pub fn place(&self, path: &str) -> Option<PathBuf> {
        if path == MANIFEST {
            return self.roots[0].1.parent().map(|above| above.join(MANIFEST));
        }
        let (name, rest) = path.split_once('/')?;
        self.roots.iter().find(|(root, _)| *root == name).map(|(_, root)| root.join(rest))
    }

    /// The document of a file of the pack.
    pub fn uri(&self, path: &str) -> Option<Uri> {
        Uri::from_file_path(self.place(path)?).ok()
    }

    /// The pack as the editor shows it.
    pub fn pack(&self) -> Pack {
        let mut pack = self.base.clone();
        pack.begin_layer(Some(self.root.clone()));
        for (path, file) in &self.files {
            pack.lay(path.clone(), file.text.clone());
        }
        pack
    }

    /// The versions of the files that are open.
    pub fn versions(&self) -> BTreeMap<String, i32> {
        self.files.iter().filter_map(|(path, file)| Some((path.clone(), file.version?))).collect()
    }

    /// Takes the result of a check. While a file does not parse, what it held before is still known.
    pub fn learn(&mut self, knowledge: Knowledge, complete: bool) {
        if complete || self.knowledge.causes.is_empty() {
            self.knowledge = knowledge;
        }
    }

    /// Every place where something is named: path of the file and the mention.
    pub fn mentions_of<'w>(&'w self, named: Named, id: &'w str) -> impl Iterator<Item = (&'w str, &'w Mention)> {
        self.files.iter().flat_map(move |(path, file)| {
            file.mentions.iter().filter(move |m| m.is_of(named, id)).map(move |mention| (path.as_str(), mention))
        })
    }

    /// The id at a byte of a file: what it names and the bytes that stand for it.
    pub fn id_at(&self, path: &str, offset: usize) -> Option<Mention> {
        let file = self.files.get(path)?;
        if file.current {
            let mention = file.mentions.iter().find(|m| m.range.start <= offset && offset <= m.range.end)?;
            let named = if mention.named == Named::Any { self.named(&mention.id)? } else { mention.named };
            return Some(Mention { named, ..mention.clone() });
        }
        // While the file does not parse, any word that is an id.
        let range = super::text::token(&file.text, offset);
        let id = file.text[range.clone()].to_owned();
        Some(Mention { named: self.named(&id)?, id, range, defines: false })
    }

    /// What an id names.
    pub fn named(&self, id: &str) -> Option<Named> {
        let knowledge = &self.knowledge;
        let kinds = [
            (Named::Cause, knowledge.cause(id).is_some()),
            (Named::Signal, knowledge.signal(id).is_some()),
            (Named::Fact, knowledge.facts.contains_key(id)),
            (Named::Symptom, knowledge.symptom(id).is_some()),
        ];
        kinds.into_iter().find(|(_, there)| *there).map(|(named, _)| named)
    }
}

/// Checks a pack. Files that the build has worked out are read from their text where something is wrong with them, so
/// that every finding has its place; all others stay as they are, which is what makes this quick.
pub fn examine(mut pack: Pack) -> (Understood, Pack) {
    loop {
        let examined = crate::knowledge::understand(&pack);
        let places = examined.diagnostics.0.iter().filter_map(|d| d.place.as_ref());
        let paths: Vec<String> = places.map(|place| place.file.path.clone()).collect();
        let expanded = paths.iter().filter(|path| pack.expand(path)).count();
        if expanded == 0 {
            return (examined, pack);
        }
    }
}
