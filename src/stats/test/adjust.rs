//! Corrections for making several comparisons.
//!
//! Each takes the raw p values of one family and returns the adjusted ones in their order, none
//! above one. Bonferroni and Holm assume nothing of how the tests depend on each other, Benjamini
//! and Hochberg that they are independent or positively dependent.

/// Bonferroni: m·p. Below α, all such together are wrong with chance at most α; Holm's finds more.
pub fn bonferroni(p: &[f64]) -> Vec<f64> {
    p.iter().map(|value| (p.len() as f64 * value).min(1.0)).collect()
}

/// Holm (Scandinavian Journal of Statistics 1979): the running maximum of (m − i + 1)·p₍ᵢ₎. Below
/// α, all such together are wrong with chance at most α.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut adjusted = vec![0.0; p.len()];
    let mut largest: f64 = 0.0;
    for (place, index) in ascending(p).into_iter().enumerate() {
        let left = (p.len() - place) as f64;
        largest = largest.max((left * p[index]).min(1.0));
        adjusted[index] = largest;
    }
    adjusted
}

/// Benjamini & Hochberg (Journal of the Royal Statistical Society B 1995): the running minimum,
/// from the largest down, of m·p₍ᵢ₎/i. Of those below α, at most the share α is expected to be
/// wrong.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut adjusted = vec![0.0; p.len()];
    let mut smallest: f64 = 1.0;
    for (place, index) in ascending(p).into_iter().enumerate().rev() {
        smallest = smallest.min(p.len() as f64 * p[index] / (place + 1) as f64);
        adjusted[index] = smallest;
    }
    adjusted
}

fn ascending(p: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    order
}
