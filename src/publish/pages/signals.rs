//! The index of what programs print, by technology, and the page of codes.

use std::collections::{BTreeMap, BTreeSet};

use super::texts::{Family, SignalTexts, TextFile, codes_in};
use super::{Kind, Library, Page, stage_title};
use crate::diagnostic::count;
use crate::report::markdown::inline;
use crate::report::page::{cause_link, how_word};
use crate::rule::model::{CauseIx, SignalIx};
use crate::rule::words::Words;

/// Texts of one signal that are shown.
const SHOWN: usize = 4;

/// The list of technologies, a page for each, and the page of codes.
pub fn all(library: &Library<'_>) -> Vec<Page> {
    let causes = Causes::of(library);
    let mut pages = vec![list(library)];
    pages.extend(library.texts.files.iter().map(|(name, file)| technology(library, &causes, name, file)));
    pages.push(codes(library, &causes));
    pages
}

/// The causes that show each signal, the strongest first.
struct Causes(Vec<Vec<(CauseIx, f64)>>);

impl Causes {
    fn of(library: &Library<'_>) -> Self {
        let knowledge = &library.engine.knowledge;
        let mut by_signal = vec![Vec::new(); knowledge.signals.len()];
        for (cause, of) in knowledge.causes.iter().enumerate() {
            of.shows.iter().for_each(|(signal, how)| by_signal[*signal].push((cause, *how)));
        }
        by_signal.iter_mut().for_each(|list: &mut Vec<(CauseIx, f64)>| list.sort_by(|a, b| b.1.total_cmp(&a.1)));
        Causes(by_signal)
    }

    /// Those of a signal; where none shows it by itself, those of the more general signals that it implies.
    fn behind(&self, library: &Library<'_>, signal: SignalIx) -> Vec<(CauseIx, f64)> {
        let own = &self.0[signal];
        if !own.is_empty() {
            return own.clone();
        }
        let mut lent: Vec<(CauseIx, f64)> = Vec::new();
        for (cause, how) in library.engine.knowledge.signals[signal].implies.iter().flat_map(|ix| &self.0[*ix]) {
            if !lent.iter().any(|(known, _)| known == cause) {
                lent.push((*cause, *how));
            }
        }
        lent.sort_by(|a, b| b.1.total_cmp(&a.1));
        lent
    }
}

fn list(library: &Library<'_>) -> Page {
    let mut out = String::from(
        "What programs print when certificate automation fails, by program and technology. Each text names the causes \
         that it points to. Error codes stand on a [page of their own](page:codes).\n\n",
    );
    for (name, file) in &library.texts.files {
        let texts = count(file.signals.len(), "message");
        out.push_str(&format!("- [{}](page:signals/{name}): {texts}\n", inline(&file.title)));
    }
    Page::of_its_own(
        "signals",
        Kind::Signals,
        "Error texts",
        "What programs print when certificate automation fails, and the causes it points to.",
        out,
    )
}

fn technology(library: &Library<'_>, causes: &Causes, name: &str, file: &TextFile) -> Page {
    let knowledge = &library.engine.knowledge;
    let mut out = String::new();
    let mut named: BTreeSet<CauseIx> = BTreeSet::new();
    let mut keywords = vec![name.to_owned()];
    let (failures, rest): (Vec<&SignalTexts>, Vec<&SignalTexts>) =
        file.signals.iter().partition(|texts| !causes.behind(library, texts.signal).is_empty());
    for texts in &failures {
        let behind = causes.behind(library, texts.signal);
        named.extend(behind.iter().map(|(cause, _)| *cause));
        let signal = &knowledge.signals[texts.signal];
        out.push_str(&format!("\n## {} {{#{}}}\n\n", inline(&signal.title), texts.key));
        lines(&mut out, texts);
        let links =
            behind.iter().map(|(ix, how)| format!("{} ({})", cause_link(&knowledge.causes[*ix]), how_word(*how)));
        let links: Vec<String> = links.collect();
        match links.as_slice() {
            [one] => out.push_str(&format!("Points to: {one}\n")),
            many => out.push_str(&format!("Points to:\n\n- {}\n", many.join("\n- "))),
        }
        for code in library.texts.codes(&signal.id) {
            if !keywords.contains(code) {
                keywords.push(code.clone());
            }
        }
    }
    if !rest.is_empty() {
        out.push_str(
            "\n## Messages that name no cause {#no-cause}\n\nThey show how far a run came, or speak against a cause.\n",
        );
    }
    for texts in &rest {
        let signal = &knowledge.signals[texts.signal];
        out.push_str(&format!("\n### {} {{#{}}}\n\n", inline(&signal.title), texts.key));
        lines(&mut out, texts);
        if let Some(stage) = signal.proves {
            out.push_str(&format!(
                "Shows that this stage was passed: [{}](page:stages#{stage}).\n",
                stage_title(stage)
            ));
        }
        let against: Vec<String> =
            knowledge.causes.iter().filter(|cause| cause.rules_out.contains(&texts.signal)).map(cause_link).collect();
        if !against.is_empty() {
            out.push_str(&format!("\nSpeaks against: {}.\n", against.join("; ")));
        }
    }
    let lead =
        format!("{}: {} that point to {}.", file.title, count(failures.len(), "message"), count(named.len(), "cause"));
    let markdown = format!("{}\n{out}", inline(&lead));
    Page {
        id: name.to_owned(),
        keywords,
        ..Page::of_its_own(&format!("signals/{name}"), Kind::Signals, &file.title, &lead, markdown)
    }
}

fn lines(out: &mut String, texts: &SignalTexts) {
    if texts.lines.is_empty() {
        return;
    }
    let shown: Vec<&str> = texts.lines.iter().take(SHOWN).map(String::as_str).collect();
    out.push_str(&format!("{}\n\n", super::markdown::fence(&shown.join("\n"), "text")));
}

/// Every code with the signals that its texts belong to, and their causes.
fn codes(library: &Library<'_>, causes: &Causes) -> Page {
    let knowledge = &library.engine.knowledge;
    let mut found: BTreeMap<(Family, String), Vec<SignalIx>> = BTreeMap::new();
    for texts in library.texts.files.values().flat_map(|file| &file.signals) {
        if causes.behind(library, texts.signal).is_empty() {
            continue;
        }
        for code in library.texts.codes(&knowledge.signals[texts.signal].id) {
            let family = codes_in(code).first().map_or(Family::Names, |(family, _)| *family);
            let signals = found.entry((family, code.clone())).or_default();
            if !signals.contains(&texts.signal) {
                signals.push(texts.signal);
            }
        }
    }
    let mut out = String::from(
        "Error codes and names, each with the messages that it was seen in and the causes that these point to. A code \
         alone seldom decides: compare the text too.\n",
    );
    let mut keywords = Vec::new();
    for (_, family) in Family::ALL {
        let rows: Vec<(&String, &Vec<SignalIx>)> =
            found.iter().filter(|((of, _), _)| of == family).map(|((_, code), signals)| (code, signals)).collect();
        if rows.is_empty() {
            continue;
        }
        out.push_str(&format!("\n## {family}\n\n| Code | Seen in | Points to |\n|---|---|---|\n"));
        for (code, signals) in rows {
            keywords.push(code.clone());
            let (seen, behind) = row(library, causes, signals);
            out.push_str(&format!("| `{code}` | {seen} | {behind} |\n"));
        }
    }
    Page {
        keywords,
        ..Page::of_its_own(
            "codes",
            Kind::Codes,
            "Error codes",
            "Error codes of Windows, OpenSSL, ACME, curl, HTTP and others, and the causes they point to.",
            out,
        )
    }
}

/// Messages and causes of a code, each cut where a row would become too long.
fn row(library: &Library<'_>, causes: &Causes, signals: &[SignalIx]) -> (String, String) {
    const MOST: usize = 4;
    let knowledge = &library.engine.knowledge;
    let cut = |list: Vec<String>| {
        let more = list.len().saturating_sub(MOST);
        let mut text = list.into_iter().take(MOST).collect::<Vec<_>>().join("; ");
        if more > 0 {
            text.push_str(&format!("; and {more} more"));
        }
        text
    };
    let seen = signals.iter().filter_map(|ix| {
        let signal = &knowledge.signals[*ix];
        Some(format!("[{}]({})", inline(&signal.title), library.texts.place(&signal.id)?.neutral()))
    });
    // Causes in the order of how many of the messages point to them.
    let mut behind: Vec<(CauseIx, f64)> = Vec::new();
    for (cause, how) in signals.iter().flat_map(|ix| causes.behind(library, *ix)) {
        match behind.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, weight)) => *weight += how,
            None => behind.push((cause, how)),
        }
    }
    behind.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let behind = behind.iter().map(|(ix, _)| cause_link(&knowledge.causes[*ix]));
    (cut(seen.collect()), cut(behind.collect()))
}
