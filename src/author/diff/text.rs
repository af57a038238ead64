//! A difference as people read it.

use crate::diagnostic::count;

use super::{Change, Difference, EntryChange, FieldChange, How, What};

/// Characters of a value that are shown; the JSON has all of them.
const SHOWN: usize = 160;

pub fn text(difference: &Difference) -> String {
    let mut out = String::new();
    for (what, name) in What::ALL {
        let changes: Vec<&Change> = difference.changes.iter().filter(|change| change.what == what).collect();
        if changes.is_empty() {
            continue;
        }
        out.push_str(&format!("{name}\n"));
        changes.into_iter().for_each(|change| self::change(change, &mut out));
        out.push('\n');
    }
    match difference.counts() {
        (0, 0, 0) => out.push_str("the rules are the same\n"),
        (added, removed, changed) => out.push_str(&format!("{added} added, {removed} removed, {changed} changed\n")),
    }
    out
}

fn change(change: &Change, out: &mut String) {
    let title = if change.title.is_empty() { String::new() } else { format!("  {}", change.title) };
    match &change.how {
        How::Added => out.push_str(&format!("  + {}{title}\n", change.id)),
        How::Removed { renamed_to, still_named_in } => {
            out.push_str(&format!("  - {}{title}\n", change.id));
            if let Some(id) = renamed_to {
                out.push_str(&format!("      renamed to {id}, it seems\n"));
            }
            let is_id = matches!(change.what, What::Cause | What::Signal | What::Symptom | What::Practice | What::Fact);
            match still_named_in.as_slice() {
                [] if is_id && !change.id.contains(' ') => out.push_str("      named by nothing any more\n"),
                files => files.iter().for_each(|file| out.push_str(&format!("      still named in {file}\n"))),
            }
        }
        How::Changed { fields } => {
            out.push_str(&format!("  ~ {}{title}\n", change.id));
            let is_prose = matches!(change.what, What::Article | What::Page);
            fields.iter().for_each(|change| field(change, is_prose, out));
        }
    }
}

fn field(change: &FieldChange, is_prose: bool, out: &mut String) {
    let FieldChange { field, before, after, added, removed, changed, reordered } = change;
    if is_prose && !reordered {
        out.push_str(&format!("      {} added, {} removed\n", count(added.len(), "line"), removed.len()));
        return;
    }
    match (before, after) {
        (None, None) => {}
        (None, Some(after)) => out.push_str(&format!("      {field}: + {}\n", cut(after))),
        (Some(before), None) => out.push_str(&format!("      {field}: - {}\n", cut(before))),
        (Some(before), Some(after)) => match before.chars().count() + after.chars().count() > 80 {
            true => out.push_str(&format!("      {field}: - {}\n      {field}: + {}\n", cut(before), cut(after))),
            false => out.push_str(&format!("      {field}: {before} → {after}\n")),
        },
    }
    removed.iter().for_each(|entry| out.push_str(&format!("      {field}: - {}\n", cut(entry))));
    added.iter().for_each(|entry| out.push_str(&format!("      {field}: + {}\n", cut(entry))));
    for EntryChange { entry, before, after } in changed {
        out.push_str(&format!("      {field}: {entry}: {} → {}\n", cut(before), cut(after)));
    }
    if *reordered {
        out.push_str(&format!("      {field}: in another order\n"));
    }
}

/// One line, not too long.
fn cut(value: &str) -> String {
    let value = value.replace('\n', "⏎");
    match value.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &value[..at]),
        None => value,
    }
}
