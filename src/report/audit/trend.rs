//! What the last audits found, one after the other.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::printable;

/// Audits, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct TrendAnswer {
    /// How the number of failed deployments moves.
    pub direction: Option<Direction>,
    /// The last audits, the oldest first.
    pub runs: Vec<RunAnswer>,
}

/// How a number moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// More than before.
    Rising,
    /// Fewer than before.
    Falling,
    /// As many as before.
    Steady,
}

/// One audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RunAnswer {
    /// When, RFC 3339.
    pub at: String,
    /// The version of certwhy.
    pub version: String,
    /// Broken practices of severity critical.
    pub critical: u64,
    /// Of severity high.
    pub high: u64,
    /// Of severity medium.
    pub medium: u64,
    /// Of severity low.
    pub low: u64,
    /// Kept ones.
    pub kept: u64,
    /// Those that were not checked.
    pub not_checked: u64,
    /// Failed deployments; `null` where no fact told.
    pub failed_deployments: Option<u64>,
}

impl TrendAnswer {
    /// Looks at the runs, the oldest first: the last number against the mean of those before it.
    pub fn of(runs: Vec<RunAnswer>) -> Self {
        let numbers: Vec<f64> = runs.iter().filter_map(|run| run.failed_deployments).map(|n| n as f64).collect();
        let direction = match numbers.split_last() {
            Some((last, before)) if !before.is_empty() => {
                let mean = before.iter().sum::<f64>() / before.len() as f64;
                Some(match last.total_cmp(&mean) {
                    std::cmp::Ordering::Greater => Direction::Rising,
                    std::cmp::Ordering::Less => Direction::Falling,
                    std::cmp::Ordering::Equal => Direction::Steady,
                })
            }
            _ => None,
        };
        TrendAnswer { direction, runs }
    }

    /// The failed deployments in one sentence; `None` where no audit knew of any number.
    pub fn sentence(&self) -> Option<String> {
        let numbers: Vec<String> =
            self.runs.iter().filter_map(|run| run.failed_deployments).map(|n| n.to_string()).collect();
        let word = match self.direction {
            Some(Direction::Rising) => "rising",
            Some(Direction::Falling) => "falling",
            Some(Direction::Steady) => "steady",
            None => {
                return numbers.first().map(|only| format!("{only}, and no earlier audit tells how many there were."));
            }
        };
        Some(format!("{word} ({} in the last audits, the newest last).", numbers.join(", ")))
    }

    /// A table for a person.
    pub fn text(&self) -> String {
        let mut out =
            String::from("audit                 critical  high  medium  low  kept  not checked  failed deployments\n");
        for run in &self.runs {
            let failed = run.failed_deployments.map_or_else(|| "-".to_owned(), |failed| failed.to_string());
            out.push_str(&format!(
                "{:<20}  {:>8}  {:>4}  {:>6}  {:>3}  {:>4}  {:>11}  {failed:>18}\n",
                printable(&run.at),
                run.critical,
                run.high,
                run.medium,
                run.low,
                run.kept,
                run.not_checked
            ));
        }
        if self.runs.is_empty() {
            return "No audit is in the history yet.".to_owned();
        }
        match self.sentence() {
            Some(sentence) => out.push_str(&format!("\nFailed deployments: {sentence}\n")),
            None => out.push_str("\nNo audit was told of deployments, so nothing can be said of those that failed.\n"),
        }
        out
    }
}

/// The JSON contract `certwhy/audit-trend/1`.
pub fn json(trend: &TrendAnswer) -> String {
    let mut document = serde_json::json!({ "schema": "certwhy/audit-trend/1" });
    if let (Some(document), Ok(serde_json::Value::Object(trend))) =
        (document.as_object_mut(), serde_json::to_value(trend))
    {
        document.extend(trend);
    }
    format!("{document:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trend(failed: &[Option<u64>]) -> TrendAnswer {
        let run = |failed: &Option<u64>| RunAnswer {
            at: "2026-11-24T12:00:00Z".to_owned(),
            version: "1".to_owned(),
            critical: 0,
            high: 0,
            medium: 0,
            low: 0,
            kept: 0,
            not_checked: 0,
            failed_deployments: *failed,
        };
        TrendAnswer::of(failed.iter().map(run).collect())
    }

    #[test]
    fn the_last_number_against_those_before() {
        assert_eq!(trend(&[Some(0), Some(1), Some(3)]).direction, Some(Direction::Rising));
        assert_eq!(trend(&[Some(4), None, Some(1)]).direction, Some(Direction::Falling));
        assert_eq!(trend(&[Some(2), Some(2)]).direction, Some(Direction::Steady));
        assert_eq!(trend(&[None, Some(2)]).direction, None);
        assert_eq!(trend(&[None]).sentence(), None);
    }
}
