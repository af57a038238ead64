//! Tables of a portal: which row is the one that a diagnosis is about.

use std::collections::BTreeMap;

use super::condition::shown;
use super::facts::{FactSet, Reading};
use crate::rule::model::FactValue;

/// Rows that are named when none of several is picked.
const MAX_NAMED: usize = 8;

/// Picks the row of a table that counts for everything: the only one, or the one that is named. Where several stand and none
/// is named, none is taken.
pub fn pick(reading: &mut Reading, given: &BTreeMap<String, FactValue>) {
    let Some(by) = reading.by.clone() else { return };
    let names: Vec<String> = reading.sets.iter().filter_map(|set| set.subject.clone()).collect();
    let list = || {
        let more = names.len().saturating_sub(MAX_NAMED);
        let shown = names.iter().take(MAX_NAMED).cloned().collect::<Vec<_>>().join(", ");
        if more > 0 { format!("{shown} and {more} more") } else { shown }
    };
    let option = if by == "bot.name" { "--bot NAME".to_owned() } else { format!("--fact {by}=NAME") };
    match given.get(&by).map(shown) {
        Some(wanted) => {
            let same =
                |set: &FactSet| set.subject.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(wanted.trim()));
            let all = std::mem::take(&mut reading.sets);
            reading.sets = all.into_iter().filter(same).collect();
            match reading.sets.len() {
                0 => {
                    reading.notes.push(format!("no row is about {wanted}, so none was taken; there are {}", list()));
                    reading.incomplete = true;
                }
                1 => {}
                rows => {
                    reading.notes.push(format!("{rows} rows are about {wanted}; only the first of them was taken"));
                    reading.sets.truncate(1);
                }
            }
        }
        None if reading.sets.len() > 1 => {
            // The row of another bot explains nothing, and may well look like a failure.
            let rows = names.len();
            reading
                .notes
                .push(format!("none of its {rows} rows was taken: {option} says which one it is about ({})", list()));
            reading.sets.clear();
            reading.incomplete = true;
        }
        None => {}
    }
    for set in &mut reading.sets {
        (set.shared, set.subject) = (true, None);
    }
}
