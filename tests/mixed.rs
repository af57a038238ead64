//! Logs with several failures in them: each incident is found with its own cause.
//!
//! The mixes are made from the incidents of `tests/cases`: one after the other, or record by record in turn.

use std::fs;
use std::path::Path;

use certwhy::{Answer, Engine, Options};

const NOW: &str = "2026-11-24T12:00:00Z";
/// From here on a cause is named.
const NAMED: f64 = 0.4;

/// How logs are put together.
#[derive(Debug, Clone, Copy)]
enum Mix {
    /// One after the other.
    Concatenated,
    /// A record of each in turn, as when several programs write into one file.
    Interleaved,
}

const MIXES: [(Mix, &[(&str, &str)]); 12] = include!("mixed/mixes.in");

struct Part {
    expected: Vec<String>,
    /// Its records: a line that is not indented begins one.
    records: Vec<String>,
}

fn part(name: &str, file: &str) -> Part {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
    let label = fs::read_to_string(folder.join("case.json")).expect("case.json");
    let label: serde_json::Value = serde_json::from_str(&label).expect("JSON");
    let expected = label["expected"].as_array().expect("a list");
    let expected = expected.iter().map(|id| id.as_str().expect("an id").to_owned()).collect();
    let text = fs::read_to_string(folder.join(file)).expect("a log");
    let mut records: Vec<String> = Vec::new();
    for line in text.lines() {
        match records.last_mut() {
            Some(record) if line.is_empty() || line.starts_with([' ', '\t']) => {
                record.push('\n');
                record.push_str(line);
            }
            _ => records.push(line.to_owned()),
        }
    }
    Part { expected, records }
}

fn mixed(mix: Mix, parts: &[Part]) -> String {
    let mut out = String::new();
    let mut add = |record: &str| {
        out.push_str(record);
        out.push('\n');
    };
    match mix {
        Mix::Concatenated => parts.iter().flat_map(|part| &part.records).for_each(|record| add(record)),
        Mix::Interleaved => {
            let most = parts.iter().map(|part| part.records.len()).max().unwrap_or(0);
            for at in 0..most {
                parts.iter().filter_map(|part| part.records.get(at)).for_each(|record| add(record));
            }
        }
    }
    out
}

#[test]
fn each_incident_of_a_mixed_log_is_found() {
    let engine = Engine::embedded().expect("the embedded rules");
    let mut wrong = Vec::new();
    for (mix, names) in MIXES {
        let parts: Vec<Part> = names.iter().map(|(name, file)| part(name, file)).collect();
        assert!(parts.len() > 1);
        let mut session = engine.session(NOW.parse().expect("a time"));
        session.read("mixed.log", mixed(mix, &parts).as_bytes());
        let answer = Answer::new(&session.diagnose(Options::default()));
        for (part, (name, _)) in parts.iter().zip(names) {
            let is_own = |id: &str, p: f64| p >= NAMED && part.expected.iter().any(|expected| expected == id);
            let overall = answer.causes.iter().any(|cause| is_own(&cause.id, cause.probability));
            let incident =
                answer.incidents.iter().any(|incident| incident.causes.iter().any(|c| is_own(&c.id, c.probability)));
            if !overall || !incident {
                let causes: Vec<String> =
                    answer.causes.iter().map(|c| format!("{} {:.2}", c.id, c.probability)).collect();
                let incidents: Vec<String> = answer
                    .incidents
                    .iter()
                    .map(|i| {
                        format!(
                            "{}: {}",
                            i.subject,
                            i.causes.iter().map(|c| c.id.as_str()).collect::<Vec<_>>().join(" ")
                        )
                    })
                    .collect();
                wrong.push(format!("{mix:?} {names:?}: {name} not found (overall {overall}, incident {incident}) in {causes:?}, {incidents:?}"));
            }
        }
        // Nothing else is made up.
        for incident in &answer.incidents {
            let first = incident.causes.first().map_or("", |c| c.id.as_str());
            if !parts.iter().any(|part| part.expected.iter().any(|id| id == first)) {
                wrong.push(format!("{mix:?} {names:?}: {} is said of {}", first, incident.subject));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
