//! The inference: the worked example with its figures, and properties on random small networks.

use std::collections::BTreeMap;

use certwhy::reason::score::{Findings, Network, Node, Unit, contributions, information, posterior};
use proptest::prelude::*;

const OLD: usize = 0;
const STOPPED: usize = 1;
const STARTED: usize = 2;
const RELOAD_ERROR: usize = 3;
const NEW_FILE: usize = 4;
const NOT_TRIGGERED: usize = 0;
const DEPLOY_ERROR: usize = 1;
const RELOAD_FAILED: usize = 2;
const OTHER_HOST: usize = 3;

/// A renewed certificate, and the old one is still served: four causes compete.
fn renewed_but_old_served() -> Network {
    let node = |prior, edges: &[(usize, f64)]| Node { prior, edges: edges.to_vec() };
    Network {
        leaks: vec![0.002, 0.02, 0.02, 0.002, 0.02],
        causes: vec![
            node(0.03, &[(OLD, 0.97), (STOPPED, 0.85)]),
            node(0.03, &[(OLD, 0.97), (STOPPED, 0.5), (STARTED, 0.97), (NEW_FILE, 0.25)]),
            node(0.03, &[(OLD, 0.97), (STOPPED, 0.1), (STARTED, 0.97), (RELOAD_ERROR, 0.85), (NEW_FILE, 0.97)]),
            node(0.01, &[(OLD, 0.97), (STARTED, 0.9), (NEW_FILE, 0.97)]),
        ],
    }
}

fn findings(network: &Network, present: &[usize], absent: &[usize]) -> Findings {
    let mut factors = BTreeMap::new();
    for (cause, node) in network.causes.iter().enumerate() {
        factors.insert(cause, absent.iter().map(|s| 1.0 - node.strength(*s)).product());
    }
    Findings {
        present: present.iter().map(|s| Unit { signals: vec![*s], share: 1.0 }).collect(),
        factors,
        excluded: Vec::new(),
    }
}

#[test]
fn worked_example_has_its_figures() {
    let network = renewed_but_old_served();
    let rows: [(&[usize], &[usize], [f64; 4]); 4] = [
        (&[OLD], &[], [0.305, 0.305, 0.305, 0.102]),
        (&[OLD, STOPPED], &[], [0.582, 0.357, 0.105, 0.014]),
        (&[OLD, STOPPED], &[STARTED], [0.976, 0.019, 0.005, 0.002]),
        (&[OLD, STOPPED, STARTED, RELOAD_ERROR, NEW_FILE], &[], [0.173, 0.119, 0.998, 0.011]),
    ];
    for (present, absent, expected) in rows {
        let result = posterior(&network, &findings(&network, present, absent));
        for (cause, figure) in expected.into_iter().enumerate() {
            let got = result.of(cause);
            assert!((got - figure).abs() < 0.0006, "{present:?}: cause {cause} is {got:.4}, expected {figure}");
        }
    }
}

#[test]
fn explaining_away_leaves_the_rival_low() {
    let network = renewed_but_old_served();
    let before = posterior(&network, &findings(&network, &[OLD, STOPPED], &[]));
    let after = posterior(&network, &findings(&network, &[OLD, STOPPED, STARTED, RELOAD_ERROR, NEW_FILE], &[]));
    assert!(after.of(RELOAD_FAILED) > 0.99);
    assert!(after.of(DEPLOY_ERROR) < 0.2 && after.of(OTHER_HOST) < 0.05);
    assert!(after.of(NOT_TRIGGERED) < before.of(NOT_TRIGGERED) / 3.0);
}

#[test]
fn next_checks_tell_as_much_as_computed() {
    let network = renewed_but_old_served();
    let result = posterior(&network, &findings(&network, &[OLD, STOPPED], &[]));
    for (signal, bits) in [(STARTED, 0.83), (RELOAD_ERROR, 0.358), (NEW_FILE, 0.37)] {
        assert!((information(&network, &result, signal) - bits).abs() < 0.001);
    }
}

#[test]
fn contributions_are_left_out_one_by_one() {
    let network = renewed_but_old_served();
    let given = findings(&network, &[OLD, STOPPED], &[STARTED]);
    let result = posterior(&network, &given);
    for (signal, decibans) in [(OLD, 15.0), (STOPPED, 8.1)] {
        let got = contributions(&network, &given, &result, NOT_TRIGGERED)(signal);
        assert!((got - decibans).abs() < 0.06, "signal {signal} contributes {got:.2}");
    }
    // The absence of the start: with it and without it.
    let without = posterior(&network, &findings(&network, &[OLD, STOPPED], &[]));
    let decibans = |p: f64| 10.0 * (p / (1.0 - p)).log10();
    let got = decibans(result.of(NOT_TRIGGERED)) - decibans(without.of(NOT_TRIGGERED));
    assert!((got - 14.7).abs() < 0.06, "no start contributes {got:.2}");
}

#[test]
fn failures_that_have_nothing_in_common_do_not_compete() {
    let causes = (0..7).map(|ix| Node { prior: 0.012, edges: vec![(ix, 0.8)] }).collect();
    let network = Network { leaks: vec![0.0005; 7], causes };
    let alone = posterior(&network, &findings(&network, &[0], &[])).of(0);
    let all: Vec<usize> = (0..7).collect();
    let together = posterior(&network, &findings(&network, &all, &[]));
    assert_eq!((together.causes.len(), together.groups.len()), (7, 7));
    for (cause, p) in &together.causes {
        assert!((p - alone).abs() < 1e-12, "cause {cause} is {p}, alone {alone}");
    }
}

#[test]
fn signals_of_one_record_vote_and_do_not_add_up() {
    let node = |edges: &[(usize, f64)]| Node { prior: 0.012, edges: edges.to_vec() };
    let network = Network { leaks: vec![0.0005; 2], causes: vec![node(&[(0, 0.8), (1, 0.8)]), node(&[(1, 0.8)])] };
    let seen = |units: &[&[usize]]| {
        let present = units.iter().map(|signals| Unit { signals: signals.to_vec(), share: 1.0 }).collect();
        posterior(&network, &Findings { present, ..Findings::default() })
    };
    // Both rules name the first cause, one of them the second too.
    let both = seen(&[&[0, 1]]);
    assert!(both.of(0) > 0.6 && both.of(0) < 0.7 && both.of(1) > 0.3, "{both:?}");
    // Two rules for one cause say no more than one of them.
    let alone = seen(&[&[0]]);
    let mut single = network.clone();
    single.causes.truncate(1);
    let twice = posterior(
        &single,
        &Findings { present: vec![Unit { signals: vec![0, 1], share: 1.0 }], ..Findings::default() },
    );
    assert!((twice.of(0) - alone.of(0)).abs() < 1e-12);
    // Rules that disagree leave the two causes level, and little room for neither.
    let mut apart = network.clone();
    apart.causes[0].edges.pop();
    let split =
        posterior(&apart, &Findings { present: vec![Unit { signals: vec![0, 1], share: 1.0 }], ..Findings::default() });
    assert!((split.of(0) - split.of(1)).abs() < 1e-12 && split.of(0) > 0.4 && split.none < 0.15, "{split:?}");
}

/// Probabilities over all subsets of all causes, straight from the formula.
fn brute_force(network: &Network, findings: &Findings) -> Vec<f64> {
    let n = network.causes.len();
    let mut total = 0.0;
    let mut by_cause = vec![0.0; n];
    for bits in 0u32..(1 << n) {
        let members: Vec<usize> = (0..n).filter(|c| bits & (1 << c) != 0).collect();
        let mut weight = 1.0;
        for c in &members {
            let prior = network.causes[*c].prior;
            weight *= prior / (1.0 - prior) * findings.factors.get(c).copied().unwrap_or(1.0);
        }
        for unit in &findings.present {
            let signal = &unit.signals[0];
            let miss = members
                .iter()
                .fold(1.0 - network.leaks[*signal], |m, c| m * (1.0 - network.causes[*c].strength(*signal)));
            weight *= (1.0 - miss).powf(unit.share);
        }
        total += weight;
        members.iter().for_each(|c| by_cause[*c] += weight);
    }
    by_cause.into_iter().map(|w| w / total).collect()
}

prop_compose! {
    fn networks()(signals in 1usize..6, causes in 1usize..6)(
        leaks in prop::collection::vec(prop::sample::select(vec![0.0005, 0.002, 0.006, 0.02, 0.07]), signals),
        priors in prop::collection::vec(prop::sample::select(vec![0.03, 0.012, 0.005, 0.002, 0.0008]), causes),
        strengths in prop::collection::vec(prop::collection::vec(prop::sample::select(vec![0.0, 0.0, 0.1, 0.25, 0.5, 0.8, 0.97]), signals), causes),
        present in prop::collection::vec(any::<bool>(), signals),
    ) -> (Network, Vec<usize>) {
        let causes = priors.into_iter().zip(strengths).map(|(prior, row)| Node {
            prior,
            edges: row.into_iter().enumerate().filter(|(_, q)| *q > 0.0).collect(),
        });
        let network = Network { leaks, causes: causes.collect() };
        (network, present.into_iter().enumerate().filter(|(_, p)| *p).map(|(s, _)| s).collect())
    }
}

proptest! {
    #[test]
    fn probabilities_are_probabilities((network, present) in networks()) {
        let result = posterior(&network, &findings(&network, &present, &[]));
        for sets in &result.groups {
            let sum: f64 = sets.iter().map(|(_, p)| p).sum();
            prop_assert!((sum - 1.0).abs() < 1e-9);
        }
        prop_assert!((0.0..=1.0).contains(&result.none));
        for (_, p) in &result.causes {
            prop_assert!((0.0..=1.0).contains(p));
            prop_assert!(*p <= 1.0 - result.none + 1e-9);
        }
    }

    #[test]
    fn small_sets_agree_with_all_sets((network, present) in networks()) {
        let given = findings(&network, &present, &[]);
        let exact = brute_force(&network, &given);
        let result = posterior(&network, &given);
        for (cause, p) in &result.causes {
            // What larger sets could add: the adaptive end leaves out less than one percent and its successors.
            prop_assert!((p - exact[*cause]).abs() < 0.03, "cause {} is {} of {}", cause, p, exact[*cause]);
        }
    }

    #[test]
    fn a_supporting_signal_never_lowers_its_only_cause(leak in 0.0005f64..0.07, q in 0.1f64..0.97, prior in 0.0008f64..0.03, second in 0.1f64..0.97) {
        let node = Node { prior, edges: vec![(0, q), (1, second)] };
        let network = Network { leaks: vec![leak, leak], causes: vec![node] };
        let one = posterior(&network, &findings(&network, &[0], &[])).of(0);
        let two = posterior(&network, &findings(&network, &[0, 1], &[])).of(0);
        // The strength of an edge is meant to be above the leak; below it, seeing the signal still does not speak against.
        prop_assert!(two >= one - 1e-12);
        prop_assert!(one >= prior - 1e-12);
    }

    #[test]
    fn a_signal_of_one_cause_alone_never_lowers_it((mut network, present) in networks(), leak in 0.0005f64..0.07, q in 0.1f64..0.97) {
        let extra = network.leaks.len();
        network.leaks.push(leak);
        network.causes[0].edges.push((extra, q));
        let mut more = present.clone();
        more.push(extra);
        let before = brute_force(&network, &findings(&network, &present, &[]))[0];
        let after = posterior(&network, &findings(&network, &more, &[])).of(0);
        prop_assert!(after >= before - 0.03);
    }

    #[test]
    fn the_order_of_the_evidence_does_not_matter((network, present) in networks()) {
        let forward = posterior(&network, &findings(&network, &present, &[]));
        let mut reversed = findings(&network, &present, &[]);
        reversed.present.reverse();
        let backward = posterior(&network, &reversed);
        for (cause, p) in &forward.causes {
            prop_assert!((p - backward.of(*cause)).abs() < 1e-9);
        }
    }

    #[test]
    fn an_absent_signal_never_raises_its_cause((network, present) in networks()) {
        prop_assume!(!present.is_empty());
        for signal in 0..network.leaks.len() {
            if present.contains(&signal) {
                continue;
            }
            let with = posterior(&network, &findings(&network, &present, &[]));
            let without = posterior(&network, &findings(&network, &present, &[signal]));
            if let [only] = network.causes.as_slice()
                && only.strength(signal) > 0.0
            {
                prop_assert!(without.of(0) <= with.of(0) + 1e-12);
            }
        }
    }
}
