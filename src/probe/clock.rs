//! The clock of this machine, beside the times that servers tell with their answers.

use super::finding::{Asked, Check, Finding, Verdict};

/// Seconds that do no harm; tokens and signatures are refused from about here on.
const HARMLESS: f64 = 120.0;

/// What the differences say: the middle one counts, as one server may be wrong itself.
pub fn judge(mut ahead: Vec<f64>) -> Option<Finding> {
    ahead.sort_by(f64::total_cmp);
    let middle = *ahead.get(ahead.len() / 2)?;
    let asked = Asked::new(Check::Clock, "the clock of this machine", "Date headers of the answers");
    let seconds = middle.round();
    let answer = match seconds {
        0.0 => "no difference".to_owned(),
        s if s > 0.0 => format!("{s} s ahead"),
        s => format!("{} s behind", -s),
    };
    let (verdict, meaning) = match middle.abs() > HARMLESS {
        true => (Verdict::Bad, "Certificates, tokens and signatures look expired or not yet valid here."),
        false => (Verdict::Good, ""),
    };
    Some(asked.found(verdict, answer, meaning).fact("host.clock_offset_seconds", seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_one_counts() {
        assert_eq!(judge(Vec::new()), None);
        let finding = judge(vec![0.0, 4000.0, 1.2]).expect("a finding");
        assert_eq!((finding.verdict, finding.answer.as_str()), (Verdict::Good, "1 s ahead"));
        let finding = judge(vec![-900.0]).expect("a finding");
        assert_eq!((finding.verdict, finding.answer.as_str()), (Verdict::Bad, "900 s behind"));
    }
}
