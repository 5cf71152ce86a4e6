//! How far two lists rise together, by their order alone.

use super::ranks::midranks;
use super::{NOISE, average, finite, tail};

/// A correlation and its p value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Correlation {
    /// From −1 to 1.
    pub coefficient: f64,
    /// Two-sided p value; none of fewer than three pairs, or where all lie in order and t is
    /// infinite.
    pub p: Option<f64>,
}

/// Spearman's ρ (American Journal of Psychology 1904): Pearson's correlation of the midranks.
///
/// The p value is that of t = ρ √((n − 2)/(1 − ρ²)) with n − 2 degrees of freedom, an approximation
/// that wants some ten pairs. Assumes independent pairs. None where the lists differ in length or
/// all values of one are equal.
pub fn spearman(x: &[f64], y: &[f64]) -> Option<Correlation> {
    paired(x, y)?;
    let coefficient = pearson(&midranks(x, 0.0).ranks, &midranks(y, 0.0).ranks)?;
    let freedom = x.len() as f64 - 2.0;
    let rest = (1.0 - coefficient) * (1.0 + coefficient);
    let t = (rest > NOISE && freedom > 0.0).then(|| coefficient * (freedom / rest).sqrt());
    Some(Correlation { coefficient, p: t.and_then(|t| tail::students_t(t, freedom)) })
}

/// Kendall's τ-b (Biometrika 1945): concordant less discordant pairs of pairs, over the geometric
/// mean of the numbers of those that are not tied in either list.
///
/// None where the lists differ in length or all values of one are equal.
pub fn kendall(x: &[f64], y: &[f64]) -> Option<f64> {
    paired(x, y)?;
    let (mut both, mut of_x, mut of_y) = (0.0, 0.0, 0.0);
    for i in 0..x.len() {
        for j in 0..i {
            let (a, b) = (order(x[i], x[j]), order(y[i], y[j]));
            both += a * b;
            of_x += a * a;
            of_y += b * b;
        }
    }
    (of_x > 0.0 && of_y > 0.0).then(|| both / (of_x * of_y).sqrt())
}

fn paired(x: &[f64], y: &[f64]) -> Option<()> {
    finite(x)?;
    finite(y)?;
    (x.len() == y.len()).then_some(())
}

/// 1 where `a` is larger than `b`, −1 where it is smaller, 0 where neither is.
fn order(a: f64, b: f64) -> f64 {
    f64::from(i8::from(a > b) - i8::from(a < b))
}

fn pearson(x: &[f64], y: &[f64]) -> Option<f64> {
    let (of_x, of_y) = (average(x), average(y));
    let products = |x: &[f64], y: &[f64], of_x: f64, of_y: f64| -> f64 {
        x.iter().zip(y).map(|(x, y)| (x - of_x) * (y - of_y)).sum()
    };
    let squares = products(x, x, of_x, of_x) * products(y, y, of_y, of_y);
    let coefficient = products(x, y, of_x, of_y) / squares.sqrt();
    (squares > 0.0).then(|| coefficient.clamp(-1.0, 1.0))
}
