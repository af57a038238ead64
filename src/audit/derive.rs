//! Facts that follow from others.

use jiff::Timestamp;

use super::subjects::{Subject, Told};
use crate::rule::model::{FactValue, Knowledge};

/// Seconds of a day.
const DAY: f64 = 86_400.0;
/// The status of a deployment, or of its certificate, that has failed.
const FAILED: &str = "Deployment Failed";

/// Adds what follows, where it is not told and the vocabulary knows it: how long a certificate lives, and how many
/// deployments have failed, now and at the last audit. Returns the number of failed ones.
pub fn derive(
    knowledge: &Knowledge,
    subjects: &mut [Subject],
    failed_before: Option<u64>,
    now: Timestamp,
) -> Option<u64> {
    if knowledge.facts.contains_key("certificate.lifetime_days") {
        subjects.iter_mut().for_each(lifetime);
    }
    let failed = match subjects[0].facts.get("deployment.failed_count").map(|told| &told.value) {
        Some(FactValue::Number(told)) if *told >= 0.0 => Some(*told as u64),
        _ => counted(subjects),
    };
    let counts = [("deployment.failed_count", failed), ("deployment.failed_before", failed_before)];
    for (path, number) in counts {
        let (Some(number), true) = (number, knowledge.facts.contains_key(path)) else { continue };
        let from = Some(if path.ends_with("before") { "the last audit" } else { "counted" }.to_owned());
        let told = Told { value: FactValue::Number(number as f64), place: None, from, at: now, own: true };
        // What holds for everything is told once.
        subjects[0].facts.entry(path.to_owned()).or_insert(told);
    }
    failed
}

fn lifetime(subject: &mut Subject) {
    let time = |path: &str| match subject.facts.get(path)?.value {
        FactValue::Time(time) => Some(time),
        _ => None,
    };
    let (Some(from), Some(to)) = (time("certificate.issued_at"), time("certificate.expires_at")) else { return };
    let days = (to.duration_since(from).as_secs_f64() / DAY * 10.0).round() / 10.0;
    if days <= 0.0 {
        return;
    }
    let end = subject.facts["certificate.expires_at"].clone();
    let told = Told { value: FactValue::Number(days), from: Some("from its dates".to_owned()), ..end };
    subject.facts.entry("certificate.lifetime_days".to_owned()).or_insert(told);
}

/// Subjects whose deployment has failed; `None` where no subject tells of any.
fn counted(subjects: &[Subject]) -> Option<u64> {
    let statuses = ["deployment.status", "certificate.status"];
    let knows = |subject: &&Subject| statuses.iter().any(|path| subject.tells(path));
    let failed = |subject: &&Subject| {
        statuses
            .iter()
            .any(|path| subject.tells(path) && subject.facts[*path].value == FactValue::Text(FAILED.to_owned()))
    };
    let known = subjects.iter().filter(knows).count();
    (known > 0).then(|| subjects.iter().filter(failed).count() as u64)
}
