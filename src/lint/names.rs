//! Ids are words of small letters and digits with hyphens between them, in paths and as keys.

use super::place;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::rule::Pack;
use crate::rule::file::Text;
use crate::rule::numbers::LOCK;
use crate::rule::shapes::Shapes;

pub fn check(shapes: &Shapes, pack: &Pack, diagnostics: &mut Diagnostics) {
    for (path, file) in &pack.files {
        let Some((stem, "yaml")) = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')) else { continue };
        if !is_id(stem) && path != LOCK {
            let message = format!("the file is called `{stem}`, which makes no id");
            let help = format!("rename it to {}.yaml, and its article with it", as_id(stem));
            diagnostics.push(Diagnostic::error("E0201", place(file, &(0..0)), message).help(help));
        }
    }
    let mut key = |file: &_, key: &Text, what: &str| {
        if !is_id(&key.value) {
            let message = format!("the {what} is called `{}`, which makes no id", key.value);
            let mut error = Diagnostic::error("E0201", place(file, &key.range), message);
            let near = as_id(&key.value);
            error.suggest(&key.value, Some(near.as_str()).filter(|near| is_id(near)));
            diagnostics.push(error);
        }
    };
    for (file, shape) in shapes.signals.values() {
        shape.signals.keys().for_each(|name| key(file, name, "signal"));
    }
    shapes.packs.iter().for_each(|pack| key(&pack.file, &pack.shape.name, "pack"));
    if let Some((file, shape)) = &shapes.symptoms {
        shape.symptoms.keys().for_each(|name| key(file, name, "symptom"));
    }
}

fn is_id(text: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    text.split('-').all(word)
}

fn as_id(text: &str) -> String {
    let words: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_words_with_hyphens() {
        assert!(is_id("acme-v2-order") && is_id("f5"));
        assert!(["", "No", "a_b", "a--b", "-a", "a b", "é"].into_iter().all(|text| !is_id(text)));
        assert_eq!(as_id("No_Such Key"), "no-such-key");
    }
}
