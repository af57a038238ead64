//! Lines of a name and a value: ini files, also with sections inside of sections, and what `systemctl show` prints.

use serde_json::{Map, Value, json};

/// Pairs from which on a text is taken for settings.
const MIN_PAIRS: usize = 3;

/// Whether a text can be settings, by its first lines. A line with several pairs is one of a log, unless it is a property
/// of systemd.
pub fn may_be(start: &str) -> bool {
    let lines = || start.lines().map(str::trim).filter(|line| !line.is_empty() && !is_comment(line)).take(4);
    lines().count() >= MIN_PAIRS && lines().all(|line| pair(line).is_some_and(alone) || section(line).is_some())
}

fn alone((name, value): (&str, &str)) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        || !value.split_whitespace().skip(1).any(|word| pair(word).is_some())
}

/// Reads settings. Sections become maps; blocks that repeat their names behind a blank line (several units) become a list of
/// objects. None where some line is neither a section nor a pair.
pub fn read(text: &str) -> Option<Value> {
    let mut blocks: Vec<Map<String, Value>> = vec![Map::new()];
    let mut sections: Vec<String> = Vec::new();
    let (mut pairs, mut blank) = (0, false);
    for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
        if is_comment(line) {
            continue;
        }
        if line.is_empty() {
            blank = true;
        } else if let Some((depth, name)) = section(line) {
            sections.truncate(depth - 1);
            sections.push(name.to_owned());
        } else {
            let (name, value) = pair(line)?;
            pairs += 1;
            if blank && sections.is_empty() && blocks.last().is_some_and(|block| block.contains_key(name)) {
                blocks.push(Map::new());
            }
            blank = false;
            put(blocks.last_mut()?, &sections, name, value);
        }
    }
    (pairs >= MIN_PAIRS).then(|| match blocks.len() {
        1 => Value::Object(blocks.remove(0)),
        _ => json!({ "kind": "SettingsList", "items": blocks }),
    })
}

fn put(map: &mut Map<String, Value>, sections: &[String], name: &str, value: &str) {
    match sections.split_first() {
        None => drop(map.insert(name.to_owned(), Value::from(value))),
        Some((section, inner)) => {
            let entry = map.entry(section.clone()).or_insert_with(|| json!({}));
            // A name that is a value and a section too stays a value.
            if let Value::Object(map) = entry {
                put(map, inner, name, value);
            }
        }
    }
}

fn is_comment(line: &str) -> bool {
    line.starts_with(['#', ';'])
}

/// How deep a section is, and its name: `[name]`, `[[name]]`.
fn section(line: &str) -> Option<(usize, &str)> {
    let depth = line.len() - line.trim_start_matches('[').len();
    let inner = line.get(depth..)?.strip_suffix(&"]".repeat(depth))?;
    let sound = (1..=4).contains(&depth) && !inner.is_empty() && !inner.contains(['[', ']', '=']);
    sound.then_some((depth, inner.trim()))
}

/// A name without blanks, and its value, without quotes around it.
fn pair(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let sound = !name.is_empty() && name.len() <= 80 && name.chars().all(fits);
    let bare = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
    sound.then_some((name, bare))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sections_blocks_and_what_is_none() {
        let ini = "# renew_before_expiry = 30 days\nversion = 2.9.0\n[renewalparams]\nserver = https://ca/x?a=b\n[[webroot_map]]\nwww.example.org = /srv/www\n";
        assert!(may_be(ini));
        let params = json!({ "server": "https://ca/x?a=b", "webroot_map": { "www.example.org": "/srv/www" } });
        assert_eq!(read(ini), Some(json!({ "version": "2.9.0", "renewalparams": params })));
        let units = "Id=a.timer\nActiveState=active\n\nId=b.service\nActiveState=failed\n";
        let items =
            json!([{ "Id": "a.timer", "ActiveState": "active" }, { "Id": "b.service", "ActiveState": "failed" }]);
        assert_eq!(read(units), Some(json!({ "kind": "SettingsList", "items": items })));
        assert_eq!(read("a=1\nb=2\nERROR it broke\nc=3\n"), None);
        assert!(!may_be("level=info msg=x\nlevel=info msg=y\nlevel=warn msg=z\n"), "a log");
        assert!(!may_be("server {\n listen 443 ssl;\n}\n") && read("a = 1\n").is_none());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "[ -~\\n\\[\\]=]{0,300}") {
            let _ = (may_be(&text), read(&text));
        }
    }
}
