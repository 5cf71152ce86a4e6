//! Whether paired differences have mean zero, by giving each the other sign.

use rand::RngExt;

use crate::Rng;
use crate::stats::test::{NOISE, Test, average, finite, largest};

/// Up to so many differences that are not zero all signs are tried.
const EXACT: usize = 20;

/// The mean difference and its p value where either sign of every difference is as likely; Fisher,
/// The Design of Experiments, 1935.
///
/// Up to 20 differences that are not zero (zeros change nothing) the p value is the share of all 2ⁿ
/// sign changes that give a mean at least as far from zero; of more, `draws` are drawn from `rng`,
/// and p = (1 + #{|T*| ≥ |T|})/(1 + draws), which cannot be zero.
///
/// Assumes independent differences whose distribution is symmetric about zero where nothing
/// differs: of items in groups, each group's sum is one difference. None of no differences.
pub fn sign_flip(differences: &[f64], draws: usize, rng: &mut Rng) -> Option<Test> {
    finite(differences)?;
    let statistic = average(differences);
    let flipped: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
    let sum: f64 = flipped.iter().sum();
    let least = sum.abs() - NOISE * flipped.len() as f64 * largest(&flipped);
    let Some((first, rest)) = flipped.split_first() else {
        return Some(Test { statistic, p: 1.0 });
    };
    let p = if flipped.len() <= EXACT {
        reaching(rest, *first, least) as f64 / f64::from(1 << rest.len())
    } else {
        let sums = drawn(&flipped, draws, rng);
        let reaching = sums.iter().filter(|sum| sum.abs() >= least).count();
        (1 + reaching) as f64 / (1 + draws) as f64
    };
    Some(Test { statistic, p })
}

/// The smallest p value that so many pairs, none equal, can reach by changing signs: 2^(1 − n). It
/// holds for the signed-rank test and McNemar's too.
pub fn smallest_p_paired(pairs: usize) -> f64 {
    0.5f64.powi(pairs.saturating_sub(1) as i32)
}

/// Of all sums of `sum` and `differences` with either sign, how many are at least `least` in size.
fn reaching(differences: &[f64], sum: f64, least: f64) -> u32 {
    match differences.split_first() {
        None => u32::from(sum.abs() >= least),
        Some((first, rest)) => {
            reaching(rest, sum + first, least) + reaching(rest, sum - first, least)
        }
    }
}

/// Sums with random signs. One byte signs eight differences, whose 256 sums are looked up.
fn drawn(differences: &[f64], draws: usize, rng: &mut Rng) -> Vec<f64> {
    let mut sums = vec![0.0; draws];
    let mut signs = vec![0u8; draws];
    for eight in differences.chunks(8) {
        let signed = |signs: usize| {
            let sign = |place: usize| if (signs >> place) & 1 == 1 { -1.0 } else { 1.0 };
            eight.iter().enumerate().map(|(place, difference)| sign(place) * difference).sum()
        };
        let table: [f64; 256] = std::array::from_fn(signed);
        rng.fill(signs.as_mut_slice());
        sums.iter_mut().zip(&signs).for_each(|(sum, signs)| *sum += table[usize::from(*signs)]);
    }
    sums
}
