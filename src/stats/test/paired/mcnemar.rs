//! Whether two runs are right equally often.

use std::f64::consts::LN_2;

use statrs::function::factorial::ln_binomial;

/// Two-sided p value from the numbers of items that only the first run, and only the second, got
/// right: min(1, 2 P(Bin(b + c, ½) ≤ min(b, c))); McNemar, Psychometrika 1947, in its exact form.
///
/// Assumes independent items; those on which the runs agree say nothing. 1 where there are no
/// others, never undefined.
pub fn mcnemar(only_first: u64, only_second: u64) -> f64 {
    let (fewer, items) = (only_first.min(only_second), only_first + only_second);
    let mut term = (ln_binomial(items, fewer) - items as f64 * LN_2).exp();
    let mut chance = 0.0;
    for right in (0..=fewer).rev() {
        chance += term;
        term *= right as f64 / (items - right + 1) as f64;
        if term < 1e-18 * chance {
            break;
        }
    }
    (2.0 * chance).min(1.0)
}
