//! Whether one of two unpaired lists tends to be larger: the Mann-Whitney U test.

use statrs::function::factorial;

use super::ranks::{Midranks, midranks};
use super::{Test, finite, tail};

/// Up to so many pairs of values the p value is exact, unless there are ties.
const EXACT: usize = 2500;

/// U of the first list and its p value; Mann & Whitney, Annals of Mathematical Statistics 1947.
///
/// U counts the pairs in which the first list's value is the larger one, equal ones half. The p
/// value is exact up to 2,500 pairs without ties, else the normal one with corrections for ties and
/// continuity: SciPy's `exact` and `asymptotic`.
///
/// Assumes independent values; the null hypothesis is that both lists come from one distribution.
/// None of an empty list.
pub fn mann_whitney(first: &[f64], second: &[f64]) -> Option<Test> {
    let (ranked, statistic) = ranked(first, second)?;
    let pairs = first.len() * second.len();
    let exactly = pairs <= EXACT && ranked.ties == 0.0;
    let pairs = pairs as f64;
    let less = statistic.min(pairs - statistic);
    let p = if exactly {
        exact(first.len().min(second.len()), first.len() + second.len(), less as usize)
    } else {
        let n = (first.len() + second.len()) as f64;
        let variance = pairs / 12.0 * (n + 1.0 - ranked.ties / (n * (n - 1.0)));
        let away = 0.5 * pairs - less - 0.5;
        if away <= 0.0 || variance <= 0.0 { 1.0 } else { tail::normal(away / variance.sqrt()) }
    };
    Some(Test { statistic, p })
}

/// The smallest p value that two lists of such lengths can reach: 2 / (first + second over first).
pub fn smallest_p_unpaired(first: usize, second: usize) -> f64 {
    let orders = factorial::binomial((first + second) as u64, first as u64);
    (2.0 / orders).min(1.0)
}

/// U over the number of pairs.
pub(super) fn share(first: &[f64], second: &[f64]) -> Option<f64> {
    let (_, statistic) = ranked(first, second)?;
    Some(statistic / (first.len() * second.len()) as f64)
}

fn ranked(first: &[f64], second: &[f64]) -> Option<(Midranks, f64)> {
    finite(first)?;
    finite(second)?;
    let ranked = midranks(&[first, second].concat(), 0.0);
    let sum: f64 = ranked.ranks[..first.len()].iter().sum();
    let least = 0.5 * (first.len() * (first.len() + 1)) as f64;
    Some((ranked, sum - least))
}

/// Twice the chance that U of `chosen` out of `n` values is at most `least`.
///
/// `ways[j][u]` counts the choices of j of the values so far whose U is u: the i-th value, chosen
/// as the j-th, is larger than i − j of the others.
fn exact(chosen: usize, n: usize, least: usize) -> f64 {
    let mut ways = vec![vec![0.0; least + 1]; chosen + 1];
    ways[0][0] = 1.0;
    for i in 1..=n {
        for j in (1..=chosen.min(i)).rev() {
            let (fewer, more) = ways.split_at_mut(j);
            let larger = more[0].iter_mut().skip(i - j);
            larger.zip(&fewer[j - 1]).for_each(|(more, fewer)| *more += fewer);
        }
    }
    let extreme: f64 = ways[chosen].iter().sum();
    (2.0 * extreme / factorial::binomial(n as u64, chosen as u64)).min(1.0)
}
