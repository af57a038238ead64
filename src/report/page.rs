//! Pages of the knowledge base on their own: the article of a cause, a symptom, a guide. As Markdown.

use super::answer::{FixAnswer, StepAnswer};
use super::text::risk_words;
use crate::diagnostic::{count, did_you_mean};
use crate::engine::Engine;
use crate::remedy::Values;
use crate::rule::front_matter;
use crate::rule::model::{Cause, Step, Symptom};

/// The page of a cause, a symptom or a guide; `None` when there is none of that name.
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
    let stem = name.trim_start_matches("knowledge/").trim_end_matches(".md");
    let found = knowledge.pages.iter().find(|(path, _)| {
        let path = path.trim_end_matches(".md");
        path == stem || path.rsplit('/').next() == Some(stem)
    });
    found.map(|(_, text)| without_front_matter(text).to_owned())
}

/// What to say about a name that does not exist.
pub fn unknown(engine: &Engine, name: &str) -> String {
    let knowledge = &engine.knowledge;
    let known = knowledge.causes.iter().map(|c| c.id.as_str()).chain(knowledge.symptoms.iter().map(|s| s.id.as_str()));
    let pages = knowledge.pages.keys().map(|p| p.trim_end_matches(".md"));
    let help = match did_you_mean(name, known.chain(pages)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`certwhy list` shows what there is".to_owned(),
    };
    format!("there is no cause, symptom or guide `{name}`; {help}")
}

fn cause(engine: &Engine, cause: &Cause) -> String {
    let knowledge = &engine.knowledge;
    let none = Values::default();
    let render = |template: &str| engine.remedy.text(template, &none).unwrap_or_else(|_| template.to_owned());
    let mut out = format!("# {}\n\n`{}`: stage {}, {}\n\n", cause.title, cause.id, cause.stage, cause.prior.word());
    if let Some(why) = &cause.deprecated {
        let text = format!("{why}.");
        let (first, rest) = text.split_at(1);
        out.push_str(&format!("> {}{rest}\n\n", first.to_uppercase()));
    }
    out.push_str(render(&cause.article).trim());
    out.push('\n');
    steps(&mut out, "What to do", &convert(engine, &cause.fix.steps));
    steps(&mut out, "How to know that it worked", &convert(engine, &cause.fix.verify));
    if !cause.looks_like.is_empty() {
        out.push_str("\n## Easily confused with\n\n");
        for (other, tell) in &cause.looks_like {
            out.push_str(&format!("- `{}`: {tell}\n", knowledge.causes[*other].id));
        }
    }
    if !cause.related.is_empty() {
        out.push_str("\n## See also\n\n");
        for other in cause.related.iter().map(|ix| &knowledge.causes[*ix]) {
            out.push_str(&format!("- {} (`{}`)\n", other.title, other.id));
        }
    }
    if !cause.shows.is_empty() {
        out.push_str("\n## Signals\n\n");
        for (signal, how) in &cause.shows {
            let signal = &knowledge.signals[*signal];
            let why = signal.deprecated.as_ref().map_or(String::new(), |why| format!(", {why}"));
            out.push_str(&format!("- {} (`{}`, {}{why})\n", signal.title, signal.id, how_word(*how)));
        }
    }
    out
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

fn convert(engine: &Engine, list: &[Step]) -> Vec<StepAnswer> {
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

fn steps(out: &mut String, title: &str, steps: &[StepAnswer]) {
    out.push_str(&format!("\n## {title}\n\n"));
    for (n, step) in steps.iter().enumerate() {
        let risk = if step.risk == "read-only" { String::new() } else { format!(", {}", risk_words(step.risk)) };
        out.push_str(&format!("{}. {} ({}{risk})\n", n + 1, step.instruction, count(step.minutes as usize, "minute")));
        for (platform, commands) in &step.commands {
            let language = if *platform == "windows" { "powershell" } else { "sh" };
            let lines: String = commands.iter().flat_map(|c| c.lines()).map(|line| format!("   {line}\n")).collect();
            out.push_str(&format!("   ```{language}\n{lines}   ```\n"));
        }
    }
}

/// The word for how often a cause shows a signal.
pub fn how_word(how: f64) -> &'static str {
    use crate::rule::words::{How, Words};
    How::ALL.iter().find(|(_, h)| h.number() <= how + 1e-9).map_or("rarely", |(word, _)| word)
}

fn without_front_matter(text: &str) -> &str {
    front_matter::split(text).map_or(text, |(_, body)| body).trim_start()
}
