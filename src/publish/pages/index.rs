//! The first page, the stages, and the facts.

use super::{Kind, Library, Page, fact_anchor, stage_title};
use crate::diagnostic::count;
use crate::report::markdown::inline;
use crate::report::page::cause_link;
use crate::rule::words::{Stage, Words};

/// The first page.
pub fn index(library: &Library<'_>) -> Page {
    let knowledge = &library.engine.knowledge;
    let mut out = String::from(
        "Why did my certificate automation fail, and what do I do now? Three ways in:\n\n\
         - You know **what people report**: go by [symptom](page:symptoms).\n\
         - You have **a line of a log or an error code**: look it up among the [error texts](page:signals) or the [codes](page:codes).\n\
         - You know **which part is broken**: go by [stage](page:stages).\n",
    );
    if !knowledge.symptoms.is_empty() {
        out.push_str("\n## What people report\n\n");
        for symptom in &knowledge.symptoms {
            out.push_str(&format!("- [{}](page:symptoms/{})\n", inline(&symptom.title), symptom.id));
        }
    }
    for (kind, title) in [("guides/", "Check step by step"), ("examples/", "Worked examples"), ("", "Also")] {
        let of = |path: &str| match kind {
            "" => !path.contains('/'),
            kind => path.starts_with(kind),
        };
        let list: Vec<String> = library
            .articles
            .iter()
            .filter(|(path, _)| of(path))
            .map(|(path, page)| format!("- [{}](page:{page})\n", inline(&super::articles::title_of(library, path))))
            .collect();
        if !list.is_empty() {
            out.push_str(&format!("\n## {title}\n\n{}", list.concat()));
        }
    }
    out.push_str(&format!(
        "\n## Ask certwhy\n\n`certwhy diagnose` reads logs and status documents and names the cause by itself:\n\n\
         ```sh\ncertwhy diagnose /var/log/letsencrypt\n```\n\n\
         It knows {}, {} and {}; the [facts](page:facts) that it can be told are listed too.\n",
        count(knowledge.causes.len(), "cause"),
        count(knowledge.symptoms.len(), "symptom"),
        count(knowledge.signals.len(), "signal"),
    ));
    if !knowledge.practices.is_empty() {
        let practices = count(knowledge.practices.len(), "practice");
        let text =
            format!("\nBefore anything fails, `certwhy audit` holds [{practices}](page:practices) against facts.\n");
        out.push_str(&text);
    }
    Page::of_its_own(
        "index",
        Kind::Index,
        "certwhy knowledge base",
        "Causes of failed certificate automation, how to recognise them, and what to do.",
        out,
    )
}

/// The pipeline, with the causes of each stage.
pub fn stages(library: &Library<'_>) -> Page {
    let knowledge = &library.engine.knowledge;
    let mut out = String::from(
        "A certificate passes these stages: bot, connector, request, validation, issuance, deployment, reload, and what \
         clients see. Renewal and the host stand beside them. A stage that is proven speaks against every cause before it.\n",
    );
    for (word, stage) in Stage::ALL {
        let causes: Vec<String> = knowledge
            .causes
            .iter()
            .filter(|cause| cause.stage == *stage)
            .map(|cause| format!("- {}: {}\n", cause_link(cause), inline(&super::causes::summary(library, cause))))
            .collect();
        let symptoms: Vec<String> = knowledge
            .symptoms
            .iter()
            .filter(|symptom| symptom.stage == *stage)
            .map(|symptom| format!("[{}](page:symptoms/{})", inline(&symptom.title), symptom.id))
            .collect();
        if causes.is_empty() && symptoms.is_empty() {
            continue;
        }
        out.push_str(&format!("\n## {} {{#{word}}}\n", stage_title(*stage)));
        if !symptoms.is_empty() {
            out.push_str(&format!("\nWhat people report here: {}.\n", symptoms.join("; ")));
        }
        if !causes.is_empty() {
            out.push_str(&format!("\n{}", causes.concat()));
        }
    }
    Page::of_its_own(
        "stages",
        Kind::Stages,
        "Causes by stage",
        "All known causes along the way of a certificate, from the bot to what clients see.",
        out,
    )
}

/// The vocabulary of facts.
pub fn facts(library: &Library<'_>) -> Page {
    let mut out = String::from(
        "What certwhy can be told when there is no log, with `--fact NAME=VALUE` or in a file with `facts:` on top.\n",
    );
    let mut group = "";
    for (path, fact) in &library.engine.knowledge.facts {
        let head = path.split('.').next().unwrap_or(path);
        if head != group {
            group = head;
            let (first, rest) = head.split_at(head.chars().next().map_or(0, char::len_utf8));
            out.push_str(&format!("\n## {}{} {{#{head}}}\n", first.to_uppercase(), inline(rest)));
        }
        out.push_str(&format!(
            "\n### {} {{#{}}}\n\n{}.\n\n",
            inline(path),
            fact_anchor(path),
            inline(fact.meaning.trim_end_matches('.'))
        ));
        let values = fact.values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
        let unit = fact.unit.as_ref().map_or(String::new(), |unit| format!(" in {}", inline(unit)));
        match fact.values.is_empty() {
            true => out.push_str(&format!("- **Value:** {}{unit}\n", fact.kind)),
            false => out.push_str(&format!("- **Value:** {}: {values}\n", fact.kind)),
        }
        if let Some(place) = &fact.place {
            out.push_str(&format!("- **Where:** {}\n", inline(place)));
        }
        let value = fact.values.first().cloned().unwrap_or_else(|| "VALUE".to_owned());
        let quoted = if value.contains(' ') { format!("'{path}={value}'") } else { format!("{path}={value}") };
        out.push_str(&format!("- **Say it:** `--fact {quoted}`\n"));
    }
    Page::of_its_own(
        "facts",
        Kind::Facts,
        "Facts",
        "The facts that certwhy can be told, where to find each, and how to say it.",
        out,
    )
}
