//! Numbers from labelled incidents: what the fit does, what it refuses, and how a lock file takes effect.

use std::path::Path;

use certwhy::calibrate::{self, Case, Method};
use certwhy::rule::numbers::{self, Lock, LogLoss, Numbers};
use certwhy::{Engine, Error, Options, Pack};
use proptest::prelude::*;

const NOW: &str = "2026-11-24T12:00:00Z";

fn pack() -> Pack {
    let mut pack = Pack::default();
    pack.overlay(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packs/mini")).expect("the small pack");
    pack
}

fn engine() -> Engine {
    Engine::new(&pack()).expect("the small pack")
}

fn case(engine: &Engine, log: &str, expected: &[&str]) -> Case {
    let mut session = engine.session(NOW.parse().expect("a time"));
    session.read("a.log", log.as_bytes());
    let evidence = session.diagnose(Options::default()).diagnosis.whole.evidence;
    Case { evidence, expected: expected.iter().map(|id| engine.knowledge.cause(id).expect("a cause")).collect() }
}

const DENIED: &str = "2026-11-24 03:00:05 ERROR cannot write /etc/ssl/a.pem: Permission denied\n";
const GENERAL: &str = "2026-11-24 03:00:05 ERROR validation error\n";

#[test]
fn a_fit_moves_the_numbers_towards_what_the_incidents_say() {
    let engine = engine();
    // The general message is of the file in every incident, though the rules say that it rarely is.
    let cases: Vec<Case> = (0..12).map(|_| case(&engine, GENERAL, &["deploy.denied"])).collect();
    let cases: Vec<&Case> = cases.iter().collect();
    let design = Numbers::default();
    let before = calibrate::log_loss(&engine.knowledge, &design, &cases);
    let mut last = before;
    for method in [Method::Edges, Method::Words, Method::Both] {
        let numbers = calibrate::fit(&engine.knowledge, &design, &cases, method);
        let after = calibrate::log_loss(&engine.knowledge, &numbers, &cases);
        assert!(after < before, "{method:?}: {after} is no better than {before}");
        assert!(method != Method::Both || after <= last + 1e-9, "both are no worse than the words alone");
        last = after;
    }
    let counted = calibrate::fit(&engine.knowledge, &design, &cases, Method::Edges).edges;
    let edge = counted[&("deploy.denied".to_owned(), "tool.validation-error".to_owned())];
    // Beta posterior: (10 × 0.1 + 12) / (10 + 12).
    assert_eq!((edge.seen, edge.of), (12, 12));
    assert!((edge.strength - 13.0 / 22.0).abs() < 1e-12);
}

#[test]
fn cross_validation_never_measures_an_incident_with_numbers_that_saw_it() {
    let parts = calibrate::parts(11, 3);
    let mut all: Vec<usize> = parts.iter().flatten().copied().collect();
    all.sort_unstable();
    assert_eq!(all, (0..11).collect::<Vec<_>>());
    assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [4, 4, 3]);
    // One incident against the grain: what it alone teaches cannot help where it is measured.
    let engine = engine();
    let odd = case(&engine, GENERAL, &["deploy.denied"]);
    let usual: Vec<Case> = (0..5).map(|_| case(&engine, DENIED, &["deploy.denied"])).collect();
    let cases: Vec<&Case> = std::iter::once(&odd).chain(&usual).collect();
    let design = Numbers::default();
    let seen = calibrate::fit(&engine.knowledge, &design, &cases, Method::Words);
    let in_sample = calibrate::log_loss(&engine.knowledge, &seen, &cases);
    let held_out = calibrate::cross_validated(&engine.knowledge, &design, &cases, 6, Method::Words);
    assert!(held_out > in_sample, "{held_out} should be above {in_sample}");
}

#[test]
fn a_lock_file_changes_the_numbers_and_nothing_else() {
    let mut calibrated = Numbers::default();
    calibrated.how.values_mut().for_each(|q| *q *= 0.5);
    let lock = Lock::new(&calibrated, 12, 5, LogLoss { before: 0.5, after: 0.4 });
    let mut pack = pack();
    pack.add(numbers::LOCK, serde_yaml::to_string(&lock).expect("YAML"));
    let engine = Engine::new(&pack).expect("a lock file that was written is read");
    assert_eq!(engine.knowledge.numbers, lock.numbers().expect("its numbers"));
    let plain = self::engine();
    let p = |engine: &Engine| {
        let mut session = engine.session(NOW.parse().expect("a time"));
        session.read("a.log", DENIED.as_bytes());
        let causes = session.diagnose(Options { min_probability: 0.0, top: 5 }).diagnosis.whole.causes;
        (causes[0].cause, causes[0].probability)
    };
    let ((cause, with), (same, without)) = (p(&engine), p(&plain));
    assert_eq!(cause, same);
    assert!(with < without, "half the strength, {with}, is less than {without}");
}

#[test]
fn a_wrong_lock_file_is_a_mistake_with_its_place() {
    for (wrong, says) in [("usually: 1.5", "is no probability"), ("mostly: 0.5", "there is no word `mostly`")] {
        let text = format!(
            "cases: 1\nfolds: 2\nlog_loss: {{ before: 1, after: 1 }}\nwords:\n  prior: {{}}\n  how: {{ {wrong} }}\n  leak: {{}}\n"
        );
        let mut pack = pack();
        pack.add(numbers::LOCK, text);
        let Err(Error::Rules(diagnostics)) = Engine::new(&pack) else { panic!("{wrong} was taken") };
        let told = diagnostics.render(false);
        assert!(told.contains("E0112") && told.contains(numbers::LOCK) && told.contains(says), "{told}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn fitted_numbers_are_probabilities_in_the_order_of_their_words(labels in prop::collection::vec(0usize..4, 4..12)) {
        let engine = engine();
        let kinds = [
            case(&engine, DENIED, &["deploy.denied"]),
            case(&engine, GENERAL, &["deploy.denied"]),
            case(&engine, GENERAL, &["dcv.record-missing"]),
            case(&engine, GENERAL, &[]),
        ];
        let cases: Vec<&Case> = labels.iter().map(|kind| &kinds[*kind]).collect();
        let numbers = calibrate::fit(&engine.knowledge, &Numbers::default(), &cases, Method::Both);
        let all = numbers.prior.values().chain(numbers.how.values()).chain(numbers.leak.values());
        for number in all.chain(numbers.edges.values().map(|edge| &edge.strength)) {
            prop_assert!(*number > 0.0 && *number < 1.0);
        }
        let falls = |list: Vec<f64>| list.windows(2).all(|pair| pair[0] > pair[1]);
        prop_assert!(falls(numbers.prior.values().copied().collect()));
        prop_assert!(falls(numbers.how.values().copied().collect()));
        prop_assert!(falls(numbers.leak.values().rev().copied().collect()));
    }
}
