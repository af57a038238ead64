//! What counts as evidence: history, repeats, general signals, absence, context. With the small pack.

use std::path::Path;

use certwhy::{Answer, Engine, Options, Pack};

fn engine() -> Engine {
    let mut pack = Pack::default();
    pack.overlay(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packs/mini")).expect("the small pack is readable");
    Engine::new(&pack).expect("a sound pack")
}

fn answer(engine: &Engine, logs: &[&str], facts: &[&str]) -> Answer {
    let mut session = engine.session("2026-11-24T12:00:00Z".parse().expect("a time"));
    for fact in facts {
        session.fact(fact).expect("a known fact");
    }
    for (n, log) in logs.iter().enumerate() {
        session.read(&format!("{n}.log"), log.as_bytes());
    }
    Answer::new(&session.diagnose(Options::default()))
}

fn first(answer: &Answer) -> (&str, f64) {
    answer.causes.first().map_or(("nothing", 0.0), |cause| (cause.id.as_str(), cause.probability))
}

const FAILED: &str = "2026-11-24 03:00:04 ERROR No TXT record found at _acme-challenge.a.example for a.example\n";

#[test]
fn a_later_success_of_the_same_subject_turns_a_failure_into_history() {
    let engine = engine();
    let succeeded = "2026-11-24 03:10:00 INFO domain a.example is valid\n";
    let other = "2026-11-24 03:10:00 INFO domain b.example is valid\n";
    assert_eq!(first(&answer(&engine, &[FAILED], &[])).0, "dcv.record-missing");
    assert_eq!(first(&answer(&engine, &[&format!("{FAILED}{succeeded}")], &[])).0, "nothing");
    assert_eq!(
        first(&answer(&engine, &[&format!("{succeeded}{FAILED}")], &[])).0,
        "dcv.record-missing",
        "an earlier one"
    );
    assert_eq!(first(&answer(&engine, &[&format!("{FAILED}{other}")], &[])).0, "dcv.record-missing", "another's");
    assert_eq!(first(&answer(&engine, &[FAILED, succeeded], &[])).0, "nothing", "in another file, later by its time");
}

#[test]
fn what_a_cleared_signal_made_redundant_stays_away() {
    let engine = engine();
    let both = FAILED.replace("ERROR", "ERROR validation error:");
    let log = format!("{both}2026-11-24 03:10:00 INFO domain a.example is valid\n");
    assert_eq!(first(&answer(&engine, &[&log], &[])).0, "nothing");
}

#[test]
fn repeats_count_once() {
    let engine = engine();
    let once = first(&answer(&engine, &[FAILED], &[])).1;
    let often = answer(&engine, &[&FAILED.repeat(50)], &[]);
    assert_eq!(first(&often).1, once);
    assert_eq!(often.causes[0].evidence[0].count, 50);
}

#[test]
fn the_general_signal_adds_nothing_to_the_specific_one() {
    let engine = engine();
    let both = FAILED.replace("ERROR", "ERROR validation error:");
    assert_eq!(first(&answer(&engine, &[&both], &[])).1, first(&answer(&engine, &[FAILED], &[])).1);
}

#[test]
fn the_level_of_a_record_must_suffice() {
    let engine = engine();
    let line = |level: &str| format!("2026-11-24 03:00:04 {level} cannot write /etc/ssl/a.pem: Permission denied\n");
    assert_eq!(first(&answer(&engine, &[&line("ERROR")], &[])).0, "deploy.denied");
    assert_eq!(first(&answer(&engine, &[&line("DEBUG")], &[])).0, "nothing");
}

#[test]
fn a_passed_stage_speaks_against_the_causes_before_it() {
    let engine = engine();
    let denied = "2026-11-24 03:00:04 ERROR cannot write /etc/ssl/a.pem: Permission denied\n";
    let deployed = "2026-11-24 03:10:00 INFO deployed certificate of a.example\n";
    assert_eq!(first(&answer(&engine, &[denied], &[])).0, "deploy.denied");
    assert_eq!(first(&answer(&engine, &[&format!("{denied}{deployed}")], &[])).0, "nothing");
}

#[test]
fn context_selects_and_a_known_fact_speaks_against() {
    let engine = engine();
    let missing = ["dcv.txt_found=no"];
    assert_eq!(first(&answer(&engine, &[], &missing)).0, "dcv.record-missing");
    assert_eq!(
        first(&answer(&engine, &[], &["dcv.txt_found=no", "dcv.method=http-01"])).0,
        "nothing",
        "not its context"
    );
    let contradicted = answer(&engine, &[FAILED], &["dcv.txt_found=yes"]);
    let plain = answer(&engine, &[FAILED], &[]);
    let p = |answer: &Answer| answer.causes.first().map_or(0.0, |cause| cause.probability);
    assert!(p(&contradicted) < p(&plain), "{} is not below {}", p(&contradicted), p(&plain));
}

#[test]
fn the_order_of_inputs_does_not_matter() {
    let engine = engine();
    let denied = "2026-11-24 03:00:04 ERROR cannot write /etc/ssl/a.pem: Permission denied\n";
    let ranking = |logs: &[&str]| {
        let ranked = answer(&engine, logs, &["bot.status=Stopped"]).causes;
        ranked.into_iter().map(|cause| (cause.id, cause.probability)).collect::<Vec<_>>()
    };
    assert_eq!(ranking(&[FAILED, denied]), ranking(&[denied, FAILED]));
}
