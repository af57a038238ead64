//! Pages of the knowledge base on their own: the article of a cause, a symptom, a guide. As Markdown.

use super::answer::{FixAnswer, StepAnswer};
use super::markdown::inline;
use super::practice;
use super::text::risk_words;
use crate::diagnostic::{count, did_you_mean};
use crate::engine::Engine;
use crate::remedy::Values;
use crate::rule::front_matter;
use crate::rule::model::{Cause, Deprecation, Practice, Step, Symptom};

/// The page of a cause, a symptom, a practice or a guide; `None` when there is none of that name.
pub fn explain(engine: &Engine, name: &str) -> Option<String> {
    let knowledge = &engine.knowledge;
    let name = name.trim();
    if let Some(ix) = knowledge.cause(name) {
        let page = cause(engine, &knowledge.causes[ix]);
        let id = &knowledge.causes[ix].id;
        return Some(if id == name { page } else { format!("> `{name}` is called `{id}` now.\n\n{page}") });
    }
    if let Some(ix) = knowledge.symptom(name) {
        return Some(symptom(engine, &knowledge.symptoms[ix]));
    }
    if let Some(ix) = knowledge.practice(name).filter(|_| name.starts_with(Practice::PREFIX)) {
        return Some(practice::page(engine, &knowledge.practices[ix], Reader::Terminal));
    }
    let stem = name.trim_start_matches("knowledge/").trim_end_matches(".md");
    let found = knowledge.pages.iter().find(|(path, _)| {
        let path = path.trim_end_matches(".md");
        path == stem || path.rsplit('/').next() == Some(stem)
    });
    found.map(|(_, text)| without_front_matter(text).to_owned())
}

/// The title of a page: in its front matter, or its first heading.
pub fn title(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.strip_prefix("title: ").or_else(|| line.strip_prefix("# ")))
}

/// What to say about a name that does not exist.
pub fn unknown(engine: &Engine, name: &str) -> String {
    let knowledge = &engine.knowledge;
    let known = knowledge.causes.iter().map(|c| c.id.as_str()).chain(knowledge.symptoms.iter().map(|s| s.id.as_str()));
    let practices = knowledge.practices.iter().map(|p| p.id.as_str());
    let pages = knowledge.pages.keys().map(|p| p.trim_end_matches(".md"));
    let help = match did_you_mean(name, known.chain(practices).chain(pages)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`certwhy list` shows what there is".to_owned(),
    };
    format!("there is no cause, symptom, practice or guide `{name}`; {help}")
}

fn cause(engine: &Engine, cause: &Cause) -> String {
    let mut out = format!("# {}\n\n`{}`: stage {}, {}\n\n", cause.title, cause.id, cause.stage, cause.prior.word());
    if let Some(why) = &cause.deprecated {
        out.push_str(&format!("> {}\n\n", deprecation(why)));
    }
    out.push_str(article(engine, cause).trim());
    out.push('\n');
    what_to_do(&mut out, engine, cause, Reader::Terminal);
    confused_with(&mut out, engine, cause, Reader::Terminal);
    see_also(&mut out, engine, cause, Reader::Terminal);
    if !cause.shows.is_empty() {
        out.push_str("\n## Signals\n\n");
        for (signal, how) in &cause.shows {
            let signal = &engine.knowledge.signals[*signal];
            let why = signal.deprecated.as_ref().map_or(String::new(), |why| format!(", {why}"));
            out.push_str(&format!("- {} (`{}`, {}{why})\n", signal.title, signal.id, how_word(*how)));
        }
    }
    out
}

/// Where a page is read; that decides how it names others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "docs"), allow(dead_code, reason = "pages are a feature"))]
pub(crate) enum Reader {
    /// On a terminal: as `certwhy explain` takes them.
    Terminal,
    /// Among other pages: as links of the form `page:PATH`, and with plain text kept from being markup.
    Page,
}

impl Reader {
    /// Plain text.
    pub(crate) fn text(self, text: &str) -> String {
        match self {
            Reader::Terminal => text.to_owned(),
            Reader::Page => inline(text),
        }
    }
}

/// A link to the page of a cause.
#[cfg_attr(not(feature = "docs"), allow(dead_code, reason = "pages are a feature"))]
pub(crate) fn cause_link(cause: &Cause) -> String {
    format!("[{}](page:causes/{})", inline(&cause.title), cause.id.replacen('.', "/", 1))
}

/// Why something should no longer be used, as a sentence.
pub(crate) fn deprecation(why: &Deprecation) -> String {
    let text = format!("{why}.");
    let (first, rest) = text.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

/// The article of a cause, as if nothing was known of an incident.
pub(crate) fn article(engine: &Engine, cause: &Cause) -> String {
    engine.remedy.text(&cause.article, &Values::default()).unwrap_or_else(|_| cause.article.clone())
}

/// The steps, and how to know that they worked.
pub(crate) fn what_to_do(out: &mut String, engine: &Engine, cause: &Cause, reader: Reader) {
    steps(out, "What to do", &convert(engine, &cause.fix.steps), reader);
    steps(out, "How to know that it worked", &convert(engine, &cause.fix.verify), reader);
}

/// Causes that look like this one, and what tells them apart.
pub(crate) fn confused_with(out: &mut String, engine: &Engine, cause: &Cause, reader: Reader) {
    if cause.looks_like.is_empty() {
        return;
    }
    out.push_str("\n## Easily confused with\n\n");
    for (other, tell) in &cause.looks_like {
        let other = &engine.knowledge.causes[*other];
        match reader {
            Reader::Terminal => out.push_str(&format!("- `{}`: {tell}\n", other.id)),
            Reader::Page => out.push_str(&format!("- {}: {}\n", cause_link(other), inline(tell))),
        }
    }
}

/// Causes that one reads about next.
pub(crate) fn see_also(out: &mut String, engine: &Engine, cause: &Cause, reader: Reader) {
    if cause.related.is_empty() {
        return;
    }
    out.push_str("\n## See also\n\n");
    for other in cause.related.iter().map(|ix| &engine.knowledge.causes[*ix]) {
        match reader {
            Reader::Terminal => out.push_str(&format!("- {} (`{}`)\n", other.title, other.id)),
            Reader::Page => out.push_str(&format!("- {}\n", cause_link(other))),
        }
    }
}

fn symptom(engine: &Engine, symptom: &Symptom) -> String {
    let knowledge = &engine.knowledge;
    let mut out = format!("# {}\n\n`{}`: seen at stage {}\n", symptom.title, symptom.id, symptom.stage);
    let ix = knowledge.symptom(&symptom.id);
    out.push_str("\n## Causes\n\n");
    for cause in knowledge.causes.iter().filter(|c| c.symptoms.iter().any(|(s, _)| Some(*s) == ix)) {
        out.push_str(&format!("- {} (`{}`)\n", cause.title, cause.id));
    }
    if !symptom.guides.is_empty() {
        out.push_str("\n## How to check\n\n");
        for guide in &symptom.guides {
            out.push_str(&format!("- `certwhy explain guides/{guide}`\n"));
        }
    }
    out
}

/// The fix of a cause, with placeholders where a case would have values.
pub fn fix(engine: &Engine, cause: &Cause) -> FixAnswer {
    FixAnswer { steps: convert(engine, &cause.fix.steps), verify: convert(engine, &cause.fix.verify) }
}

pub(crate) fn convert(engine: &Engine, list: &[Step]) -> Vec<StepAnswer> {
    let none = Values::default();
    let convert = |step: &Step| {
        let mut answer = StepAnswer {
            instruction: engine.remedy.text(&step.instruction, &none).unwrap_or_else(|_| step.instruction.clone()),
            minutes: step.minutes,
            risk: step.risk.word(),
            commands: Default::default(),
        };
        for (platform, template) in &step.commands {
            let command = engine.remedy.command(*platform, template, &none).unwrap_or_else(|_| template.clone());
            answer.commands.entry(platform.word()).or_default().push(command);
        }
        answer
    };
    list.iter().map(convert).collect()
}

/// A numbered list of steps under a heading. On pages a block of commands names its platform: ```` ```sh linux ````.
pub(crate) fn steps(out: &mut String, title: &str, steps: &[StepAnswer], reader: Reader) {
    out.push_str(&format!("\n## {title}\n\n"));
    for (n, step) in steps.iter().enumerate() {
        let risk = if step.risk == "read-only" { String::new() } else { format!(", {}", risk_words(step.risk)) };
        let minutes = count(step.minutes as usize, "minute");
        out.push_str(&format!("{}. {} ({minutes}{risk})\n", n + 1, reader.text(&step.instruction)));
        let space = " ".repeat(format!("{}. ", n + 1).len());
        for (platform, commands) in &step.commands {
            let language = if *platform == "windows" { "powershell" } else { "sh" };
            let named = if reader == Reader::Page { format!(" {platform}") } else { String::new() };
            let lines: String =
                commands.iter().flat_map(|c| c.lines()).map(|line| format!("{space}{line}\n")).collect();
            out.push_str(&format!("{space}```{language}{named}\n{lines}{space}```\n"));
        }
    }
}

/// The word for how often a cause shows a signal.
pub fn how_word(how: f64) -> &'static str {
    use crate::rule::words::{How, Words};
    How::ALL.iter().find(|(_, h)| h.number() <= how + 1e-9).map_or("rarely", |(word, _)| word)
}

pub(crate) fn without_front_matter(text: &str) -> &str {
    front_matter::split(text).map_or(text, |(_, body)| body).trim_start()
}
