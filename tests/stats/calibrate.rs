//! What measures the intervals sees a wrong one, and gives the same with any number of threads.

#[path = "../../examples/calibrate/study/mod.rs"]
mod study;

use study::coverage::{expected, measured};
use study::question::QUESTIONS;
use study::world::{Dominant, World};
use study::{Findings, Plan};

fn plan(count: usize, threads: usize) -> Plan {
    Plan { count, threads, tell: |_| () }
}

#[test]
fn an_interval_half_as_wide_is_seen_to_miss_and_the_true_one_to_hold() {
    let (plan, world) = (plan(400, 2), World::new([5, 120, 1], Dominant::Seeds));
    let corner = |share: f64| {
        measured(&plan, &QUESTIONS[0], (&world, 400), &|estimate| {
            let half = share * estimate.half_width()?;
            Some((estimate.point - half, estimate.point + half))
        })
        .unwrap()
    };
    let (whole, half) = (corner(1.0), corner(0.5));
    assert!(!whole.narrow(), "{whole}");
    assert!(half.narrow() && half.coverage > 0.5, "{half}");
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let found = [1, 3].map(|threads| Findings::of(&plan(2, threads)).unwrap());
    assert_eq!(found[0].broken(), found[1].broken());
    let files = found.map(|findings| findings.files().unwrap());
    assert_eq!(files[0], files[1]);
    let names: Vec<&str> = files[0].iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names[..4], ["errors.csv", "coverage.csv", "power.csv", "report.md"]);
    assert!(names.contains(&"power-accuracy-600.svg"), "{names:?}");
}

/// SciPy: `norm.cdf(0.3)`, the chance that an item is right where seeds do not differ; and for keys
/// `norm.cdf(0.3 - norm.ppf([.5, .4, .3, .25])) @ [.5, .2, .1, .2]`, the gains in score at the
/// cuts.
const ACCURACY: f64 = 0.617_911_422_188_952_6;
const KEY_SCORE: f64 = 0.697_486_192_042_238_9;

#[test]
fn the_simulated_scores_are_those_that_the_latent_ones_imply() {
    let world = World::new([1, 120, 1], Dominant::ItemsAlone);
    for (question, score) in QUESTIONS.iter().zip([ACCURACY, KEY_SCORE]) {
        let (mean, error) = expected(&plan(1000, 2), question, &world, 0.3).unwrap();
        assert!((mean - score).abs() < 4.0 * error, "{mean} ± {error}, expected {score}");
        assert!(error < 0.001, "{error}");
    }
}
