//! Holm's correction for making several comparisons (Holm, Scandinavian Journal of Statistics
//! 1979).

/// Adjusted p values, in the order of the raw ones: below α, all such together are wrong with
/// chance at most α.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut largest: f64 = 0.0;
    for (place, &index) in order.iter().enumerate() {
        let left = (p.len() - place) as f64;
        largest = largest.max((left * p[index]).min(1.0));
        adjusted[index] = largest;
    }
    adjusted
}
