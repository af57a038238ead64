//! What a directive asks for: `cause dcv.dns-record-missing steps`, `table causes stage=dcv`, `graph host.disk-full`.

use crate::diagnostic::did_you_mean;
use crate::engine::Engine;
use crate::graph::picture::Picture;
use crate::publish::markup::{DATA, encoded};
use crate::publish::pages::content::{self, Align, Block, Inline, Target};
use crate::publish::pages::formats::absolute;
use crate::publish::pages::markdown::{self, Common, Dialect, Neutral, Style, hashes};
use crate::publish::pages::{self, Page, cause_path};
use crate::rule::words::{Stage, Words, words};

words! {
    /// How a graph is drawn.
    Graph {
        /// As a block that Mermaid draws.
        Mermaid = "mermaid",
        /// As a picture that needs nothing else.
        Svg = "svg",
    }
}

/// How parts are written.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the reader of the Markdown understands.
    pub style: &'static dyn Style,
    /// Level of the first heading.
    pub heading_level: u8,
    /// Where the pages stand; without it, links between pages are text alone.
    pub base_url: Option<String>,
    /// How graphs are drawn.
    pub graph: Graph,
    /// Whether headings say their id, `{#id}`.
    pub heading_ids: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { style: &Common, heading_level: 2, base_url: None, graph: Graph::Mermaid, heading_ids: false }
    }
}

/// What is wrong with a directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The word of the directive that is meant; empty for the whole.
    pub word: String,
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: String,
}

/// What can be asked for, with the shape of each.
const FORMS: &[(&str, &str)] = &[
    ("cause", "cause ID [SECTION]"),
    ("symptom", "symptom ID [SECTION]"),
    ("steps", "steps ID"),
    ("guide", "guide NAME [SECTION]"),
    ("table", "table causes [stage=STAGE] [symptom=ID], or table symptoms"),
    ("graph", "graph ID [mermaid|svg]"),
];

/// Writes what directives ask for.
#[derive(Debug)]
pub struct Embedder<'e> {
    engine: &'e Engine,
    pages: Vec<Page>,
    options: Options,
}

impl<'e> Embedder<'e> {
    /// Makes a knowledge base ready to be embedded.
    pub fn new(engine: &'e Engine, options: Options) -> Self {
        Self { engine, pages: pages::articles(engine), options }
    }

    /// How parts are written.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The Markdown of a directive, without a line end at its end.
    ///
    /// # Errors
    /// A [`Problem`]: an unknown word, id or section.
    pub fn render(&self, directive: &str) -> Result<String, Problem> {
        let words: Vec<&str> = directive.split_whitespace().collect();
        match words.as_slice() {
            ["cause", id] => Ok(self.whole(self.cause(id)?)),
            ["cause", id, section] => self.section(self.cause(id)?, section),
            ["steps", id] => self.section(self.cause(id)?, "steps"),
            ["symptom", id] => Ok(self.whole(self.symptom(id)?)),
            ["symptom", id, section] => self.section(self.symptom(id)?, section),
            ["guide", name] => Ok(self.whole(self.guide(name)?)),
            ["guide", name, section] => self.section(self.guide(name)?, section),
            ["table", "causes", filters @ ..] => self.causes(filters),
            ["table", "symptoms"] => Ok(self.symptoms()),
            ["graph", id] => self.graph(id, self.options.graph),
            ["graph", id, form] => {
                let known = Graph::ALL.iter().map(|(word, _)| *word);
                let form = Graph::from_word(form).ok_or_else(|| unknown("form of a graph", form, known))?;
                self.graph(id, form)
            }
            [] => Err(Problem {
                word: String::new(),
                message: "the directive is empty".to_owned(),
                help: format!("write {}", FORMS[0].1),
            }),
            [word, ..] => Err(match FORMS.iter().find(|(known, _)| known == word) {
                Some((_, form)) => Problem {
                    word: (*word).to_owned(),
                    message: format!("`{directive}` is not complete, or says too much"),
                    help: format!("write {form}"),
                },
                None => unknown("directive", word, FORMS.iter().map(|(known, _)| *known)),
            }),
        }
    }

    fn cause(&self, id: &str) -> Result<&Page, Problem> {
        let causes = &self.engine.knowledge.causes;
        let found = self.engine.knowledge.cause(id).and_then(|ix| self.page(&cause_path(&causes[ix].id)));
        found.ok_or_else(|| unknown("cause", id, causes.iter().map(|cause| cause.id.as_str())))
    }

    fn symptom(&self, id: &str) -> Result<&Page, Problem> {
        let known = self.engine.knowledge.symptoms.iter().map(|symptom| symptom.id.as_str());
        self.page(&format!("symptoms/{id}")).ok_or_else(|| unknown("symptom", id, known))
    }

    fn guide(&self, name: &str) -> Result<&Page, Problem> {
        let name = name.trim_end_matches(".md");
        let found = self.page(name).or_else(|| self.page(&format!("guides/{name}")));
        let known = self.pages.iter().filter_map(|page| page.path.strip_prefix("guides/").or(Some(&page.path)));
        found.ok_or_else(|| unknown("guide", name, known))
    }

    fn page(&self, path: &str) -> Option<&Page> {
        self.pages.iter().find(|page| page.path == path)
    }

    /// A page with its title.
    fn whole(&self, page: &Page) -> String {
        let title =
            Block::Heading { level: 1, id: page.path.replace('/', "-"), text: vec![Inline::Text(page.title.clone())] };
        let mut blocks = vec![title];
        blocks.extend(page.blocks());
        self.write(&blocks, page, i16::from(self.options.heading_level) - 1)
    }

    /// A section by its anchor, or `steps`, `verify` or `summary`; without its heading.
    fn section(&self, page: &Page, section: &str) -> Result<String, Problem> {
        let blocks = page.blocks();
        let wanted = match section {
            "summary" => {
                let lead = blocks.iter().take_while(|block| !matches!(block, Block::Heading { .. }));
                let lead: Vec<Block> = lead.filter(|block| !matches!(block, Block::List { .. })).cloned().collect();
                return Ok(self.write(&lead, page, 0));
            }
            "steps" => {
                let mut steps = self.part(&blocks, "what-to-do");
                let verify = self.part(&blocks, "how-to-know-that-it-worked");
                if !verify.is_empty() {
                    steps.push(Block::Paragraph(vec![Inline::Strong(vec![Inline::Text(
                        "How to know that it worked:".to_owned(),
                    )])]));
                    steps.extend(verify);
                }
                steps
            }
            "verify" => self.part(&blocks, "how-to-know-that-it-worked"),
            anchor => self.part(&blocks, anchor),
        };
        if wanted.is_empty() {
            let ids = content::headings(&blocks).into_iter().map(|(_, id, _)| id.to_owned());
            let known: Vec<String> = ["summary", "steps", "verify"].map(str::to_owned).into_iter().chain(ids).collect();
            let mut problem = unknown("section", section, known.iter().map(String::as_str));
            problem.message = format!("{} has no section `{section}`", page.id);
            return Err(problem);
        }
        let top = wanted.iter().filter_map(|block| match block {
            Block::Heading { level, .. } => Some(i16::from(*level)),
            _ => None,
        });
        let shift = top.min().map_or(0, |top| i16::from(self.options.heading_level) - top);
        Ok(self.write(&wanted, page, shift))
    }

    /// What stands below a heading, up to the next one of its level.
    fn part(&self, blocks: &[Block], anchor: &str) -> Vec<Block> {
        let at = blocks.iter().position(|block| matches!(block, Block::Heading { id, .. } if id == anchor));
        let Some((Block::Heading { level: own, .. }, rest)) = at.and_then(|at| blocks[at..].split_first()) else {
            return Vec::new();
        };
        rest.iter()
            .take_while(|block| !matches!(block, Block::Heading { level, .. } if level <= own))
            .cloned()
            .collect()
    }

    /// A table of causes.
    fn causes(&self, filters: &[&str]) -> Result<String, Problem> {
        let knowledge = &self.engine.knowledge;
        let (mut stage, mut symptom) = (None, None);
        for filter in filters {
            match filter.split_once('=') {
                Some(("stage", word)) => {
                    let known = Stage::ALL.iter().map(|(word, _)| *word);
                    stage = Some(Stage::from_word(word).ok_or_else(|| unknown("stage", word, known))?);
                }
                Some(("symptom", id)) => {
                    self.symptom(id)?;
                    symptom = knowledge.symptom(id);
                }
                _ => return Err(unknown("filter", filter, ["stage=dcv", "symptom=dcv-failed"])),
            }
        }
        let rows = knowledge
            .causes
            .iter()
            .filter(|cause| stage.is_none_or(|stage| cause.stage == stage))
            .filter(|cause| symptom.is_none_or(|wanted| cause.symptoms.iter().any(|(ix, _)| *ix == wanted)))
            .filter_map(|cause| self.page(&cause_path(&cause.id)));
        Ok(self.table(["Cause", "What is wrong"], rows))
    }

    fn symptoms(&self) -> String {
        let rows = self.pages.iter().filter(|page| page.path.starts_with("symptoms/"));
        self.table(["Symptom", "What is behind it"], rows)
    }

    fn table<'p>(&self, head: [&str; 2], rows: impl Iterator<Item = &'p Page>) -> String {
        let cell = |text: &str| vec![Inline::Text(text.to_owned())];
        let row = |page: &Page| {
            let to = Target::Page { path: page.path.clone(), anchor: None };
            vec![vec![Inline::Link { to, text: cell(&page.title) }], cell(&page.summary)]
        };
        let rows = rows.map(row).collect();
        let table = Block::Table { columns: vec![Align::Any; 2], head: head.map(cell).to_vec(), rows };
        markdown::write(&[table], &self.dialect("", 0)).trim_end().to_owned()
    }

    fn graph(&self, id: &str, form: Graph) -> Result<String, Problem> {
        const SIGNALS: usize = 6;
        let page = self.cause(id)?;
        let Some(cause) = self.engine.knowledge.cause(id) else { return Ok(String::new()) };
        let picture = Picture::neighbourhood(&self.engine.knowledge, cause, SIGNALS);
        Ok(match form {
            Graph::Mermaid => markdown::fence(picture.mermaid().trim_end(), "mermaid"),
            // As an address of its own its styles stay its own.
            Graph::Svg => {
                let title = markdown::escaped(&page.title, None).replace('"', "&quot;");
                format!("<img alt=\"{title}\" src=\"data:image/svg+xml,{}\" />", encoded(&picture.svg(), DATA))
            }
        })
    }

    fn write(&self, blocks: &[Block], page: &Page, shift: i16) -> String {
        markdown::write(blocks, &self.dialect(&page.path, shift)).trim_end().to_owned()
    }

    fn dialect<'s>(&'s self, path: &'s str, shift: i16) -> Embedded<'s> {
        Embedded { options: &self.options, path, shift }
    }
}

struct Embedded<'s> {
    options: &'s Options,
    path: &'s str,
    shift: i16,
}

impl Dialect for Embedded<'_> {
    fn style(&self) -> &dyn Style {
        self.options.style
    }

    fn heading(&self, level: u8, id: &str, text: &str) -> String {
        let level = u8::try_from(i16::from(level) + self.shift).unwrap_or(1).clamp(1, 6);
        let path = self.path.replace('/', "-");
        let id = match (self.options.heading_ids, id == path) {
            (false, _) => String::new(),
            (true, true) => format!(" {{#{id}}}"),
            (true, false) => format!(" {{#{path}--{id}}}"),
        };
        format!("{} {text}{id}", hashes(level))
    }

    fn link(&self, to: &Target) -> Option<String> {
        match to {
            Target::Elsewhere(_) => Neutral.link(to),
            Target::Page { path, anchor } => {
                let path = if path.is_empty() { self.path } else { path };
                self.options.base_url.as_ref().map(|base| absolute(base, path, anchor.as_deref()))
            }
        }
    }
}

fn unknown<'a>(what: &str, word: &str, known: impl IntoIterator<Item = &'a str>) -> Problem {
    let known: Vec<&str> = known.into_iter().collect();
    let help = match did_you_mean(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.len() <= 20 => format!("one of {}", known.join(", ")),
        None => "`certwhy list` shows what there is".to_owned(),
    };
    Problem { word: word.to_owned(), message: format!("there is no {what} `{word}`"), help }
}
