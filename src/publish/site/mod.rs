//! The knowledge base as a site of its own: HTML that works from files and from any web server, without a connection.
//!
//! [`build`] makes all files in memory, the same for the same input; [`links::check`] finds links between them that lead
//! nowhere; [`Site::write`] writes them. Pages come from [`super::pages`], their HTML from templates in `templates/`
//! and from [`html`], which lets no HTML of a pack through. What the reader's browser runs stands in `assets/`.
//!
//! A page stands at `causes/dcv/dns-record-missing.html`, not in a folder of its own: opened as a file, a link to a
//! folder shows its list of files. An id that was renamed keeps its address, with a page that leads on.

mod around;
mod article;
mod head;
pub mod html;
pub mod links;
mod lists;
mod literals;
pub mod options;
mod search;
mod words;

use std::collections::BTreeMap;

use minijinja::{Environment, UndefinedBehavior, Value, context};

use super::markup::escaped;
use super::pages::{Kind, Page};
use crate::engine::Engine;
use crate::error::{Error, Result};
pub use options::{Logo, Options};

/// A file of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where it stands below the folder of the site, with `/`.
    pub path: String,
    /// What it holds.
    pub content: Vec<u8>,
}

/// A site in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// All files, sorted by path.
    pub files: Vec<File>,
    /// How many of them are pages.
    pub pages: usize,
}

impl Site {
    /// Size of all files, in bytes.
    pub fn bytes(&self) -> usize {
        self.files.iter().map(|file| file.content.len()).sum()
    }

    /// Size of the index of the search, in bytes. It is loaded when somebody begins to search.
    pub fn index_bytes(&self) -> usize {
        self.files.iter().find(|file| file.path == INDEX).map_or(0, |file| file.content.len())
    }
}

const INDEX: &str = "assets/search-index.js";

/// What browsers allow a page: its own style and scripts, nothing else and nothing from elsewhere.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'";

const ASSETS: &[(&str, &str)] = &[
    ("assets/site.css", include_str!("assets/site.css")),
    ("assets/first.js", include_str!("assets/first.js")),
    ("assets/search.js", include_str!("assets/search.js")),
    ("assets/site.js", include_str!("assets/site.js")),
    ("assets/favicon.svg", include_str!("assets/favicon.svg")),
];

const TEMPLATES: &[(&str, &str)] = &[
    ("base.html", include_str!("templates/base.html")),
    ("parts.html", include_str!("templates/parts.html")),
    ("home.html", include_str!("templates/home.html")),
    ("page.html", include_str!("templates/page.html")),
    ("cause.html", include_str!("templates/cause.html")),
    ("graph.html", include_str!("templates/graph.html")),
    ("search.html", include_str!("templates/search.html")),
    ("missing.html", include_str!("templates/missing.html")),
    ("moved.html", include_str!("templates/moved.html")),
];

/// Makes the site of some pages; `engine` holds the knowledge that they are made of.
///
/// # Errors
/// [`Error::Site`]: an option does not fit, two pages have the same address, or a page has one that is none.
pub fn build(engine: &Engine, pages: &[Page], options: &Options) -> Result<Site> {
    let builder = Builder::new(engine, pages, options)?;
    let mut files = Files::default();
    for page in pages {
        files.add(&format!("{}.html", page.path), builder.page(page)?)?;
    }
    if let Some(graph) = builder.graph()? {
        files.add("graph.html", graph)?;
    }
    let listed: Vec<String> = files.0.keys().cloned().collect();
    files.add("search.html", builder.search()?)?;
    files.add("404.html", builder.missing()?)?;
    let pages_written = files.0.len();
    for (path, content) in builder.moved()? {
        // Where a page has the old address again, it is the better one.
        files.0.entry(path).or_insert_with(|| content.into_bytes());
    }
    for (path, content) in ASSETS {
        files.add(path, (*content).to_owned())?;
    }
    files.add(INDEX, search::index(&engine.knowledge, pages))?;
    for (path, content) in around::files(&listed, options) {
        files.add(&path, content)?;
    }
    if let Some(logo) = &options.logo {
        files.0.insert(format!("assets/{}", logo.name), logo.content.clone());
    }
    let files = files.0.into_iter().map(|(path, content)| File { path, content }).collect();
    Ok(Site { files, pages: pages_written })
}

/// Files by path.
#[derive(Debug, Default)]
struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    fn add(&mut self, path: &str, content: String) -> Result<()> {
        if !is_address(path) {
            let why = format!("{path:?} is no address of a page: call its file with letters, digits, `-` and `_`");
            return Err(Error::Site(why));
        }
        match self.0.insert(path.to_owned(), content.into_bytes()) {
            None => Ok(()),
            Some(_) => {
                Err(Error::Site(format!("two pages have the address {path}: call one of their files otherwise")))
            }
        }
    }
}

/// Whether a path stays below the folder of the site, on every system.
fn is_address(path: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part
                .chars()
                .any(|c| c.is_control() || matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '#' | '%'))
    };
    path.split('/').all(part)
}

/// What every page needs.
struct Builder<'s> {
    engine: &'s Engine,
    pages: &'s [Page],
    options: &'s Options,
    templates: Environment<'static>,
    site: Value,
}

/// What the head of a page says.
struct Head<'h> {
    /// Address below the folder of the site, with `.html`.
    address: &'h str,
    title: &'h str,
    description: &'h str,
    /// The list that the page belongs to.
    within: &'h str,
    /// Structured data for search engines, JSON.
    data: Option<String>,
    /// Whether search engines leave it out.
    hidden: bool,
    has_own_search: bool,
}

impl<'s> Builder<'s> {
    fn new(engine: &'s Engine, pages: &'s [Page], options: &'s Options) -> Result<Self> {
        options.check().map_err(Error::Site)?;
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        // The same escapes as everywhere else here; the engine's own ones make slashes unreadable.
        templates.set_formatter(|out, state, value| {
            if value.is_safe() || value.is_undefined() {
                return minijinja::escape_formatter(out, state, value);
            }
            out.write_str(&escaped(&value.to_string())).map_err(minijinja::Error::from)
        });
        for (name, source) in TEMPLATES {
            templates.add_template(name, source).map_err(template(name))?;
        }
        let site = lists::site(engine, pages, options);
        Ok(Self { engine, pages, options, templates, site })
    }

    fn render(&self, name: &str, head: &Head, more: Value) -> Result<String> {
        let canonical = self.options.url(head.address).filter(|_| !head.hidden);
        // A page for addresses that do not exist may be shown at any depth.
        let root = match head.address {
            "404.html" => self.options.base_path().unwrap_or_default(),
            address => root(address),
        };
        let base = context! {
            site => self.site.clone(),
            root => root,
            policy => POLICY,
            address => head.address,
            heading => head.title,
            description => head.description,
            within => head.within,
            canonical => canonical,
            data => head.data.clone(),
            noindex => head.hidden,
            is_home => head.address == "index.html",
            has_own_search => head.has_own_search,
        };
        let page = self.templates.get_template(name).map_err(template(name))?;
        let mut html = page.render(context! { ..more, ..base }).map_err(template(head.address))?;
        if !html.ends_with('\n') {
            html.push('\n');
        }
        Ok(html)
    }

    fn page(&self, page: &Page) -> Result<String> {
        match page.kind {
            Kind::Index => self.home(page),
            Kind::Cause => self.cause(page),
            _ => self.article(page),
        }
    }

    fn search(&self) -> Result<String> {
        let head = Head {
            address: "search.html",
            title: "Search",
            description: "Search causes, symptoms, guides and error texts.",
            within: "",
            data: None,
            hidden: true,
            has_own_search: true,
        };
        self.render("search.html", &head, Value::UNDEFINED)
    }

    fn missing(&self) -> Result<String> {
        let head = Head {
            address: "404.html",
            title: "Page not found",
            description: "There is no page at this address.",
            within: "",
            data: None,
            hidden: true,
            has_own_search: false,
        };
        self.render("missing.html", &head, Value::UNDEFINED)
    }

    /// Pages at addresses that causes had once.
    fn moved(&self) -> Result<Vec<(String, String)>> {
        let knowledge = &self.engine.knowledge;
        let mut moved = Vec::new();
        for (old, new) in &knowledge.renamed {
            let address = format!("{}.html", super::pages::cause_path(old));
            let (Some(cause), true) = (knowledge.cause(new), is_address(&address)) else { continue };
            let cause = &knowledge.causes[cause];
            let to = format!("{}.html", super::pages::cause_path(&cause.id));
            let (canonical, to) = (self.options.url(&to), format!("{}{to}", root(&address)));
            let page = self.templates.get_template("moved.html").map_err(template("moved.html"))?;
            let page = page.render(context! { to, canonical, heading => cause.title.as_str() });
            moved.push((address.clone(), page.map_err(template(&address))? + "\n"));
        }
        Ok(moved)
    }
}

fn template(owner: &str) -> impl Fn(minijinja::Error) -> Error + '_ {
    |source| Error::Template { owner: owner.to_owned(), source }
}

/// What leads from a file to the folder of the site.
fn root(address: &str) -> String {
    "../".repeat(address.matches('/').count())
}
