//! Articles: of causes, with their steps first and the picture around them, and of everything else.

use minijinja::{Value, context};

use super::html::{self, From};
use super::lists::paragraph;
use super::{Builder, Head, head, root};
use crate::diagnostic::count;
use crate::error::Result;
use crate::graph::picture::{Picture, inline::Shown};
use crate::publish::pages::content::{self, Block, Code};
use crate::publish::pages::{Kind, Page, cause_path, stage_title};
use crate::report::answer::StepAnswer;
use crate::report::page::{convert, how_word};
use crate::report::text::risk_words;
use crate::rule::model::{Cause, Step};
use crate::rule::words::{Stage, Words};

/// Headings of steps on the page of a cause. They are drawn here as what one works through, not as running text.
const STEPS: &[&str] = &["What to do", "How to know that it worked"];
/// Sections that the picture stands before: what it shows is said in them again.
const AFTER_PICTURE: &[&str] = &["What brings it about", "What it leads to", "See also", "Signals", "References"];
/// From so many headings on, a list of them is no help.
const HEADINGS: usize = 30;
/// Signals that a picture shows; the page lists more.
const SIGNALS: usize = 5;

/// A part of a page: its heading, if it has one, and what stands below it.
type Section<'p> = &'p [Block];

impl Builder<'_> {
    /// The head of a page that stands in the list `within`.
    fn head<'h>(&self, page: &'h Page, address: &'h str, within: &'h str) -> Head<'h> {
        Head {
            address,
            title: &page.title,
            description: &page.summary,
            within,
            data: head::article(self.options, page),
            hidden: false,
            has_own_search: false,
        }
    }

    /// Any page but the first one and those of causes.
    pub(super) fn article(&self, page: &Page) -> Result<String> {
        let address = format!("{}.html", page.path);
        let from_root = root(&address);
        let blocks = page.blocks();
        let headings = sections(&blocks);
        let (previous, next) = self.neighbours(page);
        let (crumbs, within) = self.crumbs(page);
        let head = self.head(page, &address, &within);
        let more = context! {
            crumbs,
            body => html::blocks(&blocks, From { root: &from_root }),
            toc => if headings.len() > HEADINGS { Vec::new() } else { toc(headings.into_iter()) },
            previous,
            next,
        };
        self.render("page.html", &head, more)
    }

    pub(super) fn cause(&self, page: &Page) -> Result<String> {
        let knowledge = &self.engine.knowledge;
        let Some(ix) = knowledge.cause(&page.id) else { return self.article(page) };
        let cause = &knowledge.causes[ix];
        let address = format!("{}.html", page.path);
        let from_root = root(&address);
        let from = From { root: &from_root };
        let blocks = page.blocks();
        let sections = sections(&blocks);
        let (opening, sections) = match sections.split_first() {
            Some((first, rest)) if title(first).is_none() => (*first, rest.to_vec()),
            _ => (&blocks[..0], sections),
        };
        // An article may have a heading of the same name: the last one is that of the steps.
        let steps: Vec<usize> = STEPS
            .iter()
            .filter_map(|name| sections.iter().rposition(|section| title(section).as_deref() == Some(name)))
            .collect();
        let (mut body, mut rest) = (Vec::new(), Vec::new());
        for (_, section) in sections.iter().enumerate().filter(|(n, _)| !steps.contains(n)) {
            let late = !rest.is_empty() || title(section).is_some_and(|title| AFTER_PICTURE.contains(&title.as_str()));
            if late {
                rest.push(*section)
            } else {
                body.push(*section)
            };
        }
        let notices: String = opening
            .iter()
            .filter(|block| matches!(block, Block::Quote { .. }))
            .map(|block| html::blocks(std::slice::from_ref(block), from))
            .collect();
        let drawn = Picture::neighbourhood(knowledge, ix, SIGNALS);
        let link = |shown: Shown| self.link_of(shown, &from_root, Some(&cause.id));
        let picture = drawn.has_edges().then(|| {
            format!(
                "{}{}",
                drawn.inline("picture", Some(&cause.id), true, link),
                drawn.inline_tree("tree", &cause.id, link)
            )
        });
        let mut contents: Vec<Value> = Vec::new();
        let own = |id: &str, title: &str| context! { id, title };
        if !cause.fix.steps.is_empty() {
            contents.push(own("what-to-do", "What to do now"));
        }
        if !cause.fix.verify.is_empty() {
            contents.push(own("how-to-know-that-it-worked", "How to know that it worked"));
        }
        contents.extend(toc(body.iter().copied()));
        if picture.is_some() {
            contents.push(own("the-picture", "The picture"));
        }
        contents.extend(toc(rest.iter().copied()));
        let joined =
            |sections: &[Section]| sections.iter().map(|section| html::blocks(section, from)).collect::<String>();
        let (crumbs, within) = self.crumbs(page);
        let head = self.head(page, &address, &within);
        let symptoms: Vec<Value> = cause
            .symptoms
            .iter()
            .map(|(symptom, how)| {
                let symptom = &knowledge.symptoms[*symptom];
                let address = format!("symptoms/{}.html", symptom.id);
                context! { address, title => symptom.title.as_str(), how => how_word(*how) }
            })
            .collect();
        let more = context! {
            crumbs,
            notices,
            id => cause.id.as_str(),
            summary => page.summary.as_str(),
            stage => cause.stage.word(),
            stage_title => stage_title(cause.stage),
            prior => cause.prior.word().replace('-', " "),
            time => time(&cause.fix.steps),
            symptoms,
            steps => self.steps(&cause.fix.steps),
            verify => self.steps(&cause.fix.verify),
            body => joined(&body),
            rest => joined(&rest),
            picture,
            caption => self.caption(cause),
            toc => contents,
        };
        self.render("cause.html", &head, more)
    }

    fn steps(&self, steps: &[Step]) -> Vec<Value> {
        let one = |step: &StepAnswer| {
            let blocks: Vec<Code> = step.commands.iter().map(|(platform, commands)| code(platform, commands)).collect();
            let both: Vec<&Code> = blocks.iter().filter(|code| code.platform.is_some()).collect();
            let any: String = blocks.iter().filter(|code| code.platform.is_none()).map(html::code_block).collect();
            let commands = match both.as_slice() {
                [] => any,
                [one] => format!("{any}{}", html::code_block(one)),
                both => format!("{any}{}", html::code_choice(both)),
            };
            context! {
                instruction => step.instruction.as_str(),
                time => count(step.minutes as usize, "minute"),
                risk => step.risk,
                risk_words => if step.risk == "read-only" { "looks only" } else { risk_words(step.risk) },
                commands,
            }
        };
        convert(self.engine, steps).iter().map(one).collect()
    }

    /// What stands below the picture: how to read it.
    fn caption(&self, cause: &Cause) -> String {
        let leads_here = self
            .engine
            .knowledge
            .causes
            .iter()
            .any(|other| other.consequences.iter().any(|(to, _)| self.engine.knowledge.causes[*to].id == cause.id));
        let before = if leads_here { "Before it stands what brings it about, after it" } else { "After it stands" };
        paragraph(&format!(
            "{before} what it leads to and what it shows. The thicker an arrow, the more often. A dashed edge marks a \
             symptom. The sections of this page say the same in words."
        ))
    }

    /// Where a box of a picture leads.
    fn link_of(&self, shown: Shown, from_root: &str, here: Option<&str>) -> Option<String> {
        match shown.kind {
            "cause" if here == Some(shown.id) => None,
            "cause" => Some(format!("{from_root}{}.html", cause_path(shown.id))),
            "symptom" => Some(format!("{from_root}symptoms/{}.html", shown.id)),
            _ => Some("#signals".to_owned()),
        }
    }

    /// Where a page belongs: the lists above it, and the address of the nearest one.
    fn crumbs(&self, page: &Page) -> (Vec<Value>, String) {
        let link = |address: &str, title: &str| context! { address, title };
        let mut crumbs = vec![link("index.html", "Home")];
        let list =
            if page.kind == Kind::Cause { "stages" } else { page.path.rsplit_once('/').map_or("", |(above, _)| above) };
        let mut within = String::new();
        if let Some(list) = self.pages.iter().find(|other| other.path == list && other.path != page.path) {
            within = format!("{}.html", list.path);
            crumbs.push(link(&within, &list.title));
        }
        if let (Kind::Cause, Some(stage)) = (page.kind, page.stage) {
            crumbs.push(link(&format!("stages.html#{}", stage.word()), stage_title(stage)));
        }
        (crumbs, within)
    }

    /// The guides before and after a guide.
    fn neighbours(&self, page: &Page) -> (Option<Value>, Option<Value>) {
        let guides: Vec<&Page> =
            self.pages.iter().filter(|other| other.kind == Kind::Guide && other.path.contains('/')).collect();
        let Some(at) = guides.iter().position(|guide| guide.path == page.path) else { return (None, None) };
        let link = |page: &&Page| context! { address => format!("{}.html", page.path), title => page.title.as_str() };
        let previous = at.checked_sub(1).and_then(|at| guides.get(at)).map(link);
        (previous, guides.get(at + 1).map(link))
    }

    /// The pictures of all stages on one page; `None` without causes.
    pub(super) fn graph(&self) -> Result<Option<String>> {
        let knowledge = &self.engine.knowledge;
        let part = |stage: Stage| {
            let causes: Vec<&Cause> = knowledge.causes.iter().filter(|cause| cause.stage == stage).collect();
            let picture = Picture::stage(knowledge, stage);
            (!causes.is_empty()).then(|| {
                let lines: Vec<Value> = causes.iter().map(|cause| self.line(cause)).collect();
                context! {
                    id => stage.word(),
                    title => stage_title(stage),
                    picture => picture.inline(stage.word(), None, false, |shown| self.link_of(shown, "", None)),
                    lines,
                }
            })
        };
        let parts: Vec<Value> = Stage::ALL.iter().filter_map(|(_, stage)| part(*stage)).collect();
        if parts.is_empty() {
            return Ok(None);
        }
        let head = Head {
            address: "graph.html",
            title: "The decision graph",
            description: "What brings about what, stage by stage: causes, their consequences, and what people report.",
            within: "stages.html",
            data: None,
            hidden: false,
            has_own_search: false,
        };
        let crumbs = vec![context! { address => "index.html", title => "Home" }];
        self.render("graph.html", &head, context! { crumbs, parts_of_graph => parts }).map(Some)
    }

    /// A cause and what it leads to, in words.
    fn line(&self, cause: &Cause) -> Value {
        let knowledge = &self.engine.knowledge;
        let causes = cause.consequences.iter().map(|(to, how)| {
            let to = &knowledge.causes[*to];
            context! { address => format!("{}.html", cause_path(&to.id)), title => to.title.as_str(), how => how_word(*how) }
        });
        let symptoms = cause.symptoms.iter().map(|(to, how)| {
            let to = &knowledge.symptoms[*to];
            context! { address => format!("symptoms/{}.html", to.id), title => to.title.as_str(), how => how_word(*how) }
        });
        let to: Vec<Value> = causes.chain(symptoms).collect();
        context! { address => format!("{}.html", cause_path(&cause.id)), title => cause.title.as_str(), to }
    }
}

fn code(platform: &str, commands: &[String]) -> Code {
    let language = if platform == "windows" { "powershell" } else { "sh" };
    let platform = (platform != "any").then(|| platform.to_owned());
    Code { language: language.to_owned(), platform, text: commands.join("\n") }
}

/// How long all steps take together.
fn time(steps: &[Step]) -> Option<String> {
    let minutes: usize = steps.iter().map(|step| step.minutes as usize).sum();
    (minutes > 0).then(|| format!("{} for all steps", count(minutes, "minute")))
}

/// A page cut at its headings of the second level.
fn sections(blocks: &[Block]) -> Vec<Section<'_>> {
    let is_heading = |block: &Block| matches!(block, Block::Heading { level: ..=2, .. });
    let mut starts: Vec<usize> =
        blocks.iter().enumerate().filter(|(_, block)| is_heading(block)).map(|(n, _)| n).collect();
    if starts.first() != Some(&0) && !blocks.is_empty() {
        starts.insert(0, 0);
    }
    let ends = starts.iter().skip(1).copied().chain([blocks.len()]);
    starts.iter().zip(ends).map(|(start, end)| &blocks[*start..end]).collect()
}

fn title(section: &[Block]) -> Option<String> {
    match section.first()? {
        Block::Heading { level: ..=2, text, .. } => Some(content::plain(text)),
        _ => None,
    }
}

fn toc<'p>(sections: impl Iterator<Item = Section<'p>>) -> Vec<Value> {
    let entry = |section: Section| match section.first()? {
        Block::Heading { id, text, .. } => Some(context! { id => id.as_str(), title => content::plain(text) }),
        _ => None,
    };
    sections.filter_map(entry).collect()
}
