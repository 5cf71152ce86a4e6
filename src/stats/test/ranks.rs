//! Ranks of values, equal ones sharing the mean of theirs.

/// Ranks from 1 for the smallest, in the order of the values.
pub(super) struct Midranks {
    /// The ranks.
    pub ranks: Vec<f64>,
    /// Σ (t³ − t) over groups of t equal values: what ties take from a variance of ranks.
    pub ties: f64,
}

/// Ranks values; neighbours at most `apart` from each other are equal.
pub(super) fn midranks(values: &[f64], apart: f64) -> Midranks {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let (mut before, mut ties) = (0.0, 0.0);
    for group in order.chunk_by(|&a, &b| values[b] - values[a] <= apart) {
        let size = group.len() as f64;
        for &index in group {
            ranks[index] = before + 0.5 * (size + 1.0);
        }
        ties += size * (size * size - 1.0);
        before += size;
    }
    Midranks { ranks, ties }
}
