//! The index of the search: made when the site is built, looked things up in by `search.js`.
//!
//! Two kinds of documents are in it: pages, and the things that programs print (signals), which lead to the pages of
//! their causes. A word weighs more the fewer documents hold it (BM25), and where it stands in them counts.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::literals;
use super::words::words;
use crate::publish::pages::content::{self, Block, Inline};
use crate::publish::pages::{Kind, Page, cause_path};
use crate::rule::model::{Condition, FactValue, Knowledge, Operand, Signal, SignalKind, Test};

/// What a word weighs by where it stands.
mod weight {
    pub const TITLE: f64 = 4.0;
    pub const ID: f64 = 4.0;
    pub const SUMMARY: f64 = 2.0;
    pub const HEADING: f64 = 1.5;
    pub const BODY: f64 = 0.5;
    /// What a pattern asks for stands in every record that it matches.
    pub const ASKED: f64 = 1.5;
    pub const EXAMPLE: f64 = 0.6;
}

/// A word that more than this share of the documents hold tells nothing.
const COMMON: f64 = 0.5;
/// How soon repetition stops to count, and how much the length of a document does.
const K1: f64 = 1.2;
const B: f64 = 0.6;
/// Weights are stored as one of so many steps.
const STEPS: f64 = 63.0;
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The words of a document with their weights.
type Bag = BTreeMap<String, f64>;

/// The index as it is written.
#[derive(Debug, Serialize)]
struct Index {
    /// Kind, id, title, summary and address of each page.
    pages: Vec<(String, String, String, String, String)>,
    /// What programs print: title, and the numbers of the pages that it points to with a digit for how strongly, the
    /// strongest first: `12:9 40:5`.
    signals: Vec<(String, String)>,
    /// All words in their order, apart by a space.
    terms: String,
    /// For each word the documents that hold it, apart by a space: gaps between numbers of documents (five bits a
    /// digit, the lowest first, a digit of 32 or more goes on), each followed by a digit for the weight.
    postings: String,
}

/// The file `search-index.js`: a call of the function that `search.js` waits with.
pub fn index(knowledge: &Knowledge, pages: &[Page]) -> String {
    let found: Vec<&Page> = pages.iter().filter(|page| is_found(page)).collect();
    let number: BTreeMap<&str, usize> = found.iter().enumerate().map(|(n, page)| (page.path.as_str(), n)).collect();
    let shown = shown_by(knowledge, &number);
    let mut bags: Vec<Bag> = found.iter().map(|page| page_bag(page)).collect();
    let texts = texts_of(pages);
    let mut signals = Vec::new();
    for (ix, signal) in knowledge.signals.iter().enumerate() {
        // One that no cause shows by itself stands for the more general ones that it implies.
        let points_to = shown.get(&ix).or_else(|| signal.implies.iter().find_map(|ix| shown.get(ix)));
        let Some(points_to) = points_to else { continue };
        signals.push((signal.title.clone(), points_to.clone()));
        bags.push(signal_bag(signal, texts.get(&signal.id).map_or(&[], Vec::as_slice)));
    }
    let (terms, postings) = inverted(&bags);
    let kind = |page: &Page| page.kind.word().to_owned();
    let entry = |page: &&Page| {
        let address = format!("{}.html", page.path);
        (kind(page), page.id.clone(), page.title.clone(), page.summary.clone(), address)
    };
    let index = Index { pages: found.iter().map(entry).collect(), signals, terms, postings };
    // Numbers and texts: nothing here can fail.
    let json = serde_json::to_string(&index).unwrap_or_default();
    // What stands in a script must not end it, and these two end lines in older programs.
    let json = json.replace("</", "<\\/").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    format!("certwhySearchIndex({json});\n")
}

/// The first page is where the search stands, not what it finds.
fn is_found(page: &Page) -> bool {
    page.kind != Kind::Index
}

/// For each signal the pages of its causes and symptoms.
fn shown_by(knowledge: &Knowledge, number: &BTreeMap<&str, usize>) -> BTreeMap<usize, String> {
    let mut all: BTreeMap<usize, Vec<(f64, f64, usize)>> = BTreeMap::new();
    for cause in &knowledge.causes {
        let Some(page) = number.get(cause_path(&cause.id).as_str()) else { continue };
        for (signal, how) in &cause.shows {
            all.entry(*signal).or_default().push((*how, cause.prior.number(), *page));
        }
    }
    for symptom in &knowledge.symptoms {
        let Some(page) = number.get(format!("symptoms/{}", symptom.id).as_str()) else { continue };
        for (signal, how) in &symptom.shows {
            all.entry(*signal).or_default().push((*how, 0.0, *page));
        }
    }
    let written = |(signal, mut list): (usize, Vec<(f64, f64, usize)>)| {
        list.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)));
        // Where an error text points to many causes, the weakest say little.
        let list = list.iter().take(6).map(|(how, _, page)| format!("{page}:{}", (how * 9.0).round() as u8));
        (signal, list.collect::<Vec<_>>().join(" "))
    };
    all.into_iter().map(written).collect()
}

fn add(bag: &mut Bag, text: &str, weight: f64) {
    for word in words(text) {
        *bag.entry(word).or_default() += weight;
    }
}

fn page_bag(page: &Page) -> Bag {
    let mut bag = Bag::new();
    add(&mut bag, &page.title, weight::TITLE);
    add(&mut bag, &page.id, weight::ID);
    add(&mut bag, &page.summary, weight::SUMMARY);
    if matches!(page.kind, Kind::Signals | Kind::Codes) {
        // What they list are documents of their own.
        return bag;
    }
    page.keywords.iter().for_each(|word| add(&mut bag, word, weight::HEADING));
    let blocks = page.blocks();
    let without_signals = blocks.split(|block| matches!(block, Block::Heading { id, .. } if id == "signals"));
    // Signals are documents of their own.
    let blocks = without_signals.take(1).flatten();
    blocks.for_each(|block| texts(block, &mut |text, weight| add(&mut bag, text, weight)));
    bag
}

fn texts(block: &Block, each: &mut impl FnMut(&str, f64)) {
    let mut running = |text: &[Inline], weight| each(&content::plain(text), weight);
    match block {
        Block::Heading { text, .. } => running(text, weight::HEADING),
        Block::Paragraph(text) => running(text, weight::BODY),
        Block::Code(code) => each(&code.text, weight::BODY),
        Block::List { items, .. } => items.iter().flatten().for_each(|block| texts(block, each)),
        Block::Table { head, rows, .. } => {
            head.iter().chain(rows.iter().flatten()).for_each(|cell| running(cell, weight::BODY));
        }
        Block::Quote { blocks, .. } => blocks.iter().for_each(|block| texts(block, each)),
        Block::Rule => {}
    }
}

/// What shows each signal, from the pages that list it: the first text, since the others mostly say the same.
fn texts_of(pages: &[Page]) -> BTreeMap<String, Vec<String>> {
    let mut texts = BTreeMap::new();
    for page in pages.iter().filter(|page| page.kind == Kind::Signals) {
        let blocks = page.blocks();
        for pair in blocks.windows(2) {
            if let [Block::Heading { id, .. }, Block::Code(code)] = pair {
                let lines = code.text.lines().map(str::to_owned).collect();
                texts.insert(format!("{}.{id}", page.id), lines);
            }
        }
    }
    texts
}

fn signal_bag(signal: &Signal, texts: &[String]) -> Bag {
    let mut bag = Bag::new();
    let mut once = |text: &str, weight: f64| {
        for word in BTreeSet::from_iter(words(text)) {
            let old = bag.entry(word).or_default();
            *old = old.max(weight);
        }
    };
    once(&signal.title, weight::ASKED);
    match &signal.kind {
        SignalKind::Log(patterns) => {
            patterns.iter().for_each(|pattern| once(&literals::text(&pattern.text), weight::ASKED))
        }
        SignalKind::Fact(condition) => values(condition, &mut |value| once(value, weight::ASKED)),
    }
    // Examples have the words around, and names that stand for others.
    for example in texts {
        let telling: Vec<&str> = example.split_whitespace().filter(|word| !is_a_name(word)).collect();
        once(&telling.join(" "), weight::EXAMPLE);
    }
    bag.retain(|word, weight| *weight > weight::EXAMPLE || !word.bytes().all(|b| b.is_ascii_digit()));
    bag
}

/// Names of hosts and paths of files in examples: they are other ones in every log.
fn is_a_name(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    word.contains("example") || word.contains("://") || word.matches(['/', '\\']).count() > 1
}

/// The values that a condition asks for: codes and states.
fn values(condition: &Condition, each: &mut impl FnMut(&str)) {
    let mut text = |value: &FactValue| match value {
        FactValue::Text(text) => each(text),
        FactValue::List(list) => list.iter().for_each(|text| each(text)),
        FactValue::Number(_) | FactValue::YesNo(_) | FactValue::Time(_) => {}
    };
    match condition {
        Condition::All(list) | Condition::Any(list) => list.iter().for_each(|condition| values(condition, each)),
        Condition::Not(_) => {}
        Condition::Test { test, .. } => match test {
            Test::Equals(Operand::Value(value)) => text(value),
            Test::In(list) => list.iter().for_each(text),
            Test::Includes(word) => each(word),
            Test::Matches(pattern) => each(&literals::text(pattern)),
            _ => {}
        },
    }
}

/// The words, and where they stand.
fn inverted(bags: &[Bag]) -> (String, String) {
    let count = bags.len().max(1) as f64;
    let lengths: Vec<f64> = bags.iter().map(|bag| bag.values().sum()).collect();
    // Pages are long and signals short: each is measured by its own kind's middle through this mean of roots.
    let mean = lengths.iter().map(|length| length.sqrt()).sum::<f64>() / count;
    let mut holds: BTreeMap<&str, Vec<(usize, f64)>> = BTreeMap::new();
    for (document, bag) in bags.iter().enumerate() {
        for (word, weight) in bag {
            holds.entry(word).or_default().push((document, *weight));
        }
    }
    holds.retain(|_, documents| documents.len() as f64 <= COMMON * count);
    let most = (1.0 + count).ln() * (K1 + 1.0);
    let (mut terms, mut postings) = (Vec::new(), Vec::new());
    for (word, documents) in holds {
        let rarity = (1.0 + (count - documents.len() as f64 + 0.5) / (documents.len() as f64 + 0.5)).ln();
        let mut list = String::new();
        let mut last = 0;
        for (document, weight) in documents {
            let length = 1.0 - B + B * lengths[document].sqrt() / mean;
            let weighed = rarity * weight * (K1 + 1.0) / (weight + K1 * length);
            let step = (weighed / most * STEPS).round().clamp(0.0, STEPS) as usize;
            if step == 0 {
                continue;
            }
            number(&mut list, document - last);
            list.push(char::from(DIGITS[step]));
            last = document;
        }
        if !list.is_empty() {
            terms.push(word);
            postings.push(list);
        }
    }
    (terms.join(" "), postings.join(" "))
}

fn number(out: &mut String, mut number: usize) {
    while number >= 32 {
        out.push(char::from(DIGITS[32 + (number & 31)]));
        number >>= 5;
    }
    out.push(char::from(DIGITS[number]));
}
