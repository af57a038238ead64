//! The first page, and what every page says of the whole site.

use minijinja::{Value, context};

use super::html::code_block;
use super::{Builder, Head, Options, head};
use crate::diagnostic::count;
use crate::engine::Engine;
use crate::error::Result;
use crate::publish::markup::escaped;
use crate::publish::pages::content::Code;
use crate::publish::pages::{Kind, Page, stage_title};
use crate::rule::words::{Stage, Words};

/// What the head of every page leads to, where there is such a page.
const MAIN: &[(&str, &str)] =
    &[("symptoms", "Symptoms"), ("stages", "Causes"), ("guides", "Guides"), ("signals", "Error texts")];

/// What templates know as `site`.
pub fn site(engine: &Engine, pages: &[Page], options: &Options) -> Value {
    let has = |path: &str| pages.iter().any(|page| page.path == path);
    let link = |address: String, title: &str| context! { address, title };
    let main = MAIN.iter().filter(|(path, _)| has(path));
    let nav: Vec<Value> = main.map(|(path, title)| link(format!("{path}.html"), title)).collect();
    let top = pages.iter().filter(|page| !page.path.contains('/') && page.kind != Kind::Index);
    let mut more = vec![link("index.html".to_owned(), "Home")];
    more.extend(top.map(|page| link(format!("{}.html", page.path), &page.title)));
    if !engine.knowledge.causes.is_empty() {
        more.push(link("graph.html".to_owned(), "The decision graph"));
    }
    more.push(link("search.html".to_owned(), "Search"));
    let packs = engine.knowledge.packs.iter().map(|pack| format!("{} {}", pack.name, pack.version));
    let packs: Vec<String> = packs.collect();
    let packs =
        if packs.is_empty() { "rules without a name".to_owned() } else { format!("the rules {}", packs.join(", ")) };
    context! {
        title => options.title.trim(),
        nav,
        more,
        packs,
        version => env!("CARGO_PKG_VERSION"),
        brand => options.brand.is_some(),
        logo => options.logo.as_ref().map_or("favicon.svg", |logo| logo.name.as_str()),
        diagnose_url => options.diagnose_url.clone(),
        escalation => has("escalation").then_some("escalation.html"),
    }
}

/// A page in a list.
fn entry(page: &Page, note: &str) -> Value {
    context! { address => format!("{}.html", page.path), title => page.title.as_str(), note }
}

impl Builder<'_> {
    /// The pages of a kind, without the list of them.
    fn of(&self, kind: Kind) -> impl Iterator<Item = &Page> {
        self.pages.iter().filter(move |page| page.kind == kind && (kind == Kind::Article || page.path.contains('/')))
    }

    pub(super) fn home(&self, page: &Page) -> Result<String> {
        let symptoms: Vec<Value> = self
            .of(Kind::Symptom)
            .map(|page| {
                // The title stands above already.
                let note = page
                    .summary
                    .strip_prefix(&page.title)
                    .map_or(page.summary.as_str(), |rest| rest.trim_start_matches([':', ' ']));
                entry(page, note)
            })
            .collect();
        let stage = |stage: Stage| {
            let of = |kind| self.of(kind).filter(move |page| page.stage == Some(stage));
            let causes: Vec<Value> = of(Kind::Cause).map(|page| entry(page, "")).collect();
            let reported: Vec<Value> = of(Kind::Symptom).map(|page| entry(page, "")).collect();
            let note = match (causes.len(), reported.len()) {
                (0, symptoms) => count(symptoms, "symptom"),
                (causes, _) => count(causes, "cause"),
            };
            let any = !causes.is_empty() || !reported.is_empty();
            any.then(|| context! { title => stage_title(stage), note, causes, reported })
        };
        let all = Stage::ALL.iter().map(|(_, stage)| *stage);
        let (inside, outside): (Vec<Stage>, Vec<Stage>) = all.partition(|stage| stage.position().is_some());
        let stages: Vec<Value> = inside.into_iter().filter_map(stage).collect();
        let beside: Vec<Value> = outside.into_iter().filter_map(stage).collect();
        let groups: Vec<Value> = [
            ("guides", "Check step by step", Kind::Guide),
            ("examples", "Worked examples", Kind::Example),
            ("also", "Before and after", Kind::Article),
        ]
        .into_iter()
        .filter_map(|(id, title, kind)| {
            // Where an article says nothing before its first heading, its summary is its title.
            let note = |page: &Page| if page.summary == page.title { String::new() } else { page.summary.clone() };
            let entries: Vec<Value> = self.of(kind).map(|page| entry(page, &note(page))).collect();
            (!entries.is_empty()).then(|| context! { id, title, entries })
        })
        .collect();
        let command = Code {
            language: "sh".to_owned(),
            platform: None,
            text: "certwhy diagnose /var/log/letsencrypt".to_owned(),
        };
        let head = Head {
            address: "index.html",
            title: &self.options.title,
            description: &page.summary,
            within: "",
            data: Some(head::website(self.options, &page.summary)),
            hidden: false,
            has_own_search: true,
        };
        let more = context! {
            question => "Why did my certificate automation fail?",
            symptoms,
            stages,
            beside,
            groups,
            command => code_block(&command),
        };
        self.render("home.html", &head, more)
    }
}

/// A line of text as a paragraph.
pub fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escaped(text))
}
